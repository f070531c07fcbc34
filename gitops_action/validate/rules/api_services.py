"""APIServices, as pkg/apis/apiregistration/validation/validation.go of kube-aggregator judges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import DNS_1035_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_HIGHEST_GROUP_PRIORITY: Final = 20000
_HIGHEST_VERSION_PRIORITY: Final = 1000


def api_service(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateAPIService; the name is looked at with those of other kinds."""
    spec = value.get("spec") or {}
    at = (*at, "spec")
    group, version = spec.get("group"), spec.get("version")
    if not group and version != "v1":
        check.required((*at, "group"), "unless version is v1")
    values.subdomain(check, group, (*at, "group"))
    check.form((*at, "version"), version or "", DNS_1035_LABEL, "invalid-name")
    for field, highest in (
        ("groupPriorityMinimum", _HIGHEST_GROUP_PRIORITY),
        ("versionPriority", _HIGHEST_VERSION_PRIORITY),
    ):
        values.within(check, spec.get(field), (*at, field), 1, highest)
    service = spec.get("service")
    if service is None:
        for field in ("caBundle", "insecureSkipTLSVerify"):
            if spec.get(field):
                check.forbidden((*at, field), "without service")
        return
    for field in ("namespace", "name"):
        values.filled(check, service, (*at, "service"), field)
    values.port(check, service.get("port"), (*at, "service", "port"))
    if spec.get("insecureSkipTLSVerify") and spec.get("caBundle"):
        check.forbidden((*at, "insecureSkipTLSVerify"), "with caBundle")
