"""Clusters of one environment: each of them is judged and shown, told apart by the folder that Flux begins in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import Config
from gitops_action.errors import ClusterError
from gitops_action.pipeline import flux_render
from gitops_action.pipeline.clusters import require_one
from gitops_action.pipeline.followed import follow
from gitops_action.repository.discovery import discover
from gitops_action.repository.flux_folder import clusters
from tests.charts import below, chart
from tests.gitrepo import GitRepo, init
from tests.memorytree import MemoryTree
from tests.support import tool
from tests.unit.pipeline.jobs import check
from tests.unit.pipeline.test_following import SOURCE, config_map, flux, kustomization, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gitops_action.model import Manifest, Report
    from gitops_action.pipeline.overlays import Rendered

pytestmark = pytest.mark.tools

SETTINGS = [{"kind": "ConfigMap", "name": "settings"}]


def rendered(files: Mapping[str, str]) -> Rendered:
    tree = MemoryTree(files)
    cache: dict[Any, Any] = {}
    return flux_render.deployed(follow(tree, discover(tree, cache), Config(), SilentProgress(), cache), Config())[1]


def data(manifests: tuple[Manifest, ...]) -> dict[tuple[str, str], dict[str, str]]:
    """Return the data of ConfigMaps by environment and target, none twice."""
    found = {
        (one.environment, one.target): one.value.get("data", {}) for one in manifests if one.id.kind == "ConfigMap"
    }
    assert len(found) == len([one for one in manifests if one.id.kind == "ConfigMap"])
    return found


def cluster(name: str, **spec: Any) -> dict[str, str]:
    return {f"infra/{name}/flux.yaml": text(flux("apps", "./apps", **spec))}


def test_each_gets_its_own() -> None:
    files = {
        **cluster("eu", postBuild={"substitute": {"where": "eu"}}),
        **cluster("us", postBuild={"substitute": {"where": "us"}}),
        "apps/a.yaml": text(config_map("a", where="${where}")),
    }
    found = rendered(files)
    assert data(found.manifests) == {
        ("default", "apps (infra/eu)"): {"where": "eu"},
        ("default", "apps (infra/us)"): {"where": "us"},
    }
    assert {one.cluster for one in found.manifests} == {"infra/eu", "infra/us"}
    with pytest.raises(ClusterError, match="environment `default` has the clusters `infra/eu`, `infra/us`, which"):
        require_one("default", found.manifests)
    assert found.findings == ()


def test_what_is_the_same_in_both_is_there_in_both() -> None:
    files = {**cluster("eu"), **cluster("us"), "apps/a.yaml": text(config_map("a", same="1"))}
    assert data(rendered(files).manifests).keys() == {
        ("default", "apps (infra/eu)"),
        ("default", "apps (infra/us)"),
    }


def test_one_cluster_in_several_folders_is_one() -> None:
    files = {
        "fleet/one/flux.yaml": text(
            flux("one", "./apps", dependsOn=[{"name": "two"}], postBuild={"substituteFrom": SETTINGS})
        ),
        "fleet/two/flux.yaml": text(flux("two", "./more"), config_map("settings", "flux-system", where="here")),
        "apps/a.yaml": text(config_map("a", where="${where}")),
        "more/b.yaml": text(config_map("b")),
    }
    found = rendered(files)
    assert data(found.manifests) == {("default", "apps"): {"where": "here"}, ("default", "more"): {}}
    assert {one.cluster for one in found.manifests} == {""}
    assert found.findings == ()
    require_one("default", found.manifests)


def test_variables_are_those_of_the_same_cluster() -> None:
    spec = {"postBuild": {"substituteFrom": SETTINGS}}
    files = {
        **cluster("eu", **spec),
        **cluster("us", **spec),
        "infra/eu/settings.yaml": text(config_map("settings", "flux-system", where="eu")),
        "infra/us/settings.yaml": text(config_map("settings", "flux-system", where="us")),
        "apps/a.yaml": text(config_map("a", where="${where}")),
    }
    assert data(rendered(files).manifests) == {
        ("default", "apps (infra/eu)"): {"where": "eu"},
        ("default", "apps (infra/us)"): {"where": "us"},
    }
    # Deployed by Flux, in the cluster that has them.
    deployed = {
        f"infra/{name}/flux.yaml": text(flux("apps", "./apps", **spec), flux("settings", f"./settings/{name}"))
        for name in ("eu", "us")
    }
    deployed |= {
        f"settings/{name}/a.yaml": text(config_map("settings", "flux-system", where=name)) for name in ("eu", "us")
    }
    found = rendered({**deployed, "apps/a.yaml": files["apps/a.yaml"]})
    assert data(found.manifests)["default", "apps (infra/us)"] == {"where": "us"}
    assert data(found.manifests)["default", "apps (infra/eu)"] == {"where": "eu"}


def test_what_is_waited_for_must_be_in_the_same_cluster() -> None:
    files = {
        "infra/eu/flux.yaml": text(flux("apps", "./apps", dependsOn=[{"name": "base"}]), flux("base", "./base")),
        "infra/us/flux.yaml": text(flux("apps", "./apps", dependsOn=[{"name": "base"}])),
        "apps/a.yaml": text(config_map("a")),
        "base/b.yaml": text(config_map("b")),
    }
    (one,) = rendered(files).findings
    assert (one.code, one.file, one.target) == ("flux-dependency-missing", "infra/us/flux.yaml", "apps (infra/us)")


def test_what_both_make_further_down_is_told_apart_too() -> None:
    """Each cluster has an overlay of the same Kustomizations, as many repositories have."""
    files = {
        "infra/base/kustomization.yaml": kustomization("ks.yaml"),
        "infra/base/ks.yaml": text(flux("apps", "./apps"), {**source(), "spec": {"url": "https://example.com/x"}}),
        "apps/ks.yaml": text(flux("web", "./web")),
        "web/a.yaml": text(config_map("a")),
        "web/b.yaml": text(config_map("b")),
    }
    for name, ignore in (("eu", "a.yaml"), ("us", "b.yaml")):
        patch = {**source(), "spec": {"ignore": ignore}}
        files[f"infra/{name}/flux-system/kustomization.yaml"] = kustomization(
            "../../base", patches=[{"patch": text(patch)}]
        )
    found = rendered(files)
    assert {(one.target, one.id.name) for one in found.manifests} == {
        ("apps (infra/eu)", "web"),
        ("apps (infra/us)", "web"),
        ("web (infra/eu)", "b"),
        ("web (infra/us)", "a"),
    }


def source() -> dict[str, Any]:
    metadata = {"name": SOURCE["name"], "namespace": "flux-system"}
    return {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": metadata}


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ({"clusters/eu/flux-system": True, "clusters/eu/apps.yaml": False}, ["clusters/eu", "clusters/eu"]),
        ({"clusters/eu.yaml": False, "clusters/us.yaml": False}, ["clusters/eu", "clusters/us"]),
        ({"x/clusters/eu/a/b.yaml": False}, ["x/clusters/eu"]),
        ({"flux-system": True}, ["flux-system"]),
        ({"flux.yaml": False}, ["."]),
        ({"a/flux-system": True, "a/b.yaml": False}, ["a", "a"]),
    ],
)
def test_the_folder_of_a_cluster(places: dict[str, bool], expected: list[str]) -> None:
    names = {place: [("flux-system", str(number))] for number, place in enumerate(places.items())}
    assert list(clusters(names).values()) == expected


def test_files_of_one_folder_that_cannot_be_of_one_cluster() -> None:
    name = ("flux-system", "apps")
    assert clusters({("x/eu.yaml", False): [name], ("x/us.yaml", False): [name], ("y/a.yaml", False): [name]}) == {
        ("x/eu.yaml", False): "x/eu",
        ("x/us.yaml", False): "x/us",
        ("y/a.yaml", False): "y",
    }


# Through the whole check


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


def shown(report: Report) -> set[tuple[str, str, str]]:
    return {(one.outcome.value, one.target, one.resource.name) for one in report.changes if one.outcome != "unchanged"}


CONFIGURED = {".gitops.yaml": "version: 1\nenvironments:\n  production: {paths: ['clusters/*']}\n"}


def in_clusters(*names: str) -> dict[str, str]:
    return {
        f"clusters/{name}/flux.yaml": text(flux("apps", "./apps", postBuild={"substitute": {"where": name}}))
        for name in names
    }


def test_a_change_of_one_is_shown_in_it(repo: GitRepo) -> None:
    files = {**CONFIGURED, **in_clusters("eu", "us"), "apps/a.yaml": text(config_map("a", where="${where}"))}
    repo.commit(files)
    repo.commit({"clusters/us/flux.yaml": files["clusters/us/flux.yaml"].replace("where: us", "where: usa")})
    report = check(repo, "HEAD~1")
    assert report.findings == []
    assert shown(report) == {("update", "apps (clusters/us)", "a"), ("update", "", "apps")}


def test_a_second_cluster_comes(repo: GitRepo) -> None:
    repo.commit({**CONFIGURED, **in_clusters("us"), "apps/a.yaml": text(config_map("a", where="${where}"))})
    repo.commit(in_clusters("eu"))
    assert shown(check(repo, "HEAD~1")) == {("create", "apps (clusters/eu)", "a"), ("create", "", "apps")}


def test_what_moves_from_one_to_the_other_is_deleted_and_created(repo: GitRepo) -> None:
    def more(name: str) -> str:
        return text(flux("apps", "./apps"), flux(f"more-{name}", f"./{name}"))

    files = {f"clusters/{name}/flux.yaml": more(name) for name in ("eu", "us")}
    repo.commit(
        {
            **CONFIGURED,
            **files,
            "apps/a.yaml": text(config_map("a")),
            "eu/b.yaml": text(config_map("b")),
            "us/c.yaml": text(config_map("c")),
        }
    )
    repo.commit({"us/b.yaml": text(config_map("b")), "eu/b.yaml": text(config_map("other"))})
    assert shown(check(repo, "HEAD~1")) == {
        ("create", "us (clusters/us)", "b"),
        ("create", "eu (clusters/eu)", "other"),
        ("delete", "eu (clusters/eu)", "b"),
    }


def test_releases_of_one_name_are_one_each(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [str(tool(name).parent) for name in ("helm", "kustomize")]
    monkeypatch.setenv("GITOPS_TOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))
    release = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "interval": "10m",
            "chart": {"spec": {"chart": "charts/web", "sourceRef": {**SOURCE, "namespace": "flux-system"}}},
            "values": {"image": "${where}"},
        },
    }
    repo.commit({**CONFIGURED, **in_clusters("eu", "us"), **below("charts/web", chart()), "apps/a.yaml": text(release)})
    report = check(repo, everything=True)
    assert report.findings == []
    assert (report.coverage.releases, report.coverage.releases_unknown) == (2, 0)
    repo.commit(
        {"clusters/us/flux.yaml": in_clusters("us")["clusters/us/flux.yaml"].replace("where: us", "where: usa")}
    )
    assert ("update", "HelmRelease/shop/web (clusters/us)", "web") in shown(check(repo, "HEAD~1"))
    assert not any("eu" in target for _, target, _ in shown(check(repo, "HEAD~1")))
