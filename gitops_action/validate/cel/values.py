"""Values of custom resources as rules see them.

Follows SchemaDeclType and UnstructuredToVal, https://github.com/kubernetes/apiserver/tree/master/pkg/cel/common: fields
have escaped names, numbers are doubles, and texts of some formats are times, durations or bytes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gitops_action.validate.cel.cost import TEXT_UNIT
from gitops_action.validate.cel.identifiers import escape
from gitops_action.validate.formats import nanoseconds

Convert = Callable[[Any], Any]

_DEPTH: Final = 200


def converter(schema: Mapping[str, Any]) -> Convert | None:
    """Return what makes a node's value into what rules see, None if that is the value itself."""
    if schema.get("x-kubernetes-int-or-string"):
        return None
    kind = schema.get("type")
    if kind == "number":
        return _double
    if kind == "string":
        return _TEXTS.get(str(schema.get("format", "")))
    items, values, properties = (schema.get(key) for key in ("items", "additionalProperties", "properties"))
    if kind == "array" and isinstance(items, Mapping):
        return _of_items(converter(items))
    if kind == "object" and isinstance(values, Mapping):
        return _of_values(converter(values))
    return _of_fields(properties) if kind == "object" and properties else None


def _double(value: Any) -> Any:
    return float(value) if type(value) is int else value


def _of_items(inner: Convert | None) -> Convert | None:
    if inner is None:
        return None
    return lambda value: [inner(item) for item in value] if isinstance(value, list) else value


def _of_values(inner: Convert | None) -> Convert | None:
    if inner is None:
        return None
    return lambda value: {name: inner(part) for name, part in value.items()} if isinstance(value, dict) else value


def _of_fields(properties: Mapping[str, Mapping[str, Any]]) -> Convert:
    """Convert fields; those whose names cannot be escaped keep them, which only `==` can tell. Null is absent."""
    fields = {}
    for name, schema in properties.items():
        escaped, inner = escape(name) or name, converter(schema)
        if inner is not None or escaped != name:
            fields[name] = (escaped, inner)

    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if fields.keys().isdisjoint(value) and None not in value.values():
            return value
        result = {}
        for name, part in value.items():
            if part is not None:
                escaped, inner = fields.get(name, (name, None))
                result[escaped] = part if inner is None else inner(part)
        return result

    return convert


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


_TEXTS: Final[Mapping[str, Convert]] = {"byte": _bytes, "duration": _duration, "date": _time, "date-time": _time}


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
