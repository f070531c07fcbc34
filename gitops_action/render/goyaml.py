"""Values written as kustomize and Flux write them: with sigs.k8s.io/yaml on go.yaml.in/yaml/v2.

It is for what is done to the text before it is read again; quotes and line breaks decide what that text means then.

Upstream: go.yaml.in/yaml/v2 v2.4.4 `encode.go`, `emitterc.go`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.render import key_order
from gitops_action.repository.scalars import is_timestamp, resolve

if TYPE_CHECKING:
    from gitops_action.model import Pointer

_WIDTH: Final = 80
_STEP: Final = 2
_LONGEST_SIMPLE_KEY: Final = 128
# Numbers of base 60, which Go does not read, and quotes for those who do.
_BASE60: Final = regex(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_UNPRINTABLE: Final = regex(r"[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_BREAKS: Final = "\n\r\x85\u2028\u2029"
_BREAK: Final = regex(f"[{_BREAKS}]")
_SPACE_BREAK: Final = regex(f" [{_BREAKS}]")
_BREAK_SPACE: Final = regex(f"[{_BREAKS}] ")
# What makes a plain scalar something else: at its beginning, and anywhere.
_INDICATOR: Final = regex(
    rf"---|\.\.\.|[#,\[\]{{}}&*!|>'\"%@`]|[?:-](?=[ \t]|\Z)|.*?(?::(?=[ \t]|\Z)|(?<=[ \t{_BREAKS}\x00])#)", re.DOTALL
)
_RUNS: Final = regex(f" |[{_BREAKS}]|[^ {_BREAKS}]+")
# What stands in double quotes as it is.
_PLAIN: Final = r"[!#-\[\]-~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]+"
_ORDINARY: Final = regex(_PLAIN)
_ORDINARY_RUNS: Final = regex(f"{_PLAIN}|.", re.DOTALL)
_EACH: Final = regex(".", re.DOTALL)
_ESCAPES: Final = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e", '"': '"',
    "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """A text, and where in it each scalar and key begins, in order; the place of a key is that of its value."""

    text: str
    offsets: list[int]
    pointers: list[Pointer]


def write(value: Any) -> Written:
    """Write a JSON-like value."""
    writer = _Writer()
    writer.node(value, (), -_STEP)
    return Written("".join(writer.parts) + "\n" * (writer.column > 0), writer.offsets, writer.pointers)


@dataclass(slots=True)
class _Writer:
    parts: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    pointers: list[Pointer] = field(default_factory=list)
    length: int = 0
    column: int = 0
    compact: bool = False

    def put(self, text: str) -> None:
        """Write text that has no line break in it."""
        self.compact = False
        self.parts.append(text)
        self.length += len(text)
        self.column += len(text)

    def end_line(self, sign: str = "\n") -> None:
        self.parts.append(sign)
        self.length += 1
        self.column = 0

    def line_up(self, indent: int) -> None:
        """Go to the column `indent`, on a new line if this one is further."""
        if self.column > indent:
            self.end_line()
        self.put(" " * (indent - self.column))

    def node(self, value: Any, pointer: Pointer, indent: int, *, after_key: bool = False) -> None:
        """Write what is in a collection at the column `indent`, or the root."""
        if isinstance(value, Mapping) and value:
            self._mapping(value, pointer, indent + _STEP)
        elif isinstance(value, list) and value:
            self._sequence(value, pointer, indent if after_key else indent + _STEP)
        else:
            if self.column:
                self.put(" ")
            self._note(pointer)
            self._scalar(value, max(indent, 0) + _STEP, simple_key=False)

    def _mapping(self, value: Mapping[str, Any], pointer: Pointer, indent: int) -> None:
        for key in sorted(value, key=functools.cmp_to_key(key_order.compare)):
            inner = (*pointer, key)
            self._begin(indent)
            self._note(inner)
            simple = len(key.encode("utf-8", "surrogatepass")) <= _LONGEST_SIMPLE_KEY and not _BREAK.search(key)
            if simple:
                self._scalar(key, indent + _STEP, simple_key=True)
                self.put(":")
            else:
                self.put("? ")
                self._scalar(key, indent + _STEP, simple_key=False)
                self._begin(indent)
                self._indicate(":")
            self.node(value[key], inner, indent, after_key=simple)

    def _sequence(self, value: list[Any], pointer: Pointer, indent: int) -> None:
        for index, item in enumerate(value):
            self._begin(indent)
            self._indicate("-")
            self.node(item, (*pointer, index), indent)

    def _note(self, pointer: Pointer) -> None:
        self.offsets.append(self.length)
        self.pointers.append(pointer)

    def _indicate(self, sign: str) -> None:
        """Write a sign on whose line a collection may begin."""
        self.put(sign)
        self.compact = True

    def _begin(self, indent: int) -> None:
        """Go to where an entry begins: behind such a sign, or on a new line."""
        if self.column and not self.compact:
            self.end_line()
        self.put(" " * (indent - self.column))

    def _scalar(self, value: Any, indent: int, *, simple_key: bool) -> None:
        if isinstance(value, str):
            self._text(value, indent, simple_key=simple_key)
        elif isinstance(value, dict | list):
            self.put("{}" if isinstance(value, dict) else "[]")
        elif value is None:
            self.put("null")
        elif isinstance(value, bool):
            self.put("true" if value else "false")
        else:
            self.put(repr(value))

    def _text(self, text: str, indent: int, *, simple_key: bool) -> None:
        special = bool(_UNPRINTABLE.search(text)) or bool(_SPACE_BREAK.search(text))
        breaks = bool(_BREAK.search(text))
        if simple_key and breaks:
            self._double(text, indent, fold=False)
        elif "\n" in text:
            if may_be_block(text):
                self._literal(text, indent)
            else:
                self._double(text, indent, fold=True)
        elif not _is_text(text):
            self._double(text, indent, fold=not simple_key)
        elif not (special or breaks or text[0] == " " or text[-1] == " " or _INDICATOR.match(text)):
            self._folded(text, indent, fold=not simple_key)
        elif special or _BREAK_SPACE.search(text):
            self._double(text, indent, fold=not simple_key)
        else:
            self.put("'")
            self._folded(text, indent, fold=not simple_key, quoted=True)
            self.put("'")

    def _folded(self, text: str, indent: int, *, fold: bool, quoted: bool = False) -> None:
        """Write plain text, or what stands in single quotes: a single space after column 80 becomes a new line."""
        spaces = broken = False
        last = len(text) - 1
        for found in _RUNS.finditer(text):
            run, index = found[0], found.start()
            if run == " ":
                inside = not quoted or 0 < index < last
                if fold and not spaces and self.column > _WIDTH and inside and text[index + 1] != " ":
                    self.line_up(indent)
                else:
                    self.put(" ")
                spaces = True
            elif run in _BREAKS:
                self.end_line(run)
                broken = True
            else:
                if broken:
                    self.line_up(indent)
                self.put(run.replace("'", "''") if quoted else run)
                spaces = broken = False

    def _double(self, text: str, indent: int, *, fold: bool) -> None:
        self.put('"')
        # Upstream looks for the byte order mark at the beginning of the text, whichever character it is at.
        escapes_all = text.startswith("\ufeff")
        spaces = False
        last = len(text) - 1
        for found in (_EACH if escapes_all else _ORDINARY_RUNS).finditer(text):
            run, index = found[0], found.start()
            if run == " " and not escapes_all:
                if fold and not spaces and self.column > _WIDTH and 0 < index < last:
                    self.line_up(indent)
                    if text[index + 1] == " ":
                        self.put("\\")
                else:
                    self.put(" ")
                spaces = True
            else:
                self.put(_escape(run) if escapes_all or not _ORDINARY.match(run) else run)
                spaces = False
        self.put('"')

    def _literal(self, text: str, indent: int) -> None:
        hint = str(_STEP) if text[0] == " " or text[0] in _BREAKS else ""
        ends = len(text) - len(text.rstrip(_BREAKS))
        chomping = "-" if ends == 0 else "+" if ends > 1 or len(text) == 1 else ""
        self.put(f"|{hint}{chomping}")
        self.end_line()
        for line in re.split(f"([{_BREAKS}])", text):
            if line and line in _BREAKS:
                self.end_line(line)
            elif line:
                self.put(" " * indent + line)


def may_be_block(text: str) -> bool:
    """Whether a text of several lines can be written as they are."""
    return not (text.endswith(" ") or _SPACE_BREAK.search(text) or _UNPRINTABLE.search(text))


def _is_text(text: str) -> bool:
    """Whether Go reads the plain text as text; dates and numbers of base 60 are written in quotes too."""
    return isinstance(resolve(text), str) and not is_timestamp(text) and not _BASE60.fullmatch(text)


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return f"\\{_ESCAPES[character]}"
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004 - two digits
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 - four digits
