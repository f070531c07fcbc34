"""Namespaces, leases, classes, events."""

from __future__ import annotations

from tests.unit.validate.rules.variants import DROPPED, Case, Table

namespace = Table(
    "Namespace",
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}, "spec": {"finalizers": ["kubernetes"]}},
)
namespace.value("invalid-name", "spec.finalizers.0", "foo", "a b", "foo.bar", "")
namespace.values("spec.finalizers", [], ["example.com/a"], ["orphan", "foregroundDeletion"])
for mode in ("enforce", "audit", "warn"):
    level = ("metadata", "labels", f"pod-security.kubernetes.io/{mode}")
    version = (*level[:-1], f"{level[-1]}-version")
    namespace.value("invalid-enum", level, "PRIVILEGED", "none", "")
    namespace.value("invalid-label", level, "a b")
    namespace.values(level, "privileged", "baseline", "restricted")
    namespace.value("invalid-format", version, "1.36", "v2.0", "v1.036", "Latest", "")
    namespace.values(version, "latest", "v1.0", "v1.36", "v1.999")
namespace.values(("metadata", "labels", "pod-security.kubernetes.io/other"), "a", "")

revision = Table(
    "ControllerRevision",
    {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": "a"}, "revision": 1, "data": {"a": 1}},
)
revision.value("invalid-value", "revision", -1)
revision.value("required-field", "data", DROPPED, None)
revision.values("data", {})
revision.values("revision", 0)

lease = Table(
    "Lease",
    {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "leader"},
        "spec": {
            "holderIdentity": "a",
            "leaseDurationSeconds": 15,
            "leaseTransitions": 0,
            "renewTime": "2026-01-02T03:04:05.000000Z",
        },
    },
    "spec",
)
lease.value("invalid-value", "leaseDurationSeconds", 0, -1)
lease.value("invalid-value", "leaseTransitions", -1)
lease.values("holderIdentity", "", "any thing")

priority = Table(
    "PriorityClass",
    {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "high"},
        "value": 1000,
        "preemptionPolicy": "Never",
    },
)
priority.value("invalid-value", "value", 1_000_000_001, 2_000_000_000)
priority.values("value", 1_000_000_000, -2_147_483_648, 0)
priority.value("invalid-enum", "preemptionPolicy", "")
priority.value("invalid-name", "metadata.name", "system-mine")
priority.values("metadata.name", "system", "systemic", "my-system-class")
NODE = {"metadata.name": "system-node-critical", "value": 2_000_001_000}
priority.bad("Kubernetes' own, less", "invalid-value", "value", {**NODE, "value": 2_000_000_000})
priority.bad("Kubernetes' own as default", "forbidden-field", "globalDefault", {**NODE, "globalDefault": True})
priority.values("globalDefault", False)

runtime = Table(
    "RuntimeClass",
    {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "gvisor"},
        "handler": "runsc",
        "overhead": {"podFixed": {"cpu": "100m", "memory": "10Mi"}},
        "scheduling": {
            "nodeSelector": {"a": "b"},
            "tolerations": [
                {"key": "a", "operator": "Exists"},
                {"key": "a", "operator": "Exists", "effect": "NoSchedule"},
            ],
        },
    },
)
runtime.value("invalid-name", "handler", "a.b", "A", "a_b", "a" * 64)
runtime.bad("no handler", "required-field", "handler", {"handler": ""})
runtime.value("invalid-value", "overhead.podFixed.cpu", "-1")
runtime.bad("overhead", "invalid-name", "overhead.podFixed.thing", {"overhead.podFixed.thing": "1"})
runtime.value("invalid-label", "scheduling.nodeSelector.a", "a b")
runtime.bad(
    "tolerations",
    "duplicate-item",
    "scheduling.tolerations.2",
    {"scheduling.tolerations.2": {"key": "a", "operator": "Exists"}},
)
runtime.value("invalid-enum", "scheduling.tolerations.0.operator", "Is")
runtime.bad("null", "required-field", "scheduling.tolerations.2.key", {"scheduling.tolerations.2": None})
runtime.good("the handler only", {"overhead": DROPPED, "scheduling": DROPPED})

old = Table(
    "core Event",
    {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "a.b", "namespace": "default"},
        "involvedObject": {"kind": "Pod", "name": "a", "namespace": "default"},
    },
)
old.value("invalid-value", "involvedObject.namespace", "other")
old.good("of nothing in a namespace", {"involvedObject.namespace": DROPPED})
elsewhere = {"metadata.namespace": "shop", "involvedObject.namespace": None}
nothing = {"metadata.namespace": "shop", "involvedObject": None}
old.bad("of null", "invalid-value", "involvedObject.namespace", nothing)
old.bad("of null in a namespace", "invalid-value", "involvedObject.namespace", elsewhere)
TIME = {"eventTime": "2026-01-02T03:04:05.000000Z"}
FULL = {**TIME, "reportingComponent": "a.b/c", "reportingInstance": "x", "action": "Do", "reason": "Why"}
old.good("with a time", FULL)
for field in ("reportingComponent", "reportingInstance", "action", "reason"):
    old.bad(f"with a time, without {field}", "required-field", field, {**FULL, field: ""})
old.bad("a reporter", "invalid-name", "reportingComponent", {**FULL, "reportingComponent": "a b"})
for field, longest in (("reportingInstance", 128), ("action", 128), ("reason", 128), ("message", 1024)):
    old.good(f"{field}, long", {**FULL, field: "a" * longest})
    old.bad(f"{field}, too long", "limit-exceeded", field, {**FULL, field: "a" * (longest + 1)})

new = Table(
    "Event",
    {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "a", "namespace": "default"},
        **TIME,
        "reportingController": "a.b/c",
        "reportingInstance": "x",
        "action": "Do",
        "reason": "Why",
        "type": "Normal",
        "note": "some text",
        "regarding": {"kind": "Pod", "name": "a", "namespace": "default"},
        "series": {"count": 2, "lastObservedTime": "2026-01-02T03:04:05.000000Z"},
    },
)
new.value("invalid-enum", "type", "Bad")
new.bad("no type", "required-field", "type", {"type": DROPPED})
new.value("required-field", "reportingController", "")
new.value("required-field", "action", "", None)
new.value("required-field", "type", "", None)
new.value("limit-exceeded", "note", "a" * 1025)
new.value("invalid-value", "series.count", 1)
new.value("forbidden-field", "deprecatedCount", 3)
new.value("forbidden-field", "deprecatedFirstTimestamp", "2026-01-02T03:04:05Z")
new.value("forbidden-field", "deprecatedSource", {"component": "a"})
new.good("no count", {"deprecatedCount": 0})
new.good("about another namespace", {"regarding.namespace": "other"})
new.good("about no namespace", {"regarding.namespace": DROPPED})

CASES: list[Case] = [
    case for table in (namespace, revision, lease, priority, runtime, old, new) for case in table.cases
]
