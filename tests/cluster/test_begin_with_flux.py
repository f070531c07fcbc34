"""What `init --via flux`, `init flux` and `create` write, reconciled by the real source- and kustomize-controller."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.cluster.answers import Request
from gitops_action.deploy.result import Result
from gitops_action.doctor.lines import State
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.creating import Where, create
from gitops_action.pipeline.flux_setup import prerequisites_of
from gitops_action.pipeline.places import Place
from gitops_action.scaffold import flux_flags, flux_install, flux_objects, flux_sync, repository
from gitops_action.scaffold.flux_objects import GitRepository, Kustomization
from gitops_action.scaffold.wish import Setup, Via
from tests.cluster import flux
from tests.cluster.components import cluster, until
from tests.cluster.fleet import Fleet, settings
from tests.gitserver import GitServer
from tests.unit.scaffold import manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitops_action.adapters.api_server import HttpApiServer
    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("flux")]
TOKEN = "flux-may-read"
DEPLOYER = "system:serviceaccount:gitops-action:deploy"
GROUPS = ["system:serviceaccounts", "system:serviceaccounts:gitops-action", "system:authenticated"]
SETUP = Setup(("staging", "production"), Via.FLUX)
PATH = "clusters/staging"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Fleet, flux_sync.Sync]]:
    """A cluster that follows the repository, as the steps that `init flux` prints set it up."""
    folder = tmp_path_factory.mktemp("flux")
    with (
        GitServer(folder / "git", {TOKEN: "read"}) as server,
        cluster(folder / "cluster", controllers=True, users={"reader": ["readers"], DEPLOYER: GROUPS}) as found,
    ):
        host = server.url.removeprefix("http://")
        wanted = flux_sync.sync("octo", "fleet", PATH, "main", host=host, token=True)
        # The server of the tests speaks no TLS; everything else is as it is written.
        files = {
            path: text.replace(f"url: https://{host}/", f"url: {server.url}/")
            for path, text in flux_sync.files(wanted, manifest.whole()).items()
        }
        fleet = Fleet.begin(folder, found, {**repository.of_new(SETUP), **files}, server)
        flux.begin(found, folder / "artifacts")
        found.kubectl(
            "apply",
            "--server-side",
            "--force-conflicts",
            "-f",
            str(fleet.clone.path / wanted.folder / flux_sync.COMPONENTS),
        )
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "flux-system", "namespace": "flux-system"},
            "data": {
                key: base64.b64encode(value.encode()).decode()
                for key, value in (("username", "git"), ("password", TOKEN))
            },
        }
        found.kubectl("apply", "-f", "-", stdin=json.dumps(secret))
        found.kubectl("apply", "-k", str(fleet.clone.path / wanted.folder))
        yield found, fleet, wanted


def ready(found: Cluster, name: str) -> Any:
    """Return a Kustomization that is ready; None before."""
    live = found.get(f"{flux.KUSTOMIZATIONS}/{name}") or {}
    conditions = {one["type"]: one["status"] for one in live.get("status", {}).get("conditions", [])}
    return live if conditions.get("Ready") == "True" and live["status"].get("lastAppliedRevision") else None


def said(found: Cluster) -> str:
    """What Flux says of everything, for a failure."""
    listed = found.get(flux.KUSTOMIZATIONS)["items"] + found.get(f"{flux.SOURCES}/gitrepositories")["items"]
    return json.dumps({one["metadata"]["name"]: one.get("status", {}).get("conditions") for one in listed}, indent=1)


def test_the_cluster_becomes_what_the_repository_says(begun: tuple[Cluster, Fleet, flux_sync.Sync]) -> None:
    found, fleet, _ = begun
    for name in ("flux-system", "infrastructure", "access", "apps"):
        live = until(partial(ready, found, name), lambda: said(found), seconds=120)
        assert live["status"]["lastAppliedRevision"] == f"main@sha1:{fleet.origin.git('rev-parse', 'main')}"
    own = found.get(f"{flux.KUSTOMIZATIONS}/flux-system")
    entries = {one["id"] for one in own["status"]["inventory"]["entries"]}
    # It manages itself: its own objects are among what it has applied.
    assert "flux-system_flux-system_source.toolkit.fluxcd.io_GitRepository" in entries
    assert "flux-system_apps_kustomize.toolkit.fluxcd.io_Kustomization" in entries
    web = found.get("/apis/apps/v1/namespaces/web/deployments/web")
    assert web["status"]["availableReplicas"] == 1
    policy = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/gitops-action-preview-only"
    assert found.get(policy) is not None


def test_deploy_waits_for_flux_and_finds_the_environment(begun: tuple[Cluster, Fleet, flux_sync.Sync]) -> None:
    found, fleet, _ = begun
    path = "apps/staging/web/kustomization.yaml"
    text = (fleet.clone.path / path).read_text()
    sha = fleet.commit({path: text.replace("newTag: 6.9.0", "newTag: 6.9.1")})
    place = Place(fleet.clone.path, repository="octo/fleet", server=fleet.remote.partition("/octo/")[0])
    # Flux has only just applied the account's rights, and a server takes a moment to know them.
    deployer = found.server(DEPLOYER)
    until(partial(may_list, deployer), lambda: "the deployer may not list Kustomizations")
    record = fleet_deploy(fleet, place)
    assert record.result is Result.SUCCESS, record.outcome.message
    assert record.commit == sha
    live = found.get("/apis/apps/v1/namespaces/web/deployments/web")
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "ghcr.io/stefanprodan/podinfo:6.9.1"


def may_list(server: HttpApiServer) -> bool:
    path = flux.KUSTOMIZATIONS.replace(f"/namespaces/{flux.NAMESPACE}", "")
    return server.send(Request("GET", path)).ok


def fleet_deploy(fleet: Fleet, place: Place) -> Any:
    from gitops_action.adapters.terminal import SilentProgress  # noqa: PLC0415 - one use
    from gitops_action.pipeline.deploying import Wish, deploy  # noqa: PLC0415 - one use

    wish = Wish("staging", "flux", actor="alice")
    # By the account that `access/` gives the workflow, and that Flux has made by now.
    return deploy(
        place, Clusters(str(fleet.cluster.kubeconfig_of(DEPLOYER))), wish, SilentProgress(), fleet.told.append
    )


def test_objects_that_create_wrote_are_reconciled(begun: tuple[Cluster, Fleet, flux_sync.Sync], tmp_path: Path) -> None:
    found, fleet, _ = begun
    clone = fleet.origin.clone(tmp_path / "work")
    source = flux_objects.git_repository(
        GitRepository("more", "flux-system", fleet.remote, branch="main", secret="flux-system")
    )
    kustomization = flux_objects.kustomization(
        Kustomization(
            "more", "flux-system", flux_flags.source("more"), "./more", prune=True, wait=True, timeout="1m",
            target_namespace="web", depends_on=flux_flags.depends_on(("infrastructure",)),
        )
    )  # fmt: skip
    for value in (source, kustomization):
        assert create(Place(clone), value, Where(into=PATH)).url == ""
    written = {
        f"{PATH}/more-{kind}.yaml": (clone / f"{PATH}/more-{kind}.yaml").read_text()
        for kind in ("source", "kustomization")
    }
    fleet.commit({**written, "more/settings.yaml": settings("more", a="1")})
    found.patch(
        f"{flux.SOURCES}/gitrepositories/flux-system",
        {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}},
    )
    until(lambda: ready(found, "more"), lambda: said(found), seconds=120)
    assert found.get("/api/v1/namespaces/web/configmaps/more")["data"] == {"a": "1"}


def test_the_cluster_is_asked_before(begun: tuple[Cluster, Fleet, flux_sync.Sync]) -> None:
    found, _, _ = begun
    install = flux_install.read(manifest.whole().encode(), "install.yaml")

    def states(user: str, path: str) -> dict[str, State]:
        clusters = Clusters(str(found.kubeconfig_of(user)))
        return {one.name: one.state for one in prerequisites_of(clusters, install, path)}

    assert states("admin", PATH) == {"kubernetes": State.OK, "rights": State.OK, "flux": State.OK}
    assert states("admin", "clusters/production")["flux"] is State.MISSING
    reader = states("reader", PATH)
    assert reader["rights"] is State.MISSING
    assert reader["flux"] is State.UNKNOWN
    (unasked,) = prerequisites_of(Clusters(), install, PATH)
    assert unasked.state is State.UNKNOWN
    assert "not checked" in unasked.message
