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
        # Of several at once a first build may lose its temporary folder: it is done again.
        "retryInterval": "5s",
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


def applied(found: Cluster, name: str) -> set[str]:
    """Wait until Flux has applied a folder, and return what: it writes that it is ready before it writes its inventory."""

    def looked() -> list[dict[str, str]]:
        status = status_of(found, name)
        is_ready = ready(status).get("status") == "True"
        return (status.get("inventory") or {}).get("entries") or [] if is_ready else []

    entries = until(looked, lambda: f"{name}: {ready(status_of(found, name)).get('message')}")
    return {entry["id"].split("_")[1] for entry in entries}


def require_refused(found: Cluster, name: str, why: str) -> None:
    """Wait until Flux says of a folder, among other words, why it has not applied it."""

    def said() -> str:
        one = ready(status_of(found, name))
        return "" if one.get("status") == "True" else one.get("message", "")

    until(lambda: why in said(), lambda: f"{name}: {said()}")


def status_of(found: Cluster, name: str) -> dict[str, Any]:
    status: dict[str, Any] = (found.get(f"{flux.KUSTOMIZATIONS}/{name}") or {}).get("status", {})
    return status


def ready(status: dict[str, Any]) -> dict[str, str]:
    return next((one for one in status.get("conditions", ()) if one["type"] == "Ready"), {})


def test_flux_finds_what_we_find(repo: tuple[GitRepo, Cluster]) -> None:
    origin, found = repo
    with Repository.open(origin.path) as repository:
        ours = desired(repository, "main", Overrides(), SilentProgress())
    names: dict[str, set[str]] = {}
    for one in ours.of("prod"):
        names.setdefault(one.target, set()).add(one.id.name)
    said = {one.target: one.message for one in ours.findings}

    assert names["apps/plain"] == applied(found, "plain") == {"plain-a", "plain-b", "plain-kept", "plain-values"}
    assert names["apps/made"] == applied(found, "made") == {"made"}
    for name, file in (("linked", "link.yaml"), ("lacking", "b-extra.yaml")):
        require_refused(found, name, f"apps/{name}/{file}")
        assert f"Flux does not find apps/{name}/{file}" in said[f"apps/{name}"]
    require_refused(found, "gone", "kustomization path not found")
    assert (
        "Flux finds no folder apps/gone for Kustomization flux-system/gone: line 2 of .sourceignore"
        in said["apps/gone"]
    )
    assert said.keys() == {"apps/linked", "apps/lacking", "apps/gone"}

    (made,) = [one for one in ours.of("prod") if one.target == "apps/made"]
    live = found.get("/api/v1/namespaces/default/configmaps/made")
    assert made.value["metadata"]["annotations"] == live["metadata"]["annotations"]
    assert "configuredIn: kustomization.yaml" in live["metadata"]["annotations"]["config.kubernetes.io/origin"]
