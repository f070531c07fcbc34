"""One way to write a manifest: block-style YAML in a fixed key order, so that a text diff shows differences only.

The text is valid YAML 1.1 and 1.2 that reads back as the same value. Characters that could deceive a reader or a
terminal (control and bidirectional characters, line separators) appear as escapes only, and newline is the only line end.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitops_action.regex import regex

_FIRST: Final = {name: place for place, name in enumerate(("apiVersion", "kind", "metadata", "name", "namespace"))}

# Scalars that need no quotes in any YAML version: words, paths, options, images; versions of three parts; quantities and
# durations with a unit. Nothing in them is an indicator; what a resolver could read as another type is in _RESERVED.
_PLAIN: Final = regex(
    r"(?:--?)?[A-Za-z/](?:[\w./@%+,()=-]|:(?=[\w/])| (?=[\w/(.]))*"
    r"|[0-9]+\.[0-9]+\.[0-9]+(?:-[\w.-]+)?"
    r"|[0-9]+(?:\.[0-9]+)?(?:m|s|h|[KMGTP]i?)",
    re.ASCII,
)
_RESERVED: Final = regex(r"(?:y|n|yes|no|on|off|true|false|null|nan|inf)", re.IGNORECASE)

# What may stand in a literal block: printable text and "\n". Everything else is written with escapes, in double quotes:
# controls, U+0085, U+2028/2029 (line ends to some readers), zero-width and bidirectional marks, BOM, surrogates.
_UNPRINTABLE: Final = regex(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f"
    "\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)


def key_order(key: str) -> tuple[int, str]:
    """Where a key stands among its siblings: what identifies the object first, then by name."""
    return (_FIRST.get(key, len(_FIRST)), key)


def to_yaml(value: Any) -> str:
    """Write a JSON-like value as canonical YAML, ending in a newline."""
    return "\n".join(_node(value, 0)) + "\n"


def _node(value: Any, indent: int) -> Iterator[str]:
    pad = " " * indent
    if isinstance(value, Mapping) and value:
        for key in sorted(value, key=key_order):
            yield from _entry(f"{pad}{_string(key)}:", value[key], indent)
    elif isinstance(value, list | tuple) and value:
        for item in value:
            yield from _item(item, indent)
    else:
        yield pad + scalar(value)


def _entry(head: str, value: Any, indent: int) -> Iterator[str]:
    """Write one key and its value; lists stand level with their key, as Kubernetes' tools write them."""
    if isinstance(value, Mapping) and value:
        yield head
        yield from _node(value, indent + 2)
    elif isinstance(value, list | tuple) and value:
        yield head
        yield from _node(value, indent)
    elif isinstance(value, str) and is_block(value):
        yield from _block(f"{head} ", value, indent + 2)
    else:
        yield f"{head} {scalar(value)}"


def _item(value: Any, indent: int) -> Iterator[str]:
    pad = " " * indent
    if isinstance(value, Mapping | list | tuple) and value:
        lines = _node(value, indent + 2)
        yield f"{pad}- {next(lines)[indent + 2 :]}"
        yield from lines
    elif isinstance(value, str) and is_block(value):
        yield from _block(f"{pad}- ", value, indent + 2)
    else:
        yield f"{pad}- {scalar(value)}"


def is_block(text: str) -> bool:
    """Whether a text is written as a literal block: several lines of printable characters."""
    return "\n" in text and bool(text.strip(" \t\n")) and not _UNPRINTABLE.search(text)


def _block(head: str, text: str, indent: int) -> Iterator[str]:
    """Write a literal block. The indentation is stated where the text's own start would be taken for it."""
    stripped = text.rstrip("\n")
    trailing = len(text) - len(stripped)
    hint = "2" if text[0] in " \n\t" else ""
    yield head + "|" + hint + ("-" if trailing == 0 else "" if trailing == 1 else "+")
    lines = stripped.split("\n") + [""] * (trailing - 1)
    pad = " " * indent
    for line in lines:
        yield pad + line if line else ""


def scalar(value: Any) -> str:  # noqa: PLR0911 - one for each type
    """Write one scalar (or empty collection) on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value) if value.bit_length() < 4096 else hex(value)  # noqa: PLR2004 - str() of more may raise
        case float() if math.isnan(value):
            return ".nan"
        case float() if math.isinf(value):
            return ".inf" if value > 0 else "-.inf"
        case float():
            return repr(value) if "e" not in repr(value) or "." in repr(value) else repr(value).replace("e", ".0e")
        case str():
            return _string(value)
        case Mapping():
            return "{}"
        case _:
            return "[]"


def _string(text: str) -> str:
    if _PLAIN.fullmatch(text) and not _RESERVED.fullmatch(text):
        return text
    return visible(json.dumps(text, ensure_ascii=False))


def visible(text: str) -> str:
    """Show what would be invisible or deceptive as escapes (all control characters but tab and newline)."""
    return _UNPRINTABLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - the end of the basic plane
