"""Which files and overlays a run looks at as Flux deploys them, and which as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import Config
from gitops_action.model import Severity
from gitops_action.pipeline import flux_render
from gitops_action.pipeline.followed import selected
from gitops_action.pipeline.settings import Overrides
from gitops_action.pipeline.validate import validate
from tests.gitrepo import init
from tests.unit.pipeline.jobs import check
from tests.unit.pipeline.test_following import config_map, flux, followed, kustomization, text

if TYPE_CHECKING:
    from pathlib import Path

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


def test_each_that_deploys_a_folder_has_its_own_of_it() -> None:
    both = followed(files(flux("one", "./apps"), flux("two", "./apps", namePrefix="x-")))
    found = selected(both, lambda _: True, None)
    assert found.deployed == {"apps/a.yaml", "apps/sub"}
    _, rendered = flux_render.deployed(found, Config())
    assert sorted(manifest.id.name for manifest in rendered.manifests) == ["a", "b", "x-a", "x-b"]


# What only Flux would say of a folder, beside what anybody says of its files.
WRONG = {
    "two objects that are one": {"apps/again.yaml": text(config_map("a"))},
    "no object": {"apps/values.yaml": "replicas: 1\n"},
    "a word that is a truth value to kubectl": {"apps/c.yaml": text(config_map("c")) + "  key: yes\n"},
    "a mistake": {"apps/c.yaml": text(config_map("c")) + "  key: [1]\n"},
    "a mistake in an overlay": {"apps/sub/b.yaml": text({**config_map("b"), "dat": {}})},
    "what waits for nothing": {"clusters/prod/flux.yaml": text(flux("apps", "./apps", dependsOn=[{"name": "gone"}]))},
    "nothing": {},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_validate_says_what_check_says(changes: dict[str, str], tmp_path: Path) -> None:
    repo = init(tmp_path / "repo")
    repo.commit(
        {
            **files(flux("apps", "./apps")),
            **{path: one.replace("data: {}\n", "data:\n") for path, one in changes.items()},
        }
    )
    checked = check(repo, everything=True)
    validated = validate([str(repo.path)], Overrides(), SilentProgress())
    assert set(checked.findings) == set(validated.findings)
    assert (checked.coverage.resources, checked.coverage.targets) == (
        validated.coverage.resources,
        validated.coverage.targets,
    )
    one_file = validate([str(repo.path / "apps" / "a.yaml")], Overrides(), SilentProgress())
    assert {one for one in checked.findings if one.file.startswith("apps/")} <= set(one_file.findings)


def test_what_only_flux_refuses_is_an_error_of_validate(tmp_path: Path) -> None:
    repo = init(tmp_path / "repo")
    repo.commit({**files(flux("apps", "./apps")), **WRONG["two objects that are one"]})
    report = validate([str(repo.path / "apps")], Overrides(), SilentProgress())
    assert [(one.code, one.severity) for one in report.findings] == [("kustomize-build-failed", Severity.ERROR)]


def test_a_folder_that_does_not_exist_is_said_all_the_same() -> None:
    found = selected(followed(files(flux("apps", "./apps"), flux("none", "./none"))), lambda _: True, None)
    _, rendered = flux_render.deployed(found, Config())
    assert [finding.code for finding in rendered.findings] == ["flux-path-missing"]
