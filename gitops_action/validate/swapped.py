"""Two fields beside each other that have each other's values: one mistake, on the first of their lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.validate.problems import Problem, path_text, value_at

if TYPE_CHECKING:
    from gitops_action.model import Pointer

    Judge: TypeAlias = Callable[[Mapping[str, Any]], Sequence[Problem]]

# What is said of a value that would be good in another field.
_OF_VALUES: Final = frozenset({"invalid-enum", "invalid-format", "invalid-reference"})
# Each of two fields may say that it has the wrong value.
_MOST: Final = 2
_SLIP: Final = 0.6
# As long as most names may be.
_WORD: Final = 8


def swapped(value: Mapping[str, Any], wrong: Sequence[Problem], judge: Judge) -> Problem | None:
    """Say that two fields have each other's values, if nothing is wrong once they are exchanged, and not by chance.

    It could be chance where any word would do, where both fields want the same, or where the value is the other but for
    a slip of the pen. `judge` returns what is wrong with an object.
    """
    if len(wrong) > _MOST:
        return None
    for problem in wrong:
        if problem.code not in _OF_VALUES or problem.key or not problem.pointer:
            continue
        *above, field = problem.pointer
        fields = value_at(value, tuple(above))
        if not isinstance(fields, Mapping) or not isinstance(field, str) or not isinstance(fields.get(field), str):
            continue
        others = [
            other
            for other, text in fields.items()
            if other not in {field, "apiVersion", "kind"}
            and isinstance(text, str)
            and text != fields[field]
            and not _is_slip(fields[field], text)
            and not judge(_exchanged(value, tuple(above), field, other))
        ]
        if len(others) != 1 or _takes_any_word(value, problem.pointer, judge):
            continue
        at_other = (*above, others[0])
        if any(one.pointer == at_other for one in wrong) or _takes_any_word(value, at_other, judge):
            return _named(problem, fields, others[0])
    return None


def _named(problem: Problem, fields: Mapping[str, Any], other: str) -> Problem:
    *above, field = problem.pointer
    first = next(name for name in fields if name in {field, other})
    message = f"{problem.message}; it seems to have the value of {other}, and {other} its own"
    if first != field:
        message = f"{path_text((*above, other))} and {field} seem to have each other's values: {problem.message}"
    return Problem(problem.code, (*above, first), message)


def _is_slip(written: str, meant: str) -> bool:
    return SequenceMatcher(None, written, meant).ratio() > _SLIP


def _takes_any_word(value: Mapping[str, Any], pointer: Pointer, judge: Judge) -> bool:
    """Whether a field would do with a word that nobody means: its own name."""
    word = str(pointer[-1]).lower()[:_WORD]
    return all(problem.pointer != pointer for problem in judge(_with(value, pointer, word)))


def _exchanged(value: Mapping[str, Any], above: Pointer, one: str, other: str) -> Mapping[str, Any]:
    fields = value_at(value, above)
    changed: Mapping[str, Any] = _with(value, above, {**fields, one: fields[other], other: fields[one]})
    return changed


def _with(value: Any, pointer: Pointer, new: Any) -> Any:
    """Return an object with another value at a pointer; what it is made of is shared."""
    if not pointer:
        return new
    part, rest = pointer[0], pointer[1:]
    if isinstance(value, list) and isinstance(part, int):
        return [*value[:part], _with(value[part], rest, new), *value[part + 1 :]]
    return {**value, part: _with(value[part], rest, new)}
