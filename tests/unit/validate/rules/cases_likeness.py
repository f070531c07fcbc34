"""Two places that disagree: the one is named that is unlike the rest of the object."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.variants import DROPPED, Table

WEB: Final = "containers.0"
NEXT: Final = "containers.1"
pod = Table(
    "likeness: Pod",
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {
            "containers": [
                {
                    "name": "web",
                    "image": "a",
                    "ports": [{"name": "http", "containerPort": 8080}],
                    "resources": {
                        "limits": {"memory": "1Gi", "cpu": "1"},
                        "requests": {"memory": "100Mi", "cpu": "500m"},
                    },
                    "livenessProbe": {"httpGet": {"port": "http"}},
                    "volumeMounts": [{"name": "data", "mountPath": "/var/data"}, {"name": "tmp", "mountPath": "/tmp"}],
                },
                {"name": "side", "image": "a", "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]},
            ],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "a"}}, {"name": "tmp", "emptyDir": {}}],
        },
    },
    "spec",
)
# A volume and its mounts.
pod.bad("no such volume", "invalid-reference", f"{WEB}.volumeMounts.0.name", {f"{WEB}.volumeMounts.0.name": "other"})
pod.bad("a volume with another name", "invalid-reference", "volumes.0.name", {"volumes.0.name": "xxx"})
pod.bad("one that two mount", "invalid-reference", "volumes.1.name", {"volumes.1.name": "xxx"})
pod.bad("a missing one that two mount", "invalid-reference", "volumes", {"volumes.1": DROPPED})
pod.bad("a missing one", "invalid-reference", "volumes", {"volumes.0": DROPPED})
extra = {f"{WEB}.volumeMounts.2": {"name": "extra", "mountPath": "/x"}}
pod.bad("one that is mounted last", "invalid-reference", f"{WEB}.volumeMounts.2.name", extra)
third = {"volumes.2": {"name": "more", "emptyDir": {}}, f"{NEXT}.volumeMounts.1": {"name": "more", "mountPath": "/m"}}
pod.bad("one that could be another", "invalid-reference", f"{WEB}.volumeMounts.0.name", third | {"volumes.0": DROPPED})
taken = {f"{WEB}.volumeMounts.0.name": "side", "volumes.0.name": "some"}
pod.bad("a mount by a container's name", "invalid-reference", f"{WEB}.volumeMounts.0.name", taken)
taken = {f"{WEB}.volumeMounts.0.name": "some", "volumes.0.name": "web"}
pod.bad("a volume by the Pod's name", "invalid-reference", "volumes.0.name", taken)
mean = {f"{WEB}.volumeMounts.0.name": "data", "volumes.0.name": "data-of-shop"}
pod.bad("more than the rest says", "invalid-reference", "volumes.0.name", mean)
# Two sources.
CLAIM: Final = {"persistentVolumeClaim": {"claimName": "data"}}
for name, volume, source in (
    ("like none, the first says nothing", {"name": "x", "emptyDir": {}, **CLAIM}, "emptyDir"),
    ("like none, the second says less", {"name": "x", **CLAIM, "hostPath": {"path": "/"}}, "hostPath"),
    ("like none, the first is above the name", {**CLAIM, "name": "x", "emptyDir": {}}, "persistentVolumeClaim"),
    ("like none, the second is above the name", {"emptyDir": {}, "name": "x", **CLAIM}, "emptyDir"),
    ("like none, both are above the name", {**CLAIM, "emptyDir": {}, "name": "x"}, "emptyDir"),
    ("like the first", {"name": "claim-x", **CLAIM, "emptyDir": {}}, "emptyDir"),
    ("like the second", {"name": "claim-x", "emptyDir": {}, **CLAIM}, "emptyDir"),
):
    pod.bad(f"two sources, {name}", "forbidden-field", f"volumes.2.{source}", {"volumes.2": volume})
# Two handlers.
SOCKET: Final = {"tcpSocket": {"port": 8080}}
GET: Final = {"httpGet": {"port": 80}}
for name, probe, handler in (
    ("the second's port is another", {**SOCKET, **GET}, "httpGet"),
    ("the first's port is another", {**GET, **SOCKET}, "httpGet"),
    ("both ports are others", {**GET, "tcpSocket": {"port": 81}}, "tcpSocket"),
    ("one has no port", {"exec": {"command": ["a"]}, **SOCKET}, "tcpSocket"),
):
    changes = {f"{WEB}.livenessProbe": probe}
    pod.bad(f"two handlers: {name}", "forbidden-field", f"{WEB}.livenessProbe.{handler}", changes)
# A request and its limit.
amounts = f"{WEB}.resources"
for limit in ("100", 0, "0.5"):
    pod.bad(f"memory of {limit}", "limit-exceeded", f"{amounts}.limits.memory", {f"{amounts}.limits.memory": limit})
pod.bad("some memory", "limit-exceeded", f"{amounts}.requests.memory", {f"{amounts}.limits.memory": "50Mi"})
for limit in ("1e-1", ".1", "100m "):
    pod.bad(f"a limit of {limit!r}", "limit-exceeded", f"{amounts}.limits.cpu", {f"{amounts}.limits.cpu": limit})
odd = {f"{amounts}.limits.cpu": "1e-1", f"{amounts}.requests.cpu": " 1"}
pod.bad("odd amounts both", "limit-exceeded", f"{amounts}.requests.cpu", odd)
gpus = {("containers", 0, "resources", field, "a.b/c"): text for field, text in (("limits", "1e3"), ("requests", "1"))}
pod.bad("GPUs in thousands", "invalid-value", ("containers", 0, "resources", "limits", "a.b/c"), gpus)
pod.bad("hardly any cpu", "limit-exceeded", f"{amounts}.limits.cpu", {f"{amounts}.limits.cpu": "1m"})
pod.bad("null as a source", "required-field", f"{WEB}.env.0.valueFrom.fieldRef",
        {f"{WEB}.env": [{"name": "A", "valueFrom": {"fieldRef": None}}]})  # fmt: skip

LABELS: Final = "template.metadata.labels"
deployment = Table(
    "likeness: Deployment",
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "x"},
        "spec": {
            "selector": {"matchLabels": {"app": "red"}, "matchExpressions": [{"key": "app", "operator": "Exists"}]},
            "template": {
                "metadata": {"labels": {"app": "red"}},
                "spec": {"containers": [{"name": "a", "image": "b"}]},
            },
        },
    },
    "spec",
)
KEYED: Final = {"selector.matchExpressions": DROPPED}
deployment.bad("a label by another name", "selector-mismatch", f"{LABELS}.other", {LABELS: {"other": "red"}, **KEYED})
other = {"selector.matchLabels": {"other": "red"}}
deployment.bad("a selector by another name", "selector-mismatch", "selector.matchLabels.other", {**other, **KEYED})
more = {"selector.matchLabels": {"tier": "back", "app": "red"}, **KEYED}
deployment.bad("a label that nothing speaks of", "selector-mismatch", "selector.matchLabels.tier", more)
named = {"template.spec.containers.0.name": "back"}
deployment.bad("one that something speaks of", "selector-mismatch", f"{LABELS}.tier", more | named)
ALONE: Final = {"selector.matchLabels": DROPPED}
expression = "selector.matchExpressions.0"
deployment.bad("no labels", "selector-mismatch", LABELS, {LABELS: None, **ALONE})
deployment.bad("a label that no one has", "selector-mismatch", expression, {f"{expression}.key": "other", **ALONE})
own = Table("likeness: with labels", deployment.cases[0].manifest)
own.bad(
    "the object's own labels",
    "selector-mismatch",
    f"spec.{LABELS}.app",
    {
        "metadata.labels": {"app": "red"},
        f"spec.{LABELS}": {"other": "red"},
        "spec.selector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
    },
)

limits = Table(
    "likeness: LimitRange",
    {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "a"},
        "spec": {
            "limits": [
                {
                    "type": "Container",
                    "max": {"cpu": "4"},
                    "min": {"cpu": "10m"},
                    "default": {"cpu": "1"},
                    "defaultRequest": {"cpu": "100m"},
                }
            ]
        },
    },
    "spec.limits.0",
)
limits.value("invalid-value", "max.cpu", "0", "5m", "50m")
limits.value("invalid-value", "default.cpu", "0", "5m", "5")
limits.value("invalid-value", "defaultRequest.cpu", "2", "5")
limits.value("invalid-value", "min.cpu", "3", "5")

CASES: Final = [*pod.cases, *deployment.cases, *own.cases[1:], *limits.cases]
