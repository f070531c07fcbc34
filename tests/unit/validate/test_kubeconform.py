from __future__ import annotations

import json
import math
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gitops_action.adapters.processes import run
from gitops_action.errors import ToolFailedError, ToolMissingError
from gitops_action.model import Finding, Location, Manifest, Pointer
from gitops_action.ports import Completed
from gitops_action.validate.catalog import Catalog, minors
from gitops_action.validate.crds import Crds, bundled
from gitops_action.validate.kubeconform import KubeconformEngine
from gitops_action.validate.lookup import Schemas
from tests.manifests import manifests
from tests.support import tool
from tests.unit.validate.test_crds import CRD, WIDGET
from tests.unit.validate.test_schema import CANARY, DEPLOYMENT

CATALOG = Catalog(36)


def check(text: str, crds: str = "") -> list[Finding]:
    engine = KubeconformEngine(run, tool("kubeconform"), CATALOG, Crds.from_manifests(manifests(crds, "crd.yaml")))
    return engine.validate(manifests(text)).findings


class Answering:
    """Runs nothing: answers as told, and notes what was asked."""

    def __init__(self, stdout: bytes = b"", exit_code: int | None = 0, stderr: bytes = b"") -> None:
        self.completed = Completed(exit_code, stdout, stderr)
        self.argv: list[Sequence[str]] = []

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,  # noqa: ARG002 - as ports.Run has it
        stdin: bytes | None = None,  # noqa: ARG002 - as ports.Run has it
        timeout: float,  # noqa: ARG002 - as ports.Run has it
        env: Mapping[str, str] | None = None,  # noqa: ARG002 - as ports.Run has it
        permitted: Container[int] = (0,),  # noqa: ARG002 - as ports.Run has it
    ) -> Completed:
        self.argv.append(argv)
        return self.completed


CONFIG_MAP = "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}"


def asked(answer: Answering, text: str = CONFIG_MAP) -> list[Finding]:
    return KubeconformEngine(answer, Path("/bin/kubeconform"), CATALOG).validate(manifests(text)).findings


def test_without_the_program_it_says_how_to_get_it() -> None:
    with pytest.raises(ToolMissingError, match=r"go install .*kubeconform@v0\.8\.0.*make tools.*engine schema"):
        KubeconformEngine(run, None, CATALOG).validate(manifests(CONFIG_MAP))


def test_it_is_not_started_for_nothing() -> None:
    answer = Answering()
    assert asked(answer, "") == []
    assert answer.argv == []


@pytest.mark.parametrize(
    "answer",
    [
        Answering(exit_code=None),
        Answering(b"", stderr=b"flag provided but not defined: -strict"),
        Answering(b"not json"),
        Answering(b"{}"),
        Answering(b'{"resources": null}'),
        Answering(b'{"resources": [{"filename": "x.json", "status": "statusValid"}]}'),
    ],
)
def test_an_answer_that_is_none_is_an_error(answer: Answering) -> None:
    with pytest.raises(ToolFailedError, match="kubeconform did not"):
        asked(answer)


def test_silence_about_one_object_is_an_error_and_not_a_pass() -> None:
    with pytest.raises(ToolFailedError, match=r"said nothing about ConfigMap/x in app\.yaml:1:1"):
        asked(Answering(b'{"resources": []}'))


def test_an_object_that_it_cannot_judge_is_not_counted_as_checked() -> None:
    said = [{"filename": "m/0.json", "status": "statusError", "msg": "error unmarshalling resource: boom"}]
    answer = Answering(json.dumps({"resources": said}).encode(), 1)
    result = KubeconformEngine(answer, Path("/bin/kubeconform"), CATALOG).validate(manifests(CONFIG_MAP))
    assert [f.message for f in result.findings] == [
        "kubeconform could not judge the object: error unmarshalling resource: boom"
    ]
    assert (result.found, result.checked) == (1, 0)


@pytest.mark.parametrize("kind", ["../../../../etc/x", "a/b", "..", "A{{.Group}}", "-x", "Ä"])
def test_no_kind_leads_kubeconform_to_other_files(kind: str) -> None:
    answer = Answering()
    [finding] = asked(answer, f"apiVersion: example.org/v1\nkind: {json.dumps(kind)}\nmetadata: {{name: x}}\n")
    assert finding.code == "unknown-kind"
    assert answer.argv == []


@pytest.mark.tools
class TestReal:
    """With the real program."""

    def test_every_cause_is_found_at_its_place(self) -> None:
        findings = check(DEPLOYMENT)
        assert {(f.line, f.column, f.code) for f in findings} == {
            (5, 3, "unknown-field"),
            (6, 1, "required-field"),
            (7, 13, "wrong-type"),
            (8, 3, "unknown-field"),
            (12, 35, "wrong-type"),
            (14, 20, "wrong-type"),
            (16, 11, "required-field"),
            (18, 30, "invalid-value"),
            (19, 25, "invalid-enum"),
            (22, 23, "invalid-format"),
            (25, 22, "wrong-type"),
            (27, 15, "wrong-type"),
            (30, 13, "required-field"),
            (33, 21, "wrong-type"),
            (34, 13, "wrong-type"),
        }
        assert all(f.engine == "kubeconform" and f.resource is not None for f in findings)

    def test_equal_names_are_told_apart(self) -> None:
        text = "\n---\n".join([CONFIG_MAP, CONFIG_MAP[:-1] + ", x: 1}", CONFIG_MAP])
        assert [(f.code, f.line) for f in check(text)] == [("unknown-field", 3)]

    def test_custom_resources_are_judged_by_the_tree(self) -> None:
        assert [(f.code, f.line) for f in check(WIDGET, CRD)] == [("invalid-value", 6), ("unknown-field", 7)]
        assert [f.code for f in check(WIDGET)] == ["schema-missing"]

    def test_odd_names_of_fields_are_understood(self) -> None:
        text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"a/b~c":\n  1\n"it\'s":\n  2\ndata:\n  "k/1": 3\n'
        assert sorted((f.line or 0, f.code) for f in check(text)) == [
            (4, "unknown-field"),
            (6, "unknown-field"),
            (9, "wrong-type"),
        ]

    @pytest.mark.parametrize("data", [f"data: {{k: {CANARY}!}}", f"stringData: {CANARY}", f"type: [{CANARY}]"])
    def test_values_of_secrets_are_never_shown(self, data: str) -> None:
        findings = check(f"apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\n{data}\n")
        assert findings
        assert all(CANARY not in f.message for f in findings)

    def test_what_json_cannot_hold_is_a_finding(self) -> None:
        class Nowhere:
            def locate(self, pointer: Pointer, *, key: bool = False) -> Location:  # noqa: ARG002 - a Locator
                return Location("x.yaml")

        value = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "x"},
            "spec": {"containers": [], "priority": math.nan},
        }
        engine = KubeconformEngine(run, tool("kubeconform"), CATALOG)
        [finding] = engine.validate([Manifest(value, Nowhere())]).findings
        assert (finding.code, finding.message) == ("wrong-type", "spec.priority is nan, which JSON has not")

    def test_a_hung_program_is_ended(self, tmp_path: Path) -> None:
        sleeper = tmp_path / "kubeconform"
        sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
        sleeper.chmod(0o755)
        engine = KubeconformEngine(run, sleeper, CATALOG, timeout=0.2)
        with pytest.raises(ToolFailedError, match=r"did not end within 0\.2 s"):
            engine.validate(manifests(CONFIG_MAP))

    @pytest.mark.parametrize("minor", minors())
    def test_it_takes_every_schema_that_we_have(self, minor: int) -> None:
        schemas = Schemas(Catalog(minor))
        keys = [*schemas.catalog.kinds, *(bundled().kinds() if minor == 36 else ())]
        objects: list[Any] = [{"apiVersion": key[0], "kind": key[1], "zz": 1} for key in keys]
        found = manifests("\n---\n".join(map(json.dumps, objects)))
        result = KubeconformEngine(run, tool("kubeconform"), Catalog(minor)).validate(found)
        assert result.checked == len(keys)
        assert sum(f.code == "unknown-field" for f in result.findings) == len(keys)
        assert not [f for f in result.findings if f.code == "engine-failed"]
