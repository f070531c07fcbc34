"""How a Pod resolves names and what it is called, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import forms, values
from gitops_action.validate.rules.forms import DNS_SUBDOMAIN, DNS_SUBDOMAIN_WITH_UNDERSCORE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

_NAMESERVERS: Final = 3
_SEARCHES: Final = 32
_SEARCH_LENGTH: Final = 2048
_RELAXED_SEARCHES_SINCE: Final = 33
_HOSTNAME_OVERRIDE_SINCE: Final = 35
_HOSTNAME_LENGTH: Final = 64


def dns_config(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validatePodDNSConfig, pkg/apis/core/validation/validation.go."""
    servers = value.get("nameservers") or ()
    if len(servers) > _NAMESERVERS:
        values.wrong(check, (*at, "nameservers"), f"must have at most {_NAMESERVERS} items", "limit-exceeded")
    form = forms.ip(check.minor)
    for index, server in enumerate(servers):
        check.form((*at, "nameservers", index), server or "", form)
    _searches(check, value.get("searches") or (), (*at, "searches"))
    for index, option in enumerate(value.get("options") or ()):
        values.filled(check, option or {}, (*at, "options", index), "name")


def _searches(check: Check, searches: list[str] | tuple[()], at: Pointer) -> None:
    if len(searches) > _SEARCHES:
        values.wrong(check, at, f"must have at most {_SEARCHES} items", "limit-exceeded")
    if len(" ".join(search or "" for search in searches).encode()) > _SEARCH_LENGTH:
        values.wrong(check, at, f"must have at most {_SEARCH_LENGTH} characters altogether", "limit-exceeded")
    is_relaxed = check.minor >= _RELAXED_SEARCHES_SINCE
    form = DNS_SUBDOMAIN_WITH_UNDERSCORE if is_relaxed else DNS_SUBDOMAIN
    for index, search in enumerate(searches):
        if is_relaxed and search == ".":
            continue
        if not form.fits((search or "").removesuffix(".")):
            check.form((*at, index), search or "", form)


def host_aliases(check: Check, _: PodContext, value: list[Any], at: Pointer) -> None:
    """Follow ValidateHostAliases, pkg/apis/core/validation/validation.go."""
    form = forms.ip(check.minor)
    for index, alias in enumerate(value):
        if alias is None:
            continue
        check.form((*at, index, "ip"), alias.get("ip"), form)
        for number, name in enumerate(alias.get("hostnames") or ()):
            check.form((*at, index, "hostnames", number), name or "", DNS_SUBDOMAIN)


def host_label(check: Check, context: PodContext, value: str, at: Pointer) -> None:
    """Check hostname and subdomain, as ValidatePodSpec does; the controller of a StatefulSet sets them itself."""
    if context.claim_templates is None:
        values.label(check, value, at)


def hostname_override(check: Check, context: PodContext, value: str, at: Pointer) -> None:
    """Follow validatePodHostName, pkg/apis/core/validation/validation.go."""
    if check.minor < _HOSTNAME_OVERRIDE_SINCE:
        return
    if context.spec.get("setHostnameAsFQDN") is True:
        check.forbidden(at, "when setHostnameAsFQDN is true")
    if context.host_network:
        check.forbidden(at, "when hostNetwork is true")
    if len(value) > _HOSTNAME_LENGTH:
        values.wrong(check, at, f"must have at most {_HOSTNAME_LENGTH} characters", "limit-exceeded")
    elif not DNS_SUBDOMAIN.fits(value):
        check.form(at, value, DNS_SUBDOMAIN, "invalid-name")
