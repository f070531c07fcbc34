"""Endpoints and EndpointSlices."""

from __future__ import annotations

from tests.unit.validate.rules.variants import DROPPED, Case, Table

BAD_ADDRESSES = (
    "10.0.0",
    "10.0.0.256",
    "a.b",
    "",
    "010.0.0.1",
    "::ffff:10.0.0.1",
    "10.0.0.1/32",
    " 10.0.0.1",
    "fe80::1%eth0",
)
SPECIAL = ("0.0.0.0", "127.0.0.1", "127.9.9.9", "169.254.1.1", "224.0.0.9")  # noqa: S104 - what is refused
SPECIAL_V6 = ("::", "::1", "fe80::1", "febf::1", "ff02::1")

endpoints = Table(
    "Endpoints",
    {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "outside"},
        "subsets": [
            {
                "addresses": [{"ip": "10.9.8.7", "hostname": "a", "nodeName": "n.x"}, {"ip": "2001:db8::1"}],
                "notReadyAddresses": [{"ip": "10.9.8.8"}],
                "ports": [{"name": "http", "port": 80}, {"name": "dns", "port": 53, "protocol": "UDP"}],
            },
        ],
    },
)
FIRST = "subsets.0.addresses.0"
endpoints.value("invalid-format", f"{FIRST}.ip", *BAD_ADDRESSES)
endpoints.value("invalid-value", f"{FIRST}.ip", *SPECIAL, *SPECIAL_V6)
endpoints.values(f"{FIRST}.ip", "2001:DB8:0:0::1", "224.0.1.1", "ff01::1", "8.8.8.8", "128.0.0.1")
endpoints.value("invalid-format", "subsets.0.notReadyAddresses.0.ip", "x")
endpoints.value("invalid-name", f"{FIRST}.hostname", "a.b", "A", "a_b")
endpoints.values(f"{FIRST}.hostname", "")
endpoints.value("invalid-name", f"{FIRST}.nodeName", "A", "a_b", "")
endpoints.bad("no addresses", "required-field", "subsets.0.addresses", {"subsets.0": {"ports": [{"port": 80}]}})
endpoints.bad("empty addresses", "required-field", "subsets.0.addresses", {"subsets.0": {"addresses": []}})
for field in ("addresses", "notReadyAddresses"):
    endpoints.bad(f"null {field}", "required-field", f"subsets.0.{field}", {"subsets.0": {field: None}})
endpoints.bad("null", "required-field", "subsets.1.addresses", {"subsets.1": None})
endpoints.bad("a name of null", "required-field", "subsets.0.ports.1.name", {"subsets.0.ports.1.name": None})
endpoints.good("ready ones", {"subsets.0.notReadyAddresses": DROPPED})
endpoints.good("ones that are not ready", {"subsets.0.addresses": DROPPED})
endpoints.good("no ports", {"subsets.0.ports": DROPPED})
endpoints.good("nothing", {"subsets": DROPPED})
endpoints.good("a port without a name", {"subsets.0.ports": [{"port": 80}]})
endpoints.bad("no name", "required-field", "subsets.0.ports.1.name", {"subsets.0.ports.1.name": DROPPED})
endpoints.bad("an empty name", "required-field", "subsets.0.ports.0.name", {"subsets.0.ports.0.name": ""})
endpoints.good("the same name twice", {"subsets.0.ports.1.name": "http"})
endpoints.value("invalid-name", "subsets.0.ports.0.name", "A", "a.b", "a" * 64)
endpoints.values("subsets.0.ports.0.name", "a" * 63, "1")
endpoints.value("invalid-value", "subsets.0.ports.0.port", 0, -1, 65536)
endpoints.value("invalid-enum", "subsets.0.ports.0.protocol", "tcp", "HTTP")
endpoints.values("subsets.0.ports.0.protocol", "SCTP", "")
endpoints.value("invalid-format", "subsets.0.ports.0.appProtocol", "a b", "", "a/b/c")
endpoints.values("subsets.0.ports.0.appProtocol", "http", "kubernetes.io/h2c")

piece = Table(
    "EndpointSlice",
    {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "outside-1", "labels": {"kubernetes.io/service-name": "outside"}},
        "addressType": "IPv4",
        "endpoints": [
            {
                "addresses": ["10.9.8.7"],
                "hostname": "a",
                "nodeName": "n.x",
                "zone": "a",
                "hints": {"forZones": [{"name": "a"}]},
                "deprecatedTopology": {"a": "b"},
            },
            {"addresses": ["10.9.8.8"]},
        ],
        "ports": [{"name": "http", "port": 80}, {"name": "", "port": 53, "protocol": "UDP"}],
    },
)
ADDRESS = "endpoints.0.addresses.0"
piece.value("invalid-format", ADDRESS, *BAD_ADDRESSES)
piece.value("invalid-value", ADDRESS, *SPECIAL, "2001:db8::1")
piece.values(ADDRESS, "224.0.1.1", "8.8.8.8")
V6 = {"addressType": "IPv6", "endpoints.1": {"addresses": ["2001:db8::2"]}}
for address in ("2001:DB8::1", "2001:db8:0::1", "::ffff:10.0.0.1", "x", "2001:db8:0:0:0:0:0:1"):
    piece.bad(f"address {address}", "invalid-format", ADDRESS, {**V6, ADDRESS: address})
for address in ("10.9.8.7", *SPECIAL_V6):
    piece.bad(f"address {address}", "invalid-value", ADDRESS, {**V6, ADDRESS: address})
for address in ("2001:db8::1", "ff01::1"):
    piece.good(f"address {address}", {**V6, ADDRESS: address})
piece.bad("another family than all addresses", "invalid-value", "addressType", {"addressType": "IPv6"})
NAMES = {"addressType": "FQDN", "endpoints.1": {"addresses": ["x.y"]}}
for name in ("a.b", "a.b.", "a-1.example.com"):
    piece.good(f"name {name}", {**NAMES, ADDRESS: name})
for name in ("a", "A.b", "a..b", "", "a.b..", "a_b.c", f"{'a' * 64}.b", "."):
    piece.bad(f"name {name[:20]}", "invalid-name", ADDRESS, {**NAMES, ADDRESS: name})
piece.bad("null", "invalid-format", "endpoints.0.addresses.1", {"endpoints.0.addresses.1": None})
piece.bad("no addresses", "required-field", "endpoints.0.addresses", {"endpoints.0.addresses": []})
piece.bad("no type", "required-field", "addressType", {"addressType": ""})
piece.bad(
    "many addresses",
    "limit-exceeded",
    "endpoints.0.addresses",
    {"endpoints.0.addresses": [f"10.0.1.{n}" for n in range(101)]},
)
piece.good("a hundred addresses", {"endpoints.0.addresses": [f"10.0.1.{n}" for n in range(100)]})
piece.bad("many endpoints", "limit-exceeded", "endpoints", {"endpoints": [{"addresses": ["10.0.0.1"]}] * 1001})
piece.good("a thousand endpoints", {"endpoints": [{"addresses": ["10.0.0.1"]}] * 1000})
piece.value("invalid-name", "endpoints.0.hostname", "", "a.b", "A")
piece.value("invalid-name", "endpoints.0.nodeName", "", "A")
piece.values(("endpoints", 0, "deprecatedTopology", "a b"), "a b")
ZONES = "endpoints.0.hints.forZones"
piece.value("invalid-name", f"{ZONES}.0.name", "a b")
piece.bad("zone twice", "duplicate-item", f"{ZONES}.1.name", {f"{ZONES}.1": {"name": "a"}})
piece.bad("many zones", "limit-exceeded", ZONES, {ZONES: [{"name": f"z{n}"} for n in range(9)]})
piece.good("eight zones", {ZONES: [{"name": f"z{n}"} for n in range(8)]})
piece.bad("port twice", "duplicate-item", "ports.1.name", {"ports.1.name": "http"})
piece.bad("port without a name twice", "duplicate-item", "ports.2.name", {"ports.2": {"port": 1}})
piece.value("invalid-name", "ports.0.name", "A", "a.b", "a" * 64)
piece.value("invalid-enum", "ports.0.protocol", "tcp")
piece.bad("no protocol", "required-field", "ports.0.protocol", {"ports.0.protocol": ""})
piece.value("invalid-format", "ports.0.appProtocol", "a b")
piece.values("ports.0.port", 0, 70000)
piece.good("no ports", {"ports": DROPPED})

CASES: list[Case] = [*endpoints.cases, *piece.cases]
