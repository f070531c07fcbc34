"""Recognises the structural schema of a CustomResourceDefinition in the JSON schema that a catalog has made of it.

Catalogs such as https://github.com/datreeio/CRDs-catalog keep all that a definition says and add
`additionalProperties: false`. Taken for what it was, such a schema judges as the API server does: nulls are dropped,
defaults filled in, the server's own keywords (`x-kubernetes-…`) hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gitops_action.regex import regex

_TYPES: Final = frozenset({"object", "array", "string", "integer", "number", "boolean"})
_DIALECT: Final = regex(r"https?://json-schema\.org/(?:draft-0[47]/)?schema#?")
_ABOUT: Final = frozenset({"$schema", "$id", "id", "$comment"})
_PLAIN: Final = frozenset(
    {
        *("description", "title", "default", "example", "externalDocs", "format", "pattern", "nullable", "required"),
        *("enum", "minimum", "maximum", "multipleOf", "uniqueItems"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    }
)
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_PRESERVED: Final = "x-kubernetes-preserve-unknown-fields"
_DEPTH: Final = 200


class _UnlikeError(Exception):
    """A part that no definition can have."""


def structural(document: Any) -> dict[str, Any] | None:
    """Return the schema as a definition would have it, or None if it is written in more than a definition may say.

    An object that names no fields at all may have any, as nobody knows what its definition said of them.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("properties"), Mapping):
        return None
    dialect = document.get("$schema", "http://json-schema.org/schema#")
    if not isinstance(dialect, str) or not _DIALECT.fullmatch(dialect):
        return None
    try:
        return _node({key: value for key, value in document.items() if key not in _ABOUT}, _DEPTH)
    except _UnlikeError:
        return None


def _node(schema: Any, depth: int) -> dict[str, Any]:
    if not isinstance(schema, Mapping) or not depth:
        raise _UnlikeError
    found = {key: _keyword(key, value, depth - 1) for key, value in schema.items()}
    others = found.get("additionalProperties")
    if others is True or (others is None and "properties" not in found and found.get("type") == "object"):
        found.pop("additionalProperties", None)
        found[_PRESERVED] = True
    return found


def _keyword(key: str, value: Any, depth: int) -> Any:
    if (
        key in _PLAIN
        or key.startswith("x-")
        or (key == "type" and isinstance(value, str) and value in _TYPES)
        or (isinstance(value, bool) and key in {"exclusiveMinimum", "exclusiveMaximum", "additionalProperties"})
    ):
        return value
    if key in {"items", "not", "additionalProperties"}:
        return _node(value, depth)
    if key == "properties" and isinstance(value, Mapping):
        return {name: _node(part, depth) for name, part in value.items()}
    if key in _BRANCHES and isinstance(value, list):
        return [_node(part, depth) for part in value]
    raise _UnlikeError
