"""Waiting for a real Flux: source-controller, kustomize-controller, and Pods that become ready."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import yaml

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.deploy.drift import Kind
from gitops_action.deploy.flux import REQUESTED
from gitops_action.deploy.result import Action, Result
from gitops_action.errors import UsageError
from gitops_action.pipeline.drifting import Wish as DriftWish
from gitops_action.pipeline.drifting import drift
from tests.cluster import flux
from tests.cluster.components import cluster, until
from tests.cluster.fleet import Fleet, overlay, settings, workload
from tests.gitserver import GitServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cluster.components import Cluster
    from tests.cluster.flux import Flux

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("flux")]
_PATH = "environments/production"
_BROKEN = workload("web", "2", progressDeadlineSeconds=3).replace(
    "spec:\n      containers", "spec:\n      nodeSelector: {no: where}\n      containers"
)


@pytest.fixture(scope="module")
def flux_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Flux]]:
    folder = tmp_path_factory.mktemp("flux")
    with cluster(folder / "cluster", controllers=True, users={"reader": ["readers"]}) as found:
        found.kubectl("create", "clusterrolebinding", "readers", "--clusterrole=view", "--group=readers")
        found.kubectl(
            "create",
            "clusterrole",
            "flux-view",
            "--verb=get,list",
            "--resource=*.source.toolkit.fluxcd.io,*.kustomize.toolkit.fluxcd.io",
        )
        found.kubectl("create", "clusterrolebinding", "flux-readers", "--clusterrole=flux-view", "--group=readers")
        yield found, flux.begin(found, folder / "artifacts")


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with GitServer(tmp_path_factory.mktemp("git"), {"": "read"}) as server:
        yield server


@pytest.fixture
def fleet(
    tmp_path: Path, flux_cluster: tuple[Cluster, Flux], git: GitServer, request: pytest.FixtureRequest
) -> Iterator[Fleet]:
    """A repository of its own for each test, which a Kustomization of its own deploys into a namespace of its own."""
    found, made = flux_cluster
    name = request.node.originalname.replace("_", "-")[5:50].strip("-")
    config = f"version: 1\nenvironments:\n  production: {{paths: [{_PATH}], deploy: {{via: flux}}}}\n"
    files = {".gitops.yaml": config} | overlay(
        _PATH, {"web.yaml": workload("web"), "settings.yaml": settings("settings", a="1")}, name
    )
    fleet = Fleet.begin(tmp_path, found, files, git, f"octo/{name}")
    made.git_repository(name, fleet.remote)
    made.kustomization(name, f"./{_PATH}", name)
    fleet.name = name
    yield fleet
    for path in (f"{flux.KUSTOMIZATIONS}/{name}", f"{flux.SOURCES}/gitrepositories/{name}"):
        # Nobody has to prune for the next test.
        found.patch(path, {"metadata": {"finalizers": None}})
        found.send("DELETE", path)


def test_a_good_commit_is_waited_for(fleet: Fleet) -> None:
    assert fleet.deploy(via="flux").result is Result.SUCCESS
    sha = fleet.commit({f"{_PATH}/settings.yaml": settings("settings", a="2")})
    record = fleet.deploy(via="flux")
    assert (record.result, record.commit) == (Result.SUCCESS, sha)
    assert fleet.cluster.get(f"/api/v1/namespaces/{fleet.name}/configmaps/settings")["data"] == {"a": "2"}
    assert {one.action for one in record.outcome.objects} == {Action.READY}


def test_a_commit_that_never_becomes_healthy_says_what_is_wrong(fleet: Fleet) -> None:
    assert fleet.deploy(via="flux").result is Result.SUCCESS
    fleet.commit({f"{_PATH}/web.yaml": _BROKEN})
    record = fleet.deploy(via="flux", timeout=timedelta(seconds=60))
    assert record.result is Result.FAILURE
    assert f"Deployment/{fleet.name}/web is not healthy: ProgressDeadlineExceeded" in record.outcome.message
    (bad,) = [one for one in record.outcome.objects if one.health is not None]
    assert "FailedScheduling" in " ".join(bad.events)


def test_flux_itself_finds_it_unhealthy(fleet: Fleet) -> None:
    fleet.cluster.patch(f"{flux.KUSTOMIZATIONS}/{fleet.name}", {"spec": {"wait": True, "timeout": "6s"}})
    assert fleet.deploy(via="flux").result is Result.SUCCESS
    fleet.commit({f"{_PATH}/web.yaml": _BROKEN})
    record = fleet.deploy(via="flux", timeout=timedelta(seconds=60))
    assert record.result is Result.FAILURE
    assert "HealthCheckFailed" in record.outcome.message
    assert f"Deployment/{fleet.name}/web" in record.outcome.message


def test_a_commit_that_was_skipped_for_a_newer_one_is_deployed(fleet: Fleet) -> None:
    first = fleet.commit({f"{_PATH}/settings.yaml": settings("settings", a="2")})
    newest = fleet.origin.commit({f"{_PATH}/settings.yaml": settings("settings", a="3")}, "Newer")
    # The clone of the job has only the older one.
    record = fleet.deploy(via="flux", revision=first)
    assert record.result is Result.SUCCESS
    assert newest[:12] in {event for one in record.outcome.objects for event in one.events}


def test_an_overlay_that_cannot_be_built_is_a_failure(fleet: Fleet) -> None:
    fleet.commit({f"{_PATH}/kustomization.yaml": "resources: [nowhere.yaml]\n"})
    record = fleet.deploy(via="flux", timeout=timedelta(seconds=60))
    assert record.result is Result.FAILURE
    assert "BuildFailed" in record.outcome.message


def test_what_is_suspended_fails_at_once(fleet: Fleet) -> None:
    fleet.cluster.patch(f"{flux.KUSTOMIZATIONS}/{fleet.name}", {"spec": {"suspend": True}})
    start = time.monotonic()
    record = fleet.deploy(via="flux")
    assert record.result is Result.FAILURE
    assert "is suspended" in record.outcome.message
    assert time.monotonic() - start < 60  # far from the ten minutes of its patience


def test_a_controller_that_is_killed_meanwhile_is_waited_for(fleet: Fleet) -> None:
    assert fleet.deploy(via="flux").result is Result.SUCCESS
    fleet.cluster.kill("kustomize-controller")
    fleet.commit({f"{_PATH}/settings.yaml": settings("settings", a="2")})
    # A program ends with the thread that started it, so that the deployment has to be in another.
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(fleet.deploy, via="flux")
        time.sleep(3)
        fleet.cluster.start("kustomize-controller")
        assert deploying.result().outcome.message == ""


def test_helm_releases_are_waited_for(fleet: Fleet) -> None:
    release = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "cache", "namespace": fleet.name},
        "spec": {"interval": "1h"},
    }
    files = {"release.yaml": yaml.safe_dump(release), "settings.yaml": settings("settings", a="1")}
    fleet.commit(overlay(_PATH, files, fleet.name))
    path = f"/apis/helm.toolkit.fluxcd.io/v2/namespaces/{fleet.name}/helmreleases/cache"

    def say(status: str, reason: str, message: str) -> None:
        live = until(lambda: fleet.cluster.get(path))
        condition = {
            "type": "Ready",
            "status": status,
            "reason": reason,
            "message": message,
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        live["status"] = {"observedGeneration": live["metadata"]["generation"], "conditions": [condition]}
        fleet.cluster.send("PUT", f"{path}/status", live)

    controller = threading.Thread(target=say, args=("False", "InstallFailed", "no such chart"))
    controller.start()
    record = fleet.deploy(via="flux")
    controller.join()
    assert record.result is Result.FAILURE
    assert "HelmRelease" in record.outcome.message
    assert "InstallFailed: no such chart" in record.outcome.message
    say("True", "InstallSucceeded", "installed")
    assert fleet.deploy(via="flux").result is Result.SUCCESS
    fleet.cluster.patch(path, {"spec": {"suspend": True}})
    assert "is suspended" in fleet.deploy(via="flux").outcome.message


def test_an_oci_artifact_tells_its_commit(fleet: Fleet) -> None:
    """No controller here can make one: its status is written by hand, as source-controller documents it."""
    sha = fleet.commit({f"{_PATH}/settings.yaml": settings("settings", a="2")})
    until(lambda: fleet.cluster.get(f"{flux.SOURCES}/gitrepositories/{fleet.name}")["status"].get("artifact"))
    assert fleet.deploy(via="flux").result is Result.SUCCESS
    artifact = fleet.cluster.get(f"{flux.SOURCES}/gitrepositories/{fleet.name}")["status"]["artifact"]
    value = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "ExternalArtifact",
        "metadata": {"name": fleet.name, "namespace": flux.NAMESPACE},
        "spec": {},
    }
    made = fleet.cluster.send("POST", f"{flux.SOURCES}/externalartifacts", value)
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Succeeded",
        "message": "made",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "observedGeneration": 1,
    }
    made["status"] = {
        "conditions": [ready],
        "artifact": {
            **artifact,
            "revision": f"latest@{artifact['digest']}",
            "metadata": {"org.opencontainers.image.revision": f"main@sha1:{sha}"},
        },
    }
    fleet.cluster.send("PUT", f"{flux.SOURCES}/externalartifacts/{fleet.name}/status", made)
    fleet.cluster.patch(
        f"{flux.KUSTOMIZATIONS}/{fleet.name}",
        {
            "spec": {
                "sourceRef": {
                    "apiVersion": "source.toolkit.fluxcd.io/v1",
                    "kind": "ExternalArtifact",
                    "name": fleet.name,
                }
            }
        },
    )
    record = fleet.deploy(via="flux", timeout=timedelta(seconds=40))
    assert record.result is Result.SUCCESS, record.outcome.message
    kustomization = fleet.cluster.get(f"{flux.KUSTOMIZATIONS}/{fleet.name}")["status"]
    assert kustomization["lastAppliedOriginRevision"] == f"main@sha1:{sha}"


def test_another_repository_is_none_of_ours(fleet: Fleet) -> None:
    fleet.clone.git("remote", "set-url", "origin", "https://example.com/somebody/else.git")
    with pytest.raises(UsageError, match="no Kustomization in this cluster has this repository"):
        fleet.deploy(via="flux")
    with pytest.raises(UsageError, match="no Kustomization `nowhere`"):
        fleet.deploy(via="flux", kustomizations=["nowhere"])


def test_who_may_not_ask_flux_waits_until_it_looks_by_itself(fleet: Fleet) -> None:
    fleet.cluster.patch(f"{flux.SOURCES}/gitrepositories/{fleet.name}", {"spec": {"interval": "2s"}})
    assert fleet.deploy(via="flux").result is Result.SUCCESS
    fleet.commit({f"{_PATH}/settings.yaml": settings("settings", a="2")})
    record = fleet.deploy(via="flux", user="reader")
    assert record.result is Result.SUCCESS
    assert "could not be asked to reconcile" in " ".join(record.outcome.notes)


def test_an_api_server_that_is_restarted_meanwhile_is_waited_for(fleet: Fleet) -> None:
    assert fleet.deploy(via="flux").result is Result.SUCCESS
    fleet.commit({f"{_PATH}/settings.yaml": settings("settings", a="2")})
    fleet.cluster.kill("kustomize-controller")
    fleet.told.clear()
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(fleet.deploy, via="flux")
        until(lambda: any("waiting for" in text for text in fleet.told))
        fleet.cluster.kill("kube-apiserver")
        time.sleep(6)
        fleet.cluster.start("kube-apiserver")
        fleet.cluster.start("kustomize-controller")
        for name in ("source-controller", "kube-controller-manager", "kube-scheduler", "kwok"):
            fleet.cluster.kill(name)
            fleet.cluster.start(name)
        assert deploying.result().outcome.message == ""


def test_a_hand_edit_is_healed_by_flux_and_a_deleted_object_is_made_anew(fleet: Fleet) -> None:
    assert fleet.deploy(via="flux").result is Result.SUCCESS
    path = f"/api/v1/namespaces/{fleet.name}/configmaps/settings"
    fleet.cluster.patch(path, {"data": {"a": "by hand"}})
    looked = drift(fleet.place, fleet.clusters, DriftWish(("production",), settle=0.0), SilentProgress())
    assert [one.resource.name for one in looked[0].found] == ["settings"], looked
    fleet.cluster.send("DELETE", path)
    looked = drift(fleet.place, fleet.clusters, DriftWish(("production",), settle=0.0, heal=True), SilentProgress())
    assert [one.kind for one in looked[0].found] == [Kind.MISSING]
    assert "Flux deploys this, and heals by itself" in looked[0].held
    fleet.cluster.patch(f"{flux.KUSTOMIZATIONS}/{fleet.name}", {"metadata": {"annotations": {REQUESTED: "now"}}})
    until(lambda: (fleet.cluster.get(path) or {}).get("data") == {"a": "1"})
    assert drift(fleet.place, fleet.clusters, DriftWish(("production",), settle=0.0), SilentProgress())[0].found == []
