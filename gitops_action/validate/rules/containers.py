"""Containers and init containers, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.validate.rules import container_env, container_resources, mounts, pod_security, probes, values
from gitops_action.validate.rules.forms import DNS_LABEL, PORT_NAME
from gitops_action.validate.rules.values import LARGEST_PORT, is_port_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

    ContainerRule = Callable[[Check, PodContext, Mapping[str, Any], Any, Pointer], None]
    HostPorts = set[tuple[str, str, int]]

_SIDECARS_SINCE: Final = 29
_RESTART_RULES_SINCE: Final = 35
_RESTART_ALL_SINCE: Final = 36
_LAST_FORBIDDING_RESTART: Final = 33
_RESTART_RULES: Final = 20
_EXIT_CODES: Final = 255
_POLICIES: Final = ("Always", "Never", "OnFailure")


def containers(check: Check, context: PodContext, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateContainers and validateInitContainers, pkg/apis/core/validation/validation.go."""
    items = spec.get("containers")
    if not items and items is not None:
        check.required((*at, "containers"), "and not empty")
    checked = _Containers(check, context)
    for index, container in enumerate(items or ()):
        if container is not None:
            checked.container(container, (*at, "containers", index), _REGULAR)
    checked.is_init = True
    for index, container in enumerate(spec.get("initContainers") or ()):
        if container is not None:
            # They run one after the other, so each has all ports of the host.
            checked.host_ports.clear()
            is_sidecar = container.get("restartPolicy") == "Always" and check.minor >= _SIDECARS_SINCE
            checked.container(container, (*at, "initContainers", index), _SIDECAR if is_sidecar else _INIT)


@dataclass(slots=True)
class _Containers:
    """The containers of a Pod, or its init containers, as far as they have been checked."""

    check: Check
    context: PodContext
    names: set[str] = field(default_factory=set)
    host_ports: HostPorts = field(default_factory=set)
    is_init: bool = False

    def container(self, container: Mapping[str, Any], at: Pointer, rules: Mapping[str, ContainerRule]) -> None:
        """Follow validateContainerCommon, pkg/apis/core/validation/validation.go."""
        check, context = self.check, self.context
        name, image = container.get("name"), container.get("image")
        if name in self.names:
            check.duplicate((*at, "name"), name)
        elif name is not None:
            if not DNS_LABEL.fits(name):
                values.named(check, name, (*at, "name"), DNS_LABEL)
            self.names.add(name)
        if not image:
            check.required((*at, "image"))
        elif context.is_pod and image != image.strip():
            check.invalid("invalid-format", (*at, "image"), image, "without white space around it")
        for key, part in container.items():
            rule = rules.get(key)
            if rule is not None and part is not None:
                rule(check, context, container, part, (*at, key))
        if ports := container.get("ports"):
            self.ports(ports, (*at, "ports"))

    def ports(self, items: list[Any], at: Pointer) -> None:
        """Follow validateContainerPorts, pkg/apis/core/validation/validation.go."""
        check, host_network = self.check, self.context.host_network
        names = set()
        for index, item in enumerate(items):
            if item is None:
                continue
            number, name = item.get("containerPort"), item.get("name")
            if number is not None and not 1 <= number <= LARGEST_PORT:
                values.port(check, number, (*at, index, "containerPort"))
            if name:
                if not is_port_name(name):
                    check.form((*at, index, "name"), name, PORT_NAME)
                elif name in names:
                    check.duplicate((*at, index, "name"), name)
                names.add(name)
            if host_network or "hostPort" in item:
                self.host_port(item, number, (*at, index))

    def host_port(self, item: Mapping[str, Any], number: int | None, at: Pointer) -> None:
        """Follow validatePodHostNetworkDeps and checkHostPortConflicts, pkg/apis/core/validation/validation.go."""
        check, host = self.check, item.get("hostPort")
        at_host = (*at, "hostPort" if host else "containerPort")
        if host:
            values.port(check, host, at_host)
            if self.context.host_network and not self.is_init and number is not None and host != number:
                check.invalid("invalid-value", at_host, host, "the containerPort when hostNetwork is true")
        elif self.context.host_network and self.context.is_pod:
            host = number
        if host:
            key = (item.get("protocol") or "TCP", item.get("hostIP") or "", host)
            if key in self.host_ports:
                check.duplicate(at_host, host)
            self.host_ports.add(key)


def _restart_policy(check: Check, _: PodContext, container: Mapping[str, Any], value: str, at: Pointer) -> None:
    """Follow validateContainerRestartPolicy, pkg/apis/core/validation/validation.go."""
    del container
    if check.minor >= _RESTART_RULES_SINCE:
        values.one_of(check, value, at, _POLICIES)
    elif check.minor <= _LAST_FORBIDDING_RESTART:
        check.forbidden(at, "except in an init container")


def _init_restart_policy(check: Check, _: PodContext, container: Mapping[str, Any], value: str, at: Pointer) -> None:
    """Follow validateInitContainerRestartPolicy, pkg/apis/core/validation/validation.go."""
    del container
    if check.minor >= _RESTART_RULES_SINCE:
        values.one_of(check, value, at, _POLICIES)
    elif _SIDECARS_SINCE <= check.minor <= _LAST_FORBIDDING_RESTART:
        values.one_of(check, value, at, ("Always",))


def _restart_rules(check: Check, _: PodContext, container: Mapping[str, Any], items: list[Any], at: Pointer) -> None:
    """Follow validateContainerRestartPolicy, pkg/apis/core/validation/validation.go."""
    if check.minor < _RESTART_RULES_SINCE or not items:
        return
    if container.get("restartPolicy") is None:
        check.required((*at[:-1], "restartPolicy"), "where there are restartPolicyRules")
    if len(items) > _RESTART_RULES:
        values.wrong(check, at, f"must have at most {_RESTART_RULES} items", "limit-exceeded")
    actions = {"Restart", "RestartAllContainers"} if check.minor >= _RESTART_ALL_SINCE else {"Restart"}
    for index, item in enumerate(items):
        if item is None:
            continue
        values.one_of(check, item.get("action"), (*at, index, "action"), actions)
        codes = item.get("exitCodes")
        if codes is None:
            check.required((*at, index, "exitCodes"))
            continue
        values.one_of(check, codes.get("operator"), (*at, index, "exitCodes", "operator"), ("In", "NotIn"))
        if len(codes.get("values") or ()) > _EXIT_CODES:
            place = (*at, index, "exitCodes", "values")
            values.wrong(check, place, f"must have at most {_EXIT_CODES} items", "limit-exceeded")


def _only_sidecar(check: Check, _: PodContext, container: Mapping[str, Any], value: Any, at: Pointer) -> None:
    """Follow validateInitContainers, pkg/apis/core/validation/validation.go; an off feature leaves nothing of stopSignal."""
    del container
    if at[-1] != "lifecycle" or [field for field in value if value[field] is not None] != ["stopSignal"]:
        check.forbidden(at, "in an init container without restartPolicy Always")


def _security_context(check: Check, context: PodContext, _: Mapping[str, Any], value: Any, at: Pointer) -> None:
    pod_security.security_context(check, context, value, at)


_COMMON: Final[Mapping[str, ContainerRule]] = {
    "env": container_env.env,
    "envFrom": container_env.env_from,
    "resizePolicy": container_resources.resize_policy,
    "resources": container_resources.resources,
    "restartPolicyRules": _restart_rules,
    "securityContext": _security_context,
    "volumeDevices": mounts.volume_devices,
    "volumeMounts": mounts.volume_mounts,
}
_REGULAR: Final[Mapping[str, ContainerRule]] = {
    **_COMMON,
    "lifecycle": probes.lifecycle,
    "livenessProbe": probes.liveness_probe,
    "readinessProbe": probes.readiness_probe,
    "restartPolicy": _restart_policy,
    "startupProbe": probes.liveness_probe,
}
_SIDECAR: Final[Mapping[str, ContainerRule]] = {**_REGULAR, "restartPolicy": _init_restart_policy}
_INIT: Final[Mapping[str, ContainerRule]] = {
    **_COMMON,
    "lifecycle": _only_sidecar,
    "livenessProbe": _only_sidecar,
    "readinessProbe": _only_sidecar,
    "resizePolicy": container_resources.init_resize_policy,
    "restartPolicy": _init_restart_policy,
    "startupProbe": _only_sidecar,
}
