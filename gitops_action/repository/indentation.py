"""Finds the line whose indentation is wrong: a parser notices it only where something no longer fits, often lines later.

It is the line that makes the text readable when it, alone or with all that is in it, is moved to the column of a line near
it. Where several would, the one counts that leaves the text most as people write: steps of one width, and no keys without a value.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import yaml
from yaml._yaml import CParser

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.tags import for_libyaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINE: Final = regex(r"( *)((?:- +)*)([^\r\n]*)")
# Whoever writes that much into one document gets the parser's place.
_LONGEST: Final = 2**14
_ODD: Final = regex(r"^ *\t|\r(?!\n)", re.MULTILINE)
# How far above the line that does not fit the wrong one is looked for, and how many repairs are tried.
_LINES_ABOVE: Final = 12
_MOST_TRIES: Final = 20
_OBJECT: Final = regex(r"^(?:apiVersion|kind):", re.MULTILINE)
# What objects have at the top; anything else that would have to be moved there is rather in the right place.
_TOP: Final = regex(
    r"(?:apiVersion|kind|metadata|spec|status|data|stringData|binaryData|immutable|type|rules|webhooks|subjects|roleRef|template"
    r"|secrets|parameters|provisioner|subsets|endpoints|ports|value|handler|items)\s*:"
)


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A line that begins in column `column`, where `fitting` would make sense of the text; both count from 0.

    `index` is where its content begins in the text.
    """

    index: int
    column: int
    fitting: int


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with content: its number from 0, the column of what comes first, and of what follows its dashes.

    One that `opens` is a key, or a dash, whose value stands below.
    """

    number: int
    column: int
    inner: int
    opens: bool

    def moved(self, repair: _Repair) -> _Line:
        """Return the line as it is once something is repaired."""
        if not repair.number <= self.number <= repair.last:
            return self
        return replace(self, column=self.column + repair.by, inner=self.inner + repair.by)


@dataclass(frozen=True, slots=True)
class _Repair:
    """To move the line `number`, and those up to `last`, to the column `fitting`: `by` so many blanks to the right."""

    number: int
    fitting: int
    by: int
    last: int


def misplaced(text: str, index: int) -> Misplaced | None:
    """Return the line that has to be moved so that `text`, which libyaml refuses at `index`, can be read; None if no one does."""
    if not can_be_moved(text):
        return None
    rows = text.split("\n")
    lines = list(_lines(rows))
    at = next((i for i, line in enumerate(lines) if line.number >= text.count("\n", 0, index)), len(lines) - 1)
    is_object = _OBJECT.search(text) is not None
    choices = sorted(
        _repairs(lines, at),
        key=lambda repair: (
            _oddity([line.moved(repair) for line in lines]) + (is_object and _is_strange(rows, repair, lines[0])),
            abs(repair.by),
        ),
    )
    for repair in choices[:_MOST_TRIES]:
        if is_readable("\n".join(_moved(rows, repair))):
            line = next(line for line in lines if line.number == repair.number)
            start = sum(len(row) + 1 for row in rows[: line.number])
            return Misplaced(start + line.column, line.column, repair.fitting)
    return None


def can_be_moved(text: str) -> bool:
    """Whether the lines of a text, which is not too long, are indented with blanks and end as usual."""
    return len(text) <= _LONGEST and _ODD.search(text) is None


def _lines(rows: Sequence[str]) -> Iterator[_Line]:
    for number, row in enumerate(rows):
        match = _LINE.match(row)
        if match and match[3] and match[3][0] != "#" and not row.startswith(("---", "...")):
            opens = match[3].partition(" #")[0].rstrip().endswith((":", "-"))
            yield _Line(number, match.end(1), match.end(2), opens)


def _repairs(lines: Sequence[_Line], at: int) -> Iterator[_Repair]:
    """Yield what could be done, the line at `at` first and then those above it: each to where its neighbours stand."""
    for i in range(at, max(at - _LINES_ABOVE, -1), -1):
        line = lines[i]
        near = [*lines[max(i - 2, 0) : i], *lines[i + 1 : i + 3], lines[at]]
        columns = {column for other in near for column in (other.column, other.inner)}
        # Its dash fits also where what follows it does.
        columns |= {max(column - line.inner + line.column, 0) for column in columns}
        for last in dict.fromkeys((line.number, _last_inside(lines, i))):
            for column in sorted(columns - {line.column}):
                yield _Repair(line.number, column, column - line.column, last)


def _last_inside(lines: Sequence[_Line], at: int) -> int:
    """Return the number of the last line of all that is in the value that the line at `at` opens."""
    last = at
    while lines[at].opens and last + 1 < len(lines) and lines[last + 1].column > lines[at].column:
        last += 1
    return lines[last].number


def _oddity(lines: Sequence[_Line]) -> int:
    """Return how many steps to the right are unlike most of the text's, and how many keys have no value."""
    steps: Counter[int] = Counter()
    open_at = [0]
    for line in lines:
        for column in dict.fromkeys((line.column, line.inner)):
            while open_at[-1] > column:
                open_at.pop()
            if open_at[-1] < column:
                steps[column - open_at[-1]] += 1
                open_at.append(column)
    empty = sum(line.opens and not _holds(line, below) for line, below in pairwise(lines))
    return steps.total() - max(steps.values(), default=0) + empty


def _is_strange(rows: Sequence[str], repair: _Repair, first: _Line) -> bool:
    """Whether an object would have a field at its top that none has, or the line would be moved by which it begins."""
    content = rows[repair.number].lstrip(" ")
    return repair.number == first.number or (not repair.fitting and content[0] != "-" and _TOP.match(content) is None)


def _holds(line: _Line, below: _Line) -> bool:
    """Whether the next line is in the value that a line opens: deeper, or a dash in the column of its key."""
    return below.column > line.inner or (below.column == line.inner and below.inner > below.column)


def _moved(rows: Sequence[str], repair: _Repair) -> list[str]:
    inside = rows[repair.number : repair.last + 1]
    moved = (f"{' ' * repair.by}{row}" if repair.by > 0 else row.removeprefix(" " * -repair.by) for row in inside)
    return [*rows[: repair.number], *moved, *rows[repair.last + 1 :]]


def is_readable(text: str) -> bool:
    """Whether libyaml can parse a text."""
    parser = CParser(for_libyaml(text))
    try:
        while parser.check_event():
            parser.get_event()
    except yaml.YAMLError:
        return False
    finally:
        parser.dispose()
    return True
