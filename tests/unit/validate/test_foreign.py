from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.validate.compiling import DRAFT_2020, SchemaError, compile_schema
from gitops_action.validate.foreign import Foreign, normalised

HERE = "schemas/widget.json"


def foreign(document: Any, files: Mapping[str, Any] | None = None) -> Foreign:
    def follow(address: str, reference: str) -> tuple[str, Any]:
        assert address.startswith("schemas/")
        if files is None or reference not in files:
            raise SchemaError(f"it refers to {reference}, which is not there")
        return f"schemas/{reference}", files[reference]

    return normalised(document, HERE, follow)


def accepts(document: Any, value: Any, files: Mapping[str, Any] | None = None) -> bool:
    compiled = compile_schema(foreign(document, files).schema)
    return compiled.validator.is_valid(value)


def spec(**schema: Any) -> dict[str, Any]:
    return {"properties": {"spec": schema}}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        # What names its fields has no others, at any depth.
        ({"properties": {"a": {"type": "integer"}}}, {"a": 1}, {"b": 1}),
        ({"type": "object", "properties": {"a": {"properties": {"b": {}}}}}, {"a": {"b": 1}}, {"a": {"c": 1}}),
        ({"type": "array", "items": {"properties": {"a": {}}}}, [{"a": 1}], [{"b": 1}]),
        ({"additionalProperties": {"properties": {"a": {}}}}, {"x": {"a": 1}}, {"x": {"b": 1}}),
        ({"allOf": [{"properties": {"a": {}}}]}, {"a": 1}, {"b": 1}),
        # Draft 4 marks a limit as exclusive, later drafts have a limit of its own.
        ({"maximum": 5, "exclusiveMaximum": True}, 4, 5),
        ({"minimum": 5, "exclusiveMinimum": False}, 5, 4),
        ({"exclusiveMinimum": 5}, 6, 5),
        # OpenAPI's null, and JSON schema's.
        ({"type": "string", "nullable": True}, None, 1),
        ({"type": "string", "enum": ["a"], "nullable": True}, None, "b"),
        ({"type": ["string", "null"]}, None, 1),
        ({"format": "int-or-string"}, "80%", True),
        # What Go's regular expressions know and others do not.
        ({"pattern": r"^[[:alpha:]]+\z"}, "a", "1"),
        ({"format": "date-time"}, "2026-01-31T12:00:00Z", "yesterday"),
        ({"format": "ipv4"}, "10.0.0.1", "10.0.0.256"),
        ({"items": [{"type": "string"}], "additionalItems": False}, ["a"], ["a", "b"]),
        ({"prefixItems": [{"type": "string"}], "items": False, "type": "array"}, [], ["a"]),
        ({"const": 1}, 1, 2),
        ({"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}}, {"a": 2}, {"a": 1}),
        ({"propertyNames": {"maxLength": 1}}, {"a": 1}, {"ab": 1}),
        ({"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False}, {"x-a": "b"}, {"x-a": 1}),
        ({"not": {"required": ["a"]}}, {}, {"a": 1}),
        (True, 1, None),
        (False, None, 1),
    ],
)  # fmt: skip
def test_keywords_of_every_draft(schema: Any, good: Any, bad: Any) -> None:
    document = {"properties": {"spec": schema}}
    if schema is not False:
        assert accepts(document, {"spec": good})
    if schema is not True:
        assert not accepts(document, {"spec": bad})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "object", "properties": {"a": {}}, "x-kubernetes-preserve-unknown-fields": True},
        {"properties": {"a": {}}, "additionalProperties": True},
        {"properties": {"a": {}}, "additionalProperties": {}},
        {"properties": {"a": {}}, "patternProperties": {"^b": {}}},
        {"properties": {"a": {}}, "oneOf": [{"properties": {"b": {}}}]},
        {"properties": {"a": {}}, "allOf": [{"anyOf": [{"properties": {"b": {}}}]}]},
        {"anyOf": [{"properties": {"a": {}}}, {"properties": {"c": {}}}]},
        {"properties": {"a": {}}, "then": {"properties": {"b": {}}}},
    ],
)
def test_fields_are_free_where_not_all_are_named(schema: dict[str, Any]) -> None:
    assert accepts({"properties": {"spec": schema}}, {"spec": {"b": 1}})


def test_every_object_has_an_identity() -> None:
    value = {"apiVersion": "a/v1", "kind": "X", "metadata": {"name": "x", "anything": 1}, "spec": {}}
    assert accepts(spec(type="object"), value)
    assert not accepts(spec(type="object"), {**value, "sepc": {}})


DIALECTS = [
    None, "http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema", "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/schema#",
]  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_references_within_the_document(dialect: str | None) -> None:
    document = {
        **({"$schema": dialect} if dialect else {}),
        "$id": "https://example.org/widget.json",
        "properties": {
            "a": {"$ref": "#/definitions/a~1b"},
            "b": {"$ref": "https://example.org/widget.json#/definitions/~0%6Fdd"},
        },
        "definitions": {"a/b": {"type": "integer"}, "~odd": {"properties": {"x": {}}}},
    }
    assert accepts(document, {"a": 1, "b": {"x": 1}})
    assert not accepts(document, {"a": "1"})
    assert not accepts(document, {"b": {"y": 1}})


def test_what_stands_beside_a_reference_counts_since_2019() -> None:
    document = {
        "properties": {"a": {"$ref": "#/definitions/a", "maximum": 5}},
        "definitions": {"a": {"type": "integer"}},
    }
    assert accepts(document, {"a": 6})
    modern = {**document, "$schema": DRAFT_2020}
    assert not accepts(modern, {"a": 6})
    assert not accepts(modern, {"a": "6"})
    assert accepts(modern, {"a": 5})


def test_items_of_a_list_are_as_the_dialect_has_them() -> None:
    of_old = {"$schema": "https://json-schema.org/draft/2019-09/schema", "properties": {"a": {"items": [{"const": 1}]}}}
    of_now = {"$schema": DRAFT_2020, "properties": {"a": {"prefixItems": [{"const": 1}], "items": False}}}
    for document in (of_old, of_now):
        assert accepts(document, {"a": [1]})
        assert not accepts(document, {"a": [2]})
    assert accepts(of_old, {"a": [1, 2]})
    assert not accepts(of_now, {"a": [1, 2]})


def test_references_to_other_files() -> None:
    files = {
        "_definitions.json": {"definitions": {"Spec": {"properties": {"a": {"$ref": "#/definitions/Int"}}}, "Int": {"type": "integer"}}},
        "whole.json": {"type": "string"},
    }  # fmt: skip
    document = {"properties": {"spec": {"$ref": "_definitions.json#/definitions/Spec"}, "w": {"$ref": "whole.json"}}}
    assert accepts(document, {"spec": {"a": 1}, "w": "x"}, files)
    assert not accepts(document, {"spec": {"a": "x"}}, files)
    assert not accepts(document, {"spec": {"b": 1}}, files)
    assert not accepts(document, {"w": 1}, files)


def test_a_schema_of_itself_is_judged_as_far_as_it_is_written() -> None:
    document = {
        "properties": {"spec": {"$ref": "#/definitions/node"}},
        "definitions": {"node": {"properties": {"name": {"type": "string"}, "child": {"$ref": "#/definitions/node"}}}},
    }
    found = foreign(document)
    assert found.unchecked == ("what /definitions/node says of itself, below the first level",)
    assert not accepts(document, {"spec": {"name": 1}})
    assert accepts(document, {"spec": {"child": {"child": {"name": 1}}}})


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([], "no JSON schema"),
        ("x", "no JSON schema"),
        ({}, "no JSON schema"),
        ({"error": "not found", "message": "x"}, "no JSON schema"),
        ({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": {}}, "no JSON schema"),
        ({"$schema": "https://evil.example/schema", "type": "object"}, "which is not known"),
        ({"$schema": "http://json-schema.org/draft-03/schema#", "type": "object"}, "which is not known"),
        ({"$schema": 4, "type": "object"}, "which is not known"),
        ({"properties": []}, "no mapping of schemas"),
        ({"properties": {"a": 1}}, "a part of it is no schema"),
        ({"allOf": {}}, "no list of schemas"),
        ({"$ref": "#/definitions/gone"}, "leads nowhere"),
        ({"$ref": "#anchor"}, "no JSON pointer"),
        ({"$ref": "#/allOf/7", "allOf": []}, "leads nowhere"),
        ({"$ref": "#/allOf/" + "9" * 5000, "allOf": []}, "leads nowhere"),
        ({"$ref": "other.json"}, "other.json, which is not there"),
        ({"properties": {"a": {"$dynamicRef": "#x"}}}, "dynamic reference"),
    ],
)  # fmt: skip
def test_what_is_no_schema_says_why(document: Any, reason: str) -> None:
    with pytest.raises(SchemaError) as caught:
        foreign(document)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


def doubling(levels: int) -> dict[str, Any]:
    """2**levels schemas, if references are followed."""
    definitions = {f"d{n}": {"allOf": [{"$ref": f"#/definitions/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$ref": "#/definitions/d0", "definitions": {**definitions, f"d{levels}": {"type": "object"}}}


@pytest.mark.parametrize("document", [nested(200), nested(5_000), doubling(40), {"allOf": [{}] * 200_000}])
def test_hostile_sizes_are_an_error(document: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="too large, or nested too deeply"):
        foreign(document)


@pytest.mark.parametrize(
    "definitions",
    [
        {"a": {"$ref": "#/definitions/a"}},
        {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}},
        {"a": {"allOf": [{"$ref": "#"}]}},
        {"a": {"properties": {"x": {"anyOf": [{"$ref": "#/definitions/a"}, {"$ref": "#/definitions/a"}]}}}},
    ],
)
def test_circles_end(definitions: dict[str, Any]) -> None:
    document = {"properties": {"spec": {"$ref": "#/definitions/a"}}, "definitions": definitions}
    value: Any = {}
    for _ in range(200):
        value = {"x": value}
    assert accepts(document, {"spec": value})
    assert foreign(document).unchecked


def test_the_schemas_that_kubeconforms_mirror_is_made_of_are_understood() -> None:
    """In the shape of kubernetes-json-schema: types with null, integers or strings as oneOf, whole references resolved."""
    document = {
        "description": "Widget",
        "properties": {
            "apiVersion": {"type": ["string", "null"], "enum": ["example.org/v1"]},
            "spec": {
                "properties": {
                    "port": {"oneOf": [{"type": ["string", "null"]}, {"type": ["integer", "null"]}]},
                    "replicas": {"type": ["integer", "null"], "format": "int32"},
                },
                "type": ["object", "null"],
                "additionalProperties": False,
            },
        },
        "type": "object",
        "x-kubernetes-group-version-kind": [{"group": "example.org", "kind": "Widget", "version": "v1"}],
        "additionalProperties": False,
        "$schema": "http://json-schema.org/schema#",
    }
    assert accepts(
        document, {"apiVersion": "example.org/v1", "kind": "Widget", "spec": {"port": "80", "replicas": None}}
    )
    assert not accepts(document, {"apiVersion": "example.org/v1", "spec": {"port": True}})
    assert not accepts(document, {"spec": {"prot": 80}})


SCHEMAS = st.recursive(
    st.sampled_from(
        [True, False, None, {}, 1, "x", {"type": "string"}, {"type": ["integer", "null"]}, {"$ref": "#"}, {"$ref": "#/definitions/a"},
         {"pattern": "(?<=a)b"}, {"enum": [None, 1]}, {"format": "date"}, {"type": 5}, {"required": "a"}, {"enum": 3},
         {"minimum": "x"}, {"multipleOf": 0}, {"minimum": 10**400}, {"maximum": 1e308}]
    ),
    lambda inner: st.dictionaries(
        st.sampled_from(["properties", "items", "allOf", "not", "additionalProperties", "definitions", "default", "nullable", "a"]),
        inner | st.lists(inner, max_size=3), max_size=3,
    ),
    max_leaves=10,
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=5,
)


@given(SCHEMAS, VALUES)
def test_any_json_is_a_schema_or_an_error(document: Any, value: Any) -> None:
    try:
        compiled = compile_schema(foreign(json.loads(json.dumps(document)), {"x": document}).schema)
    except SchemaError:
        return
    compiled.validator.is_valid(value)


def test_rules_are_said_to_be_left_out() -> None:
    document = {"if": {}, "properties": {"spec": {"type": "object", "x-kubernetes-validations": [{"rule": "false"}]}}}
    assert foreign(document).unchecked == ("its rules (x-kubernetes-validations)",)
