"""Ingresses and their classes, as pkg/apis/networking/validation/validation.go judges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import values
from gitops_action.validate.rules.addresses import is_ip
from gitops_action.validate.rules.alternatives import excess
from gitops_action.validate.rules.forms import (
    DNS_1035_LABEL,
    DNS_LABEL,
    DNS_SUBDOMAIN,
    DOMAIN_PREFIXED_PATH,
    PATH_SEGMENT,
    PORT_NAME,
    WILDCARD_SUBDOMAIN,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_CLASS_ANNOTATION: Final = "kubernetes.io/ingress.class"
_FORBIDDEN_PARTS: Final = ("//", "/./", "/../", "%2f", "%2F")
_FORBIDDEN_ENDS: Final = ("/..", "/.")
_LONGEST_CONTROLLER: Final = 250
# RelaxedServiceNameValidation is on by default.
_RELAXED_SERVICE_NAMES_SINCE: Final = 36


def ingress(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateIngressCreate, pkg/apis/networking/validation/validation.go."""
    spec = value.get("spec") or {}
    at_spec = (*at, "spec")
    rules, backend = spec.get("rules"), spec.get("defaultBackend")
    if backend is not None:
        _backend(check, backend, (*at_spec, "defaultBackend"))
    elif not rules:
        check.required((*at_spec, "rules"), "unless defaultBackend is set")
    for index, rule in enumerate(rules or ()):
        if rule:
            _rule(check, rule, (*at_spec, "rules", index))
    for index, tls in enumerate(spec.get("tls") or ()):
        at_tls = (*at_spec, "tls", index)
        tls = tls or {}  # noqa: PLW2901 - null is an empty one
        for number, host in enumerate(tls.get("hosts") or ()):
            _host(check, host or "", (*at_tls, "hosts", number))
        values.subdomain(check, tls.get("secretName"), (*at_tls, "secretName"))
    name = spec.get("ingressClassName")
    if name is None:
        return
    if not DNS_SUBDOMAIN.fits(name):
        check.form((*at_spec, "ingressClassName"), name, DNS_SUBDOMAIN, "invalid-name")
    annotation = ((value.get("metadata") or {}).get("annotations") or {}).get(_CLASS_ANNOTATION)
    if annotation is not None and annotation != name:
        at_annotation = (*at, "metadata", "annotations", _CLASS_ANNOTATION)
        check.invalid("invalid-value", at_annotation, annotation, "the same as spec.ingressClassName")


def _rule(check: Check, rule: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateIngressRules, pkg/apis/networking/validation/validation.go."""
    if host := rule.get("host"):
        if is_ip(host):
            check.invalid("invalid-format", (*at, "host"), host, "a DNS name and no IP address")
        else:
            _host(check, host, (*at, "host"))
    http = rule.get("http")
    if http is None:
        return
    paths = http.get("paths")
    if not paths:
        check.required((*at, "http", "paths"), "and not empty")
    for index, path in enumerate(paths or ()):
        if path:
            _path(check, path, (*at, "http", "paths", index))


def _host(check: Check, host: str, at: Pointer) -> None:
    form = WILDCARD_SUBDOMAIN if "*" in host else DNS_SUBDOMAIN
    if not form.fits(host):
        check.form(at, host, form)


def _path(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateHTTPIngressPath, pkg/apis/networking/validation/validation.go."""
    kind, path = value.get("pathType"), value.get("path") or ""
    if kind is None:
        return
    at_path = (*at, "path")
    if kind == "ImplementationSpecific":
        if path and path[0] != "/":
            check.invalid("invalid-format", at_path, path, "an absolute path")
    elif not kind:
        check.required((*at, "pathType"))
    elif not path:
        check.required(at_path, f"with pathType {kind}")
    elif path[0] != "/":
        check.invalid("invalid-format", at_path, path, "an absolute path")
    else:
        parts = [part for part in _FORBIDDEN_PARTS if part in path]
        parts += [part for part in _FORBIDDEN_ENDS if path.endswith(part)]
        if parts:
            check.invalid("invalid-format", at_path, path, f"a path without {' and '.join(parts)}")
    backend = value.get("backend")
    if backend is not None:
        _backend(check, backend, (*at, "backend"))


def _backend(check: Check, backend: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateIngressBackend, pkg/apis/networking/validation/validation.go."""
    resource, service = backend.get("resource"), backend.get("service")
    if resource is not None:
        if service is not None:
            check.forbidden((*at, excess(backend, "resource", "service")), "beside the other kind of backend")
        else:
            _reference(check, resource, (*at, "resource"))
        return
    if service is None:
        check.required((*at, "service"), "unless resource is set")
        return
    is_relaxed = check.minor >= _RELAXED_SERVICE_NAMES_SINCE
    values.named(check, service.get("name"), (*at, "service", "name"), DNS_LABEL if is_relaxed else DNS_1035_LABEL)
    port = service.get("port") or {}
    at_port = (*at, "service", "port")
    name, number = port.get("name"), port.get("number")
    if name and number:
        check.forbidden((*at_port, excess(port, "name", "number")), "beside the other: a port has a name or a number")
    elif name:
        if not PORT_NAME.fits(name):
            check.form((*at_port, "name"), name, PORT_NAME)
    elif number:
        values.port(check, number, (*at_port, "number"))
    else:
        check.required((*at_port, "number" if "number" in port else "name"), "unless the other, name or number, is set")


def _reference(check: Check, reference: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateIngressTypedLocalObjectReference, pkg/apis/networking/validation/validation.go."""
    group = reference.get("apiGroup")
    if group is not None and not DNS_SUBDOMAIN.fits(group):
        check.form((*at, "apiGroup"), group, DNS_SUBDOMAIN, "invalid-name")
    for field in ("kind", "name"):
        values.named(check, reference.get(field) or "", (*at, field), PATH_SEGMENT)


def ingress_class(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateIngressClass, pkg/apis/networking/validation/validation.go."""
    spec = value.get("spec") or {}
    at_controller = (*at, "spec", "controller")
    controller = spec.get("controller") or ""
    if not controller:
        check.required(at_controller)
    elif not DOMAIN_PREFIXED_PATH.fits(controller):
        check.form(at_controller, controller, DOMAIN_PREFIXED_PATH)
    elif len(controller.encode()) > _LONGEST_CONTROLLER:
        values.wrong(check, at_controller, f"may have at most {_LONGEST_CONTROLLER} characters", "limit-exceeded")
    parameters = spec.get("parameters")
    if parameters is None:
        return
    at_parameters = (*at, "spec", "parameters")
    _reference(check, parameters, at_parameters)
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    at_namespace = (*at_parameters, "namespace")
    if scope == "Namespace":
        if namespace is None:
            check.required(at_namespace, "with scope Namespace")
        elif not DNS_LABEL.fits(namespace):
            check.form(at_namespace, namespace, DNS_LABEL, "invalid-name")
    elif scope is None or scope == "Cluster":
        if namespace is not None:
            check.forbidden(at_namespace, "unless scope is Namespace")
    else:
        values.one_of(check, scope, (*at_parameters, "scope"), ("Cluster", "Namespace"))
