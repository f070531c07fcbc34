"""Entries of `images` that kustomize finds no image for."""

from __future__ import annotations

import pytest

from tests.unit.render.rendering import render_tree, tree_of

DEPLOYMENT = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      template:
        spec:
          initContainers: [{name: a, image: "localhost:5000/tools/wait@sha256:0a"}]
          containers: [{name: web, image: "ghcr.io/org/web:1"}]
    """


def said(images: str, more: str = "", **parts: str) -> list[str]:
    files = {
        "overlay/kustomization.yaml": f"resources: [{parts.pop('of', '../base')}]\n{more}images: {images}\n",
        "base/kustomization.yaml": parts.pop("base", "") + "resources: [d.yaml]\n",
        "base/d.yaml": DEPLOYMENT,
        "overlay/c.yaml": "images: [{path: 'spec/template/spec/containers[]/name'}]\n",
        **{f"{name}/kustomization.yaml": text for name, text in parts.items()},
    }
    target = "top" if "top" in parts else "overlay"
    (result,) = render_tree(tree_of(files), {target: "dev"})
    assert result.ok, result.findings
    return [f"{one.location}: {one.message}" for one in result.findings if one.code == "image-unused"]


@pytest.mark.tools
@pytest.mark.parametrize(
    ("images", "found"),
    [
        ("[{name: ghcr.io/org/web, newTag: '2'}]", []),
        ("[{name: ghcr.io/org/web, newName: web, newTag: '2'}]", []),
        ("[{name: localhost:5000/tools/wait, newTag: '2'}]", []),
        # Not to be told from an image that had this name already.
        ("[{name: other, newName: ghcr.io/org/web}]", []),
        # Renamed one after the other, and by an expression.
        ("[{name: ghcr.io/org/web, newName: a}, {name: a, newName: b}]", []),
        ("[{name: ghcr.io/org/web, newTag: '2'}, {name: ghcr.io/org/web, newName: b}]", []),
        ("[{name: ghcr.io/.*/web, newTag: '2'}]", []),
        ("[{name: ghcr.io/org/web, newName: a}, {name: '[a]', newName: b}]", []),
        ("[{name: web, newTag: '2'}]", ["web"]),
        ("[{name: ghcr.io/org/we, newTag: '2'}]", ["ghcr.io/org/we"]),
        ("[{name: 'ghcr.io/org/web:1', newTag: '2'}]", []),
        ("[{name: ghcr.io/org/web, newName: a}, {name: other, newName: c}]", ["other"]),
    ],
)
def test_what_surely_changes_nothing(images: str, found: list[str]) -> None:
    assert [text.split("`")[1] for text in said(images)] == found


@pytest.mark.tools
def test_the_place_and_what_was_meant() -> None:
    (text,) = said("\n  - newTag: '2'\n    name: ghcr.io/org/wbe")
    assert text == (
        "overlay/kustomization.yaml:4:11: no image of what is built here is called `ghcr.io/org/wbe`, so that this entry "
        "changes nothing; did you mean `ghcr.io/org/web`?"
    )


LOST = "[{name: lost, newTag: '2'}]"
PATCH = 'patches: [{target: {kind: Deployment}, patch: "apiVersion: apps/v1\\nkind: Deployment\\nmetadata: {name: x, labels: {a: b}}"}]\n'


@pytest.mark.tools
@pytest.mark.parametrize(
    ("above", "count"),
    [
        ("", 1),
        ("namePrefix: a-\n", 1),
        (PATCH, 0),
        ("images: [{name: '.*', newName: found}]\n", 0),
        # Of the two entries, the one above.
        ("images: [{name: lost, newName: found}]\n", 1),
        ("images: [{name: ghcr.io/org/web, newName: found}]\n", 1),
    ],
)
def test_an_overlay_within_another(above: str, count: int) -> None:
    assert len(said(LOST, top=f"{above}resources: [../overlay]\n")) == count


@pytest.mark.tools
def test_with_places_of_ones_own_any_text_may_be_an_image() -> None:
    images = "[{name: web, newTag: '2'}]"
    assert len(said(images)) == 1
    assert said(images, more="configurations: [c.yaml]\n") == []


@pytest.mark.tools
def test_what_comes_before_and_beside_changes_nothing() -> None:
    assert len(said(LOST, more=PATCH)) == 1
    assert len(said(LOST, base=PATCH)) == 1
    assert len(said(LOST, top="resources: [../overlay, ../beside]\n", beside=PATCH + CONFIG)) == 1


CONFIG = "configMapGenerator: [{name: x, literals: [a=b]}]\n"


@pytest.mark.tools
def test_a_component_may_find_it_elsewhere() -> None:
    part = f"kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nimages: {LOST}\n"
    assert said("[]", more="components: [../part]\n", part=part) == []
