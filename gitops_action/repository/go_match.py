"""Patterns of one name as Go's `filepath.Match` reads them, which is not how Python's `fnmatch` does.

Upstream: `path/filepath/match.go` of Go. What is between two stars becomes one regular expression, which is looked for from
left to right: stars never make it try again, whatever the pattern is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Name:
    """A pattern of one name, as Go's `filepath.Match` has it: what is between its stars, each of one width."""

    chunks: tuple[tuple[bool, re.Pattern[str] | None, int], ...]

    def fits(self, name: str) -> bool:
        """Whether a name is one of those that are meant; stars cost no more than the name is long."""
        at = 0
        for number, (star, chunk, width) in enumerate(self.chunks):
            if chunk is None:
                return True
            is_last = number == len(self.chunks) - 1
            start = len(name) - width if star and is_last else at
            if start < at:
                return False
            found = chunk.search(name, at) if star and not is_last else chunk.match(name, start)
            if found is None:
                return False
            at = found.end()
        return at == len(name)


def read_name(pattern: str) -> Name | None:
    """Read a pattern of one name; None for one that Go refuses, which matches nothing."""
    chunks: list[tuple[bool, re.Pattern[str] | None, int]] = []
    while pattern:
        rest = pattern.lstrip("*")
        star, end = rest != pattern, _end_of_chunk(rest)
        chunk, pattern = rest[:end], rest[end:]
        if not chunk:
            chunks.append((star, None, 0))
            continue
        expression = _expression(chunk)
        if expression is None:
            return None
        chunks.append((star, re.compile("".join(expression), re.DOTALL), len(expression)))
    return Name(tuple(chunks))


def _end_of_chunk(pattern: str) -> int:
    """Return where the next star is that is neither escaped nor in brackets."""
    at, inside = 0, False
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] in "[]":
            inside = pattern[at] == "["
        elif pattern[at] == "*" and not inside:
            break
        at += 1
    return min(at, len(pattern))


def _expression(chunk: str) -> list[str] | None:
    """Return a regular expression for each character that a chunk matches; None if it is malformed."""
    found: list[str] = []
    characters = iter(chunk)
    for character in characters:
        if character == "[":
            ranges = _ranges(characters)
            if ranges is None:
                return None
            found.append(ranges)
        elif character == "\\":
            escaped = next(characters, None)
            if escaped is None:
                return None
            found.append(re.escape(escaped))
        else:
            found.append("." if character == "?" else re.escape(character))
    return found


def _ranges(characters: Iterator[str]) -> str | None:
    """Read what is in brackets, after the first one; None if it does not end, or holds nothing."""
    character = next(characters, None)
    negated = character == "^"
    if negated:
        character = next(characters, None)
    found: list[str] = []
    empty = True
    while character is not None:
        if character == "]" and not empty:
            inside = "".join(found)
            if negated:
                return f"[^{inside}]" if inside else "."
            return f"[{inside}]" if inside else "(?!)"
        low = high = _one(character, characters)
        character = next(characters, None)
        if character == "-":
            high = _one(next(characters, None), characters)
            character = next(characters, None)
        if low is None or high is None:
            return None
        if low <= high:
            found.append(f"{re.escape(low)}-{re.escape(high)}")
        empty = False
    return None


def _one(character: str | None, characters: Iterator[str]) -> str | None:
    if character in {"-", "]"}:
        return None
    return next(characters, None) if character == "\\" else character
