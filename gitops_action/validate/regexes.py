"""Rewrites the regular expressions of schemas (Go's RE2) in the syntax that JSON schema checkers take (ECMA 262)."""

from __future__ import annotations

import re
import warnings
from typing import Final

from gitops_action.regex import regex
from gitops_action.validate.compiling import is_usable

_CLASSES: Final = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7F", "blank": r"\t ", "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\t\n\v\f\r ",
    "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_TOKEN: Final = regex(
    r"\\Q(?P<literal>.*?)(?:\\E|$)"
    r"|\\(?P<property>[pP])(?P<letter>[A-Z])"
    r"|\\(?P<escape>.)"
    r"|\[:(?P<posix>\w+):\]"
    r"|\(\?P?<(?P<name>\w+)>",
    re.DOTALL,
)

# What Go does not have: looking around, and references to groups (`\\12` is an octal number there).
_NOT_IN_GO: Final = regex(r"(?<!\\)(?:\(\?(?:[=!]|<[=!])|\\(?:[1-7](?![0-7])|[89]))")


def is_surely_bad(pattern: str) -> bool:
    """Tell whether Go's regexp cannot compile a pattern, as far as is certain: no other engine takes it either.

    A pattern with what Go alone refuses (limits of repetition) counts as good.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return not is_usable(to_ecma(pattern))
    return _NOT_IN_GO.search(pattern) is not None and not is_usable(to_ecma(pattern))


def to_ecma(pattern: str) -> str:
    """Return an equal pattern as far as there is one; what has no counterpart (`(?i)`) is left as it is.

    Syntax: https://github.com/google/re2/wiki/Syntax
    """
    return _TOKEN.sub(_token, pattern)


def _token(match: re.Match[str]) -> str:
    if match["literal"] is not None:
        return re.sub(r"([\\^$.|?*+()\[\]{}/])", r"\\\1", match["literal"])
    if match["letter"]:
        return rf"\{match['property']}{{{match['letter']}}}"
    if match["posix"]:
        return _CLASSES.get(match["posix"], match[0])
    if match["name"]:
        return "(?:"
    return {"z": "$", "A": "^", "a": r"\x07"}.get(match["escape"], match[0])
