"""What may be set for which operating system."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.cases_pods import POD
from tests.unit.validate.rules.variants import Table

pod = Table("Pod", POD, "spec")
pod.value("invalid-enum", "os.name", "Linux", "plan9")
pod.value("required-field", "os.name", "")
pod.bad(
    "Windows options on Linux",
    "forbidden-field",
    "securityContext.windowsOptions",
    {"os.name": "linux", "securityContext.windowsOptions": {"runAsUserName": "a"}},
)
pod.bad(
    "a container's Windows options on Linux",
    "forbidden-field",
    "containers.0.securityContext.windowsOptions",
    {"os.name": "linux", "containers.0.securityContext": {"windowsOptions": {}}},
)
pod.good("Windows options", {"os.name": "windows", "securityContext.windowsOptions": {"runAsUserName": "a"}})
for name, setting in {
    "runAsUser": 1,
    "runAsGroup": 1,
    "fsGroup": 1,
    "fsGroupChangePolicy": "Always",
    "supplementalGroups": [1],
    "seLinuxOptions": {"level": "s0"},
    "seccompProfile": {"type": "Unconfined"},
    "appArmorProfile": {"type": "Unconfined"},
    "sysctls": [{"name": "vm.swappiness", "value": "0"}],
    "supplementalGroupsPolicy": "Merge",
    "seLinuxChangePolicy": "Recursive",
}.items():
    pod.bad(
        f"{name} on Windows",
        "forbidden-field",
        f"securityContext.{name}",
        {"os.name": "windows", f"securityContext.{name}": setting},
    )
for name, setting in {
    "hostPID": True,
    "hostIPC": True,
    "hostUsers": True,
    "shareProcessNamespace": False,
    "resources": {},
}.items():
    pod.bad(f"{name} on Windows", "forbidden-field", name, {"os.name": "windows", name: setting})
for name, setting in {
    "runAsUser": 1,
    "runAsGroup": 1,
    "privileged": False,
    "readOnlyRootFilesystem": False,
    "allowPrivilegeEscalation": True,
    "capabilities": {},
    "procMount": "Default",
    "seLinuxOptions": {},
    "seccompProfile": {"type": "Unconfined"},
}.items():
    pod.bad(
        f"a container's {name} on Windows",
        "forbidden-field",
        f"containers.0.securityContext.{name}",
        {"os.name": "windows", f"containers.0.securityContext.{name}": setting},
    )
# Host processes need a server that allows privileged containers, which not each test server is; these fail on all.
HOST_PROCESS: Final = {"securityContext.windowsOptions.hostProcess": True}
pod.bad("host processes without the host's network", "invalid-value", "hostNetwork", HOST_PROCESS)
pod.bad(
    "one host process",
    "invalid-value",
    "containers",
    {
        "hostNetwork": True,
        "containers.0.securityContext.windowsOptions.hostProcess": True,
        "containers.1": {"name": "b", "image": "b"},
    },
)
pod.bad(
    "a container that is none",
    "invalid-value",
    "containers.0.securityContext.windowsOptions.hostProcess",
    {
        "securityContext.windowsOptions.hostProcess": False,
        "containers.0.securityContext.windowsOptions.hostProcess": True,
        "hostNetwork": True,
    },
)

pod.bad(
    "no groups on Windows",
    "forbidden-field",
    "securityContext.supplementalGroups",
    {"os.name": "windows", "securityContext.supplementalGroups": []},
)
pod.good("no sysctls on Windows", {"os.name": "windows", "securityContext.sysctls": []})

CASES: Final = pod.cases
