"""Which of two fields that exclude each other is probably too many."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.validate.rules.alternatives import before_the_name, excess, kept_and_excess


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        pytest.param({"a": {}, "b": {"c": "d"}}, "a", id="the first says nothing"),
        pytest.param({"a": {"c": "d"}, "b": {"c": []}}, "b", id="the second says less"),
        pytest.param({"b": {"c": "d"}, "a": {"c": "e"}}, "a", id="both say as much"),
        pytest.param({"a": {"c": {"d": [1, "x"]}}, "b": {"c": {"d": [1, None]}}}, "b", id="inside"),
        pytest.param({"a": "x", "b": {"c": "d"}}, "a", id="a plain value and more"),
        pytest.param({"b": "long", "a": 1}, "a", id="of plain values the later one"),
        pytest.param({}, "b", id="none is there"),
    ],
)
def test_the_one_that_says_less_is_too_many(part: dict[str, Any], wrong: str) -> None:
    assert excess(part, "a", "b") == wrong
    assert kept_and_excess(part, "a", "b")[1] == wrong
    assert set(kept_and_excess(part, "a", "b")) == {"a", "b"}


@pytest.mark.parametrize(
    ("fields", "beside", "odd"),
    [
        ("a name b", [{"name": "x", "c": "d"}, None], "a"),
        ("b name a", [], "b"),
        ("a name b", [{"c": "d", "name": "x"}], ""),
        ("a b name", [{"name": "x"}], ""),
        ("name a b", [{"name": "x"}], ""),
        ("a b", [{"name": "x"}], ""),
    ],
)
def test_what_stands_above_the_name(fields: str, beside: list[dict[str, Any] | None], odd: str) -> None:
    assert before_the_name(dict.fromkeys(fields.split(), "x"), "a", "b", beside) == odd
