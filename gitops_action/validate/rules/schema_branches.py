"""Branches of structural schemas: what is in allOf, anyOf, oneOf and not may restrict values, and define nothing.

validateNestedValueValidation and validateNestedValueValidationCompleteness, pkg/apiserver/schema/validation.go and
complete.go of apiextensions-apiserver.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.validate.problems import path_text
from gitops_action.validate.rules.schema_nodes import (
    BRANCHES,
    EMBEDDED,
    INT_OR_STRING,
    LIST_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    PRESERVE,
    RULES,
    cleaned,
    node,
)

if TYPE_CHECKING:
    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_EITHER: Final = [{"type": "integer"}, {"type": "string"}]
_DEFINING: Final = (
    *("type", "default", "title", "description", "nullable"),
    *(PRESERVE, EMBEDDED, INT_OR_STRING, LIST_KEYS, LIST_TYPE, MAP_TYPE, RULES),
)
_EVEN_EMPTY: Final = frozenset({LIST_TYPE, MAP_TYPE, "default"})
_EVEN_FALSE: Final = frozenset({PRESERVE, "additionalItems"})
_NOTHING_IF_EMPTY: Final = frozenset({*BRANCHES, "enum", "definitions", "patternProperties"})
_HAVING: Final = frozenset({*BRANCHES, "not", "pattern"})


@dataclass(frozen=True, slots=True)
class Structure:
    """A node outside of branches, which defines what the branches restrict."""

    schema: Mapping[str, Any]
    at: Pointer


def branches(
    check: Check, schema: Mapping[str, Any], at: Pointer, structure: Structure | None, *, nested: bool = False
) -> None:
    """Check the branches of a node, and its pattern; the node is in a branch itself if `nested`.

    What they restrict must be defined in `structure`; None: it need not be, as in all branches but those at the root.
    """
    if _HAVING.isdisjoint(schema):
        return
    if isinstance(pattern := schema.get("pattern"), str) and pattern:
        _pattern(check, pattern, (*at, "pattern"))
    for name in BRANCHES:
        parts = schema.get(name) or ()
        if name == "anyOf" and not nested and _is_either(parts):
            continue
        for index, part in enumerate(parts):
            either = name == "allOf" and not nested and index == 0
            _branch(check, part, (*at, name, index), structure, either=either)
    if (part := schema.get("not")) is not None:
        _branch(check, part, (*at, "not"), structure)


def _is_either(parts: Any) -> bool:
    """Whether these say: an integer or a string, which is usual beside x-kubernetes-int-or-string."""
    return isinstance(parts, list) and [_said(part) for part in parts] == _EITHER


def _said(part: Any) -> Any:
    """Return a node without what is the same as absent."""
    if not isinstance(part, Mapping):
        return part
    said = {name: value for name, value in part.items() if not _is_nothing(name, value)}
    if not isinstance(items := said.get("items"), Mapping) and not (items and isinstance(items, list)):
        said.pop("items", None)  # JSONSchemaPropsOrArray reads anything else as nothing
    return said


def _is_nothing(name: str, value: Any) -> bool:
    if value is False:
        return name not in _EVEN_FALSE
    return value is None or value == "" or (name in _NOTHING_IF_EMPTY and not value)


def _branch(check: Check, schema: Any, at: Pointer, structure: Structure | None, *, either: bool = False) -> None:
    schema = cleaned(check, schema, at)
    node(check, schema, at)
    for name in _DEFINING:
        value = schema.get(name)
        if value or (value is not None and name in _EVEN_EMPTY):
            check.forbidden((*at, name), "here: branches may not define anything, only restrict it")
    others = schema.get("additionalProperties")
    if others is not None and others is not False:
        check.forbidden((*at, "additionalProperties"), "here: branches may not define anything, only restrict it")
    if either and _is_either(schema.get("anyOf")):
        schema = {name: value for name, value in schema.items() if name != "anyOf"}
    branches(check, schema, at, structure, nested=True)
    if isinstance(items := schema.get("items"), Mapping):
        _inside(check, items, (*at, "items"), structure, ("items",))
    for name, part in (schema.get("properties") or {}).items():
        if name == "metadata":
            check.forbidden((*at, "properties", name), "in a branch")
        else:
            _inside(check, part, (*at, "properties", name), structure, ("properties", name))


def _inside(check: Check, schema: Any, at: Pointer, structure: Structure | None, path: tuple[str, ...]) -> None:
    """Check a part of a branch; the same part of the structure must be defined."""
    if structure is not None:
        defined: Any = structure.schema
        for part in path:
            defined = defined.get(part) if isinstance(defined, Mapping) else None
        place = (*structure.at, *path)
        if defined is None:
            message = f"{path_text(at)} restricts what is not defined at {path_text(place)}"
            check.wrong("required-field", at, message, key=True)
            return
        structure = Structure(defined if isinstance(defined, Mapping) else {}, place)
    _branch(check, schema, at, structure)


def _pattern(check: Check, pattern: str, at: Pointer) -> None:
    from gitops_action.validate.regexes import is_surely_bad  # noqa: PLC0415 - only where there are patterns

    if is_surely_bad(pattern):
        check.invalid("invalid-format", at, pattern, "a regular expression of Go (RE2)")
