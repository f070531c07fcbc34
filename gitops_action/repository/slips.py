"""Finds the line with a mark too few or too many: `key value`, `key:value`, `-key: value`, `- - key: value`, `key: "value`.

A parser takes such a line for text, or for a list in a list, and refuses one that follows. It is the line that makes the text
readable when its mark, and nothing else, is put right.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.indentation import can_be_moved, is_readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KEY: Final = r"[A-Za-z_][\w.-]*"
_DASHES: Final = regex(r"( *)((?:- +)*)")
_GLUED_DASH: Final = regex(rf"-{_KEY}:(?: |$)")
_GLUED_VALUE: Final = regex(rf"({_KEY}):((?!//)[^\s:].*)")
_NO_COLON: Final = regex(rf"({_KEY})( +[^\s:#-].*)?")
_GAP: Final = regex(r"^ *-( +)(?=[^\s#-])", re.MULTILINE)
_OPENED: Final = regex(r"""( *(?:- +)*(?:[^\s"'\[{][^"'\[{]*: +)?)(["'\[{].*)""")
_CLOSING: Final = {"[": "]", "{": "}"}
_LINES_ABOVE: Final = 12
_MOST_TRIES: Final = 12


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong with a line, whose content begins at `index` of the text."""

    index: int
    message: str


@dataclass(frozen=True, slots=True)
class _Repair:
    """Another text for a line, and what is to be said if that makes the whole readable."""

    text: str
    message: str


def slip(text: str, index: int) -> Slip | None:
    """Return the line with the slip because of which libyaml refuses `text` at `index`; None if there is none."""
    if not can_be_moved(text):
        return None
    rows = text.split("\n")
    at = text.count("\n", 0, index)
    if found := _unclosed(rows, at):
        return found
    gaps = Counter([" ", *_GAP.findall(text)])
    gap = gaps.most_common(1)[0][0]
    tries = 0
    for number in range(min(at, len(rows) - 1), max(at - _LINES_ABOVE, -1), -1):
        for repair in _repairs(rows, number, gap):
            tries += 1
            if is_readable("\n".join([*rows[:number], repair.text, *rows[number + 1 :]])):
                start = sum(len(row) + 1 for row in rows[:number])
                return Slip(start + len(rows[number]) - len(rows[number].lstrip(" ")), repair.message)
            if tries == _MOST_TRIES:
                return None
    return None


def _unclosed(rows: Sequence[str], at: int) -> Slip | None:
    """Return the line on which a quote or a bracket opens that would make the text readable if it were closed there."""
    tries = 0
    for number in range(min(at, len(rows) - 1), -1, -1):
        row = rows[number].rstrip()
        match = _OPENED.fullmatch(row)
        if match is None or not _is_open(match[2]):
            continue
        mark = match[2][0]
        closed = f"{row}{_CLOSING.get(mark, mark)}"
        tries += 1
        if is_readable("\n".join([*rows[:number], closed, *rows[number + 1 :]])):
            what = "bracket" if mark in _CLOSING else "quote"
            return Slip(
                sum(len(row) + 1 for row in rows[:number]) + match.start(2), f"the {what} that opens here is not closed"
            )
        if tries == _MOST_TRIES:
            return None
    return None


def _is_open(value: str) -> bool:
    """Whether what a value begins with is not closed on its line."""
    mark = value[0]
    return value.count(mark) > value.count(_CLOSING[mark]) if mark in _CLOSING else value.count(mark) == 1


def _repairs(rows: Sequence[str], number: int, gap: str) -> Iterator[_Repair]:
    row = rows[number]
    match = _DASHES.match(row)
    if match is None:
        return
    start, dashes, content = match[1], match[2], row[match.end() :].rstrip()
    if _GLUED_DASH.match(content):
        yield _Repair(
            f"{start}{dashes}-{gap}{content[1:]}", "a `-` without a space after it begins no item: write `- `"
        )
    if dashes.count("-") > 1:
        fewer = dashes[dashes.index("-", 1) :]
        yield _Repair(f"{start}{fewer}{content}", "a list begins inside of the list here: take one `- ` away")
    elif dashes and dashes != f"-{gap}" and content:
        message = f"this line begins {len(dashes)} after its `-` where {len(gap) + 1} would fit: align it with what belongs to it"
        yield _Repair(f"{start}-{gap}{content}", message)
    # Items may be any text: this one is a mapping only if more of it follows.
    below, column = _column_below(rows, number), match.end()
    goes_on, opens = not dashes or below == column, not dashes or below > column
    if (glued := _GLUED_VALUE.fullmatch(content)) and goes_on:
        yield _Repair(f"{row[:column]}{glued[1]}: {glued[2]}", f"the space after `{glued[1]}:` is missing")
    elif (bare := _NO_COLON.fullmatch(content)) and (goes_on if bare[2] else opens):
        yield _Repair(f"{row[:column]}{bare[1]}:{bare[2] or ''}", f"the colon after `{bare[1]}` is missing")


def _column_below(rows: Sequence[str], number: int) -> int:
    """Return the column in which the next line with content begins."""
    below = next((row for row in rows[number + 1 :] if row.strip()), "")
    return len(below) - len(below.lstrip(" "))
