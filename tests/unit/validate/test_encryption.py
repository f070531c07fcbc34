"""The files in `sops` were encrypted by SOPS 3.13.3, with a key that was thrown away."""

from __future__ import annotations

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
from gitops_action.validate.engine import Engine
from gitops_action.validate.kubeconform import KubeconformEngine
from gitops_action.validate.problems import Problem
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
        ("invalid-format", 10, 'binaryData.other must be base64, not the string "not base64"'),
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


def test_metadata_without_ciphertext_is_worth_a_word() -> None:
    sealed = unseal({"kind": "ConfigMap", "data": {"a": "b"}, "sops": {"mac": "x"}})
    assert sealed.value == {"kind": "ConfigMap", "data": {"a": "b"}}
    assert [problem.message for problem in sealed.judged([])] == [
        "it has the metadata of SOPS, but no value is encrypted"
    ]


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
    text = "{{apiVersion: example.org/v1, kind: Widget, metadata: {{name: x}}, spec: {{mode: '{}'}}, sops: {{mac: x}}}}"
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
