"""Which kinds of custom resources a change defines anew, and which files hold some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.repository.definitions import holding, redefined
from gitops_action.repository.discovery import discover
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitops_action.model import Finding

KIND = ("example.org", "Widget")


def crd(minimum: int = 1, group: str = "example.org", **spec: str) -> str:
    more = "".join(f"  {key}: {value}\n" for key, value in spec.items())
    return (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        f"metadata: {{name: widgets.{group}}}\nspec:\n  group: {group}\n  names: {{kind: Widget}}\n{more}"
        "  versions:\n  - name: v1\n    schema: {openAPIV3Schema: {properties: {size: {minimum: %d}}}}\n" % minimum
    )


OVERLAY = "resources: [crd.yaml]\npatches: [{path: p.yaml}]\n"
NAMING = "resources: [crd.yaml]\npatches: [{path: p.yaml, target: {kind: CustomResourceDefinition}}]\n"
NAMED = "kind: CustomResourceDefinition\nmetadata: {name: widgets.example.org}\nspec: {versions: []}\n"
INLINE = "resources: [crd.yaml]\npatches: [{target: {kind: CustomResourceDefinition}, patch: '%s'}]\n"


def between(base: dict[str, str], head: dict[str, str]) -> frozenset[tuple[str, str]]:
    changed = {path for path in base.keys() | head.keys() if base.get(path) != head.get(path)}
    trees = [MemoryTree(files) for files in (base, head)]
    return redefined([(tree, discover(tree)) for tree in trees], changed)


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        ({"c.yaml": crd(1)}, {"c.yaml": crd(2)}, {KIND}),
        ({"c.yaml": crd(1)}, {}, {KIND}),
        ({}, {"c.yaml": crd(1)}, {KIND}),
        ({"c.yaml": crd(scope="Cluster")}, {"c.yaml": crd(scope="Namespaced")}, {KIND}),
        ({"c.yaml": crd(1)}, {"c.yaml": crd(1) + "---\n" + crd(1, "other.org")}, {("other.org", "Widget")}),
        # The same definition: elsewhere, with other metadata, converted by somebody else.
        ({"c.yaml": crd(1)}, {"d/e.yaml": crd(1)}, set()),
        ({"c.yaml": crd(1)}, {"c.yaml": crd(1).replace("metadata: {", "metadata: {labels: {a: b}, ")}, set()),
        ({"c.yaml": crd(1)}, {"c.yaml": crd(1, conversion="{strategy: Webhook}")}, set()),
        ({"a.yaml": "kind: A\n"}, {"a.yaml": "kind: CustomResourceDefinition\n"}, set()),
        # Patches, by what the patch or the kustomization says; and what is none of a definition.
        ({"o/p.yaml": "[]\n"}, {"o/p.yaml": "[{op: test}]\n"}, set()),
        ({"o/kustomization.yaml": NAMING, "o/p.yaml": "[]\n"}, {"o/kustomization.yaml": NAMING, "o/p.yaml": "[1]\n"}, {KIND}),
        ({"o/p.yaml": NAMED}, {"o/p.yaml": NAMED.replace("[]", "[1]")}, {KIND}),
        ({"o/kustomization.yaml": INLINE % "a"}, {"o/kustomization.yaml": INLINE % "b"}, {KIND}),
        ({"o/kustomization.yaml": INLINE % "a"}, {}, {KIND}),
        ({}, {"o/kustomization.yaml": OVERLAY + "namePrefix: a\n"}, set()),
    ],
)  # fmt: skip
def test_redefined(base: dict[str, str], head: dict[str, str], expected: set[tuple[str, str]]) -> None:
    common = {"o/kustomization.yaml": OVERLAY, "o/crd.yaml": crd(7)}
    assert between({**common, **base}, {**common, **head}) == expected


def test_with_one_tree_whatever_its_changed_files_define_counts() -> None:
    tree = MemoryTree({"c.yaml": crd(), "d.yaml": crd(1, "other.org")})
    assert redefined([(tree, discover(tree))], {"c.yaml"}) == {KIND}


def test_holding() -> None:
    files = {
        "plain.yaml": "apiVersion: example.org/v1\nkind: Widget\n",
        "older.json": '{"kind": "Widget", "apiVersion": "example.org/v1beta1"}',
        "chart/templates/w.yaml": "{{ if .Values.on }}\napiVersion: example.org/v1\nkind: Widget\n{{ end }}\n",
        "group.yaml": "apiVersion: other.org/v1\nkind: Widget\n",
        "kind.yaml": "apiVersion: example.org/v1\nkind: Widgets\n",
        "similar.yaml": "apiVersion: exampleXorg/v1\nkind: Widget\n",
        "text.md": "apiVersion: example.org/v1\nkind: Widget\n",
    }
    assert holding(MemoryTree(files), {KIND}) == {"plain.yaml", "older.json", "chart/templates/w.yaml"}


def test_nothing_is_read_for_nothing() -> None:
    class Reading(MemoryTree):
        def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
            listed = list(paths)
            asked.extend(listed)
            return super().read(listed)

    asked: list[str] = []
    tree = Reading({"a.yaml": "kind: A\n", "b.yaml": crd(), "o/kustomization.yaml": OVERLAY, "o/crd.yaml": crd()})
    graph = discover(tree)
    asked.clear()
    assert holding(tree, redefined([(tree, graph), (tree, graph)], {"a.yaml", "README.md"})) == frozenset()
    assert set(asked) == {"a.yaml"}
