"""CustomResourceDefinitions with any schema, and resources of theirs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import hostile
from tests.fuzz.running import judged

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.model import Report

NAMES: Final = ("a", "spec", "status", "metadata", "kind", "apiVersion", "name")
KEYWORDS: Final = (
    *(
        "type",
        "properties",
        "items",
        "additionalProperties",
        "required",
        "enum",
        "default",
        "nullable",
        "pattern",
        "format",
    ),
    *("minimum", "maximum", "exclusiveMinimum", "multipleOf", "minLength", "maxLength", "maxItems", "minProperties"),
    *("allOf", "anyOf", "oneOf", "not", "$ref", "$schema", "definitions", "dependencies", "uniqueItems", "description"),
    *("x-kubernetes-int-or-string", "x-kubernetes-embedded-resource", "x-kubernetes-preserve-unknown-fields"),
    *("x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations"),
)
TYPES: Final = ("object", "array", "string", "integer", "number", "boolean", "null", "")


def schemas() -> st.SearchStrategy[Any]:
    """Draw what may look like a schema."""

    def node(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        fields = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
        sensible = st.fixed_dictionaries(
            {"type": st.sampled_from(TYPES)},
            optional={
                "properties": fields,
                "items": inner,
                "additionalProperties": inner | st.booleans(),
                "anyOf": st.lists(inner, max_size=2),
                "allOf": st.lists(inner, max_size=2),
                "not": inner,
                "default": hostile.values,
                "enum": st.lists(hostile.values, max_size=2),
                "pattern": st.sampled_from(hostile.TEXTS),
                "format": st.sampled_from(("int32", "int64", "date-time", "byte", "email", "duration", "uuid", "zzz")),
                "x-kubernetes-list-type": st.sampled_from(("map", "set", "atomic", "")),
                "x-kubernetes-list-map-keys": st.lists(st.sampled_from(NAMES), max_size=2),
                "x-kubernetes-int-or-string": st.booleans(),
                "x-kubernetes-preserve-unknown-fields": st.booleans(),
                "x-kubernetes-embedded-resource": st.booleans(),
                "x-kubernetes-validations": st.lists(
                    st.fixed_dictionaries(
                        {"rule": st.sampled_from(RULES)}, optional={"fieldPath": st.text(max_size=9)}
                    ),
                    max_size=2,
                ),
            },
        )
        odd = st.dictionaries(st.sampled_from(KEYWORDS), inner | hostile.values, max_size=3)
        return sensible | odd

    return st.recursive(
        st.sampled_from([{"type": "string"}, {"type": "integer"}, {}, None, "a", 1]), node, max_leaves=8
    )


RULES: Final = (
    "self.a == 1", "self.all(x, x > 0)", "self.size() < 1" + "0" * 400, "'" + "a" * 9000 + "' == self", "self" * 3000,
    "(" * 3000, "self.a.matches('(a+)+$')", "[1, 2].map(x, [1, 2].map(y, x / 0))", "oldSelf == self", "", "\n", "1",
    "self == " + "[" * 300 + "]" * 300, "!" * 5000 + "true", "has(self.a) ? self.a : self.b",
)  # fmt: skip


def definition(schema: Any) -> dict[str, Any]:
    """Return a definition with this schema."""
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "lamps.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "lamps", "kind": "Lamp"},
            "versions": [version],
        },
    }


def run(tmp_path: Path, schema: Any, **fields: Any) -> Report:
    """Judge a definition and one resource of its kind."""
    lamp = {"apiVersion": "example.com/v1", "kind": "Lamp", "metadata": {"name": "a"}, **fields}
    files = {"crd.yaml": definition(schema), "lamp.yaml": lamp}
    written = {name: hostile.write(value).encode("utf-8", "surrogatepass") for name, value in files.items()}
    return judged(tmp_path, written)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(schemas(), hostile.values)
def test_any_schema(tmp_path: Path, schema: Any, spec: Any) -> None:
    report = run(tmp_path, schema, spec=spec)
    if not report.coverage.engines:
        assert report.findings
        return
    (engine,) = report.coverage.engines
    unchecked = [finding for finding in report.findings if finding.code in {"schema-missing", "schema-unreachable"}]
    # Whatever was found is judged, or it is said that it is not.
    assert engine.checked + len(unchecked) >= engine.found


REFERENCE: Final = {"$ref": "#/definitions/a"}
BROKEN: Final[dict[str, Any]] = {
    "a schema that refers to itself": {"type": "object", "properties": {"spec": {"$ref": "#"}}},
    "definitions that refer to each other": {
        "type": "object",
        "definitions": {"a": REFERENCE},
        "properties": {"spec": REFERENCE},
    },
    "a reference to nowhere": {"type": "object", "properties": {"spec": {"$ref": "https://example.invalid/a.json"}}},
    "a type that is none": {"type": "object", "properties": {"spec": {"type": "strign"}}},
    "a list": [],
    "text": "object",
    "no schema": None,
    "properties that are none": {"type": "object", "properties": ["spec"]},
    "a bad limit": {"type": "object", "properties": {"spec": {"type": "object", "maxProperties": "many"}}},
    "too many branches": {"type": "object", "properties": {"spec": hostile.nested(60, {}, mapping=True)}},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_schema_is_a_finding_on_its_definition(tmp_path: Path, name: str) -> None:
    report = run(tmp_path, BROKEN[name], spec={"a": 1})
    errors = [finding for finding in report.findings if finding.severity.value == "error"]
    assert [finding for finding in errors if finding.file == "crd.yaml"], report.findings
    # Its resource is not passed over in silence either.
    assert [finding for finding in report.findings if finding.file == "lamp.yaml"], report.findings


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a|a)*$", "(.*)*(.*)*b"])
def test_patterns_that_backtrack_for_ever_elsewhere(tmp_path: Path, pattern: str) -> None:
    schema = {"type": "object", "properties": {"spec": {"type": "string", "pattern": pattern}}}
    report = run(tmp_path, schema, spec="a" * 20_000 + "!")
    assert {finding.code for finding in report.findings} <= {"invalid-format"}


def test_a_schema_as_wide_as_it_may_be(tmp_path: Path) -> None:
    fields = {f"f{number}": {"type": "string", "pattern": "^a+$"} for number in range(3000)}
    report = run(
        tmp_path, {"type": "object", "properties": {"spec": {"type": "object", "properties": fields}}}, spec={"f1": "b"}
    )
    assert json.dumps([finding.pointer for finding in report.findings]) == '["/spec/f1"]'
