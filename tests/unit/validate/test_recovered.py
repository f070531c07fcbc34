from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.validate.recovered import structural
from tests.unit.validate.test_foreign import SCHEMAS


def spec_of(schema: dict[str, Any]) -> Any:
    found = structural({"properties": {"spec": schema}})
    return None if found is None else found["properties"]["spec"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^a", "format": "date", "enum": ["a"], "nullable": True, "default": None},
        {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
        {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
        {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False, "required": ["a"]},
        {"type": "object", "properties": {}, "oneOf": [{"required": ["a"]}], "not": {"required": ["b"]}},
        {"type": "object", "properties": {"a": {}}, "x-kubernetes-validations": [{"rule": "self.a == 1"}]},
    ],
)
def test_what_a_definition_says_is_kept_as_it_is(schema: dict[str, Any]) -> None:
    assert spec_of(schema) == schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": "object", "additionalProperties": True},
        {"type": "object", "properties": {"a": {}}, "additionalProperties": True},
    ],
)
def test_an_object_of_unknown_fields_may_have_any(schema: dict[str, Any]) -> None:
    found = spec_of(schema)
    assert found["x-kubernetes-preserve-unknown-fields"] is True
    assert "additionalProperties" not in found


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"]},
        {"type": "null"},
        {"type": "whatever"},
        {"$ref": "#/definitions/x"},
        {"const": 1},
        {"exclusiveMinimum": 1},
        {"patternProperties": {}},
        {"items": [{}]},
        {"items": True},
        {"if": {}},
        {"properties": []},
        {"properties": {"a": True}},
        {"allOf": {}},
        {"definitions": {}},
        True,
        3,
    ],
)
def test_what_a_definition_cannot_say_is_left_to_json_schema(schema: Any) -> None:
    assert spec_of(schema) is None
    assert spec_of({"type": "array", "items": schema}) is None


@pytest.mark.parametrize(
    ("dialect", "is_structural"),
    [
        ("http://json-schema.org/schema#", True),
        ("http://json-schema.org/draft-04/schema#", True),
        ("http://json-schema.org/draft-07/schema#", True),
        ("https://json-schema.org/draft/2020-12/schema", False),
        ("https://evil.example/schema", False),
        (4, False),
    ],
)
def test_the_dialect_says_what_is_meant(dialect: Any, is_structural: bool) -> None:
    found = structural({"$schema": dialect, "$id": "x", "properties": {}})
    assert found == ({"properties": {}} if is_structural else None)


@pytest.mark.parametrize("document", [[], "x", None, 3, {}, {"properties": 1}, {"type": "object"}])
def test_what_is_no_object_with_fields_is_not_recognised(document: Any) -> None:
    assert structural(document) is None


def test_depth_is_bounded() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(5_000):
        schema = {"type": "array", "items": schema}
    assert spec_of(schema) is None


@given(SCHEMAS, st.booleans())
def test_any_json_is_taken(document: Any, wrapped: bool) -> None:
    structural({"properties": {"a": document}} if wrapped else document)
