"""Edits of plain values, which say what an edit of text has to come to."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from gitops_action.promote.edits import Insert, Set

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitops_action.model import Pointer
    from gitops_action.promote.edits import Edit


def apply(value: Any, edits: Sequence[Edit], absent: Callable[[Edit], Any]) -> Any:
    """Return `value` with the edits made at once; `absent` raises for one whose place is not there."""
    made = _Made(value, absent)
    for one in edits:
        made.add(one)
    return made.rebuilt(value, ())


class _Made:
    """The edits of one value, by place."""

    def __init__(self, value: Any, absent: Callable[[Edit], Any]) -> None:
        self._value = value
        self._absent = absent
        self._sets: dict[Pointer, Any] = {}
        self._inserts: dict[Pointer, list[Insert]] = defaultdict(list)
        self._deletes: set[Pointer] = set()
        self._touched: set[Pointer] = set()

    def add(self, one: Edit) -> None:
        """Take in one edit."""
        pointer: Pointer = one.pointer
        parent = self._parent(one)
        if isinstance(one, Insert):
            if not _has_room(parent, pointer[-1]):
                self._absent(one)
            self._inserts[pointer[:-1]].append(one)
        elif pointer and not _has(parent, pointer[-1]):
            self._absent(one)
        elif isinstance(one, Set):
            self._sets[pointer] = one.value
        else:
            self._deletes.add(pointer)
        self._touched |= {pointer[:length] for length in range(len(pointer) + 1)}

    def _parent(self, one: Edit) -> Any:
        value = self._value
        for step in one.pointer[:-1]:
            if not _has(value, step):
                self._absent(one)
            value = value[step]
        return value

    def rebuilt(self, value: Any, pointer: Pointer) -> Any:
        """Return the value at `pointer` after the edits."""
        if pointer in self._sets:
            return self._sets[pointer]
        if pointer not in self._touched:
            return value
        mine = self._inserts.get(pointer, [])
        if value is None and mine:
            value = [] if isinstance(mine[0].pointer[-1], int) else {}
        if isinstance(value, dict):
            kept = {
                key: self.rebuilt(item, (*pointer, key))
                for key, item in value.items()
                if (*pointer, key) not in self._deletes
            }
            return kept | {one.pointer[-1]: one.value for one in mine}
        return self._list(value, pointer, mine) if isinstance(value, list) else value

    def _list(self, value: list[Any], pointer: Pointer, mine: Sequence[Insert]) -> list[Any]:
        result: list[Any] = []
        for index in range(len(value) + 1):
            result += [one.value for one in mine if one.pointer[-1] == index]
            if index < len(value) and (*pointer, index) not in self._deletes:
                result.append(self.rebuilt(value[index], (*pointer, index)))
        return result


def same(left: Any, right: Any) -> bool:
    """Whether two values are the same JSON: 1 is not true, and not 1.0."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value)


def _has_room(parent: Any, step: str | int) -> bool:
    """Whether a new entry may go there; what is null becomes what the entry needs."""
    if parent is None:
        return isinstance(step, str) or step == 0
    if isinstance(parent, dict):
        return step not in parent
    return isinstance(parent, list) and isinstance(step, int) and 0 <= step <= len(parent)
