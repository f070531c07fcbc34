"""Parts of values that may be anything."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gitops_action.parts import mappings, part, text

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


def test_what_is_there_is_given() -> None:
    assert part({"a": {"b": 1}}, "a") == {"b": 1}
    assert mappings({"a": [{"b": 1}, 2, {"c": 3}]}, "a") == [{"b": 1}, {"c": 3}]
    assert text("a") == "a"


@given(anything)
def test_what_is_of_another_kind_is_empty(value: Any) -> None:
    assert isinstance(part(value, "a"), dict)
    assert all(isinstance(one, dict) for one in mappings(value, "a"))
    assert text(value) == (value if isinstance(value, str) else "")
