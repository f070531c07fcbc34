"""Security contexts of Pods and containers, as in pkg/apis/core/validation/validation.go.

`privileged` is not looked at: the server's flag --allow-privileged decides, and clusters have it on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.rules import values, windows
from gitops_action.validate.rules.forms import RELATIVE_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check
    from gitops_action.validate.rules.podcontext import PodContext

_SYSCTL: Final = regex(r"(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?")
_LONGEST_SYSCTL: Final = 253
_LONGEST_PATH: Final = 4095
_IPC_SYSCTLS: Final = frozenset(
    f"kernel.{name}"
    for name in (
        *("sem", "shm", "shmall", "shmmax", "shmmni", "shm_rmid_forced"),
        *("msg", "msgmax", "msgmnb", "msgmni"),
    )
)
_HOST_SYSCTLS_SINCE: Final = 30
_SELINUX_CHANGE_SINCE: Final = 33
_SELINUX_MOUNT_SINCE: Final = 37
_UNMASKED_SINCE: Final = 33
_DEVICES_SINCE: Final = 34
_APP_ARMOR_SINCE: Final = 30


def pod_security_context(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validatePodSpecSecurityContext, pkg/apis/core/validation/validation.go."""
    for field, part in value.items():
        if part is None:
            continue
        if field in _IDS:
            values.within(check, part, (*at, field), 0, values.MAX_INT32)
        elif field == "supplementalGroups":
            for index, group in enumerate(part):
                values.within(check, group, (*at, field, index), 0, values.MAX_INT32)
        elif field == "sysctls":
            _sysctls(check, context, part, (*at, field))
        elif field == "seLinuxChangePolicy" and check.minor >= _SELINUX_CHANGE_SINCE:
            policies = {"Recursive"} if check.minor < _SELINUX_MOUNT_SINCE else {"Recursive", "MountOption"}
            values.one_of(check, part, (*at, field), policies)
        elif field in _ENUMS:
            values.not_empty(check, part, (*at, field))
        elif field in _PROFILES:
            _PROFILES[field](check, context, part, (*at, field))


def security_context(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateSecurityContext, pkg/apis/core/validation/validation.go."""
    for field, part in value.items():
        if part is None:
            continue
        if field in _IDS:
            values.within(check, part, (*at, field), 0, values.MAX_INT32)
        elif field == "procMount":
            values.not_empty(check, part, (*at, field))
            if part == "Unmasked" and context.host_users and check.minor >= _UNMASKED_SINCE:
                values.wrong(check, (*at, field), "may be Unmasked only where hostUsers of the Pod is false")
        elif field == "allowPrivilegeEscalation":
            if part is False:
                _escalation(check, value, at)
        elif field in _PROFILES:
            _PROFILES[field](check, context, part, (*at, field))


def _escalation(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    if value.get("privileged") is True:
        values.wrong(
            check, (*at, "allowPrivilegeEscalation"), "may not be false where privileged is true", "forbidden-field"
        )
    for index, name in enumerate((value.get("capabilities") or {}).get("add") or ()):
        if name == "CAP_SYS_ADMIN":
            place = (*at, "capabilities", "add", index)
            values.wrong(
                check, place, "may not be CAP_SYS_ADMIN where allowPrivilegeEscalation is false", "forbidden-field"
            )


def _seccomp(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateSeccompProfileField, pkg/apis/core/validation/validation.go."""
    kind, path = value.get("type"), value.get("localhostProfile")
    if kind == "":
        check.required((*at, "type"))
    elif kind == "Localhost":
        if path is None:
            check.required((*at, "localhostProfile"), "when type is Localhost")
        elif not RELATIVE_PATH.fits(path):
            check.form((*at, "localhostProfile"), path, RELATIVE_PATH)
    elif kind is not None and path is not None:
        check.forbidden((*at, "localhostProfile"), "unless type is Localhost")


def _app_armor(check: Check, _: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateAppArmorProfileField, pkg/apis/core/validation/validation.go."""
    if check.minor < _APP_ARMOR_SINCE:
        return
    kind, path = value.get("type"), value.get("localhostProfile")
    if kind == "":
        check.required((*at, "type"))
    elif kind == "Localhost":
        if not path:
            check.required((*at, "localhostProfile"), "when type is Localhost")
        elif path != path.strip():
            check.invalid("invalid-format", (*at, "localhostProfile"), path, "without white space around it")
        elif len(path.encode()) > _LONGEST_PATH:
            values.wrong(check, (*at, "localhostProfile"), f"must have at most {_LONGEST_PATH} bytes", "limit-exceeded")
    elif kind is not None and path is not None:
        check.forbidden((*at, "localhostProfile"), "unless type is Localhost")


def _windows_options(check: Check, context: PodContext, value: Mapping[str, Any], at: Pointer) -> None:
    context.has_windows_options = True
    windows.options(check, value, at)


def _sysctls(check: Check, context: PodContext, items: list[Any], at: Pointer) -> None:
    """Follow validateSysctls, pkg/apis/core/validation/validation.go."""
    seen = set()
    for index, item in enumerate(items):
        name = (item or {}).get("name")
        if name is None:
            continue
        place = (*at, index, "name")
        if not name:
            check.required(place)
        elif len(name) > _LONGEST_SYSCTL or not _SYSCTL.fullmatch(name):
            check.invalid("invalid-name", place, name, "the name of a sysctl such as net.ipv4.tcp_syncookies")
        elif name in seen:
            check.duplicate(place, name)
        seen.add(name)
        if check.minor >= _HOST_SYSCTLS_SINCE:
            _host_sysctl(check, context, name, place)


def _host_sysctl(check: Check, context: PodContext, name: str, at: Pointer) -> None:
    """Follow ValidateHostSysctl, and k8s.io/component-helpers node/util/sysctl for what belongs to which namespace."""
    dotted = _normalized(name)
    if context.host_network and dotted.startswith("net."):
        values.wrong(check, at, "may not be of the network when hostNetwork is true", "forbidden-field")
    elif context.spec.get("hostIPC") is True and (dotted in _IPC_SYSCTLS or dotted.startswith("fs.mqueue.")):
        values.wrong(check, at, "may not be of IPC when hostIPC is true", "forbidden-field")


def _normalized(name: str) -> str:
    """Write a name with dots if its first separator is a slash; dots and slashes change places then."""
    dot, slash = name.find("."), name.find("/")
    if slash == -1 or 0 <= dot < slash:
        return name
    return name.translate({ord("."): "/", ord("/"): "."})


def share_process_namespace(check: Check, context: PodContext, value: object, at: Pointer) -> None:
    """Follow validateShareProcessNamespace, pkg/apis/core/validation/pods.go of 1.37."""
    if value is True and context.spec.get("hostPID") is True:
        values.wrong(check, at, "may not be true where hostPID is true", "forbidden-field")


def user_namespace(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateHostUsers, pkg/apis/core/validation/validation.go; UserNamespacesHostNetworkSupport is off up to 1.37."""
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field) is True:
            values.wrong(check, (*at, field), "may not be true where hostUsers is false", "forbidden-field")
    if check.minor < _DEVICES_SINCE:
        return
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or ()):
            if container and container.get("volumeDevices"):
                check.forbidden((*at, field, index, "volumeDevices"), "where hostUsers is false")


_ENUMS: Final = frozenset({"fsGroupChangePolicy", "supplementalGroupsPolicy"})
_IDS: Final = frozenset({"runAsUser", "runAsGroup", "fsGroup"})
_PROFILES: Final = {"seccompProfile": _seccomp, "appArmorProfile": _app_armor, "windowsOptions": _windows_options}
