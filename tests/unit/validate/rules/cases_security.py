"""Security contexts of Pods and containers."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.cases_pods import POD
from tests.unit.validate.rules.variants import DROPPED, Table

# Security.
SECURE: Final[dict[str, Any]] = {
    **POD,
    "spec": {
        "securityContext": {
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "fsGroup": 1000,
            "supplementalGroups": [1, 2],
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
            "appArmorProfile": {"type": "RuntimeDefault"},
            "sysctls": [{"name": "kernel.shm_rmid_forced", "value": "0"}],
            "fsGroupChangePolicy": "OnRootMismatch",
            "seLinuxChangePolicy": "Recursive",
            "supplementalGroupsPolicy": "Merge",
        },
        "containers": [
            {
                "name": "web",
                "image": "nginx:1.27",
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
                    "runAsUser": 0,
                    "procMount": "Default",
                    "seccompProfile": {"type": "Localhost", "localhostProfile": "a/b.json"},
                },
            }
        ],
    },
}
secure = Table("secure Pod", SECURE, "spec")
for place in ("securityContext", "containers.0.securityContext"):
    secure.value("invalid-value", f"{place}.runAsUser", -1, 2**31)
    secure.value("invalid-value", f"{place}.runAsGroup", -1)
    profile = f"{place}.seccompProfile"
    secure.bad(
        f"{profile} without a path", "required-field", f"{profile}.localhostProfile", {profile: {"type": "Localhost"}}
    )
    secure.bad(
        f"{profile} too high",
        "invalid-format",
        f"{profile}.localhostProfile",
        {profile: {"type": "Localhost", "localhostProfile": "../a"}},
    )
    secure.bad(
        f"{profile} absolute",
        "invalid-format",
        f"{profile}.localhostProfile",
        {profile: {"type": "Localhost", "localhostProfile": "/a"}},
    )
    secure.bad(
        f"{profile} with a path",
        "forbidden-field",
        f"{profile}.localhostProfile",
        {profile: {"type": "Unconfined", "localhostProfile": "a"}},
    )
    profile = f"{place}.appArmorProfile"
    secure.bad(
        f"{profile} without a path", "required-field", f"{profile}.localhostProfile", {profile: {"type": "Localhost"}}
    )
    secure.bad(
        f"{profile} with a space",
        "invalid-format",
        f"{profile}.localhostProfile",
        {profile: {"type": "Localhost", "localhostProfile": "a "}},
    )
    secure.bad(
        f"{profile} with a path",
        "forbidden-field",
        f"{profile}.localhostProfile",
        {profile: {"type": "RuntimeDefault", "localhostProfile": "a"}},
    )
    secure.good(f"{profile} of the host", {profile: {"type": "Localhost", "localhostProfile": "a"}})
    windows = f"{place}.windowsOptions"
    secure.value("invalid-name", f"{windows}.gmsaCredentialSpecName", "A b")
    secure.value("invalid-value", f"{windows}.gmsaCredentialSpec", "")
    secure.value("limit-exceeded", f"{windows}.gmsaCredentialSpec", "a" * (64 * 1024 + 1))
    secure.value(
        "invalid-format",
        f"{windows}.runAsUserName",
        "",
        "a\\b\\c",
        "\\a",
        "a\\",
        "a?",
        "...",
        "a" * 105,
        ".a\\b",
        "a\tb",
    )
    secure.values(f"{windows}.runAsUserName", "ContainerUser", "NT AUTHORITY\\NETWORK SERVICE", "example.com\\a", "a b")
secure.value("invalid-value", "securityContext.fsGroup", -1)
secure.value("invalid-value", "securityContext.supplementalGroups.1", -1)
secure.value("invalid-enum", "securityContext.seLinuxChangePolicy", "MountOption", "recursive")
secure.value("invalid-name", "securityContext.sysctls.0.name", "a b", "a..b", "a" * 254)
secure.value("required-field", "securityContext.sysctls.0.name", "")
secure.values("securityContext.sysctls.0.name", "net/ipv4/conf/eth0.1/rp_filter", "net.ipv4.ip_forward")
secure.bad(
    "a sysctl twice",
    "duplicate-item",
    "securityContext.sysctls.1.name",
    {"securityContext.sysctls.1": {"name": "kernel.shm_rmid_forced", "value": "1"}},
)
secure.bad(
    "a network's sysctl",
    "forbidden-field",
    "securityContext.sysctls.0.name",
    {"securityContext.sysctls.0.name": "net.ipv4.ip_forward", "hostNetwork": True},
)
secure.bad(
    "a network's sysctl with slashes",
    "forbidden-field",
    "securityContext.sysctls.0.name",
    {"securityContext.sysctls.0.name": "net/ipv4/ip_forward", "hostNetwork": True},
)
secure.bad("a sysctl of IPC", "forbidden-field", "securityContext.sysctls.0.name", {"hostIPC": True})
secure.good("other sysctls", {"securityContext.sysctls.0.name": "vm.swappiness", "hostIPC": True, "hostNetwork": True})
secure.bad(
    "one process namespace and the host's",
    "forbidden-field",
    "shareProcessNamespace",
    {"shareProcessNamespace": True, "hostPID": True},
)
secure.good("one process namespace", {"shareProcessNamespace": True, "hostPID": False})
secure.bad(
    "unmasked",
    "invalid-value",
    "containers.0.securityContext.procMount",
    {"containers.0.securityContext.procMount": "Unmasked"},
)
secure.good("unmasked for own users", {"containers.0.securityContext.procMount": "Unmasked", "hostUsers": False})
secure.bad(
    "no escalation for the administrator",
    "forbidden-field",
    "containers.0.securityContext.capabilities.add.0",
    {"containers.0.securityContext.capabilities.add": ["CAP_SYS_ADMIN"]},
)
secure.good(
    "escalation for the administrator",
    {
        "containers.0.securityContext.capabilities.add": ["CAP_SYS_ADMIN"],
        "containers.0.securityContext.allowPrivilegeEscalation": True,
    },
)
for field in ("hostNetwork", "hostPID", "hostIPC"):
    secure.bad(
        f"own users and {field}",
        "forbidden-field",
        field,
        {"hostUsers": False, field: True, "securityContext.sysctls": DROPPED},
    )
secure.bad(
    "own users and devices",
    "forbidden-field",
    "containers.0.volumeDevices",
    {
        "hostUsers": False,
        "volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "a"}}],
        "containers.0.volumeDevices": [{"name": "a", "devicePath": "/dev/a"}],
    },
)

CASES: Final = secure.cases
