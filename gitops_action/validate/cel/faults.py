"""Which part of a value breaks a rule, where the server names the whole.

It is the item of a list without which the rule would hold, or the first field that the rule's message speaks of.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.problems import path_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitops_action.model import Pointer
    from gitops_action.validate.problems import Problem

_WORD: Final = regex(r"\w+")
_DEPTH: Final = 2
_MOST_ITEMS: Final = 30


def refined(problem: Problem, at: Pointer, value: Any, holds: Callable[[Any], bool]) -> Problem:
    """Place what is said of the whole value at `at` at its part that is wrong; as it was if that cannot be told."""
    if problem.pointer != at:
        return problem
    places = [*_items(value, (), _DEPTH)]
    found = [place for place in places if holds(_without(value, place))] if len(places) <= _MOST_ITEMS else []
    if len(found) == 1:
        return replace(problem, pointer=(*at, *found[0]))
    named = _named(problem.message.removeprefix(f"{path_text(at)}: "), value)
    # Without a field that is too many the rule holds; of two that disagree the first is what is said to be wrong.
    best = next((name for name in named if holds(_without(value, (name,)))), named[0] if len(named) > 1 else None)
    return problem if best is None else replace(problem, pointer=(*at, best))


def _named(message: str, value: Any) -> list[str]:
    """Return the fields that a message in words speaks of, in its order."""
    is_in_words = isinstance(value, dict) and not message.startswith("failed rule: ")
    fields = {name.casefold(): name for name in value} if is_in_words else {}
    words = dict.fromkeys(word.casefold() for word in _WORD.findall(message))
    return [fields[word] for word in words if word in fields]


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
    if not rest:
        return {name: part for name, part in value.items() if name != step}
    return {**value, step: _without(value[step], tuple(rest))}
