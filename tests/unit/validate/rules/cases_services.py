"""Services."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.variants import DROPPED, Table

SERVICE: Final = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "annotations": {}},
    "spec": {
        "selector": {"app": "web"},
        "ports": [
            {"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"},
            {"name": "https", "port": 443, "targetPort": 8443},
        ],
    },
}
BALANCED: Final = SERVICE | {"spec": SERVICE["spec"] | {"type": "LoadBalancer"}}  # type: ignore[operator]  # a dict
HINTS: Final = "service.kubernetes.io/topology-aware-hints"
MODE: Final = "service.kubernetes.io/topology-mode"
RANGES: Final = "service.beta.kubernetes.io/load-balancer-source-ranges"

service = Table("Service", SERVICE, "spec")
service.bad("no ports", "required-field", "ports", {"ports": DROPPED})
service.bad("empty ports", "required-field", "ports", {"ports": []})
service.good("headless without ports", {"ports": DROPPED, "clusterIP": "None"})
service.good("headless, both fields", {"ports": DROPPED, "clusterIP": "None", "clusterIPs": ["None"]})
service.bad("a port without name", "required-field", "ports.0.name", {"ports.0.name": DROPPED})
service.bad("a port with an empty name", "required-field", "ports.1.name", {"ports.1.name": ""})
service.good("one port without name", {"ports": [{"port": 80}]})
service.bad("one name twice", "duplicate-item", "ports.1.name", {"ports.1.name": "http"})
service.value("invalid-name", "ports.0.name", "A", "a_b", "a.b", "-a", "a" * 64)
service.values("ports.0.name", "a" * 63, "1")
service.value("invalid-value", "ports.0.port", 0, -1, 65536)
service.values("ports.0.port", 65535, 1)
service.value("invalid-value", "ports.0.targetPort", -1, 65536)
service.value("invalid-format", "ports.0.targetPort", "8080", "a" * 16, "a--b", "-a", "A", "a_b")
service.values("ports.0.targetPort", 0, "", "a" * 15, "a-b", DROPPED)
service.bad("one port twice", "duplicate-item", "ports.1.port", {"ports.1.port": 80})
service.good("one port of two protocols", {"ports.1.port": 80, "ports.1.protocol": "UDP"})
service.values("ports.0.protocol", "", "SCTP")
service.value("invalid-format", "ports.0.appProtocol", "a b", "", "a/b/c")
service.values("ports.0.appProtocol", "https", "kubernetes.io/h2c")
service.bad("a nodePort", "forbidden-field", "ports.0.nodePort", {"ports.0.nodePort": 30080})
service.good("a nodePort of 0", {"ports.0.nodePort": 0})
service.good("a nodePort of a NodePort", {"type": "NodePort", "ports.0.nodePort": 30080})
service.bad(
    "a nodePort twice",
    "duplicate-item",
    "ports.1.nodePort",
    {"type": "NodePort", "ports.0.nodePort": 30080, "ports.1.nodePort": 30080},
)
service.bad(
    "a nodePort twice, for two protocols",
    "duplicate-item",
    "ports.1.nodePort",
    {"type": "NodePort", "ports.0.nodePort": 30080, "ports.1.nodePort": 30080, "ports.1.protocol": "UDP"},
)
service.good(
    "a nodePort for one port of two protocols",
    {
        "type": "NodePort",
        "ports.0.nodePort": 30080,
        "ports.1.nodePort": 30080,
        "ports.1.protocol": "UDP",
        "ports.1.port": 80,
    },
)
service.values("type", "", "ClusterIP", "NodePort", "LoadBalancer")
service.value("invalid-label", "selector.app", "a b", "a" * 64, "-")
service.values("selector", {}, DROPPED)
service.good("a selector with an empty value", {"selector.app": ""})

# Affinity of sessions.
seconds = "sessionAffinityConfig.clientIP.timeoutSeconds"
for number in (0, -1, 86401):
    service.bad(f"{number} s", "invalid-value", seconds, {"sessionAffinity": "ClientIP", seconds: number})
service.good("a day", {"sessionAffinity": "ClientIP", seconds: 86400})
service.good("by address", {"sessionAffinity": "ClientIP"})
service.good("no affinity, but its time", {"sessionAffinity": "None", seconds: 86401})

# Addresses.
service.values("clusterIP", "", "None", "10.0.0.200")
service.value("invalid-format", "clusterIP", "none", "10.0.0", "010.0.0.200", "::ffff:10.0.0.200", "10.0.0.0/24")
service.bad("another address first", "invalid-value", "clusterIPs.0", {"clusterIP": "None", "clusterIPs": ["10.0.0.9"]})
service.bad("several addresses only", "required-field", "clusterIP", {"clusterIPs": ["10.0.0.9"]})
both = {"clusterIP": "None", "clusterIPs": ["None", "10.0.0.9"], "ipFamilyPolicy": "PreferDualStack"}
service.bad("None and an address", "invalid-value", "clusterIPs", both)
two = {"clusterIP": "10.0.0.9", "clusterIPs": ["10.0.0.9", "10.0.0.8"], "ipFamilyPolicy": "PreferDualStack"}
service.bad("two addresses of one family", "invalid-value", "clusterIPs.1", two)
service.bad(
    "an address of another family",
    "invalid-value",
    "clusterIP",
    {"clusterIP": "10.0.0.9", "ipFamilies": ["IPv6"]},
)
service.good("an address of the family", {"clusterIP": "10.0.0.9", "ipFamilies": ["IPv4"]})
service.bad(
    "a family twice",
    "duplicate-item",
    "ipFamilies.1",
    {"ipFamilies": ["IPv4", "IPv4"], "ipFamilyPolicy": "PreferDualStack"},
)
service.bad("an empty family", "invalid-enum", "ipFamilies.0", {"ipFamilies": [""]})
service.bad("two families, no policy", "required-field", "ipFamilyPolicy", {"ipFamilies": ["IPv4", "IPv6"]})
service.bad(
    "two families, a policy of one",
    "invalid-value",
    "ipFamilyPolicy",
    {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "SingleStack"},
)
service.good(
    "two families without addresses and Pods",
    {"ipFamilies": ["IPv4", "IPv6"], "clusterIP": "None", "selector": DROPPED},
)
service.value("invalid-enum", "ipFamilyPolicy", "")
service.values("ipFamilyPolicy", "SingleStack", "PreferDualStack")
service.value("invalid-format", "externalIPs.0", "a", "1.2.3", "", "1.2.3.04", "::ffff:1.2.3.4")
service.value(
    "invalid-value",
    "externalIPs.0",
    *("0.0.0.0", "127.0.0.1", "169.254.1.1", "224.0.0.1", "::", "::1", "fe80::1", "ff02::1", "ff12::1", "febf::1"),  # noqa: S104 - refused
)
service.values("externalIPs.0", "1.2.3.4", "2001:db8::1", "224.0.1.1", "fec0::1")
for kind in ("NodePort", "LoadBalancer"):
    service.bad(f"headless {kind}", "invalid-value", "clusterIP", {"type": kind, "clusterIP": "None"})

# Names elsewhere.
service.good("elsewhere", {"type": "ExternalName", "externalName": "a.example", "ports": DROPPED})
service.good("elsewhere, with a dot", {"type": "ExternalName", "externalName": "a.example."})
service.bad("nowhere, but for Pods", "required-field", "type", {"type": "ExternalName"})
service.bad("nowhere", "required-field", "externalName", {"type": "ExternalName", "selector": DROPPED})
service.bad("at a dot", "required-field", "externalName", {"type": "ExternalName", "externalName": "."})
for name in ("a_b", "A", "a..b", "a.example.."):
    service.bad(f"at {name}", "invalid-name", "externalName", {"type": "ExternalName", "externalName": name})
service.good("an unused name", {"externalName": "A_B"})
for field, value in {"clusterIP": "None", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}.items():
    service.bad(
        f"elsewhere with {field}",
        "forbidden-field",
        field,
        {"type": "ExternalName", "externalName": "a.example", field: value},
    )
service.good(
    "elsewhere with nodePort", {"type": "ExternalName", "externalName": "a.example", "ports.0.nodePort": 30080}
)

# Load balancers, and what only they have.
balanced = Table("LoadBalancer", BALANCED, "spec")
for field, setting in {
    "loadBalancerClass": "example.com/internal",
    "allocateLoadBalancerNodePorts": False,
    "loadBalancerSourceRanges": ["10.0.0.0/8"],
}.items():
    service.bad(f"{field} without a load balancer", "forbidden-field", field, {field: setting})
    balanced.good(field, {field: setting})
balanced.value("invalid-format", "loadBalancerClass", "", "a b", "a/b/c")
balanced.value("invalid-format", "loadBalancerSourceRanges.0", "a", "10.0.0.0", "10.0.0.1/8", "010.0.0.0/8", "")
balanced.values("loadBalancerSourceRanges.0", " 10.0.0.0/8 ", "2001:db8::/32")
balanced.good("loadBalancerIP", {"loadBalancerIP": "anything"})

# Traffic.
service.bad("externalTrafficPolicy", "forbidden-field", "externalTrafficPolicy", {"externalTrafficPolicy": "Local"})
service.good("externalTrafficPolicy with externalIPs", {"externalTrafficPolicy": "Local", "externalIPs": ["1.2.3.4"]})
service.good("externalTrafficPolicy of a NodePort", {"externalTrafficPolicy": "Local", "type": "NodePort"})
service.values("externalTrafficPolicy", "")
service.values("internalTrafficPolicy", "Local", "Cluster")
service.value("invalid-enum", "internalTrafficPolicy", "")
service.value("forbidden-field", "healthCheckNodePort", 30000)
service.values("healthCheckNodePort", 0)
balanced.bad("a port for health", "forbidden-field", "healthCheckNodePort", {"healthCheckNodePort": 30000})
balanced.good("a port for health of local Pods", {"healthCheckNodePort": 30000, "externalTrafficPolicy": "Local"})
balanced.bad(
    "a large port for health",
    "invalid-value",
    "healthCheckNodePort",
    {"healthCheckNodePort": 65536, "externalTrafficPolicy": "Local"},
)
service.values("trafficDistribution", "PreferClose", "PreferSameZone", "PreferSameNode")
service.value("invalid-enum", "trafficDistribution", "", "Close")

# Annotations.
annotated = Table("annotated Service", SERVICE, "metadata.annotations")
annotated.good("one topology", {(HINTS,): "auto"})
annotated.good("the same topology twice", {(HINTS,): "auto", (MODE,): "auto"})
annotated.bad("two topologies", "invalid-value", (MODE,), {(HINTS,): "auto", (MODE,): "disabled"})
annotated.bad("ranges without a load balancer", "forbidden-field", (RANGES,), {(RANGES,): "10.0.0.0/8"})
ranged = Table("annotated LoadBalancer", BALANCED, "metadata.annotations")
ranged.good("ranges", {(RANGES,): "10.0.0.0/8, 2001:db8::/32"})
ranged.good("no ranges", {(RANGES,): " "})
ranged.bad("a wrong range", "invalid-format", (RANGES,), {(RANGES,): "10.0.0.0/8,a"})

CASES: Final = [*service.cases, *balanced.cases, *annotated.cases, *ranged.cases]
