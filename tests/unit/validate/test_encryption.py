"""The files in `sops` were encrypted by SOPS 3.13.3, with a key that was thrown away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.adapters.processes import run
from gitops_action.model import Finding, Manifest
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.crds import Crds
from gitops_action.validate.encryption import unseal
from gitops_action.validate.encryption_rules import lost
from gitops_action.validate.engine import Engine
from gitops_action.validate.kubeconform import KubeconformEngine
from gitops_action.validate.problems import Problem, path_text
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import loaded, manifests
from tests.support import tool

FILES = Path(__file__).parent / "sops"
CIPHER = "ENC[AES256_GCM,data:cQ==,iv:+8a+VuD=,tag:99Amm+dt==,type:{}]"


def of_file(name: str) -> list[Manifest]:
    found, findings = loaded((FILES / name).read_bytes(), name)
    assert findings == []
    return found


def engines() -> list[Engine]:
    return [SchemaEngine(Catalog(36)), KubeconformEngine(run, tool("kubeconform"), Catalog(36))]


def said(findings: list[Finding]) -> list[tuple[str, int | None, str]]:
    return [(finding.code, finding.line, finding.message) for finding in sorted(findings, key=lambda it: it.line or 0)]


# In each file one thing is wrong that is plain, by the line of the file; the rest only looks wrong while it is ciphertext.
EXPECTED = {
    "secret.yaml": [
        ("unknown-field", 5, 'unknown field "lables" in metadata; did you mean "labels"?'),
        ("encrypted", 11, "encrypted with SOPS: 2 values are not checked"),
    ],
    "secret.json": [
        ("unknown-field", 6, 'unknown field "lables" in metadata; did you mean "labels"?'),
        ("encrypted", 15, "encrypted with SOPS: 2 values are not checked"),
    ],
    "deployment.yaml": [
        ("unknown-field", 9, 'unknown field "selecter" in spec; did you mean "selector"?'),
        ("encrypted", 23, "encrypted with SOPS: 6 values are not checked"),
    ],
    "suffix.yaml": [
        ("wrong-type", 6, "data.user must be a string, not the number 5; put it in quotes"),
        (
            "invalid-format",
            10,
            'binaryData.other must be base64, not the string "not base64"; plain text goes under data',
        ),
        ("encrypted", 11, "encrypted with SOPS: 2 values are not checked"),
    ],
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_plain_is_judged_and_what_is_ciphertext_is_not(name: str) -> None:
    result = SchemaEngine(Catalog(36)).validate(of_file(name))
    assert said(result.findings) == EXPECTED[name]
    assert (result.found, result.checked) == (1, 1)


@pytest.mark.tools
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_kubeconform_is_shown_samples_and_finds_the_same_places(name: str) -> None:
    engine = KubeconformEngine(run, tool("kubeconform"), Catalog(36))
    result = engine.validate(of_file(name))
    assert [entry[:2] for entry in said(result.findings)] == [entry[:2] for entry in EXPECTED[name]]
    assert (result.found, result.checked) == (1, 1)


@pytest.mark.tools
def test_an_object_of_unknown_kind_is_found_and_not_checked() -> None:
    for engine in engines():
        result = engine.validate(of_file("kind-encrypted.yaml"))
        assert [(f.code, f.message) for f in result.findings] == [
            ("encrypted", "encrypted with SOPS, its apiVersion or kind too: the object is not checked")
        ]
        assert (result.found, result.checked) == (1, 0)


def test_no_ciphertext_means_anything_without_the_metadata() -> None:
    value = {"apiVersion": "v1", "kind": "Pod", "spec": {"replicas": CIPHER.format("int")}}
    assert unseal(value).value is value
    assert unseal({**value, "sops": {"version": "1"}}).pointers == frozenset()
    assert unseal({**value, "sops": "mac"}).pointers == frozenset()


def test_metadata_that_leaves_nothing_to_encrypt_is_worth_a_word() -> None:
    value = {"kind": "ConfigMap", "data": {"a": "b"}}
    sealed = unseal({**value, "sops": {"mac": "x", "encrypted_regex": "^stringData$"}})
    assert sealed.value == value
    assert [(problem.code, problem.message) for problem in sealed.judged([])] == [
        ("encrypted", "it has the metadata of SOPS, but no value is encrypted")
    ]


CANARY = "c4n4ry-Zx81!"
KEY = {"data": {"note": "plain"}, "stringData": {"password": CANARY}}


def notes(value: dict[str, Any], **rules: object) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in unseal({**value, "sops": {"mac": "x", **rules}}).judged([])]


@pytest.mark.parametrize(
    ("rules", "plain"),
    [
        ({"encrypted_regex": "^stringData$"}, ["stringData.password"]),
        ({"encrypted_regex": "WORD"}, []),
        ({"encrypted_regex": "(?i)WORD"}, ["stringData.password"]),
        ({"encrypted_regex": "^[[:alpha:]]+Data$"}, ["stringData.password"]),
        ({"unencrypted_regex": "^(note|data)$"}, ["stringData.password"]),
        ({"unencrypted_regex": "^(data|stringData)$"}, []),
        ({"encrypted_suffix": "word"}, ["stringData.password"]),
        ({"unencrypted_suffix": "ata"}, []),
        ({"unencrypted_suffix": "note"}, ["stringData.password"]),
        # The rule of SOPS where there is none, and what nobody can tell here: comments, what SOPS refuses, no expression.
        ({}, ["data.note", "stringData.password"]),
        ({"encrypted_comment_regex": "secret"}, []),
        ({"unencrypted_comment_regex": "open"}, []),
        ({"encrypted_regex": "^stringData$", "encrypted_suffix": "word"}, []),
        ({"encrypted_regex": "("}, []),
        ({"encrypted_regex": ["stringData"]}, []),
    ],
)
def test_a_value_is_plain_that_the_rules_encrypt(rules: dict[str, object], plain: list[str]) -> None:
    value = {**KEY, "sops": {"mac": "x", **rules}}
    assert [path_text(pointer) for pointer in lost(value)[1]] == plain


@pytest.mark.tools
def test_a_plain_value_is_an_error_at_its_place_and_never_shown() -> None:
    text = (FILES / "secret.yaml").read_text()
    broken = re.sub("tls.key: .*", f"tls.key: {CANARY}", text)
    found, _ = loaded(broken.encode(), "secret.yaml")
    for engine in engines():
        result = engine.validate(found)
        assert CANARY not in repr(result.findings)
        assert [(f.code, f.line, f.column) for f in result.findings if f.code.startswith("encr")] == [
            ("encryption-missing", 10, 14),
            ("encrypted", 11, 1),
        ]


def test_one_error_stands_for_all_values_and_takes_the_place_of_the_note() -> None:
    ((code, message),) = notes(KEY, encrypted_regex="^(data|stringData)$")
    assert code == "encryption-missing"
    assert message == (
        "data.note and 1 other value are plain text, but SOPS, by `encrypted_regex` in its metadata, encrypts them: "
        "encrypt the file again"
    )
    ((_, message),) = notes({"stringData": {"a": "b"}})
    assert message == "stringData.a is plain text, but SOPS encrypts it: encrypt the file again"


@pytest.mark.parametrize("value", [None, "", [], {}, CIPHER.format("str"), "ENC[AES256_GCM,...]"])
def test_sops_leaves_null_and_empty_values_alone(value: object) -> None:
    assert lost({"stringData": {"a": value, "b": [value]}, "sops": {"mac": "x"}})[1] == []


def test_a_placeholder_is_no_plain_value() -> None:
    assert notes({"data": {"a": CIPHER.format("str")}}) == [
        ("encrypted", "encrypted with SOPS: 1 value is not checked")
    ]
    sealed = unseal({"data": {"a": "${A}"}, "sops": {"mac": "x"}}, frozenset({("data", "a")}))
    assert [problem.code for problem in sealed.judged([])] == ["encrypted"]


@pytest.mark.parametrize(("kind", "sample"), [("str", ""), ("int", 0), ("float", 0), ("bool", False), ("bytes", "")])
def test_samples_have_the_type_of_what_is_encrypted(kind: str, sample: object) -> None:
    sealed = unseal({"a": [{"b": CIPHER.format(kind)}], "sops": {"mac": "x"}})
    assert sealed.value == {"a": [{"b": sample}]}
    assert sealed.pointers == {("a", 0, "b")}


HIDDEN = unseal({"spec": {"a": {"b": CIPHER.format("str")}, "c": "plain"}, "sops": {"mac": "x"}})
DATA = unseal({"data": {"b": CIPHER.format("str")}, "sops": {"mac": "x"}})


@pytest.mark.parametrize(
    ("problem", "kept"),
    [
        (Problem("invalid-enum", ("spec", "a", "b"), "of the value"), False),
        (Problem("required-field", ("spec", "a", "b"), "empty"), False),
        (Problem("invalid-value", ("spec", "a"), "of what is around it"), False),
        (Problem("unknown-field", ("spec", "a"), "of its key"), True),
        (Problem("wrong-type", ("spec", "a"), "a mapping"), True),
        (Problem("invalid-value", ("spec", "c"), "of something else"), True),
        (Problem("selector-mismatch", ("spec", "c"), "of two values"), False),
    ],
)
def test_problems_are_kept_that_do_not_hang_on_what_is_hidden(problem: Problem, kept: bool) -> None:
    assert (problem in HIDDEN.judged([problem])) is kept


def test_rules_about_several_values_hold_where_only_data_is_hidden() -> None:
    problem = Problem("invalid-reference", ("spec", "c"), "x")
    assert problem in DATA.judged([problem])


def test_an_alternative_that_depends_on_ciphertext_is_not_judged() -> None:
    crd = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.org}
        spec:
          group: example.org
          names: {kind: Widget, plural: widgets}
          scope: Namespaced
          versions:
            - name: v1
              served: true
              storage: true
              schema:
                openAPIV3Schema:
                  type: object
                  properties:
                    spec:
                      type: object
                      properties: {mode: {type: string}, size: {type: integer}}
                      oneOf:
                        - properties: {mode: {enum: [small]}}
                        - properties: {mode: {enum: [big]}}
                          required: [size]
        """
    engine = SchemaEngine(Catalog(36), Crds.from_manifests(manifests(crd)))
    text = "{{apiVersion: example.org/v1, kind: Widget, metadata: {{name: x}}, spec: {{mode: '{}'}}, sops: {{encrypted_regex: spec}}}}"
    [finding] = engine.validate(manifests(text.format(CIPHER.format("str")))).findings
    assert finding.code == "encrypted"
    codes = [f.code for f in engine.validate(manifests(text.format("huge"))).findings]
    assert "invalid-enum" in codes


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(CIPHER.format("str")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def leaves(value: Any, pointer: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], Any]:
    if isinstance(value, dict):
        return {at: leaf for key, part in value.items() for at, leaf in leaves(part, (*pointer, key)).items()}
    if isinstance(value, list):
        return {at: leaf for key, part in enumerate(value) for at, leaf in leaves(part, (*pointer, key)).items()}
    return {pointer: value}


@given(st.dictionaries(st.text(max_size=4), ANYTHING, max_size=4))
def test_only_ciphertext_is_replaced(value: dict[str, Any]) -> None:
    value.pop("sops", None)
    sealed = unseal({**value, "sops": {"mac": "x"}})
    before, after = leaves(value), leaves(sealed.value)
    assert before.keys() == after.keys()
    assert {at for at, leaf in before.items() if leaf == CIPHER.format("str")} == sealed.pointers
    assert all(after[at] == leaf for at, leaf in before.items() if at not in sealed.pointers)
