"""What one line of block YAML says, where it says something usual; whoever reads lines leaves all else to libyaml.

Usual is what this module is sure to read as libyaml does: a key, a dash, or both, then nothing, a scalar that ends on the
line, the header of a block, or a flow collection of scalars. No anchors, tags, merges, tabs or control characters.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

from gitops_action.repository.memory import KEYS, REFUSED, VALUES, Memory

Line: TypeAlias = tuple[int, int, str | None, int, Any, int]
"""Column of what comes first; column of what follows a dash, 0 without one; key; what comes then; its value; its column.

Where nothing comes (OPEN), the last is where libyaml says that nothing is: behind the colon or the dash.
"""

BLANK: Final = 0
SCALAR: Final = 1
OPEN: Final = 2
BLOCK: Final = 3
ITEMS: Final = 4
PAIRS: Final = 5
UNUSUAL: Final = 6

# A key, and plain text that is no more than a word, as on most lines; read by all that follows as well, which takes longer.
_USUAL: Final = re.compile(r"( *)(- +)?([A-Za-z][\w./-]{0,99}):(?: +([A-Za-z][\w./-]{0,199}))?", re.ASCII)
_COLON: Final = re.compile(":(?= |$)")
_QUOTED: Final = re.compile(r"""(?:"([^"\\]*(?:\\.[^"\\]*)*)"|'([^']*(?:''[^']*)*)')""")
# Of what libyaml takes for a plain scalar in a flow collection as much as people write there.
_IN_FLOW: Final = re.compile(r" *(-{0,2}[\w./=+$~][\w./=+$~@-]*(?: +[\w./=+$~][\w./=+$~@-]*)*)", re.ASCII)
_FLOW_COLON: Final = re.compile(" *: *")
_PLAIN_FLOW_COLON: Final = re.compile(" *: +")
_FLOW_COMMA: Final = re.compile(" *, *")
_NO_PLAIN_START: Final = frozenset("?:,[]{}#&*!|>'\"%@`")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_ESCAPE: Final = re.compile(r"\\(.)")
# Far longer than what people write, so that nothing here has to care for how long a line may be.
_LONGEST: Final = 2**16
# libyaml wants a key and its colon within 1,024 characters.
_LONGEST_KEY: Final = 1000


class _UnusualError(Exception):
    """The line is one for libyaml."""


class _Lines(Memory[Line]):
    """What lines say. In a repository most are like others: `metadata:`, `  labels:`, `    kind: Service`."""

    longest = 120

    def __missing__(self, text: str) -> Line:
        try:
            line = _read(text)
        except _UnusualError:
            line = (len(text) - len(text.lstrip(" ")), 0, None, UNUSUAL, None, 0)
        return self.keep(text, line)


LINES: Final = _Lines()


def _read(text: str) -> Line:
    if match := _USUAL.fullmatch(text):
        return _usual(match)
    content = text.lstrip(" ")
    indent = at = len(text) - len(content)
    if not content:
        return indent, 0, None, BLANK, None, 0
    if len(text) > _LONGEST or not text.isprintable():
        raise _UnusualError
    if content[0] == "#":
        return indent, 0, None, BLANK, None, 0
    inner = 0
    if content == "-" or content.startswith("- "):
        rest = content[1:].lstrip(" ")
        if not rest or rest[0] == "#":
            return indent, indent + 1, None, OPEN, None, indent + 1
        inner = at = len(text) - len(rest)
        content = rest
        if content == "-" or content.startswith("- "):
            raise _UnusualError
    key, colon = _key(content)
    if key is not None:
        rest = content[colon + 1 :].lstrip(" ")
        if not rest or rest[0] == "#":
            return indent, inner, key, OPEN, None, at + colon + 1
        at += len(content) - len(rest)
        content = rest
    kind, value = _value(content)
    return indent, inner, key, kind, value, at


def _usual(match: re.Match[str]) -> Line:
    indent, at = match.end(1), match.start(3)
    key = KEYS[match[3]]
    if key is None:
        raise _UnusualError
    inner = at if match[2] else 0
    if match[4] is None:
        return indent, inner, key, OPEN, None, match.end(3) + 1
    return indent, inner, key, SCALAR, _plain_value(match[4]), match.start(4)


def _key(content: str) -> tuple[str | None, int]:
    """Return the key that a line begins with, and where its colon is; None where there is none."""
    if content[0] in "\"'":
        text, end = _quoted(content, 0)
        colon = _COLON.match(content, len(content) - len(content[end:].lstrip(" ")))
        return (text, _near(colon.start())) if colon else (None, 0)
    colon = _COLON.search(content)
    comment = content.find(" #")
    if colon is None or 0 <= comment < colon.start():
        return None, 0
    key = KEYS[_plain(content[: colon.start()].rstrip(" "))]
    if key is None:
        raise _UnusualError
    return key, _near(colon.start())


def _near(colon: int) -> int:
    if colon > _LONGEST_KEY:
        raise _UnusualError
    return colon


def _value(content: str) -> tuple[int, Any]:
    first = content[0]
    if first in "\"'":
        text, end = _quoted(content, 0)
        _nothing_more(content, end)
        return SCALAR, text
    if first in "|>":
        header = content[:2].rstrip(" ")
        if header[1:] not in {"", "-", "+"}:
            raise _UnusualError
        _nothing_more(content, len(header))
        return BLOCK, header
    if first == "[":
        return ITEMS, _items(content)
    if first == "{":
        return PAIRS, _pairs(content)
    comment = content.find(" #")
    text = _plain(content if comment < 0 else content[:comment].rstrip(" "))
    if _COLON.search(text):
        raise _UnusualError
    return SCALAR, _plain_value(text)


def _plain(text: str) -> str:
    """Return `text`, which is a plain scalar if its first characters may begin one."""
    if not text or text[0] in _NO_PLAIN_START or (text[0] == "-" and text[1:2] in {"", " "}):
        raise _UnusualError
    return text.rstrip(" ")


def _plain_value(text: str) -> Any:
    value = VALUES[text]
    if value is REFUSED:
        raise _UnusualError
    return value


def _quoted(content: str, start: int) -> tuple[str, int]:
    """Return the text in quotes at `start`, and where what follows begins."""
    match = _QUOTED.match(content, start)
    if match is None:
        raise _UnusualError
    double, single = match.groups()
    if double is None:
        return single.replace("''", "'"), match.end()
    if "\\" in double:
        if not _ESCAPES.keys() >= set(_ESCAPE.findall(double)):
            raise _UnusualError
        double = _ESCAPE.sub(lambda escape: _ESCAPES[escape[1]], double)
    return double, match.end()


def _nothing_more(content: str, end: int) -> None:
    """Make sure that only a comment follows."""
    rest = content[end:].lstrip(" ")
    if rest and (rest[0] != "#" or content[end] != " "):
        raise _UnusualError


def _items(content: str) -> tuple[Any, ...]:
    """Return the items of a flow sequence of scalars that is all there is."""
    items: list[Any] = []
    at = _skipped(content, 1)
    while content[at : at + 1] != "]":
        if items:
            at = _comma(content, at)
        value, at = _flow_scalar(content, at)
        items.append(value)
        at = _skipped(content, at)
    _nothing_more(content, at + 1)
    return tuple(items)


def _pairs(content: str) -> tuple[tuple[str, Any], ...]:
    """Return the entries of a flow mapping of scalars that is all there is."""
    pairs: dict[str, Any] = {}
    at = _skipped(content, 1)
    while content[at : at + 1] != "}":
        if pairs:
            at = _comma(content, at)
        key, at = _flow_key(content, at)
        if key in pairs:
            raise _UnusualError
        pairs[key], at = _flow_scalar(content, at)
        at = _skipped(content, at)
    _nothing_more(content, at + 1)
    return tuple(pairs.items())


def _skipped(content: str, at: int) -> int:
    while content[at : at + 1] == " ":
        at += 1
    return at


def _comma(content: str, at: int) -> int:
    match = _FLOW_COMMA.match(content, at)
    if match is None:
        raise _UnusualError
    return match.end()


def _flow_scalar(content: str, at: int) -> tuple[Any, int]:
    if content[at : at + 1] in {'"', "'"}:
        return _quoted(content, at)
    match = _IN_FLOW.match(content, at)
    if match is None:
        raise _UnusualError
    return _plain_value(match[1]), match.end()


def _flow_key(content: str, at: int) -> tuple[str, int]:
    if content[at : at + 1] in {'"', "'"}:
        key: str | None
        key, end = _quoted(content, at)
        colon = _FLOW_COLON.match(content, end)
    else:
        match = _IN_FLOW.match(content, at)
        if match is None:
            raise _UnusualError
        key, end = KEYS[match[1]], match.end()
        colon = _PLAIN_FLOW_COLON.match(content, end)
    if key is None or colon is None:
        raise _UnusualError
    return key, _near(colon.end())
