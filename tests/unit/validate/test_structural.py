"""What the API server does with custom resources. Each case was tried on a kube-apiserver 1.36.3."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_action.validate.catalog import Catalog
from gitops_action.validate.compiling import compile_schema
from gitops_action.validate.crds import Crds, CrdVersion
from gitops_action.validate.formats import CHECKERS
from gitops_action.validate.lookup import Schemas
from gitops_action.validate.structural import resource_schema

METADATA = Catalog(36).metadata_schema()


def accepted(spec_schema: dict[str, Any], spec: Any, **options: bool) -> bool:
    schema = {"type": "object", "properties": {"spec": spec_schema}}
    value = {"apiVersion": "a.b/v1", "kind": "C", "metadata": {"name": "x"}, "spec": spec}
    compiled = replace(compile_schema(resource_schema(schema, METADATA, **options), CHECKERS), structural=schema)
    return compiled.validator.is_valid(compiled.prepared(value))


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


STRING = {"type": "string"}
INTEGER = {"type": "integer"}
KEEP = {"x-kubernetes-preserve-unknown-fields": True}
EITHER = {"x-kubernetes-int-or-string": True}

CASES: list[tuple[str, dict[str, Any], Any, bool]] = [
    ("known field", obj(a=STRING), {"a": "x"}, True),
    ("unknown field", obj(a=STRING), {"b": "x"}, False),
    ("unknown field of an object without fields", {"type": "object"}, {"b": 1}, False),
    ("empty object without fields", {"type": "object"}, {}, True),
    ("preserved", {"type": "object", **KEEP}, {"b": {"c": [1]}}, True),
    ("preserved, of any type", KEEP, ["x", 1], True),
    ("preserved, but a known field of the wrong type", {**obj(a=STRING), **KEEP}, {"a": 1, "b": 2}, False),
    ("preserved, but not below a known field", {**obj(a=obj(c=STRING)), **KEEP}, {"a": {"d": 1}}, False),
    ("map", {"type": "object", "additionalProperties": STRING}, {"k": "v"}, True),
    ("map of the wrong type", {"type": "object", "additionalProperties": STRING}, {"k": 1}, False),
    ("map of anything", {"type": "object", "additionalProperties": True}, {"k": "x", "l": [1]}, True),
    ("map of anything, but unknown fields in it", {"type": "object", "additionalProperties": True}, {"k": {"l": 1}}, False),
    ("list of objects", {"type": "array", "items": obj(a=STRING)}, [{"a": "x"}], True),
    ("unknown field in a list", {"type": "array", "items": obj(a=STRING)}, [{"b": "x"}], False),
    ("null", obj(a=STRING), {"a": None}, True),
    ("null that is required", {**obj(a=STRING), "required": ["a"]}, {"a": None}, False),
    ("null for a field that is required and has a default", {**obj(a={**STRING, "default": "x"}), "required": ["a"]}, {"a": None}, True),
    ("no value for a field that is required and has a default", {**obj(a={**STRING, "default": "x"}), "required": ["a"]}, {}, True),
    ("required in a struct that has a default", {**obj(a={**obj(b={**STRING, "default": "x"}), "required": ["b"]}), "required": ["a"]}, {"a": {}}, True),
    ("default that decides between branches", {**obj(a={**STRING, "default": "x"}), "oneOf": [{"properties": {"a": {"enum": ["x"]}}}, {"properties": {"a": {"enum": ["y"]}}}]}, {}, True),
    ("null in a map", {"type": "object", "additionalProperties": STRING}, {"k": None}, True),
    ("null in a list with a default", {"type": "array", "items": {**STRING, "default": "x"}}, [None], True),
    ("null where a default meets a limit", obj(a={**INTEGER, "minimum": 1, "default": 2}), {"a": None}, True),
    ("nullable null that is required", {**obj(a={**STRING, "nullable": True}), "required": ["a"]}, {"a": None}, True),
    ("nullable null outside an enumeration", obj(a={**STRING, "nullable": True, "enum": ["x"]}), {"a": None}, False),
    ("nullable null", obj(a={**STRING, "nullable": True}), {"a": None}, True),
    ("null where there is a default", obj(a={**STRING, "default": "x"}), {"a": None}, True),
    ("null of a list where there is no default", {"type": "array", "items": STRING}, [None], False),
    ("null outside an enumeration with a default", obj(a={**STRING, "enum": ["x"], "default": "x"}), {"a": None}, True),
    ("int or string: int", EITHER, 1, True),
    ("int or string: string", EITHER, "1", True),
    ("int or string: boolean", EITHER, True, False),
    ("int or string, said twice", {**EITHER, "anyOf": [INTEGER, STRING]}, 1, True),
    ("int or string with a pattern", {**EITHER, "pattern": "^x"}, "y", False),
    ("pattern", {**STRING, "pattern": "^a+$"}, "ab", False),
    ("pattern in Go's syntax", {**STRING, "pattern": r"\A[[:alpha:]]+\z"}, "ab", True),
    ("enumeration", {**STRING, "enum": ["x", "y"]}, "z", False),
    ("enumeration of nothing", {**STRING, "enum": []}, "z", True),
    ("required", {**obj(a=STRING), "required": ["a"]}, {}, False),
    ("an integer that is a multiple of a half", {"type": "number", "multipleOf": 0.5}, 2, False),
    ("a multiple of a half", {"type": "number", "multipleOf": 0.5}, 1.5, True),
    ("no multiple of a half", {"type": "number", "multipleOf": 0.5}, 1.3, False),
    ("an integer that is a multiple of two and a half", {"type": "number", "multipleOf": 2.5}, 5, False),
    ("an integer that is a multiple of two", {"type": "number", "multipleOf": 2.5}, 4, True),
    ("exclusive minimum", {**INTEGER, "minimum": 3, "exclusiveMinimum": True}, 3, False),
    ("inclusive minimum", {**INTEGER, "minimum": 3, "exclusiveMinimum": False}, 3, True),
    ("exclusive maximum", {**INTEGER, "maximum": 3, "exclusiveMaximum": True}, 3, False),
    ("number", {"type": "number"}, 1.5, True),
    ("whole float for an integer", INTEGER, 3.0, True),
    ("fraction for an integer", INTEGER, 3.5, False),
    ("base64", {**STRING, "format": "byte"}, "YQ==", True),
    ("not base64", {**STRING, "format": "byte"}, "Y!", False),
    ("address", {**STRING, "format": "ipv4"}, "10.0.0.256", False),
    ("a list for a text with a format", {**STRING, "format": "email"}, ["a", 1, []], True),
    ("a list of fields for a text with a format", {**STRING, "format": "email"}, [{"a": 1}], False),
    ("a list for a text", {**STRING, "format": "whatever"}, [], False),
    ("a mapping for a text with a format", {**STRING, "format": "email"}, {}, False),
    ("unknown format", {**STRING, "format": "whatever"}, "x", True),
    ("width", {**INTEGER, "format": "int32"}, 2**40, False),
    ("width of 64 bits", {**INTEGER, "format": "int64"}, 2**40, True),
    ("no integer", INTEGER, 10**25, False),
    ("the largest integer", INTEGER, 2**63 - 1, True),
    ("width with a narrower limit", {**INTEGER, "format": "int32", "maximum": 5}, 6, False),
    ("one of: none", {**obj(a=STRING, b=STRING), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, False),
    ("one of: both", {**obj(a=STRING, b=STRING), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": "", "b": ""}, False),
    ("one of: one", {**obj(a=STRING, b=STRING), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": ""}, True),
    ("a branch names few of the fields", {**obj(a=STRING, b=STRING), "anyOf": [{"properties": {"a": {"enum": ["x"]}}}]}, {"a": "x", "b": "y"}, True),
    ("not", {**obj(a=STRING), "not": {"required": ["a"]}}, {"a": ""}, False),
    ("embedded", {"type": "object", "x-kubernetes-embedded-resource": True, **KEEP}, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}}, True),
    ("embedded without a kind", {"type": "object", "x-kubernetes-embedded-resource": True, **KEEP}, {"apiVersion": "v1"}, False),
    ("embedded with bad metadata", {"type": "object", "x-kubernetes-embedded-resource": True, **KEEP}, {"apiVersion": "v1", "kind": "Pod", "metadata": {"nam": "x"}}, False),
    ("embedded, unknown field", {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": KEEP}}, {"apiVersion": "v1", "kind": "P", "data": 1}, False),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "spec", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_custom_resources(schema: dict[str, Any], spec: Any, *, expected: bool) -> None:
    assert accepted(schema, spec) is expected


def test_an_old_definition_may_preserve_all() -> None:
    assert accepted(obj(a=STRING), {"b": 1}, preserve_unknown_fields=True)
    assert not accepted(obj(a=STRING), {"a": 1}, preserve_unknown_fields=True)


@pytest.mark.parametrize(
    ("status", "subresource", "expected"),
    [({"n": 1}, False, True), ({"n": "x"}, False, False), ({"n": "x"}, True, True), ({"m": 1}, True, False)],
)
def test_the_status_subresource_is_reset_so_only_its_fields_count(
    status: dict[str, Any],
    subresource: bool,
    *,
    expected: bool,
) -> None:
    schema = {"type": "object", "properties": {"status": obj(n=INTEGER)}}
    compiled = compile_schema(resource_schema(schema, METADATA, status_subresource=subresource))
    value = {"apiVersion": "a.b/v1", "kind": "C", "metadata": {"name": "x"}, "status": status}
    assert compiled.validator.is_valid(value) is expected


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"name": "x"}, True),
        ({"name": "longer"}, False),
        ({"name": "x", "lables": {}}, False),
        ({"labels": {"a": 1}}, False),
    ],
)
def test_metadata_is_that_of_every_object_and_a_definition_may_restrict_the_name(
    metadata: dict[str, Any],
    *,
    expected: bool,
) -> None:
    schema = {
        "type": "object",
        "properties": {"metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 3}}}},
    }
    compiled = compile_schema(resource_schema(schema, METADATA))
    assert compiled.validator.is_valid({"apiVersion": "a.b/v1", "kind": "C", "metadata": metadata}) is expected


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "properties",
                    "items",
                    "pattern",
                    "required",
                    "enum",
                    "oneOf",
                    "not",
                    "additionalProperties",
                    "a",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["type", "properties", "items", "allOf", "not", "pattern", "$ref"]), anything))
def test_whatever_stands_in_a_definition_is_used_or_refused(schema: dict[str, Any]) -> None:
    definition = CrdVersion("a.b/v1", "C", namespaced=True, schema=schema)
    lookup = Schemas(Catalog(36), Crds([definition])).find("a.b/v1", "C")
    if lookup.problem:
        assert [note.code for note in lookup.notes] == ["schema-invalid"]
    else:
        lookup.schemas[0].validator.is_valid({"apiVersion": "a.b/v1", "kind": "C"})
