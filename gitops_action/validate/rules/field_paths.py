"""Paths of fields in a structural schema, as `fieldPath` and `selectableFields` of CustomResourceDefinitions have them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELIMITERS: Final = ".[]"
_ESCAPE: Final = regex(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A path that was found in a schema. `schema` is that of the field; None if it says nothing of the field."""

    parts: tuple[str, ...]
    schema: Mapping[str, Any] | None


def field_path(path: str, schema: Mapping[str, Any], *, brackets: bool = True) -> FieldPath | None:
    """Follow ValidFieldPath, pkg/apiserver/schema/cel/validation.go of apiextensions-apiserver; None if it refuses.

    A path is made of `.name` and, with `brackets`, `['name']`.
    """
    parts: list[str] = []
    place: Mapping[str, Any] | None = schema
    parts_of_path = _split(path)
    for mark in parts_of_path:
        name = next(parts_of_path, None)
        if name is None or mark not in ".[" or (mark == "[" and not brackets):
            return None
        if mark == "[":
            if len(name) < 2 or not (name[0] == name[-1] == "'") or next(parts_of_path, None) != "]":  # noqa: PLR2004 - two quotes
                return None
            name = _unescaped(name[1:-1])
        if name is None:
            return None
        if place is not None:
            properties = place.get("properties")
            if isinstance(properties, Mapping) and properties:
                if name not in properties:
                    return None
                place = _schema(properties[name])
            elif place.get("additionalProperties") is not None:
                place = _schema(place["additionalProperties"])
            else:
                return None
        parts.append(name)
    return FieldPath(tuple(parts), place)


def _unescaped(text: str) -> str | None:
    if any(code not in _ESCAPES for code in _ESCAPE.findall(text)):
        return None
    return _ESCAPE.sub(lambda match: _ESCAPES[match[1]], text)


def _schema(value: object) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


def _split(path: str) -> Iterator[str]:
    """Split at the delimiters, which are parts as well, but for those between single quotes."""
    start = 0
    while start < len(path):
        end = start + 1
        if path[start] == "'":
            while end < len(path) and not (path[end] == "'" and path[end - 1] != "\\"):
                end += 1
            end = min(end + 1, len(path))
        elif path[start] not in _DELIMITERS:
            while end < len(path) and path[end] not in _DELIMITERS:
                end += 1
        yield path[start:end]
        start = end
