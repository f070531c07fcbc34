"""Endpoints and EndpointSlices, as in pkg/apis/core/validation and pkg/apis/discovery/validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import path_text
from gitops_action.validate.rules import addresses, forms, values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.forms import Form

_PROTOCOLS: Final = ("TCP", "UDP", "SCTP")
_LIMITS: Final = {
    "endpoints": 1000,
    "ports": 20000,
    "addresses": 100,
    "forZones": 8,
    "forNodes": 8,
}
_ADDRESSES: Final = ("addresses", "notReadyAddresses")
_FAMILIES: Final = {"IPv4": 4, "IPv6": 6}
_MAX_LABEL: Final = 63


def endpoints(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateEndpoints, pkg/apis/core/validation/validation.go."""
    for index, subset in enumerate(value.get("subsets") or ()):
        place = (*at, "subsets", index)
        subset = subset or {}  # noqa: PLW2901 - null is an empty one
        if not any(map(subset.get, _ADDRESSES)):
            # What is null may have been of a wrong type, which then has been said.
            null = [field for field in _ADDRESSES if subset.get(field, "") is None]
            check.required((*place, *(null or _ADDRESSES)[:1]), "or another kind of addresses")
        for field in _ADDRESSES:
            for number, address in enumerate(subset.get(field) or ()):
                _address(check, address or {}, (*place, field, number))
        ports = subset.get("ports") or ()
        for number, port in enumerate(ports):
            if port is not None:
                _port(check, port, len(ports) > 1, (*place, "ports", number))


def _address(check: Check, address: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateEndpointAddress."""
    written = address.get("ip")
    if check.form((*at, "ip"), written, forms.ip(check.minor)) and written is not None:
        _special(check, written, (*at, "ip"))
    values.label(check, address.get("hostname"), (*at, "hostname"))
    check.form((*at, "nodeName"), address.get("nodeName"), forms.DNS_SUBDOMAIN, "invalid-name")


def _special(check: Check, written: str, at: Pointer) -> None:
    """Follow ValidateEndpointIP."""
    if what := addresses.special(written):
        check.wrong("invalid-value", at, f"{path_text(at)} may not be of {what}: {written}")


def _port(check: Check, port: Mapping[str, Any], named: bool, at: Pointer) -> None:  # noqa: FBT001 - upstream's requireName
    """Follow validateEndpointPort."""
    name = port.get("name") or ""
    if named and not name:
        check.required((*at, "name"), "where there are several ports")
    values.label(check, name, (*at, "name"))
    values.port(check, port.get("port"), (*at, "port"))
    _protocol(check, port, at)


def _protocol(check: Check, port: Mapping[str, Any], at: Pointer) -> None:
    protocol = port.get("protocol")
    if protocol and protocol not in _PROTOCOLS:
        check.invalid("invalid-enum", (*at, "protocol"), protocol, f"one of {', '.join(_PROTOCOLS)}")
    check.form((*at, "appProtocol"), port.get("appProtocol"), forms.QUALIFIED_NAME)


def endpoint_slice(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateEndpointSlice, pkg/apis/discovery/validation/validation.go."""
    kind = value.get("addressType")
    if kind == "":
        check.required((*at, "addressType"))
    ports = value.get("ports") or ()
    if _is_short(check, ports, (*at, "ports")):
        _ports(check, ports, (*at, "ports"))
    items = value.get("endpoints") or ()
    if (written := _only_family(items)) and kind in _FAMILIES and written != kind:
        # One word is wrong, rather than each of the addresses.
        check.invalid("invalid-value", (*at, "addressType"), kind, f"{written}, as all addresses are")
        kind = written
    if _is_short(check, items, (*at, "endpoints")):
        for index, endpoint in enumerate(items):
            if endpoint is not None:
                _endpoint(check, endpoint, kind, (*at, "endpoints", index))


def _only_family(endpoints: Iterable[Mapping[str, Any] | None]) -> str | None:
    """Return the family, as addressType names it, that all addresses are of; None if there are several, or other texts."""
    written = [address for endpoint in endpoints if endpoint for address in endpoint.get("addresses") or ()]
    families = {addresses.family(address) for address in written if address is not None}
    return next((name for name, family in _FAMILIES.items() if families == {family}), None)


def _ports(check: Check, ports: Sequence[Mapping[str, Any] | None], at: Pointer) -> None:
    """Follow validatePorts."""
    seen = set()
    for index, port in enumerate(ports):
        name = "" if port is None else port.get("name", "")
        if name is None:
            continue
        values.label(check, name, (*at, index, "name"))
        if name in seen:
            check.duplicate((*at, index, "name"), name)
        seen.add(name)
        if port is not None and port.get("protocol") == "":
            check.required((*at, index, "protocol"))
        _protocol(check, port or {}, (*at, index))


def _endpoint(check: Check, endpoint: Mapping[str, Any], kind: str | None, at: Pointer) -> None:
    """Follow validateEndpoints for one of them; deprecatedTopology is dropped before (dropTopologyOnV1 of the registry)."""
    written = endpoint.get("addresses")
    if written == []:
        check.required((*at, "addresses"))
    if _is_short(check, written or (), (*at, "addresses")):
        for index, address in enumerate(written or ()):
            _slice_address(check, address or "", kind, (*at, "addresses", index))
    check.form((*at, "nodeName"), endpoint.get("nodeName"), forms.DNS_SUBDOMAIN, "invalid-name")
    check.form((*at, "hostname"), endpoint.get("hostname"), forms.DNS_LABEL, "invalid-name")
    hints = endpoint.get("hints") or {}
    _hints(check, hints.get("forZones") or (), forms.LABEL_VALUE, (*at, "hints", "forZones"))
    _hints(check, hints.get("forNodes") or (), forms.DNS_SUBDOMAIN, (*at, "hints", "forNodes"))


def _slice_address(check: Check, written: str, kind: str | None, at: Pointer) -> None:
    if kind == "FQDN":
        check.form(at, written, _FQDN, "invalid-name")
    elif kind in _FAMILIES:
        form = forms.ip(check.minor)
        if kind == "IPv6" and check.minor >= addresses.STRICT_SINCE:
            form = forms.CANONICAL_IP
        if not check.form(at, written, form):
            return
        if addresses.family(written) != _FAMILIES[kind]:
            check.invalid("invalid-value", at, written, f"an {kind} address, as addressType says")
        _special(check, written, at)


def _hints(check: Check, hints: Sequence[Mapping[str, Any] | None], form: Form, at: Pointer) -> None:
    """Follow validateHints."""
    if not _is_short(check, hints, at):
        return
    seen = set()
    for index, hint in enumerate(hints):
        name = (hint or {}).get("name")
        if name is None:
            continue
        if name in seen:
            check.duplicate((*at, index, "name"), name)
        seen.add(name)
        check.form((*at, index, "name"), name, form, "invalid-name")


def _is_short(check: Check, items: Sequence[Any] | Mapping[str, Any], at: Pointer) -> bool:
    limit = _LIMITS[str(at[-1])]
    if len(items) > limit:
        check.wrong("limit-exceeded", at, f"{path_text(at)} may have at most {limit} items, not {len(items)}", key=True)
    return len(items) <= limit


def _is_fqdn(text: str) -> bool:
    """Follow IsFullyQualifiedDomainName, apimachinery pkg/util/validation/validation.go."""
    text = text.removesuffix(".")
    return "." in text and forms.DNS_SUBDOMAIN.fits(text) and all(len(part) <= _MAX_LABEL for part in text.split("."))


_FQDN: Final = forms.Form("a domain name of at least two parts, each at most 63 characters", _is_fqdn)
