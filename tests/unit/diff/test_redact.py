from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.diff.compare import compare
from gitops_action.diff.redact import redact, scrub, secret_values
from gitops_action.diff.sensitive import Redaction, credentials, matches
from gitops_action.model import Change, FieldChange, Manifest, Outcome
from tests.unit.diff.support import At, manifest

CANARY = "c4n4ry-Zx81!"
ENCODED = base64.b64encode(CANARY.encode()).decode()
SOPS = "ENC[AES256_GCM,data:p673w==,iv:YY=,tag:UQ==,type:str]"


def secret(body: str, kind: str = "Secret") -> Manifest:
    return manifest(f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: db, namespace: web}}\n{body}\n")


def one(base: Manifest | None, head: Manifest | None, rules: Redaction | None = None) -> Change:
    (change,) = compare([base] if base else [], [head] if head else [], redaction=rules)
    return change


def test_keys_and_changes_are_told_and_values_are_not() -> None:
    base = secret("type: Opaque\ndata: {same: c2FtZQ==, changed: b2xk, gone: Z29uZQ==}")
    head = secret(f"type: Opaque\ndata: {{same: c2FtZQ==, changed: {ENCODED}, new: {ENCODED}}}")
    change = one(base, head)
    assert change.outcome is Outcome.UPDATE
    assert change.fields == (
        FieldChange("data.changed", "<redacted, old value>", "<redacted, new value>", redacted=True),
        FieldChange("data.gone", "<redacted>", None, present_after=False, redacted=True),
        FieldChange("data.new", None, "<redacted>", present_before=False, redacted=True),
    )
    assert change.diff.split("\n")[3:] == [
        "   name: db",
        "   namespace: web",
        " data:",
        '-  changed: "<redacted, old value>"',
        '-  gone: "<redacted>"',
        '+  changed: "<redacted, new value>"',
        '+  new: "<redacted>"',
        '   same: "<redacted>"',
        " type: Opaque",
        "",
    ]
    assert all(type(field.before) in {str, type(None)} for field in change.fields)


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (f"data: {{a: {ENCODED}}}", f"stringData: {{a: '{CANARY}'}}"),
        (f"data: {{a: {ENCODED}}}", f"data: {{a: bm90}}\nstringData: {{a: '{CANARY}'}}"),
        (f"data: {{a: {ENCODED}}}", f"data:\n  a: |\n    {ENCODED[:4]}\n    {ENCODED[4:]}"),
    ],
)
def test_the_same_value_written_otherwise_is_unchanged(base: str, head: str) -> None:
    assert one(secret(base), secret(head)).outcome is Outcome.UNCHANGED


def everything_shown(change: Change) -> str:
    return repr(change) + str(change) + change.diff + repr(change.fields)


LEAKS = [
    f"data: {{a: {ENCODED}}}",
    f"stringData: {{a: '{CANARY}'}}",
    f"stringdata: {{a: '{CANARY}'}}",
    f"data: '{CANARY}'",
    f"data: {{a: '{CANARY}'}}",
    f"data: {{a: {{b: ['{CANARY}']}}}}",
    f"data: [{{name: a, value: '{CANARY}'}}]",
    f"spec: {{a: '{CANARY}'}}",
]


@pytest.mark.parametrize("kind", ["Secret", "secret", "SecretList"])
@pytest.mark.parametrize("body", LEAKS)
def test_nothing_of_a_secret_is_shown(body: str, kind: str) -> None:
    body = f"items:\n- {body}\n" if kind == "SecretList" else body
    other = secret("data: {}", kind)
    for change in (one(secret(body, kind), other), one(other, secret(body, kind)), one(None, secret(body, kind))):
        assert CANARY not in everything_shown(change)
        assert ENCODED not in everything_shown(change)


@pytest.mark.parametrize(
    "annotation",
    ["kubectl.kubernetes.io/last-applied-configuration", "kapp.k14s.io/original", "kapp.k14s.io/original-diff"],
)
@pytest.mark.parametrize("kind", ["Secret", "Deployment"])
def test_copies_of_the_object_in_annotations(annotation: str, kind: str) -> None:
    head = Manifest(
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", "annotations": {annotation: CANARY}}}, At("x")
    )
    base = Manifest(
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", "annotations": {annotation: "x"}}}, At("x")
    )
    change = one(base, head)
    assert change.fields[0].redacted
    assert CANARY not in everything_shown(change)


def test_secrets_inside_a_list() -> None:
    value = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"a": CANARY}},
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "b"},
                "data": {"DB_PASSWORD": CANARY, "x": "shown"},
            },
        ],
    }
    change = one(None, Manifest(value, At("x")))
    assert CANARY not in everything_shown(change)
    assert "shown" in change.diff


def test_ciphertext_is_shown() -> None:
    change = one(secret("stringData: {a: x}"), secret(f"stringData: {{a: '{SOPS}'}}\nsops: {{version: 3.13.3}}"))
    assert SOPS in change.diff
    assert "3.13.3" in change.diff
    assert SOPS + "x" not in one(None, secret(f"stringData: {{a: '{SOPS}x'}}")).diff


@pytest.mark.parametrize("sops", ["", "sops: {version: 3.13.3}\n"])
def test_lost_encryption_shows_where_it_is_written(sops: str) -> None:
    sealed, plain = secret(f"stringData: {{a: '{SOPS}', b: x}}\n{sops}"), secret(f"stringData: {{a: {CANARY}, b: x}}")
    assert one(sealed, plain).fields[-1] == FieldChange("stringData.a", SOPS, "<redacted, new value>", redacted=True)
    assert one(plain, sealed).fields[-1] == FieldChange("stringData.a", "<redacted, old value>", SOPS, redacted=True)
    assert CANARY not in everything_shown(one(sealed, plain))


def test_a_reference_to_a_secret_is_shown() -> None:
    text = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\n"
        "spec: {valuesFrom: [{kind: Secret, name: db-values, valuesKey: values.yaml}]}\n"
    )
    assert "db-values" in one(None, manifest(text)).diff


def deployment(env: str) -> Manifest:
    return manifest(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\n"
        f"spec: {{template: {{spec: {{containers: [{{name: app, env: [{env}]}}]}}}}}}\n"
    )


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("DB_PASSWORD", True),
        ("PGPASSWORD", False),
        ("GITHUB_TOKEN", True),
        ("APP_KEY", True),
        ("clientSecret", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("SECRET_KEY_BASE", True),
        ("PASSWORD_FILE", False),
        ("TOKEN_URL", False),
        ("KEYCLOAK_URL", False),
        ("SSH_PUBLIC_KEY", False),
        ("LOG_LEVEL", False),
        ("X-Api-Key", True),
    ],
)
def test_environment_variables_by_name(name: str, hidden: bool) -> None:
    change = one(deployment(f"{{name: {name}, value: old}}"), deployment(f"{{name: {name}, value: '{CANARY}'}}"))
    assert change.outcome is Outcome.UPDATE
    assert change.fields[0].path == f"spec.template.spec.containers[name=app].env[name={name}].value"
    assert (CANARY not in everything_shown(change)) is hidden


def test_a_reference_in_an_environment_variable_is_shown() -> None:
    assert "$(OTHER)" in one(None, deployment("{name: DB_PASSWORD, value: $(OTHER)}")).diff


def test_names_and_places_of_the_configuration() -> None:
    rules = Redaction(names=["*_dsn"], pointers=[("Deploy*", "/spec/template/**/image"), ("Other", "/spec/**")])
    head = manifest(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec: {replicas: 7, template: {spec: "
        "{containers: [{name: app, image: hidden, env: [{name: MY_DSN, value: hidden}]}]}}}\n"
    )
    diff = one(None, head, rules).diff
    assert "hidden" not in diff
    assert "replicas: 7" in diff


@pytest.mark.parametrize(
    ("pattern", "pointer", "expected"),
    [
        ("/spec/*", ("spec", "a"), True),
        ("/spec/*", ("spec", "a", "b"), False),
        ("/spec/**", ("spec",), True),
        ("/spec/**/b", ("spec", "a", 0, "b"), True),
        ("/a~1b", ("a/b",), True),
        ("", (), True),
        ("/x", ("y",), False),
    ],
)
def test_pointer_patterns(pattern: str, pointer: Any, expected: bool) -> None:
    assert matches(pattern, pointer) is expected


@pytest.mark.parametrize(
    ("kind", "body", "hidden"),
    [
        ("ConfigMap", {"data": {"db.password": CANARY}}, True),
        ("ConfigMap", {"data": {"level": CANARY}}, False),
        ("HelmRelease", {"spec": {"values": {"auth": {"adminPassword": CANARY}}}}, True),
        ("HelmRelease", {"spec": {"values": {"auth": {"existingSecret": CANARY}}}}, False),
        ("HelmRelease", {"spec": {"values": {"tolerations": [{"key": CANARY}], "topologyKey": CANARY}}}, False),
        ("ExternalSecret", {"spec": {"data": [{"secretKey": CANARY}]}}, False),
    ],
)
def test_keys_by_name(kind: str, body: dict[str, Any], hidden: bool) -> None:
    head = Manifest({"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}, **body}, At("x"))
    assert (CANARY not in everything_shown(one(None, head))) is hidden


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://app:pa55w0rd@db:5432/x", "postgres://app:<redacted>@db:5432/x"),
        ("oci://registry:5000/a@sha256:00", None),
        ("https://example.com/a:b@c", None),
        ("postgres://app:$(PASSWORD)@db", None),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----<redacted>-----END RSA PRIVATE KEY-----\n",
        ),
        ("-----BEGIN CERTIFICATE-----\nMIIabc\n-----END CERTIFICATE-----\n", None),
        ("x=ghp_" + "a" * 36, "x=<redacted>"),
        ("run --db-password=hunter2 --port=80", "run --db-password=<redacted> --port=80"),
        ("run --token=$TOKEN", None),
        ("--password-file=/x", None),
    ],
)
def test_credentials_by_their_shape(text: str, shown: str | None) -> None:
    assert scrub(text, ()) == (shown or text)
    head = {"kind": "ConfigMap", "data": {"a": text}}
    assert redact(None, head, Redaction())[1]["data"]["a"] == (shown or text)


def test_a_changed_credential_inside_a_text_is_told_from_the_same() -> None:
    old, new = ({"kind": "X", "a": f"http://u:{password}@h/{path}"} for password, path in (("one", "x"), ("two", "y")))
    assert redact(old, new, Redaction()) == (
        {"kind": "X", "a": "http://u:<redacted, old value>@h/x"},
        {"kind": "X", "a": "http://u:<redacted, new value>@h/y"},
    )


@pytest.mark.parametrize(
    "text",
    [
        "eyJ-" * 50_000,
        "a.b-" * 50_000,
        "://a:" * 40_000,
        "-----BEGIN A " * 20_000,
        " --a-password" * 20_000,
        "-----BEGIN PRIVATE KEY-----" * 10_000,
        "eyJaaaaaaaaaa." * 15_000,
    ],
)
@pytest.mark.timeout(20)
def test_a_hostile_text_ends_soon(text: str) -> None:
    list(credentials(text))


VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=30).filter(
    lambda text: (
        text.strip() == text and not any(text in known for known in ("<redacted, old value>", "<redacted, new value>"))
    )
)
SHAPES = [
    lambda value: {"data": {"k": base64.b64encode(value.encode()).decode()}},
    lambda value: {"stringData": {"k": value}},
    lambda value: {"data": {"k": value}},
    lambda value: {"stringData": {"k": [value, {"deep": value}]}},
    lambda value: {
        "metadata": {
            "name": "a",
            "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"kind": "Secret", "data": {"k": value}})
            },
        }
    },
]


@given(VALUES, VALUES, st.sampled_from(SHAPES), st.sampled_from(SHAPES))
def test_canary(old: str, new: str, old_shape: Any, new_shape: Any) -> None:
    marked_old, marked_new = f"OLD-{old}-CANARY", f"NEW-{new}-CANARY"
    base = Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, **old_shape(marked_old)}, At("x"))
    head = Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, **new_shape(marked_new)}, At("x"))
    for change in (one(base, head), one(base, None), one(None, head)):
        shown = everything_shown(change)
        for value in (marked_old, marked_new):
            assert value not in shown
            assert base64.b64encode(value.encode()).decode() not in shown
            assert "-CANARY" not in shown
        message = (
            f"invalid: {marked_old!r} and {json.dumps(marked_new)} and {base64.b64encode(marked_new.encode()).decode()}"
        )
        scrubbed = scrub(message, secret_values([base.value, head.value]))
        assert "-CANARY" not in scrubbed


def test_scrub() -> None:
    secrets = {"hunter2 with spaces", "prod", "x", "line one\nline two"}
    assert (
        scrub('got "hunter2 with spaces" in production, prod', secrets) == 'got "<redacted>" in production, <redacted>'
    )
    assert scrub("saw line two; x stays", secrets) == "saw <redacted>; x stays"
    assert scrub("it's \\u00fcber-geheim", {"über-geheim"}) == "it's <redacted>"


ANYTHING = st.recursive(
    st.sampled_from([CANARY, "x", "http://u:pw-canary@h", "--token=t0k3n", 7, None, True]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["kind", "apiVersion", "metadata", "data", "stringData", "items", "name", "value", "annotations", "spec",
                         "kapp.k14s.io/original", "values", "password"]), inner, max_size=4)
    | st.just({"apiVersion": "v1", "kind": "Secret", "metadata": {}, "stringData": {"a": CANARY}})
    | st.just({"name": "DB_PASSWORD", "value": CANARY}),
    max_leaves=12,
)  # fmt: skip


@given(st.fixed_dictionaries({"kind": st.sampled_from(["Secret", "SecretList", "ConfigMap", "HelmRelease", "List"]), "data": ANYTHING,
                              "items": ANYTHING, "metadata": ANYTHING, "spec": ANYTHING}))  # fmt: skip
def test_what_is_scrubbed_is_what_is_hidden(value: dict[str, Any]) -> None:
    hidden = redact(value, None, Redaction())[0]
    found = secret_values([value])
    for text in (CANARY, "pw-canary", "t0k3n"):
        assert (str(value).count(text) > str(hidden).count(text)) == any(text in secret for secret in found)
