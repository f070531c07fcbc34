"""Which of two items that have a key in common a finding is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gitops_action.validate.problems import value_at
from gitops_action.validate.rules.likeness import likeness

if TYPE_CHECKING:
    from gitops_action.model import Pointer
    from gitops_action.validate.problems import Problem


def which(value: Mapping[str, Any], problem: Problem) -> Problem:
    """Place what is said of a key at its item, where the item as a whole is written twice; else at the item it is unlike."""
    at = problem.pointer
    indices = [place for place, part in enumerate(at) if isinstance(part, int)]
    if problem.code != "duplicate-item" or not indices:
        return problem
    items, index = value_at(value, at[: indices[-1]]), at[indices[-1]]
    if not isinstance(items, list) or not isinstance(index, int):
        return problem
    if items[index] in items[:index]:
        return replace(problem, pointer=at[: indices[-1] + 1])
    keys = at[indices[-1] + 1 :]
    return replace(problem, pointer=(*at[: indices[-1]], _unlike(items, index, keys), *keys))


def _unlike(items: Sequence[Any], index: int, keys: Pointer) -> int:
    """Return which of two items with a key in common is less like it than the other; the later one if it cannot be told."""
    name = value_at(items[index], keys) if isinstance(items[index], Mapping) and len(keys) == 1 else None
    if not isinstance(name, str | int):
        return index
    key = keys[0]
    first = next(
        (number for number, item in enumerate(items) if isinstance(item, Mapping) and item.get(key) == name), index
    )
    rests = ({field: part for field, part in items[number].items() if field != key} for number in (first, index))
    alike = [_likeness(name, rest) for rest in rests]
    return first if alike[0] < alike[1] else index


def _likeness(name: str | int, rest: Mapping[str, Any]) -> int:
    """Count the words of a name in an item, or its fields with the same number."""
    return likeness(name, rest) if isinstance(name, str) else sum(part == name for part in rest.values())
