"""Texts that are no expressions of CEL, whatever they are about: those that break off, or have two values side by side.

Follows the grammar, https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax, no further than it takes to tell
some of what can be no expression. To compile would tell more, but takes a library and its time.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TOKEN: Final = regex(
    r"""(?P<blank>[ \t\n\r\f]+|//[^\n]*)"""
    r"""|(?P<value>[bB]?[rR][bB]?(?:\"{3}(?:.|\n)*?\"{3}|'{3}(?:.|\n)*?'{3}|"[^"\n\r]*"|'[^'\n\r]*')"""
    r"""|[bB]?(?:\"{3}(?:[^\\]|\\(?:.|\n))*?\"{3}|'{3}(?:[^\\]|\\(?:.|\n))*?'{3}|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')"""
    r"""|0[xX][0-9a-fA-F]+[uU]?|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?"""
    r"""|`[^`\n]+`|[_a-zA-Z][_a-zA-Z0-9]*)"""
    r"""|(?P<sign>&&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]{}])"""
)
_IN: Final = "in"
_BETWEEN: Final = frozenset({"&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "*", "/", "%", _IN})
_BEFORE_VALUES: Final = _BETWEEN | {"-", "!"}
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_CLOSING: Final = frozenset(_PAIRS.values())
# What ends a value; "" is the end of the text.
_ENDS: Final = _CLOSING | {"", ",", ":"}


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of an expression: a name, a literal, or a sign."""

    text: str
    is_value: bool


_BORDER: Final = _Word("", is_value=False)


def fault(text: str) -> str:
    """Return why a text is no expression, "" if that cannot be said."""
    words = [*_words(text)]
    if None in words:
        return "it has a character that CEL has not, or text that is not closed"
    known = [_BORDER, *(word for word in words if word), _BORDER]
    return next(filter(None, (_missing(*pair) for pair in pairwise(known))), "") or _brackets(known)


def without_literals(text: str) -> str:
    """Return an expression without comments, and with empty texts; "" if it has what is no word."""
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return ""
        at = match.end()
        is_literal = match[0].endswith(("'", '"')) or match[0].startswith("//")
        found.append(" '' " if is_literal else match[0])
    return "".join(found)


def _missing(before: _Word, word: _Word) -> str:
    """Return what is missing between two words that follow one another."""
    if (before.is_value or before.text in _CLOSING) and word.is_value:
        return f"there is nothing between {before.text} and {word.text}"
    if word.is_value:
        return ""
    if before.text in _BEFORE_VALUES and word.text in _ENDS | _BETWEEN:
        return f"a value is missing after {before.text}"
    return f"a value is missing before {word.text}" if before is _BORDER and word.text in _BETWEEN else ""


def _brackets(words: Sequence[_Word]) -> str:
    open_at: list[str] = []
    for text in (word.text for word in words if not word.is_value):
        if text in _PAIRS:
            open_at.append(text)
        elif text in _CLOSING and (not open_at or _PAIRS[open_at.pop()] != text):
            return f"there is no bracket that {text} closes"
    return f"{open_at[-1]} is never closed" if open_at else ""


def _words(text: str) -> Iterator[_Word | None]:
    """Yield the words of a text, and None if it goes on with what is none. A name after a point belongs to what is before."""
    at, before = 0, ""
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            yield None
            return
        at = match.end()
        if match["blank"]:
            continue
        is_value = match["value"] is not None and match[0] != _IN
        if not (is_value and before == "."):
            yield _Word(match[0], is_value)
        before = match[0]
