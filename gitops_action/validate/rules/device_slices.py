"""ResourceSlices, as pkg/apis/resource/validation/validation.go judges them from Kubernetes 1.36 on.

What they may have was alpha before, and dropped. The versions before v1 have other fields and are passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.rules import values
from gitops_action.validate.rules.affinities import node_selector_terms
from gitops_action.validate.rules.alternatives import later
from gitops_action.validate.rules.device_capacity import capacities
from gitops_action.validate.rules.devices import distinct, driver_name, few, is_current, qualified_name
from gitops_action.validate.rules.forms import DNS_LABEL, DNS_SUBDOMAIN, LABEL_VALUE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_SINCE: Final = 36
_PLACES: Final = ("nodeName", "nodeSelector", "allNodes")
_MOST_DEVICES: Final = 128
_MOST_ADVANCED: Final = 64
_MOST_ENTRIES: Final = 32
_MOST_TAINTS: Final = 16
_MOST_SETS: Final = 8
_MOST_CONSUMED: Final = 2
_MOST_COUNTERS: Final = 32
_MOST_CONDITIONS: Final = 4
_LONGEST_POOL: Final = 253
_LONGEST_VALUE: Final = 64
_SCALARS: Final = ("bool", "int", "string", "version")
# Alpha, and so dropped before they are looked at.
_LISTS: Final = frozenset({"bools", "ints", "strings", "versions"})
_PRE: Final = r"(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_SEMVER: Final = regex(
    r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}"
    rf"(?:-{_PRE}(?:\.{_PRE})*)?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
)


def resource_slice(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateResourceSliceSpec."""
    if not is_current(value) or check.minor < _SINCE:
        return
    spec, at = value.get("spec") or {}, (*at, "spec")
    driver_name(check, spec.get("driver"), (*at, "driver"))
    _pool(check, spec.get("pool") or {}, (*at, "pool"))
    _nodes(check, spec, at, (*_PLACES, "perDeviceNodeSelection"))
    terms = (spec.get("nodeSelector") or {}).get("nodeSelectorTerms")
    if terms and len(terms) != 1:
        values.wrong(check, (*at, "nodeSelector", "nodeSelectorTerms"), "must have exactly one term")
    devices, counters = spec.get("devices"), spec.get("sharedCounters")
    if devices is not None and counters is not None:
        last = later(spec, ("devices", "sharedCounters"))
        check.forbidden((*at, last), "beside the other of devices and sharedCounters")
    advanced = any((device or {}).get(field) for device in devices or () for field in ("taints", "consumesCounters"))
    for index, device in few(check, devices, (*at, "devices"), _MOST_ADVANCED if advanced else _MOST_DEVICES):
        _device(check, device, (*at, "devices", index), placed=bool(spec.get("perDeviceNodeSelection")))
    distinct(check, devices or (), (*at, "devices"), "name")
    for index, group in few(check, counters, (*at, "sharedCounters"), _MOST_SETS):
        _counters(check, group, (*at, "sharedCounters", index), "name")
    distinct(check, counters or (), (*at, "sharedCounters"), "name")


def _pool(check: Check, pool: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateResourcePool and validatePoolName."""
    name = pool.get("name")
    if name == "":
        check.required((*at, "name"))
    elif name is not None and len(name) > _LONGEST_POOL:
        values.wrong(check, (*at, "name"), f"may have at most {_LONGEST_POOL} characters", "limit-exceeded")
    elif name is not None and not all(DNS_SUBDOMAIN.fits(part) for part in name.split("/")):
        check.invalid("invalid-name", (*at, "name"), name, "DNS subdomains with `/` between them")
    count = pool.get("resourceSliceCount")
    if count is not None and count <= 0:
        check.invalid("invalid-value", (*at, "resourceSliceCount"), count, "greater than 0")
    values.non_negative(check, pool.get("generation"), (*at, "generation"))


def _nodes(check: Check, part: Mapping[str, Any], at: Pointer, fields: Sequence[str]) -> None:
    """Check that exactly one of the fields says where devices are: validateResourceSliceSpec and validateDevice."""
    given = [field for field in fields if part.get(field) is not None]
    for field in given:
        if part[field] is False or part[field] == "":
            check.invalid("invalid-value", (*at, field), part[field], "left out, or set")
    if not given:
        check.required((*at, fields[0]), f"unless {' or '.join(fields[1:])} is set")
    elif len(given) > 1:
        check.forbidden((*at, later(part, given)), f"beside another of {', '.join(fields)}")
    if name := part.get("nodeName"):
        values.subdomain(check, name, (*at, "nodeName"))
    if (selector := part.get("nodeSelector")) is not None:
        node_selector_terms(check, selector, (*at, "nodeSelector"))


def _device(check: Check, device: Mapping[str, Any], at: Pointer, *, placed: bool) -> None:
    """Follow validateDevice."""
    values.named(check, device.get("name"), (*at, "name"), DNS_LABEL)
    attributes, capacity = device.get("attributes") or {}, device.get("capacity") or {}
    if len(attributes) + len(capacity) > _MOST_ENTRIES:
        what = f"may have at most {_MOST_ENTRIES} attributes and capacities together"
        values.wrong(check, (*at, "attributes" if attributes else "capacity"), what, "limit-exceeded")
    for name, attribute in attributes.items():
        place = (*at, "attributes", name)
        qualified_name(check, name, place, key=True)
        _attribute(check, attribute or {}, place)
    capacities(check, capacity, (*at, "capacity"), several=bool(device.get("allowMultipleAllocations")))
    for index, taint in few(check, device.get("taints"), (*at, "taints"), _MOST_TAINTS):
        values.label_key(check, taint.get("key"), (*at, "taints", index, "key"))
        if text := taint.get("value"):
            check.form((*at, "taints", index, "value"), text, LABEL_VALUE, "invalid-label")
    consumed = device.get("consumesCounters") or ()
    for index, part in few(check, consumed, (*at, "consumesCounters"), _MOST_CONSUMED):
        _counters(check, part, (*at, "consumesCounters", index), "counterSet")
    distinct(check, consumed, (*at, "consumesCounters"), "counterSet")
    if placed:
        _nodes(check, device, at, _PLACES)
    else:
        for field in _PLACES:
            if device.get(field) is not None:
                check.forbidden((*at, field), "unless perDeviceNodeSelection is set")
    _conditions(check, device, at)


def _attribute(check: Check, attribute: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateDeviceAttribute."""
    given = [field for field in _SCALARS if attribute.get(field) is not None]
    if not given and (check.minor <= _SINCE or _LISTS.isdisjoint(attribute)):
        values.wrong(check, at, f"needs one of {', '.join(_SCALARS)}", "required-field")
    elif len(given) > 1:
        check.forbidden((*at, later(attribute, given)), "beside another value")
    version = attribute.get("version")
    for field in ("string", "version"):
        if len((attribute.get(field) or "").encode()) > _LONGEST_VALUE:
            values.wrong(check, (*at, field), f"may have at most {_LONGEST_VALUE} bytes", "limit-exceeded")
            return
    if version is not None and not _SEMVER.fullmatch(version):
        check.invalid("invalid-format", (*at, "version"), version, "a semantic version such as 1.2.3")


def _counters(check: Check, part: Mapping[str, Any], at: Pointer, field: str) -> None:
    """Follow validateCounterSet and validateDeviceCounterConsumption."""
    values.named(check, part.get(field), (*at, field), DNS_LABEL)
    counters = part.get("counters")
    if counters == {}:
        check.required((*at, "counters"), "and not empty")
    elif counters and len(counters) > _MOST_COUNTERS:
        values.wrong(check, (*at, "counters"), f"may have at most {_MOST_COUNTERS} counters", "limit-exceeded")
    else:
        for name in counters or ():
            check.form((*at, "counters", name), name, DNS_LABEL, "invalid-name", key=True)


def _conditions(check: Check, device: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateDeviceBindingParameters."""
    good, bad = "bindingConditions", "bindingFailureConditions"
    given = [field for field in (good, bad) if device.get(field)]
    if len(given) == 1:
        check.required((*at, bad if given == [good] else good), f"where {given[0]} is set")
    for field in given:
        seen = set(device[good]) if field == bad and good in given else set()
        if len(device[field]) > _MOST_CONDITIONS:
            values.wrong(check, (*at, field), f"may have at most {_MOST_CONDITIONS} items", "limit-exceeded")
            continue
        for index, condition in enumerate(device[field]):
            values.label_key(check, condition or "", (*at, field, index))
            if condition in seen:
                check.duplicate((*at, field, index), condition)
            seen.add(condition)
