"""Which of two items with a key in common is named."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.validate.problems import Problem
from gitops_action.validate.rules.duplicates import which


@pytest.mark.parametrize(
    ("items", "key", "named"),
    [
        ([{"port": 8501, "targetPort": 8500}, {"port": 8501, "targetPort": 8501}], "port", 0),
        ([{"port": 8501, "targetPort": 8501}, {"port": 8501, "targetPort": 8502}], "port", 1),
        ([{"port": 8501}, {"port": 8501}, {"port": 1}], "port", 1),
        ([{"name": "web", "image": "db"}, {"name": "web", "image": "web"}], "name", 0),
    ],
)
def test_the_one_that_its_key_is_unlike(items: list[dict[str, Any]], key: str, named: int) -> None:
    found = which({"spec": items}, Problem("duplicate-item", ("spec", 1, key), "x"))
    if items[0] == items[1]:
        assert found.pointer == ("spec", 1)
    else:
        assert found.pointer == ("spec", named, key)
