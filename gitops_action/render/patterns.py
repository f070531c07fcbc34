"""Shell patterns as `${name#pattern}` and its like have them in Flux: matched from the beginning of a text, byte by byte.

Upstream: github.com/fluxcd/pkg/envsubst v1.7.1 `path/match.go`, which is Go's path.Match whose `*` also crosses slashes.
A malformed pattern is only noticed where matching comes to it, so what it leaves alone depends on the text.
"""

from __future__ import annotations

import re
from typing import Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

# A star that is not in brackets begins a chunk; what a backslash escapes does not.
_CHUNK: Final = regex(rb"\**(?:\\.?|\[(?:\\.?|[^\]\\])*\]?|[^*\\\[])*", re.DOTALL)
_SPECIAL: Final = regex(rb"[\\?\[]")
_REPLACEMENT: Final = 0xFFFD
# How many bytes `bytes.find` looks through in the time of one step of ours.
_FAST: Final = 256


class BadPatternError(ValueError):
    """The pattern is malformed."""


class TooMuchWorkError(Exception):
    """The text and the pattern would keep us busy for too long."""


@dataclass(slots=True)
class Work:
    """How many steps matching may still take."""

    steps: int = 1_000_000

    def spend(self, steps: int) -> None:
        """Take steps off. Raises TooMuchWorkError when there are none left."""
        self.steps -= steps
        if self.steps < 0:
            raise TooMuchWorkError


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A piece of a pattern without stars, and whether one stands before it."""

    star: bool
    text: bytes
    is_last: bool

    @property
    def literal(self) -> bool:
        return not _SPECIAL.search(self.text)


def without_prefix(text: bytes, pattern: bytes, work: Work, *, longest: bool) -> bytes:
    """Take off what matches at the beginning; a bad pattern takes off nothing, and neither does an empty match.

    Raises TooMuchWorkError.
    """
    chunks = _chunks(pattern)
    shortest = 0
    try:
        for end in range(len(text), 0, -1):
            if _matches(chunks, text, end, work):
                if longest:
                    return text[end:]
                shortest = end
    except BadPatternError:
        return text
    return text[shortest:]


def _chunks(pattern: bytes) -> list[_Chunk]:
    found = []
    start = 0
    while start < len(pattern):
        match = _CHUNK.match(pattern, start)
        end = match.end() if match else len(pattern)
        chunk = pattern[start:end]
        text = chunk.lstrip(b"*")
        found.append(_Chunk(chunk[:1] == b"*", text, end == len(pattern)))
        start = end
    return found


def _matches(chunks: list[_Chunk], text: bytes, end: int, work: Work) -> bool:
    """Whether all of `text[:end]` matches. Raises BadPatternError and TooMuchWorkError."""
    at = 0
    for chunk in chunks:
        if chunk.star and not chunk.text:
            return True
        found = (_literally if chunk.literal else _by_steps)(chunk, text, at, end, work)
        if found < 0:
            return False
        at = found
    return at == end


def _literally(chunk: _Chunk, text: bytes, at: int, end: int, work: Work) -> int:
    work.spend(1 + (end - at) // _FAST)
    size = len(chunk.text)
    if not chunk.star:
        return at + size if text.startswith(chunk.text, at, end) else -1
    if chunk.is_last:
        return end if end - size >= at and text.endswith(chunk.text, at, end) else -1
    found = text.find(chunk.text, at, end)
    return found + size if found >= 0 else -1


def _by_steps(chunk: _Chunk, text: bytes, at: int, end: int, work: Work) -> int:
    for start in range(at, end + 1 if chunk.star else at + 1):
        found = _chunk_end(chunk.text, text, start, end, work)
        if found >= 0 and not (chunk.is_last and found < end):
            return found
    return -1


def _chunk_end(chunk: bytes, text: bytes, at: int, end: int, work: Work) -> int:
    """Return where a chunk that matches at `at` ends, -1 if it does not."""
    place = 0
    while place < len(chunk):
        work.spend(1)
        if at >= end:
            return -1
        sign = chunk[place : place + 1]
        if sign == b"[":
            rune, width = _rune(text, at, end)
            matched, place = _in_brackets(chunk, place + 1, rune)
            if not matched:
                return -1
            at += width
            continue
        if sign == b"?":
            at += _rune(text, at, end)[1]
            place += 1
            continue
        if sign == b"\\":
            place += 1
            if place == len(chunk):
                raise BadPatternError
        if chunk[place] != text[at]:
            return -1
        at += 1
        place += 1
    return at


def _in_brackets(chunk: bytes, place: int, rune: int) -> tuple[bool, int]:
    """Return whether a character is of a class, and where the class ends."""
    negated = chunk[place : place + 1] == b"^"
    place += negated
    first = place
    matched = False
    while place == first or chunk[place : place + 1] != b"]":
        low, place = _member(chunk, place)
        high = low
        if chunk[place : place + 1] == b"-":
            high, place = _member(chunk, place + 1)
        matched = matched or low <= rune <= high
    return matched != negated, place + 1


def _member(chunk: bytes, place: int) -> tuple[int, int]:
    """Return a character of a class, and where the next one stands; there has to be one, at least the bracket."""
    if chunk[place : place + 1] in {b"", b"-", b"]"}:
        raise BadPatternError
    if chunk[place : place + 1] == b"\\":
        place += 1
        if place == len(chunk):
            raise BadPatternError
    rune, width = _rune(chunk, place, len(chunk))
    if place + width >= len(chunk) or (rune == _REPLACEMENT and width == 1):
        raise BadPatternError
    return rune, place + width


def _rune(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the character at `at`, and its width: as in Go, what is no UTF-8 is one byte and U+FFFD."""
    first = data[at]
    width = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4  # noqa: PLR2004 - of UTF-8
    try:
        return ord(data[at : min(at + width, end)].decode()), width
    except UnicodeDecodeError:
        return _REPLACEMENT, 1
