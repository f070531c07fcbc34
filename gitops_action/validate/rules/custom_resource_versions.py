"""What a version of a CustomResourceDefinition has beside its schema: subresources, columns, selectable fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.field_paths import field_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_COLUMN_TYPES: Final = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS: Final = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
_SELECTABLE: Final = ("boolean", "integer", "string")
_MOST_SELECTABLE: Final = 8
_LONGEST_WARNING: Final = 256


def version_fields(check: Check, version: Mapping[str, Any], schema: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateCustomResourceDefinitionVersion, but for the schema."""
    if (warning := version.get("deprecationWarning")) is not None:
        _warning(check, warning, (*at, "deprecationWarning"), deprecated=version.get("deprecated") is True)
    if scale := (version.get("subresources") or {}).get("scale"):
        _scale(check, scale, (*at, "subresources", "scale"))
    for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
        _column(check, column or {}, (*at, "additionalPrinterColumns", index))
    if fields := version.get("selectableFields"):
        _selectable(check, fields, schema, (*at, "selectableFields"))


def _warning(check: Check, warning: str, at: Pointer, *, deprecated: bool) -> None:
    """Follow validateDeprecationWarning."""
    if not deprecated:
        check.forbidden(at, "unless deprecated is true")
    elif not warning:
        values.wrong(check, at, "may not be empty")
    elif len(warning.encode(errors="replace")) > _LONGEST_WARNING:
        values.wrong(check, at, f"may have {_LONGEST_WARNING} bytes at most", "limit-exceeded")
    # Go and Python know different releases of Unicode, so only what is certain.
    elif any(character < " " or "\x7f" <= character < "\xa0" for character in warning):
        values.wrong(check, at, "must have printable characters only")


def _scale(check: Check, scale: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateCustomResourceDefinitionSubresources."""
    for field, roots in (
        ("specReplicasPath", (".spec.",)),
        ("statusReplicasPath", (".status.",)),
        ("labelSelectorPath", (".spec.", ".status.")),
    ):
        path = scale.get(field)
        if path == "" and field != "labelSelectorPath":
            check.required((*at, field))
        elif path and not path.startswith(roots):
            under = " or ".join(root[:-1] for root in roots)
            check.invalid("invalid-format", (*at, field), path, f"a path under {under}, such as {roots[0]}replicas")


def _column(check: Check, column: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateCustomResourceColumnDefinition."""
    for field in ("name", "jsonPath"):
        if column.get(field) == "":
            check.required((*at, field))
    values.one_of(check, column.get("type"), (*at, "type"), _COLUMN_TYPES)
    values.one_of(check, column.get("format") or None, (*at, "format"), _COLUMN_FORMATS)
    path = column.get("jsonPath")
    if path and not path.startswith("."):
        check.invalid("invalid-format", (*at, "jsonPath"), path, "a simple JSON path, which begins with `.`")


def _selectable(
    check: Check, fields: Sequence[Mapping[str, Any] | None], schema: Mapping[str, Any], at: Pointer
) -> None:
    """Follow ValidateCustomResourceSelectableFields."""
    seen: set[tuple[str, ...]] = set()
    for index, field in enumerate(fields):
        path, place = (field or {}).get("jsonPath"), (*at, index, "jsonPath")
        if not path:
            if path is not None:
                check.required(place)
            continue
        found = field_path(path, schema, brackets=False)
        if found is None:
            check.invalid("invalid-reference", place, path, "the path of a field in the schema, such as .spec.type")
            continue
        if found.parts[:1] == ("metadata",):
            values.wrong(check, place, "may not be a field of metadata")
        elif found.schema is not None and found.schema.get("type") not in _SELECTABLE:
            check.invalid("invalid-value", place, path, f"the path of a field of type {', '.join(_SELECTABLE)}")
        if found.parts in seen:
            check.duplicate(place, path)
        seen.add(found.parts)
    if len(seen) > _MOST_SELECTABLE:
        values.wrong(check, at, f"may have {_MOST_SELECTABLE} fields at most", "limit-exceeded")
