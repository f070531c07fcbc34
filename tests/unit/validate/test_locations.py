from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from gitops_action.adapters.processes import run
from gitops_action.config.locations import SchemaLocation, parse
from gitops_action.model import Finding, Location, Severity
from gitops_action.ports import Download
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.compiling import DRAFT_2020
from gitops_action.validate.crds import Crds
from gitops_action.validate.engine import EngineResult
from gitops_action.validate.kubeconform import KubeconformEngine
from gitops_action.validate.locations import MAX_BYTES, Locations
from gitops_action.validate.schema import SchemaEngine
from tests.gitrepo import Link
from tests.manifests import manifests
from tests.memorytree import MemoryTree
from tests.support import tool
from tests.unit.validate.test_crds import CRD

LOCAL = "schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
REMOTE = "https://schemas.example/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
PLACE = Location(".gitops.yaml", 3, 5)
PATH = "schemas/example.org/widget_v1.json"
URL = "https://schemas.example/example.org/widget_v1.json"

# As a catalog has it: what openapi2jsonschema.py makes of a CustomResourceDefinition.
CATALOGUED: dict[str, Any] = {
    "description": "Widget",
    "properties": {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
        "spec": {
            "properties": {
                "size": {"type": "integer", "minimum": 1},
                "port": {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True},
                "labels": {"additionalProperties": {"type": "string"}, "type": "object"},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            },
            "required": ["size"],
            "type": "object",
            "additionalProperties": False,
        },
        "status": {"type": "object"},
    },
    "type": "object",
}
# As somebody writes it by hand.
WRITTEN: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {"spec": {"$ref": "#/definitions/Spec"}},
    "definitions": {"Spec": {"type": "object", "properties": {"size": {"type": ["integer", "null"]}}, "required": ["size"]}},
}  # fmt: skip
WIDGET = """
apiVersion: example.org/v1
kind: Widget
metadata: {name: w, lables: {}}
spec:
  size: big
  lables: {a: b}
"""


class Host:
    """Answers as told, and notes what was asked."""

    def __init__(self, **answers: bytes | Download) -> None:
        self.answers: dict[str, bytes | Download] = {
            f"https://schemas.example/{name}": answer for name, answer in answers.items()
        }
        self.asked: list[str] = []

    def at(self, url: str, answer: Any) -> Host:
        self.answers[url] = answer if isinstance(answer, bytes | Download) else json.dumps(answer).encode()
        return self

    def __call__(self, url: str) -> Download:
        self.asked.append(url)
        answer = self.answers.get(url, Download())
        return answer if isinstance(answer, Download) else Download(answer)


def located(*templates: str) -> list[SchemaLocation]:
    found = [parse(template, PLACE) for template in templates]
    return [location for location in found if location is not None]


def judged(
    text: str = WIDGET,
    files: Mapping[str, Any] | None = None,
    host: Host | None = None,
    *,
    templates: tuple[str, ...] = (LOCAL,),
    crds: str = "",
) -> EngineResult:
    tree = MemoryTree({
        name: content if isinstance(content, str | bytes | Link | None) else json.dumps(content)
        for name, content in (files or {}).items()
    })  # fmt: skip
    locations = Locations(located(*templates), tree, host or Host())
    return SchemaEngine(Catalog(36), Crds.from_manifests(manifests(crds, "crd.yaml")), locations).validate(
        manifests(text)
    )


def said(result: EngineResult) -> list[tuple[str, str, int | None]]:
    return [(f.code, f.file, f.line) for f in sorted(result.findings, key=lambda f: (f.file, f.line or 0))]


@pytest.mark.parametrize("schema", [CATALOGUED, WRITTEN, {**WRITTEN, "$schema": DRAFT_2020}])
@pytest.mark.parametrize("remote", [False, True])
def test_objects_are_judged_strictly_at_their_places(schema: dict[str, Any], remote: bool) -> None:
    result = judged(host=Host().at(URL, schema), templates=(REMOTE,)) if remote else judged(files={PATH: schema})
    found = [(code, line) for code, _, line in said(result) if line != 4]
    assert found == [("wrong-type", 6), ("unknown-field", 7)]
    assert (result.found, result.checked) == (1, 1)


def test_a_catalogs_schema_judges_as_the_definition_that_it_was_made_from() -> None:
    text = """
        apiVersion: example.org/v1
        kind: Widget
        metadata: {name: w, labels: {a: b}, annotations: null}
        spec: {size: 1, port: 80%, labels: null, free: {any: [1]}}
        status: {anything: 1}
        """
    assert said(judged(text, {PATH: CATALOGUED})) == []
    wrong = text.replace("labels: {a: b}", "lables: {a: b}").replace("80%", "1.5")
    assert [code for code, *_ in said(judged(wrong, {PATH: CATALOGUED}))] == ["unknown-field", "wrong-type"]


def test_null_is_absence_where_it_is_no_value() -> None:
    schema = {"properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"const": 1}}}}}
    text = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec: {a: null}\n"
    assert said(judged(text, {PATH: schema})) == []
    assert said(judged(text.replace("a: null", "b: 2"), {PATH: schema})) == [("invalid-enum", "app.yaml", 4)]


def test_the_order_of_places() -> None:
    """Built-in kinds, the tree's definitions, the bundled ones, then the locations in their order."""
    host = Host().at(URL, {"type": "object", "properties": {"spec": {"not": {}}}})
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    both = (LOCAL, REMOTE)
    assert [code for code, *_ in said(judged(files={PATH: free}, host=host, templates=both))] == []
    assert host.asked == []
    assert "unknown-field" in [
        code for code, *_ in said(judged(files={PATH: free}, host=host, crds=CRD, templates=both))
    ]
    result = judged(files={"schemas/other.json": free}, host=host, templates=both)
    assert "invalid-value" in [code for code, *_ in said(result)]
    assert host.asked == [URL]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: w}\n",
        "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: w}\n",
        "apiVersion: example.org/v7\nkind: Widget\nmetadata: {name: w}\n",
        "apiVersion: example.org/v1\nkind: ../../etc/passwd\nmetadata: {name: w}\n",
        "apiVersion: ../../x/v1\nkind: Widget\nmetadata: {name: w}\n",
    ],
)
def test_nobody_is_asked_for_what_cannot_be(text: str) -> None:
    host = Host()
    judged(text, {"schemas/x": ""}, host, templates=(LOCAL, REMOTE), crds=CRD)
    assert host.asked == []


def test_an_absent_schema_is_missing_and_asked_for_once() -> None:
    host = Host()
    result = judged(WIDGET + "---" + WIDGET, {"schemas/other.json": "{}"}, host, templates=(LOCAL, REMOTE))
    assert said(result) == [("schema-missing", "app.yaml", 3), ("schema-missing", "app.yaml", 10)]
    assert (result.found, result.checked) == (2, 0)
    assert host.asked == [URL]


# Never a pass: what cannot be asked or used is a finding of its own, and the object is not counted as checked.


@pytest.mark.parametrize(
    ("files", "answer", "message"),
    [
        ({}, None, "schemas/ is no folder of memory"),
        ({PATH: Link("/etc/passwd")}, None, f"{PATH} is a symlink, which is not followed"),
        ({PATH: None}, None, f"{PATH} cannot be read: not read: test"),
        ({PATH: b" " * (MAX_BYTES + 1)}, None, f"{PATH} has more than 8 MiB"),
        ({"schemas/x": ""}, Download(problem=f"{URL}: the host answered with status 503"), "status 503"),
    ],
)
def test_a_location_that_cannot_be_asked_is_an_error(
    files: dict[str, Any], answer: Download | None, message: str
) -> None:
    host = Host().at(URL, answer or Download())
    result = judged(files=files, host=host, templates=(LOCAL, REMOTE, LOCAL))
    [finding] = result.findings
    assert (finding.code, finding.severity, finding.line) == ("schema-unreachable", Severity.ERROR, 3)
    assert finding.message.startswith("no schema for example.org/v1 Widget, so it is not checked: ")
    assert message in finding.message
    assert (result.found, result.checked) == (1, 0)


def test_what_was_not_asked_because_nobody_wanted_to_is_missing() -> None:
    host = Host().at(URL, Download(problem="x is not in the cache, and nothing is fetched offline", offline=True))
    result = judged(host=host, templates=(REMOTE,))
    [finding] = result.findings
    assert (finding.code, finding.severity) == ("schema-missing", Severity.WARNING)
    assert finding.message.endswith("so it is not checked: x is not in the cache, and nothing is fetched offline")
    assert result.checked == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>", "it is not JSON: Expecting value"),
        (b'{"type": "obj', "it is not JSON: Unterminated string"),
        (b"", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b'{"type": "object", "maximum": NaN}', "it is not JSON: NaN is no number in JSON"),
        (b'{"maximum": ' + b"9" * 5_000 + b"}", "it is not JSON: Exceeds the limit"),
        (b"[" * 100_000, "it is not JSON: nested too deeply"),
        (b'{"error": "not found"}', "it is no JSON schema"),
        (b'{"type": 5}', ""),
        (b'{"properties": {"a": {"type": "sting"}}}', ""),
        (b'{"type": "object", "required": "x"}', ""),
        (b'{"$schema": "https://evil.example/s", "type": "object"}', "its $schema is 'https://evil.example/s', which is not known"),
        (b'{"$ref": "https://evil.example/x.json"}', "it refers to https://evil.example/x.json, which is "),
        (b'{"$ref": "gone.json#/x"}', "it refers to gone.json, which is not there"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("remote", [False, True])
def test_a_schema_that_cannot_be_used_is_a_finding_of_its_own(content: bytes, reason: str, remote: bool) -> None:
    if remote:
        result = judged(WIDGET + "---" + WIDGET, host=Host().at(URL, content), templates=(REMOTE,))
    else:
        result = judged(WIDGET + "---" + WIDGET, {PATH: content})
    found = sorted(result.findings, key=lambda f: f.code)
    assert [f.code for f in found] == ["schema-invalid", "schema-missing", "schema-missing"]
    assert found[0].location == (PLACE if remote else Location(PATH, 1, 1))
    assert found[0].severity is Severity.ERROR
    address = URL if remote else PATH
    assert found[0].message.startswith(f"the schema of example.org/v1 Widget at {address} cannot be used: {reason}")
    assert found[1].message == f"example.org/v1 Widget is not checked: the schema at {address} cannot be used"
    assert all("\n" not in f.message for f in found)
    assert (result.found, result.checked) == (2, 0)


def test_what_is_not_checked_of_a_schema_is_said() -> None:
    schema = {
        "properties": {"spec": {"$ref": "#/definitions/Spec"}},
        "definitions": {
            "Spec": {
                "properties": {"child": {"$ref": "#/definitions/Spec"}, "x": {"type": "string", "pattern": "(?=a)a"}}
            }
        },
    }
    text = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec: {child: {child: {}}, x: b}\n"
    result = judged(text, {PATH: schema})
    assert said(result) == [("rule-unchecked", PATH, 1)] * 2
    assert sorted(f.message.partition("not checked: ")[2] for f in result.findings) == [
        "the pattern (?=a)a",
        "what /definitions/Spec says of itself, below the first level",
    ]
    assert result.checked == 1


# References to other documents of a location


def test_references_to_files_of_the_repository() -> None:
    files = {
        PATH: {"type": "object", "properties": {"spec": {"$ref": "../common/spec.json#/definitions/Spec"}}},
        "schemas/common/spec.json": {"definitions": {"Spec": WRITTEN["definitions"]["Spec"]}},
    }
    assert said(judged(files=files)) == [("wrong-type", "app.yaml", 6), ("unknown-field", "app.yaml", 7)]


@pytest.mark.parametrize(
    "reference", ["../../../etc/passwd", "/etc/passwd", "https://evil.example/x", "file:///etc/passwd"]
)
def test_references_lead_out_of_no_repository(reference: str) -> None:
    host = Host()
    [finding, _] = judged(files={PATH: {"$ref": reference}}, host=host).findings[::-1]
    assert finding.code == "schema-invalid"
    assert finding.message.endswith(f"it refers to {reference}, which is not in the repository")
    assert host.asked == []


def test_references_stay_on_their_host() -> None:
    host = Host().at(URL, {"type": "object", "properties": {"spec": {"$ref": "../defs.json#/S"}}})
    host.at("https://schemas.example/defs.json", {"S": WRITTEN["definitions"]["Spec"]})
    assert said(judged(host=host, templates=(REMOTE,))) == [
        ("wrong-type", "app.yaml", 6),
        ("unknown-field", "app.yaml", 7),
    ]
    for reference in ("https://evil.example/x.json", "//evil.example/x.json", "http://schemas.example/x.json"):
        host.at(URL, {"$ref": reference}).asked.clear()
        assert "on another host" in judged(host=host, templates=(REMOTE,)).findings[-1].message
        assert host.asked == [URL]


def test_a_reference_whose_host_is_out_of_order_is_no_fault_of_the_schemas() -> None:
    host = (
        Host()
        .at(URL, {"$ref": "x.json"})
        .at("https://schemas.example/example.org/x.json", Download(problem="no answer"))
    )
    [finding] = judged(host=host, templates=(REMOTE,)).findings
    assert (finding.code, finding.message.rpartition(": ")[2]) == ("schema-unreachable", "no answer")


def test_references_to_files_without_end() -> None:
    files: dict[str, Any] = {f"schemas/example.org/{n}.json": {"$ref": f"{n + 1}.json"} for n in range(200)}
    result = judged(files={PATH: {"$ref": "0.json"}, **files})
    assert "more than 50 other files" in result.findings[-1].message
    big = json.dumps({"type": "object"}) + " " * (MAX_BYTES // 2)
    parts = {f"schemas/example.org/{n}.json": big for n in range(3)}
    result = judged(files={PATH: {"allOf": [{"$ref": f"{n}.json"} for n in range(3)]}, **parts})
    assert "or 8 MiB of them" in result.findings[-1].message


def test_each_schema_may_refer_to_as_many() -> None:
    """The limit is one schema's: a large catalog of small files is none of its business."""
    files: dict[str, Any] = {"schemas/common.json": {"type": "object"}}
    objects = []
    for n in range(60):
        files[f"schemas/example.org/kind{n}_v1.json"] = {
            "allOf": [{"$ref": f"part{n}.json"}, {"$ref": "../common.json"}]
        }
        files[f"schemas/example.org/part{n}.json"] = {"type": "object"}
        objects.append(f"apiVersion: example.org/v1\nkind: Kind{n}\nmetadata: {{name: w}}\n")
    result = judged("---\n".join(objects), files)
    assert (said(result), result.found, result.checked) == ([], 60, 60)


# The engine kubeconform gets the same


@pytest.mark.tools
@pytest.mark.parametrize("schema", [CATALOGUED, WRITTEN, {**WRITTEN, "$schema": DRAFT_2020}])
def test_kubeconform_judges_by_the_same_schemas(schema: dict[str, Any]) -> None:
    locations = Locations(located(REMOTE), MemoryTree({}), Host().at(URL, schema))
    engine = KubeconformEngine(run, tool("kubeconform"), Catalog(36), locations=locations)
    result = engine.validate(manifests(WIDGET))
    assert [(f.code, f.line) for f in result.findings if f.line != 4] == [("wrong-type", 6), ("unknown-field", 7)]
    assert result.checked == 1


@pytest.mark.tools
def test_kubeconform_passes_nothing_that_cannot_be_asked() -> None:
    locations = Locations(located(REMOTE), MemoryTree({}), Host().at(URL, Download(problem="no answer")))
    result = KubeconformEngine(run, tool("kubeconform"), Catalog(36), locations=locations).validate(manifests(WIDGET))
    assert [f.code for f in result.findings] == ["schema-unreachable"]
    assert (result.found, result.checked) == (1, 0)


def test_findings_of_several_versions_are_one() -> None:
    locations = Locations(located(REMOTE), MemoryTree({}), Host().at(URL, b"<html>"))
    findings: list[Finding] = (
        SchemaEngine([Catalog(35), Catalog(36)], None, locations).validate(manifests(WIDGET)).findings
    )
    assert len({(f.code, f.message) for f in findings}) == 2
