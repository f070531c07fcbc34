"""Claims of devices, their templates and classes, and slices of devices."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.variants import DROPPED, Table

VERSION: Final = "resource.k8s.io/v1"
EXPRESSION: Final = "device.driver == 'dra.example.com'"
DEVICES: Final[dict[str, Any]] = {
    "requests": [
        {
            "name": "one",
            "exactly": {
                "deviceClassName": "gpu",
                "selectors": [{"cel": {"expression": EXPRESSION}}],
                "count": 2,
                "tolerations": [{"key": "a", "operator": "Equal", "value": "b", "effect": "NoExecute"}],
            },
        },
        {"name": "two", "firstAvailable": [{"name": "big", "deviceClassName": "gpu"}]},
    ],
    "constraints": [{"requests": ["one", "two/big"], "matchAttribute": "dra.example.com/model"}],
    "config": [{"requests": ["one"], "opaque": {"driver": "dra.example.com", "parameters": {"a": 1}}}],
}


def of_kind(kind: str, spec: Any) -> dict[str, Any]:
    """Return an object of the newest version."""
    return {"apiVersion": VERSION, "kind": kind, "metadata": {"name": "a"}, "spec": spec}


claim = Table("ResourceClaim", of_kind("ResourceClaim", {"devices": DEVICES}), "spec.devices")
template = Table(
    "ResourceClaimTemplate",
    of_kind("ResourceClaimTemplate", {"metadata": {"labels": {"a": "b"}}, "spec": {"devices": DEVICES}}),
    "spec",
)
template.value("invalid-label", "metadata.labels.a", "b c")
template.value("forbidden-field", "metadata.name", "a")
template.value("invalid-name", "spec.devices.requests.0.exactly.deviceClassName", "A")

claim.value("required-field", "requests.0.name", "")
claim.value("invalid-name", "requests.0.exactly.deviceClassName", "A", "a_b")
claim.value("required-field", "requests.0.exactly.deviceClassName", "")
claim.bad("neither", "required-field", "requests.0.exactly", {"requests.0.exactly": DROPPED})
claim.bad(
    "both",
    "forbidden-field",
    "requests.0.firstAvailable",
    {"requests.0.firstAvailable": [{"name": "b", "deviceClassName": "a"}]},
)
claim.good("nothing beside it", {"requests.0.firstAvailable": []})
claim.value("invalid-value", "requests.0.exactly.count", -1)
claim.values("requests.0.exactly.count", 0, DROPPED)
claim.bad("a count of all", "forbidden-field", "requests.0.exactly.count", {"requests.0.exactly.allocationMode": "All"})
claim.good("all", {"requests.0.exactly.allocationMode": "All", "requests.0.exactly.count": 0})
claim.value("required-field", "requests.0.exactly.selectors.0.cel", DROPPED)
claim.value("required-field", "requests.0.exactly.selectors.0.cel.expression", "", " ")
claim.value(
    "invalid-format", "requests.0.exactly.selectors.0.cel.expression", "device ==", "object.a == 1", "self == 1"
)
claim.value("limit-exceeded", "requests.0.exactly.selectors", [{"cel": {"expression": "true"}}] * 33)
claim.value("invalid-label", "requests.0.exactly.tolerations.0.value", "a b")
claim.bad(
    "a value that exists", "forbidden-field", "requests.0.exactly.tolerations.0.value",
    {"requests.0.exactly.tolerations.0.operator": "Exists"},
)  # fmt: skip
claim.bad(
    "a name twice",
    "duplicate-item",
    "requests.2.name",
    {"requests.2": {"name": "two", "exactly": {"deviceClassName": "b"}}},
)
claim.value(
    "limit-exceeded",
    "requests.1.firstAvailable",
    [{"name": f"a{n}" if n else "big", "deviceClassName": "b"} for n in range(9)],
)
claim.value("invalid-reference", "constraints.0.requests.1", "three", "two/small", "one/big")
claim.value("invalid-name", "constraints.0.requests.1", "A", "a/b/c", "")
claim.value("duplicate-item", "constraints.0.requests.1", "one")
claim.value("invalid-reference", "config.0.requests.0", "three")
claim.value("invalid-name", "constraints.0.matchAttribute", "a b/c", "a/b-c", "a/1", f"a/{'a' * 33}")
claim.value("required-field", "constraints.0.matchAttribute", DROPPED, "model")
claim.values("constraints.0.matchAttribute", "A.b/C_1", f"a/{'a' * 32}")
claim.good("distinct", {"constraints.0.matchAttribute": DROPPED, "constraints.0.distinctAttribute": "a/b"})
claim.value("required-field", "config.0.opaque", DROPPED)
claim.value("invalid-name", "config.0.opaque.driver", "a b")
claim.value("limit-exceeded", "config.0.opaque.driver", "a" * 64)
claim.value("limit-exceeded", "config.0.opaque.parameters", {"a": "a" * 10240})

classes = Table(
    "DeviceClass",
    of_kind(
        "DeviceClass",
        {
            "selectors": [{"cel": {"expression": EXPRESSION}}],
            "config": [{"opaque": {"driver": "a.b", "parameters": {}}}],
            "extendedResourceName": "example.com/gpu",
        },
    ),
    "spec",
)
classes.value("invalid-name", "extendedResourceName", "gpu", "", "kubernetes.io/gpu", "requests.a/b")
classes.value("required-field", "config.0.opaque", DROPPED)
classes.value("invalid-format", "selectors.0.cel.expression", "5 >")

slices = Table(
    "ResourceSlice",
    of_kind(
        "ResourceSlice",
        {
            "driver": "dra.example.com",
            "nodeName": "node-1",
            "pool": {"name": "a/b", "generation": 1, "resourceSliceCount": 1},
            "devices": [
                {
                    "name": "d-1",
                    "attributes": {"model": {"string": "x"}, "dra.example.com/v": {"version": "1.0.0-rc.1+5"}},
                    "capacity": {
                        "memory": {
                            "value": "10Gi",
                            "requestPolicy": {
                                "default": "1Gi",
                                "validRange": {"min": "1Gi", "max": "8Gi", "step": "1Gi"},
                            },
                        }
                    },
                    "allowMultipleAllocations": True,
                    "taints": [{"key": "a", "value": "b", "effect": "NoExecute"}],
                    "consumesCounters": [{"counterSet": "c", "counters": {"m": {"value": "1Mi"}}}],
                    "bindingConditions": ["a/b"],
                    "bindingFailureConditions": ["c"],
                }
            ],
        },
    ),
    "spec",
)
slices.value("required-field", "driver", "")
slices.value("invalid-name", "driver", "a b")
slices.value("required-field", "pool.name", "")
slices.value("invalid-name", "pool.name", "a//b", "A")
slices.value("invalid-value", "pool.resourceSliceCount", 0, -1)
slices.value("invalid-value", "pool.generation", -1)
slices.value("required-field", "nodeName", DROPPED)
slices.value("invalid-name", "nodeName", "A")
slices.bad("two places", "forbidden-field", "allNodes", {"allNodes": True})
TERM: Final = {"matchExpressions": [{"key": "a", "operator": "Exists"}]}
slices.good("chosen nodes", {"nodeName": DROPPED, "nodeSelector": {"nodeSelectorTerms": [TERM]}})
slices.bad(
    "nodes chosen twice", "invalid-value", "nodeSelector.nodeSelectorTerms",
    {"nodeName": DROPPED, "nodeSelector": {"nodeSelectorTerms": [TERM, TERM]}},
)  # fmt: skip
slices.bad("devices and counters", "forbidden-field", "sharedCounters", {"sharedCounters": []})
slices.bad("a place of its own", "forbidden-field", "devices.0.allNodes", {"devices.0.allNodes": True})
ONE: Final = "devices.0"
slices.good("places of their own", {"nodeName": DROPPED, "perDeviceNodeSelection": True, f"{ONE}.allNodes": True})
slices.bad(
    "no place of its own", "required-field", f"{ONE}.nodeName", {"nodeName": DROPPED, "perDeviceNodeSelection": True}
)
slices.bad("a device twice", "duplicate-item", "devices.1.name", {"devices.1": {"name": "d-1"}})
slices.value("invalid-name", f"{ONE}.name", "A", "a.b")
slices.value("required-field", f"{ONE}.attributes.model", {}, None)
slices.value(
    "invalid-format", (*("devices", 0, "attributes"), "dra.example.com/v", "version"), "1.0", "v1.0.0", "01.0.0"
)
slices.value("limit-exceeded", f"{ONE}.attributes.model.string", "a" * 65)
slices.bad("two values", "forbidden-field", f"{ONE}.attributes.model.int", {f"{ONE}.attributes.model.int": 1})
slices.bad(
    "a name", "invalid-name", (*("devices", 0, "attributes"), "a-b"), {("devices", 0, "attributes", "a-b"): {"int": 1}}
)
slices.good("a name with two slashes", {("devices", 0, "attributes", "a/b/c"): {"int": 1}})
slices.value("limit-exceeded", f"{ONE}.attributes", {f"a{number}": {"int": number} for number in range(32)})
slices.value("invalid-label", f"{ONE}.taints.0.key", "a b", "")
slices.value("invalid-label", f"{ONE}.taints.0.value", "a b")
slices.value("limit-exceeded", f"{ONE}.taints", [{"key": "a", "effect": "None"}] * 17)
slices.value("required-field", f"{ONE}.consumesCounters.0.counters", {})
slices.value("required-field", f"{ONE}.consumesCounters.0.counterSet", "")
slices.bad(
    "a counter", "invalid-name", ("devices", 0, "consumesCounters", 0, "counters", "A"),
    {("devices", 0, "consumesCounters", 0, "counters", "A"): {"value": 1}},
)  # fmt: skip
slices.value("required-field", f"{ONE}.bindingConditions", [])
slices.value("required-field", f"{ONE}.bindingFailureConditions", DROPPED)
slices.value("duplicate-item", f"{ONE}.bindingFailureConditions.0", "a/b")
slices.value("invalid-label", f"{ONE}.bindingConditions.0", "a b", "")
MEMORY: Final = f"{ONE}.capacity.memory"
slices.bad("a policy for one", "forbidden-field", f"{MEMORY}.requestPolicy", {f"{ONE}.allowMultipleAllocations": False})
slices.value("required-field", f"{MEMORY}.requestPolicy.default", DROPPED)
slices.value("invalid-value", f"{MEMORY}.requestPolicy.default", "512Mi", "9Gi")
slices.value("required-field", f"{MEMORY}.requestPolicy.validRange.min", DROPPED)
slices.value("invalid-value", f"{MEMORY}.requestPolicy.validRange.min", "11Gi")
slices.value("invalid-value", f"{MEMORY}.requestPolicy.validRange.max", "11Gi", "512Mi")
slices.value("invalid-value", f"{MEMORY}.requestPolicy.validRange.step", "3Gi", "10Gi")
slices.values(f"{MEMORY}.requestPolicy.validRange.step", "7Gi", DROPPED)
POLICY: Final = f"{MEMORY}.requestPolicy"
slices.value("forbidden-field", f"{POLICY}.validValues", ["1Gi"])
slices.values(POLICY, {"default": "1Gi", "validValues": ["1Gi", "2Gi"]}, {}, {"default": "20Gi"})
for name, at, values in (
    ("too large", "validValues.1", ["1Gi", "11Gi"]),
    ("out of order", "validValues.1", ["2Gi", "1Gi"]),
    ("without the default", "default", ["2Gi"]),
):
    slices.bad(name, "invalid-value", f"{POLICY}.{at}", {POLICY: {"default": "1Gi", "validValues": values}})
slices.bad(
    "twice", "duplicate-item", f"{POLICY}.validValues.1", {POLICY: {"default": "1Gi", "validValues": ["1Gi", "1024Mi"]}}
)

counters = Table(
    "counters",
    of_kind(
        "ResourceSlice",
        {
            "driver": "dra.example.com",
            "allNodes": True,
            "pool": {"name": "a", "resourceSliceCount": 1},
            "sharedCounters": [{"name": "c", "counters": {"m": {"value": "1Gi"}}}],
        },
    ),
    "spec",
)
counters.value("invalid-value", "allNodes", False)
counters.value("required-field", "sharedCounters.0.counters", {})
counters.value("limit-exceeded", "sharedCounters.0.counters", {f"a{number}": {"value": 1} for number in range(33)})
counters.bad(
    "twice",
    "duplicate-item",
    "sharedCounters.1.name",
    {"sharedCounters.1": {"name": "c", "counters": {"m": {"value": 1}}}},
)

named = Table("DeviceClass", of_kind("DeviceClass", {}), "metadata")
named.values("generateName", "-a", "A_")
named.bad("no name", "invalid-name", "generateName", {"name": DROPPED, "generateName": "-a"})

CASES: Final = [*named.cases, *claim.cases, *template.cases, *classes.cases, *slices.cases, *counters.cases]
