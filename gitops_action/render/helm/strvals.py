"""`path=value` as Helm's `--set` reads it, which is how Flux puts a single value at `targetPath`.

The grammar is that of https://helm.sh/docs/intro/using_helm/#the-format-and-limitations-of---set: names joined by dots,
places of lists in brackets, lists in braces, and a backslash before a character that is meant as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Container

_MAX_INDEX: Final = 65_536
_MAX_NAMES: Final = 30
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_INT64: Final = 2**63


class StrvalsError(ValueError):
    """A text that Helm refuses; the message says why."""


def assign(values: dict[str, Any], path: str, value: str) -> None:
    """Put `value` at `path` of `values`, as Flux does: typed, or as a text where it is in quotes.

    Mappings and lists on the way are changed in place. Raises StrvalsError.
    """
    quoted = any(value.startswith(mark) and value.endswith(mark) for mark in "'\"") if value else False
    text = value.strip("'\"") if quoted else value
    reader = _Reader(f"{path}={text}", typed=not quoted)
    while not reader.at_end:
        reader.assignment(values)


class _Reader:
    def __init__(self, text: str, *, typed: bool) -> None:
        self._text = text
        self._at = 0
        self._typed = typed

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def assignment(self, values: dict[str, Any], depth: int = 0) -> None:
        """Read one `name=value` into `values`."""
        name, mark = self._until("=[,.")
        if mark == "=":
            self._set(values, name, self._value())
        elif mark == "[":
            held = values.get(name, [])
            if not isinstance(held, list):
                raise StrvalsError(f"`{name}` is no list")
            values[name] = self._element(held, self._index(), depth)
        elif mark == ".":
            if depth >= _MAX_NAMES:
                raise StrvalsError(f"more than {_MAX_NAMES} names in one path")
            inner = values.get(name, {})
            if not isinstance(inner, dict):
                raise StrvalsError(f"`{name}` is no mapping")
            self.assignment(inner, depth + 1)
            if not inner:
                raise StrvalsError(f"`{name}` has no value")
            self._set(values, name, inner)
        else:
            raise StrvalsError(f"`{name}` has no value")

    @staticmethod
    def _set(values: dict[str, Any], name: str, value: Any) -> None:
        if name:
            values[name] = value

    def _index(self) -> int:
        written, mark = self._until("]")
        try:
            index = int(written) if mark else -1
        except ValueError:
            index = -1
        if not 0 <= index <= _MAX_INDEX:
            raise StrvalsError(f"`[{written}]` is no place in a list")
        return index

    def _element(self, held: list[Any], index: int, depth: int) -> list[Any]:
        """Read what follows `[index]` and return the list with it."""
        result = held + [None] * (index + 1 - len(held))
        name, mark = self._until("[.=")
        if name or not mark:
            raise StrvalsError("after `]` comes `=`, `.` or `[`")
        if mark == "=":
            result[index] = self._value()
        elif mark == "[":
            inner = result[index] or []
            if not isinstance(inner, list):
                raise StrvalsError(f"element {index} is no list")
            result[index] = self._element(inner, self._index(), depth)
        else:
            inner = result[index] if isinstance(result[index], dict) else {}
            self.assignment(inner, depth)
            result[index] = inner
        return result

    def _value(self) -> Any:
        if self._text[self._at : self._at + 1] != "{":
            return self._scalar(self._until(",")[0])
        self._at += 1
        items = []
        while True:
            item, mark = self._until(",}")
            if not mark:
                raise StrvalsError("a list ends with `}`")
            items.append(self._scalar(item))
            if mark == "}":
                break
        if self._text[self._at : self._at + 1] == ",":
            self._at += 1
        return items

    def _until(self, marks: Container[str]) -> tuple[str, str]:
        """Return the text up to one of `marks`, and the mark; "" where the text ends."""
        found: list[str] = []
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if character in marks:
                return "".join(found), character
            if character == "\\":
                found.append(self._text[self._at : self._at + 1])
                self._at += 1
            else:
                found.append(character)
        return "".join(found), ""

    def _scalar(self, text: str) -> Any:
        if not self._typed:
            return text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        digits = text[1:] if text[:1] in {"+", "-"} else text
        # A number that begins with 0 is taken for a name, such as a digest.
        if text == "0" or (text[:1] != "0" and digits.isascii() and digits.isdecimal()):
            number = int(text)
            return number if -_INT64 <= number < _INT64 else text
        return text
