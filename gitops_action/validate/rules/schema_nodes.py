"""What holds for every node of the schema of a custom resource, wherever in the schema it is.

ValidateCustomResourceDefinitionOpenAPISchema, pkg/apis/apiextensions/validation/validation.go of
apiextensions-apiserver, and the types of JSONSchemaProps, which OpenAPI does not tell below `items` and
`additionalProperties`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import cel_texts, values
from gitops_action.validate.rules.check import Check
from gitops_action.validate.rules.field_paths import field_path

if TYPE_CHECKING:
    from gitops_action.model import Pointer

TYPES: Final = frozenset({"array", "boolean", "integer", "number", "object", "string"})
LIST_TYPE: Final = "x-kubernetes-list-type"
LIST_KEYS: Final = "x-kubernetes-list-map-keys"
MAP_TYPE: Final = "x-kubernetes-map-type"
RULES: Final = "x-kubernetes-validations"
PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
EMBEDDED: Final = "x-kubernetes-embedded-resource"
INT_OR_STRING: Final = "x-kubernetes-int-or-string"
BRANCHES: Final = ("allOf", "anyOf", "oneOf")

_UNSUPPORTED: Final = ("$ref", "$schema", "additionalItems", "definitions", "dependencies", "id", "patternProperties")
_EVEN_EMPTY: Final = frozenset({"$ref", "dependencies", "additionalItems"})
# On nodes that have none of these, there is nothing to find here but their types.
_SPECIAL: Final = frozenset({*_UNSUPPORTED, "uniqueItems", PRESERVE, MAP_TYPE, LIST_TYPE, LIST_KEYS, RULES})
_ROOTS: Final = frozenset({"self", "oldSelf"})
_REASONS: Final = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
_GO_TYPES: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    **dict.fromkeys(
        ("$ref", "$schema", "description", "format", "id", LIST_TYPE, MAP_TYPE, "pattern", "title", "type"),
        ((str,), "a string"),
    ),
    **dict.fromkeys(("maximum", "minimum", "multipleOf"), ((int, float), "a number")),
    **dict.fromkeys(
        ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"), ((int,), "an integer")
    ),
    **dict.fromkeys(
        ("exclusiveMaximum", "exclusiveMinimum", "nullable", "uniqueItems", EMBEDDED, INT_OR_STRING, PRESERVE),
        ((bool,), "true or false"),
    ),
    **dict.fromkeys((*BRANCHES, "enum", "required", LIST_KEYS, RULES), ((list,), "a list")),
    **dict.fromkeys(("definitions", "externalDocs", "not", "patternProperties", "properties"), ((dict,), "a mapping")),
    "items": ((dict, list), "a schema"),
    "additionalProperties": ((dict, bool), "a schema, true or false"),
}
_ITEMS: Final = {
    "required": (str, "a string"), LIST_KEYS: (str, "a string"), RULES: (dict, "a mapping"),
}  # fmt: skip


def cleaned(check: Check, schema: Any, at: Pointer) -> Mapping[str, Any]:
    """Note each value of a wrong type, and return the node without those and without nulls."""
    if not isinstance(schema, Mapping):
        if schema is not None:
            check.invalid("wrong-type", at, schema, "a schema")
        return {}
    bad = []
    for name, value in schema.items():
        known = _GO_TYPES.get(name)
        if known is None or value.__class__ in known[0]:
            continue
        bad.append(name)
        # The server passes over items that are no schemas at all.
        if value is not None and name != "items":
            check.invalid("wrong-type", (*at, name), value, known[1])
    for name, (expected, what) in _ITEMS.items():
        if name in schema and name not in bad:
            _items(check, schema[name], (*at, name), expected, what)
    return {name: value for name, value in schema.items() if name not in bad} if bad else schema


def _fitting(schema: Any) -> Mapping[str, Any]:
    """Return a node below without what is of a wrong type, which is noted when it is the node's turn."""
    return cleaned(Check(0), schema, ())


def _items(check: Check, items: list[Any], at: Pointer, expected: type, what: str) -> None:
    for index, value in enumerate(items):
        if value is not None and value.__class__ is not expected:
            check.invalid("wrong-type", (*at, index), value, what)


def node(check: Check, schema: Mapping[str, Any], at: Pointer) -> None:
    """Check one node, and not those below it."""
    kind = schema.get("type")
    if kind and kind not in TYPES:
        hint = ", and null is said with nullable" if kind == "null" else ""
        check.invalid("invalid-enum", (*at, "type"), kind, f"one of {', '.join(sorted(TYPES))}{hint}")
    if isinstance(schema.get("items"), list) and schema["items"]:
        check.invalid("wrong-type", (*at, "items"), schema["items"], "a schema")
    if _SPECIAL.isdisjoint(schema):
        return
    for name in _UNSUPPORTED:
        if schema.get(name) or (name in _EVEN_EMPTY and schema.get(name) is not None):
            check.forbidden((*at, name), "in the schema of a custom resource")
    if schema.get("uniqueItems"):
        check.forbidden((*at, "uniqueItems"), f"to true; {LIST_TYPE}: set does the same")
    if schema.get(PRESERVE) is False:
        values.wrong(check, (*at, PRESERVE), "must be true or absent")
    if (form := schema.get(MAP_TYPE)) is not None:
        demand_type(check, schema, at, "object", MAP_TYPE)
        _keyword(check, form, (*at, MAP_TYPE), ("atomic", "granular"))
    _list(check, schema, at)
    _rules(check, schema, at)


def _rules(check: Check, schema: Mapping[str, Any], at: Pointer) -> None:
    for index, rule in enumerate(schema.get(RULES) or ()):
        if isinstance(rule, Mapping):
            _rule(check, rule, schema, (*at, RULES, index))


def _keyword(check: Check, value: str, at: Pointer, choices: tuple[str, ...]) -> None:
    if value not in choices:
        check.invalid("invalid-enum", at, value, f"one of {', '.join(choices)}")


def demand_type(check: Check, schema: Mapping[str, Any], at: Pointer, demanded: str, because: str) -> None:
    """Check that a node is of the type that something else on it demands."""
    kind = schema.get("type")
    if not kind:
        check.required((*at, "type"), f"and must be {demanded} with {because}")
    elif kind != demanded and kind in TYPES:
        check.invalid("invalid-value", (*at, "type"), kind, f"{demanded} with {because}")


def _list(check: Check, schema: Mapping[str, Any], at: Pointer) -> None:
    form, keys = schema.get(LIST_TYPE), schema.get(LIST_KEYS)
    if form is None:
        if keys:
            check.required((*at, LIST_TYPE), f"and must be map with {LIST_KEYS}")
        return
    if keys and form != "map":
        check.invalid("invalid-value", (*at, LIST_TYPE), form, f"map with {LIST_KEYS}")
    demand_type(check, schema, at, "array", LIST_TYPE)
    if not keys:
        _keyword(check, form, (*at, LIST_TYPE), ("atomic", "map", "set"))
    items = schema.get("items")
    items = _fitting(items) if isinstance(items, Mapping) else items
    if form in {"map", "set"} and isinstance(items, Mapping) and items.get("nullable") is True:
        check.forbidden((*at, "items", "nullable"), f"in a list of type {form}")
    if form == "set" and schema.get("type") == "array" and isinstance(items, Mapping):
        _set_items(check, items, (*at, "items"))
    elif form == "map":
        _map(check, keys or (), items, at)


def _set_items(check: Check, items: Mapping[str, Any], at: Pointer) -> None:
    kind = items.get("type")
    if kind == "array" and items.get(LIST_TYPE) not in {None, "atomic"}:
        check.invalid("invalid-value", (*at, LIST_TYPE), items[LIST_TYPE], "atomic in a list of type set")
    elif kind == "object" and items.get(MAP_TYPE) is None:
        check.required((*at, MAP_TYPE), "and must be atomic in a list of type set")
    elif kind == "object" and items[MAP_TYPE] != "atomic":
        check.invalid("invalid-value", (*at, MAP_TYPE), items[MAP_TYPE], "atomic in a list of type set")


def _map(check: Check, keys: Any, items: Any, at: Pointer) -> None:
    if not keys:
        check.required((*at, LIST_KEYS), f"with {LIST_TYPE}: map")
    if isinstance(items, Mapping):
        _map_items(check, keys, items, at)
    elif not isinstance(items, list):
        check.required((*at, "items"), f"with {LIST_TYPE}: map")


def _map_items(check: Check, keys: Any, items: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateMapListKeysMapSet, and what is said of x-kubernetes-list-map-keys before it."""
    at_items = (*at, "items")
    demand_type(check, items, at_items, "object", f"{LIST_TYPE}: map")
    properties = items.get("properties")
    if items.get("type") != "object":
        return
    properties, required = properties or {}, items.get("required") or ()
    for index, key in enumerate(keys):
        if key in keys[:index]:
            check.duplicate((*at, LIST_KEYS, index), key)
            continue
        if not isinstance(key, str) or key not in properties:
            check.unknown_reference((*at, LIST_KEYS, index), key, "property of the items")
            continue
        place = (*at_items, "properties", key)
        field = _fitting(properties[key])
        if field.get("type") in {"array", "object"}:
            check.invalid("invalid-value", (*place, "type"), field["type"], "a scalar, as a key of the list")
        if key not in required and field.get("default") is None:
            check.required((*place, "default"), "or the property is, as a key of the list")
        if field.get("nullable") is True:
            check.forbidden((*place, "nullable"), "on a key of the list")


def _rule(check: Check, rule: Mapping[str, Any], schema: Mapping[str, Any], at: Pointer) -> None:
    """Check what is beside the expressions, and the form of these; what they say is for whoever can compile them."""
    texts = {name: text for name, text in rule.items() if isinstance(text, str)}
    expression = texts.get("rule", "").strip()
    if not expression:
        check.required((*at, "rule"))
    elif "oldSelf" not in expression and rule.get("optionalOldSelf") is not None:
        check.forbidden((*at, "optionalOldSelf"), "unless the rule uses oldSelf")
    elif why := cel_texts.fault(expression, _ROOTS):
        values.wrong(check, (*at, "rule"), f"is no expression of CEL: {why}", "invalid-format")
    else:
        _message(check, texts.get("message", ""), expression, (*at, "message"))
    if (made := texts.get("messageExpression")) and not made.strip():
        check.required((*at, "messageExpression"), "to be more than blanks")
    elif made and (why := cel_texts.fault(made, _ROOTS)):
        values.wrong(check, (*at, "messageExpression"), f"is no expression of CEL: {why}", "invalid-format")
    if (reason := texts.get("reason")) is not None and reason not in _REASONS:
        check.invalid("invalid-enum", (*at, "reason"), reason, f"one of {', '.join(_REASONS)}")
    if (path := texts.get("fieldPath")) and (_has_breaks(path) or field_path(path, schema) is None):
        check.invalid(
            "invalid-reference", (*at, "fieldPath"), path, "the path of a field of this schema, such as .name"
        )


def _message(check: Check, message: str, expression: str, at: Pointer) -> None:
    if message and not message.strip():
        values.wrong(check, at, "may not be blank")
    elif _has_breaks(message.strip()):
        values.wrong(check, at, "may not have line breaks")
    elif _has_breaks(expression) and not message.strip():
        check.required(at, "for a rule with line breaks")


def _has_breaks(text: str) -> bool:
    return "\n" in text or "\r" in text
