"""Where and when Pods may run: node labels, tolerations, spread and gates, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import affinities, selectors, values
from gitops_action.validate.rules.forms import LABEL_VALUE, QUALIFIED_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

_SPREAD_KEYS_MERGED_SINCE: Final = 34


def node_selector(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateLabels, apimachinery pkg/apis/meta/v1/validation/validation.go."""
    selectors.labels(check, value, at)


def tolerations(check: Check, _: PodContext, value: list[Any], at: Pointer) -> None:
    """Follow ValidateTolerations, pkg/apis/core/validation/validation.go."""
    for index, item in enumerate(value):
        toleration(check, item or {}, (*at, index))


def toleration(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateTolerations for one of them."""
    key, operator, text = value.get("key"), value.get("operator") or "Equal", value.get("value") or ""
    if key:
        values.label_key(check, key, (*at, "key"))
    elif operator != "Exists":
        # The operator is the one that is wrong if nothing else says what is tolerated.
        if value.get("operator") and not text and "key" not in value:
            check.invalid("invalid-value", (*at, "operator"), operator, "Exists where there is no key")
        else:
            check.required((*at, "key"), "unless operator is Exists")
    if value.get("tolerationSeconds") is not None and value.get("effect") != "NoExecute":
        check.invalid(
            "invalid-value", (*at, "effect"), value.get("effect") or "", "NoExecute where tolerationSeconds is set"
        )
    if operator == "Equal":
        if text and not LABEL_VALUE.fits(text):
            check.form((*at, "value"), text, LABEL_VALUE, "invalid-label")
    elif operator == "Exists":
        if text:
            check.invalid("invalid-value", (*at, "operator"), operator, "Equal where there is a value")
    else:
        # TaintTolerationComparisonOperators is off by default up to 1.37.
        check.invalid("invalid-enum", (*at, "operator"), operator, "Equal or Exists")


def topology_spread_constraints(check: Check, context: PodContext, value: list[Any], at: Pointer) -> None:
    """Follow validateTopologySpreadConstraints, pkg/apis/core/validation/validation.go."""
    seen = set()
    for index, item in enumerate(value):
        if item is None:
            continue
        at_item = (*at, index)
        skew, domains, action = item.get("maxSkew"), item.get("minDomains"), item.get("whenUnsatisfiable")
        if skew is not None and skew < 1:
            check.invalid("invalid-value", (*at_item, "maxSkew"), skew, "at least 1")
        if not item.get("topologyKey"):
            check.required((*at_item, "topologyKey"))
        if (pair := (item.get("topologyKey"), action)) in seen and pair[0]:
            check.duplicate((*at_item, "topologyKey"), pair[0])
        seen.add(pair)
        if domains is not None:
            _min_domains(check, domains, action, (*at_item, "minDomains"))
        for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            values.not_empty(check, item.get(field), (*at_item, field))
        if check.minor >= _SPREAD_KEYS_MERGED_SINCE:
            affinities.label_keys(check, context, item, at_item)
        else:
            _spread_keys(check, item, at_item)
        if selector := item.get("labelSelector"):
            selectors.label_selector(check, selector, (*at_item, "labelSelector"))


def _min_domains(check: Check, value: int, action: str | None, at: Pointer) -> None:
    """Follow validateMinDomains, pkg/apis/core/validation/validation.go."""
    if value < 1:
        check.invalid("invalid-value", at, value, "at least 1")
    if action == "ScheduleAnyway":
        check.forbidden(at, "unless whenUnsatisfiable is DoNotSchedule")


def _spread_keys(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateMatchLabelKeysInTopologySpread, pkg/apis/core/validation/validation.go of 1.33."""
    keys = value.get("matchLabelKeys") or ()
    selector = value.get("labelSelector")
    if keys and selector is None:
        check.forbidden((*at, "matchLabelKeys"), "without labelSelector")
    selected = {*((selector or {}).get("matchLabels") or ())}
    selected.update((item or {}).get("key") for item in (selector or {}).get("matchExpressions") or ())
    for index, key in enumerate(keys):
        place = (*at, "matchLabelKeys", index)
        values.label_key(check, key or "", place)
        if key in selected:
            affinities.repeated(check, place, "labelSelector")


def readiness_gates(check: Check, _: PodContext, value: list[Any], at: Pointer) -> None:
    """Follow validateReadinessGates, pkg/apis/core/validation/validation.go."""
    for index, item in enumerate(value):
        values.named(check, (item or {}).get("conditionType"), (*at, index, "conditionType"), QUALIFIED_NAME)


def scheduling_gates(check: Check, _: PodContext, value: list[Any], at: Pointer) -> None:
    """Follow validateSchedulingGates, pkg/apis/core/validation/validation.go."""
    seen = set()
    for index, item in enumerate(value):
        name = (item or {}).get("name")
        values.named(check, name, (*at, index, "name"), QUALIFIED_NAME)
        if name in seen:
            check.duplicate((*at, index, "name"), name)
        seen.add(name)
