"""Kinds that keep Pods running: Deployment, ReplicaSet, StatefulSet, DaemonSet and ReplicationController.

Follows https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/apps/validation/validation.go, after the defaults
of pkg/apis/apps/v1/defaults.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import claims, matching, pods, values
from gitops_action.validate.rules.forms import DNS_LABEL, PERCENTAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_DEADLINE: Final = 600
_ALL: Final = 100
_SERVICE_NAMES_SINCE: Final = 33
_STATEFUL_TEMPLATES_SINCE: Final = 34
_STATEFUL_UNAVAILABLE_SINCE: Final = 37
_NUMBERS: Final = ("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")


def deployment(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateDeploymentSpec, pkg/apis/apps/validation/validation.go."""
    spec = value.get("spec")
    if not spec:
        return
    at = (*at, "spec")
    matching.selector(check, value, at)
    _always(check, spec, at)
    if strategy := spec.get("strategy"):
        _deployment_strategy(check, strategy, (*at, "strategy"))
    values.non_negative_fields(check, spec, at, _NUMBERS)
    ready, deadline = spec.get("minReadySeconds") or 0, spec.get("progressDeadlineSeconds")
    if deadline is None:
        if ready >= _DEADLINE:
            place = (*at, "minReadySeconds")
            check.invalid(
                "invalid-value", place, ready, f"less than progressDeadlineSeconds, which is {_DEADLINE} by default"
            )
    elif 0 <= deadline <= ready:
        # The one that is unusual is wrong.
        if ready >= _DEADLINE:
            place = (*at, "minReadySeconds")
            check.invalid("invalid-value", place, ready, f"less than progressDeadlineSeconds, which is {deadline}")
        else:
            place = (*at, "progressDeadlineSeconds")
            check.invalid("invalid-value", place, deadline, f"greater than minReadySeconds, which is {ready}")


def replica_set(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateReplicaSetSpec, pkg/apis/apps/validation/validation.go."""
    spec = value.get("spec")
    if not spec:
        return
    at = (*at, "spec")
    matching.selector(check, value, at)
    if spec.get("template") is not None:
        _always(check, spec, at)
    values.non_negative_fields(check, spec, at, ("replicas", "minReadySeconds"))


def replication_controller(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateReplicationControllerSpec, pkg/apis/core/validation/validation.go."""
    at = (*at, "spec")
    spec = value.get("spec") or {}
    template = spec.get("template")
    if template is None:
        check.required((*at, "template"))
    labels = ((template or {}).get("metadata") or {}).get("labels")
    selected = spec.get("selector")
    if selected and template is not None:
        matching.labels(check, selected, value, (*at, "selector"))
    elif not selected and not labels and template is not None:
        check.required((*at, "template", "metadata", "labels"), "where there is no selector")
    if template is not None:
        _always(check, spec, at)
    values.non_negative_fields(check, spec, at, ("replicas", "minReadySeconds"))


def daemon_set(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateDaemonSetSpec, pkg/apis/apps/validation/validation.go."""
    spec = value.get("spec")
    if not spec:
        return
    at = (*at, "spec")
    matching.selector(check, value, at)
    _always(check, spec, at)
    values.non_negative_fields(check, spec, at, ("minReadySeconds", "revisionHistoryLimit"))
    strategy = spec.get("updateStrategy") or {}
    rolling = strategy.get("rollingUpdate")
    if rolling and strategy.get("type") != "OnDelete":
        _daemon_set_update(check, rolling, (*at, "updateStrategy", "rollingUpdate"))


def stateful_set(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateStatefulSetSpec, pkg/apis/apps/validation/validation.go."""
    spec = value.get("spec")
    if not spec:
        return
    at = (*at, "spec")
    matching.selector(check, value, at)
    _stateful_template(check, spec, at)
    values.non_negative_fields(check, spec, at, ("replicas", "minReadySeconds"))
    values.non_negative(check, (spec.get("ordinals") or {}).get("start"), (*at, "ordinals", "start"))
    if check.minor >= _SERVICE_NAMES_SINCE:
        values.label(check, spec.get("serviceName"), (*at, "serviceName"))
    for field, policy in (spec.get("persistentVolumeClaimRetentionPolicy") or {}).items():
        if policy:
            values.one_of(check, policy, (*at, "persistentVolumeClaimRetentionPolicy", field), ("Delete", "Retain"))
    strategy = spec.get("updateStrategy") or {}
    rolling, place = strategy.get("rollingUpdate"), (*at, "updateStrategy", "rollingUpdate")
    if rolling is not None and strategy.get("type") == "OnDelete":
        check.forbidden(place, "unless type is RollingUpdate")
    elif rolling:
        values.non_negative(check, rolling.get("partition"), (*place, "partition"))
        most = rolling.get("maxUnavailable") if check.minor >= _STATEFUL_UNAVAILABLE_SINCE else None
        if _amount(check, most, (*place, "maxUnavailable"), limited=True) == 0:
            check.invalid("invalid-value", (*place, "maxUnavailable"), most, "more than 0")


def _stateful_template(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidatePodTemplateSpecForStatefulSet; releases before 1.34 look at little of the template."""
    template, templates = spec.get("template") or {}, spec.get("volumeClaimTemplates") or ()
    _restarts_always(check, template.get("spec") or {}, (*at, "template", "spec"))
    if check.minor < _STATEFUL_TEMPLATES_SINCE:
        if meta := template.get("metadata"):
            pods.template_meta(check, template, meta, (*at, "template", "metadata"))
        return
    names = []
    for index, claim in enumerate(templates):
        place, claim = (*at, "volumeClaimTemplates", index), claim or {}  # noqa: PLW2901 - null is an empty one
        name = (claim.get("metadata") or {}).get("name")
        if not name:
            check.required((*place, "metadata", "name"))
        elif not DNS_LABEL.fits(name):
            check.form((*place, "metadata", "name"), name, DNS_LABEL, "invalid-name")
        names.append(name or "")
        claims.claim_spec(check, claim.get("spec") or {}, (*place, "spec"))
    is_empty = "volumeClaimTemplates" in spec and not spec["volumeClaimTemplates"]
    claims_at = (*at, "volumeClaimTemplates") if is_empty else ()
    pods.template(check, template, (*at, "template"), names, claims_at)


def _always(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Check a template of Pods that are always restarted."""
    template = spec.get("template")
    if template is not None:
        pods.template(check, template, (*at, "template"))
        _restarts_always(check, template.get("spec") or {}, (*at, "template", "spec"))


def _restarts_always(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    policy = spec.get("restartPolicy")
    if policy and policy != "Always":
        check.invalid("invalid-enum", (*at, "restartPolicy"), policy, "Always for this kind")
    if spec.get("activeDeadlineSeconds") is not None:
        check.forbidden((*at, "activeDeadlineSeconds"), "for this kind")


def _deployment_strategy(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateDeploymentStrategy and ValidateRollingUpdateDeployment, pkg/apis/apps/validation/validation.go."""
    rolling, place = value.get("rollingUpdate"), (*at, "rollingUpdate")
    if rolling is None:
        return
    if value.get("type") == "Recreate":
        check.forbidden(place, "when type is Recreate")
        return
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    least = _amount(check, unavailable, (*place, "maxUnavailable"), limited=True)
    most = _amount(check, surge, (*place, "maxSurge"))
    if least == 0 and most == 0:
        check.invalid("invalid-value", (*place, "maxUnavailable"), unavailable, "more than 0 when maxSurge is 0")


def _daemon_set_update(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateRollingUpdateDaemonSet, pkg/apis/apps/validation/validation.go."""
    unavailable, surge = value.get("maxUnavailable"), value.get("maxSurge")
    least = _amount(check, 1 if unavailable is None else unavailable, (*at, "maxUnavailable"), limited=True)
    most = _amount(check, 0 if surge is None else surge, (*at, "maxSurge"), limited=True)
    if least == 0 and most == 0:
        check.invalid("invalid-value", (*at, "maxUnavailable"), unavailable, "more than 0 when maxSurge is 0")
    elif least and most:
        why = (
            "when maxUnavailable is not 0"
            if unavailable is not None
            else "unless maxUnavailable is 0; it is 1 by default"
        )
        check.invalid("invalid-value", (*at, "maxSurge"), surge, f"0 {why}")


def _amount(check: Check, value: str | int | None, at: Pointer, *, limited: bool = False) -> int | None:
    """Follow ValidatePositiveIntOrPercent, and IsNotMoreThan100Percent if `limited`; None if it is no good amount."""
    if value is None:
        return None
    if isinstance(value, str):
        if not PERCENTAGE.fits(value):
            check.invalid("invalid-format", at, value, f"a number or {PERCENTAGE.expected}")
            return None
        amount = int(value[:-1]) if len(value) < _ALL else _ALL + 1
        if limited and amount > _ALL:
            check.invalid("invalid-value", at, value, "at most 100%")
        return amount
    values.non_negative(check, value, at)
    return value
