"""Does to a custom resource what the API server does before it validates it: drop nulls, fill in defaults.

Follows https://github.com/kubernetes/apiextensions-apiserver/tree/master/pkg/apiserver/schema/defaulting: a null whose
schema is not `nullable` is the same as absent, in fields and in the values of maps; what is absent gets its default.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMON: Final = ("apiVersion", "kind", "metadata")
_ABSENT: Final = object()


def prepared(value: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resource as the server would validate it by a structural schema; `value` itself if that is the same."""
    properties = {name: part for name, part in _fields(schema).items() if name not in _COMMON}
    return _mapping(value, properties, None)


def _prepared(value: Any, schema: Any) -> Any:
    if not isinstance(schema, dict):
        return value
    if isinstance(value, dict):
        others = schema.get("additionalProperties")
        return _mapping(value, _fields(schema), others if isinstance(others, dict) else None)
    if isinstance(value, list):
        items = schema.get("items")
        return _list(value, items) if isinstance(items, dict) else value
    return value


def _mapping(value: dict[str, Any], properties: Mapping[str, Any], others: Mapping[str, Any] | None) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name, part in value.items():
        schema = properties.get(name, others)
        if not isinstance(schema, dict):
            continue
        if part is None:
            if not schema.get("nullable"):
                changed[name] = _default(schema)
        elif isinstance(part, dict | list):
            inner = _prepared(part, schema)
            if inner is not part:
                changed[name] = inner
    for name, schema in properties.items():
        if name not in value and isinstance(schema, dict) and schema.get("default") is not None:
            changed[name] = _default(schema)
    if not changed:
        return value
    return {name: part for name, part in {**value, **changed}.items() if part is not _ABSENT}


def _fields(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the properties; what is wrong with them is said of the schema."""
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _list(value: list[Any], items: Mapping[str, Any]) -> list[Any]:
    fill = items.get("default") is not None and not items.get("nullable")
    result = [_default(items) if fill and part is None else _prepared(part, items) for part in value]
    return value if all(new is old for new, old in zip(result, value, strict=True)) else result


def _default(schema: Mapping[str, Any]) -> Any:
    default = schema.get("default")
    return _ABSENT if default is None else _prepared(copy.deepcopy(default), schema)
