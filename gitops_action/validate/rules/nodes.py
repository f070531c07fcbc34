"""Nodes, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import path_text
from gitops_action.validate.rules import addresses, forms, values
from gitops_action.validate.rules.quotas import quantity_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_EFFECTS: Final = ("NoExecute", "NoSchedule", "PreferNoSchedule")


def node(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateNode; what is not the node's own but of its status is taken when it is created, too."""
    spec, status = value.get("spec") or {}, value.get("status") or {}
    _taints(check, spec.get("taints") or (), (*at, "spec", "taints"))
    _ranges(check, spec, (*at, "spec"))
    for field in ("capacity", "allocatable"):
        for name, written in (status.get(field) or {}).items():
            quantity_value(check, name, written, (*at, "status", field, name))
    swap = ((status.get("nodeInfo") or {}).get("swap") or {}).get("capacity")
    if swap is not None and swap <= 0:
        check.invalid("invalid-value", (*at, "status", "nodeInfo", "swap", "capacity"), swap, "more than 0")


def _taints(check: Check, taints: Sequence[Mapping[str, Any] | None], at: Pointer) -> None:
    """Follow validateNodeTaints and validateTaintEffect."""
    seen = set()
    for index, taint in enumerate(taints):
        if taint is None:
            continue
        key, effect = taint.get("key"), taint.get("effect")
        values.label_key(check, key, (*at, index, "key"))
        if text := taint.get("value"):
            check.form((*at, index, "value"), text, forms.LABEL_VALUE, "invalid-label")
        values.one_of(check, effect, (*at, index, "effect"), _EFFECTS)
        if (key, effect) in seen and None not in {key, effect}:
            check.duplicate((*at, index, "key"), key)
        seen.add((key, effect))


def _ranges(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow Convert_v1_NodeSpec_To_core_NodeSpec, pkg/apis/core/v1/conversion.go, by which podCIDR counts if it differs."""
    first, ranges = spec.get("podCIDR") or "", spec.get("podCIDRs") or ()
    if first and (not ranges or first != ranges[0]):
        check.form((*at, "podCIDR"), first, forms.cidr(check.minor))
        return
    form = forms.cidr(check.minor)
    good = [check.form((*at, "podCIDRs", index), text or "", form) for index, text in enumerate(ranges)]
    if not all(good):
        return
    families = [addresses.cidr_family(text) for text in ranges]
    again = next((index for index, family in enumerate(families) if family in families[:index]), None)
    if again is not None:
        place = (*at, "podCIDRs", again)
        check.wrong(
            "duplicate-item", place, f"{path_text(place)} is a second range of its family: there may be one of each"
        )
