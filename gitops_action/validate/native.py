"""Turns the OpenAPI definitions of built-in kinds into JSON schemas (draft 7) that judge as the API server does.

The server reads an object into Go structs, strictly, and then validates it:

- a field that the struct has not is an error;
- null is the same as absent, so an optional field may be null and a required one may not;
- integers have a width, quantities a grammar, bytes are base64;
- an optional enumerated string may be "", which is the same as absent and gets its default;
- a status (of the object, or of one embedded in it) is read with the same structs, but not validated: it is reset
  when an object is created.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

Definitions = Callable[[str], Mapping[str, Any]]

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
# resource.ParseQuantity, https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go
_SUFFIX: Final = r"(?:[eE][+-]?[0-9]+|[KMGTPE]i|[numkMGTPE])"
# It takes a suffix without a number, and a sign or a point alone.
QUANTITY: Final = rf"^\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?{_SUFFIX}?|\.[0-9]*{_SUFFIX}?|{_SUFFIX})\s*$|^\s*[+-]\s*$"
# encoding/base64's StdEncoding, which passes over line ends.
BASE64: Final = (
    r"^[\r\n]*(?:(?:[A-Za-z0-9+/][\r\n]*){4})*"
    r"(?:(?:[A-Za-z0-9+/][\r\n]*){2}(?:=[\r\n]*){2}|(?:[A-Za-z0-9+/][\r\n]*){3}=[\r\n]*)?$"
)
# metav1.Time and MicroTime are read with Go's time.Parse, which takes a comma for the point, an hour of one digit, zones
# of up to 24:60, and no small letters.
_DAY: Final = (
    "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)"
)
_MINUTE: Final = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"
_ZONE: Final = "(?:Z|[+-](?:[01][0-9]|2[0-4]):(?:[0-5][0-9]|60))"
TIME: Final = rf"^{_DAY}T{_MINUTE}:[0-5][0-9](?:[.,][0-9]+)?{_ZONE}$"
MICRO_TIME: Final = rf"^{_DAY}T{_MINUTE}:[0-5][0-9][.,][0-9]{{6}}{_ZONE}$"
_TIMES: Final = {"date-time": TIME, "micro-time": MICRO_TIME}
_WIDTHS: Final = {"int32": 2**31, "int64": 2**63}
_LAX: Final = "-lax"
# Parts that the server does not look into (validateMetricIdentifier of pkg/apis/autoscaling/validation/validation.go), in
# which operators may be any (validateResourceAttributes of that of authorization), or that it may drop (DropDisabledFields
# of pkg/api/persistentvolumeclaim/util.go): what they need is for the rules.
_LOOSE: Final = {
    "MetricIdentifier": ("selector",),
    "LabelSelectorAttributes": ("requirements",),
    "FieldSelectorAttributes": ("requirements",),
    "PersistentVolumeClaimSpec": ("dataSource", "dataSourceRef"),
}


def root_schema(name: str, definitions: Definitions) -> dict[str, Any]:
    """Return the self-contained schema of a kind, `name` being its definition.

    What several kinds refer to is converted once and shared between their schemas: nobody may change it.
    """
    converter = _converter(definitions)
    root, needed = converter.part(name, nullable=False)
    root["required"] = sorted({*root.get("required", ()), "apiVersion", "kind"})
    return {"$schema": DIALECT, **root, "definitions": converter.closure(needed)}


def part_schema(name: str, definitions: Definitions) -> dict[str, Any]:
    """Return the self-contained schema of a definition that is no kind of its own; shared as in `root_schema`."""
    converter = _converter(definitions)
    part, needed = converter.part(name, nullable=True)
    return {"$schema": DIALECT, **part, "definitions": converter.closure(needed)}


@cache
def _converter(definitions: Definitions) -> _Converter:
    return _Converter(definitions)


class _Converter:
    """Converts definitions, each once, and notes which others they refer to."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._known: dict[str, tuple[dict[str, Any], frozenset[str]]] = {}
        self._needed: set[str] = set()

    def part(self, name: str, *, nullable: bool, lax: bool = False) -> tuple[dict[str, Any], frozenset[str]]:
        """Convert a definition; also return the names that it refers to."""
        self._needed = set()
        converted = self.object(self._definitions(name), nullable=nullable, lax=lax)
        properties = self._definitions(name).get("properties", {})
        for field in _LOOSE.get(name.rpartition(".")[2], ()):
            if field in properties:
                converted["properties"][field] = self.value(properties[field], nullable=True, lax=True)
        return converted, frozenset(self._needed)

    def closure(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Convert what is referred to by these names, and by those in turn; returned by name."""
        found: dict[str, dict[str, Any]] = {}
        pending = sorted(names)
        while pending:
            name = pending.pop()
            if name in found:
                continue
            if name not in self._known:
                self._known[name] = self.part(name.removesuffix(_LAX), nullable=True, lax=name.endswith(_LAX))
            found[name], needed = self._known[name]
            pending += needed - found.keys()
        return found

    def value(self, schema: Mapping[str, Any], *, nullable: bool, lax: bool) -> dict[str, Any]:
        """Convert the schema of a field, an item or a map's value."""
        name = schema.get("$ref")
        if isinstance(name, str):
            target = self._definitions(name)
            lax = lax or name.endswith("Status")
            if name.endswith(".resource.Quantity"):
                return _quantity(nullable=nullable, lax=lax)
            if "properties" in target:
                return self._reference(name, nullable=nullable, lax=lax)
            schema = {**target, "format": "micro-time"} if name.endswith(".MicroTime") else target
        if schema.get("format") == "int-or-string":
            return {"type": _types(["integer", "string"], nullable=nullable), **width("int32")}
        kind = schema.get("type")
        if kind == "object":
            return self.object(schema, nullable=nullable, lax=lax)
        if kind == "array":
            items = schema.get("items", {})
            converted = self.value(items, nullable=lax or not self._needs_fields(items), lax=lax)
            return {"type": _types(["array"], nullable=nullable), "items": converted}
        return {} if kind is None else _scalar(schema, nullable=nullable, lax=lax)

    def object(self, schema: Mapping[str, Any], *, nullable: bool, lax: bool) -> dict[str, Any]:
        """Convert the schema of a struct, a map or a free-form object."""
        converted: dict[str, Any] = {"type": _types(["object"], nullable=nullable)}
        required = () if lax else schema.get("required", ())
        if "properties" in schema:
            converted["properties"] = {
                name: self.value(part, nullable=name not in required, lax=lax)
                for name, part in schema["properties"].items()
            }
            converted["additionalProperties"] = False
        elif "additionalProperties" in schema:
            values = schema["additionalProperties"]
            converted["additionalProperties"] = self.value(
                values, nullable=lax or not self._needs_fields(values), lax=lax
            )
        if required:
            converted["required"] = list(required)
        return converted

    def _reference(self, name: str, *, nullable: bool, lax: bool) -> dict[str, Any]:
        name += _LAX if lax else ""
        self._needed.add(name)
        reference = {"$ref": f"#/definitions/{name}"}
        # Draft 7 ignores whatever stands beside a reference.
        return reference if nullable else {"type": "object", "allOf": [reference]}

    def _needs_fields(self, schema: Mapping[str, Any]) -> bool:
        """Whether null, which is the empty struct, lacks a required field."""
        name = schema.get("$ref")
        return isinstance(name, str) and bool(self._definitions(name).get("required"))


def _scalar(schema: Mapping[str, Any], *, nullable: bool, lax: bool) -> dict[str, Any]:
    converted: dict[str, Any] = {"type": _types([schema["type"]], nullable=nullable)}
    form = schema.get("format")
    if form in _WIDTHS:
        converted.update(width(form))
    elif form == "byte":
        # Go's encoding/json reads bytes from a list of numbers too.
        octet = {"type": ["integer", "null"], "minimum": 0, "maximum": 255}
        converted |= {"type": _types(["string", "array"], nullable=nullable), "pattern": BASE64, "items": octet}
    elif form in _TIMES:
        converted["pattern"] = _TIMES[form]
    if "enum" in schema and not lax:
        unset = ["", None] if nullable else []
        converted["enum"] = [*schema["enum"], *(value for value in unset if value not in schema["enum"])]
    return converted


def _quantity(*, nullable: bool, lax: bool) -> dict[str, Any]:
    del lax  # reading one is what fails
    return {"type": _types(["string", "number"], nullable=nullable), "pattern": QUANTITY}


def width(form: str) -> dict[str, int]:
    """Return the limits of an integer of this format, if it is one."""
    limit = _WIDTHS.get(form)
    return {} if limit is None else {"minimum": -limit, "maximum": limit - 1}


def _types(types: list[str], *, nullable: bool) -> str | list[str]:
    types = [*types, "null"] if nullable else types
    return types if len(types) > 1 else types[0]
