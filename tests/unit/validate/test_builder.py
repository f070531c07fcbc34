"""What makes the catalogs, on a Kubernetes of three kinds. The real sources need Go: `python -m schemas.builder --check`."""

from __future__ import annotations

import io
import json
from typing import Any
from zipfile import ZipFile

import pytest

from gitops_action.data import schemas_folder
from schemas.builder import flux, kubernetes
from schemas.builder.relaxed import OPEN, RELAXED
from schemas.builder.sources import KUBERNETES, Archive, Pin

META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
REF = "#/components/schemas/"
GO = """
func schema_k8sio_api_apps_v1_ThingSpec(ref common.ReferenceCallback) common.OpenAPIDefinition {
\treturn common.OpenAPIDefinition{
\t\tSchema: spec.Schema{
\t\t\tSchemaProps: spec.SchemaProps{
\t\t\t\tProperties: map[string]spec.Schema{
\t\t\t\t\t"mode": {
\t\t\t\t\t\tSchemaProps: spec.SchemaProps{
\t\t\t\t\t\t\tEnum:        []interface{}{"Slow", "Fast", "Fast"},
\t\t\t\t\t\t},
\t\t\t\t\t},
\t\t\t\t\t"modes": {
\t\t\t\t\t\tSchemaProps: spec.SchemaProps{
\t\t\t\t\t\t\tItems: &spec.SchemaOrArray{
\t\t\t\t\t\t\t\tSchema: &spec.Schema{
\t\t\t\t\t\t\t\t\tSchemaProps: spec.SchemaProps{
\t\t\t\t\t\t\t\t\t\tEnum:        []interface{}{"A"},
func schema_k8sio_kubelet_config_v1_Unknown(ref common.ReferenceCallback) common.OpenAPIDefinition {
\t\t\t\t\t"mode": {
\t\t\t\t\t\t\tEnum:        []interface{}{"Z"},
"""


def wrapped(name: str, **more: Any) -> dict[str, Any]:
    return {"allOf": [{"$ref": REF + name}], **more}


def description(**spec: Any) -> dict[str, Any]:
    thing = {
        "type": "object",
        "description": "A thing.",
        "properties": {
            "apiVersion": {"type": "string"},
            "metadata": wrapped(META, default={}),
            "spec": wrapped("io.k8s.api.apps.v1.ThingSpec", default={}, description="What it is."),
            "status": wrapped("io.k8s.api.apps.v1.ThingStatus", default={}),
        },
        "x-kubernetes-group-version-kind": [{"group": "apps", "version": "v1", "kind": "Thing"}],
    }
    fields = {
        "description": {"type": "string", "description": "A field may have this name."},
        "mode": {"type": "string", "default": ""},
        "modes": {"type": "array", "items": {"type": "string", "default": ""}},
        "port": {"type": "string", "default": "http"},
        "pointer": {"$ref": REF + "io.k8s.api.apps.v1.Part"},
        **spec,
    }
    post = {"post": {"x-kubernetes-action": "post",
                     "x-kubernetes-group-version-kind": {"group": "apps", "version": "v1", "kind": "Thing"}}}  # fmt: skip
    return {
        "components": {
            "schemas": {
                "io.k8s.api.apps.v1.Thing": thing,
                "io.k8s.api.apps.v1.ThingSpec": {"type": "object", "properties": fields, "required": ["mode"]},
                "io.k8s.api.apps.v1.ThingStatus": {"type": "object", "required": ["phase"]},
                "io.k8s.api.apps.v1.Part": {"type": "object", "required": ["x"]},
                "io.k8s.api.apps.v1.Unused": {"type": "object"},
                META: {"type": "object", "properties": {"name": {"type": "string"}}},
            }
        },
        "paths": {
            "/apis/apps/v1/namespaces/{namespace}/things": post,
            "/apis/apps/v1/namespaces/{namespace}/things/{name}/scale": {
                "post": {
                    **post["post"],
                    "x-kubernetes-group-version-kind": {"group": "apps", "version": "v1", "kind": "Scale"},
                }
            },
            "/apis/apps/v1/things": {"get": {}},
        },
    }


def archive(minor: int = 30, **spec: Any) -> Archive:
    pin = Pin("k8s.io/kubernetes", f"v1.{minor}.1", "h1:x")
    content = io.BytesIO()
    with ZipFile(content, "w") as opened:
        prefix = f"{pin.module}@{pin.version}/"
        opened.writestr(f"{prefix}api/openapi-spec/v3/apis__apps__v1_openapi.json", json.dumps(description(**spec)))
        opened.writestr(f"{prefix}pkg/generated/openapi/zz_generated.openapi.go", GO)
    return Archive(pin, ZipFile(content))


def test_a_release_is_its_kinds_and_what_they_refer_to() -> None:
    release = kubernetes.minor(archive())
    assert release.number == 30
    assert release.kinds == {("apps", "v1", "Thing"): {"namespaced": True, "definition": "io.k8s.api.apps.v1.Thing"}}
    assert [name.rpartition(".")[2] for name in release.definitions] == [
        "Part",
        "Thing",
        "ThingSpec",
        "ThingStatus",
        "ObjectMeta",
    ]


def test_prose_goes_and_what_tells_something_stays() -> None:
    spec = kubernetes.minor(archive()).definitions["io.k8s.api.apps.v1.ThingSpec"]
    assert spec == {
        "type": "object",
        "required": ["mode"],
        "properties": {
            "description": {"type": "string"},
            "mode": {"type": "string", "enum": ["Fast", "Slow"]},
            "modes": {"type": "array", "items": {"type": "string", "enum": ["A"]}},
            "port": {"type": "string", "default": "http"},
            "pointer": {"$ref": "io.k8s.api.apps.v1.Part"},
        },
    }


def test_a_struct_with_required_fields_is_required_and_a_pointer_or_status_is_not() -> None:
    definitions = kubernetes.minor(archive()).definitions
    assert definitions["io.k8s.api.apps.v1.Thing"]["required"] == ["spec"]
    assert definitions["io.k8s.api.apps.v1.Thing"]["properties"]["spec"] == {
        "$ref": "io.k8s.api.apps.v1.ThingSpec", "default": {},
    }  # fmt: skip


def test_equal_definitions_of_neighbouring_minors_are_one_line() -> None:
    releases = [
        kubernetes.minor(archive(30)),
        kubernetes.minor(archive(31)),
        kubernetes.minor(archive(32, more={"type": "string"})),
        kubernetes.minor(archive(33)),
    ]
    lines = [json.loads(line) for line in kubernetes.definition_lines(releases)]
    spans = [(line["name"].rpartition(".")[2], line["from"], line["to"]) for line in lines]
    assert spans == [
        ("Part", 30, 33), ("Thing", 30, 33), ("ThingSpec", 30, 31), ("ThingSpec", 32, 32), ("ThingSpec", 33, 33),
        ("ThingStatus", 30, 33), ("ObjectMeta", 30, 33),
    ]  # fmt: skip


def test_kinds_have_their_minors_and_their_end() -> None:
    releases = [kubernetes.minor(archive(30)), kubernetes.minor(archive(31))]
    ends: dict[tuple[str, str, str], dict[str, Any]] = {
        ("apps", "v1beta1", "Thing"): {"removed": 16, "replacement": ["apps", "v1", "Thing"]},
        ("apps", "v1", "NeverServed"): {"deprecated": 3},
    }
    assert [json.loads(line) for line in kubernetes.kind_lines(releases, ends)] == [
        {"group": "apps", "version": "v1", "kind": "Thing", "definition": "io.k8s.api.apps.v1.Thing",
         "from": 30, "namespaced": True, "to": 31},
        {"group": "apps", "version": "v1beta1", "kind": "Thing", "removed": 16, "replacement": ["apps", "v1", "Thing"]},
    ]  # fmt: skip


LIFECYCLE = """
func (in *Thing) APILifecycleIntroduced() (major, minor int) {
	return 1, 1
}
func (in *Thing) APILifecycleDeprecated() (major, minor int) {
	return 1, 8
}
func (in *Thing) APILifecycleReplacement() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Thing"}
}
func (in *Thing) APILifecycleRemoved() (major, minor int) {
	return 1, 16
}
func (in *ThingList) APILifecycleRemoved() (major, minor int) {
	return 1, 16
}
"""


def test_the_end_of_an_api_is_read_from_its_go_types() -> None:
    pin = Pin("k8s.io/api", "v0.30.1", "h1:x")
    content = io.BytesIO()
    with ZipFile(content, "w") as opened:
        opened.writestr(f"{pin.module}@{pin.version}/apps/v1beta1/zz_generated.prerelease-lifecycle.go", LIFECYCLE)
        opened.writestr(f"{pin.module}@{pin.version}/apps/v1beta1/register.go", 'const GroupName = "apps"\n')
        by_hand = LIFECYCLE.partition("func (in *Thing) APILifecycleReplacement")[0]
        opened.writestr(f"{pin.module}@{pin.version}/core/v1/lifecycle.go", by_hand)
        opened.writestr(f"{pin.module}@{pin.version}/core/v1/register.go", 'const GroupName = ""\n')
    assert kubernetes.lifecycles(Archive(pin, ZipFile(content))) == {
        ("apps", "v1beta1", "Thing"): {"deprecated": 8, "removed": 16, "replacement": ["apps", "v1", "Thing"]},
        ("", "v1", "Thing"): {"deprecated": 8},
    }


def test_flux_kinds_lose_their_prose_and_keep_their_rules() -> None:
    schema = {
        "description": "x",
        "properties": {"description": {"type": "string", "description": "x", "enum": ["a"]}},
        "x-kubernetes-validations": [{"rule": "self", "message": "m"}],
    }
    assert flux._without_prose(schema) == {
        "properties": {"description": {"type": "string", "enum": ["a"]}},
        "x-kubernetes-validations": [{"rule": "self", "message": "m"}],
    }


@pytest.mark.parametrize("entry", sorted(RELAXED) + sorted(name for name, _ in OPEN))
def test_what_is_relaxed_is_there_and_not_required(entry: str) -> None:
    group, name = entry.split("/")
    lines = (schemas_folder() / "kubernetes" / "definitions.jsonl").read_text().splitlines()
    found = [line for line in map(json.loads, lines) if line["name"].split(".")[-3::2] == [group, name]]
    assert found
    fields = RELAXED.get(entry, frozenset())
    known = {field for line in found for field in line["schema"]["properties"]}
    assert fields <= known
    for line in found:
        # A struct may still be required for what is required in it.
        again = fields & set(line["schema"].get("required", ()))
        assert all(line["schema"]["properties"][field].get("default") == {} for field in again)


def test_every_source_is_pinned_by_its_checksum() -> None:
    assert [pin.version.split(".")[1] for pin in KUBERNETES] == [str(minor) for minor in range(28, 38)]
    assert all(pin.sum.startswith("h1:") and pin.sum.endswith("=") for pin in KUBERNETES)


def test_the_catalogs_are_small() -> None:
    catalogs = list(schemas_folder().rglob("*.jsonl"))
    assert len(catalogs) == 3
    assert sum(path.stat().st_size for path in catalogs) < 2**20
