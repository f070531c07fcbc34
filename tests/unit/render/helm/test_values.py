"""Values as helm-controller puts them together, and what of a Secret never gets there."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.model import Location, Manifest, Pointer, Severity
from gitops_action.render.helm.values import compose, encrypted, merge, placeholders, without_ciphertext

CIPHER = "ENC[AES256_GCM,data:Tr7o=,iv:1aeX,tag:xfyU,type:str]"


class Nowhere:
    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:  # noqa: ARG002 - as a Locator has it
        return Location("release.yaml", 1 + len(pointer))


def held(kind: str, name: str, **members: Any) -> Manifest:
    return Manifest({"kind": kind, "metadata": {"name": name, "namespace": "shop"}, **members}, Nowhere())


def composed(values: Any, references: list[dict[str, Any]], *others: Manifest) -> Any:
    spec = {"values": values, "valuesFrom": references}
    release = held("HelmRelease", "web", spec=spec)
    known = {(one.id.kind, one.id.namespace, one.id.name): one for one in others}
    return compose(release, lambda kind, namespace, name: known.get((kind, namespace, name)))


def reference(kind: str = "ConfigMap", name: str = "a", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, **more}


A = held("ConfigMap", "a", data={"values.yaml": "x: 1\nv: {z: 1, w: 1}\n", "one": "5"})
B = held("ConfigMap", "b", data={"values.yaml": "x: 2\nv: {z: 2}\n"})


def test_later_ones_count_over_earlier_ones_and_the_releases_own_over_all() -> None:
    found = composed({"v": {"w": 3}}, [reference(), reference(name="b")], A, B)
    assert found.values == {"x": 2, "v": {"z": 2, "w": 3}}


def test_what_is_put_at_a_path_stands_above_nested_values_of_the_release() -> None:
    # As in Flux, where the value is put into the very mapping that the release has.
    found = composed({"v": {"w": 3}}, [reference(valuesKey="one", targetPath="v.w")], A)
    assert found.values == {"v": {"w": 5}}
    # At the top the release's own value is merged over it again.
    found = composed({"v": 3}, [reference(valuesKey="one", targetPath="v")], A)
    assert found.values == {"v": 3}


def test_nothing_that_was_read_is_changed() -> None:
    before = json.dumps(A.value)
    composed({"v": {}}, [reference(), reference(valuesKey="one", targetPath="v.z")], A)
    assert json.dumps(A.value) == before


@pytest.mark.parametrize(
    ("members", "key"),
    [
        ({"stringData": {"values.yaml": "p: hunter2\nnum: 123456\nb: true\ne: ''\nl: [hunter2]\n"}}, {}),
        (
            {
                "data": {
                    "values.yaml": base64.b64encode(b"p: hunter2\nnum: 1234\nb: true\ne: ''\nl: [hunter2]\n").decode()
                }
            },
            {},
        ),
    ],
)
def test_placeholders_stand_for_what_a_secret_has(members: dict[str, Any], key: dict[str, str]) -> None:
    found = composed({}, [reference("Secret", "s", **key)], held("Secret", "s", **members))
    assert found.values == {"p": "placeholder", "num": 1, "b": True, "e": "", "l": ["placeholder"]}
    assert found.findings == []


def test_an_error_about_a_secret_does_not_quote_it() -> None:
    secret = held("Secret", "s", stringData={"values.yaml": "hunter2", "broken": "a: [hunter2", "x": "hunter2"})
    references = [
        reference("Secret", "s"),
        reference("Secret", "s", valuesKey="broken"),
        reference("Secret", "s", valuesKey="x", targetPath="a["),
    ]
    found = composed({}, references, secret)
    assert [one.code for one in found.findings] == ["helm-values-invalid"] * 3
    assert found.broken
    assert "hunter2" not in repr(found.findings)


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_what_is_encrypted_is_said_and_replaced(kind: str) -> None:
    member = "stringData" if kind == "Secret" else "data"
    one = held(kind, "s", **{member: {"values.yaml": CIPHER, "one": CIPHER}}, sops={"mac": "x"})
    found = composed({}, [reference(kind, "s"), reference(kind, "s", valuesKey="one", targetPath="a.b")], one)
    assert found.values == {"a": {"b": "placeholder"}}
    assert {(one.code, one.severity) for one in found.findings} == {("helm-values-encrypted", Severity.INFO)}
    assert found.unknown


@pytest.mark.parametrize(
    ("entry", "severity", "unknown", "broken"),
    [
        (reference("Secret", "no"), Severity.INFO, True, False),
        (reference("ConfigMap", "no"), Severity.WARNING, True, False),
        (reference("ConfigMap", "a", valuesKey="no"), Severity.ERROR, False, True),
        (reference("ConfigMap", "no", valuesKey="x", targetPath="a"), Severity.WARNING, False, False),
        (reference("ConfigMap", "no", optional=True), None, False, False),
        (reference("ConfigMap", "a", valuesKey="no", optional=True), None, False, False),
    ],
)
def test_what_is_not_there(entry: dict[str, Any], severity: Severity | None, *, unknown: bool, broken: bool) -> None:
    found = composed({}, [entry], A)
    assert [one.severity for one in found.findings] == ([severity] if severity else [])
    assert (found.unknown, found.broken) == (unknown, broken)


def test_values_of_the_release_itself_can_be_encrypted() -> None:
    values = {"a": CIPHER, "b": [CIPHER, 1], "c": "plain"}
    assert encrypted(values)
    assert without_ciphertext(values) == {"a": "placeholder", "b": ["placeholder", 1], "c": "plain"}
    assert not encrypted({"c": "ENC[not really]"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=10,
)
MAPPINGS = st.dictionaries(st.text(max_size=2), JSON, max_size=4)


@given(MAPPINGS, MAPPINGS)
def test_merging_keeps_what_only_one_side_has_and_takes_the_rest_from_above(under: Any, over: Any) -> None:
    merged = merge(under, over)
    assert set(merged) == set(under) | set(over)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(under.get(key), dict):
            assert merged[key] == merge(under[key], value)
        else:
            assert merged[key] == value
    assert merge(merged, over) == merged
    assert merge({}, over) == over


@given(JSON)
def test_placeholders_have_the_same_shape_and_tell_nothing(value: Any) -> None:
    found = placeholders(value)
    assert placeholders(found) == found
    assert json.dumps(found).replace("placeholder", "") == json.dumps(placeholders(found)).replace("placeholder", "")
    if isinstance(value, str):
        assert found in {"", "placeholder"}


def test_text_that_gets_lost_as_a_tag_does_not_stand_in_the_way_of_values() -> None:
    found = composed({}, [reference(name="c")], held("ConfigMap", "c", data={"values.yaml": "x: !important\nz: 1\n"}))
    assert (found.values, found.findings) == ({"x": "", "z": 1}, [])
