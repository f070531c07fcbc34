"""ResourceQuotas and LimitRanges."""

from __future__ import annotations

from tests.unit.validate.rules.variants import DROPPED, Case, Table

quota = Table(
    "ResourceQuota",
    {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": {"hard": {"pods": "4"}}},
    "spec",
)
for name in (
    *("cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage", "limits.cpu"),
    *("limits.memory", "limits.ephemeral-storage", "requests.ephemeral-storage", "pods", "resourcequotas", "services"),
    *("replicationcontrollers", "secrets", "persistentvolumeclaims", "configmaps", "services.nodeports"),
    *("services.loadbalancers", "hugepages-2Mi", "requests.hugepages-1Gi", "count/deployments.apps", "example.com/gpu"),
    *("requests.nvidia.com/gpu", "gold.storageclass.storage.k8s.io/requests.storage", "kubernetes.io/whatever"),
):
    quota.values(("hard", name), "4", 4, "0", 0)
    quota.value("invalid-value", ("hard", name), "-1", -1)
for name in ("storage", "cpus", "Pods", "limits.storage", "nodes", "deployments.apps", "gpu"):
    quota.bad(f"a quota of {name}", "invalid-name", ("hard", name), {("hard", name): "1"})
for name in ("a b", "", "a/b/c", "/a", "a/", "-a", "a" * 64):
    quota.bad(f"a quota of {name[:20]!r}", "invalid-name", ("hard", name), {("hard", name): "1"})
for name in ("pods", "services.nodeports", "count/pods", "example.com/gpu"):
    quota.value("invalid-value", ("hard", name), "1500m", 1.5, "1n")
    quota.values(("hard", name), "2000m", "1k", "1e2")
quota.values(("hard", "cpu"), "1500m", 1.5, "1n")
quota.values(("hard", "requests.nvidia.com/gpu"), "1500m")
quota.good("null", {"hard": None})
quota.good("null in it", {"hard.cpu": None})
quota.bad("a scope of null", "invalid-enum", "scopes.1", {"scopes": ["Terminating", None]})

EVERY_SCOPE = (
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
)
for scope in EVERY_SCOPE:
    quota.good(f"scope {scope}", {"scopes": [scope]})
    quota.bad(f"scope {scope} of services", "forbidden-field", "scopes.0", {"scopes": [scope], "hard.services": 1})
    quota.good(f"scope {scope} of something else", {"scopes": [scope], ("hard", "example.com/a"): 1})
    if scope != "BestEffort":
        quota.good(
            f"scope {scope} of cpu", {"scopes": [scope], "hard": {"cpu": 1, "limits.memory": 1, "requests.cpu": 1}}
        )
quota.bad("BestEffort of cpu", "forbidden-field", "scopes.0", {"scopes": ["BestEffort"], "hard.cpu": 1})
quota.bad("scope of huge pages", "forbidden-field", "scopes.0", {"scopes": ["Terminating"], "hard.hugepages-2Mi": 1})
quota.good(
    "scope of volumes",
    {"scopes": ["VolumeAttributesClass"], "hard": {"requests.storage": 1, "persistentvolumeclaims": 1}},
)
quota.bad("scope of volumes on pods", "forbidden-field", "scopes.0", {"scopes": ["VolumeAttributesClass"]})
quota.bad("scope", "invalid-enum", "scopes.0", {"scopes": ["bestEffort"]})
quota.bad("scope, second", "invalid-enum", "scopes.1", {"scopes": ["Terminating", "Other"]})
quota.bad("two scopes", "forbidden-field", "scopes.1", {"scopes": ["BestEffort", "NotBestEffort"]})
quota.bad(
    "two scopes later", "forbidden-field", "scopes.2", {"scopes": ["Terminating", "BestEffort", "NotTerminating"]}
)
quota.good("scopes that go together", {"scopes": ["Terminating", "BestEffort"]})
quota.good("the same scope twice", {"scopes": ["Terminating", "Terminating"]})

FIRST = "scopeSelector.matchExpressions.0"
for scope in EVERY_SCOPE:
    quota.good(f"selector of {scope}", {FIRST: {"scopeName": scope, "operator": "Exists"}})
    if scope != "PriorityClass":
        quota.bad(
            f"{scope} not",
            "invalid-value",
            f"{FIRST}.operator",
            {FIRST: {"scopeName": scope, "operator": "DoesNotExist"}},
        )
        quota.bad(
            f"{scope} in", "invalid-value", f"{FIRST}.operator",
            {FIRST: {"scopeName": scope, "operator": "In", "values": ["a"]}},
        )  # fmt: skip
IN = {"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}
quota.good("selector in", {FIRST: IN})
quota.good("selector of any values", {FIRST: {**IN, "values": ["a b", ""]}})
quota.good("selector of none", {FIRST: {"scopeName": "PriorityClass", "operator": "DoesNotExist"}})
quota.bad(
    "no values", "required-field", f"{FIRST}.values", {FIRST: {"scopeName": "PriorityClass", "operator": "NotIn"}}
)
quota.bad("empty values", "required-field", f"{FIRST}.values", {FIRST: {**IN, "values": []}})
quota.bad("values", "invalid-value", f"{FIRST}.operator", {FIRST: {**IN, "operator": "Exists"}})
quota.bad("operator", "invalid-enum", f"{FIRST}.operator", {FIRST: {**IN, "operator": "Is"}})
quota.bad("scope in selector", "invalid-enum", f"{FIRST}.scopeName", {FIRST: {**IN, "scopeName": "Other"}})
quota.bad("scope of services in selector", "forbidden-field", f"{FIRST}.scopeName", {FIRST: IN, "hard.services": 1})
quota.bad(
    "two scopes in selector", "forbidden-field", "scopeSelector.matchExpressions.1",
    {
        "scopeSelector.matchExpressions": [
            {"scopeName": "Terminating", "operator": "Exists"},
            {"scopeName": "NotTerminating", "operator": "Exists"},
        ]
    },
)  # fmt: skip

limits = Table(
    "LimitRange",
    {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "small"},
        "spec": {
            "limits": [
                {
                    "type": "Container",
                    "max": {"cpu": "2", "memory": "1Gi"},
                    "min": {"cpu": "100m"},
                    "default": {"cpu": 1},
                    "defaultRequest": {"cpu": "500m"},
                    "maxLimitRequestRatio": {"cpu": "10"},
                },
                {"type": "Pod", "max": {"cpu": "4", "memory": "2Gi"}},
                {"type": "PersistentVolumeClaim", "max": {"storage": "2Gi"}, "min": {"storage": "1Gi"}},
                {"type": "example.com/thing", "max": {"storage": "2Gi", "pods": "3"}},
            ]
        },
    },
    "spec.limits",
)


def cpu(**amounts: str) -> dict[str, dict[str, object]]:
    """Return the change that makes a limit for containers with some amounts of cpu."""
    return {"0": {"type": "Container", **{field: {"cpu": amount} for field, amount in amounts.items()}}}


limits.value("invalid-enum", "0.type", "Service", "container", "node")
limits.value("invalid-name", "0.type", "a b", "", "a/b/c")
limits.bad("twice", "duplicate-item", "4.type", {"4": {"type": "Pod"}})
limits.bad("a default for Pods", "forbidden-field", "1.default", {"1.default": {"cpu": 1}})
limits.bad("a request for Pods", "forbidden-field", "1.defaultRequest", {"1.defaultRequest": {"cpu": 1}})
limits.good("nothing for Pods", {"1.default": {}})
limits.bad("no storage", "required-field", "2.max.storage", {"2": {"type": "PersistentVolumeClaim", "max": {"cpu": 1}}})
limits.good("least storage", {"2.max": DROPPED})
for field in ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio"):
    limits.bad(f"{field} of storage", "invalid-name", f"0.{field}.storage", {f"0.{field}.storage": "1"})
    limits.bad(f"{field} of a b", "invalid-name", (0, field, "a b"), {(0, field, "a b"): "1"})
    limits.good(f"{field} of a GPU", {(0, field, "example.com/gpu"): "1"})
    limits.bad(f"{field} of things", "invalid-name", f"3.{field}.thing", {f"3.{field}.thing": "1"})
    limits.good(f"{field} of storage in things", {(3, field, "requests.storage"): "1"})
limits.good("negative", {"0.min.cpu": "-1", "0.maxLimitRequestRatio": DROPPED})
limits.bad("min over max", "invalid-value", "0.min.cpu", cpu(min="3", max="2"))
limits.good("min is max, rounded up to thousandths", cpu(min="1m", max="1n"))
limits.good("min is max", cpu(min="2", max="2000m"))
limits.bad("request under min", "invalid-value", "0.min.cpu", cpu(min="2", defaultRequest="1"))
limits.bad("request over max", "invalid-value", "0.defaultRequest.cpu", cpu(max="2", defaultRequest="3"))
limits.bad("request over default", "invalid-value", "0.defaultRequest.cpu", cpu(default="2", defaultRequest="3"))
limits.bad("default under min", "invalid-value", "0.min.cpu", cpu(min="2", default="1"))
limits.bad("default over max", "invalid-value", "0.default.cpu", cpu(max="2", default="3"))
limits.bad(
    "default under min, and a request", "invalid-value", "0.min.cpu", cpu(min="2", default="1", defaultRequest="1")
)
limits.good("in order", cpu(min="1", defaultRequest="2", default="3", max="4"))
limits.good("all the same", cpu(min="1", defaultRequest="1", default="1", max="1"))
limits.good("request without default", cpu(defaultRequest="3"))
limits.good("request of a min", cpu(min="1"))
limits.bad("ratio under 1", "invalid-value", "0.maxLimitRequestRatio.cpu", cpu(maxLimitRequestRatio="900m"))
limits.good("ratio of 1", cpu(maxLimitRequestRatio="1"))
limits.bad("ratio", "invalid-value", "0.maxLimitRequestRatio.cpu", cpu(min="1", max="2", maxLimitRequestRatio="3"))
limits.good("ratio of max and min", cpu(min="1", max="2", maxLimitRequestRatio="2"))
limits.good("ratio to nothing", cpu(min="0", max="2", maxLimitRequestRatio="2"))
limits.good("ratio beyond all numbers", cpu(min="1", max="2", maxLimitRequestRatio="1e100"))
limits.good("ratio of parts", cpu(min="100m", max="300m", maxLimitRequestRatio="3"))
limits.bad(
    "ratio of parts, too large",
    "invalid-value",
    "0.maxLimitRequestRatio.cpu",
    cpu(min="100m", max="300m", maxLimitRequestRatio="3001m"),
)
GPU = "example.com/gpu"
limits.bad(
    "a GPU is not shared",
    "invalid-value",
    (0, "defaultRequest", GPU),
    {"0": {"type": "Container", "default": {GPU: 2}, "defaultRequest": {GPU: 1}}},
)
limits.good("a GPU that is not shared", {"0": {"type": "Container", "default": {GPU: 2}, "defaultRequest": {GPU: 2}}})
limits.good("a default GPU", {"0": {"type": "Container", "max": {GPU: 2}}})
limits.bad(
    "some of the GPUs",
    "invalid-value",
    (0, "defaultRequest", GPU),
    {"0": {"type": "Container", "max": {GPU: 2}, "defaultRequest": {GPU: 1}}},
)
limits.bad("min over max of Pods", "invalid-value", "1.min.cpu", {"1.min": {"cpu": 5}})
limits.bad("min over max of storage", "invalid-value", "2.min.storage", {"2.min.storage": "3Gi"})
limits.bad("min over max of things", "invalid-value", "3.min.pods", {"3.min": {"pods": 4}})
limits.good("a request over nothing", {"3": {"type": "example.com/thing", "max": {"cpu": 1}, "default": {"cpu": 1}}})
limits.good("null", {"0.max": None, "0.min": None, "0.maxLimitRequestRatio": None})

CASES: list[Case] = [*quota.cases, *limits.cases]
