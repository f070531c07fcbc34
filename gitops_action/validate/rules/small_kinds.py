"""Kinds with a rule or two: Namespace, Lease, PriorityClass, RuntimeClass, Event, ControllerRevision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.problems import path_text
from gitops_action.validate.rules import forms, scheduling, selectors, values
from gitops_action.validate.rules.metadata import check_finalizers
from gitops_action.validate.rules.resource_amounts import amounts, container_resource_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_POD_SECURITY: Final = "pod-security.kubernetes.io/"
_MODES: Final = frozenset({"enforce", "audit", "warn"})
_LEVELS: Final = ("privileged", "baseline", "restricted")
_VERSION: Final = regex(r"v1\.(?:0|[1-9][0-9]*)")
_RELEASE: Final = forms.Form("latest or a release such as v1.36", lambda text: _VERSION.fullmatch(text) is not None)
_SYSTEM: Final = "system-"
_HIGHEST: Final = 1_000_000_000
_SYSTEM_CLASSES: Final = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
_EVENT_LIMITS: Final = {"reportingInstance": 128, "action": 128, "reason": 128, "message": 1024, "note": 1024}


def namespace(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateNamespace, pkg/apis/core/validation/validation.go."""
    finalizers = (value.get("spec") or {}).get("finalizers") or ()
    check_finalizers(check, finalizers, (*at, "spec", "finalizers"), strict=True, several=True)
    for key, text in ((value.get("metadata") or {}).get("labels") or {}).items():
        if key.startswith(_POD_SECURITY):
            _pod_security(check, key.removeprefix(_POD_SECURITY), text or "", (*at, "metadata", "labels", key))


def _pod_security(check: Check, name: str, text: str, at: Pointer) -> None:
    """Follow PolicyToEvaluate, pod-security-admission api/helpers.go, which the server asks when it creates a Namespace."""
    if not forms.LABEL_VALUE.fits(text):
        return  # which has been said
    if name in _MODES and text not in _LEVELS:
        check.invalid("invalid-enum", at, text, f"one of {', '.join(_LEVELS)}")
    elif name.endswith("-version") and name.removesuffix("-version") in _MODES and text != "latest":
        check.form(at, text, _RELEASE)


def lease(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateLeaseSpec, pkg/apis/coordination/validation/validation.go."""
    spec = value.get("spec") or {}
    duration = spec.get("leaseDurationSeconds")
    if duration is not None and duration <= 0:
        check.invalid("invalid-value", (*at, "spec", "leaseDurationSeconds"), duration, "at least 1")
    values.non_negative(check, spec.get("leaseTransitions"), (*at, "spec", "leaseTransitions"))


def controller_revision(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateControllerRevisionCreate, pkg/apis/apps/validation/validation.go."""
    values.non_negative(check, value.get("revision"), (*at, "revision"))
    if value.get("data") is None:
        check.required((*at, "data"))


def priority_class(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidatePriorityClass, pkg/apis/scheduling/validation/validation.go."""
    name, priority = (value.get("metadata") or {}).get("name") or "", value.get("value")
    place = (*at, "metadata", "name")
    if not name.startswith(_SYSTEM):
        if priority is not None and priority > _HIGHEST:
            check.invalid("invalid-value", (*at, "value"), priority, f"at most {_HIGHEST}")
    elif name not in _SYSTEM_CLASSES:
        check.wrong(
            "invalid-name", place, f"{path_text(place)} may not begin with {_SYSTEM}: such names are Kubernetes' own"
        )
    elif priority is not None and priority != _SYSTEM_CLASSES[name]:
        check.invalid("invalid-value", (*at, "value"), priority, f"{_SYSTEM_CLASSES[name]} for {name}")
    elif value.get("globalDefault"):
        check.forbidden((*at, "globalDefault"), f"for {name}")
    values.not_empty(check, value.get("preemptionPolicy"), (*at, "preemptionPolicy"))


def runtime_class(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateRuntimeClass, pkg/apis/node/validation/validation.go."""
    values.named(check, value.get("handler"), (*at, "handler"), forms.DNS_LABEL)
    if fixed := (value.get("overhead") or {}).get("podFixed"):
        huge = amounts(check, fixed, (*at, "overhead"), "podFixed", container_resource_name)
        if huge and "cpu" not in fixed and "memory" not in fixed:
            check.required((*at, "overhead", "podFixed", "memory"), "or cpu, where it has huge pages")
    placing = value.get("scheduling") or {}
    selectors.labels(check, placing.get("nodeSelector"), (*at, "scheduling", "nodeSelector"))
    seen = []
    for index, toleration in enumerate(placing.get("tolerations") or ()):
        place = (*at, "scheduling", "tolerations", index)
        toleration = toleration or {}  # noqa: PLW2901 - null is an empty one
        scheduling.toleration(check, toleration, place)
        key = [toleration.get(field) or "" for field in ("key", "operator", "value", "effect")]
        if key in seen and None not in toleration.values():
            check.wrong("duplicate-item", place, f"{path_text(place)} is the same as another toleration")
        seen.append(key)


def core_event(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow legacyValidateEvent, pkg/apis/core/validation/events.go."""
    _namespaces(check, value, "involvedObject", at)
    if value.get("eventTime"):
        _reported(check, value, "reportingComponent", "message", at)


def event(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateEventCreate for events.k8s.io, pkg/apis/core/validation/events.go."""
    _namespaces(check, value, "regarding", at)
    _reported(check, value, "reportingController", "note", at)
    values.one_of(check, value.get("type") or "", (*at, "type"), ("Normal", "Warning"))
    for field in ("deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount"):
        if value.get(field):
            check.forbidden((*at, field), "in an Event of events.k8s.io/v1")
    source = value.get("deprecatedSource") or {}
    if source.get("component") or source.get("host"):
        check.forbidden((*at, "deprecatedSource"), "in an Event of events.k8s.io/v1")
    count = (value.get("series") or {}).get("count")
    if count is not None and count < 2:  # noqa: PLR2004 - one is no series
        check.invalid("invalid-value", (*at, "series", "count"), count, "at least 2")


def _namespaces(check: Check, value: Mapping[str, Any], field: str, at: Pointer) -> None:
    """Check that an Event lies in the namespace of what it is about; that of an Event without one is not known here."""
    own = (value.get("metadata") or {}).get("namespace")
    about = value.get(field) or {}
    if not own:
        return
    other = about.get("namespace") or ""
    allowed = {"default", "kube-system"} if value.get("eventTime") else {"default"}
    if own not in allowed if other == "" else other != own and not value.get("eventTime"):
        check.invalid("invalid-value", (*at, field, "namespace"), other, f"{own}, as metadata.namespace is")


def _reported(check: Check, value: Mapping[str, Any], reporter: str, text: str, at: Pointer) -> None:
    """Check what an Event with a time needs."""
    for field in (reporter, "reportingInstance", "action", "reason"):
        values.filled(check, value, at, field)
    if controller := value.get(reporter):
        check.form((*at, reporter), controller, forms.QUALIFIED_NAME, "invalid-name")
    for field in ("reportingInstance", "action", "reason", text):
        written = value.get(field) or ""
        if len(written.encode(errors="replace")) > _EVENT_LIMITS[field]:
            message = f"{path_text((*at, field))} may have at most {_EVENT_LIMITS[field]} bytes"
            check.wrong("limit-exceeded", (*at, field), message)
