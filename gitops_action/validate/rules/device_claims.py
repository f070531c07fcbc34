"""Claims of devices, their templates and classes, as pkg/apis/resource/validation/validation.go judges them.

Of the expressions only the form is looked at, in `expression` of admission_rules. The versions before v1 have other fields
and are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.admission_rules import expression
from gitops_action.validate.rules.alternatives import later
from gitops_action.validate.rules.devices import distinct, driver_name, few, is_current, qualified_name
from gitops_action.validate.rules.forms import DNS_LABEL, DNS_SUBDOMAIN, LABEL_VALUE
from gitops_action.validate.rules.metadata import bare_template_meta
from gitops_action.validate.rules.resource_amounts import is_extended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_ROOTS: Final = frozenset({"device"})
_MOST: Final = 32
_MOST_ALTERNATIVES: Final = 8
_LONGEST: Final = 10 * 1024
_BETA_SINCE: Final = 36  # tolerations, distinctAttribute and extendedResourceName are dropped before


def claim(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateResourceClaim."""
    if is_current(value):
        _device_claim(check, value.get("spec") or {}, (*at, "spec"))


def claim_template(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateResourceClaimTemplate."""
    if is_current(value):
        spec = value.get("spec") or {}
        bare_template_meta(check, spec.get("metadata") or {}, (*at, "spec", "metadata"))
        _device_claim(check, spec.get("spec") or {}, (*at, "spec", "spec"))


def device_class(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateDeviceClass."""
    if not is_current(value):
        return
    spec, at = value.get("spec") or {}, (*at, "spec")
    _selectors(check, spec.get("selectors") or (), (*at, "selectors"))
    for index, config in few(check, spec.get("config"), (*at, "config"), _MOST):
        _configuration(check, config, (*at, "config", index))
    name = spec.get("extendedResourceName")
    if name is not None and check.minor >= _BETA_SINCE and not is_extended(name):
        check.invalid(
            "invalid-name", (*at, "extendedResourceName"), name, "an extended resource such as example.com/gpu"
        )


def _device_claim(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateDeviceClaim."""
    devices, at = spec.get("devices") or {}, (*at, "devices")
    requests = devices.get("requests") or ()
    for index, request in few(check, requests, (*at, "requests"), _MOST):
        _request(check, request, (*at, "requests", index))
    distinct(check, requests, (*at, "requests"), "name")
    names = _names(requests)
    for index, constraint in few(check, devices.get("constraints"), (*at, "constraints"), _MOST):
        place = (*at, "constraints", index)
        _references(check, constraint.get("requests"), (*place, "requests"), names)
        given = [name for name in ("matchAttribute", "distinctAttribute") if constraint.get(name) is not None]
        if given:
            qualified_name(check, constraint[given[0]], (*place, given[0]), full=True)
        else:
            check.required((*place, "matchAttribute"), "unless distinctAttribute is set")
    for index, config in few(check, devices.get("config"), (*at, "config"), _MOST):
        _references(check, config.get("requests"), (*at, "config", index, "requests"), names)
        _configuration(check, config, (*at, "config", index))


def _names(requests: Sequence[Any]) -> set[str | None]:
    """Return what may be referred to: gatherRequestNames. Where a name is unknown, so is what refers to it."""
    names: set[str | None] = set()
    for request in requests:
        name = (request or {}).get("name") or None
        names |= {name, *(f"{name}/{(part or {}).get('name')}" for part in (request or {}).get("firstAvailable") or ())}
    return names


def _references(check: Check, written: Sequence[Any] | None, at: Pointer, names: set[str | None]) -> None:
    """Follow validateRequestNameRef for each."""
    if len(written or ()) > _MOST:
        values.wrong(check, at, f"may have at most {_MOST} items", "limit-exceeded")
        return
    seen: set[str] = set()
    for index, reference in enumerate(written or ()):
        name = reference or ""
        if name.count("/") > 1 or not all(DNS_LABEL.fits(part) for part in name.split("/")):
            check.invalid("invalid-name", (*at, index), name, "the name of a request, or REQUEST/SUBREQUEST")
        elif name not in names:
            if None not in names:
                check.unknown_reference((*at, index), name, "request of the claim")
        elif name in seen:
            check.duplicate((*at, index), name)
        seen.add(name)


def _request(check: Check, request: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateDeviceRequest."""
    values.named(check, request.get("name"), (*at, "name"), DNS_LABEL)
    exact, alternatives = request.get("exactly"), request.get("firstAvailable") or ()
    if exact is not None and alternatives:
        field = later(request, ("exactly", "firstAvailable"))
        check.forbidden((*at, field), "beside the other of exactly and firstAvailable")
    elif exact is not None:
        _details(check, exact, (*at, "exactly"))
    elif alternatives:
        for index, part in few(check, alternatives, (*at, "firstAvailable"), _MOST_ALTERNATIVES):
            place = (*at, "firstAvailable", index)
            values.named(check, part.get("name"), (*place, "name"), DNS_LABEL)
            _details(check, part, place)
        distinct(check, alternatives, (*at, "firstAvailable"), "name")
    else:
        check.required((*at, "exactly"), "unless firstAvailable is set")


def _details(check: Check, request: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateExactDeviceRequest and validateDeviceSubRequest."""
    values.named(check, request.get("deviceClassName"), (*at, "deviceClassName"), DNS_SUBDOMAIN)
    _selectors(check, request.get("selectors") or (), (*at, "selectors"))
    count = request.get("count") or 0
    if request.get("allocationMode") == "All":
        if count:
            check.forbidden((*at, "count"), "with allocationMode All")
    elif count < 0:
        check.invalid("invalid-value", (*at, "count"), count, "greater than 0")
    for index, toleration in enumerate(request.get("tolerations") or () if check.minor >= _BETA_SINCE else ()):
        _toleration(check, toleration or {}, (*at, "tolerations", index))


def _selectors(check: Check, selectors: Sequence[Any], at: Pointer) -> None:
    """Follow validateSelectorSlice."""
    for index, selector in few(check, selectors, at, _MOST):
        part, place = selector.get("cel"), (*at, index, "cel")
        if part is None:
            check.required(place)
        elif len((part.get("expression") or "").encode()) > _LONGEST:
            values.wrong(check, (*place, "expression"), f"may have at most {_LONGEST} bytes", "limit-exceeded")
        else:
            expression(check, part, place, "expression", _ROOTS)


def _configuration(check: Check, config: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateDeviceConfiguration and validateRawExtension."""
    opaque = config.get("opaque")
    if opaque is None:
        check.required((*at, "opaque"))
        return
    driver_name(check, opaque.get("driver"), (*at, "opaque", "driver"))
    parameters = opaque.get("parameters")
    if isinstance(parameters, Mapping) and len(json.dumps(parameters, separators=(",", ":"), default=str)) > _LONGEST:
        what = f"may have at most {_LONGEST} bytes as JSON"
        values.wrong(check, (*at, "opaque", "parameters"), what, "limit-exceeded")


def _toleration(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateDeviceToleration."""
    if key := value.get("key"):
        values.label_key(check, key, (*at, "key"))
    if not (text := value.get("value")):
        return
    if value.get("operator") == "Exists":
        check.forbidden((*at, "value"), "with operator Exists")
    else:
        check.form((*at, "value"), text, LABEL_VALUE, "invalid-label")
