"""HorizontalPodAutoscalers, as pkg/apis/autoscaling/validation/validation.go judges them after defaulting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import quantities, values
from gitops_action.validate.rules.forms import PATH_SEGMENT
from gitops_action.validate.rules.metrics import metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_API_VERSIONS_SINCE: Final = 34
_TOLERANCE_SINCE: Final = 35
_LONGEST_WINDOW: Final = 3600
_LONGEST_PERIOD: Final = 1800
_SELECT_POLICIES: Final = ("Disabled", "Max", "Min")
_POLICY_TYPES: Final = ("Percent", "Pods")


def autoscaler(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateHorizontalPodAutoscalerSpec, pkg/apis/autoscaling/validation/validation.go."""
    spec = value.get("spec") or {}
    at_spec = (*at, "spec")
    _replicas(check, spec, at_spec)
    if target := spec.get("scaleTargetRef"):
        reference(
            check, target, (*at_spec, "scaleTargetRef"), may_be_core=target.get("kind") == "ReplicationController"
        )
    for index, item in enumerate(spec.get("metrics") or ()):
        if item:
            metric(check, item, (*at_spec, "metrics", index), reference)
    for direction, rules in (spec.get("behavior") or {}).items():
        if rules:
            _scaling_rules(check, rules, (*at_spec, "behavior", direction))


def _replicas(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    least, most = spec.get("minReplicas"), spec.get("maxReplicas")
    if least is not None and least < 1:
        check.invalid("invalid-value", (*at, "minReplicas"), least, "at least 1")
    if most is None:
        check.required((*at, "maxReplicas"))
    elif most < 1:
        check.invalid("invalid-value", (*at, "maxReplicas"), most, "at least 1")
    elif least is not None and most < least:
        check.invalid("invalid-value", (*at, "maxReplicas"), most, f"at least minReplicas, which is {least}")
    percentage = spec.get("targetCPUUtilizationPercentage")
    if percentage is not None and percentage < 1:
        check.invalid("invalid-value", (*at, "targetCPUUtilizationPercentage"), percentage, "at least 1")


def reference(check: Check, value: Mapping[str, Any], at: Pointer, *, may_be_core: bool) -> None:
    """Follow ValidateCrossVersionObjectReference, pkg/apis/autoscaling/validation/validation.go."""
    for field in ("kind", "name"):
        text = value.get(field)
        if not (text and PATH_SEGMENT.fits(text)):
            values.named(check, text, (*at, field), PATH_SEGMENT)
    if check.minor < _API_VERSIONS_SINCE:
        return
    version = value.get("apiVersion") or ""
    at_version = (*at, "apiVersion")
    if version.count("/") > 1:
        check.invalid("invalid-format", at_version, version, "GROUP/VERSION")
    elif not may_be_core and not (version.partition("/")[0] if "/" in version else ""):
        if version:
            check.invalid("invalid-format", at_version, version, "GROUP/VERSION such as apps/v1")
        else:
            check.required(at_version, "to tell the group")


def _scaling_rules(check: Check, rules: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateScalingRules and validateScalingPolicy, pkg/apis/autoscaling/validation/validation.go."""
    window = rules.get("stabilizationWindowSeconds")
    if window is not None:
        values.within(check, window, (*at, "stabilizationWindowSeconds"), 0, _LONGEST_WINDOW)
    if (choice := rules.get("selectPolicy")) is not None:
        values.one_of(check, choice, (*at, "selectPolicy"), _SELECT_POLICIES)
    policies = rules.get("policies")
    if policies == []:
        values.wrong(check, (*at, "policies"), "must have at least one policy", "required-field")
    for index, policy in enumerate(policies or ()):
        if not policy:
            continue
        values.one_of(check, policy.get("type"), (*at, "policies", index, "type"), _POLICY_TYPES)
        amount = policy.get("value")
        if amount is not None and amount < 1:
            check.invalid("invalid-value", (*at, "policies", index, "value"), amount, "at least 1")
        seconds = policy.get("periodSeconds")
        values.within(check, seconds, (*at, "policies", index, "periodSeconds"), 1, _LONGEST_PERIOD)
    if check.minor >= _TOLERANCE_SINCE:
        tolerance = rules.get("tolerance")
        if tolerance is not None and (quantities.parse(tolerance) or 0) < 0:
            check.invalid("invalid-value", (*at, "tolerance"), tolerance, "at least 0")
