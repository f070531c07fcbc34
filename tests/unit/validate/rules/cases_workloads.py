"""Deployments, ReplicaSets, StatefulSets, DaemonSets and ReplicationControllers."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.variants import DROPPED, Table

LABELS: Final = {"app": "web", "tier": "front"}
TEMPLATE: Final[dict[str, Any]] = {
    "metadata": {"labels": LABELS},
    "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
}
META: Final[dict[str, Any]] = {"name": "web", "namespace": "default", "labels": LABELS}
SELECTOR: Final[dict[str, Any]] = {"matchLabels": LABELS}


def workload(kind: str, spec: dict[str, Any], api_version: str = "apps/v1") -> Table:
    """Return a table for a kind."""
    return Table(kind, {"apiVersion": api_version, "kind": kind, "metadata": META, "spec": spec}, "spec")


def always(table: Table) -> None:
    """Add the cases of templates of Pods that always run."""
    table.value("invalid-enum", "template.spec.restartPolicy", "Never", "OnFailure")
    table.values("template.spec.restartPolicy", "Always", "")
    table.bad(
        "a deadline",
        "forbidden-field",
        "template.spec.activeDeadlineSeconds",
        {"template.spec.activeDeadlineSeconds": 5},
    )
    table.value("invalid-label", "template.metadata.labels.other", "a b")
    table.value("invalid-name", "template.spec.containers.0.name", "Web")


def selecting(table: Table) -> None:
    """Add the cases of selectors."""
    always(table)
    table.value("required-field", "selector", {})
    nothing: dict[str, Any] = {"selector": {"matchLabels": {}, "matchExpressions": []}}
    table.bad("a selector of nothing", "required-field", "selector.matchLabels", nothing)
    # What the labels of the object itself speak against is wrong.
    table.value("selector-mismatch", "selector.matchLabels.app", "other")
    table.value("selector-mismatch", "template.metadata.labels.app", "other")
    table.value("selector-mismatch", "template.metadata.labels.app", None)
    table.value("selector-mismatch", "selector.matchLabels.app", None)
    table.bad(
        "a label that only the selector has",
        "selector-mismatch",
        "selector.matchLabels.more",
        {"selector.matchLabels.more": "a"},
    )
    table.value("selector-mismatch", "template.metadata.labels.app", None)
    table.value("selector-mismatch", "selector.matchLabels.app", None)
    table.bad(
        "a label that only the template lacks",
        "selector-mismatch",
        "template.metadata.labels.tier",
        {"template.metadata.labels.tier": DROPPED},
    )
    table.bad("no labels", "selector-mismatch", "template.metadata.labels.app", {"template.metadata": DROPPED})
    table.good("more labels", {"template.metadata.labels.more": "a"})
    table.value("invalid-label", "selector.matchLabels.app", "a b")
    expression = {"key": "app", "operator": "In", "values": ["web", "other"]}
    table.good("an expression", {"selector.matchExpressions": [expression]})
    table.good("an expression alone", {"selector": {"matchExpressions": [expression]}})
    table.good(
        "an expression of what is not", {"selector.matchExpressions": [{"key": "other", "operator": "DoesNotExist"}]}
    )
    for index, other in enumerate(
        (
            {"key": "app", "operator": "NotIn", "values": ["web"]},
            {"key": "other", "operator": "Exists"},
            {"key": "other", "operator": "In", "values": ["a"]},
            {"key": "app", "operator": "DoesNotExist"},
        )
    ):
        change = {"selector.matchExpressions": [expression, other]}
        table.bad(
            f"an expression that does not match {index}", "selector-mismatch", "selector.matchExpressions.1", change
        )
    table.bad(
        "an expression without values",
        "required-field",
        "selector.matchExpressions.0.values",
        {"selector.matchExpressions": [{"key": "app", "operator": "In"}]},
    )
    table.bad(
        "an unknown operator",
        "invalid-enum",
        "selector.matchExpressions.0.operator",
        {"selector.matchExpressions": [{"key": "app", "operator": "Is"}]},
    )


deployment = workload(
    "Deployment",
    {
        "replicas": 2,
        "minReadySeconds": 5,
        "progressDeadlineSeconds": 60,
        "revisionHistoryLimit": 0,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}},
        "selector": SELECTOR,
        "template": TEMPLATE,
    },
)
selecting(deployment)
for field in ("replicas", "minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit"):
    deployment.value("invalid-value", field, -1)
deployment.value("invalid-value", "progressDeadlineSeconds", 5, 0)
deployment.values("progressDeadlineSeconds", 6)
deployment.bad(
    "ready after the default deadline",
    "invalid-value",
    "minReadySeconds",
    {"progressDeadlineSeconds": DROPPED, "minReadySeconds": 600},
)
deployment.good("ready before the default deadline", {"progressDeadlineSeconds": DROPPED, "minReadySeconds": 599})
deployment.bad("recreation with an update", "forbidden-field", "strategy.rollingUpdate", {"strategy.type": "Recreate"})
deployment.good("recreation", {"strategy": {"type": "Recreate"}})
deployment.values("strategy", {}, None, {"rollingUpdate": {}}, {"rollingUpdate": {"maxSurge": 0}}, {"type": ""})
rolling = "strategy.rollingUpdate"
for field in ("maxSurge", "maxUnavailable"):
    deployment.value("invalid-format", f"{rolling}.{field}", "5", "a", "", "-5%", "2.5%")
    deployment.value("invalid-value", f"{rolling}.{field}", -1)
    deployment.values(f"{rolling}.{field}", 0, "0%", "100%", 1000)
deployment.value("invalid-value", f"{rolling}.maxUnavailable", "101%")
deployment.values(f"{rolling}.maxSurge", "101%", "1000%")
for surge, unavailable in ((0, 0), ("0%", 0), (0, "0%")):
    change = {f"{rolling}.maxSurge": surge, f"{rolling}.maxUnavailable": unavailable}
    deployment.bad(f"no movement {surge!r} {unavailable!r}", "invalid-value", f"{rolling}.maxUnavailable", change)

replica_set = workload("ReplicaSet", {"replicas": 2, "minReadySeconds": 5, "selector": SELECTOR, "template": TEMPLATE})
selecting(replica_set)
replica_set.value("invalid-value", "replicas", -1)
replica_set.value("invalid-value", "minReadySeconds", -1)

daemon_set = workload(
    "DaemonSet",
    {
        "minReadySeconds": 5,
        "revisionHistoryLimit": 0,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "25%"}},
        "selector": SELECTOR,
        "template": TEMPLATE,
    },
)
selecting(daemon_set)
daemon_set.value("invalid-value", "minReadySeconds", -1)
daemon_set.value("invalid-value", "revisionHistoryLimit", -1)
rolling = "updateStrategy.rollingUpdate"
for field, other in (("maxSurge", "maxUnavailable"), ("maxUnavailable", "maxSurge")):
    alone = {f"{rolling}.{other}": 0}
    for value in ("5", "a", "", "-5%"):
        daemon_set.bad(
            f"{field} {value!r}", "invalid-format", f"{rolling}.{field}", alone | {f"{rolling}.{field}": value}
        )
    daemon_set.bad(f"{field} 101%", "invalid-value", f"{rolling}.{field}", alone | {f"{rolling}.{field}": "101%"})
    daemon_set.bad(f"{field} -1", "invalid-value", f"{rolling}.{field}", alone | {f"{rolling}.{field}": -1})
    daemon_set.good(f"{field} alone", alone | {f"{rolling}.{field}": 1})
daemon_set.value("invalid-value", f"{rolling}.maxSurge", 1, "1%")
daemon_set.value("invalid-value", f"{rolling}.maxUnavailable", 0, "0%")
daemon_set.bad("a surge beside the default", "invalid-value", f"{rolling}.maxSurge", {rolling: {"maxSurge": 1}})
daemon_set.good("another strategy", {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"maxSurge": 1}}})
daemon_set.values("updateStrategy", {}, None, {"type": "OnDelete"}, {"rollingUpdate": {}})

CLAIM: Final[dict[str, Any]] = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
stateful_set = workload(
    "StatefulSet",
    {
        "replicas": 2,
        "minReadySeconds": 5,
        "serviceName": "web",
        "podManagementPolicy": "Parallel",
        "ordinals": {"start": 1},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"},
        "selector": SELECTOR,
        "template": {
            **TEMPLATE,
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "nginx:1.27",
                        "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "tmp", "mountPath": "/tmp"}],
                    }
                ],
                "volumes": [{"name": "tmp", "emptyDir": {}}],
            },
        },
        "volumeClaimTemplates": [CLAIM],
    },
)
selecting(stateful_set)
for field in ("replicas", "minReadySeconds", "ordinals.start", "updateStrategy.rollingUpdate.partition"):
    stateful_set.value("invalid-value", field, -1)
stateful_set.value("invalid-name", "serviceName", "Web", "a.b", "a" * 64)
stateful_set.values("serviceName", "", "1a")
stateful_set.value("invalid-enum", "persistentVolumeClaimRetentionPolicy.whenDeleted", "Keep")
stateful_set.value("invalid-enum", "persistentVolumeClaimRetentionPolicy.whenScaled", "delete")
stateful_set.values("persistentVolumeClaimRetentionPolicy", {}, None, {"whenDeleted": ""})
stateful_set.bad(
    "an update on deletion", "forbidden-field", "updateStrategy.rollingUpdate", {"updateStrategy.type": "OnDelete"}
)
stateful_set.values("updateStrategy", {}, None, {"type": "OnDelete"}, {"rollingUpdate": {"maxUnavailable": 0}})
stateful_set.value("invalid-reference", "template.spec.containers.0.volumeMounts.0.name", "date")
stateful_set.good(
    "a volume that a claim takes the place of",
    {"template.spec.volumes.1": {"name": "data", "hostPath": {"path": ".."}}},
)
stateful_set.good(
    "one of which a field is missing",
    {"template.spec.volumes.1": {"name": "data", "persistentVolumeClaim": {}}},
)
stateful_set.value("invalid-name", "volumeClaimTemplates.0.metadata.name", "Data", "a.b")
stateful_set.value("required-field", "volumeClaimTemplates", None, [])
stateful_set.value("required-field", "volumeClaimTemplates.0.spec.accessModes", [])
stateful_set.bad(
    "a claim without storage",
    "required-field",
    "volumeClaimTemplates.0.spec.resources.requests.storage",
    {"volumeClaimTemplates.0.spec.resources": DROPPED},
)
stateful_set.value("invalid-name", "volumeClaimTemplates.0.spec.storageClassName", "A")
stateful_set.good(
    "names that the controller replaces", {"template.spec.hostname": "A b", "template.spec.subdomain": "A b"}
)

controller = workload("ReplicationController", {"replicas": 1, "selector": LABELS, "template": TEMPLATE}, "v1")
always(controller)
controller.value("invalid-value", "replicas", -1)
controller.value("invalid-value", "minReadySeconds", -1)
controller.values("selector", {}, None)
controller.value("selector-mismatch", "selector.app", "other")
controller.value("selector-mismatch", "template.metadata.labels.app", "other")
controller.bad("no template", "required-field", "template", {"template": DROPPED})
controller.bad(
    "no labels and no selector",
    "required-field",
    "template.metadata.labels",
    {"selector": DROPPED, "template.metadata": DROPPED},
)

CASES: Final = [
    *deployment.cases,
    *replica_set.cases,
    *daemon_set.cases,
    *stateful_set.cases,
    *controller.cases,
]
