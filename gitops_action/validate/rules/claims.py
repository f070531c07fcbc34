"""Specs of PersistentVolumeClaims, of their own and in templates, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import path_text, quoted
from gitops_action.validate.rules import quantities, selectors, values
from gitops_action.validate.rules.forms import DNS_SUBDOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_SINGLE: Final = "ReadWriteOncePod"
_CLASSES_SINCE: Final = 34


def claim_spec(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidatePersistentVolumeClaimSpec, pkg/apis/core/validation/validation.go."""
    modes = spec.get("accessModes")
    if not modes:
        check.required((*at, "accessModes"), "and not empty")
    elif _SINGLE in modes and any(mode not in {_SINGLE, None} for mode in modes):
        check.forbidden((*at, "accessModes", modes.index(_SINGLE)), "together with other access modes")
    for index, mode in enumerate(modes or ()):
        if not mode:
            check.required((*at, "accessModes", index))
    values.not_empty(check, spec.get("volumeMode"), (*at, "volumeMode"))
    if selector := spec.get("selector"):
        selectors.label_selector(check, selector, (*at, "selector"))
    _storage(check, spec, at)
    if name := spec.get("storageClassName"):
        check.form((*at, "storageClassName"), name, DNS_SUBDOMAIN, "invalid-name")
    if (name := spec.get("volumeAttributesClassName")) and check.minor >= _CLASSES_SINCE:
        check.form((*at, "volumeAttributesClassName"), name, DNS_SUBDOMAIN, "invalid-name")
    if "dataSource" in spec or "dataSourceRef" in spec:
        _sources(check, spec, at)


def _storage(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    requests = (spec.get("resources") or {}).get("requests") or {}
    storage, place = requests.get("storage"), (*at, "resources", "requests", "storage")
    if storage is None:
        others = [name for name in requests if name != "storage"]
        if len(others) == 1:
            # It stands for what was meant, as a claim asks for nothing else.
            what = f"{path_text(place)} is required, and {quoted(others[0])} is no size of a volume"
            check.wrong("required-field", (*place[:-1], others[0]), what, key=True)
        else:
            check.required(place)
        return
    amount = quantities.parse(storage)
    if amount is not None and amount <= 0:
        check.invalid("invalid-value", place, storage, "greater than 0")


def _sources(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateDataSource and validateDataSourceRef, pkg/apis/core/validation/validation.go."""
    for field in ("dataSource", "dataSourceRef"):
        source = spec.get(field)
        if source is None:
            continue
        place = (*at, field)
        kind, group = source.get("kind"), source.get("apiGroup") or ""
        for part in ("name", "kind"):
            if not source.get(part):
                check.required((*place, part))
        if not group and kind and kind != "PersistentVolumeClaim":
            check.invalid("invalid-value", (*place, "kind"), kind, "PersistentVolumeClaim where there is no apiGroup")
        values.subdomain(check, group, (*place, "apiGroup"))
        values.label(check, source.get("namespace"), (*place, "namespace"))
    one, other = spec.get("dataSource"), spec.get("dataSourceRef")
    if one is None or other is None:
        return
    if other.get("namespace"):
        check.forbidden((*at, "dataSource"), "together with a namespace in dataSourceRef")
    elif any(one.get(part) != other.get(part) for part in ("apiGroup", "kind", "name")):
        values.wrong(check, (*at, "dataSource"), "must be the same as dataSourceRef")
