"""Texts that are no expressions of CEL: those that break off, have two values side by side, or an unknown name.

Follows the grammar, https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax, no further than it takes to tell
some of what can be no expression. To compile would tell more, but takes a library and its time.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

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
_OPENING: Final = frozenset({"(", ","})
_NAME: Final = regex(r"[_a-zA-Z][_a-zA-Z0-9]*")
# Literals, types, and what functions of libraries begin with:
# https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries.
_BUILT_IN: Final = frozenset(
    {
        *("true", "false", "null", "int", "uint", "double", "bool", "string", "bytes", "list", "map", "type", "dyn"),
        *("null_type", "google", "kubernetes", "net", "cel", "math", "base64", "sets", "strings", "lists", "regex"),
        *("optional", "optional_type", "format", "ip", "cidr", "url", "quantity", "semver", "json", "jsonpatch"),
    }
)
_FUNCTIONS: Final = frozenset(
    {
        *("has", "size", "int", "uint", "double", "bool", "string", "bytes", "dyn", "type", "timestamp", "duration"),
        *("matches", "quantity", "isQuantity", "url", "isURL", "ip", "isIP", "cidr", "isCIDR", "semver", "isSemver"),
    }
)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of an expression: a name, a literal, or a sign."""

    text: str
    is_value: bool


_BORDER: Final = _Word("", is_value=False)


def fault(text: str, roots: Collection[str] | None = None) -> str:
    """Return why a text is no expression, "" if that cannot be said. `roots` are all the variables that there are."""
    words = [*_words(text)]
    if None in words:
        return "it has a character that CEL has not, or text that is not closed"
    known = [_BORDER, *(word for word in words if word), _BORDER]
    return (
        next(filter(None, (_missing(*pair) for pair in pairwise(known))), "")
        or _brackets(known)
        or (_unknown(known, roots) if roots else "")
    )


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


def _unknown(words: Sequence[_Word], roots: Collection[str]) -> str:
    """Name a variable or function that there is not; what a macro may declare, or may be a field's name, is passed over."""
    declared: set[str] = set()
    suspects: list[tuple[str, bool]] = []
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        name = word.text
        if not word.is_value or name in roots or not _NAME.fullmatch(name):
            continue
        if after.text == "," and before.text in _OPENING:
            declared.add(name)
        elif after.text == "(":
            if name not in _FUNCTIONS:
                suspects.append((name, True))
        elif after.text != ":" and name not in _BUILT_IN:
            suspects.append((name, False))
    for name, is_function in suspects:
        if is_function or name not in declared:
            return f"there is no function {name} here" if is_function else f"there is no {name} here"
    return ""


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
        # A name after a point and a question mark may be absent, and belongs to what is before no less.
        before = "." if match[0] == "?" and before == "." else match[0]
