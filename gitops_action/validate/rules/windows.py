"""What a Pod's operating system allows, as in pkg/apis/core/validation/validation.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.rules import values
from gitops_action.validate.rules.forms import DNS_SUBDOMAIN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

_LONGEST_SPEC: Final = 64 * 1024
_LONGEST_DOMAIN: Final = 255
_LONGEST_USER: Final = 104
_CONTROL: Final = regex(r"[\x00-\x1f\x7f]")
_NETBIOS: Final = regex(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}')
_LABEL: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DOMAIN: Final = regex(rf"{_LABEL}(?:\.{_LABEL})*")
_NO_USER: Final = frozenset('"/\\:;|=,+*?<>@[]')

_NO_WINDOWS_POD: Final = (
    *("appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser"),
    *("runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy"),
)
_NO_WINDOWS_CONTAINER: Final = (
    *("appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged"),
    *("allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup"),
)
_APP_ARMOR_SINCE: Final = 30
_SELINUX_CHANGE_SINCE: Final = 33
_USER_NAMESPACES_SINCE: Final = 33
_GROUPS_POLICY_SINCE: Final = 33


def options(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateWindowsSecurityContextOptions, pkg/apis/core/validation/validation.go."""
    check.form((*at, "gmsaCredentialSpecName"), value.get("gmsaCredentialSpecName"), DNS_SUBDOMAIN, "invalid-name")
    spec = value.get("gmsaCredentialSpec")
    if spec == "":
        values.wrong(check, (*at, "gmsaCredentialSpec"), "must not be empty")
    elif spec is not None and len(spec.encode()) > _LONGEST_SPEC:
        values.wrong(check, (*at, "gmsaCredentialSpec"), f"must have at most {_LONGEST_SPEC} bytes", "limit-exceeded")
    user = value.get("runAsUserName")
    if user is not None and not _is_user(user):
        expected = (
            'USER or DOMAIN\\USER, the user without any of "/\\:;|=,+*?<>@[] and the domain a NetBIOS or DNS name'
        )
        check.invalid("invalid-format", (*at, "runAsUserName"), user, expected)


def _is_user(text: str) -> bool:
    if not text or _CONTROL.search(text) or text.count("\\") > 1:
        return False
    domain, slash, user = text.rpartition("\\")
    if slash and (
        len(domain.encode()) > _LONGEST_DOMAIN or not (_NETBIOS.fullmatch(domain) or _DOMAIN.fullmatch(domain))
    ):
        return False
    return 0 < len(user.encode()) <= _LONGEST_USER and bool(user.strip(". ")) and _NO_USER.isdisjoint(user)


def by_system(check: Check, context: PodContext, at: Pointer) -> None:
    """Check what may be set for which operating system: validateOS, validateLinux, validateWindows and host processes."""
    spec = context.spec
    if context.has_windows_options:
        _host_processes(check, context, at)
    if spec.get("os") is None:
        return
    system = spec["os"].get("name")
    security = spec.get("securityContext") or {}
    if system == "windows":
        _windows(check, spec, security, at)
    elif system == "linux":
        if security.get("windowsOptions") is not None:
            check.forbidden((*at, "securityContext", "windowsOptions"), "where os.name is linux")
        for place, context_of_container in _security_contexts(spec, at):
            if context_of_container.get("windowsOptions") is not None:
                check.forbidden((*place, "windowsOptions"), "where os.name is linux")
    else:
        values.one_of(check, system, (*at, "os", "name"), ("linux", "windows"))


def _security_contexts(spec: Mapping[str, Any], at: Pointer) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or ()):
            if container and container.get("securityContext"):
                yield (*at, field, index, "securityContext"), container["securityContext"]


def _windows(check: Check, spec: Mapping[str, Any], security: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateWindows, pkg/apis/core/validation/validation.go."""
    dropped = _dropped(check.minor)
    for field in _NO_WINDOWS_POD:
        part = security.get(field)
        if field not in dropped and part is not None and (part or field != "sysctls"):
            check.forbidden((*at, "securityContext", field), "where os.name is windows")
    for field in ("hostPID", "hostIPC", "hostUsers", "shareProcessNamespace", "resources"):
        value = spec.get(field)
        if field not in dropped and value is not None and (value or field not in {"hostPID", "hostIPC"}):
            check.forbidden((*at, field), "where os.name is windows")
    for place, context in _security_contexts(spec, at):
        for field in _NO_WINDOWS_CONTAINER:
            if field not in dropped and context.get(field) is not None:
                check.forbidden((*place, field), "where os.name is windows")


def _dropped(minor: int) -> Collection[str]:
    """Return the fields whose features are off by default in a release, or that it has not."""
    since = {
        "appArmorProfile": _APP_ARMOR_SINCE,
        "seLinuxChangePolicy": _SELINUX_CHANGE_SINCE,
        "hostUsers": _USER_NAMESPACES_SINCE,
        "supplementalGroupsPolicy": _GROUPS_POLICY_SINCE,
        "resources": 34,
    }
    return {field for field, first in since.items() if minor < first}


def _host_processes(check: Check, context: PodContext, at: Pointer) -> None:
    """Follow validateWindowsHostProcessPod, pkg/apis/core/validation/validation.go."""
    spec = context.spec
    of_pod = ((spec.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
    containers = [
        ((*at, field, index), ((container or {}).get("securityContext") or {}).get("windowsOptions") or {})
        for field in ("initContainers", "containers")
        for index, container in enumerate(spec.get(field) or ())
    ]
    host_processes = 0
    for place, settings in containers:
        own = settings.get("hostProcess")
        if of_pod is not None and own is not None and own is not of_pod:
            field = (*place, "securityContext", "windowsOptions", "hostProcess")
            check.invalid("invalid-value", field, own, f"{str(of_pod).lower()} as that of the Pod is")
        host_processes += (of_pod if own is None else own) is True
    if not host_processes:
        return
    if host_processes != len(containers):
        values.wrong(check, (*at, "containers"), "must all be host processes if one is")
    if not context.host_network:
        values.wrong(check, (*at, "hostNetwork"), "must be true where containers are host processes")
