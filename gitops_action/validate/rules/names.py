"""What the name of an object of each kind may look like.

From the calls of ValidateObjectMeta in pkg/apis/*/validation; a name that is part of a URL path is the least that
rest.BeforeCreate of the apiserver demands of every kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import forms
from gitops_action.validate.rules.forms import Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.validate.rules.check import Check

_POLICY: Final = "policy"
_RBAC: Final = "rbac.authorization.k8s.io"
_STORAGE_VERSION: Final = Form(
    "a group, `.` and a resource", lambda name: _is_group_and_resource(*name.rpartition(".")[::2])
)
# Kinds that are not told here take a DNS subdomain, and custom resources do.
_FORMS: Final[Mapping[tuple[str, str], Form]] = {
    ("", "Event"): forms.PATH_SEGMENT,
    ("", "Namespace"): forms.DNS_LABEL,
    ("apps", "StatefulSet"): forms.DNS_LABEL,
    ("certificates.k8s.io", "CertificateSigningRequest"): forms.PATH_SEGMENT,
    ("coordination.k8s.io", "LeaseCandidate"): forms.CONFIG_MAP_KEY,
    ("internal.apiserver.k8s.io", "StorageVersion"): _STORAGE_VERSION,
    ("networking.k8s.io", "IPAddress"): forms.CANONICAL_IP,
    (_POLICY, "PodDisruptionBudget"): forms.PATH_SEGMENT,
    (_RBAC, "ClusterRole"): forms.PATH_SEGMENT,
    (_RBAC, "ClusterRoleBinding"): forms.PATH_SEGMENT,
    (_RBAC, "Role"): forms.PATH_SEGMENT,
    (_RBAC, "RoleBinding"): forms.PATH_SEGMENT,
}
# RelaxedServiceNameValidation is on by default from 1.36.
_RELAXED_SERVICES_SINCE: Final = 36
# The controller makes Jobs of it, whose names are longer by these.
_CRON_JOB_NAME: Final = 63 - len("-1234567890")
# What rest.SimpleNameGenerator leaves of generateName, and what it adds.
_GENERATED: Final = 63
_RANDOM: Final = 5


def form_of(group: str, kind: str, minor: int) -> Form:
    """Return the form of a kind's names, as far as it does not hang on the rest of the object."""
    if kind == "Service" and not group:
        return forms.DNS_LABEL if minor >= _RELAXED_SERVICES_SINCE else forms.DNS_1035_LABEL
    return _FORMS.get((group, kind), forms.DNS_SUBDOMAIN)


def is_prefix(form: Form, text: str) -> bool:
    """Tell whether generateName is good for names of a form: a `-` at its end is, as in NameIsDNSSubdomain."""
    if form is forms.PATH_SEGMENT or form is forms.CONFIG_MAP_KEY:
        return form.fits(text)
    return form.fits(f"{text[:-2]}a" if len(text) > 1 and text.endswith("-") else text)


def _demanded(value: Mapping[str, Any], group: str, kind: str) -> tuple[str, str] | None:
    """Return the one name that the rest of an object allows, and why it is the one; None if any good name will do.

    ValidateCustomResourceDefinition of apiextensions-apiserver and ValidateAPIService of kube-aggregator.
    """
    spec = value.get("spec") or {}
    if kind == "CustomResourceDefinition" and group == "apiextensions.k8s.io":
        plural, domain = (spec.get("names") or {}).get("plural"), spec.get("group")
        return (f"{plural}.{domain}", "spec.names.plural and spec.group") if plural and domain else None
    if kind == "APIService" and group == "apiregistration.k8s.io":
        version, domain = spec.get("version"), spec.get("group")
        return (f"{version}.{domain}", "spec.version and spec.group") if version and domain else None
    return None


def special(check: Check, value: Mapping[str, Any], group_kind: tuple[str, str], name: str, field: str) -> bool:
    """Check what hangs on the rest of the object; return whether that has settled all of it."""
    at = ("metadata", field)
    group, kind = group_kind
    if (one := _demanded(value, group, kind)) is not None:
        if field == "generateName":
            check.forbidden(at, f"here: the name is {one[0]}, made of {one[1]}")
        elif name != one[0]:
            check.invalid("invalid-name", at, name, f"{one[0]}, made of {one[1]}")
        return True
    if kind == "CronJob" and group == "batch":
        length = len(name) if field == "name" else min(len(name), _GENERATED - _RANDOM) + _RANDOM
        if length > _CRON_JOB_NAME:
            longest = _CRON_JOB_NAME if field == "name" else _CRON_JOB_NAME - _RANDOM
            check.invalid("invalid-name", at, name, f"at most {longest} characters for a CronJob")
            return True
    if kind == "ClusterTrustBundle" and group == "certificates.k8s.io":
        return _bundle(check, value, name, at)
    return False


def _bundle(check: Check, value: Mapping[str, Any], name: str, at: tuple[str, str]) -> bool:
    """ValidateClusterTrustBundleName of pkg/apis/core/validation/names.go."""
    signer = (value.get("spec") or {}).get("signerName")
    if not signer:
        return False
    prefix = signer.replace("/", ":") + ":"
    if not name.startswith(prefix):
        check.invalid("invalid-name", at, name, f"begin with {prefix}, made of spec.signerName")
    elif not is_prefix(forms.DNS_SUBDOMAIN, name.removeprefix(prefix)):
        check.invalid("invalid-name", at, name, f"{prefix} and {forms.DNS_SUBDOMAIN.expected}")
    return True


def _is_group_and_resource(group: str, resource: str) -> bool:
    return forms.DNS_SUBDOMAIN.fits(group) and forms.DNS_1035_LABEL.fits(resource)
