"""What a real Flux does not find in its source, and notes on what it builds: ours beside what it applies and says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gitops_action.adapters.git import Repository
from gitops_action.adapters.terminal import SilentProgress
from gitops_action.pipeline.desired import desired
from gitops_action.pipeline.settings import Overrides
from tests.cluster import flux
from tests.cluster.components import cluster, until
from tests.gitrepo import GitRepo, Link, init
from tests.gitserver import GitServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("flux-sources")]

FOLDERS = ("plain", "linked", "lacking", "gone", "made")
IGNORE = "*-extra.yaml\n!kept-extra.yaml\n"


def settings(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: default}}\ndata: {{a: b}}\n"


FILES: dict[str, str | Link] = {
    ".sourceignore": "values.yaml\n/apps/gone/\n",
    "apps/plain/a.yaml": settings("plain-a"),
    "apps/plain/values.yaml": "replicas: 1\n",
    "apps/plain/some-extra.yaml": settings("plain-some"),
    "apps/plain/kept-extra.yaml": settings("plain-kept"),
    # Pictures and CI are left out only where nobody writes a pattern.
    "apps/plain/.github/b.yaml": settings("plain-b"),
    "apps/plain/link.yaml": Link("../linked/real.yaml"),
    "apps/plain/inner/.sourceignore": "c.yaml\n!values.yaml\n",
    "apps/plain/inner/c.yaml": settings("plain-c"),
    "apps/plain/inner/values.yaml": settings("plain-values"),
    "apps/linked/kustomization.yaml": "resources: [link.yaml]\n",
    "apps/linked/link.yaml": Link("real.yaml"),
    "apps/linked/real.yaml": settings("linked"),
    "apps/lacking/kustomization.yaml": "resources: [a.yaml, b-extra.yaml]\n",
    "apps/lacking/a.yaml": settings("lacking-a"),
    "apps/lacking/b-extra.yaml": settings("lacking-b"),
    "apps/gone/a.yaml": settings("gone"),
    "apps/made/kustomization.yaml": (
        "namespace: default\nconfigMapGenerator: [{name: made, literals: [a=b], options: {disableNameSuffixHash: true}}]\n"
    ),
}


def objects(url: str) -> list[dict[str, Any]]:
    """The objects of Flux that deploy the folders."""
    source = {"url": url, "interval": "1h", "ref": {"branch": "main"}, "ignore": IGNORE}
    about = {
        "interval": "1h",
        "prune": True,
        "retryInterval": "1h",
        "sourceRef": {"kind": "GitRepository", "name": "fleet"},
    }
    return [
        flux._object("source", "GitRepository", "fleet", source),
        *(flux._object("kustomize", "Kustomization", name, {**about, "path": f"./apps/{name}"}) for name in FOLDERS),
    ]


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GitRepo, Cluster]]:
    folder = tmp_path_factory.mktemp("sources")
    origin = init(folder / "git" / "fleet.git", bare=True)
    with GitServer(folder / "git", {"": "read"}) as git, cluster(folder / "cluster") as found:
        written = objects(f"{git.url}/fleet.git")
        origin.commit({**FILES, "clusters/prod/flux.yaml": yaml.safe_dump_all(written)})
        flux.begin(found, folder / "artifacts")
        for one in written:
            path = flux.KUSTOMIZATIONS if one["kind"] == "Kustomization" else f"{flux.SOURCES}/gitrepositories"
            found.send("POST", path, one)
        yield origin, found


def ended(found: Cluster, name: str) -> tuple[set[str], str]:
    """Return what Flux has applied of a folder, or why it has not."""

    def looked() -> tuple[set[str], str] | None:
        status = (found.get(f"{flux.KUSTOMIZATIONS}/{name}") or {}).get("status", {})
        ready: dict[str, str] = next((one for one in status.get("conditions", ()) if one["type"] == "Ready"), {})
        if ready.get("status") == "True":
            return {entry["id"].split("_")[1] for entry in status["inventory"]["entries"]}, ""
        # That there is no artifact yet is no failure.
        failed = ready.get("reason") == "BuildFailed" or "path not found" in ready.get("message", "")
        return (set(), ready["message"]) if failed else None

    told: tuple[set[str], str] = until(looked)
    return told


def test_flux_finds_what_we_find(repo: tuple[GitRepo, Cluster]) -> None:
    origin, found = repo
    with Repository.open(origin.path) as repository:
        ours = desired(repository, "main", Overrides(), SilentProgress())
    names: dict[str, set[str]] = {}
    for one in ours.of("prod"):
        names.setdefault(one.target, set()).add(one.id.name)
    said = {one.target: one.message for one in ours.findings}
    theirs = {name: ended(found, name) for name in FOLDERS}

    assert theirs["plain"] == ({"plain-a", "plain-b", "plain-kept", "plain-values"}, "")
    assert names["apps/plain"] == theirs["plain"][0]
    assert theirs["made"] == ({"made"}, "")
    assert names["apps/made"] == theirs["made"][0]
    for name, file in (("linked", "link.yaml"), ("lacking", "b-extra.yaml")):
        applied, why = theirs[name]
        assert not applied
        assert f"apps/{name}/{file}" in why
        assert f"Flux does not find apps/{name}/{file}" in said[f"apps/{name}"]
    assert "kustomization path not found" in theirs["gone"][1]
    assert (
        "Flux finds no folder apps/gone for Kustomization flux-system/gone: line 2 of .sourceignore"
        in said["apps/gone"]
    )
    assert said.keys() == {"apps/linked", "apps/lacking", "apps/gone"}

    (made,) = [one for one in ours.of("prod") if one.target == "apps/made"]
    live = found.get("/api/v1/namespaces/default/configmaps/made")
    assert made.value["metadata"]["annotations"] == live["metadata"]["annotations"]
    assert "configuredIn: kustomization.yaml" in live["metadata"]["annotations"]["config.kubernetes.io/origin"]
