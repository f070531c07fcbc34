"""Rows of cells in columns, which keep together in a terminal that is narrower than they are."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_GAP: Final = "  "
_ELLIPSIS: Final = "…"
# What names and sentences should have side by side; and what a name has at least, below which a terminal breaks the lines.
_COMFORTABLE: Final = (16, 24)
_NARROWEST: Final = 8
_BELOW: Final = 4


class Columns:
    """As wide as what is in them, all together at most `width`, which counts what they are indented by.

    A column without a cell that says anything is left out. With `sentences` the last one has such, and the others names: where
    there is no room for them beside, sentences stand below.
    """

    def __init__(
        self,
        rows: Sequence[Sequence[str]],
        *,
        head: Sequence[str] = (),
        width: int | None = None,
        indent: int = 0,
        sentences: bool = True,
    ) -> None:
        columns = list(zip(*rows, strict=True))
        self._head = head or [""] * len(columns)
        widths = [
            max(map(cells_of, (title, *cells))) if any(cells) else 0
            for title, cells in zip(self._head, columns or [()] * len(self._head), strict=True)
        ]
        self._lead = " " * indent
        self._wraps = width is not None
        self._below = 0
        if width is not None:
            room = width - indent
            words = [
                max(map(_longest_word, (title, *cells))) for title, cells in zip(self._head, columns, strict=False)
            ]
            names, sentence = _COMFORTABLE if sentences else (_NARROWEST, _NARROWEST)
            found, fits = _narrowed(widths, words, [*[names] * (len(widths) - 1), sentence], room)
            if not fits and sentences:
                self._below = max(room - _BELOW, _NARROWEST)
                found = [*_narrowed(widths[:-1], words[:-1], [_NARROWEST] * (len(widths) - 1), room)[0], 0]
            widths = found
        self._widths = widths

    def heading(self) -> Iterator[str]:
        """Yield the lines of what stands above the rows."""
        return self._lines(self._head, {})

    def lines(self, row: Sequence[str], shades: Mapping[int, str] | None = None) -> Iterator[str]:
        """Yield the lines of a row; `shades` are colours of ANSI by column."""
        yield from self._lines(row, shades or {})
        if self._below and row[-1]:
            yield from (self._lead + " " * _BELOW + line for line in _wrapped(row[-1], self._below, whole=True))

    def _lines(self, row: Sequence[str], shades: Mapping[int, str]) -> Iterator[str]:
        last = len(row) - 1
        cells = {at: self._cell(text, at, whole=at == last) for at, text in enumerate(row) if self._widths[at]}
        for number in range(max(map(len, cells.values()), default=1)):
            parts = []
            for at, lines in cells.items():
                text = lines[number] if number < len(lines) else ""
                padded = text + " " * (self._widths[at] - cells_of(text)) if at != last else text
                shade = shades.get(at)
                parts.append(f"\x1b[{shade}m{padded}\x1b[0m" if shade and text else padded)
            yield (self._lead + _GAP.join(parts)).rstrip()

    def _cell(self, text: str, at: int, *, whole: bool) -> list[str]:
        return _wrapped(text, self._widths[at], whole=whole) if self._wraps else [text]


def _wrapped(text: str, width: int, *, whole: bool) -> list[str]:
    """Return the lines of a cell. Of words that are too long the middle is left out, unless the `whole` is wanted."""
    if cells_of(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        for part in _broken(word, width) if whole else [shortened(word, width)]:
            if lines[-1] and cells_of(lines[-1]) + 1 + cells_of(part) > width:
                lines.append(part)
            else:
                lines[-1] = f"{lines[-1]} {part}" if lines[-1] else part
    return lines


def _longest_word(text: str) -> int:
    return max(map(cells_of, text.split(" ")))


def _narrowed(widths: Sequence[int], words: Sequence[int], least: Sequence[int], room: int) -> tuple[list[int], bool]:
    """Take from the widest column until all fit, and tell whether they do; none becomes narrower than it has to be at `least`.

    Before any of the longest `words` loses its middle, lines are broken between words.
    """
    found = list(widths)
    room -= len(_GAP) * (sum(map(bool, widths)) - 1)
    for ends in ([max(pair) for pair in zip(least, words, strict=False)], least):
        while sum(found) > room:
            at = max((at for at in range(len(found)) if found[at] > ends[at]), key=found.__getitem__, default=None)
            if at is None:
                break
            found[at] -= 1
    return found, sum(found) <= room


def shortened(text: str, width: int) -> str:
    """Return a name or a path in so many columns of a terminal: without its middle, as both ends tell more."""
    if cells_of(text) <= width:
        return text
    room = width - 1
    head, tail = _first(text, room // 2), _first(text[::-1], room - room // 2)[::-1]
    return head + _ELLIPSIS + tail


def _broken(word: str, width: int) -> Iterator[str]:
    while cells_of(word) > width > 1:
        yield (part := _first(word, width))
        word = word[len(part) :]
    yield word


def _first(text: str, room: int) -> str:
    """Return as much of the beginning of a text as has room."""
    for end, character in enumerate(text):
        room -= cells_of(character)
        if room < 0:
            return text[:end]
    return text


def cells_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
