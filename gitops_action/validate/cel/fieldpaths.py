"""The `fieldPath` of a rule: a JSON path of names, as `.spec.name` or `.labels['a.b/c']`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gitops_action.model import Pointer

_STEP: Final = re.compile(r"\.([^.\[\]']+)|\['((?:\\.|[^'\\])*)'\]")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "'": "'", "\\": "\\"}


def field_path(path: str, schema: Mapping[str, Any]) -> Pointer | None:
    """Return the pointer that a path stands for below a node with this schema, None if it names no field there.

    Follows ValidFieldPath, pkg/apiserver/schema/cel/validation.go of the apiextensions-apiserver.
    """
    pointer: list[str] = []
    at = 0
    node: Any = schema
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None or not isinstance(node, Mapping):
            return None
        at = match.end()
        name = match[1] if match[1] is not None else _unescaped(match[2])
        properties = node.get("properties")
        node = (properties or {}).get(name) if properties is not None else node.get("additionalProperties")
        if name is None or not isinstance(node, Mapping):
            return None
        pointer.append(name)
    return tuple(pointer)


def _unescaped(text: str) -> str | None:
    if any(code not in _ESCAPES for code in _ESCAPE.findall(text)):
        return None
    return _ESCAPE.sub(lambda match: _ESCAPES[match[1]], text)
