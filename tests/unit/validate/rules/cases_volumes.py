"""Volumes of Pods, whatever they come from."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.variants import DROPPED, Table

CLAIM: Final[dict[str, Any]] = {
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "1Gi"}},
    "storageClassName": "fast",
}
ITEM: Final[dict[str, Any]] = {"key": "a", "path": "b/c", "mode": 0o400}
PROJECTED: Final[dict[str, Any]] = {
    "defaultMode": 0o644,
    "sources": [
        {"secret": {"name": "a", "items": [ITEM]}},
        {"configMap": {"name": "a", "items": [ITEM | {"path": "d"}]}},
        {"downwardAPI": {"items": [{"path": "e", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
    ],
}
SPEC: Final[dict[str, Any]] = {
    "serviceAccountName": "web",
    "containers": [{"name": "web", "image": "nginx:1.27"}],
    "volumes": [
        {"name": "empty", "emptyDir": {"sizeLimit": "1Gi", "medium": "Memory"}},
        {"name": "host", "hostPath": {"path": "/var/log", "type": "Directory"}},
        {"name": "settings", "configMap": {"name": "settings", "defaultMode": 0o644, "items": [ITEM]}},
        {"name": "secrets", "secret": {"secretName": "secrets", "items": [ITEM], "optional": True}},
        {"name": "claimed", "persistentVolumeClaim": {"claimName": "claimed"}},
        {"name": "shared", "nfs": {"server": "nfs.example.com", "path": "/"}},
        {"name": "driver", "csi": {"driver": "Secrets.CSI.x-k8s.io", "nodePublishSecretRef": {"name": "a"}}},
        {"name": "made", "ephemeral": {"volumeClaimTemplate": {"metadata": {"labels": {"a": "b"}}, "spec": CLAIM}}},
        {"name": "files", "image": {"reference": "example.com/files:v1", "pullPolicy": "Always"}},
        {
            "name": "facts",
            "downwardAPI": {
                "defaultMode": 0,
                "items": [
                    {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}, "mode": 0o777},
                    {"path": "cpu", "resourceFieldRef": {"containerName": "web", "resource": "limits.cpu"}},
                ],
            },
        },
        {"name": "all", "projected": PROJECTED},
    ],
}
POD: Final[dict[str, Any]] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": SPEC,
}
TEMPLATE: Final[dict[str, Any]] = {
    "apiVersion": "v1",
    "kind": "PodTemplate",
    "metadata": {"name": "web", "namespace": "default"},
    "template": {"spec": SPEC},
}


def in_both() -> list[Table]:
    """Return a table for a Pod and one for a template, whose volumes follow the same rules."""
    return [Table("Pod", POD, "spec.volumes"), Table("template", TEMPLATE, "template.spec.volumes")]


TABLES: Final = in_both()
for spec in TABLES:
    spec.value("invalid-name", "0.name", "A", "a.b", "a" * 64)
    spec.value("required-field", "0.name", "")
    spec.value("duplicate-item", "1.name", "empty")
    spec.good("no source", {"0.emptyDir": DROPPED})
    spec.bad("two sources", "forbidden-field", "0.hostPath", {"0.hostPath": {"path": "/a"}})
    spec.value("invalid-value", "0.emptyDir.sizeLimit", "-1")
    spec.values("0.emptyDir.sizeLimit", "0", 1)
    spec.values("0.emptyDir.medium", "", "HugePages", "Other")
    spec.value("required-field", "1.hostPath.path", "")
    spec.value("invalid-format", "1.hostPath.path", "/a/../b", "..")
    spec.values("1.hostPath.path", "relative", "/a\\..\\b")
    for number, source, name in ((2, "configMap", "name"), (3, "secret", "secretName")):
        place = f"{number}.{source}"
        spec.value("required-field", f"{place}.{name}", "")
        spec.bad(f"{source} without a name", "required-field", f"{place}.{name}", {f"{place}.{name}": DROPPED})
        spec.values(f"{place}.{name}", "Any name")
        spec.value("invalid-value", f"{place}.defaultMode", -1, 0o1000, 777777)
        spec.values(f"{place}.defaultMode", 0, 0o777)
        spec.value("invalid-value", f"{place}.items.0.mode", -1, 0o1000)
        spec.value("required-field", f"{place}.items.0.key", "")
        spec.value("required-field", f"{place}.items.0.path", "")
        spec.value("invalid-format", f"{place}.items.0.path", "/a", "../a", "..a", "a/../b", "..")
        spec.values(f"{place}.items.0.path", "a..", "a/..b", "a b")
        spec.good(f"{source}: a path twice", {f"{place}.items.1": ITEM})
    spec.value("required-field", "4.persistentVolumeClaim.claimName", "")
    spec.values("4.persistentVolumeClaim.claimName", "Any name")
    spec.value("required-field", "5.nfs.server", "")
    spec.value("required-field", "5.nfs.path", "")
    spec.value("invalid-format", "5.nfs.path", "a")
    spec.value("required-field", "6.csi.driver", "")
    spec.value("invalid-name", "6.csi.driver", "a_b", "-a")
    spec.value("limit-exceeded", "6.csi.driver", "a" * 64)
    spec.value("required-field", "6.csi.nodePublishSecretRef.name", "")
    spec.value("invalid-name", "6.csi.nodePublishSecretRef.name", "A")

# What differs: a Pod has its name, and is not made from its template by a controller.
pod, template = TABLES
pod.value("required-field", "8.image.reference", "")
template.values("8.image.reference", "")
own = "4.persistentVolumeClaim.claimName"
pod.bad("a claim that the Pod makes itself", "invalid-reference", own, {own: "web-made"})
template.values(own, "web-made")

CASES: Final = [case for table in TABLES for case in table.cases]
