"""The request for origins changes nothing else of a kustomization; its answer is read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.render.chain import chain
from gitops_action.render.origin import ORIGIN, TRANSFORMATIONS, Notes, Origin, reads_annotations, request, take
from gitops_action.render.sources import Sources
from gitops_action.repository.discovery import discover
from gitops_action.repository.kustomizations import Kustomization, parse
from tests.unit.render.rendering import tree_of

BOTH = ["originAnnotations", "transformerAnnotations"]


def parsed(text: bytes) -> Kustomization:
    found = parse(text, "o/kustomization.yaml")
    assert found is not None
    return found


def fields_of(kustomization: Kustomization) -> object:
    assert kustomization.document is not None
    return kustomization.document.value


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "resources: [a]\n",
            "buildMetadata: [originAnnotations, transformerAnnotations]\nresources: [a]\n",
        ),
        (
            "# why\n---\n  resources: [a]\n  namePrefix: b",
            "# why\n---\n  buildMetadata: [originAnnotations, transformerAnnotations]\n  resources: [a]\n  namePrefix: b",
        ),
        ('{"resources": []}', None),
        (
            '{"resources": ["é"]}',
            '{buildMetadata: [originAnnotations, transformerAnnotations], "resources": ["é"]}',
        ),
        (
            "resources: [a]\nbuildMetadata: [managedByLabel]\n",
            "resources: [a]\nbuildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]\n",
        ),
        (
            "buildMetadata:\n  - managedByLabel\n  - originAnnotations\nresources: [a]\n",
            "buildMetadata:\n  - transformerAnnotations\n  - managedByLabel\n  - originAnnotations\nresources: [a]\n",
        ),
        (
            "buildMetadata: []\nresources: [a]\n",
            "buildMetadata: [originAnnotations, transformerAnnotations]\nresources: [a]\n",
        ),
        (
            "resources: [a]\nBuildMetadata: [transformerAnnotations, originAnnotations]\n",
            "resources: [a]\nBuildMetadata: [transformerAnnotations, originAnnotations]\n",
        ),
        # With one field more, kustomize would no longer call it empty.
        ("kind: Kustomization\n", None),
        ("kind: Kustomization\nnamePrefix: ''\n", None),
        # Not worth an attempt: it is built as it is.
        ("resources: [a]\nbuildMetadata:\n", None),
    ],
)
def test_the_request_in_the_styles_that_people_write(before: str, after: str | None) -> None:
    edited = request(parsed(before.encode()))
    assert edited == (None if after is None else after.encode())


FIELDS = st.dictionaries(
    st.sampled_from(["resources", "namePrefix", "labels", "patches", "images", "kind"]),
    st.recursive(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6)
        | st.integers(0, 9)
        | st.none(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=2),
        max_leaves=4,
    ),
    min_size=1,
)


@given(
    FIELDS,
    st.lists(st.sampled_from([*BOTH, "managedByLabel"]), unique=True),
    st.sampled_from(["block", "flow", "json", "wide", "crlf", "comment", "no-newline"]),
)
def test_the_request_changes_nothing_else(fields: dict[str, Any], metadata: list[str], style: str) -> None:
    if metadata:
        fields = {**fields, "buildMetadata": metadata}
    if style == "json":
        text = json.dumps(fields, ensure_ascii=False)
    else:
        text = yaml.safe_dump(fields, default_flow_style=style == "flow", indent=4 if style == "wide" else 2)
    text = f"# comment: {{\n\n{text}" if style == "comment" else text
    text = text.replace("\n", "\r\n") if style == "crlf" else text
    text = text.rstrip("\n") if style == "no-newline" else text
    kustomization = parsed(text.encode())
    edited = request(kustomization)
    empty = all(not value for key, value in fields.items() if key != "kind")
    assert (edited is None) == empty
    if edited is not None:
        expected = fields_of(kustomization)
        assert isinstance(expected, dict)
        added = [name for name in BOTH if name not in metadata]
        after = fields_of(parsed(edited))
        assert isinstance(after, dict)
        assert after == {**expected, "buildMetadata": [*added, *metadata]}


def test_notes_are_read() -> None:
    notes = Notes(
        "path: ../base/d.yaml\n",
        "- configuredIn: ../base/kustomization.yaml\n  configuredBy: {kind: PrefixTransformer}\n"
        "- configuredIn: ../base/kustomization.yaml\n- configuredIn: kustomization.yaml\n",
    )
    layers = ("apps/base/kustomization.yaml", "apps/overlay/kustomization.yaml")
    assert notes.read("apps/overlay") == Origin("apps/base/d.yaml", "", layers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("a list: [", None),
        ("- x", None),
        (
            "configuredIn: kustomization.yaml\nconfiguredBy: {kind: ConfigMapGenerator}",
            Origin("", "o/kustomization.yaml"),
        ),
        ("configuredIn: kustomization.yaml\nconfiguredBy: {kind: LabelTransformer}", None),
        ("path: base/d.yaml\nrepo: https://github.com/org/repo\nref: v1", Origin()),
        ("path: ../../../etc/passwd", Origin()),
        ("path: [1]", Origin()),
    ],
)
def test_odd_notes(text: str, expected: Origin | None) -> None:
    assert Notes(text).read("o") == expected


def test_taking_the_notes_off() -> None:
    value = {"kind": "A", "metadata": {"annotations": {ORIGIN: "o", TRANSFORMATIONS: "t", "mine": "1"}, "name": "a"}}
    stripped, notes = take(value, frozenset())
    assert stripped == {"kind": "A", "metadata": {"annotations": {"mine": "1"}, "name": "a"}}
    assert notes == Notes("o", "t")
    kept, notes = take(value, frozenset({ORIGIN}))
    assert kept["metadata"]["annotations"] == {ORIGIN: "o", "mine": "1"}
    assert notes == Notes("o", "t")
    only, _ = take({"metadata": {"annotations": {ORIGIN: "o"}}}, frozenset())
    assert only == {"metadata": {}}
    # Documents share their values; they are not changed.
    assert ORIGIN in value["metadata"]["annotations"]  # type: ignore[index]  # it is a mapping


@pytest.mark.parametrize(
    "value", [{}, {"metadata": None}, {"metadata": {"annotations": []}}, {"metadata": {"annotations": {}}}]
)
def test_objects_without_notes_are_left_alone(value: dict[str, Any]) -> None:
    assert take(value, frozenset()) == (value, Notes())


@pytest.mark.parametrize(
    ("kustomization", "expected"),
    [
        ("patches: [{path: p.yaml}]", False),
        ("patches: [{patch: '[{op: add, path: /metadata/annotations/a, value: b}]', target: {kind: A}}]", False),
        ("patches: [{patch: '[{op: test, path: /metadata/annotations/a, value: b}]', target: {kind: A}}]", True),
        ("patches: [{path: t.yaml, target: {kind: A}}]", True),
        ("patches: [{path: gone.yaml}]", False),
        ("transformers: [t.yaml]", True),
        ("resources: [../base]", True),
        ("replacements: [{source: {fieldPath: metadata.annotations}}]", True),
        ("replacements: [{source: {fieldPath: metadata.name}}]", False),
    ],
)
def test_builds_that_could_depend_on_annotations(kustomization: str, expected: bool) -> None:
    tree = tree_of(
        {
            "o/kustomization.yaml": kustomization,
            "o/p.yaml": "kind: A\nmetadata: {name: a}\n",
            "o/t.yaml": "- {op: copy, from: /metadata/annotations, path: /spec}\n",
            "base/kustomization.yaml": "validators: [v.yaml]\n",
        }
    )
    sources = Sources(tree, discover(tree))
    layers = chain(sources.graph, "o", lambda _: False)
    assert reads_annotations(layers, sources) is expected
