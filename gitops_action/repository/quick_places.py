"""Where values stand in a text that `quick` reads: found line by line as well, each time that somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gitops_action.repository.lines import BLANK, ITEMS, LINES, OPEN, PAIRS, Line
from gitops_action.repository.quick import begins_with_marker

if TYPE_CHECKING:
    from gitops_action.model import Pointer

Place: TypeAlias = tuple[int, int]
"""A line and a column of a text, both from 0."""

_SCALAR, _LIST, _MAPPING, _FLOW = range(4)
_Node: TypeAlias = tuple[int, int, int]
"""Where a node begins, and what it is."""


def find(text: str, path: Pointer) -> tuple[Place | None, Place, bool] | None:
    """Return where in a text that `quick.read` reads the key of the value at `path` is (None for an item), and the value.

    If there is no such value, they are those of its nearest parent, and the last is False. None if only libyaml can tell.
    """
    if text.startswith(("{", "[")):
        return None
    lines = text.split("\n")
    node = _below(lines, 1 if begins_with_marker(lines[0]) else 0, -1, indentless=False)
    if node is None:
        return None
    key: Place | None = None
    for step in path:
        if node[2] == _FLOW:
            return None
        is_index = isinstance(step, int)
        number = _entry(lines, node, step) if node[2] == (_LIST if is_index else _MAPPING) else None
        if number is None:
            return key, node[:2], False
        line = LINES[lines[number]]
        indent, inner, *_ = line
        key = None if is_index else (number, inner or indent)
        node = _value(lines, number, line, is_index=is_index)
    return key, node[:2], True


def _value(lines: list[str], number: int, line: Line, *, is_index: bool) -> _Node:
    """Return the value of an entry that begins on line `number`: of the item, or of the key."""
    indent, inner, key, kind, _, at = line
    if is_index and key is not None:
        return number, inner, _MAPPING
    if kind == OPEN:
        below = _below(lines, number + 1, indent if is_index else inner or indent, indentless=not is_index)
        return below or (number, at, _SCALAR)
    return number, at, _FLOW if kind in {ITEMS, PAIRS} else _SCALAR


def _below(lines: list[str], number: int, column: int, *, indentless: bool) -> _Node | None:
    """Return the node that begins on the lines from `number` on, if it is deeper than `column`, or an indentless list."""
    for at in range(number, len(lines)):
        indent, inner, key, kind, _, _ = LINES[lines[at]]
        if kind == BLANK:
            continue
        if indent > column or (indentless and indent == column and inner):
            return at, indent, _LIST if inner else _SCALAR if key is None else _MAPPING
        return None
    return None


def _entry(lines: list[str], node: _Node, step: str | int) -> int | None:
    """Return the line of an entry of a collection. Those of what is in it are all deeper."""
    first, column, _ = node
    index = 0
    for number in range(first, len(lines)):
        indent, inner, key, kind, _, _ = LINES[lines[number]]
        if number == first and indent < column:
            # A mapping that begins behind a dash.
            indent, inner = column, 0
        if kind == BLANK or indent > column:
            continue
        if indent < column or (isinstance(step, int) and not inner):
            return None
        if isinstance(step, int):
            if index == step:
                return number
            index += 1
        elif not inner and key == step:
            return number
    return None
