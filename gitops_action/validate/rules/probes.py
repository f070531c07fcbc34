"""Probes and lifecycle handlers, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.alternatives import kept_and_excess
from gitops_action.validate.rules.forms import HTTP_HEADER_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

_SLEEP_SINCE: Final = 30
_NO_SLEEP_SINCE: Final = 33
_NUMBERS: Final = frozenset(
    {"initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"}
)
_OF_PORTS: Final = frozenset({"grpc", "httpGet", "tcpSocket"})


def liveness_probe(
    check: Check, context: PodContext, container: Mapping[str, Any], value: Mapping[str, Any], at: Pointer
) -> None:
    """Follow validateLivenessProbe and validateStartupProbe, pkg/apis/core/validation/validation.go."""
    _probe(check, context, container, value, at)
    successes = value.get("successThreshold")
    if successes and successes != 1:
        check.invalid("invalid-value", (*at, "successThreshold"), successes, f"1 in a {at[-1]}")


def readiness_probe(
    check: Check, context: PodContext, container: Mapping[str, Any], value: Mapping[str, Any], at: Pointer
) -> None:
    """Follow validateReadinessProbe, pkg/apis/core/validation/validation.go."""
    _probe(check, context, container, value, at)
    if value.get("terminationGracePeriodSeconds") is not None:
        check.forbidden((*at, "terminationGracePeriodSeconds"), "in a readinessProbe")
    successes = value.get("successThreshold")
    if successes and successes < 0:
        values.non_negative(check, successes, (*at, "successThreshold"))


def _probe(
    check: Check, context: PodContext, container: Mapping[str, Any], value: Mapping[str, Any], at: Pointer
) -> None:
    """Follow validateProbe, pkg/apis/core/validation/validation.go; the thresholds of successes are looked at before."""
    handler = ""
    for field, part in value.items():
        if part is None:
            continue
        if field in _HANDLERS:
            if handler:
                kept, other = _unfit(container, value, handler, field)
                check.forbidden((*at, other), f"together with {kept}")
            else:
                handler = field
                _HANDLERS[field](check, context, part, (*at, field))
        elif field in _NUMBERS:
            if part < 0 and field != "successThreshold":
                values.non_negative(check, part, (*at, field))
        elif field == "terminationGracePeriodSeconds" and part < 1 and at[-1] != "readinessProbe":
            check.invalid("invalid-value", (*at, field), part, "at least 1")
    if not handler:
        _no_handler(check, value, at, "exec, httpGet, tcpSocket and grpc")


def _unfit(container: Mapping[str, Any], value: Mapping[str, Any], one: str, other: str) -> tuple[str, str]:
    """Return two handlers, the one last that asks a port which is not the container's, or that is the excess one."""
    ports = [
        port[field]
        for port in container.get("ports") or ()
        if port
        for field in ("containerPort", "name")
        if field in port
    ]

    def fits(handler: str) -> bool:
        return handler not in _OF_PORTS or not ports or value[handler].get("port") in ports

    if fits(one) == fits(other):
        return kept_and_excess(value, one, other)
    return (one, other) if fits(one) else (other, one)


def lifecycle(check: Check, context: PodContext, _: Mapping[str, Any], value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateLifecycle, pkg/apis/core/validation/validation.go; the feature of stopSignal is off up to 1.37."""
    for event in ("postStart", "preStop"):
        part = value.get(event)
        if part is not None:
            _lifecycle_handler(check, context, part, (*at, event))


def _lifecycle_handler(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateHandler, pkg/apis/core/validation/validation.go."""
    handler = ""
    for field, part in value.items():
        if part is None or field not in _HANDLERS:
            continue
        if field == "sleep" and check.minor < _SLEEP_SINCE:
            return
        if handler:
            kept, other = kept_and_excess(value, handler, field)
            check.forbidden((*at, other), f"together with {kept}")
        else:
            handler = field
            _HANDLERS[field](check, context, part, (*at, field))
    if not handler:
        _no_handler(check, value, at, "exec, httpGet, sleep and tcpSocket")


def _no_handler(check: Check, value: Mapping[str, Any], at: Pointer, handlers: str) -> None:
    # One that was wrong and is now null would have been the handler.
    if not any(field in _HANDLERS for field in value):
        values.wrong(check, at, f"needs one of {handlers}", "required-field")
        return
    for field in value:
        if field in _HANDLERS:
            values.wrong(check, (*at, field), f"may not be null: one of {handlers} is needed", "required-field")
            return


def _exec(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateExecAction, pkg/apis/core/validation/validation.go."""
    if not value.get("command"):
        check.required((*at, "command"), "and not empty")


def _http_get(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateHTTPGetAction, pkg/apis/core/validation/validation.go."""
    _port(check, _, value, at)
    for index, header in enumerate(value.get("httpHeaders") or ()):
        name = (header or {}).get("name")
        if name is not None and not HTTP_HEADER_NAME.fits(name):
            check.form((*at, "httpHeaders", index, "name"), name, HTTP_HEADER_NAME)


def _port(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateTCPSocketAction and validateGRPCAction, pkg/apis/core/validation/validation.go."""
    number = value.get("port")
    if number.__class__ is not int or not 1 <= number <= values.LARGEST_PORT:
        values.port(check, number, (*at, "port"))


def _sleep(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateSleepAction, pkg/apis/core/validation/validation.go."""
    seconds = value.get("seconds") or 0
    lowest = 0 if check.minor >= _NO_SLEEP_SINCE else 1
    if not lowest <= seconds <= context.grace_period:
        expected = f"from {lowest} to {context.grace_period}, the terminationGracePeriodSeconds of the Pod"
        check.invalid("invalid-value", (*at, "seconds"), seconds, expected)


_HANDLERS: Final = {"exec": _exec, "httpGet": _http_get, "tcpSocket": _port, "grpc": _port, "sleep": _sleep}
