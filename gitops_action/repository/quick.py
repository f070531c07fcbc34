"""Block YAML and JSON as people write them, read line by line: many times faster than by libyaml, and to the same values.

What is unusual in any way is left to libyaml: `read` says so, and gives nothing. So there is no error here, and whatever is
wrong with a file is found by the one reader that can explain it. `lines` says what is usual in a line.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from gitops_action.repository.lines import BLANK, BLOCK, ITEMS, LINES, OPEN, PAIRS, SCALAR
from gitops_action.repository.memory import REFUSED, VALUES

if TYPE_CHECKING:
    from gitops_action.model import JSONValue

_ESCAPE: Final = re.compile(r"\\(.)")
# Written the same in JSON and in YAML.
_ESCAPED: Final = frozenset('"\\bfnrt')
# What YAML takes for the end of a line and JSON for text.
_BREAKS: Final = re.compile("[\x85\u2028\u2029]")


class _UnusualError(Exception):
    """The text is one for libyaml."""


def read(text: str, max_depth: int) -> tuple[JSONValue, int] | None:
    """Return the value of the one document in `text`, and where it begins; None if libyaml has to read it.

    The value is a mapping, a list, or None if there are only comments. It is not deeper than `max_depth`.
    """
    try:
        return _json(text, max_depth) if text.startswith(("{", "[")) else _block(text, max_depth)
    except _UnusualError:
        return None


def _block(text: str, max_depth: int) -> tuple[JSONValue, int]:  # noqa: C901, PLR0912, PLR0915 - calls take long
    lines = text.split("\n")
    count = len(lines)
    root: list[JSONValue] = [None]
    # The innermost collection, whether it is a mapping, the column of its entries, and the collections that it is in.
    holder: Any = root
    is_mapping = False
    column = -1
    outer: list[tuple[Any, bool, int]] = []
    # The key or index of it that may get its value from the lines below.
    waiting: str | int | None = 0
    first = -1
    number = 1 if begins_with_marker(lines[0]) else 0
    while number < count:
        indent, inner, key, kind, value, _ = LINES[lines[number]]
        number += 1
        if kind == BLANK:
            continue
        if waiting is not None:
            if first < 0:
                first = number - 1
            if indent > column or (indent == column and inner and is_mapping):
                if not inner and key is None:
                    # Text on a line of its own, which is no root.
                    if kind != SCALAR or not outer:
                        raise _UnusualError
                    holder[waiting] = value
                    waiting = None
                    continue
                outer.append((holder, is_mapping, column))
                fresh: Any = [] if inner else {}
                holder[waiting] = fresh
                holder, is_mapping, column = fresh, not inner, indent
            waiting = None
        if indent != column or (inner > 0) is is_mapping:
            while indent < column:
                holder, is_mapping, column = outer.pop()
            if not (inner or is_mapping) and outer:
                # A list may stand in the column of the mapping that it is in.
                holder, is_mapping, column = outer.pop()
            if indent != column or (inner > 0) is is_mapping:
                raise _UnusualError
        if inner and key is not None:
            entries: dict[str, JSONValue] = {}
            holder.append(entries)
            outer.append((holder, is_mapping, column))
            holder, is_mapping, column = entries, True, inner
        if len(outer) >= max_depth:
            raise _UnusualError
        if kind == OPEN:
            waiting = len(holder) if key is None else key
        elif kind != SCALAR:
            value, number = _lengthy(lines, number, column, kind, value)
        if not is_mapping:
            holder.append(value)
        elif key is None or key in holder:
            raise _UnusualError
        else:
            holder[key] = value
    return root[0], sum(len(before) + 1 for before in lines[:first]) + LINES[lines[first]][0] if first >= 0 else 0


def _lengthy(lines: list[str], number: int, column: int, kind: int, value: Any) -> tuple[JSONValue, int]:
    """Return a value that is more than a scalar on its line, and the line after it."""
    if kind == BLOCK:
        return _block_scalar(lines, number, column, value)
    if kind == ITEMS:
        return list(value), number
    if kind == PAIRS:
        return dict(value), number
    raise _UnusualError


def begins_with_marker(line: str) -> bool:
    """Whether the line is `---` and nothing else. Raises _UnusualError where something stands behind it."""
    if not line.startswith("---"):
        return False
    rest = line[3:].lstrip(" ")
    if rest and (rest[0] != "#" or line[3] != " " or not line.isprintable()):
        raise _UnusualError
    return True


def _block_scalar(lines: list[str], number: int, parent: int, header: str) -> tuple[str, int]:
    """Return the text of a block that begins on line `number`, deeper than column `parent`, and the line after it.

    Follows `yaml_parser_scan_block_scalar` of libyaml.
    """
    breaks, indent = _margin(lines, number, parent)
    number += breaks
    count = len(lines)
    margin = " " * indent
    folded = header[0] == ">"
    text: list[str] = []
    end = ""
    blank_before = False
    while number < count:
        content = _content(lines[number], margin)
        if content is None:
            break
        number += 1
        if not content:
            breaks += 1
            continue
        if folded:
            blank = content[0] in " \t"
            if end and not blank_before and not blank:
                end = "" if breaks else " "
            blank_before = blank
        text += (end, "\n" * breaks, content)
        end, breaks = "\n", 0
    if number == count:
        # What follows the last end of a line is no line.
        if lines[-1]:
            raise _UnusualError
        breaks -= 1
    if not header.endswith("-"):
        text.append(end)
    if header.endswith("+"):
        text.append("\n" * breaks)
    return "".join(text), number


def _margin(lines: list[str], start: int, parent: int) -> tuple[int, int]:
    """Return how many blank lines a block of text begins with, and how deep it is."""
    number = start
    while number < len(lines) and not lines[number].strip(" "):
        number += 1
    if number == len(lines):
        raise _UnusualError
    line = lines[number]
    indent = len(line) - len(line.lstrip(" "))
    if indent <= parent or line[indent] == "\t" or any(len(blank) > indent for blank in lines[start:number]):
        raise _UnusualError
    return number - start, indent


def _content(line: str, margin: str) -> str | None:
    """Return what a line of a block of text has behind its margin; None where it belongs to the block no more."""
    if not line.startswith(margin):
        return None if line.strip(" ") else ""
    content = line[len(margin) :]
    if not content.isprintable() and not content.replace("\t", " ").isprintable():
        raise _UnusualError
    return content


def _json(text: str, max_depth: int) -> tuple[JSONValue, int]:
    if text.count("[") + text.count("{") > max_depth or (not text.isascii() and _BREAKS.search(text)):
        raise _UnusualError
    if "\\" in text and not _ESCAPED.issuperset(_ESCAPE.findall(text)):
        raise _UnusualError
    try:
        return _DECODER.decode(text), 0
    except ValueError as error:
        raise _UnusualError from error


def _number(text: str) -> Any:
    value = VALUES[text]
    if value is REFUSED:
        raise _UnusualError
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _UnusualError
    return value


def _no_number(text: str) -> Any:
    raise _UnusualError(text)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_no_number
)
