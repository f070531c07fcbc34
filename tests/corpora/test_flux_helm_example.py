"""Flux's own example with two clusters: without a line of configuration, what its users would expect.

    apps/base ← apps/staging, apps/production     clusters/staging, clusters/production     infrastructure/*, for both

A change in a base is seen in each environment, one in an environment there alone, and what both clusters deploy belongs to
neither. Expectations come from reading its files and from the kustomize program itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.corpora.repositories import (
    built,
    changes,
    cli,
    codes,
    count,
    edit,
    kustomizations,
    names,
    report,
    repository,
)
from tests.support import corpus

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gitrepo import GitRepo

pytestmark = [pytest.mark.corpora, pytest.mark.tools]
NAME = "flux2-kustomize-helm-example"

# apps/base/podinfo is built by both overlays of apps and by itself no more; all others are built by nobody else.
OVERLAYS = {
    "apps/production",
    "apps/staging",
    "clusters/production/flux-system",
    "clusters/staging/flux-system",
    "infrastructure/configs",
    "infrastructure/controllers",
}
# The CRDs of cert-manager and of the Gateway API come with Helm charts; the repository has none of them.
WITHOUT_SCHEMA = {
    ("schema-missing", "infrastructure/configs/cluster-issuers.yaml"),
    ("schema-missing", "infrastructure/configs/gateway.yaml"),
}
# gotk-components.yaml and gotk-sync.yaml hold a comment only, until `flux bootstrap` fills them.
EMPTY = {
    ("renders-nothing", f"clusters/{cluster}/flux-system/kustomization.yaml") for cluster in ("production", "staging")
}


def objects(root: Path) -> int:
    """What there is to judge: what the overlays build, and the files that none of them does."""
    rendered = sum(len(built(root / overlay)) for overlay in OVERLAYS)
    # Plain are the files of clusters/ outside of flux-system; .fluxschema.yml is the settings of a tool.
    return rendered + count(root, lambda path: not path.startswith("clusters/") or "/flux-system/" in path)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return repository(NAME, tmp_path / "repo")


def test_the_overlays_are_those_that_nobody_builds_from() -> None:
    assert set(kustomizations(corpus(NAME))) == OVERLAYS | {"apps/base/podinfo"}


@pytest.mark.parametrize("command", [("validate",), ("check", "--all")])
def test_all_of_it(repo: GitRepo, command: tuple[str, ...]) -> None:
    found = report(*command, cwd=repo.path)
    assert (found["verdict"], codes(found, "error")) == ("passed", set())
    assert codes(found, "warning") == WITHOUT_SCHEMA | EMPTY
    coverage = found["coverage"]
    assert (coverage["targets"], coverage["targetsFailed"]) == (len(OVERLAYS), 0)
    assert coverage["resources"] == objects(corpus(NAME))
    # cluster-issuers.yaml has one object, gateway.yaml two.
    assert coverage["engines"] == [
        {"engine": "schema", "found": coverage["resources"], "checked": coverage["resources"] - 3}
    ]
    assert set(found["environments"]) == {"staging", "production", "default"}


def test_a_change_of_the_base_is_seen_in_both_with_each_one_s_own_values(repo: GitRepo) -> None:
    edit(repo, "apps/base/podinfo/release.yaml", "tag: 8.6.2", "tag: 8.6.3")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert found["verdict"] == "passed"
    assert changes(found) == {
        ("staging", "update", "HelmRelease podinfo"),
        ("production", "update", "HelmRelease podinfo"),
    }
    # Only what is built from the base was looked at, on the head: each overlay gives its three objects.
    assert found["coverage"]["targets"] == 2
    assert found["coverage"]["resources"] == len(built(repo.path / "apps/staging")) + len(
        built(repo.path / "apps/production")
    )
    assert found["environments"] == ["staging", "production"]


def test_the_comment_shows_each_environment(repo: GitRepo) -> None:
    # Beside what comes from the base stands a hostname of their own, which the base has otherwise.
    edit(repo, "apps/base/podinfo/release.yaml", "httpRoute:\n      enabled: true", "httpRoute:\n      enabled: false")
    comment = cli("check", "--base", "HEAD~1", "--output", "markdown", cwd=repo.path).stdout
    assert {name for name in ("podinfo.staging", "podinfo.production", "podinfo.local") if name in comment} == {
        "podinfo.staging",
        "podinfo.production",
    }


@pytest.mark.parametrize("cluster", ["staging", "production"])
def test_a_patch_changes_its_own_environment(repo: GitRepo, cluster: str) -> None:
    edit(repo, f"apps/{cluster}/podinfo-values.yaml", f"podinfo.{cluster}", "podinfo.elsewhere")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert changes(found) == {(cluster, "update", "HelmRelease podinfo")}
    # A patch is no manifest that lacks half of its fields.
    assert found["findings"] == []


def test_a_flux_object_belongs_to_its_cluster(repo: GitRepo) -> None:
    edit(repo, "clusters/staging/apps.yaml", "interval: 1h", "interval: 2h")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert changes(found) == {("staging", "update", "Kustomization apps")}
    assert found["findings"] == []


def test_what_both_clusters_deploy_belongs_to_neither(repo: GitRepo) -> None:
    edit(repo, "infrastructure/controllers/cert-manager.yaml", "interval: 12h", "interval: 6h")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert changes(found) == {("default", "update", "HelmRelease cert-manager")}


def test_what_one_cluster_deploys_belongs_to_it(tmp_path: Path) -> None:
    """Without clusters/staging: production's Kustomization leads there through an artifact that copies infrastructure/**."""
    repo = repository(NAME, tmp_path / "repo", without="clusters/staging")
    edit(repo, "infrastructure/controllers/cert-manager.yaml", "interval: 12h", "interval: 6h")
    edit(repo, "infrastructure/configs/gateway.yaml", "port: 80", "port: 8080")
    found = report("check", "--base", "HEAD~2", cwd=repo.path)
    assert changes(found) == {
        ("production", "update", "HelmRelease cert-manager"),
        ("production", "update", "Gateway envoy"),
    }
    assert {it["environment"] for it in found["findings"]} == {"production"}


def test_a_new_cluster_is_all_new(tmp_path: Path) -> None:
    repo = repository(NAME, tmp_path / "repo", without="clusters/staging")
    files = (corpus(NAME) / "clusters/staging").glob("*.yaml")
    repo.commit({f"clusters/staging/{file.name}": file.read_text() for file in files})
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    # apps.yaml, artifacts.yaml, and the two of infrastructure.yaml.
    assert changes(found) == {
        ("staging", "create", "Kustomization apps"),
        ("staging", "create", "ArtifactGenerator flux-system"),
        ("staging", "create", "Kustomization infra-controllers"),
        ("staging", "create", "Kustomization infra-configs"),
    }


def test_an_environment_that_goes_is_all_deleted(repo: GitRepo) -> None:
    repo.commit({"apps/staging/kustomization.yaml": None, "apps/staging/podinfo-values.yaml": None})
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    gone = names(built(corpus(NAME) / "apps/staging"))
    assert changes(found) == {("staging", "delete", name) for name in gone}


def test_a_mistake_in_the_base_is_said_for_each_environment_with_its_line(repo: GitRepo) -> None:
    edit(repo, "apps/base/podinfo/release.yaml", "  releaseName: podinfo", "  releaseNane: podinfo")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert found["verdict"] == "failed"
    # `releaseName` stands on line 8.
    assert {(it["code"], it["file"], it["line"], it["environment"]) for it in found["findings"]} == {
        ("unknown-field", "apps/base/podinfo/release.yaml", 8, "staging"),
        ("unknown-field", "apps/base/podinfo/release.yaml", 8, "production"),
    }
