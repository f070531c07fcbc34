"""Services, as validateService of pkg/apis/core/validation/validation.go judges them after the server's defaulting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import DNS_LABEL, DNS_SUBDOMAIN, QUALIFIED_NAME, cidr
from gitops_action.validate.rules.selectors import labels
from gitops_action.validate.rules.service_addresses import external_addresses, own_addresses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_EXPOSED: Final = frozenset({"NodePort", "LoadBalancer"})
_LONGEST_AFFINITY: Final = 86400
_ANNOTATIONS: Final = ("metadata", "annotations")
_HINTS: Final = "service.kubernetes.io/topology-aware-hints"
_TOPOLOGY_MODE: Final = "service.kubernetes.io/topology-mode"
_SOURCE_RANGES: Final = "service.beta.kubernetes.io/load-balancer-source-ranges"
_DISTRIBUTION_SINCE: Final = 31
_ALL_DISTRIBUTIONS_SINCE: Final = 34
_CLOSE: Final = ("PreferClose",)
_DISTRIBUTIONS: Final = ("PreferClose", "PreferSameNode", "PreferSameZone")


def service(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateService, pkg/apis/core/validation/validation.go."""
    spec = value.get("spec") or {}
    at_spec = (*at, "spec")
    annotations = (value.get("metadata") or {}).get("annotations") or {}
    kind = spec.get("type") or "ClusterIP"
    headless = _is_headless(spec)
    ports = spec.get("ports") or ()
    if kind == "ExternalName":
        _external_name(check, spec, at_spec)
    else:
        if not ports and not headless:
            check.required((*at_spec, "ports"), "unless clusterIP is None")
        own_addresses(check, spec, at_spec, kind, headless=headless)
    _ports(check, ports, (*at_spec, "ports"))
    _node_ports(check, spec, at_spec, kind)
    if selector := spec.get("selector"):
        labels(check, selector, (*at_spec, "selector"))
    if spec.get("sessionAffinity") == "ClientIP" and (config := spec.get("sessionAffinityConfig")):
        seconds = (config.get("clientIP") or {}).get("timeoutSeconds")
        values.within(
            check, seconds, (*at_spec, "sessionAffinityConfig", "clientIP", "timeoutSeconds"), 1, _LONGEST_AFFINITY
        )
    external_addresses(check, spec, at_spec)
    _load_balancer(check, spec, at_spec, kind)
    _source_ranges(check, spec, annotations, at, kind)
    _traffic(check, spec, at_spec, kind)
    if annotations and _TOPOLOGY_MODE in annotations and _HINTS in annotations:
        mode = annotations[_TOPOLOGY_MODE]
        if mode != annotations[_HINTS]:
            at_mode = (*at, *_ANNOTATIONS, _TOPOLOGY_MODE)
            check.invalid("invalid-value", at_mode, mode, f"the same as the annotation {_HINTS}")


def _is_headless(spec: Mapping[str, Any]) -> bool:
    """Follow isHeadlessService after normalizeClusterIPs, pkg/registry/core/service/storage/storage.go."""
    addresses = spec.get("clusterIPs")
    return addresses == ["None"] if addresses else spec.get("clusterIP") == "None"


def _external_name(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow the case of ExternalName in validateService."""
    for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(field) or (field == "ipFamilyPolicy" and spec.get(field) is not None):
            check.forbidden((*at, field), "with type ExternalName")
    name = (spec.get("externalName") or "").removesuffix(".")
    if not name:
        # What selects Pods for its ports was hardly meant as a name for another host.
        if spec.get("selector") and spec.get("ports") and "externalName" not in spec:
            values.wrong(check, (*at, "type"), "may not be ExternalName without externalName", "required-field")
        else:
            check.required((*at, "externalName"), "with type ExternalName")
    elif not DNS_SUBDOMAIN.fits(name):
        check.form((*at, "externalName"), name, DNS_SUBDOMAIN, "invalid-name")


def _ports(check: Check, ports: Sequence[Any], at: Pointer) -> None:
    """Follow validateServicePort, and the duplicates that validateService looks for."""
    names: set[str] = set()
    numbers: set[tuple[Any, Any]] = set()
    for index, port in enumerate(ports):
        if not port:
            continue
        if name := port.get("name"):
            if name in names:
                check.duplicate((*at, index, "name"), name)
            names.add(name)
        elif len(ports) > 1:
            check.required((*at, index, "name"), "with several ports")
        _port(check, port, (*at, index))
        number = port.get("port")
        key = (port.get("protocol") or "TCP", number)
        if key in numbers:
            check.duplicate((*at, index, "port"), number)
        elif number is not None:
            numbers.add(key)


def _port(check: Check, port: Mapping[str, Any], at: Pointer) -> None:
    if (name := port.get("name")) and not DNS_LABEL.fits(name):
        check.form((*at, "name"), name, DNS_LABEL, "invalid-name")
    values.port(check, port.get("port"), (*at, "port"))
    if target := port.get("targetPort"):
        values.port(check, target, (*at, "targetPort"))
    protocol = port.get("appProtocol")
    if protocol is not None and not QUALIFIED_NAME.fits(protocol):
        check.form((*at, "appProtocol"), protocol, QUALIFIED_NAME)


def _node_ports(check: Check, spec: Mapping[str, Any], at: Pointer, kind: str) -> None:
    """Follow validateService and initNodePorts, pkg/registry/core/service/storage/alloc.go.

    The range of node ports is each cluster's own choice, so it is not looked at.
    """
    ports = spec.get("ports") or ()
    chosen = [(index, port) for index, port in enumerate(ports) if port and port.get("nodePort")]
    if not chosen:
        return
    if kind not in _EXPOSED:
        _unused_node_ports(check, chosen, at, kind)
        return
    first: dict[Any, int] = {}
    for _, port in reversed(chosen):
        first[port.get("port")] = port["nodePort"]
    allocated: set[int] = set()
    served: set[Any] = set()
    for index, port in chosen:
        number, node = port.get("port"), port["nodePort"]
        if number in served and node == first[number]:
            continue
        served.add(number)
        if node in allocated:
            check.duplicate((*at, "ports", index, "nodePort"), node)
        allocated.add(node)


def _unused_node_ports(check: Check, chosen: Sequence[tuple[int, Any]], at: Pointer, kind: str) -> None:
    seen: set[tuple[Any, Any]] = set()
    for index, port in chosen:
        at_port = (*at, "ports", index, "nodePort")
        key = (port.get("protocol") or "TCP", port["nodePort"])
        if kind == "ClusterIP":
            check.forbidden(at_port, "with type ClusterIP")
        elif key in seen:
            check.duplicate(at_port, port["nodePort"])
        seen.add(key)


def _load_balancer(check: Check, spec: Mapping[str, Any], at: Pointer, kind: str) -> None:
    """Follow validateLoadBalancerClassField, and what validateService says of other types."""
    balancer = spec.get("loadBalancerClass")
    if kind == "LoadBalancer":
        if balancer is not None and not QUALIFIED_NAME.fits(balancer):
            check.form((*at, "loadBalancerClass"), balancer, QUALIFIED_NAME)
        return
    for field in ("loadBalancerClass", "allocateLoadBalancerNodePorts"):
        if spec.get(field) is not None:
            check.forbidden((*at, field), "unless type is LoadBalancer")


def _source_ranges(
    check: Check, spec: Mapping[str, Any], annotations: Mapping[str, Any], at: Pointer, kind: str
) -> None:
    """Follow what validateService says of loadBalancerSourceRanges, or of the annotation for the same."""
    ranges: Sequence[str | None] = spec.get("loadBalancerSourceRanges") or ()
    at_field: Pointer = (*at, "spec", "loadBalancerSourceRanges")
    is_annotation = not ranges and _SOURCE_RANGES in annotations
    if is_annotation:
        at_field = (*at, *_ANNOTATIONS, _SOURCE_RANGES)
        written = (annotations[_SOURCE_RANGES] or "").strip()
        ranges = written.split(",") if written else ()
    elif not ranges:
        return
    if kind != "LoadBalancer":
        check.forbidden(at_field, "unless type is LoadBalancer")
    form = cidr(check.minor)
    for index, text in enumerate(ranges):
        check.form(at_field if is_annotation else (*at_field, index), (text or "").strip(), form)


def _traffic(check: Check, spec: Mapping[str, Any], at: Pointer, kind: str) -> None:
    """Follow validateServiceExternalTrafficPolicy and its like for internal traffic and for trafficDistribution."""
    policy = spec.get("externalTrafficPolicy")
    if policy and kind not in _EXPOSED and not (kind == "ClusterIP" and spec.get("externalIPs")):
        check.forbidden(
            (*at, "externalTrafficPolicy"), "unless type is NodePort or LoadBalancer, or externalIPs is set"
        )
    if port := spec.get("healthCheckNodePort"):
        at_port = (*at, "healthCheckNodePort")
        if kind != "LoadBalancer" or policy != "Local":
            check.forbidden(at_port, "unless type is LoadBalancer and externalTrafficPolicy is Local")
        else:
            values.port(check, port, at_port)
    values.not_empty(check, spec.get("internalTrafficPolicy"), (*at, "internalTrafficPolicy"))
    distribution = spec.get("trafficDistribution")
    if distribution is not None and check.minor >= _DISTRIBUTION_SINCE:
        known = _DISTRIBUTIONS if check.minor >= _ALL_DISTRIBUTIONS_SINCE else _CLOSE
        if distribution not in known:
            expected = f"one of {', '.join(known)}" if len(known) > 1 else known[0]
            check.invalid("invalid-enum", (*at, "trafficDistribution"), distribution, expected)
