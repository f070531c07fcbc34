"""What containers and Pods request, their limits and how they are resized, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import QUALIFIED_NAME
from gitops_action.validate.rules.resource_amounts import (
    HUGE_PAGES,
    amounts,
    container_resource_name,
    milli,
    requirements,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

_RESIZE_SINCE: Final = 33
_INIT_RESIZE_SINCE: Final = 36
_CLAIMS_SINCE: Final = 34
_POD_LEVEL_SINCE: Final = 34
_MILLI: Final = 1000


def resources(check: Check, context: PodContext, _: Mapping[str, Any], value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateContainerResourceRequirements, pkg/apis/core/validation/validation.go."""
    limits, requests = value.get("limits"), value.get("requests")
    if limits or requests:
        requirements(check, limits or {}, requests or {}, at, container_resource_name)
    if (claims := value.get("claims")) and check.minor >= _CLAIMS_SINCE:
        _claims(check, context, claims, (*at, "claims"))


def overhead(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateOverhead, pkg/apis/core/validation/validation.go."""
    huge = amounts(check, value, at[:-1], "overhead", container_resource_name)
    if huge and "cpu" not in value and "memory" not in value:
        values.wrong(check, at, "must have cpu or memory where it has huge pages", "required-field")


def _claims(check: Check, context: PodContext, items: list[Any], at: Pointer) -> None:
    """Follow validateResourceClaimNames, pkg/apis/core/validation/validation.go."""
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(items):
        name, request = (item or {}).get("name"), (item or {}).get("request") or ""
        if name is None:
            continue
        if not name:
            check.required((*at, index, "name"))
            continue
        values.label(check, request, (*at, index, "request"))
        if (name, "") in seen or (name, request) in seen or (not request and any(name == other for other, _ in seen)):
            check.duplicate((*at, index, "name"), name)
        seen.add((name, request))
        if name not in context.claims:
            check.unknown_reference((*at, index, "name"), name, "item of the Pod's resourceClaims")


def resize_policy(check: Check, context: PodContext, _: Mapping[str, Any], items: list[Any], at: Pointer) -> None:
    """Follow validateResizePolicy, pkg/apis/core/validation/validation.go."""
    if check.minor < _RESIZE_SINCE:
        return
    seen = set()
    for index, item in enumerate(items):
        name, policy = (item or {}).get("resourceName"), (item or {}).get("restartPolicy")
        if name in seen and name:
            check.duplicate((*at, index, "resourceName"), name)
        seen.add(name)
        values.one_of(check, name, (*at, index, "resourceName"), ("cpu", "memory"))
        values.one_of(check, policy, (*at, index, "restartPolicy"), ("NotRequired", "RestartContainer"))
        if policy == "RestartContainer" and context.restart_policy == "Never":
            check.invalid(
                "invalid-value", (*at, index, "restartPolicy"), policy, "NotRequired when the Pod never restarts"
            )


def init_resize_policy(
    check: Check, context: PodContext, container: Mapping[str, Any], items: list[Any], at: Pointer
) -> None:
    """Follow validateInitContainers for one that is no sidecar, pkg/apis/core/validation/validation.go."""
    before = len(check.problems)
    resize_policy(check, context, container, items, at)
    if check.minor < _INIT_RESIZE_SINCE or len(check.problems) > before:
        return
    for index, item in enumerate(items):
        if item and item.get("restartPolicy") == "RestartContainer":
            place = (*at, index, "restartPolicy")
            check.invalid(
                "invalid-value",
                place,
                "RestartContainer",
                "NotRequired in an init container without restartPolicy Always",
            )


def pod_resources(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validatePodResources, pkg/apis/core/validation/validation.go."""
    if check.minor < _POD_LEVEL_SINCE or (context.spec.get("os") or {}).get("name") == "windows":
        return
    if value.get("claims") is not None:
        check.forbidden((*at, "claims"), "for a whole Pod")
    limits, requests = value.get("limits") or {}, value.get("requests") or {}
    before = len(check.problems)
    requirements(check, limits, requests, at, _pod_resource_name)
    if len(check.problems) == before and all(
        milli(part or 0) is not None for part in (*limits.values(), *requests.values())
    ):
        _consistent(check, context, limits, requests, at)


def _consistent(
    check: Check, context: PodContext, limits: Mapping[str, Any], requests: Mapping[str, Any], at: Pointer
) -> None:
    """Follow validatePodResourceConsistency; in a Pod what is not requested defaults to what the containers request."""
    for name, amount in _aggregate(context).items():
        place: Pointer = (*at, "requests", name)
        most = requests.get(name)
        if most is None and context.is_pod and name in {"cpu", "memory"}:
            place, most = (*at, "limits", name), limits.get(name)
        if most is not None and amount > (milli(most) or 0):
            what = f"must be at least what the containers request together, {amount / _MILLI:g}"
            values.wrong(check, place, what, "limit-exceeded")
    for index, container in enumerate(context.spec.get("containers") or ()):
        for name, written in (((container or {}).get("resources") or {}).get("limits") or {}).items():
            most, limit = limits.get(name), milli(written or 0)
            if most is not None and limit is not None and limit > (milli(most) or 0):
                place = (*at[:-1], "containers", index, "resources", "limits", name)
                check.invalid("limit-exceeded", place, written, f"at most the Pod's limit of {most}")


def _aggregate(context: PodContext) -> Mapping[str, int]:
    """Follow AggregateContainerRequests, k8s.io/component-helpers resource/helpers.go, in thousandths."""
    total = Counter[str]()
    for container in context.spec.get("containers") or ():
        total.update(_requests(context, container))
    sidecars, largest = Counter[str](), Counter[str]()
    for container in context.spec.get("initContainers") or ():
        own = _requests(context, container)
        if (container or {}).get("restartPolicy") == "Always":
            total.update(own)
            sidecars.update(own)
            own = sidecars
        else:
            own = sidecars + own
        largest |= own
    return total | largest


def _requests(context: PodContext, container: Mapping[str, Any] | None) -> Counter[str]:
    written = (container or {}).get("resources") or {}
    requests = (
        {**(written.get("limits") or {}), **(written.get("requests") or {})}
        if context.is_pod
        else written.get("requests")
    )
    return Counter({name: milli(amount or 0) or 0 for name, amount in (requests or {}).items()})


def _pod_resource_name(check: Check, name: str, at: Pointer) -> None:
    """Follow validatePodResourceName, pkg/apis/core/validation/validation.go."""
    if not QUALIFIED_NAME.fits(name):
        check.form(at, name, QUALIFIED_NAME, "invalid-name", key=True)
    elif name not in {"cpu", "memory"} and not name.startswith(HUGE_PAGES):
        values.wrong(check, at, "is no resource of a Pod: cpu, memory or hugepages-SIZE", "invalid-name", key=True)
