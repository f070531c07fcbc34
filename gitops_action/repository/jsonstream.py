"""JSON that YAML cannot read: values one after another, and escapes of surrogate pairs. kubectl reads both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.scalars import json_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.model import JSONValue
    from gitops_action.repository.parts import Part

_SPACE: Final = regex(r"[ \t\r\n]*")
_LONE_SURROGATE: Final = regex("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """One JSON value: its text and place, what it means, and the keys that an object in it has twice."""

    part: Part
    value: JSONValue
    duplicates: Sequence[str]


def pieces(part: Part, max_depth: int) -> list[Piece] | None:
    """Return the values of a text that is nothing but JSON objects and arrays; None if it is anything else."""
    text = part.text
    found: list[Piece] = []
    duplicates: list[str] = []
    decoder = _decoder(duplicates)
    position = _skip(text, 0)
    while position < len(text):
        if text[position] not in "{[":
            return None
        duplicates.clear()
        try:
            value, end = decoder.raw_decode(text, position)
            value = _clean(value, max_depth)
        except (ValueError, RecursionError):
            return None
        found.append(Piece(part.piece(position, end), value, tuple(duplicates)))
        position = _skip(text, end)
    return found or None


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _decoder(duplicates: list[str]) -> json.JSONDecoder:
    def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in pairs:
            if key in result:
                duplicates.append(_text(key))
            result[key] = value
        return result

    return json.JSONDecoder(object_pairs_hook=to_object, parse_float=_number, parse_constant=_refuse)


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise RecursionError
    if isinstance(value, list):
        return [_clean(item, depth - 1) for item in value]
    return {_text(key): _clean(item, depth - 1) for key, item in value.items()}


def _text(text: str) -> str:
    """Replace a lone half of a surrogate pair as Go does: it could not be written as UTF-8."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def _number(text: str) -> Any:
    return json_value(float(text))


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)
