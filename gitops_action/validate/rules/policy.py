"""PodDisruptionBudgets, as pkg/apis/policy/validation/validation.go judges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.alternatives import excess
from gitops_action.validate.rules.forms import PERCENTAGE
from gitops_action.validate.rules.selectors import label_selector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_AMOUNTS: Final = ("minAvailable", "maxUnavailable")
_ALL: Final = 100


def disruption_budget(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidatePodDisruptionBudgetSpec, pkg/apis/policy/validation/validation.go."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    least, most = (spec.get(field) for field in _AMOUNTS)
    if least is not None and most is not None:
        check.forbidden((*at, excess(spec, *_AMOUNTS)), "beside the other of minAvailable and maxUnavailable")
    for field, amount in zip(_AMOUNTS, (least, most), strict=True):
        if isinstance(amount, str):
            if not PERCENTAGE.fits(amount):
                check.invalid("invalid-format", (*at, field), amount, "a number or a percentage such as 25%")
            elif int(amount[:-1]) > _ALL:
                check.invalid("invalid-value", (*at, field), amount, "at most 100%")
        elif amount is not None and amount < 0:
            check.invalid("invalid-value", (*at, field), amount, "at least 0")
    if selector := spec.get("selector"):
        label_selector(check, selector, (*at, "selector"))
    values.not_empty(check, spec.get("unhealthyPodEvictionPolicy"), (*at, "unhealthyPodEvictionPolicy"))
