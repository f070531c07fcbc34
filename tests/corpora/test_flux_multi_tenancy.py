"""Flux's multi-tenancy example: tenants from one base, policies for both clusters; as its users would expect."""

from __future__ import annotations

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
NAME = "flux2-multi-tenancy"

# tenants/base/dev-team is built by both overlays of tenants, all others by nobody else.
OVERLAYS = {
    "clusters/production/flux-system",
    "clusters/staging/flux-system",
    "infrastructure/kyverno",
    "infrastructure/kyverno-policies",
    "tenants/production",
    "tenants/staging",
}
# ClusterPolicy is a kind of Kyverno, whose CRDs the repository fetches as an artifact; OCIRepository is written in
# v1beta2, which the bundled schemas of Flux, those of its newest minor, no longer have.
WITHOUT_SCHEMA = {
    ("schema-missing", "infrastructure/kyverno-policies/verify-flux-images.yaml"),
    ("schema-missing", "infrastructure/kyverno-policies/verify-git-repositories.yaml"),
    ("schema-missing", "infrastructure/kyverno/source.yaml"),
}
# gotk-components.yaml and gotk-sync.yaml hold a comment only, until `flux bootstrap` fills them.
EMPTY = {
    ("flux-not-bootstrapped", f"clusters/{cluster}/flux-system/kustomization.yaml")
    for cluster in ("production", "staging")
}
# Kyverno comes from an artifact, and what the team deploys from a repository of its own.
ELSEWHERE = {
    ("flux-source-elsewhere", "infrastructure/kyverno/sync.yaml"),
    ("flux-source-elsewhere", "tenants/base/dev-team/sync.yaml"),
}
# What each cluster deploys, by infrastructure.yaml and tenants.yaml and what they lead to.
IN_EACH = {
    "Kustomization flux-system/kyverno",
    "Kustomization flux-system/kyverno-policies",
    "Kustomization flux-system/tenants",
    "OCIRepository flux-system/kyverno-controller",
    "Kustomization flux-system/kyverno-controller",
    "ClusterPolicy /verify-flux-images",
    "ClusterPolicy /verify-git-repositories",
}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return repository(NAME, tmp_path / "repo")


def test_the_overlays_are_those_that_nobody_builds_from() -> None:
    assert set(kustomizations(corpus(NAME))) == OVERLAYS | {"tenants/base/dev-team"}


@pytest.mark.parametrize("command", [("validate",), ("check", "--all")])
def test_all_of_it(repo: GitRepo, command: tuple[str, ...]) -> None:
    found = report(*command, cwd=repo.path)
    assert (found["verdict"], codes(found, "error")) == ("passed", set())
    assert codes(found, "warning") == WITHOUT_SCHEMA
    assert codes(found, "info") == EMPTY | ELSEWHERE
    tenants = {cluster: names(built(corpus(NAME) / f"tenants/{cluster}")) for cluster in ("staging", "production")}
    objects = sum(len(IN_EACH) + len(built(corpus(NAME) / f"tenants/{cluster}")) for cluster in tenants)
    coverage = found["coverage"]
    # Both folders of infrastructure come to both clusters, and count for each.
    assert (coverage["targets"], coverage["targetsFailed"]) == (len(OVERLAYS) + 2, 0)
    # Each file without a schema has one object, in both clusters.
    assert coverage["engines"] == [{"engine": "schema", "found": objects, "checked": objects - 2 * len(WITHOUT_SCHEMA)}]
    assert set(found["environments"]) == {"staging", "production"}


def test_the_objects_of_each_cluster(tmp_path: Path) -> None:
    tenants = {
        (cluster, f"{it['kind']} {it['metadata'].get('namespace', '')}/{it['metadata']['name']}")
        for cluster in ("staging", "production")
        for it in built(corpus(NAME) / f"tenants/{cluster}")
    }
    created = created_from_nothing(NAME, tmp_path / "repo")
    assert created == {(cluster, name) for cluster in ("staging", "production") for name in IN_EACH} | tenants


@pytest.mark.parametrize(
    "command", [("diff", "--base", "HEAD"), ("render", "."), ("promote", "plan"), ("promote", "status")]
)
def test_other_commands_need_no_configuration(repo: GitRepo, command: tuple[str, ...]) -> None:
    assert cli(*command, cwd=repo.path).returncode == 0


def test_a_change_of_the_tenant_s_base_is_seen_in_both(repo: GitRepo) -> None:
    edit(repo, "tenants/base/dev-team/rbac.yaml", "name: cluster-admin", "name: admin")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert changes(found) == {
        ("staging", "update", "RoleBinding gotk-reconciler"),
        ("production", "update", "RoleBinding gotk-reconciler"),
    }
    assert found["findings"] == []


def test_a_patch_changes_its_own_environment(repo: GitRepo) -> None:
    edit(repo, "tenants/staging/dev-team-patch.yaml", "./staging", "./elsewhere")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert changes(found) == {("staging", "update", "Kustomization dev-team")}
    (change,) = (it for it in found["changes"] if it["outcome"] != "unchanged")
    assert [(field["path"], field["before"], field["after"]) for field in change["fields"]] == [
        ("spec.path", "./staging", "./elsewhere")
    ]


def test_what_both_clusters_deploy_changes_in_both(repo: GitRepo) -> None:
    edit(repo, "infrastructure/kyverno/sync.yaml", "interval: 720m0s", "interval: 360m0s")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert changes(found) == {
        ("staging", "update", "Kustomization kyverno-controller"),
        ("production", "update", "Kustomization kyverno-controller"),
    }


def test_what_one_cluster_deploys_belongs_to_it(tmp_path: Path) -> None:
    repo = repository(NAME, tmp_path / "repo", without="clusters/production")
    edit(repo, "infrastructure/kyverno/sync.yaml", "interval: 720m0s", "interval: 360m0s")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    # clusters/staging/infrastructure.yaml has the path ./infrastructure/kyverno, and the cluster's own source.
    assert changes(found) == {("staging", "update", "Kustomization kyverno-controller")}
    # A tenant's environment is in its own path.
    edit(repo, "tenants/base/dev-team/rbac.yaml", "name: cluster-admin", "name: admin")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert {environment for environment, _, _ in changes(found)} == {"staging", "production"}


def test_a_pull_request_cannot_move_what_its_base_deploys(tmp_path: Path) -> None:
    """A second cluster gets what it deploys, and the first keeps what it has."""
    repo = repository(NAME, tmp_path / "repo", without="clusters/production")
    text = (repo.path / "clusters/staging/infrastructure.yaml").read_text()
    repo.commit({"clusters/production/infrastructure.yaml": text})
    edit(repo, "infrastructure/kyverno/sync.yaml", "interval: 720m0s", "interval: 360m0s")
    found = report("check", "--base", "HEAD~2", cwd=repo.path)
    assert ("staging", "update", "Kustomization kyverno-controller") in changes(found)
    assert ("production", "create", "Kustomization kyverno-controller") in changes(found)
    merged = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert changes(merged) == {
        ("staging", "update", "Kustomization kyverno-controller"),
        ("production", "update", "Kustomization kyverno-controller"),
    }


def test_a_new_tenant(repo: GitRepo) -> None:
    """As the repository's own guide has it: a folder in base, named by an overlay."""
    base = corpus(NAME) / "tenants/base/dev-team"
    files = {
        f"tenants/base/ops-team/{file.name}": file.read_text().replace("dev-team", "ops-team")
        for file in base.iterdir()
    }
    path = "tenants/staging/kustomization.yaml"
    text = (repo.path / path).read_text()
    repo.commit({**files, path: text.replace("  - ../base/dev-team\n", "  - ../base/dev-team\n  - ../base/ops-team\n")})
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    # Both tenants are in the namespace `apps`, and their namespace and role binding would have the same names: kustomize
    # refuses that, and nothing is then known of staging.
    assert found["verdict"] == "failed"
    assert {(it["code"], it["environment"]) for it in found["findings"]} == {("kustomize-build-failed", "staging")}
    assert {(environment, outcome) for environment, outcome, _ in changes(found)} == {("staging", "unknown")}

    apart = {
        name: content.replace("namespace: apps", "namespace: ops").replace("name: apps", "name: ops")
        for name, content in files.items()
    }
    # The overlay moves all to one namespace; without that each tenant has its own.
    plain = (repo.path / path).read_text().replace("namespace: apps\n", "")
    repo.commit({**apart, path: plain})
    found = report("check", "--base", "HEAD~2", cwd=repo.path)
    assert found["verdict"] == "passed"
    new = names(built(repo.path / "tenants/staging")) - names(built(corpus(NAME) / "tenants/staging"))
    created = {name for environment, outcome, name in changes(found) if (environment, outcome) == ("staging", "create")}
    # A RoleBinding has one name in both namespaces.
    assert created == new | {"RoleBinding gotk-reconciler"}
