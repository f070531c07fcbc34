"""Pods and templates of Pods, save their containers and volumes."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.variants import Table

POD: Final[dict[str, Any]] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "default", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
}
TEMPLATE: Final[dict[str, Any]] = {
    "apiVersion": "v1",
    "kind": "PodTemplate",
    "metadata": {"name": "web", "namespace": "default"},
    "template": {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
    },
}
LONG: Final = "a" * 64

pod = Table("Pod", POD, "spec")
pod.value("invalid-value", "activeDeadlineSeconds", 0, -1, 2**31)
pod.values("activeDeadlineSeconds", 1, 2**31 - 1)
pod.value("invalid-name", "nodeName", "Node_1")
pod.values("nodeName", "node-1.example.com", "")
pod.value("invalid-name", "serviceAccountName", "Web", "web_1")
pod.value("invalid-name", "serviceAccount", "Web")
pod.value("invalid-name", "hostname", "web.example.com", LONG, "Web")
pod.value("invalid-name", "subdomain", "web.example.com")
pod.value("required-field", "runtimeClassName", "")
pod.value("invalid-name", "runtimeClassName", "Kata")
pod.values("terminationGracePeriodSeconds", 0, 5)
pod.values("restartPolicy", "", "Never")
pod.bad(
    "ephemeral containers",
    "forbidden-field",
    "ephemeralContainers",
    {"ephemeralContainers": [{"name": "debug", "image": "busybox"}]},
)
pod.bad(
    "a node with gates",
    "forbidden-field",
    "nodeName",
    {"nodeName": "node-1", "schedulingGates": [{"name": "example.com/a"}]},
)
pod.bad("image with a space", "invalid-format", "containers.0.image", {"containers.0.image": " nginx"})
pod.good("priorityClassName of the system", {"priorityClassName": "system-node-critical"})
pod.value("invalid-label", ("nodeSelector", "disk!"), "ssd")
pod.value("invalid-label", ("nodeSelector", "disk"), "ssd!", "-")
pod.values(("nodeSelector", "example.com/disk"), "ssd", "")

# Names and networks.
pod.bad("no name servers", "required-field", "dnsConfig.nameservers", {"dnsPolicy": "None"})
pod.bad(
    "no name server", "required-field", "dnsConfig.nameservers", {"dnsPolicy": "None", "dnsConfig": {"nameservers": []}}
)
pod.good("own name servers", {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1"]}})
pod.value("limit-exceeded", "dnsConfig.nameservers", ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"])
pod.bad(
    "a host as name server", "invalid-format", "dnsConfig.nameservers.1", {"dnsConfig.nameservers": ["10.0.0.1", "dns"]}
)
pod.values("dnsConfig.nameservers", ["10.0.0.1", "2001:db8::1"], [])
pod.value("limit-exceeded", "dnsConfig.searches", [f"s{number}" for number in range(33)])
pod.bad("searches too long", "limit-exceeded", "dnsConfig.searches", {"dnsConfig.searches": ["a" * 60 + ".b" * 90] * 9})
pod.bad("a wrong search", "invalid-format", "dnsConfig.searches.1", {"dnsConfig.searches": ["a.b", "A_b"]})
pod.values("dnsConfig.searches", ["."], ["example.com."], ["_tcp.example.com"])
pod.bad(
    "an option without a name", "required-field", "dnsConfig.options.0.name", {"dnsConfig.options": [{"value": "2"}]}
)
pod.values("dnsConfig.options", [{"name": "ndots", "value": "2"}, {"name": "edns0"}])
pod.bad("an alias of no address", "invalid-format", "hostAliases.0.ip", {"hostAliases": [{"ip": "localhost"}]})
pod.bad("an alias with zeros", "invalid-format", "hostAliases.0.ip", {"hostAliases": [{"ip": "010.0.0.1"}]})
pod.bad(
    "an alias of no host",
    "invalid-format",
    "hostAliases.0.hostnames.1",
    {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a", "b_c"]}]},
)
pod.values("hostAliases", [{"ip": "::1", "hostnames": ["a.b"]}], [{"ip": "10.0.0.1"}])
pod.value("invalid-name", "hostnameOverride", "A.b", "")
pod.value("limit-exceeded", "hostnameOverride", "a" * 60 + ".bcde")
pod.good("the longest override", {"hostnameOverride": "a" * 60 + ".bcd"})
pod.bad(
    "FQDN and override", "forbidden-field", "hostnameOverride", {"hostnameOverride": "a", "setHostnameAsFQDN": True}
)
pod.bad(
    "host network and override", "forbidden-field", "hostnameOverride", {"hostnameOverride": "a", "hostNetwork": True}
)

# Claims of resources.
pod.bad(
    "a claim twice",
    "duplicate-item",
    "resourceClaims.1.name",
    {"resourceClaims": [{"name": "a", "resourceClaimName": "a"}] * 2},
)
pod.bad("a claim of nothing", "invalid-value", "resourceClaims.0", {"resourceClaims": [{"name": "a"}]})
pod.bad(
    "a claim of two things",
    "invalid-value",
    "resourceClaims.0",
    {"resourceClaims": [{"name": "a", "resourceClaimName": "a", "resourceClaimTemplateName": "a"}]},
)
pod.bad(
    "a wrong name of a claim",
    "invalid-name",
    "resourceClaims.0.resourceClaimName",
    {"resourceClaims": [{"name": "a", "resourceClaimName": "A"}]},
)
pod.bad(
    "a wrong name for a claim",
    "invalid-name",
    "resourceClaims.0.name",
    {"resourceClaims": [{"name": "a.b", "resourceClaimName": "a"}]},
)
pod.good("a claim of a template", {"resourceClaims": [{"name": "a", "resourceClaimTemplateName": "a"}]})

template = Table("PodTemplate", TEMPLATE, "template")
template.value("invalid-label", "metadata.labels.app", "a b")
template.bad(
    "ephemeral containers",
    "forbidden-field",
    "spec.ephemeralContainers",
    {"spec.ephemeralContainers": [{"name": "debug", "image": "busybox"}]},
)
template.good("image with a space", {"spec.containers.0.image": " nginx"})
template.good("a node with gates", {"spec.nodeName": "node-1", "spec.schedulingGates": [{"name": "example.com/a"}]})

CASES: Final = [*pod.cases, *template.cases]
