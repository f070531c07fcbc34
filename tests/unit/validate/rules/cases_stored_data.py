"""ConfigMaps and Secrets."""

from __future__ import annotations

import base64

from tests.unit.validate.rules.variants import DROPPED, Case, Table

MIB = 1024 * 1024


def encoded(text: str) -> str:
    """Return what stands in a Secret's data."""
    return base64.b64encode(text.encode()).decode()


config_map = Table(
    "ConfigMap",
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings"},
        "data": {"a.conf": "b", "_A-1": ""},
        "binaryData": {"b": "AQI="},
    },
)
for field in ("data", "binaryData"):
    config_map.values((field, "A_b-9.conf"), "YQ==")
    config_map.values((field, "a" * 253), "YQ==")
    for key in ("a b", "a/b", "", "..", "..a", ".", "ä", "a\n", "a" * 254):
        config_map.bad(f"key {key[:20]!r} in {field}", "invalid-name", (field, key), {(field, key): "YQ=="})
    config_map.values((field, ".a"), "YQ==")
config_map.bad("key in both", "duplicate-item", ("data", "b"), {("data", "b"): ""})
config_map.bad("much", "limit-exceeded", "data", {"data.a": "a" * MIB})
config_map.good("as much as may be", {"data": {"a": "a" * MIB}, "binaryData": DROPPED})
config_map.bad("one more", "limit-exceeded", "data", {"data": {"a": "a" * (MIB + 1)}, "binaryData": DROPPED})
config_map.bad("wide", "limit-exceeded", "data", {"data": {"a": "€" * (MIB // 3 + 1)}, "binaryData": DROPPED})
config_map.good("wide, as much as may be", {"data": {"a": "€" * (MIB // 3)}, "binaryData": DROPPED})
config_map.bad(
    "much that is binary", "limit-exceeded", "binaryData", {"data": DROPPED, "binaryData.b": encoded("a" * (MIB + 1))}
)
config_map.good("binary, as much as may be", {"data": DROPPED, "binaryData.b": encoded("a" * MIB)})
config_map.bad(
    "much together", "limit-exceeded", "data", {"data.a": "a" * (MIB // 2), "binaryData.b": encoded("a" * (MIB // 2))}
)
for octets in ([], [1, 255], [1, None]):
    config_map.good(f"the list {octets}", {"binaryData.b": octets})
config_map.good("null", {"data": None, "binaryData": None})
config_map.good("null in it", {"data.a": None, "binaryData.b": None})
config_map.values("immutable", True)

secret = Table(
    "Secret",
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "password", "annotations": {"a": "b"}},
        "data": {"a": "YQ==", "c": ""},
        "stringData": {"b": "text", "a": "over"},
    },
)
secret.values("type", "", "Opaque", "example.com/own", "anything goes")
for field in ("data", "stringData"):
    secret.bad(f"key in {field}", "invalid-name", (field, "a b"), {(field, "a b"): "YQ=="})
secret.bad("much", "limit-exceeded", "stringData", {"stringData.a": "a" * (MIB + 1)})
secret.good("much that is replaced", {"data.a": encoded("a" * MIB), "stringData": {"a": ""}})
secret.bad("much in data", "limit-exceeded", "data", {"data.d": encoded("a" * (MIB + 1)), "stringData": DROPPED})
secret.good("a list of numbers", {"data.d": [104, 105]})
secret.good("null", {"data": None, "stringData": None})

TLS = "kubernetes.io/tls"
tls = Table("Secret for TLS", secret.cases[0].manifest)
tls.cases.clear()
tls.good("both", {"type": TLS, "data": {"tls.crt": "", "tls.key": "YQ=="}})
tls.good("one each", {"type": TLS, "data": {"tls.crt": "YQ=="}, "stringData": {"tls.key": ""}})
tls.good("null", {"type": TLS, "data": {"tls.crt": None, "tls.key": None}})
tls.bad("no key", "required-field", ("data", "tls.key"), {"type": TLS, "data": {"tls.crt": "YQ=="}})
tls.bad("no certificate", "required-field", ("data", "tls.crt"), {"type": TLS, "data": {"tls.key": "YQ=="}})
tls.bad(
    "other keys", "required-field", ("data", "tls.key"), {"type": TLS, "data": {"tls.crt": "YQ==", "key.tls": "YQ=="}}
)
plain = {"type": TLS, "stringData": DROPPED}
tls.bad(
    "another key",
    "required-field",
    ("data", "key.tls"),
    {**plain, "data": {"tls.crt": "YQ==", "key.tls": "YQ=="}},
)
tls.bad(
    "an authority's", "required-field", ("data", "tls.key"), {**plain, "data": {"tls.crt": "YQ==", "ca.crt": "YQ=="}}
)

SSH = "kubernetes.io/ssh-auth"
ssh = Table("Secret for SSH", secret.cases[0].manifest)
ssh.cases.clear()
ssh.good("key", {"type": SSH, "stringData": {"ssh-privatekey": "x"}})
ssh.bad("no key", "required-field", ("data", "ssh-privatekey"), {"type": SSH})
ssh.bad("null", "invalid-value", ("stringData", "ssh-privatekey"), {"type": SSH, "stringData.ssh-privatekey": None})
ssh.bad("plain data", "required-field", "stringData.ssh-privatekey", {"type": SSH, "data": DROPPED})
ssh.bad(
    "another key", "required-field", "data.ssh-key", {"type": SSH, "data": {"ssh-key": "YQ=="}, "stringData": DROPPED}
)
ssh.bad("empty", "invalid-value", ("data", "ssh-privatekey"), {"type": SSH, ("data", "ssh-privatekey"): ""})
ssh.bad(
    "emptied", "invalid-value", ("stringData", "ssh-privatekey"),
    {"type": SSH, ("data", "ssh-privatekey"): "YQ==", ("stringData", "ssh-privatekey"): ""},
)  # fmt: skip

BASIC = "kubernetes.io/basic-auth"
basic = Table("Secret for basic authentication", secret.cases[0].manifest)
basic.cases.clear()
basic.bad("nothing", "required-field", "data.username", {"type": BASIC})
basic.good("a name", {"type": BASIC, "data.username": ""})
basic.good("a password", {"type": BASIC, "stringData.password": "x"})

TOKEN = "kubernetes.io/service-account-token"
ACCOUNT = ("metadata", "annotations", "kubernetes.io/service-account.name")
token = Table("Secret for a token", secret.cases[0].manifest)
token.cases.clear()
token.bad("no account", "required-field", ACCOUNT, {"type": TOKEN})
token.bad("no annotations", "required-field", ACCOUNT, {"type": TOKEN, "metadata.annotations": DROPPED})
token.bad("null", "required-field", ACCOUNT, {"type": TOKEN, "metadata.annotations": None})
token.bad("an empty account", "required-field", ACCOUNT, {"type": TOKEN, ACCOUNT: ""})
token.good("an account", {"type": TOKEN, ACCOUNT: "default"})

docker = Table("Secret for a registry", secret.cases[0].manifest)
docker.cases.clear()
for kind, key in (("kubernetes.io/dockerconfigjson", ".dockerconfigjson"), ("kubernetes.io/dockercfg", ".dockercfg")):
    docker.bad(f"{key}: nothing", "required-field", ("data", key), {"type": kind})
    for text in ("", "x", "[]", '"a"', "1", "{", "{a: b}", '{"a": NaN}', "{}x", '{"a": 1,}', "\ufeff{}", "{'a': 1}"):
        docker.bad(f"{key}: {text!r}", "invalid-value", ("data", key), {"type": kind, ("data", key): encoded(text)})
        docker.bad(
            f"{key}: plain {text!r}", "invalid-value", ("stringData", key), {"type": kind, ("stringData", key): text}
        )
    for text in (
        "{}",
        "null",
        ' {"auths": {"a": {"auth": "b"}}}\n',
        '{"a": 1e3, "b": [1.5, -2], "c": null}',
        '{"ä": "\u2028"}',
    ):
        docker.good(f"{key}: {text!r}", {"type": kind, ("data", key): encoded(text)})
        docker.good(f"{key}: plain {text!r}", {"type": kind, ("stringData", key): text})
    docker.good(f"{key}: bytes", {"type": kind, ("data", key): base64.b64encode(b'{"a": "\xff"}').decode()})

CASES: list[Case] = [case for table in (config_map, secret, tls, ssh, basic, token, docker) for case in table.cases]
