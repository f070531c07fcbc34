"""Makes a schema that somebody else wrote fit for strict judging: JSON schema of any draft from 4 on, from a catalog.

Nothing is fetched while it judges and nothing recurs: what a `$ref` leads to is put in its place, within a budget.
As in the scripts that such catalogs are made with, an object that names its fields has no others; see
https://github.com/yannh/kubeconform/blob/master/scripts/openapi2jsonschema.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final
from urllib.parse import unquote, urldefrag

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.validate.compiling import DRAFT_2020, SchemaError
from gitops_action.validate.native import DIALECT
from gitops_action.validate.regexes import to_ecma
from gitops_action.validate.structural import RULES

Follow = Callable[[str, str], tuple[str, Any]]
"""Reads the document that a reference leads to: (address of the referring one, reference) → (address, document).

Raises SchemaError where it leads nowhere, or where it may not lead.
"""

_OLD: Final = regex(r"https?://json-schema\.org/draft-0[467]/(?:hyper-)?schema#?")
_NEW: Final = regex(r"https?://json-schema\.org/(?:draft/(?:2019-09|2020-12)/)?schema#?")
_MAX_NODES: Final = 100_000
_MAX_DEPTH: Final = 150

_MAPS: Final = ("properties", "patternProperties", "dependentSchemas")
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLES: Final = (
    "additionalProperties", "additionalItems", "items", "not", "if", "then", "else", "contains", "propertyNames",
    "unevaluatedProperties", "unevaluatedItems",
)  # fmt: skip
_COPIED: Final = (
    "type", "enum", "const", "required", "multipleOf", "minimum", "maximum", "minLength", "maxLength", "minItems",
    "maxItems", "uniqueItems", "minProperties", "maxProperties", "dependentRequired", "minContains", "maxContains",
    "default", "nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string",
)  # fmt: skip
_CONDITIONS: Final = frozenset({"not", "if", "then", "else", "contains"})
# Formats that every checker understands alike; the API server passes over those that it does not know.
_FORMATS: Final = frozenset({"date", "date-time", "ipv4", "ipv6"})
_UNSUPPORTED: Final = frozenset({"$dynamicRef", "$recursiveRef"})
_SAYS_SOMETHING: Final = frozenset({*_MAPS, *_LISTS, *_SINGLES, *_COPIED, "$ref"}) - {"default", "nullable"}
_PRESERVED: Final = "x-kubernetes-preserve-unknown-fields"
_OF_EVERY_OBJECT: Final = ("apiVersion", "kind", "metadata")


@dataclass(frozen=True, slots=True)
class Foreign:
    """A schema without references, and what in it is not checked."""

    schema: dict[str, Any]
    unchecked: tuple[str, ...] = ()


def normalised(document: Any, address: str, follow: Follow) -> Foreign:
    """Return the strict schema that the document at `address` stands for.

    Raises SchemaError for what is no schema, or not one that can be followed to its end.
    """
    if not isinstance(document, Mapping) or _SAYS_SOMETHING.isdisjoint(document):
        raise SchemaError("it is no JSON schema: none of its keywords is in it")
    dialect = _dialect(document.get("$schema"))
    reader = _Reader(follow, modern=dialect == DRAFT_2020)
    try:
        schema = reader.node(document, _Base(address, document), (f"{address}#",), closed=True)
    except RecursionError:
        raise SchemaError("it is nested too deeply") from None
    if isinstance(schema.get("properties"), dict):
        for name in _OF_EVERY_OBJECT:
            schema["properties"].setdefault(name, {})
    return Foreign({"$schema": dialect, **schema}, tuple(dict.fromkeys(reader.unchecked)))


def _dialect(written: Any) -> str:
    if written is None or (isinstance(written, str) and _OLD.fullmatch(written)):
        return DIALECT
    if isinstance(written, str) and _NEW.fullmatch(written):
        return DRAFT_2020
    raise SchemaError(f"its $schema is {str(written)[:100]!r}, which is not known")


@dataclass(frozen=True, slots=True)
class _Base:
    """The document that a node is in."""

    address: str
    document: Any

    def is_self(self, reference: str) -> bool:
        """Whether the part of a reference before its `#` means this document."""
        identity = self.document.get("$id", self.document.get("id")) if isinstance(self.document, Mapping) else None
        return reference in {"", self.address} or (isinstance(identity, str) and reference == urldefrag(identity)[0])


@dataclass(slots=True)
class _Reader:
    follow: Follow
    modern: bool
    unchecked: list[str] = field(default_factory=list)
    nodes: int = 0

    def node(self, schema: Any, base: _Base, above: tuple[str, ...], *, closed: bool, depth: int = 0) -> dict[str, Any]:
        """Convert one schema. `above` are the references that it was reached through; a `closed` object has no other fields."""
        self.nodes += 1
        if self.nodes > _MAX_NODES or depth > _MAX_DEPTH:
            raise SchemaError("it is too large, or nested too deeply, once its references are followed")
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        if not isinstance(schema, Mapping):
            raise SchemaError("a part of it is no schema")
        if not _UNSUPPORTED.isdisjoint(schema):
            raise SchemaError("it has a dynamic reference, which is not understood")
        if schema.get(RULES):
            self.unchecked.append(f"its rules ({RULES})")
        if isinstance(schema.get("$ref"), str):
            return self._reference(schema, base, above, closed=closed, depth=depth)
        return self._own(schema, base, above, closed=closed, depth=depth)

    def _reference(
        self, schema: Mapping[str, Any], base: _Base, above: tuple[str, ...], *, closed: bool, depth: int
    ) -> dict[str, Any]:
        document, _, fragment = schema["$ref"].partition("#")
        if not base.is_self(document):
            base = _Base(*self.follow(base.address, document))
        name = f"{base.address}#{fragment}"
        if name in above:
            self.unchecked.append(f"what {fragment or 'the schema'} says of itself, below the first level")
            return {}
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        alone = not self.modern or _SAYS_SOMETHING.isdisjoint(beside)
        target = _find(base.document, fragment)
        found = self.node(target, base, (*above, name), closed=closed and alone, depth=depth + 1)
        # Before 2019-09, whatever stands beside a reference is passed over.
        return found if alone else {"allOf": [found, self._own(beside, base, above, closed=False, depth=depth + 1)]}

    def _own(
        self, schema: Mapping[str, Any], base: _Base, above: tuple[str, ...], *, closed: bool, depth: int
    ) -> dict[str, Any]:
        def convert(part: Any, *, branch: bool = False) -> dict[str, Any]:
            return self.node(part, base, above, closed=closed and not branch, depth=depth + 1)

        converted = {key: schema[key] for key in _COPIED if key in schema}
        for key in _MAPS:
            if key in schema:
                converted[key] = {name: convert(part) for name, part in _mapping(schema[key]).items()}
        for key in _LISTS:
            if key in schema:
                parts = _list(schema[key])
                # `allOf` of one is how a reference is given a description.
                alone = key == "allOf" and len(parts) == 1 and "properties" not in schema
                converted[key] = [convert(part, branch=key != "prefixItems" and not alone) for part in parts]
        for key in _SINGLES:
            if isinstance(schema.get(key), Mapping):
                converted[key] = convert(schema[key], branch=key in _CONDITIONS)
            elif key in schema:
                self._add_other(key, schema[key], convert, converted)
        _add_limits(schema, converted)
        _add_texts(schema, converted)
        _add_null(schema, converted)
        if closed and _is_complete(converted):
            converted["additionalProperties"] = False
        return converted

    def _add_other(
        self, key: str, value: Any, convert: Callable[[Any], dict[str, Any]], converted: dict[str, Any]
    ) -> None:
        """Add a keyword that is no mapping: true, false, or the list of items of old."""
        if key == "items" and isinstance(value, list):
            converted["prefixItems" if self.modern else key] = [convert(part) for part in value]
        elif key == "additionalProperties" and isinstance(value, bool):
            converted[key] = value
        else:
            converted[key] = convert(value)


def _is_complete(converted: Mapping[str, Any]) -> bool:
    """Whether an object's fields are all those that it names: nothing is said of others, here or in a branch."""
    if "properties" not in converted or converted.get(_PRESERVED):
        return False
    if not {"additionalProperties", "patternProperties", "unevaluatedProperties"}.isdisjoint(converted):
        return False
    named = converted["properties"].keys()
    branches = [part for key in ("allOf", "anyOf", "oneOf") for part in converted.get(key, ())]
    branches += [converted[key] for key in ("if", "then", "else") if key in converted]
    return all(_names(branch) <= named for branch in branches)


def _names(schema: Mapping[str, Any]) -> set[str]:
    names = set(schema.get("properties", ()))
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            names |= _names(part)
    return names


def _add_limits(schema: Mapping[str, Any], converted: dict[str, Any]) -> None:
    """Take over exclusive limits: a number of their own, or in draft 4 a mark beside the limit."""
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        value = schema.get(exclusive)
        if value is True and limit in converted:
            converted[exclusive] = converted.pop(limit)
        elif value is not None and not isinstance(value, bool):
            converted[exclusive] = value


def _add_texts(schema: Mapping[str, Any], converted: dict[str, Any]) -> None:
    if isinstance(schema.get("pattern"), str):
        converted["pattern"] = to_ecma(schema["pattern"])
    if schema.get("format") in _FORMATS:
        converted["format"] = schema["format"]
    if schema.get("format") == "int-or-string":
        converted["type"] = ["integer", "string"]


def _add_null(schema: Mapping[str, Any], converted: dict[str, Any]) -> None:
    """Say in both ways, JSON schema's and OpenAPI's, whether null is a value; where it is not, it is absence."""
    types = converted.get("type")
    listed = [types] if isinstance(types, str) else types if isinstance(types, list) else []
    enum = converted.get("enum")
    may_be = "null" in listed or (isinstance(enum, list) and None in enum) or schema.get("nullable") is True
    if not may_be:
        converted.pop("nullable", None)
        return
    converted["nullable"] = True
    if listed and "null" not in listed:
        converted["type"] = [*listed, "null"]
    if isinstance(enum, list) and None not in enum:
        converted["enum"] = [*enum, None]


def _find(document: Any, fragment: str) -> Any:
    """Follow a JSON pointer (RFC 6901)."""
    if fragment and not fragment.startswith("/"):
        raise SchemaError(f"its reference #{fragment[:100]} is no JSON pointer")
    found = document
    for part in unquote(fragment).split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step[:9]) < len(found):
            found = found[int(step[:9])]
        else:
            raise SchemaError(f"its reference #{fragment[:100]} leads nowhere")
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SchemaError("a part of it is no mapping of schemas")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise SchemaError("a part of it is no list of schemas")
    return value
