"""HorizontalPodAutoscalers and PodDisruptionBudgets."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.variants import DROPPED, Table

TARGET: Final = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
AUTOSCALER: Final = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "web"},
    "spec": {
        "scaleTargetRef": TARGET,
        "minReplicas": 2,
        "maxReplicas": 5,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
            },
            {
                "type": "ContainerResource",
                "containerResource": {
                    "name": "memory",
                    "container": "web",
                    "target": {"type": "AverageValue", "averageValue": "1Gi"},
                },
            },
            {
                "type": "Pods",
                "pods": {"metric": {"name": "a"}, "target": {"type": "AverageValue", "averageValue": "1k"}},
            },
            {
                "type": "Object",
                "object": {
                    "metric": {"name": "a"},
                    "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "web"},
                    "target": {"type": "Value", "value": "1"},
                },
            },
            {
                "type": "External",
                "external": {
                    "metric": {"name": "a", "selector": {"matchLabels": {"a": "b"}}},
                    "target": {"type": "Value", "value": 1},
                },
            },
        ],
        "behavior": {
            "scaleDown": {
                "stabilizationWindowSeconds": 300,
                "selectPolicy": "Min",
                "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
            }
        },
    },
}
OLD: Final = {
    "apiVersion": "autoscaling/v1",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "web"},
    "spec": {"scaleTargetRef": TARGET, "minReplicas": 2, "maxReplicas": 5, "targetCPUUtilizationPercentage": 80},
}
BUDGET: Final = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "web"},
    "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
}

scaler, old = Table("HorizontalPodAutoscaler", AUTOSCALER, "spec"), Table("HPA of v1", OLD, "spec")
for table in (scaler, old):
    table.value("invalid-value", "maxReplicas", 0, -1)
    table.value("invalid-value", "minReplicas", 0, -1)
    table.bad("more than there may be", "invalid-value", "maxReplicas", {"minReplicas": 6})
    table.good("as many as there may be", {"minReplicas": 5})
    table.values("minReplicas", 1, DROPPED)
    table.value("required-field", "scaleTargetRef.kind", "")
    table.value("required-field", "scaleTargetRef.name", "")
    table.value("invalid-name", "scaleTargetRef.kind", "a/b")
    table.value("invalid-name", "scaleTargetRef.name", "..", "a%b")
    table.value("invalid-format", "scaleTargetRef.apiVersion", "v1", "apps", "/v1", "a/b/c", "/")
    table.value("required-field", "scaleTargetRef.apiVersion", "", DROPPED)
    table.values("scaleTargetRef.apiVersion", "apps/", "apps/v9")
    table.values("scaleTargetRef", {"kind": "ReplicationController", "name": "a"})
old.value("invalid-value", "targetCPUUtilizationPercentage", 0, -1)
old.values("targetCPUUtilizationPercentage", DROPPED, 500)

scaler.values("metrics", [], DROPPED)
scaler.value("invalid-enum", "metrics.0.type", "resource")
scaler.value("required-field", "metrics.0.type", "")
scaler.bad("no source", "required-field", "metrics.0.resource", {"metrics.0.resource": DROPPED})
pods = AUTOSCALER["spec"]["metrics"][2]["pods"]  # type: ignore[index]  # a dict
scaler.bad("two sources", "forbidden-field", "metrics.0.pods", {"metrics.0.pods": pods})
scaler.value("required-field", "metrics.0.resource.name", "")
scaler.values("metrics.0.resource.name", "A B")
scaler.value("invalid-name", "metrics.1.containerResource.name", "A B", "a", "a.b/c_")
scaler.values("metrics.1.containerResource.name", "example.com/gpu", "hugepages-2Mi")
scaler.value("required-field", "metrics.1.containerResource.container", "")
scaler.value("invalid-name", "metrics.1.containerResource.container", "A")
for source in ("0.resource", "1.containerResource"):
    target = f"metrics.{source}.target"
    scaler.bad(
        f"{source} with no target", "required-field", f"{target}.averageUtilization", {target: {"type": "Utilization"}}
    )
    both = {"type": "Utilization", "averageUtilization": 5, "averageValue": 5}
    scaler.bad(f"{source} with two targets", "forbidden-field", f"{target}.averageValue", {target: both})
    scaler.good(f"{source} with another type", {f"{target}.type": "Value"})
for source, needed in (("2.pods", "averageValue"), ("3.object", "averageValue"), ("4.external", "averageValue")):
    target = f"metrics.{source}.target"
    scaler.bad(f"{source} with no target", "required-field", f"{target}.{needed}", {target: {"type": "Value"}})
    scaler.value("required-field", f"metrics.{source}.metric.name", "")
    scaler.value("invalid-name", f"metrics.{source}.metric.name", "a/b", "a%b", ".")
    scaler.value("invalid-value", f"{target}.averageUtilization", 0, -1)
    scaler.value("invalid-enum", f"{target}.type", "utilization")
    scaler.value("required-field", f"{target}.type", "")
scaler.bad(
    "external with two targets",
    "forbidden-field",
    "metrics.4.external.target.value",
    {"metrics.4.external.target.averageValue": 1},
)
scaler.good("object with two targets", {"metrics.3.object.target.averageValue": 1})
scaler.value("invalid-value", "metrics.3.object.target.value", "0", 0, "-1", "-1m")
scaler.value("invalid-value", "metrics.2.pods.target.averageValue", "0", "-1Gi")
scaler.values("metrics.2.pods.target.averageValue", "1n", 0.5)
scaler.values("metrics.3.object.describedObject.apiVersion", "", DROPPED, "v1", "a/b")
scaler.value("invalid-format", "metrics.3.object.describedObject.apiVersion", "a/b/c")
scaler.value("required-field", "metrics.3.object.describedObject.kind", "")
down = "behavior.scaleDown"
scaler.value("invalid-value", f"{down}.stabilizationWindowSeconds", -1, 3601)
scaler.values(f"{down}.stabilizationWindowSeconds", 0, 3600, DROPPED)
scaler.value("invalid-enum", f"{down}.selectPolicy", "min")
scaler.value("required-field", f"{down}.selectPolicy", "")
scaler.values(f"{down}.selectPolicy", "Disabled", "Max", DROPPED)
scaler.value("required-field", f"{down}.policies", [])
scaler.values(f"{down}.policies", DROPPED)
scaler.values("behavior", {}, {"scaleUp": {}})
scaler.value("invalid-enum", f"{down}.policies.0.type", "percent")
scaler.value("required-field", f"{down}.policies.0.type", "")
scaler.value("invalid-value", f"{down}.policies.0.value", 0, -1)
scaler.value("invalid-value", f"{down}.policies.0.periodSeconds", 0, -1, 1801)
scaler.values(f"{down}.policies.0.periodSeconds", 1800)
scaler.value("invalid-value", f"{down}.tolerance", "-1", -0.1)
scaler.values(f"{down}.tolerance", "0", 0.05)

budget = Table("PodDisruptionBudget", BUDGET, "spec")
budget.bad("both amounts", "forbidden-field", "maxUnavailable", {"maxUnavailable": 1})
for field in ("minAvailable", "maxUnavailable"):
    only = {"minAvailable": DROPPED} if field == "maxUnavailable" else {}
    budget.bad(f"{field} -1", "invalid-value", field, only | {field: -1})
    budget.bad(f"{field} 101%", "invalid-value", field, only | {field: "101%"})
    for text in ("", "1", "a", "%", "-1%", "1.5%", "1 %"):
        budget.bad(f"{field} {text!r}", "invalid-format", field, only | {field: text})
    for amount in (0, "0%", "100%", "007%"):
        budget.good(f"{field} {amount}", only | {field: amount})
budget.good("no amount", {"minAvailable": DROPPED})
budget.values("selector", {}, DROPPED)
budget.value("invalid-label", "selector.matchLabels.app", "a b")
budget.values("unhealthyPodEvictionPolicy", "AlwaysAllow")
budget.value("invalid-enum", "unhealthyPodEvictionPolicy", "")

CASES: Final = [*scaler.cases, *old.cases, *budget.cases]
