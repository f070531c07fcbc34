"""What the cluster itself is made of: requests for certificates, priorities of requests, aggregated APIs."""

from __future__ import annotations

import base64
from typing import Final

from tests.unit.validate.rules.variants import DROPPED, Table

# A request for CN=a, with a key that was thrown away.
REQUEST: Final = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISE1HNENBUUF3RERFS01BZ0dB"
    "MVVFQXd3QllUQlpNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQQpCS3QwSGNibm0vVGhm"
    "SDh2SGhDeEVnZzhXUVRYYlJJcFpienZ6dnhmLzdqSndncmtpaHhZN3ZGN3c0TVpBK0pWCkd3dDhz"
    "ZFRRVzFqaGpFc2QwSldGbmZtZ0FEQUtCZ2dxaGtqT1BRUURBZ05KQURCR0FpRUFrWnA0OWx4alEv"
    "S3gKb2tQNGt2TGpMQmV5ck40ank1R0dmVGJMQi9zNDBQNENJUUQxVFNRWkJQNERaeGFWS25OclJM"
    "NFU5Y3puZ3Q3RQpvaXBkZ1BoTzZEaHJNdz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1Qt"
    "LS0tLQo="
)
SIGNING: Final = {
    "apiVersion": "certificates.k8s.io/v1",
    "kind": "CertificateSigningRequest",
    "metadata": {"name": "a:b"},
    "spec": {
        "request": REQUEST,
        "signerName": "example.com/signer",
        "usages": ["digital signature", "client auth"],
        "expirationSeconds": 600,
    },
}
SCHEMA: Final = {
    "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
    "kind": "FlowSchema",
    "metadata": {"name": "web"},
    "spec": {
        "matchingPrecedence": 500,
        "distinguisherMethod": {"type": "ByUser"},
        "priorityLevelConfiguration": {"name": "web"},
        "rules": [
            {
                "subjects": [
                    {"kind": "ServiceAccount", "serviceAccount": {"name": "*", "namespace": "default"}},
                    {"kind": "User", "user": {"name": "A B"}},
                    {"kind": "Group", "group": {"name": "*"}},
                ],
                "resourceRules": [
                    {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "namespaces": ["default"]},
                    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]},
                ],
                "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/metrics/*"]}],
            }
        ],
    },
}
LEVEL: Final = {
    "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
    "kind": "PriorityLevelConfiguration",
    "metadata": {"name": "web"},
    "spec": {
        "type": "Limited",
        "limited": {
            "nominalConcurrencyShares": 5,
            "lendablePercent": 50,
            "borrowingLimitPercent": 100,
            "limitResponse": {"type": "Queue", "queuing": {"handSize": 6, "queues": 64, "queueLengthLimit": 50}},
        },
    },
}
SERVICE: Final = {
    "apiVersion": "apiregistration.k8s.io/v1",
    "kind": "APIService",
    "metadata": {"name": "v1beta1.metrics.k8s.io"},
    "spec": {
        "group": "metrics.k8s.io",
        "version": "v1beta1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "insecureSkipTLSVerify": True,
        "service": {"name": "metrics", "namespace": "default", "port": 443},
    },
}

signing = Table("CertificateSigningRequest", SIGNING, "spec")
signing.good("a request in numbers", {"request": list(base64.b64decode(REQUEST))})
signing.value("invalid-format", "request", "", "YQ==", [], [104, 105], f"{REQUEST[:80]}A{REQUEST[81:]}")
signing.value("required-field", "usages", [], DROPPED)
signing.value("invalid-enum", "usages.0", "")
signing.bad("a usage twice", "duplicate-item", "usages.1", {"usages.1": "digital signature"})
signing.value("required-field", "signerName", "")
signing.value("invalid-value", "signerName", "kubernetes.io/legacy-unknown")
signing.value("invalid-format", "signerName", "a.b", "a/b", "A.b/c", "a.b/c/d", "a.b/C", "a.b/", "a..b/c")
signing.values("signerName", "a.b/c.d", f"{'a' * 63}.b/c")
signing.value("invalid-value", "expirationSeconds", 599, -1)
signing.values("expirationSeconds", DROPPED)

schema = Table("FlowSchema", SCHEMA, "spec")
schema.value("invalid-value", "matchingPrecedence", -1, 10001, 1)
schema.values("matchingPrecedence", 0, 2, 10000, DROPPED)
schema.value("invalid-enum", "distinguisherMethod.type", "byUser")
schema.value("required-field", "distinguisherMethod.type", "")
schema.value("required-field", "priorityLevelConfiguration.name", "")
schema.value("invalid-name", "priorityLevelConfiguration.name", "A")
schema.values("rules", [], DROPPED)
rule = "rules.0"
schema.value("required-field", f"{rule}.subjects", [])
neither = {f"{rule}.resourceRules": DROPPED, f"{rule}.nonResourceRules": []}
schema.bad("a rule for nothing", "required-field", rule, neither)
schema.value("invalid-enum", f"{rule}.subjects.0.kind", "user")
schema.value("required-field", f"{rule}.subjects.0.kind", "")
account = f"{rule}.subjects.0.serviceAccount"
schema.value("required-field", account, DROPPED)
schema.value("required-field", f"{account}.name", "")
schema.value("invalid-name", f"{account}.name", "A", "a*")
schema.value("required-field", f"{account}.namespace", "")
schema.value("invalid-name", f"{account}.namespace", "*", "A", "a.b")
schema.value("forbidden-field", f"{rule}.subjects.0.user", {"name": "a"})
for index, field in ((1, "user"), (2, "group")):
    schema.value("required-field", f"{rule}.subjects.{index}.{field}", DROPPED)
    schema.value("required-field", f"{rule}.subjects.{index}.{field}.name", "")
    schema.value("forbidden-field", f"{rule}.subjects.{index}.serviceAccount", {"name": "a", "namespace": "b"})
part = f"{rule}.resourceRules.0"
for field in ("verbs", "apiGroups", "resources"):
    schema.value("required-field", f"{part}.{field}", [])
    schema.value("forbidden-field", f"{part}.{field}.1", "*")
schema.value("invalid-enum", f"{part}.verbs.0", "Get", "post")
schema.value("required-field", f"{part}.verbs.0", "")
schema.value("required-field", f"{part}.namespaces", [], DROPPED)
schema.value("forbidden-field", f"{part}.namespaces.1", "*")
schema.value("invalid-name", f"{part}.namespaces.0", "A", "", "a.b")
part = f"{rule}.nonResourceRules.0"
schema.value("required-field", f"{part}.verbs", [])
schema.value("required-field", f"{part}.nonResourceURLs", [])
schema.value("forbidden-field", f"{part}.nonResourceURLs.0", "*")
schema.value("invalid-format", f"{part}.nonResourceURLs.0", "", "a", "/a b", "/a//b", "/a*", "/*/*", "/*/a")
schema.values(f"{part}.nonResourceURLs.0", "/", "/*", "/a/b/*")

level = Table("PriorityLevelConfiguration", LEVEL, "spec")
level.value("invalid-enum", "type", "limited")
level.value("required-field", "type", "")
level.bad("another exempt one", "invalid-value", "type", {"type": "Exempt", "limited": DROPPED})
level.value("required-field", "limited", DROPPED)
level.value("forbidden-field", "exempt", {}, {"lendablePercent": 5})
for field in ("nominalConcurrencyShares", "borrowingLimitPercent"):
    level.value("invalid-value", f"limited.{field}", -1)
    level.values(f"limited.{field}", 0, 101)
level.value("invalid-value", "limited.lendablePercent", -1, 101)
level.values("limited.lendablePercent", 0, 100)
response = "limited.limitResponse"
level.value("invalid-enum", f"{response}.type", "queue")
level.value("required-field", f"{response}.type", "")
level.good("Reject", {response: {"type": "Reject"}})
level.bad("Reject and a queue", "forbidden-field", f"{response}.queuing", {f"{response}.type": "Reject"})
level.value("required-field", f"{response}.queuing", DROPPED)
level.values(f"{response}.queuing", {}, {"handSize": 0, "queues": 0, "queueLengthLimit": 0}, {"handSize": 10})
queue = f"{response}.queuing"
level.value("invalid-value", f"{queue}.handSize", -1, 65, 11)
level.value("invalid-value", f"{queue}.queueLengthLimit", -1)
level.bad("fewer queues than in a hand", "invalid-value", f"{queue}.handSize", {f"{queue}.queues": 2})
level.bad("fewer queues than there are in a hand", "invalid-value", f"{queue}.queues", {queue: {"queues": 2}})
level.bad("too many queues", "invalid-value", f"{queue}.queues", {queue: {"queues": 10_000_001, "handSize": 1}})
level.good("as many queues as there may be", {queue: {"queues": 10_000_000, "handSize": 1}})

served = Table("APIService", SERVICE, "spec")
for field, highest in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
    served.value("invalid-value", field, 0, -1, highest + 1)
    served.values(field, highest)
served.value("required-field", "service.name", "", DROPPED)
served.value("required-field", "service.namespace", "", DROPPED)
served.value("invalid-value", "service.port", 0, 65536)
served.values("service.port", DROPPED)
served.bad("insecure without a service", "forbidden-field", "insecureSkipTLSVerify", {"service": DROPPED})
served.good("without a service", {"service": DROPPED, "insecureSkipTLSVerify": DROPPED})
bundle = {"caBundle": "YQ=="}
served.bad("insecure with a bundle", "forbidden-field", "insecureSkipTLSVerify", bundle)
secure = bundle | {"insecureSkipTLSVerify": False}
served.good("a bundle", secure)
served.bad("a bundle without a service", "forbidden-field", "caBundle", secure | {"service": DROPPED})
named = Table("named APIService", SERVICE)
for version in ("1", "V1"):
    changes = {"metadata.name": f"{version}.metrics.k8s.io", "spec.version": version}
    named.bad(f"version {version}", "invalid-name", "spec.version", changes)
named.bad("a wrong group", "invalid-name", "spec.group", {"metadata.name": "v1beta1.A", "spec.group": "A"})

CASES: Final = [*signing.cases, *schema.cases, *level.cases, *served.cases, *named.cases]
