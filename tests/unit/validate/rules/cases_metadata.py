"""Names of all kinds, and the rest of the metadata."""

from __future__ import annotations

from typing import Any

from tests.unit.validate.rules.variants import DROPPED, Case, Table

RULE = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
ROLE = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
POD: dict[str, Any] = {"containers": [{"name": "a", "image": "b"}]}
WORK = {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": POD}}
RBAC = "rbac.authorization.k8s.io/v1"


def manifest(api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
    """Return a manifest with a name."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "good-1"}, **fields}


SUBDOMAINS = (
    manifest("v1", "ConfigMap"),
    manifest("v1", "Secret"),
    manifest("v1", "ServiceAccount"),
    manifest("v1", "Pod", spec=POD),
    manifest("apps/v1", "Deployment", spec=WORK),
    manifest("apps/v1", "DaemonSet", spec=WORK),
    manifest("coordination.k8s.io/v1", "Lease"),
    manifest("discovery.k8s.io/v1", "EndpointSlice", addressType="IPv4", endpoints=[]),
    manifest("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}}),
    manifest("networking.k8s.io/v1", "IngressClass", spec={"controller": "a.b/c"}),
    manifest("node.k8s.io/v1", "RuntimeClass", handler="a"),
    manifest("scheduling.k8s.io/v1", "PriorityClass", value=1),
    manifest("storage.k8s.io/v1", "StorageClass", provisioner="a.b/c"),
    manifest("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", webhooks=[]),
)
LABELS = (manifest("v1", "Namespace"), manifest("apps/v1", "StatefulSet", spec={**WORK, "serviceName": "a"}))
SEGMENTS = (
    manifest(RBAC, "Role", rules=[RULE]),
    manifest(RBAC, "ClusterRole", rules=[RULE]),
    manifest(RBAC, "RoleBinding", roleRef=ROLE, subjects=[]),
    manifest(RBAC, "ClusterRoleBinding", roleRef=ROLE, subjects=[]),
    manifest("policy/v1", "PodDisruptionBudget", spec={"maxUnavailable": 1, "selector": {}}),
)
CASES: list[Case] = []
NAME, BASE = "metadata.name", "metadata.generateName"
GENERATED = {NAME: DROPPED}
BAD_EVERYWHERE = ("a/b", "a%b", ".", "..")
for good in SUBDOMAINS:
    names = Table(good["kind"], good)
    names.values(NAME, "a.b", "1", "1.2.3", "a--b", "a" * 253)
    names.value(
        "invalid-name", NAME, *BAD_EVERYWHERE, "A", "a_b", "a b", "-a", "a-", "a.", ".a", "a..b", "ä", "a\n", "a" * 254
    )
    for base in ("a", "a-", "a.b-", "a--"):
        names.good(f"made of {base}", {**GENERATED, BASE: base})
    for base in ("A", "a.", "-a", "a/b", "a_", "a" * 254):
        names.bad(f"made of {base[:20]}", "invalid-name", BASE, {**GENERATED, BASE: base})
    names.bad("a name, made of A", "invalid-name", BASE, {BASE: "A"})
    CASES += names.cases
for good in LABELS:
    names = Table(good["kind"], good)
    names.values(NAME, "1", "a--b", "a" * 63)
    names.value("invalid-name", NAME, *BAD_EVERYWHERE, "A", "a.b", "a_b", "a b", "-a", "a-", "a\n", "a" * 64)
    for base in ("a", "a-", "a" * 63, "a" * 63 + "-"):
        names.good(f"made of {base}", {**GENERATED, BASE: base})
    for base in ("A", "a.b", "-a", "a" * 64):
        names.bad(f"made of {base[:20]}", "invalid-name", BASE, {**GENERATED, BASE: base})
    CASES += names.cases
for good in SEGMENTS:
    names = Table(good["kind"], good)
    names.values(NAME, "A", "system:a", "a b", "-a", "a_", "ä", "a" * 300, "...")
    names.value("invalid-name", NAME, *BAD_EVERYWHERE)
    names.good("made of A:", {**GENERATED, BASE: "A:"})
    names.bad("made of a/", "invalid-name", BASE, {**GENERATED, BASE: "a/"})
    CASES += names.cases

service = Table("Service", manifest("v1", "Service", spec={"ports": [{"port": 80}]}))
service.values(NAME, "a", "1a", "a" * 63)
service.value("invalid-name", NAME, "A", "a.b", "a_b", "a-", "a" * 64)
CASES += service.cases

controller = Table(
    "ReplicationController",
    manifest(
        "v1",
        "ReplicationController",
        spec={"selector": {"app": "a"}, "template": {"metadata": {"labels": {"app": "a"}}, "spec": POD}},
    ),
)
controller.good("a name, made of A", {BASE: "A"})
controller.bad("made of A", "invalid-name", BASE, {**GENERATED, BASE: "A"})
CASES += controller.cases
device_class = Table("DeviceClass", manifest("resource.k8s.io/v1", "DeviceClass", spec={}))
device_class.good("a name, made of A", {BASE: "A"})
CASES += device_class.cases

cron_job = Table(
    "CronJob",
    manifest(
        "batch/v1",
        "CronJob",
        spec={
            "schedule": "@daily",
            "jobTemplate": {"spec": {"template": {"spec": {**POD, "restartPolicy": "Never"}}}},
        },
    ),
)
cron_job.values(NAME, "a.b", "a" * 52)
cron_job.value("invalid-name", NAME, "a" * 53, "A")
cron_job.good("made of 47", {**GENERATED, BASE: "a" * 47})
cron_job.bad("made of 48", "invalid-name", BASE, {**GENERATED, BASE: "a" * 48})
cron_job.good("a name, made of 60", {BASE: "a" * 60})
CASES += cron_job.cases

SCHEMA = {"openAPIV3Schema": {"type": "object"}}
definition = Table(
    "CustomResourceDefinition",
    {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"plural": "things", "kind": "Thing"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": SCHEMA}],
        },
    },
)
definition.value("invalid-name", NAME, "thing.example.com", "things", "things.example.org", "things.example.com.")
definition.bad("made", "forbidden-field", BASE, {**GENERATED, BASE: "things.example.com"})
CASES += definition.cases

service_of_api = Table(
    "APIService",
    {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {"name": "metrics-server", "namespace": "kube-system"},
        },
    },
)
service_of_api.value("invalid-name", NAME, "v1.metrics.k8s.io", "metrics", "v1beta1.metrics.k8s.io.")
CASES += service_of_api.cases

address = Table(
    "IPAddress",
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IPAddress",
        "metadata": {"name": "10.0.77.1"},
        "spec": {"parentRef": {"resource": "services", "name": "a", "namespace": "b"}},
    },
)
address.values(NAME, "2001:db8::1")
address.value("invalid-name", NAME, "a", "010.0.0.1", "2001:DB8::1", "2001:db8:0::1", "10.0.0.1/32", "")
address.cases.pop()
CASES += address.cases

meta = Table("metadata", manifest("v1", "ConfigMap"), "metadata")
for key in ("a", "A", "a.b/c", "a.b/A_b-9.c", "1", f"{'a' * 253}/{'b' * 63}"):
    meta.good(f"label {key[:20]}", {("labels", key): "b"})
    meta.good(f"annotation {key[:20]}", {("annotations", key): "any thing\n"})
for key in (
    "",
    "a b",
    "a/",
    "/a",
    "a/b/c",
    "-a",
    "a-",
    "_a",
    "a_b/c",
    "ä",
    "a\n",
    "a" * 64,
    f"{'a' * 254}/b",
    f"a/{'b' * 64}",
):
    meta.bad(f"label {key[:20]!r}", "invalid-label", ("labels", key), {("labels", key): "b"})
    meta.bad(f"annotation {key[:20]!r}", "invalid-label", ("annotations", key), {("annotations", key): "b"})
meta.bad("label with upper case", "invalid-label", ("labels", "A.b/c"), {("labels", "A.b/c"): "d"})
meta.good("annotation with upper case", {("annotations", "A.b/C"): "d"})
meta.values("labels.a", "", "a", "A_b-9.c", "1", "a" * 63, None)
meta.value("invalid-label", "labels.a", "a b", "-a", "a-", ".a", "a/b", "ä", "a\n", " ", "a" * 64)
FULL = 256 * 1024
meta.good("as much as may be", {"annotations": {"a": "b" * (FULL - 2), "c": ""}})
meta.bad("one more", "limit-exceeded", "annotations", {"annotations": {"a": "b" * (FULL - 1), "c": ""}})
meta.good("wide, as much as may be", {"annotations.a": "€" * (FULL // 3)})
meta.bad("wide, more", "limit-exceeded", "annotations", {"annotations.a": "€" * (FULL // 3 + 1)})
meta.values("annotations.a", None, "")
meta.value("invalid-name", "finalizers.0", "foo", "foo.bar", "a b", "", "a/b/c", "/a", None)
meta.values("finalizers.0", "a.b/c", "kubernetes", "orphan", "foregroundDeletion")
meta.bad("two ways of deletion", "forbidden-field", "finalizers.1", {"finalizers": ["orphan", "foregroundDeletion"]})
meta.good("the same finalizer twice", {"finalizers": ["a.b/c", "a.b/c"]})
OWNER: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a", "uid": "b"}
OWN = "ownerReferences.0"
meta.values(OWN, OWNER, {**OWNER, "controller": True, "blockOwnerDeletion": True}, {**OWNER, "apiVersion": "v1"})
for field in ("apiVersion", "kind", "name", "uid"):
    meta.bad(f"owner with empty {field}", "required-field", f"{OWN}.{field}", {OWN: {**OWNER, field: ""}})
    without = {key: text for key, text in OWNER.items() if key != field}
    meta.bad(f"owner without {field}", "required-field", f"{OWN}.{field}", {OWN: without})
for version in ("a/b/c", "a/", "/"):
    meta.bad(f"owner of {version!r}", "invalid-value", f"{OWN}.apiVersion", {OWN: {**OWNER, "apiVersion": version}})
meta.good("owner of /v1", {OWN: {**OWNER, "apiVersion": "/v1"}})
meta.bad("an Event as owner", "invalid-value", f"{OWN}.kind", {OWN: {**OWNER, "apiVersion": "v1", "kind": "Event"}})
meta.good("another Event as owner", {OWN: {**OWNER, "apiVersion": "events.k8s.io/v1", "kind": "Event"}})
TWO = [{**OWNER, "controller": True}, {**OWNER, "uid": "c", "controller": True}]
meta.bad("two controllers", "forbidden-field", "ownerReferences.1.controller", {"ownerReferences": TWO})
meta.good("a controller", {"ownerReferences": [TWO[0], {**TWO[1], "controller": False}]})
meta.value("invalid-value", "generation", -1)
meta.values("generation", 0, 7)
meta.good(
    "what the server sets",
    {"uid": "a", "creationTimestamp": "2026-01-02T03:04:05Z", "selfLink": "/a", "managedFields": []},
)
meta.good(
    "null", {"labels": None, "annotations": None, "finalizers": None, "ownerReferences": None, "generateName": None}
)
CASES += meta.cases

# Kinds that take finalizers which are no standard ones, and kinds whose generation is the server's own to count.
for good in (
    manifest("coordination.k8s.io/v1", "Lease"),
    SEGMENTS[-1],
    manifest("node.k8s.io/v1", "RuntimeClass", handler="a"),
):
    finalizers = Table(f"finalizers of {good['kind']}", good)
    finalizers.values("metadata.finalizers.0", "foo", "foo.bar")
    finalizers.value("invalid-name", "metadata.finalizers.0", "a b")
    CASES += finalizers.cases
for good in (manifest("apps/v1", "Deployment", spec=WORK), SEGMENTS[-1], SUBDOMAINS[3]):
    counted = Table(f"generation of {good['kind']}", good)
    counted.values("metadata.generation", -1)
    CASES += counted.cases
for good in (SEGMENTS[0], manifest("coordination.k8s.io/v1", "Lease"), manifest("v1", "ServiceAccount")):
    counted = Table(f"generation of {good['kind']}", good)
    counted.value("invalid-value", "metadata.generation", -1)
    CASES += counted.cases

template = Table("template", manifest("apps/v1", "Deployment", spec=WORK), "spec.template.metadata")
template.value("invalid-label", ("labels", "c"), "a b", "a" * 64)
template.bad("label", "invalid-label", ("labels", "a b"), {("labels", "a b"): ""})
template.bad("annotation", "invalid-label", ("annotations", "a b"), {("annotations", "a b"): ""})
template.values("name", "A b")
template.values("finalizers", ["a b"])
template.values("generateName", "a/b")
CASES += template.cases
