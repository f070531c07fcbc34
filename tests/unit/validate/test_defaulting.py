from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gitops_action.validate.defaulting import prepared

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "metadata": {"type": "object", "default": {"name": "never"}, "properties": {"name": {"type": "string"}}},
        "spec": {
            "type": "object",
            "properties": {
                "a": {"type": "string", "default": "x"},
                "b": {"type": "string"},
                "c": {"type": "string", "nullable": True, "default": "y"},
                "deep": {
                    "type": "object",
                    "default": {},
                    "properties": {
                        "n": {"type": "integer", "default": 1},
                        "falsy": {"type": "boolean", "default": False},
                    },
                },
                "list": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"n": {"type": "integer", "default": 2}}},
                },
                "map": {"type": "object", "additionalProperties": {"type": "string", "default": "z"}},
                "kept": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            },
        },
    },
}
FULL = {"a": "x", "c": "y", "deep": {"n": 1, "falsy": False}}


def of(spec: Any) -> Any:
    return prepared({"kind": "C", "spec": spec}, SCHEMA)["spec"]


def test_what_is_absent_gets_its_default_also_inside_defaults() -> None:
    assert of({}) == FULL


def test_nulls_are_dropped_or_become_the_default_unless_nullable() -> None:
    assert of({"a": None, "b": None, "c": None, "deep": None}) == {**FULL, "c": None}


def test_items_and_values_of_maps_are_reached() -> None:
    spec = of({"list": [{"n": None}, {}, {"n": 5}], "map": {"k": None, "l": "m"}})
    assert spec["list"] == [{"n": 2}, {"n": 2}, {"n": 5}]
    assert spec["map"] == {"k": "z", "l": "m"}


def test_what_the_schema_does_not_know_stays() -> None:
    assert of({**FULL, "unknown": None, "kept": {"x": None}}) == {**FULL, "unknown": None, "kept": {"x": None}}


def test_metadata_is_not_the_definitions_business() -> None:
    assert prepared({"metadata": None, "spec": FULL}, SCHEMA)["metadata"] is None
    assert "metadata" not in prepared({"spec": FULL}, SCHEMA)


def test_nothing_to_do_costs_no_copy() -> None:
    value = {"kind": "C", "spec": FULL}
    assert prepared(value, SCHEMA) is value


def test_defaults_are_not_shared() -> None:
    first = of({})
    first["deep"]["n"] = 99
    assert of({}) == FULL


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c", "deep", "list", "map", "kept", "n", "zz"]), inner, max_size=4)
    ),
)


@given(values)
def test_the_object_itself_is_left_alone_and_twice_is_as_once(spec: Any) -> None:
    value = {"kind": "C", "spec": spec}
    before = copy.deepcopy(value)
    once = prepared(value, SCHEMA)
    assert value == before
    assert prepared(once, SCHEMA) == once
