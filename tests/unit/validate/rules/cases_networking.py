"""Ingresses, their classes, and NetworkPolicies."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.variants import DROPPED, Table

INGRESS: Final = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "web", "annotations": {"a": "b"}},
    "spec": {
        "ingressClassName": "nginx",
        "rules": [
            {
                "host": "a.example",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "web", "port": {"number": 80}}},
                        }
                    ]
                },
            }
        ],
        "tls": [{"hosts": ["a.example", "*.b.example"], "secretName": "tls"}],
    },
}
CLASS: Final = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": "web"},
    "spec": {
        "controller": "example.com/ingress",
        "parameters": {"apiGroup": "example.com", "kind": "Parameters", "name": "a"},
    },
}
POLICY: Final = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "web"},
    "spec": {
        "podSelector": {"matchLabels": {"app": "web"}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {
                "from": [
                    {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "front"}}},
                    {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
                ],
                "ports": [{"port": 80, "endPort": 90}, {"port": "http", "protocol": "UDP"}, {}],
            }
        ],
        "egress": [{"to": [{"podSelector": {}}]}, {}],
    },
}

ingress = Table("Ingress", INGRESS, "spec")
ingress.bad("no rules", "required-field", "rules", {"rules": DROPPED})
ingress.bad("empty rules", "required-field", "rules", {"rules": []})
default = {"defaultBackend": {"service": {"name": "web", "port": {"name": "http"}}}}
ingress.good("a default only", default | {"rules": DROPPED})
ingress.good("a rule without paths", {"rules.0.http": DROPPED})
ingress.good("an empty rule", {"rules": [{}]})
ingress.good("no TLS", {"tls": DROPPED})
ingress.good("empty TLS", {"tls": [{}]})
ingress.value(
    "invalid-format", "rules.0.host", "1.2.3.4", "::1", "A.example", "a_b", "*", "a.*.example", "*.*.a", "a..b"
)
ingress.values("rules.0.host", "*.example", "", "a" * 63, DROPPED)
ingress.value("invalid-format", "tls.0.hosts.0", "A", "", "*", "a.*")
ingress.values("tls.0.hosts.0", "1.2.3.4", "*.a")
ingress.value("invalid-name", "tls.0.secretName", "A", "a_b")
ingress.values("tls.0.secretName", "", "a.b")
ingress.value("invalid-name", "ingressClassName", "", "A")
ingress.value("required-field", "rules.0.http.paths", [])
path = "rules.0.http.paths.0"
for kind in ("Prefix", "Exact"):
    for text in ("a", "*", "//", "/./a", "/a/../b", "/a%2fb", "/a%2Fb", "/..", "/a/."):
        ingress.bad(
            f"{kind} {text}", "invalid-format", f"{path}.path", {f"{path}.pathType": kind, f"{path}.path": text}
        )
    for text in ("/a.b", "/a/...", "/a%20b", "/ä"):
        ingress.good(f"{kind} {text}", {f"{path}.pathType": kind, f"{path}.path": text})
    for none in ("", DROPPED):
        ingress.bad(
            f"{kind} without path", "required-field", f"{path}.path", {f"{path}.pathType": kind, f"{path}.path": none}
        )
other = {f"{path}.pathType": "ImplementationSpecific"}
for any_path in ("", "/a//b", DROPPED, "/.."):
    ingress.good(f"another kind of path {any_path}", {**other, f"{path}.path": any_path})
ingress.bad("another kind, not absolute", "invalid-format", f"{path}.path", other | {f"{path}.path": "a"})
ingress.value("required-field", f"{path}.pathType", "")
backend = f"{path}.backend"
ingress.bad("no backend", "required-field", f"{backend}.service", {backend: {}})
resource = {"apiGroup": "example.com", "kind": "Bucket", "name": "a"}
ingress.good("a resource", {backend: {"resource": resource}})
ingress.bad("both backends", "forbidden-field", f"{backend}.service", {f"{backend}.resource": resource})
for field, code, values in (
    ("apiGroup", "invalid-name", ("A", "")),
    ("kind", "invalid-name", ("a/b", ".")),
    ("name", "invalid-name", ("a%b", "..")),
    ("kind", "required-field", ("",)),
    ("name", "required-field", ("",)),
):
    for value in values:
        name = f"a resource with {field} {value}"
        ingress.bad(name, code, f"{backend}.resource.{field}", {backend: {"resource": resource | {field: value}}})
ingress.value("invalid-name", f"{backend}.service.name", "A", "a.b", "a_b")
ingress.value("required-field", f"{backend}.service.name", "")
ingress.values(f"{backend}.service.name", "1a")
port = f"{backend}.service.port"
ingress.value("required-field", f"{port}.number", 0)
ingress.bad("no port", "required-field", f"{port}.name", {port: DROPPED})
ingress.bad("an empty port", "required-field", f"{port}.name", {port: {}})
ingress.bad("a name and a number", "forbidden-field", f"{port}.name", {f"{port}.name": "http"})
ingress.bad("a number and a name", "forbidden-field", f"{port}.number", {port: {"name": "http", "number": 80}})
ingress.value("invalid-value", f"{port}.number", -1, 65536)
for name in ("a" * 16, "8080", "A", "a--b"):
    ingress.bad(f"the port {name}", "invalid-format", f"{port}.name", {port: {"name": name}})
ingress.bad(
    "a default without port",
    "required-field",
    "defaultBackend.service.port.name",
    {"defaultBackend.service.name": "web"},
)
classes = Table("Ingress with an annotation", INGRESS, "metadata.annotations")
key = ("kubernetes.io/ingress.class",)
classes.good("the same class", {key: "nginx"})
classes.bad("another class", "invalid-value", key, {key: "other"})

ingress_class = Table("IngressClass", CLASS, "spec")
ingress_class.value("required-field", "controller", "")
ingress_class.value("invalid-format", "controller", "example.com", "A/b", "a/", "/a", "a/b c")
ingress_class.bad("no spec", "required-field", "controller", {"controller": DROPPED})
ingress_class.value("limit-exceeded", "controller", "example.com/" + "a" * 239)
ingress_class.values("controller", "example.com/" + "a" * 238, "a/b/c")
ingress_class.value("invalid-name", "parameters.apiGroup", "A", "")
ingress_class.value("invalid-name", "parameters.kind", "a/b")
ingress_class.value("required-field", "parameters.kind", "")
ingress_class.value("required-field", "parameters.name", "")
ingress_class.value("invalid-enum", "parameters.scope", "cluster")
ingress_class.value("required-field", "parameters.scope", "")
ingress_class.values("parameters.scope", "Cluster")
ingress_class.value("forbidden-field", "parameters.namespace", "a", "")
scoped = {"parameters.scope": "Namespace"}
ingress_class.bad("no namespace", "required-field", "parameters.namespace", scoped)
ingress_class.good("a namespace", scoped | {"parameters.namespace": "a"})
for name in ("A", "", "a.b"):
    ingress_class.bad(
        f"the namespace {name}", "invalid-name", "parameters.namespace", scoped | {"parameters.namespace": name}
    )

policy = Table("NetworkPolicy", POLICY, "spec")
policy.good("nothing", {"ingress": DROPPED, "egress": DROPPED, "policyTypes": DROPPED, "podSelector": {}})
policy.good("no selector", {"podSelector": DROPPED})
policy.value("invalid-label", "podSelector.matchLabels.app", "a b")
policy.bad(
    "an operator without values",
    "required-field",
    "podSelector.matchExpressions.0.values",
    {"podSelector.matchExpressions.0": {"key": "a", "operator": "In"}},
)
policy.bad("three types", "limit-exceeded", "policyTypes.2", {"policyTypes.2": "Ingress"})
policy.good("a type twice", {"policyTypes.1": "Ingress"})
policy.value("invalid-enum", "policyTypes.0", "", None)
source = "ingress.0.from"
policy.bad("an empty peer", "required-field", f"{source}.0", {f"{source}.0": {}})
policy.bad("no peer", "required-field", "egress.0.to.0", {"egress.0.to.0": {}})
policy.bad("a block and a selector", "forbidden-field", f"{source}.1.podSelector", {f"{source}.1.podSelector": {}})
policy.bad(
    "a selector and a block", "forbidden-field", f"{source}.0.ipBlock", {f"{source}.0.ipBlock": {"cidr": "10.0.0.0/8"}}
)
policy.value("invalid-label", f"{source}.0.podSelector.matchLabels.app", "a b")
block = f"{source}.1.ipBlock"
policy.value("required-field", f"{block}.cidr", "")
policy.value("invalid-format", f"{block}.cidr", "10.0.0.0", "10.0.0.1/8", "010.0.0.0/8", "a", "10.0.0.0/33")
policy.value("invalid-format", f"{block}.except.0", "10.1.0.0", "10.1.0.1/16", "a", "")
policy.value("invalid-value", f"{block}.except.0", "11.0.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/64")
policy.good("IPv6", {f"{block}.cidr": "2001:db8::/32", f"{block}.except": ["2001:db8::/33"]})
ports = "ingress.0.ports"
policy.value("invalid-value", f"{ports}.0.port", 0, -1)
policy.value("invalid-value", f"{ports}.0.endPort", 79, 65536)
policy.values(f"{ports}.0.endPort", 80)
policy.bad("a large port", "invalid-value", f"{ports}.0.port", {f"{ports}.0": {"port": 65536}})
policy.value("invalid-format", f"{ports}.1.port", "a" * 16, "8080", "", "A")
policy.bad("an end without a port", "forbidden-field", f"{ports}.2.endPort", {f"{ports}.2.endPort": 80})
policy.bad("an end of a named port", "forbidden-field", f"{ports}.1.endPort", {f"{ports}.1.endPort": 80})
policy.value("invalid-enum", f"{ports}.1.protocol", "")
policy.values(f"{ports}.1.protocol", "SCTP", "TCP", DROPPED)

CASES: Final = [*ingress.cases, *classes.cases, *ingress_class.cases, *policy.cases]
