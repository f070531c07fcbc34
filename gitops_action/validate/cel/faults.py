"""Which item of a list breaks a rule: the one without which the rule would hold. The server names the whole object."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitops_action.model import Pointer
    from gitops_action.validate.problems import Problem

_DEPTH: Final = 2
_MOST_ITEMS: Final = 30


def refined(problem: Problem, at: Pointer, value: Any, holds: Callable[[Any], bool]) -> Problem:
    """Place what is said of the whole value at `at` at its item that is wrong; as it was if none is, or several are."""
    places = [*_items(value, (), _DEPTH)] if problem.pointer == at else []
    if len(places) > _MOST_ITEMS:
        return problem
    found = [place for place in places if holds(_without(value, place))]
    return replace(problem, pointer=(*at, *found[0])) if len(found) == 1 else problem


def _items(value: Any, at: Pointer, depth: int) -> Iterator[Pointer]:
    if isinstance(value, list):
        yield from ((*at, index) for index in range(len(value)))
    elif isinstance(value, dict) and depth:
        for name, part in value.items():
            yield from _items(part, (*at, name), depth - 1)


def _without(value: Any, place: Pointer) -> Any:
    step, *rest = place
    if isinstance(value, list):
        return [item for index, item in enumerate(value) if index != step]
    return {**value, step: _without(value[step], tuple(rest))}
