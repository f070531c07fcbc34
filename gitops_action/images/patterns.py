"""Regular expressions of tags, in the syntax and with the promise of RE2: no pattern takes longer than its text is long.

Flux reads them with Go's regexp, which has the same syntax: https://github.com/google/re2/wiki/Syntax.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import re2_pattern, regex

if TYPE_CHECKING:
    from collections.abc import Iterable

_REFERENCE: Final = regex(r"\$(?:(?P<dollar>\$)|\{(?P<braced>\w+)\}|(?P<bare>\w+))", re.ASCII)


class PatternError(ValueError):
    """A text that is no regular expression of RE2."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled expression."""

    text: str
    _compiled: Any

    def finds(self, tag: str) -> bool:
        """Whether it matches anywhere in a tag."""
        return self._compiled.search(tag) is not None

    def extract(self, tag: str, template: str) -> str | None:
        """Return what `template` makes of the match, the whole tag where there is none; None where nothing matches.

        As in Go's Expand, `$1`, `$name` and `${name}` are groups, a group that is not there is nothing, and `$$` is `$`:
        https://pkg.go.dev/regexp#Regexp.Expand
        """
        match = self._compiled.search(tag)
        if match is None:
            return None
        if not template:
            return tag
        names = self._compiled.groupindex

        def filled(found: re.Match[str]) -> str:
            if found["dollar"]:
                return "$"
            name = found["braced"] or found["bare"]
            number = int(name) if name.isdecimal() else names.get(name, -1)
            return (match[number] or "") if 0 <= number <= self._compiled.groups else ""

        return _REFERENCE.sub(filled, template)


@lru_cache(maxsize=256)
def compiled(text: str) -> Pattern:
    """Return the expression. Raises PatternError for what RE2 does not take, such as looking ahead."""
    try:
        return Pattern(text, re2_pattern(text))
    except ImportError:
        raise PatternError(
            "regular expressions of tags need google-re2, which there is none of for this platform"
        ) from None
    except ValueError as error:
        raise PatternError(f"`{text}` is no regular expression of RE2: {error}") from None


def any_finds(patterns: Iterable[Pattern], tag: str) -> bool:
    """Whether one of them matches a tag."""
    return any(pattern.finds(tag) for pattern in patterns)
