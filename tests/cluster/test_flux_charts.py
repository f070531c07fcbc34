"""Which commit, which tag and which values a chart comes from: held to what the real source-controller says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gitops_action.adapters import https
from gitops_action.adapters.charts import ChartStore, Found
from gitops_action.adapters.foreign_git import ForeignGit
from gitops_action.model import Location, Manifest, Pointer
from gitops_action.pipeline.release_charts import Charts, Ready
from gitops_action.pipeline.release_values import own_values
from gitops_action.render.helm.archive import unpack
from gitops_action.render.helm.charts import Artifact, InGit, Known, chart_of
from gitops_action.render.helm.commits import read
from gitops_action.render.helm.release import Options, Release
from gitops_action.repository.flux_artifacts import Copied
from tests.charts import below, chart, packed, push
from tests.cluster.components import cluster, until
from tests.cluster.flux import NAMESPACE, SOURCES, Flux, begin
from tests.gitrepo import GitRepo, Link, Submodule, init
from tests.gitserver import GitServer
from tests.memorytree import MemoryTree
from tests.registry import LocalRegistry, serve
from tests.support import tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("flux-charts")]


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flux]:
    for name in ("source-controller", "kustomize-controller"):
        tool(name)
    folder = tmp_path_factory.mktemp("flux-charts")
    with cluster(folder) as made:
        yield begin(made, folder / "storage")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """A repository with a chart of another number of replicas at each of its refs."""
    made = init(tmp_path_factory.mktemp("served") / "charts")
    for number in range(1, 5):
        made.commit({
            **below("charts/web", {**chart(), "values.yaml": f"replicas: {number}\nimage: nginx\n"}),
            "values/a.yaml": "replicas: 7\nnested: {a: 1, b: 2}\n",
            "values/b.yaml": "nested: {b: 3}\nimage: b\n",
            "charts/.sourceignore": "/web/left-out*\n*.tmp\n",
            "charts/web/left-out.yaml": "a: 1\n",
            "charts/web/files/a.tmp": "a",
            "charts/web/files/b.secret": "b",
            "charts/web/files/kept.png": "c",
            "charts/web/files/link": Link("kept.png"),
        })  # fmt: skip
        made.git("update-ref", f"refs/pull/{number}/head", "HEAD")
        made.git("tag", *([f"v1.{number}.0"] if number % 2 else ["--annotate", "--message=x", f"v1.{number}.0"]))
        made.git("branch", f"release-{number}")
    made.git("tag", "v2.0.0-rc.1", "HEAD~1")
    made.git("tag", "2024.01.05", "HEAD~2")
    made.git("tag", "latest", "HEAD~3")
    return made


@pytest.fixture(scope="module")
def server(other: GitRepo) -> Iterator[GitServer]:
    with GitServer(other.path.parent, tokens={"": "read"}) as running:
        yield running


@pytest.fixture(scope="module")
def registry() -> Iterator[LocalRegistry]:
    with serve() as running:
        yield running


def ready(flux: Flux, path: str) -> dict[str, Any]:
    """Wait until a source has an artifact, and return it."""
    until(lambda: (flux.cluster.get(path) or {}).get("status", {}).get("artifact") is not None)
    artifact: dict[str, Any] = flux.cluster.get(path)["status"]["artifact"]
    return artifact


def store(tmp_path: Path) -> ChartStore:
    return ChartStore(tmp_path / "cache", lambda _: True, lambda _: True)


@pytest.mark.parametrize(
    "ref",
    [
        {"branch": "release-2"},
        {"tag": "v1.2.0"},
        {"tag": "v1.1.0", "branch": "release-3"},
        {"semver": "1.x"},
        {"semver": ">=1.0.0-0 <2024"},
        {"semver": ">=1.0.0"},
        {"semver": "<1.3"},
        # What the API's words do not say.
        {"semver": "1.x", "tag": "v1.1.0"},
        {"name": "refs/pull/3/head", "semver": "1.x", "tag": "v1.1.0"},
        {"name": "refs/heads/release-1"},
        {"name": "refs/tags/v1.2.0"},
        {"name": "refs/tags/v1.4.0^{}"},
        {"commit": "SECOND", "name": "refs/pull/3/head", "branch": "main"},
        {"commit": "FIRST"},
    ],
    ids=json.dumps,
)
def test_the_commit_is_the_one_that_flux_takes(
    flux: Flux, other: GitRepo, server: GitServer, tmp_path: Path, ref: Mapping[str, str]
) -> None:
    named = {"FIRST": other.commits[0], "SECOND": other.commits[1]}
    ref = {key: named.get(value, value) for key, value in ref.items()}
    name = f"commit-{abs(hash(json.dumps(ref)))}"
    flux.git_repository(name, f"{server.url}/charts", ref=ref)
    revision = ready(flux, f"{SOURCES}/gitrepositories/{name}")["revision"]
    ours = ForeignGit(tmp_path / "cache", lambda _: None).tree(f"{server.url}/charts", read({"ref": ref})).name
    assert revision.rpartition(":")[2] == ours


class Nowhere:
    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        return Location("", len(pointer), int(key))


def test_files_and_values_of_a_chart_are_those_that_flux_packs(flux: Flux, server: GitServer, tmp_path: Path) -> None:
    flux.git_repository("packing", f"{server.url}/charts", ignore="*.secret\n")
    spec = {
        "chart": "./charts/web",
        "interval": "1h",
        "valuesFiles": ["values/a.yaml", "./values/b.yaml", "none.yaml"],
        "ignoreMissingValuesFiles": True,
        "sourceRef": {"kind": "GitRepository", "name": "packing"},
    }
    value = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "HelmChart",
        "metadata": {"name": "web", "namespace": NAMESPACE},
    }
    flux.cluster.send("POST", f"{SOURCES}/helmcharts", {**value, "spec": spec})
    answer = https.get(ready(flux, f"{SOURCES}/helmcharts/web")["url"], timeout=20, max_bytes=1 << 20)
    theirs = unpack(answer.content)

    meant = InGit(f"{server.url}/charts", "charts/web", read({"ref": {"branch": "main"}}), ignore="*.secret\n")
    found = Charts(MemoryTree({}), store(tmp_path)).get(meant)
    assert isinstance(found, Ready)
    ours = dict(found.files() or {})
    options = Options(values_files=tuple(spec["valuesFiles"]), ignore_missing_values=True)  # type: ignore[arg-type]
    release = Release("", "", "web", "shop", meant, {}, Nowhere(), options=options)
    values = own_values(release, found.tree).own_values
    assert values == {"replicas": 7, "nested": {"a": 1, "b": 3}, "image": "b"}
    assert yaml.safe_load(theirs.pop("values.yaml")) == values
    del ours["values.yaml"]
    # Flux writes the generation of the HelmChart into the version, which is no part of the objects' meaning.
    assert {path for path in ours if path.startswith("files/")} == {"files/kept.png"}
    chart_file, theirs_file = (yaml.safe_load(files.pop("Chart.yaml")) for files in (ours, theirs))
    assert theirs_file["version"].partition("+")[0] == chart_file["version"]
    assert theirs == ours


@pytest.mark.parametrize(
    "ref",
    [
        {"semver": ">=1.0.0-0 <2.0.0-0"},
        {"semver": ">=1.0.0-0 <2.0.0-0", "semverFilter": ".*-dev.*"},
        {"semver": ">=1.0.0-0", "semverFilter": "^[0-9.]+$"},
        {"semver": ">=1.0.0-0", "semverFilter": "^v"},
        {"semver": "2.0.0"},
        {"tag": "1.0.0", "semverFilter": "dev"},
        {"tag": "1.0.0", "semver": "1.x"},
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("layer", ["", "application/vnd.cncf.helm.chart.content.v1.tar+gzip"])
def test_the_tag_is_the_one_that_flux_takes(
    flux: Flux, registry: LocalRegistry, tmp_path: Path, ref: Mapping[str, str], layer: str
) -> None:
    for tag in ("1.0.0", "1.1.0+build", "1.2.0-rc.1", "1.2.0-dev.5", "v2.0.0", "not-a-version"):
        push(registry, "tags/web", tag, packed(chart(version="1.0.0")))
    name = f"tag-{abs(hash(json.dumps(ref) + layer))}"
    spec: dict[str, Any] = {"url": f"oci://{registry.host}/tags/web", "interval": "1h", "ref": ref, "insecure": True}
    spec |= {"layerSelector": {"mediaType": layer, "operation": "copy"}} if layer else {}
    value = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "OCIRepository",
        "metadata": {"name": name, "namespace": NAMESPACE},
    }
    flux.cluster.send("POST", f"{SOURCES}/ocirepositories", {**value, "spec": spec})
    revision = ready(flux, f"{SOURCES}/ocirepositories/{name}")["revision"]

    source = Manifest({**value, "spec": spec}, Nowhere())
    release = Manifest(
        {"kind": "HelmRelease", "spec": {"chartRef": {"kind": "OCIRepository", "name": name}}}, Nowhere()
    )
    meant = chart_of(release, Known(lambda *_: source, lambda _: False, lambda *_: Copied()))
    assert isinstance(meant, Artifact)
    found = store(tmp_path).find(meant, MemoryTree({}))
    assert isinstance(found, Found), found
    assert found.version.replace("+", "_") == revision.partition("@")[0]


def test_files_of_submodules_are_those_that_flux_packs(
    flux: Flux, other: GitRepo, server: GitServer, tmp_path: Path
) -> None:
    served = other.path.parent
    deep, outer = init(served / "deep"), init(served / "outer")
    inner = deep.commit({**chart("deep"), "templates/deployment.yaml": "a: 1\n"})
    modules = '[submodule "deep"]\n\tpath = charts/web/charts/deep\n\turl = ../deep\n'
    outer.commit({
        **below("charts/web", chart()), ".gitmodules": modules, "charts/web/charts/deep": Submodule(inner),
    })  # fmt: skip
    deep.commit({"templates/deployment.yaml": "a: 2\n"})
    flux.git_repository("outer", f"{server.url}/outer", recurseSubmodules=True)
    spec = {"chart": "charts/web", "interval": "1h", "sourceRef": {"kind": "GitRepository", "name": "outer"}}
    metadata = {"name": "outer", "namespace": NAMESPACE}
    value = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmChart", "metadata": metadata, "spec": spec}
    flux.cluster.send("POST", f"{SOURCES}/helmcharts", value)
    answer = https.get(ready(flux, f"{SOURCES}/helmcharts/outer")["url"], timeout=20, max_bytes=1 << 20)

    meant = InGit(f"{server.url}/outer", "charts/web", read({"ref": {"branch": "main"}}), submodules=True)
    found = Charts(MemoryTree({}), store(tmp_path)).get(meant)
    assert isinstance(found, Ready), found
    ours, theirs = dict(found.files() or {}), unpack(answer.content)
    assert ours["charts/deep/templates/deployment.yaml"] == b"a: 1\n"
    for name in ("Chart.yaml", "charts/deep/Chart.yaml"):
        assert yaml.safe_load(ours.pop(name)) == yaml.safe_load(theirs.pop(name))
    # That is the clone's own, and nothing that a chart has.
    del theirs["charts/deep/.git"]
    assert theirs == ours
