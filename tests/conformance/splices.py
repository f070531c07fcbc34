"""Changes to YAML as text, so that all the rest of a document stays where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conformance.seeds import Node, Place


@dataclass(frozen=True, slots=True)
class Splice:
    """Put `text` in place of what stands between two indices. `mark` is what the mutated line is: an offset into it.

    A `mark` below 0 counts from `start` backwards: a line before the change.
    """

    start: int
    end: int
    text: str
    mark: int = 0


def applied(text: str, splices: Sequence[Splice]) -> tuple[str, int]:
    """Return the changed text, and the 1-based line that the first of the splices marks."""
    first = splices[0]
    for splice in sorted(splices, key=lambda splice: splice.start, reverse=True):
        text = text[: splice.start] + splice.text + text[splice.end :]
    moved = sum(len(one.text) - (one.end - one.start) for one in splices[1:] if one.start < first.start)
    return text, text.count("\n", 0, first.start + moved + first.mark) + 1


def end_of(node: Node, text: str) -> int:
    """Return where a node's own text ends, without the blanks and comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last: Any = node.value[-1]
        return end_of(last[1] if isinstance(last, tuple) else last, text)
    start, end = node.start_mark.index, node.end_mark.index
    return int(start + len(text[start:end].rstrip()))


def replaced(place: Place, new: str) -> Splice:
    """Put another value, written on one line, in the place of this one."""
    text, node = place.seed.text, place.node
    start, end = node.start_mark.index, end_of(node, text)
    if place.key is not None and (_is_block(node) or start == end):
        start = text.index(":", place.key.end_mark.index) + 1
        return Splice(start, max(start, end), f" {new}")
    return Splice(start, end, new if start < end else f" {new}")


def renamed(place: Place, new: str) -> Splice:
    """Give a field another name."""
    return Splice(place.key.start_mark.index, place.key.end_mark.index, new)


def dropped(place: Place) -> Splice:
    """Take a field or an item away; the mutated line is its parent's."""
    text = place.seed.text
    siblings = place.siblings
    spans = [(_start(child, place.parent, text), _end(child, text)) for child in siblings]
    index = next(number for number, child in enumerate(siblings) if _value(child) is place.node)
    start, end = spans[index]
    if len(spans) == 1:
        empty = "{}" if place.key is not None else "[]"
        if place.above is None:
            return Splice(start, end, empty)
        splice = replaced(place.above, empty)
    elif index + 1 < len(spans):
        splice = Splice(start, spans[index + 1][0], "")
    else:
        splice = Splice(spans[index - 1][1], end, "")
    return Splice(splice.start, splice.end, splice.text, parent_index(place) - splice.start)


def parent_index(place: Place) -> int:
    """Return where a finding about something absent belongs: at the parent's key, or the item that the parent is."""
    above = place.above
    if above is None:
        return int(place.parent.start_mark.index)
    return int((above.key or above.node).start_mark.index)


def inserted(node: Node, name: str, value: str, before: int = 0) -> Splice | None:
    """Put a new field into a mapping, before the one numbered `before`; None if there is no good place for it."""
    if not node.value:
        return Splice(node.start_mark.index, node.end_mark.index, f"{{{name}: {value}}}") if node.flow_style else None
    key = node.value[before % len(node.value)][0]
    start = key.start_mark.index
    if node.flow_style:
        return Splice(start, start, f"{name}: {value}, ")
    return Splice(start, start, f"{name}: {value}\n{' ' * key.start_mark.column}")


def added(node: Node, text: str, value: str) -> Splice | None:
    """Put a new item at the end of a list."""
    if not node.value:
        return Splice(node.start_mark.index, node.end_mark.index, f"[{value}]") if node.flow_style else None
    end = end_of(node.value[-1], text)
    if node.flow_style:
        return Splice(end, end, f", {value}")
    indent = "\n" + " " * _dash_column(node.value[-1], node, text)
    return Splice(end, end, f"{indent}- {value}", len(indent))


def repeated(place: Place) -> Splice:
    """Write a field or an item a second time, below itself."""
    text = place.seed.text
    if place.key is not None:
        start, end, column, dash = place.key.start_mark.index, end_of(place.node, text), place.key.start_mark.column, ""
    else:
        start, end = place.node.start_mark.index, end_of(place.node, text)
        column, dash = 0 if place.parent.flow_style else _dash_column(place.node, place.parent, text), "- "
    copy = text[start:end]
    if place.parent.flow_style:
        return Splice(end, end, f", {copy}", 2)
    if place.key is None:
        gap = text[text.rindex("-", 0, start) + 1 : start]
        dash = f"-{gap}" if gap.isspace() and "\n" not in gap else dash
    return Splice(end, end, f"\n{' ' * column}{dash}{copy}", column + 1)


def written(place: Place) -> str:
    """Return a value as it is written."""
    return place.seed.text[place.node.start_mark.index : end_of(place.node, place.seed.text)]


def _is_block(node: Node) -> bool:
    if isinstance(node, yaml.CollectionNode):
        return not node.flow_style
    return node.style in {"|", ">"}


def _value(child: Any) -> Node:
    return child[1] if isinstance(child, tuple) else child


def _start(child: Any, parent: Node, text: str) -> int:
    if isinstance(child, tuple):
        return int(child[0].start_mark.index)
    start = int(child.start_mark.index)
    return start if parent.flow_style else text.rindex("-", 0, start + 1 if text[start : start + 1] == "-" else start)


def _end(child: Any, text: str) -> int:
    if isinstance(child, tuple):
        key, value = child
        end = end_of(value, text)
        return max(end, text.index(":", key.end_mark.index) + 1)
    return end_of(child, text)


def _dash_column(item: Node, parent: Node, text: str) -> int:
    dash = _start(item, parent, text)
    return dash - (text.rfind("\n", 0, dash) + 1)
