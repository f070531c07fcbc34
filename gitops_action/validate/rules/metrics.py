"""The metrics of HorizontalPodAutoscalers, as in pkg/apis/autoscaling/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from gitops_action.validate.rules import quantities, values
from gitops_action.validate.rules.forms import DNS_LABEL, PATH_SEGMENT
from gitops_action.validate.rules.resource_amounts import container_resource_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_SOURCES: Final = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_TARGETS: Final = ("AverageValue", "Utilization", "Value")


class _Reference(Protocol):
    """Checks a reference to an object."""

    def __call__(self, check: Check, value: Mapping[str, Any], at: Pointer, *, may_be_core: bool) -> None: ...


def metric(check: Check, value: Mapping[str, Any], at: Pointer, reference: _Reference) -> None:
    """Follow validateMetricSpec, pkg/apis/autoscaling/validation/validation.go."""
    kind = value.get("type")
    wanted = _SOURCES.get(kind) if kind else None
    if wanted is None:
        values.one_of(check, kind, (*at, "type"), _SOURCES)
    elif value.get(wanted) is None:
        check.required((*at, wanted), f"with type {kind}")
    elif len(value) == 2:  # noqa: PLR2004 - the type, and what it is for
        _source(check, wanted, value[wanted], (*at, wanted), reference)
        return
    present = [source for source in _SOURCES.values() if value.get(source) is not None]
    for source in present:
        if wanted and source != wanted and (len(present) > 1 or wanted not in present):
            check.forbidden((*at, source), f"with type {kind}")
        elif source == wanted or len(present) == 1:
            _source(check, source, value[source], (*at, source), reference)


def _source(check: Check, name: str, source: Mapping[str, Any], at: Pointer, reference: _Reference) -> None:
    """Follow validateObjectSource and its like, pkg/apis/autoscaling/validation/validation.go."""
    target = source.get("target")
    if target is not None:
        _target(check, target, (*at, "target"))
    if name in {"resource", "containerResource"}:
        _resource(check, name, source, at)
        return
    identifier = source.get("metric")
    if identifier is not None:
        values.named(check, identifier.get("name"), (*at, "metric", "name"), PATH_SEGMENT)
    described = source.get("describedObject")
    if described is not None:
        reference(check, described, (*at, "describedObject"), may_be_core=True)
    if target is None:
        return
    amount, average = target.get("value"), target.get("averageValue")
    if average is None and (name == "pods" or amount is None):
        check.required((*at, "target", "averageValue"), "" if name == "pods" else "unless value is set")
    elif name == "external" and amount is not None and average is not None:
        check.forbidden((*at, "target", "value"), "beside averageValue")


def _resource(check: Check, name: str, source: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateResourceSource and validateContainerResourceSource."""
    resource = source.get("name")
    if resource == "":
        check.required((*at, "name"))
    elif resource is not None and name == "containerResource":
        container_resource_name(check, resource, (*at, "name"))
    if name == "containerResource":
        values.named(check, source.get("container"), (*at, "container"), DNS_LABEL)
    target = source.get("target")
    if target is None:
        return
    utilization, average = target.get("averageUtilization"), target.get("averageValue")
    if utilization is None and average is None:
        check.required((*at, "target", "averageUtilization"), "unless averageValue is set")
    elif utilization is not None and average is not None:
        check.forbidden((*at, "target", "averageValue"), "beside averageUtilization")


def _target(check: Check, target: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateMetricTarget, pkg/apis/autoscaling/validation/validation.go."""
    kind = target.get("type")
    if kind not in _TARGETS:
        values.one_of(check, kind, (*at, "type"), _TARGETS)
    for field in ("value", "averageValue"):
        amount = target.get(field)
        if amount is not None:
            number = quantities.parse(amount)
            if number is not None and number <= 0:
                check.invalid("invalid-value", (*at, field), amount, "greater than 0")
    utilization = target.get("averageUtilization")
    if utilization is not None and utilization < 1:
        check.invalid("invalid-value", (*at, "averageUtilization"), utilization, "at least 1")
