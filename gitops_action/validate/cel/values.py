"""Values of custom resources as rules see them.

Follows SchemaDeclType and UnstructuredToVal, https://github.com/kubernetes/apiserver/tree/master/pkg/cel/common: fields
have escaped names, numbers are doubles, and texts of some formats are times, durations or bytes. The library takes times
and durations as `self` only, and not as a part of it; there they stay texts.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gitops_action.validate.cel.cost import TEXT_UNIT
from gitops_action.validate.cel.identifiers import escape
from gitops_action.validate.formats import nanoseconds

Convert = Callable[[Any], Any]

_TIMES: Final = {"duration": "duration", "date": "timestamp", "date-time": "timestamp"}
_LIST_TYPE: Final = "x-kubernetes-list-type"
_UNORDERED: Final = frozenset({"set", "map"})
_DEPTH: Final = 200


def time_type(schema: Mapping[str, Any]) -> str | None:
    """Return the type of CEL of a node whose values are times ("timestamp") or durations ("duration")."""
    return _TIMES.get(str(schema.get("format"))) if schema.get("type") == "string" else None


def time_fields(schema: Any) -> Iterator[str]:
    """Return the identifiers of the fields below a node that have times in them; "" for lists or maps of times."""
    if not isinstance(schema, Mapping):
        return
    for part in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(part, Mapping):
            yield from [""] if time_type(part) else time_fields(part)
    for name, part in (schema.get("properties") or {}).items():
        below = [*time_fields(part)]
        if time_type(part) or "" in below:
            yield escape(name) or name
        yield from filter(None, below)


def root_converter(schema: Mapping[str, Any]) -> Convert | None:
    """Return what makes a node's value into the `self` of its rules, None if that is the value itself."""
    return _TIME_TEXTS.get(str(schema.get("format"))) if time_type(schema) else converter(schema)


def has_unordered(schema: Any) -> bool:
    """Whether there are lists that are equal in any order: those of the list types `set` and `map`."""
    if not isinstance(schema, Mapping):
        return False
    if schema.get(_LIST_TYPE) in _UNORDERED:
        return True
    below = (schema.get("items"), schema.get("additionalProperties"), *(schema.get("properties") or {}).values())
    return any(map(has_unordered, below))


def converter(schema: Mapping[str, Any], *, backwards: bool | None = None) -> Convert | None:
    """Return what makes a part of a value into what rules see, None if that is the value itself.

    Unordered lists are sorted if it is said which way.
    """
    if schema.get("x-kubernetes-int-or-string"):
        return None
    match schema.get("type"):
        case "number":
            return _double
        case "string":
            return _bytes if schema.get("format") == "byte" else None
        case "array":
            return _of_items(schema, backwards)
        case "object":
            return _of_fields(schema, backwards)
    return None


def _double(value: Any) -> Any:
    return float(value) if type(value) is int else value


def _of_items(schema: Mapping[str, Any], backwards: bool | None) -> Convert | None:  # noqa: FBT001 - passed on
    items = schema.get("items")
    inner = converter(items, backwards=backwards) if isinstance(items, Mapping) else None
    sort = backwards is not None and schema.get(_LIST_TYPE) in _UNORDERED
    if inner is None and not sort:
        return None

    def convert(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        converted = value if inner is None else [inner(item) for item in value]
        return sorted(converted, key=repr, reverse=bool(backwards)) if sort else converted

    return convert


def _of_fields(schema: Mapping[str, Any], backwards: bool | None) -> Convert | None:  # noqa: FBT001 - passed on
    """Convert the values of a map, or fields; those whose names cannot be escaped keep them, which only `==` can tell."""
    values, properties = schema.get("additionalProperties"), schema.get("properties")
    if isinstance(values, Mapping):
        inner = converter(values, backwards=backwards)
        return None if inner is None else _each(inner)
    if not properties:
        return None
    fields = {}
    for name, part in properties.items():
        escaped, inner = escape(name) or name, converter(part, backwards=backwards)
        if inner is not None or escaped != name:
            fields[name] = (escaped, inner)

    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if fields.keys().isdisjoint(value) and None not in value.values():
            return value
        result = {}
        for name, part in value.items():
            if part is not None:  # null is absent
                escaped, inner = fields.get(name, (name, None))
                result[escaped] = part if inner is None else inner(part)
        return result

    return convert


def _each(inner: Convert) -> Convert:
    return lambda value: {name: inner(part) for name, part in value.items()} if isinstance(value, dict) else value


def _duration(value: Any) -> Any:
    parsed = nanoseconds(value) if isinstance(value, str) else None
    return value if parsed is None else timedelta(microseconds=parsed / 1000)


def _time(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        return value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bytes(value: Any) -> Any:
    try:
        return base64.b64decode(value, altchars=b"-_", validate=True)
    except (binascii.Error, TypeError, ValueError):
        return value


_TIME_TEXTS: Final[Mapping[str, Convert]] = {"duration": _duration, "date": _time, "date-time": _time}


def measure(value: Any) -> tuple[float, int]:
    """Return the size of a value in units of cost, and the number of entries of its largest list or map.

    Raises ValueError for what is nested deeper than CEL can take.
    """
    size, widest, depth = 0.0, 1, 0
    level = [value]
    while level:
        depth += 1
        if depth > _DEPTH:
            raise ValueError("it is nested too deeply")
        below: list[Any] = []
        for part in level:
            size += 1
            if isinstance(part, str):
                size += len(part) / TEXT_UNIT
            elif isinstance(part, dict):
                widest = max(widest, len(part))
                size += sum(map(len, part)) / TEXT_UNIT
                below += part.values()
            elif isinstance(part, list):
                widest = max(widest, len(part))
                below += part
        level = below
    return size, widest
