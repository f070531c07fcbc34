"""The addresses of Services: clusterIP, clusterIPs, externalIPs, and their families."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import addresses, values
from gitops_action.validate.rules.forms import ip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_HEADLESS: Final = "None"
_FAMILIES: Final = {4: "IPv4", 6: "IPv6"}


def own_addresses(check: Check, spec: Mapping[str, Any], at: Pointer, kind: str, *, headless: bool) -> None:
    """Follow ValidateServiceClusterIPsRelatedFields, pkg/apis/core/validation/validation.go.

    Which addresses and families a cluster has is its own choice, so they are not looked at.
    """
    single, several = spec.get("clusterIP"), spec.get("clusterIPs")
    at_several: Pointer = (*at, "clusterIPs")
    if single and several:
        if several[0] != single:
            check.invalid("invalid-value", (*at_several, 0), several[0], "the same as clusterIP")
    elif several:
        check.required((*at, "clusterIP"), "with clusterIPs, as their first")
    texts = [text or "" for text in several] if several else [single] if single else []
    if headless:
        if kind != "ClusterIP":
            at_address = (*at_several, 0) if several else (*at, "clusterIP")
            values.wrong(check, at_address, f"may not be None with type {kind}")
    elif texts:
        _addresses(check, texts, spec, at_several if several else (*at, "clusterIP"))
    families = spec.get("ipFamilies")
    if families:
        _families(check, families, (*at, "ipFamilies"))
    values.not_empty(check, spec.get("ipFamilyPolicy"), (*at, "ipFamilyPolicy"))
    _one_family(check, spec, at, headless=headless)


def _addresses(check: Check, texts: list[str], spec: Mapping[str, Any], at: Pointer) -> None:
    """Check the form and the families of what is not just None."""
    form = ip(check.minor)
    is_list = at[-1] == "clusterIPs"
    good = True
    for index, text in enumerate(texts):
        at_text = (*at, index) if is_list else at
        if index == 0 and text == _HEADLESS:
            values.wrong(check, at, "may have no other value beside None")
            good = False
        elif not form.fits(text):
            good = check.form(at_text, text, form) and good
    if len(texts) > 2:  # noqa: PLR2004 - one of each family
        values.wrong(check, at, "may have at most 2 values", "limit-exceeded")
    if not good:
        return
    found = [_FAMILIES.get(addresses.family(text) or 0, "") for text in texts]
    if len(found) > 1 and len(set(found)) == 1:
        values.wrong(check, (*at, 1), f"may not be of {found[0]} as the first is")
    for index, (family, wanted) in enumerate(zip(found, spec.get("ipFamilies") or (), strict=False)):
        if wanted and family != wanted:
            at_text = (*at, index) if is_list else at
            check.invalid("invalid-value", at_text, texts[index], f"an {wanted} address as ipFamilies[{index}] says")


def _families(check: Check, families: list[Any], at: Pointer) -> None:
    seen: set[str] = set()
    for index, family in enumerate(families):
        values.not_empty(check, family, (*at, index))
        if family in seen:
            check.duplicate((*at, index), family)
        elif family:
            seen.add(family)


def _one_family(check: Check, spec: Mapping[str, Any], at: Pointer, *, headless: bool) -> None:
    """Follow initIPFamilyFields, pkg/registry/core/service/storage/alloc.go."""
    policy = spec.get("ipFamilyPolicy")
    if policy is None:
        without_policy = "" if headless and not spec.get("selector") else "SingleStack"
        policy = without_policy if "ipFamilyPolicy" not in spec else ""
    if policy != "SingleStack":
        return
    for field, count in (("clusterIPs", 2), ("ipFamilies", 2)):
        if len(spec.get(field) or ()) == count:
            expected = "PreferDualStack or RequireDualStack"
            if spec.get("ipFamilyPolicy"):
                check.invalid("invalid-value", (*at, "ipFamilyPolicy"), policy, f"{expected} with two {field}")
            else:
                check.required((*at, "ipFamilyPolicy"), f"with two {field}: {expected}")
            return


def external_addresses(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow what validateService, pkg/apis/core/validation/validation.go, says of externalIPs."""
    texts = spec.get("externalIPs")
    if not texts:
        return
    form = ip(check.minor)
    for index, text in enumerate(texts):
        at_text = (*at, "externalIPs", index)
        if check.form(at_text, text or "", form):
            endpoint_address(check, text, at_text)


def endpoint_address(check: Check, text: str, at: Pointer) -> None:
    """Follow ValidateEndpointIP, pkg/apis/core/validation/validation.go, for what is an address."""
    purpose = addresses.special(text)
    if purpose:
        check.invalid("invalid-value", at, text, f"an address of a host, and {purpose} is none")
