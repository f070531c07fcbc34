"""Pods and templates of Pods.

The rules follow ValidatePodSpec and what it calls, https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/core/validation/validation.go,
after the defaults of pkg/apis/core/v1/defaults.go. Where a release drops a field whose feature is off by default, it
is not looked at for that release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import (
    affinities,
    container_resources,
    containers,
    metadata,
    pod_annotations,
    pod_network,
    pod_security,
    scheduling,
    values,
    volumes,
    windows,
)
from gitops_action.validate.rules.forms import DNS_LABEL
from gitops_action.validate.rules.podcontext import PodContext

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

    PodRule = Callable[[Check, PodContext, Any, Pointer], None]

_RESOURCE_CLAIMS_SINCE: Final = 34
_USER_NAMESPACES_SINCE: Final = 33


def pod(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidatePodCreate, pkg/apis/core/validation/validation.go."""
    spec = value.get("spec")
    if not spec:
        return
    at_spec = (*at, "spec")
    meta = value.get("metadata") or {}
    if annotations := meta.get("annotations"):
        place = (*at, "metadata", "annotations")
        if pod_annotations.known(check, spec, annotations, place):
            pod_annotations.profiles(check, spec, annotations, at_spec)
    pod_spec(check, spec, PodContext(spec, meta, is_pod=True, at=at_spec))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        check.forbidden((*at_spec, "nodeName"), "together with schedulingGates")


def pod_template(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidatePodTemplate, pkg/apis/core/validation/validation.go."""
    if part := value.get("template"):
        template(check, part, (*at, "template"))


def template(
    check: Check,
    value: Mapping[str, Any],
    at: Pointer,
    claims: Collection[str] | None = None,
    claims_at: Pointer = (),
) -> None:
    """Follow ValidatePodTemplateSpec, pkg/apis/core/validation/validation.go.

    `claims` are the names of a StatefulSet's volumeClaimTemplates, which become volumes in place of those of the same
    names; its controller sets hostname and subdomain, so they are not looked at. None for any other kind. `claims_at` is
    the pointer of the volumeClaimTemplates if they are null or empty.
    """
    spec, meta = value.get("spec") or {}, value.get("metadata") or {}
    at_spec = (*at, "spec")
    if meta and template_meta(check, value, meta, (*at, "metadata")):
        pod_annotations.profiles(check, spec, meta["annotations"], at_spec)
    context = PodContext(spec, meta, is_pod=False, at=at_spec, claim_templates=claims, volumes_at=claims_at)
    pod_spec(check, spec, context)


def template_meta(check: Check, value: Mapping[str, Any], meta: Mapping[str, Any], at: Pointer) -> bool:
    """Check the metadata of a template, which is all that releases before 1.34 look at in a StatefulSet.

    Returns whether an annotation names a profile of a container.
    """
    metadata.template_meta(check, meta, at)
    annotations = meta.get("annotations")
    if not annotations:
        return False
    return pod_annotations.known(check, value.get("spec") or {}, annotations, (*at, "annotations"))


def pod_spec(check: Check, spec: Mapping[str, Any], context: PodContext) -> None:
    """Follow ValidatePodSpec, pkg/apis/core/validation/validation.go."""
    at = context.at
    context.restart_policy = spec.get("restartPolicy") or "Always"
    grace_period = spec.get("terminationGracePeriodSeconds")
    if grace_period is not None:
        context.grace_period = grace_period
    context.host_network = spec.get("hostNetwork") is True
    context.host_users = check.minor < _USER_NAMESPACES_SINCE or spec.get("hostUsers") is not False
    context.volumes = volumes.volumes(check, spec.get("volumes"), (*at, "volumes"), context)
    if not context.volumes and not context.volumes_at:
        context.volumes_at = (*at, "volumes")
    for field, part in spec.items():
        rule = _FIELDS.get(field)
        if rule is not None and part is not None:
            rule(check, context, part, (*at, field))
    containers.containers(check, context, spec, at)
    if not context.host_users:
        pod_security.user_namespace(check, spec, at)
    if context.has_windows_options or spec.get("os"):
        windows.by_system(check, context, at)


def _dns_policy(check: Check, context: PodContext, value: str, _: Pointer) -> None:
    """Follow validatePodDNSConfig for the policy None, pkg/apis/core/validation/validation.go."""
    if value == "None" and not (context.spec.get("dnsConfig") or {}).get("nameservers"):
        check.required((*context.at, "dnsConfig", "nameservers"), "when dnsPolicy is None")


def _ephemeral_containers(check: Check, context: PodContext, value: list[Any], at: Pointer) -> None:
    """Follow ValidatePodCreate and ValidatePodTemplateSpec, pkg/apis/core/validation/validation.go."""
    if value:
        check.forbidden(at, "when a Pod is created" if context.is_pod else "in a template")


def _resource_claims(check: Check, context: PodContext, items: list[Any], at: Pointer) -> None:
    """Follow validatePodResourceClaims, pkg/apis/core/validation/validation.go."""
    if check.minor < _RESOURCE_CLAIMS_SINCE:
        return
    names: set[str] = set()
    for index, item in enumerate(items):
        if item is None:
            continue
        at_item = (*at, index)
        name = item.get("name")
        if name in names:
            check.duplicate((*at_item, "name"), name)
        elif values.named(check, name, (*at_item, "name"), DNS_LABEL):
            names.add(name)
        written = [field for field in ("resourceClaimName", "resourceClaimTemplateName") if item.get(field) is not None]
        if len(written) != 1:
            expected = "a mapping with either resourceClaimName or resourceClaimTemplateName"
            check.invalid("invalid-value", at_item, item, expected)
        for field in written:
            values.named(check, item[field], (*at_item, field))
    context.claims = names


def _active_deadline(check: Check, _: PodContext, value: int, at: Pointer) -> None:
    values.within(check, value, at, 1, values.MAX_INT32)


def _name(check: Check, _: PodContext, value: str, at: Pointer) -> None:
    values.subdomain(check, value, at)


def _preemption_policy(check: Check, _: PodContext, value: str, at: Pointer) -> None:
    values.not_empty(check, value, at)


def _runtime_class(check: Check, _: PodContext, value: str, at: Pointer) -> None:
    values.named(check, value, at)


def _service_account(check: Check, context: PodContext, value: str, at: Pointer) -> None:
    """Follow the conversion of the old name of a field, pkg/apis/core/v1/conversion.go."""
    if not context.spec.get("serviceAccountName"):
        values.subdomain(check, value, at)


_FIELDS: Final[Mapping[str, PodRule]] = {
    "activeDeadlineSeconds": _active_deadline,
    "affinity": affinities.affinity,
    "dnsConfig": pod_network.dns_config,
    "dnsPolicy": _dns_policy,
    "ephemeralContainers": _ephemeral_containers,
    "hostAliases": pod_network.host_aliases,
    "hostname": pod_network.host_label,
    "hostnameOverride": pod_network.hostname_override,
    "nodeName": _name,
    "nodeSelector": scheduling.node_selector,
    "overhead": container_resources.overhead,
    "preemptionPolicy": _preemption_policy,
    "priorityClassName": _name,
    "readinessGates": scheduling.readiness_gates,
    "resourceClaims": _resource_claims,
    "resources": container_resources.pod_resources,
    "runtimeClassName": _runtime_class,
    "schedulingGates": scheduling.scheduling_gates,
    "securityContext": pod_security.pod_security_context,
    "serviceAccount": _service_account,
    "serviceAccountName": _name,
    "shareProcessNamespace": pod_security.share_process_namespace,
    "subdomain": pod_network.host_label,
    "tolerations": scheduling.tolerations,
    "topologySpreadConstraints": scheduling.topology_spread_constraints,
}
