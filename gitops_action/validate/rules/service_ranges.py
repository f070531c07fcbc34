"""ServiceCIDRs and IPAddresses, as pkg/apis/networking/validation/validation.go judges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import addresses, values
from gitops_action.validate.rules.forms import PATH_SEGMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_MOST: Final = 2


def service_cidr(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateServiceCIDRSpec."""
    at, ranges = (*at, "spec", "cidrs"), (value.get("spec") or {}).get("cidrs") or ()
    if not ranges:
        check.required(at, "and not empty")
        return
    if len(ranges) > _MOST:
        values.wrong(check, at, "may have at most 2 items", "limit-exceeded")
        return
    good = [addresses.is_canonical_cidr(text or "") for text in ranges]
    for index, fits in enumerate(good):
        if not fits:
            expected = "a CIDR such as 10.9.8.0/24 or 2001:db8::/64, in its usual form"
            check.invalid("invalid-format", (*at, index), ranges[index] or "", expected)
    if len(ranges) == _MOST and all(good) and (":" in ranges[0]) == (":" in ranges[1]):
        check.invalid("invalid-value", (*at, 1), ranges[1], "of the other family of addresses than the first")


def ip_address(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateIPAddressParentReference."""
    parent, at = (value.get("spec") or {}).get("parentRef") or {}, (*at, "spec", "parentRef")
    values.subdomain(check, parent.get("group"), (*at, "group"))
    for field in ("resource", "name"):
        values.named(check, parent.get(field), (*at, field), PATH_SEGMENT)
    if namespace := parent.get("namespace"):
        check.form((*at, "namespace"), namespace, PATH_SEGMENT, "invalid-name")
