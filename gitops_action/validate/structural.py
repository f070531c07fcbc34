"""Turns the structural schema of a CustomResourceDefinition into a JSON schema (draft 7) that judges as the server does.

What the server would prune is an error, as with strict field validation; see
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gitops_action.validate.native import DIALECT, width
from gitops_action.validate.regexes import to_ecma

RULES: Final = "x-kubernetes-validations"
_COPIED: Final = (
    "enum", "maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties", "multipleOf",
    "required", "uniqueItems",
)  # fmt: skip
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_METADATA: Final = "metadata"
_STRING: Final = {"type": "string"}


def resource_schema(
    schema: Mapping[str, Any],
    metadata: Mapping[str, Any],
    *,
    status_subresource: bool = False,
    preserve_unknown_fields: bool = False,
) -> dict[str, Any]:
    """Return the self-contained schema of a custom resource.

    `schema` is the version's `openAPIV3Schema`, `metadata` what `Catalog.metadata_schema` returns. With the status
    subresource the server resets `status` when the object is created, so only its unknown fields matter.
    Raises RecursionError, TypeError, ValueError, KeyError or AttributeError for what is no schema.
    """
    properties = dict(schema.get("properties", {}))
    named = properties.pop(_METADATA, {})
    status = properties.pop("status", None)
    root = _node({**schema, "type": "object", "properties": properties}, preserve=preserve_unknown_fields)
    if status is not None:
        root["properties"]["status"] = _node(status, preserve=preserve_unknown_fields, lax=status_subresource)
    definitions = dict(metadata["definitions"])
    definitions[_METADATA] = {key: value for key, value in metadata.items() if key not in {"$schema", "definitions"}}
    # A CRD may restrict the name of its objects, and nothing else of their metadata.
    root["properties"].update(
        {
            "apiVersion": _STRING,
            "kind": _STRING,
            _METADATA: {"allOf": [{"$ref": f"#/definitions/{_METADATA}"}, _branch(named)]},
        }
    )
    root["required"] = sorted({*root.get("required", ()), "apiVersion", "kind"})
    return {"$schema": DIALECT, **root, "definitions": definitions}


def has_rules(schema: Any) -> bool:
    """Tell whether a schema has rules of `x-kubernetes-validations` anywhere."""
    todo = [schema]
    while todo:
        part = todo.pop()
        if isinstance(part, Mapping):
            if part.get(RULES):
                return True
            todo += part.values()
        elif isinstance(part, list):
            todo += part
    return False


def value_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the self-contained schema of a value inside of a custom resource; metadata of objects in it may be any.

    Raises what `resource_schema` raises.
    """
    return {"$schema": DIALECT, **_node(schema, preserve=False), "definitions": {_METADATA: {}}}


def _node(schema: Mapping[str, Any], *, preserve: bool, lax: bool = False) -> dict[str, Any]:
    """Convert one structural node: its fields and its values. `lax` leaves the values out."""
    converted = {} if lax else _values(schema)
    types = _types(schema)
    if types and not lax:
        converted["type"] = [*types, "null"] if schema.get("nullable") else types
        converted.update(_width(schema))
        if types == ["string"] and "format" in converted:
            _admit_lists(converted)
    if "items" in schema:
        converted["items"] = _node(schema["items"], preserve=preserve, lax=lax)
    if "object" in types or "properties" in schema or "additionalProperties" in schema:
        _add_fields(schema, converted, preserve=preserve, lax=lax)
    return converted


def _admit_lists(converted: dict[str, Any]) -> None:
    """Let a text with a format be a list of anything but fields, as typeValidator of kube-openapi's validation does.

    https://github.com/kubernetes/kube-openapi/blob/master/pkg/validation/validate/type.go
    """
    converted["type"] = [*converted["type"], "array"]
    converted["items"] = {"properties": {}, "additionalProperties": False}


def _width(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the limits that the format of an integer sets, unless the schema has narrower ones.

    What is no int64 is read as a floating-point number, and no integer (IsFloat64AJSONInteger of kube-openapi).
    """
    if schema.get("type") != "integer":
        return {}
    limits = width(schema.get("format", "")) or width("int64")
    return {
        "minimum": max(limits["minimum"], schema.get("minimum", limits["minimum"])),
        "maximum": min(limits["maximum"], schema.get("maximum", limits["maximum"])),
    }


def _types(schema: Mapping[str, Any]) -> list[str]:
    if schema.get("x-kubernetes-int-or-string"):
        return ["integer", "string"]
    return [schema["type"]] if schema.get("type") else []


def _add_fields(schema: Mapping[str, Any], converted: dict[str, Any], *, preserve: bool, lax: bool) -> None:
    fields = {name: _node(part, preserve=preserve, lax=lax) for name, part in schema.get("properties", {}).items()}
    if schema.get("x-kubernetes-embedded-resource"):
        fields = {"apiVersion": _STRING, "kind": _STRING, _METADATA: {"$ref": f"#/definitions/{_METADATA}"}, **fields}
        if not lax:
            converted["required"] = sorted({*converted.get("required", ()), "apiVersion", "kind"})
    if fields or "properties" in schema:
        converted["properties"] = fields
    others = schema.get("additionalProperties")
    kept = preserve or schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(others, Mapping):
        converted["additionalProperties"] = _node(others, preserve=preserve, lax=lax)
    elif others and not kept:
        # Any value, but of an object there every field is pruned.
        converted["additionalProperties"] = {"properties": {}, "additionalProperties": False}
    elif not kept:
        converted.setdefault("properties", {})
        converted["additionalProperties"] = False


def _values(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Convert what a node says of its values, in the branches of anyOf and the like of its fields' values too."""
    converted = _copied(schema)
    if "pattern" in schema:
        converted["pattern"] = to_ecma(schema["pattern"])
    if isinstance(schema.get("format"), str):
        from gitops_action.validate.formats import enforced  # noqa: PLC0415 - start-up time of built-in kinds

        form = enforced(schema["format"])
        if form:
            converted["format"] = form
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if limit in schema:
            converted[exclusive if schema.get(exclusive) else limit] = schema[limit]
    for branches in _BRANCHES:
        if branches in schema and not _is_int_or_string(schema, branches):
            converted[branches] = [_branch(part) for part in schema[branches]]
    if "not" in schema:
        converted["not"] = _branch(schema["not"])
    return converted


def _copied(schema: Mapping[str, Any]) -> dict[str, Any]:
    copied = {key: schema[key] for key in _COPIED if key in schema}
    if schema.get("enum") == []:
        del copied["enum"]  # which is none for the server
    factor = schema.get("multipleOf")
    if isinstance(factor, float) and not factor.is_integer():
        copied |= _fractional(copied.pop("multipleOf"))
    return copied


def _fractional(factor: float) -> dict[str, Any]:
    """Convert a fraction that values are multiples of: for an integer, the server takes its whole part, and refuses 0.

    MultipleOfNativeType, https://github.com/kubernetes/kube-openapi/blob/master/pkg/validation/validate/values.go
    """
    whole = {"multipleOf": int(factor)} if factor >= 1 else {"not": {"type": "integer"}}
    return {"if": {"type": "integer"}, "then": whole, "else": {"multipleOf": factor}}


def _is_int_or_string(schema: Mapping[str, Any], branches: str) -> bool:
    """Whether these branches only say once more that the value is an integer or a string."""
    if not schema.get("x-kubernetes-int-or-string"):
        return False
    return sorted(str(part) for part in schema[branches]) == ["{'type': 'integer'}", "{'type': 'string'}"]


def _branch(schema: Mapping[str, Any]) -> dict[str, Any]:
    converted = _values(schema)
    types = _types(schema)
    if types:
        converted["type"] = [*types, "null"] if schema.get("nullable") else types
    if "properties" in schema:
        converted["properties"] = {name: _branch(part) for name, part in schema["properties"].items()}
    if "items" in schema:
        converted["items"] = _branch(schema["items"])
    if isinstance(schema.get("additionalProperties"), Mapping):
        converted["additionalProperties"] = _branch(schema["additionalProperties"])
    return converted
