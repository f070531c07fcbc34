"""What Git does not know of a live object is hidden in it, wherever it has come to stand."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.diff.veil import veiled
from gitops_action.model import Location, Manifest, Pointer

P = "placeholder"
SECRET = "s3cret"


class Nowhere:
    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        return Location("", len(pointer), int(key))


def manifest(value: dict[str, Any]) -> Manifest:
    found: set[Pointer] = set()

    def look(item: Any, at: Pointer) -> None:
        if isinstance(item, dict):
            for key, inner in item.items():
                look(inner, (*at, key))
        elif isinstance(item, list):
            for index, inner in enumerate(item):
                look(inner, (*at, index))
        elif isinstance(item, str) and P in item:
            found.add(at)

    look(value, ())
    return Manifest(value, Nowhere(), unknown=frozenset(found))


@pytest.mark.parametrize(
    ("written", "live", "expected"),
    [
        ({"data": {"a": P, "b": "x"}}, {"data": {"a": SECRET, "b": "y"}}, {"data": {"a": P, "b": "y"}}),
        ({"data": {"a": P}}, {"data": {"b": "y"}}, {"data": {"b": "y"}}),
        ({"data": {"a": f"x {P}"}}, {"data": [SECRET]}, {"data": {"a": f"x {P}"}}),
        # Found by the key, wherever it stands.
        (
            {"env": [{"name": "a", "value": P}]},
            {"env": [{"name": "b", "value": "1"}, {"name": "a", "value": SECRET}]},
            {"env": [{"name": "b", "value": "1"}, {"name": "a", "value": P}]},
        ),
        ({"env": [{"name": "a", "value": P}]}, {"env": [{"name": "b", "value": "1"}]}, {"env": [{"name": "b", "value": "1"}]}),
        # Of a list without keys it is not certain which item is meant, unless it is as long.
        ({"args": ["x", P]}, {"args": ["y", SECRET]}, {"args": ["y", P]}),
        ({"args": ["x", P]}, {"args": [SECRET, "x", "y"]}, {"args": ["x", P]}),
        ({"kind": "Secret", "stringData": {"a": P}}, {"kind": "Secret", "data": {"a": SECRET}}, {"kind": "Secret", "data": {"a": P}}),
    ],
)  # fmt: skip
def test_live_values_give_way_to_placeholders(
    written: dict[str, Any], live: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = copy.deepcopy(live)
    assert veiled(live, manifest(written)) == expected
    assert live == before


def test_what_is_all_known_is_left_as_it_is() -> None:
    live = {"data": {"a": "1"}}
    assert veiled(live, None) is live
    assert veiled(live, manifest({"data": {"a": "2"}})) is live


_VALUES = st.recursive(
    st.sampled_from(["x", "y", P]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from("abc"), _VALUES, max_size=3))
def test_no_value_is_left_where_a_placeholder_stands(written: dict[str, Any]) -> None:
    def filled(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: filled(inner) for key, inner in item.items()}
        if isinstance(item, list):
            return [filled(inner) for inner in item]
        return SECRET if item == P else item

    assert veiled(filled(written), manifest(written)) == written


@given(
    st.dictionaries(st.sampled_from("abc"), _VALUES, max_size=3),
    st.dictionaries(st.sampled_from("abc"), _VALUES, max_size=3),
)
def test_any_two_objects_can_be_held_against_each_other(written: dict[str, Any], live: dict[str, Any]) -> None:
    veiled(live, manifest(written))
