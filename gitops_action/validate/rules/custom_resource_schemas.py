"""The schemas of custom resources: each must be structural.

ValidateStructural, pkg/apiserver/schema/validation.go of apiextensions-apiserver, with what
validateCustomResourceDefinitionValidation adds at the root.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.validate.rules import schema_branches
from gitops_action.validate.rules.check import Check
from gitops_action.validate.rules.schema_defaults import default_value
from gitops_action.validate.rules.schema_nodes import (
    BRANCHES,
    EMBEDDED,
    INT_OR_STRING,
    PRESERVE,
    RULES,
    cleaned,
    demand_type,
    node,
)

if TYPE_CHECKING:
    from gitops_action.model import Pointer

_META: Final = frozenset({"apiVersion", "kind", "metadata"})
_GENERATED: Final = frozenset({"name", "generateName"})
# What the root may have where the status is split off (allowedFieldsAtRootSchema).
_WITH_STATUS: Final = frozenset(
    {
        *("description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
        *("maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "required"),
        *("items", "properties", "externalDocs", "example", PRESERVE, "x-kubernetes-validations"),
    }
)

# Nodes with nothing else fit if their type does.
_PLAIN: Final = frozenset(
    {
        *("type", "description", "format", "enum", "default", "properties", "required", "items", "title", "nullable"),
        *("pattern", "maximum", "minimum", "maxLength", "minLength", "maxItems", "minItems", *BRANCHES),
    }
)
_WHY_TYPE: Final = {
    "field": "for a field", "item": "for the items of an array", "value": "for the values of a map",
}  # fmt: skip


def version_schema(check: Check, schema: Mapping[str, Any], at: Pointer, *, status: bool) -> None:
    """Check the schema of a version, which may have the subresource `status`. Of a place, one thing is said at most."""
    walk = _Walk(Check(check.minor))
    if status:
        for name, value in schema.items():
            # The server looks at what is not the zero value of its Go type, and an empty list is not.
            if value is not None and value is not False and value != "" and name not in _WITH_STATUS:
                walk.check.forbidden((*at, name), "at the root of a schema with the subresource status")
    if schema.get("nullable") is True:
        walk.check.forbidden((*at, "nullable"), "at the root")
    walk.node(schema, at, _Place(root=True))
    if not walk.check.problems:
        for inner, place in walk.defaults:
            default_value(walk.check, inner, place)
    said: set[Pointer] = set()
    for problem in walk.check.problems:
        if problem.pointer not in said:
            said.add(problem.pointer)
            check.problems.append(problem)


def unreadable(schema: Any, minor: int) -> str:
    """Say why a schema cannot be used to judge by, as it is not structural; "" if it can be.

    Defaults are not looked at, and neither are rules: one that cannot be evaluated is named, and the rest is judged.
    """
    check = Check(minor)
    if not isinstance(schema, Mapping):
        check.invalid("wrong-type", ("openAPIV3Schema",), schema, "a schema")
    else:
        _Walk(check).node(schema, ("openAPIV3Schema",), _Place(root=True))
    return next((problem.message for problem in check.problems if RULES not in problem.pointer), "")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node is: `meta` is inside of an object's metadata (or its kind), `no_default` says why none may be there.

    Defaults are not `tried` in the values of maps.
    """

    root: bool = False
    meta: bool = False
    no_default: str = ""
    tried: bool = True
    what: str = "field"


@dataclass(slots=True)
class _Walk:
    check: Check
    defaults: list[tuple[Mapping[str, Any], Pointer]] = field(default_factory=list)

    def node(self, schema: Any, at: Pointer, place: _Place) -> None:
        """Check a node of the structure, and all below."""
        check = self.check
        schema = cleaned(check, schema, at)
        node(check, schema, at)
        if place.root or not schema.keys() <= _PLAIN or not schema.get("type"):
            self._structure(schema, at, place)
        default = schema.get("default")
        if default is not None:
            if place.no_default:
                check.forbidden((*at, "default"), place.no_default)
            elif place.root:
                self._root_default(default, (*at, "default"))
            elif place.tried and not place.meta:
                self.defaults.append((schema, at))
        properties = schema.get("properties")
        if properties:
            self._properties(schema, properties, at, place)
        items = schema.get("items")
        if isinstance(items, Mapping):
            self.node(items, (*at, "items"), _inner(place, "item"))
        elif schema.get("type") == "array" and not (items and isinstance(items, list)):
            check.required((*at, "items"), "for an array")
        self._others(schema, at, place)
        schema_branches.branches(check, schema, at, schema_branches.Structure(schema, at) if place.root else None)

    def _root_default(self, default: Any, at: Pointer) -> None:
        if not isinstance(default, Mapping):
            self.check.invalid("wrong-type", at, default, "a mapping at the root")
            return
        for name in ("apiVersion", "kind"):
            if not default.get(name):
                self.check.required((*at, name), "at the root")

    def _structure(self, schema: Mapping[str, Any], at: Pointer, place: _Place) -> None:
        check = self.check
        kind, embedded = schema.get("type"), schema.get(EMBEDDED) is True
        int_or_string, preserve = schema.get(INT_OR_STRING) is True, schema.get(PRESERVE) is True
        if embedded and kind != "object":
            demand_type(check, schema, at, "object", EMBEDDED)
        elif not kind and not int_or_string and not preserve:
            check.required((*at, "type"), _WHY_TYPE[place.what] if not place.root else "at the root")
        if place.root and kind and kind != "object":
            check.invalid("invalid-value", (*at, "type"), kind, "object at the root")
        if int_or_string:
            for name in (PRESERVE, EMBEDDED):
                if schema.get(name) is True:
                    check.forbidden((*at, name), f"to true with {INT_OR_STRING}")
        if embedded:
            self._embedded(schema, at, place)

    def _embedded(self, schema: Mapping[str, Any], at: Pointer, place: _Place) -> None:
        check = self.check
        if place.meta:
            check.forbidden((*at, EMBEDDED), "inside of metadata")
        if schema.get("additionalProperties") is not None:
            check.forbidden((*at, "additionalProperties"), f"with {EMBEDDED}")
        if schema.get(PRESERVE) is not True and not schema.get("properties"):
            check.required((*at, "properties"), f"with {EMBEDDED} and without {PRESERVE}")

    def _properties(self, schema: Mapping[str, Any], properties: Mapping[str, Any], at: Pointer, place: _Place) -> None:
        of_object = place.root or schema.get(EMBEDDED) is True
        inner = _inner(place, "field")
        for name, part in properties.items():
            at_part = (*at, "properties", name)
            if not of_object or name not in _META:
                self.node(part, at_part, inner)
                continue
            why = f"in the top-level {name}" if place.root else place.no_default
            self.node(part, at_part, _Place(meta=True, no_default=why, tried=False))
            if isinstance(part, Mapping):
                demanded = "object" if name == "metadata" else "string"
                if part.get("type") != demanded:
                    check = self.check
                    check.invalid("invalid-value", (*at_part, "type"), part.get("type"), f"{demanded} for {name}")
                if place.root and name == "metadata":
                    self._metadata(part, at_part)

    def _metadata(self, schema: Mapping[str, Any], at: Pointer) -> None:
        """Follow validateStructuralMetadataInvariants: nothing but the name may be restricted."""
        schema = cleaned(Check(0), schema, at)
        for name in schema.get("properties") or ():
            if name not in _GENERATED:
                self.check.forbidden((*at, "properties", name), "only name and generateName may be restricted")
        for name, value in schema.items():
            if value and name not in {"type", "properties", "default"}:
                self.check.forbidden((*at, name), "metadata is the same for all kinds, but for name and generateName")

    def _others(self, schema: Mapping[str, Any], at: Pointer, place: _Place) -> None:
        others = schema.get("additionalProperties")
        if others is None:
            return
        at_others = (*at, "additionalProperties")
        if place.root:
            self.check.forbidden(at_others, "at the root")
        elif schema.get("properties") and others is not True:
            self.check.forbidden(at_others, "together with properties")
        if isinstance(others, Mapping):
            why = "in additionalProperties of metadata" if place.meta else place.no_default
            self.node(others, at_others, _Place(meta=place.meta, no_default=why, tried=False, what="value"))


def _inner(place: _Place, what: str) -> _Place:
    """Return the place of what is inside; there are few different ones."""
    return _Place(meta=place.meta, no_default=place.no_default, tried=place.tried, what=what)
