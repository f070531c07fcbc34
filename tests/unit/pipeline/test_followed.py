"""Which files and overlays a run looks at as Flux deploys them, and which as they are."""

from __future__ import annotations

from typing import Any

import pytest

from gitops_action.config import Config
from gitops_action.pipeline import flux_render
from gitops_action.pipeline.followed import selected
from tests.unit.pipeline.test_following import config_map, flux, followed, kustomization, text

pytestmark = pytest.mark.tools

FILES = {
    "apps/a.yaml": text(config_map("a")),
    "apps/sub/kustomization.yaml": kustomization("b.yaml"),
    "apps/sub/b.yaml": text(config_map("b")),
}


def files(*kustomizations: dict[str, Any]) -> dict[str, str]:
    return {**FILES, "clusters/prod/flux.yaml": text(*kustomizations)}


@pytest.mark.parametrize("spec", [{}, {"namePrefix": "x-"}, {"postBuild": {"substitute": {"a": "b"}}}])
def test_what_is_deployed_is_looked_at_once(spec: dict[str, Any]) -> None:
    found = followed(files(flux("apps", "./apps", **spec)))
    assert found.deployed == {"apps/a.yaml", "apps/sub"}
    _, rendered = flux_render.deployed(found, Config())
    assert len(rendered.manifests) == 2


def test_files_that_are_deployed_as_they_are_written_are_judged_so() -> None:
    """It is faster, and the same."""
    found = selected(followed(files(flux("apps", "./apps", dependsOn=[{"name": "gone"}]))), lambda _: True, None)
    assert found.deployed == frozenset()
    loaded, rendered = flux_render.deployed(found, Config())
    assert (loaded.manifests, rendered.manifests, rendered.targets) == ((), (), 0)
    assert [finding.code for finding in rendered.findings] == ["flux-dependency-missing"]


def test_but_not_if_somebody_else_changes_them() -> None:
    both = followed(files(flux("one", "./apps"), flux("two", "./apps", namePrefix="x-")))
    found = selected(both, lambda _: True, None)
    assert found.deployed == {"apps/a.yaml", "apps/sub"}
    _, rendered = flux_render.deployed(found, Config())
    assert sorted(manifest.id.name for manifest in rendered.manifests) == ["a", "b", "x-a", "x-b"]


def test_a_folder_that_does_not_exist_is_said_all_the_same() -> None:
    found = selected(followed(files(flux("apps", "./apps"), flux("none", "./none"))), lambda _: True, None)
    _, rendered = flux_render.deployed(found, Config())
    assert [finding.code for finding in rendered.findings] == ["flux-path-missing"]
