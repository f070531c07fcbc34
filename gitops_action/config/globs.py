"""Path patterns of the configuration: ``apps/staging``, ``clusters/*-eu``, ``**/tests``.

A pattern starts at the repository's root and matches a path when it matches the path itself or a directory
above it. ``*``, ``?`` and ``[a-z]`` stay within one part of the path, ``**`` stands for any number of parts.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from gitops_action.model import Location

_WILD: Final = regex(r"[*?\[]")
_ANY_DEPTH: Final = "**"
# `{a,b}`, and a `{` that nothing closes; but folders of templates are called `{{name}}`.
_ALTERNATIVES: Final = regex(r"(?<!\[)\{(?:[^{}]*,[^{}]*\}|[^{}]*$)")


@dataclass(frozen=True, slots=True)
class PathPattern:
    """One pattern; `text` is as it was normalised: no leading ``./`` or ``/``, no trailing ``/``, "" for everything.

    `place` is where it is written, if that is known.
    """

    text: str
    place: Location | None = field(default=None, compare=False)
    parts: tuple[str, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.text.split("/")) if self.text else (_ANY_DEPTH,))

    def matches(self, path: str) -> bool:
        """Whether `path` (POSIX, relative to the root), or a directory above it, is meant."""
        return _matches(self.parts, tuple(path.split("/")))

    @property
    def is_plain(self) -> bool:
        """Whether it is a path, without anything that has a meaning in patterns."""
        return bool(self.text) and not _WILD.search(self.text)

    @property
    def specificity(self) -> tuple[int, int, int]:
        """How much the pattern pins down, to compare: whole names first, then parts, then literal characters."""
        literal = sum(not _WILD.search(part) for part in self.parts)
        parts = sum(part != _ANY_DEPTH for part in self.parts)
        return literal, parts, sum(len(re.sub(r"[*?]|\[[^]]*\]", "", part)) for part in self.parts)


def parse(text: str, place: Location | None = None) -> PathPattern:
    """Read a pattern as people write it, at `place`.

    Raises ValueError, saying what to change, for one that could never match or would leave the repository.
    """
    if "\\" in text:
        raise ValueError("separate the parts of a path with `/`, not with a backslash")
    parts = [part for part in text.strip().split("/") if part not in {"", "."}]
    if ".." in parts:
        raise ValueError("start at the repository's root; `..` is not understood")
    for part in parts:
        if _ANY_DEPTH in part and part != _ANY_DEPTH:
            raise ValueError(f"`**` stands for whole directories: write `/**/` around it, or one `*` in `{part}`")
        if _opens_no_set(part):
            raise ValueError(
                f"`[` in `{part}` begins characters of which one fits: a `]` is missing; the sign itself is `[[]`"
            )
        if _ALTERNATIVES.search(part):
            raise ValueError(
                "`{` and `}` are not understood: write a pattern for each, or `*`; the sign itself is `[{]`"
            )
    return PathPattern("/".join(parts), place)


def _opens_no_set(part: str) -> bool:
    """Whether a `[` has no `]`; one at once behind it, or behind `[!`, is among the characters (fnmatch.translate)."""
    return "[" in re.sub(r"\[!?+\]?+[^]]*\]", "", part)


def literally(path: str) -> str:
    """Write a path so that a pattern means nothing else: what has a meaning in patterns stands between brackets."""
    return re.sub(r"[*?\[{]", r"[\g<0>]", path)


def _matches(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Match part by part. `**` remembers the last place it could have ended, so time is at most parts x parts."""
    at_pattern = at_path = 0
    retry: tuple[int, int] | None = None
    while at_pattern < len(pattern):
        part = pattern[at_pattern]
        if part == _ANY_DEPTH:
            retry = (at_pattern + 1, at_path)
            at_pattern += 1
        elif at_path < len(path) and _part_matches(part, path[at_path]):
            at_pattern += 1
            at_path += 1
        elif retry is not None and retry[1] < len(path):
            retry = (retry[0], retry[1] + 1)
            at_pattern, at_path = retry
        else:
            return False
    # What is left of the path lies below a directory that matched.
    return True


def _part_matches(pattern: str, part: str) -> bool:
    return pattern == part or (bool(_WILD.search(pattern)) and _compiled(pattern).match(part) is not None)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))
