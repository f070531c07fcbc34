"""Flux's own example with two clusters: without a line of configuration, what its users would expect.

    apps/base ← apps/staging, apps/production     clusters/staging, clusters/production     infrastructure/*, for both

A change in a base is seen in each environment, one in an environment there alone, and one of what both clusters deploy in
both, as each of them deploys it. Expectations come from reading its files and from the kustomize program itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.corpora.repositories import (
    built,
    changes,
    cli,
    codes,
    created_from_nothing,
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
    ("flux-not-bootstrapped", f"clusters/{cluster}/flux-system/kustomization.yaml")
    for cluster in ("production", "staging")
}
# What each cluster deploys, by its own files (apps.yaml, artifacts.yaml, infrastructure.yaml) and what they lead to.
IN_EACH = {
    "Kustomization flux-system/apps",
    "Kustomization flux-system/infra-controllers",
    "Kustomization flux-system/infra-configs",
    "ArtifactGenerator flux-system/flux-system",
    "Namespace /podinfo",
    "HelmRepository podinfo/podinfo",
    "HelmRelease podinfo/podinfo",
    "Namespace /cert-manager",
    "OCIRepository cert-manager/cert-manager",
    "HelmRelease cert-manager/cert-manager",
    "Namespace /envoy-gateway-system",
    "OCIRepository envoy-gateway-system/gateway-helm",
    "HelmRelease envoy-gateway-system/envoy-gateway",
    "ClusterIssuer /letsencrypt",
    "GatewayClass /envoy",
    "Gateway envoy-gateway-system/envoy",
}
# The charts of the releases are elsewhere, where these tests do not reach: nothing is known of their objects.
UNKNOWN = {
    ("chart-unavailable", "apps/production/podinfo-values.yaml"),
    ("chart-unavailable", "apps/staging/podinfo-values.yaml"),
    ("chart-unavailable", "infrastructure/controllers/cert-manager.yaml"),
    ("chart-unavailable", "infrastructure/controllers/envoy-gateway.yaml"),
}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return repository(NAME, tmp_path / "repo")


def test_the_overlays_are_those_that_nobody_builds_from() -> None:
    assert set(kustomizations(corpus(NAME))) == OVERLAYS | {"apps/base/podinfo"}


@pytest.mark.parametrize("command", [("validate",), ("check", "--all")])
def test_all_of_it(repo: GitRepo, command: tuple[str, ...]) -> None:
    found = report(*command, cwd=repo.path)
    assert (found["verdict"], codes(found, "error")) == ("passed", set())
    assert codes(found, "warning") == WITHOUT_SCHEMA | UNKNOWN
    assert codes(found, "info") == EMPTY
    coverage = found["coverage"]
    # infrastructure/configs and controllers come to both clusters, and count for each.
    assert (coverage["targets"], coverage["targetsFailed"]) == (len(OVERLAYS) + 2, 0)
    assert coverage["resources"] == 2 * len(IN_EACH)
    # cluster-issuers.yaml has one object, gateway.yaml two; both clusters have them.
    assert coverage["engines"] == [
        {"engine": "schema", "found": coverage["resources"], "checked": coverage["resources"] - 6}
    ]
    assert set(found["environments"]) == {"staging", "production"}


def test_the_objects_of_each_cluster(tmp_path: Path) -> None:
    """All of a cluster is new where nothing was before: exactly what its files lead to, and nothing in no environment."""
    created = created_from_nothing(NAME, tmp_path / "repo")
    assert created == {(cluster, name) for cluster in ("staging", "production") for name in IN_EACH}


@pytest.mark.parametrize(
    ("cluster", "server"), [("staging", "acme-staging-v02"), ("production", "acme-v02"), ("default", None)]
)
def test_each_cluster_has_its_own_patches(repo: GitRepo, cluster: str, server: str | None) -> None:
    """clusters/*/infrastructure.yaml replace the server that infrastructure/configs/cluster-issuers.yaml has."""
    rendered = json.loads(cli("render", ".", "--output", "json", cwd=repo.path).stdout)
    text = cli("render", ".", cwd=repo.path).stdout
    servers = [it["spec"]["acme"]["server"] for it in rendered if it["kind"] == "ClusterIssuer"]
    assert sorted(servers) == [
        f"https://{name}.api.letsencrypt.org/directory" for name in ("acme-staging-v02", "acme-v02")
    ]
    heading = f"# Source: infrastructure/configs/cluster-issuers.yaml (infrastructure/configs, {cluster})"
    documents = [part for part in text.split("---\n") if part.startswith(heading)]
    assert len(documents) == (1 if server else 0)
    assert all(f"server: https://{server}.api." in part for part in documents)


def test_a_patch_of_flux_that_is_wrong_is_said_where_it_is_written(repo: GitRepo) -> None:
    edit(repo, "clusters/staging/infrastructure.yaml", "path: /spec/acme/server", "path: /spec/acme/none/server")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert found["verdict"] == "failed"
    (failed,) = [it for it in found["findings"] if it["severity"] == "error"]
    assert (failed["code"], failed["environment"]) == ("kustomize-build-failed", "staging")
    assert failed["file"] == "clusters/staging/infrastructure.yaml"
    # Nothing is known of what staging deploys from there; production is as before.
    assert {
        (environment, outcome) for environment, outcome, name in changes(found) if name != "Kustomization infra-configs"
    } == {("staging", "unknown")}


@pytest.mark.parametrize("command", [("diff", "--base", "HEAD"), ("promote", "plan"), ("promote", "status")])
def test_other_commands_need_no_configuration(repo: GitRepo, command: tuple[str, ...]) -> None:
    assert cli(*command, cwd=repo.path).returncode == 0


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
    assert {it["code"] for it in found["findings"]} == {"chart-unavailable"}


def test_a_flux_object_belongs_to_its_cluster(repo: GitRepo) -> None:
    edit(repo, "clusters/staging/apps.yaml", "interval: 1h", "interval: 2h")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert changes(found) == {("staging", "update", "Kustomization apps")}
    assert found["findings"] == []


def test_what_both_clusters_deploy_changes_in_both(repo: GitRepo) -> None:
    edit(repo, "infrastructure/controllers/cert-manager.yaml", "interval: 12h", "interval: 6h")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert changes(found) == {
        ("staging", "update", "HelmRelease cert-manager"),
        ("production", "update", "HelmRelease cert-manager"),
    }


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
    # The overlay apps/staging was there before, of which its name says that it is staging's.
    there = names(built(corpus(NAME) / "apps/staging"))
    expected = {name.replace(" /", " ").replace("/", " ") for name in IN_EACH}
    assert {(one[0], one[1]) for one in changes(found)} == {("staging", "create")}
    assert {name for _, _, name in changes(found)} == {
        f"{name.split()[0]} {name.split()[-1]}" for name in expected
    } - there


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
    errors = [it for it in found["findings"] if it["severity"] == "error"]
    assert {(it["code"], it["file"], it["line"], it["environment"]) for it in errors} == {
        ("unknown-field", "apps/base/podinfo/release.yaml", 8, "staging"),
        ("unknown-field", "apps/base/podinfo/release.yaml", 8, "production"),
    }
