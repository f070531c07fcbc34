"""Configurations of webhooks."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.variants import DROPPED, Table

HOOK: Final = {
    "name": "a.example.com",
    "admissionReviewVersions": ["v1", "v1beta1"],
    "sideEffects": "None",
    "timeoutSeconds": 5,
    "failurePolicy": "Fail",
    "matchPolicy": "Exact",
    "clientConfig": {"service": {"name": "hook", "namespace": "default", "path": "/validate", "port": 8443}},
    "namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]},
    "objectSelector": {},
    "rules": [
        {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "scope": "*"},
    ],
    "matchConditions": [{"name": "a", "expression": "true"}, {"name": "b.example/b", "expression": "true"}],
}
VALIDATING: Final = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": "hooks"},
    "webhooks": [HOOK, HOOK | {"name": "b.example.com"}],
}
MUTATING: Final = VALIDATING | {"kind": "MutatingWebhookConfiguration"}

validating = Table("ValidatingWebhookConfiguration", VALIDATING, "webhooks")
mutating = Table("MutatingWebhookConfiguration", MUTATING, "webhooks")
mutating.values("0.reinvocationPolicy", "Never", "IfNeeded")
mutating.value("invalid-enum", "0.reinvocationPolicy", "")
for table in (validating, mutating):
    table.value("required-field", "0.name", "")
    table.value("invalid-name", "0.name", "a", "a.b", "A.b.c", "a_b.c.d")
    table.bad("one name twice", "duplicate-item", "1.name", {"1.name": "a.example.com"})
    table.value("invalid-enum", "0.sideEffects", "Some", "Unknown", "")
    table.values("0.sideEffects", "NoneOnDryRun")
    table.value("invalid-value", "0.timeoutSeconds", 0, 31, -1)
    table.values("0.timeoutSeconds", 1, 30, DROPPED)
    table.values("0.failurePolicy", "Ignore", DROPPED)
    for field in ("failurePolicy", "matchPolicy"):
        table.value("invalid-enum", f"0.{field}", "")
    versions = "0.admissionReviewVersions"
    table.value("invalid-value", versions, [], ["v2"])
    table.bad("a version twice", "duplicate-item", f"{versions}.1", {f"{versions}.1": "v1"})
    table.value("invalid-format", f"{versions}.1", "", "1", "v1.2")
    table.value("invalid-label", "0.namespaceSelector.matchExpressions.0.key", "a b")
    config = "0.clientConfig"
    table.value("required-field", config, {})
    for url in (
        "https://a",
        "https://a.b:8443/c",
        "HTTPS://1.2.3.4",
        "https://[::1]:80/",
        "https://a/?",
        "https://a/%20",
    ):
        table.good(url, {config: {"url": url}})
    for url in (
        *(
            "",
            "a",
            "http://a",
            "//a",
            "https:a",
            "https:///a",
            "https://u@a",
            "https://u:p@a/b",
            "https://a#b",
            "https://a?b",
        ),
        *("https://a b", "https://a:b", "https://a/%2", "https://a\\b", "\thttps://a", "https://:80@/", "ftp://a"),
    ):
        table.bad(repr(url), "invalid-format", f"{config}.url", {config: {"url": url}})
    table.bad("a URL and a service", "forbidden-field", f"{config}.url", {f"{config}.url": "https://a"})
    service = f"{config}.service"
    table.value("required-field", f"{service}.name", "")
    table.value("required-field", f"{service}.namespace", "")
    table.value("invalid-value", f"{service}.port", 0, 65536)
    table.values(f"{service}.port", DROPPED)
    table.value("invalid-format", f"{service}.path", "a", "//", "/a//b", "/A", "/a_b", "//a", "/a?b", "/a//")
    table.values(f"{service}.path", "", "/", "/a/b.c/", "/a", DROPPED)
    rule = "0.rules.0"
    table.values("0.rules", [], DROPPED)
    for field in ("operations", "apiGroups", "apiVersions", "resources"):
        table.value("required-field", f"{rule}.{field}", [], DROPPED)
    for field in ("operations", "apiVersions", "resources"):
        table.value("required-field", f"{rule}.{field}.0", "")
    for field in ("apiGroups", "apiVersions"):
        table.value("forbidden-field", f"{rule}.{field}.1", "*")
    table.value("forbidden-field", f"{rule}.operations.1", "*")
    table.values(f"{rule}.operations", ["CREATE", "UPDATE", "CONNECT", "DELETE"], ["*"])
    resources = f"{rule}.resources"
    table.values(
        resources, ["*"], ["*/*"], ["pods/*", "pods"], ["*", "*/scale"], ["*/scale", "pods/status"], ["pods", "*"]
    )
    table.bad("everything and more", "forbidden-field", f"{resources}.0", {resources: ["*/*", "a"]})
    table.bad("all and one", "forbidden-field", f"{resources}.0", {resources: ["*", "pods"]})
    table.bad("all parts and one", "invalid-value", f"{resources}.1", {resources: ["pods/*", "pods/log"]})
    table.bad("a part of all and of one", "invalid-value", f"{resources}.1", {resources: ["*/log", "pods/log"]})
    table.value("invalid-enum", f"{rule}.scope", "")
    table.values(f"{rule}.scope", "Cluster", DROPPED)
    conditions = "0.matchConditions"
    table.value("required-field", f"{conditions}.0.name", "")
    table.value("invalid-name", f"{conditions}.0.name", "a b", "a/b/c")
    table.bad("a condition twice", "duplicate-item", f"{conditions}.1.name", {f"{conditions}.1.name": "a"})
    table.value("required-field", f"{conditions}.0.expression", "", " ")
    table.value("invalid-format", f"{conditions}.0.expression", "variables.a == 1", "params == null", "self == 1")
    table.values(f"{conditions}.0.expression", "namespaceObject.metadata.name == 'a'")
    many = [{"name": f"n{number}", "expression": "true"} for number in range(65)]
    table.value("limit-exceeded", conditions, many)
    table.values(conditions, many[:64])

CASES: Final = [*validating.cases, *mutating.cases]
