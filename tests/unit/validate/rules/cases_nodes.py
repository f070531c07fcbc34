"""Nodes: their taints, ranges of addresses and amounts."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.variants import DROPPED, Table

node = Table(
    "Node",
    {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "node-1"},
        "spec": {
            "podCIDR": "10.244.0.0/24",
            "podCIDRs": ["10.244.0.0/24", "fd00:10:244::/64"],
            "taints": [
                {"key": "dedicated", "value": "web", "effect": "NoSchedule"},
                {"key": "dedicated", "effect": "NoExecute"},
            ],
        },
        "status": {
            "capacity": {"cpu": "4", "pods": "110", "example.com/gpu": "2"},
            "allocatable": {"memory": "4Gi"},
            "nodeInfo": {
                **dict.fromkeys(("machineID", "systemUUID", "bootID", "kernelVersion", "osImage"), "a"),
                **dict.fromkeys(("kubeletVersion", "kubeProxyVersion", "operatingSystem", "architecture"), "a"),
                "containerRuntimeVersion": "a",
                "swap": {"capacity": 1},
            },
        },
    },
)
taint = "spec.taints.0"
node.value("invalid-label", f"{taint}.key", "..data", "a b", "", "a/b/c")
node.value("invalid-label", f"{taint}.value", "web_", "a b", "x" * 64)
node.values(f"{taint}.value", "", DROPPED, None)
node.value("invalid-enum", f"{taint}.effect", "noschedule", "NoScheduleNoAdmit")
node.value("required-field", f"{taint}.effect", "")
node.bad("the same taint", "duplicate-item", "spec.taints.1.key", {"spec.taints.1.effect": "NoSchedule"})
node.good("another key", {"spec.taints.1": {"key": "other", "effect": "NoSchedule"}})
ranges = "spec.podCIDRs"
node.value("invalid-format", f"{ranges}.1", "", "a b", "fd00::1/64", "10.0.0.0", "10.0.0.0/024", None)
node.bad("two of a family", "duplicate-item", f"{ranges}.1", {f"{ranges}.1": "10.245.0.0/24"})
node.bad("three", "duplicate-item", f"{ranges}.2", {f"{ranges}.2": "10.245.0.0/24"})
node.value("invalid-format", "spec.podCIDR", "10.0.0.0", "10.0.0.1/24", "10.0.0.0/33", "10.0.0.0 /8", "a")
node.good("podCIDR counts", {"spec.podCIDR": "10.1.0.0/16", f"{ranges}.0": "a"})
node.good("podCIDR alone", {ranges: DROPPED})
node.bad("podCIDR alone and wrong", "invalid-format", "spec.podCIDR", {ranges: DROPPED, "spec.podCIDR": "a"})
node.values("spec.podCIDR", "", DROPPED)
for amount in ("status.capacity.cpu", "status.allocatable.memory"):
    node.value("invalid-value", amount, "-1")
node.value("invalid-value", "status.capacity.pods", "1500m")
node.value("invalid-value", ("status", "capacity", "example.com/gpu"), "1500m")
node.value("invalid-value", "status.nodeInfo.swap.capacity", 0, -1)

CASES: Final = node.cases
