"""What lies beside a kustomization and comes out of no build is nobody's object; where it could be listed, that is said."""

from __future__ import annotations

import pytest

from gitops_action.repository.discovery import discover
from tests.memorytree import MemoryTree

APP = {"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": "kind: A\n", "app/b.yaml": "kind: B\n"}
LISTER = "app/kustomization.yaml"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, {"app/b.yaml": LISTER}),
        ({"app/b.yaml": None}, {}),
        ({"app/deep/c.yaml": "kind: C\n", "c.yaml": "kind: C\n", "app/notes.txt": "kind: C\n"}, {"app/b.yaml": LISTER}),
        # Another kustomization lists it, builds it without being used, or uses it otherwise.
        ({"kustomization.yaml": "resources: [app, app/b.yaml]\n"}, {}),
        ({"part/kustomization.yaml": "kind: Component\nresources: [../app/b.yaml]\n"}, {"app/b.yaml": ""}),
        ({"top/kustomization.yaml": "configMapGenerator: [{name: c, files: [../app/b.yaml]}]\n"}, {"app/b.yaml": ""}),
        ({"app/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: b.yaml}]\n"}, {"app/b.yaml": ""}),
        ({"app/kustomization.yaml": "resources: [a.yaml]\nopenapi: {path: b.yaml}\n"}, {"app/b.yaml": ""}),
        ({"app/kustomization.yaml": "resources: [a.yaml]\nreplacements: [{path: b.yaml}]\n"}, {"app/b.yaml": ""}),
        ({"app/kustomization.yaml": "resources: [a.yaml]\ngenerators: [b.yaml]\n"}, {"app/b.yaml": ""}),
        ({"app/kustomization.yaml": "resources: [a.yaml]\nhelmCharts: [{name: c, valuesFile: b.yaml}]\n"},
         {"app/b.yaml": ""}),
        # Components are the same; what one lists that nobody uses is not deployed either.
        ({"app/kustomization.yaml": "kind: Component\nresources: [a.yaml]\n"}, {"app/a.yaml": "", "app/b.yaml": LISTER}),
        ({"app/kustomization.yaml": "kind: Component\nresources: [a.yaml]\n", "k/Kustomization": "components: [../app]\n"},
         {"app/b.yaml": LISTER}),
        ({"part/kustomization.yaml": "kind: Component\nresources: [../x/c.yaml]\n", "x/c.yaml": "kind: C\n"},
         {"app/b.yaml": LISTER, "x/c.yaml": ""}),
        # What a kustomization lists that cannot be read is not known; one above might list files of its folders.
        ({"app/kustomization.yaml": "resources: [a.yaml\n"}, {"app/a.yaml": "", "app/b.yaml": ""}),
        ({"app/Kustomization": "resources: [b.yaml]\n"}, {"app/b.yaml": ""}),
        ({"kustomization.yaml": "resources: [a.yaml\n"}, {"app/b.yaml": ""}),
        ({"other/kustomization.yaml": "resources: [a.yaml\n"}, {"app/b.yaml": LISTER}),
        # An object of Flux that merely has the name.
        ({"app/kustomization.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"}, {}),
    ],
)  # fmt: skip
def test_undeployed(files: dict[str, str | None], expected: dict[str, str]) -> None:
    tree = {path: content for path, content in {**APP, **files}.items() if content is not None}
    found = discover(MemoryTree(tree)).undeployed
    names = ("kustomization.yaml", "Kustomization")
    assert {path: lister for path, lister in found.items() if not path.endswith(names)} == expected


def test_the_root_has_a_folder_too() -> None:
    files = {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "kind: A\n", "b.json": "{}"}
    found = discover(MemoryTree(files)).undeployed
    assert found["b.json"] == "kustomization.yaml"
    assert "a.yaml" not in found
