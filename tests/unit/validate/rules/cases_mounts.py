"""Volumes in containers."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.cases_containers import in_both
from tests.unit.validate.rules.variants import DROPPED

WEB: Final = "containers.0"
TABLES: Final = in_both()
for spec in TABLES:
    mount = f"{WEB}.volumeMounts.0"
    spec.value("invalid-reference", f"{mount}.name", "other")
    spec.value("required-field", f"{mount}.name", "")
    spec.bad("no volumes", "required-field", "volumes", {"volumes": DROPPED})
    spec.value("required-field", f"{mount}.mountPath", "")
    spec.values(f"{mount}.mountPath", "relative", "/a:b", "../a")
    spec.value("duplicate-item", f"{WEB}.volumeMounts.1.mountPath", "/data")
    spec.value("invalid-format", f"{mount}.subPath", "/a", "../a", "a/../b", "..")
    spec.values(f"{mount}.subPath", "a..b", "..a", "a\\..\\b")
    spec.value("invalid-format", f"{WEB}.volumeMounts.1.subPathExpr", "/a", "../a")
    spec.bad("two sub-paths", "forbidden-field", f"{mount}.subPathExpr", {f"{mount}.subPathExpr": "a"})
    spec.value("forbidden-field", f"{mount}.mountPropagation", "Bidirectional")
    read_only = f"{WEB}.volumeMounts.1.recursiveReadOnly"
    spec.value("invalid-enum", read_only, "Always")
    spec.value("required-field", read_only, "")
    spec.bad("read-only through and through", "forbidden-field", read_only, {f"{WEB}.volumeMounts.1.readOnly": False})
    spec.bad(
        "read-only and propagated",
        "forbidden-field",
        read_only,
        {f"{WEB}.volumeMounts.1.mountPropagation": "HostToContainer"},
    )
    spec.good("not read-only", {read_only: "Disabled", f"{WEB}.volumeMounts.1.readOnly": DROPPED})
    device = "containers.1.volumeDevices"
    spec.value("invalid-reference", f"{device}.0.name", "other", "data")
    spec.value("required-field", f"{device}.0.name", "")
    spec.value("required-field", f"{device}.0.devicePath", "")
    spec.value("invalid-format", f"{device}.0.devicePath", "/dev/../a")
    spec.values(f"{device}.0.devicePath", "/dev\\..\\a")
    spec.bad(
        "a device twice",
        "duplicate-item",
        f"{device}.1.name",
        {f"{device}.1": {"name": "disk", "devicePath": "/dev/b"}},
    )
    more = {
        "volumes.2": {
            "name": "disk2",
            "ephemeral": {
                "volumeClaimTemplate": {
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
                }
            },
        }
    }
    spec.good("two devices", more | {f"{device}.1": {"name": "disk2", "devicePath": "/dev/b"}})
    spec.bad(
        "a device's path twice",
        "duplicate-item",
        f"{device}.1.devicePath",
        more | {f"{device}.1": {"name": "disk2", "devicePath": "/dev/a"}},
    )
    spec.bad(
        "a device that is mounted",
        "duplicate-item",
        f"{device}.0.name",
        {"containers.1.volumeMounts": [{"name": "disk", "mountPath": "/a"}]},
    )
    spec.bad(
        "a device where something is mounted",
        "duplicate-item",
        f"{device}.0.devicePath",
        {"containers.1.volumeMounts": [{"name": "data", "mountPath": "/dev/a"}]},
    )

CASES: Final = [case for table in TABLES for case in table.cases]
