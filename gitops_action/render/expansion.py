"""What the expressions of Flux's variable substitution come to.

Upstream: github.com/fluxcd/pkg/envsubst v1.7.1 `template.go`, `funcs.go`. Lengths and positions count bytes, as they do in Go;
so a text may come out that is no UTF-8 any more.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.render.patterns import TooMuchWorkError, Work, without_prefix

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from gitops_action.render.envsubst import Argument, Expression, Template

# An API server takes objects of up to 3 MiB.
_MAX_SIZE: Final = 8 * 2**20
_NUMBER: Final = regex(r"[+-]?[0-9]+", re.ASCII)
_INT64: Final = range(-(2**63), 2**63)
_NO_UTF8: Final = regex("[\udc80-\udcff]")


class ExpansionError(ValueError):
    """An expression that cannot be, or is not, computed; `offset` is where it begins."""

    def __init__(self, message: str, offset: int) -> None:
        """Take the message and the index of the expression's first character."""
        super().__init__(message)
        self.offset = offset


@dataclass(slots=True)
class Expansion:
    """Puts variables in. `unknown` are those that have a value which nobody here knows: they become `marker(name)`.

    `used` are the variables that were looked at, `missing` those without value and default, with the place of the first
    expression that has them. What is not taken is not looked at: a default that is not needed.
    """

    variables: Mapping[str, str]
    unknown: Container[str] = ()
    opening: bytes = b""
    closing: bytes = b""
    used: set[str] = field(default_factory=set)
    missing: dict[str, int] = field(default_factory=dict)
    _work: Work = field(default_factory=Work)
    _size: int = 0

    def expand(self, template: Template) -> list[tuple[int, bytes]]:
        """Return the pieces of the result, each with the offset in the template that it comes from.

        Raises ExpansionError.
        """
        return [(offset, self._value(piece, offset)) for offset, piece in template]

    def _value(self, piece: Argument, outermost: int) -> bytes:
        if isinstance(piece, str):
            value = piece.encode("utf-8", "surrogatepass")
        else:
            try:
                value = self._expression(piece, outermost)
            except TooMuchWorkError:
                raise ExpansionError(f"`${{{piece.name}{piece.operator}…}}` takes too long", outermost) from None
        self._grow(len(value), outermost)
        return value

    def _grow(self, size: int, offset: int) -> None:
        self._size += size
        if self._size > _MAX_SIZE:
            raise ExpansionError(f"it grows over {_MAX_SIZE // 2**20} MiB, more than can be applied", offset)

    def _expression(self, found: Expression, outermost: int) -> bytes:
        self.used.add(found.name)
        if found.name in self.unknown:
            return self.opening + found.name.encode() + self.closing
        known = self.variables.get(found.name)
        text = known or ""
        if found.is_default:
            return text.encode() or b"".join([self._value(one, outermost) for one in found.arguments])
        if known is None:
            self.missing.setdefault(found.name, outermost)
        arguments = [self._value(one, outermost) for one in found.arguments]
        marked = next((one for one in arguments if self.opening and self.opening in one), None)
        if marked is not None:
            start = marked.index(self.opening)
            return marked[start : marked.index(self.closing, start) + len(self.closing)]
        return self._applied(found.operator, text, arguments, outermost)

    def _applied(self, operator: str, text: str, arguments: list[bytes], offset: int) -> bytes:
        if operator == "#" and not arguments:
            return str(len(text.encode())).encode()
        if operator == ":":
            return _substring(text.encode(), arguments, offset)
        if operator[:1] == "/":
            return self._replaced(operator, text, arguments, offset)
        if operator in {"#", "##"}:
            return without_prefix(text.encode(), arguments[0], self._work, longest=operator == "##")
        if operator in {"%", "%%"}:
            rest = without_prefix(text[::-1].encode(), _reversed(arguments[0]), self._work, longest=operator == "%%")
            return _reversed(rest)
        return _cased(operator, text).encode()

    def _replaced(self, operator: str, text: str, arguments: list[bytes], offset: int) -> bytes:
        value, old, new = text.encode(), arguments[0], b"".join(arguments[1:])
        if operator in {"/#", "/%"}:
            if len(arguments) == 1:
                return value
            if operator == "/#":
                return value.replace(old, new, 1) if value.startswith(old) else value
            return value.removesuffix(old) + new if value.endswith(old) else value
        count = 1 if operator == "/" else -1
        if not old:
            # Between characters, not bytes.
            self._grow(len(text) * len(new) if count < 0 else 0, offset)
            filled = text.replace("", new.decode("utf-8", "surrogateescape"), count)
            return filled.encode("utf-8", "surrogateescape")
        self._grow(max(0, value.count(old) * (len(new) - len(old))) if count < 0 else 0, offset)
        return value.replace(old, new, count)


def _substring(value: bytes, arguments: list[bytes], offset: int) -> bytes:
    position = _integer(arguments[0])
    if position is None:
        return value
    if position < 0:
        position = max(0, len(value) + position)
    if len(arguments) == 1:
        return value[position:]
    length = _integer(arguments[1])
    if length is None:
        return value
    if length < 0:
        end = len(value) + length
        return b"" if end < position else value[position:end]
    if position + length not in _INT64:
        raise ExpansionError("a length and a position make Flux's controller panic: they are too large", offset)
    return value[position : position + length]


def _integer(text: bytes) -> int | None:
    digits = text.decode("utf-8", "replace")
    # Longer ones are out of range whatever they are, leading zeros aside.
    if not _NUMBER.fullmatch(digits) or len(digits.lstrip("+-0")) > len(str(_INT64.stop)):
        return None
    number = int(digits.lstrip("+-").lstrip("0") or "0") * (-1 if digits[0] == "-" else 1)
    return number if number in _INT64 else None


def _reversed(value: bytes) -> bytes:
    """Turn the characters of a text round; each byte that is not UTF-8 becomes U+FFFD, as in Go."""
    return _NO_UTF8.sub("\ufffd", value.decode("utf-8", "surrogateescape"))[::-1].encode()


def _cased(operator: str, text: str) -> str:
    if operator == "^^":
        return "".join(map(_upper, text))
    if operator == ",,":
        return "".join(map(_lower, text))
    if operator == "^":
        return "".join(map(_upper, text[:1])) + text[1:]
    if operator == ",":
        return "".join(map(_lower, text[:1])) + text[1:]
    return text


def _upper(character: str) -> str:
    """Return the one character that is the upper case, as Go has it: ß stays as it is."""
    for candidate in (character.upper(), character.title()):
        if len(candidate) == 1:
            return candidate
    return character


def _lower(character: str) -> str:
    return character.lower()[:1]
