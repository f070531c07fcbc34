"""Waiting for a real Flux: source-controller, kustomize-controller, and Pods that become ready."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.deploy.drift import Kind, Look
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
_SOON = timedelta(seconds=90)
_SLOW = workload("web", "2").replace(
    "spec:\n      containers", 'spec:\n      nodeSelector: {late: "yes"}\n      containers'
)
_JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  ttlSecondsAfterFinished: 1
  template: {spec: {restartPolicy: Never, containers: [{name: app, image: "example.com/migrate:1"}]}}
"""
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
    assert {one.message for one in record.outcome.objects} == {f"has {newest[:12]}"}


def test_an_overlay_that_cannot_be_built_is_a_failure(fleet: Fleet) -> None:
    fleet.commit({f"{_PATH}/kustomization.yaml": "resources: [nowhere.yaml]\n"})
    record = fleet.deploy(via="flux", timeout=timedelta(seconds=60))
    assert record.result is Result.FAILURE
    assert "BuildFailed" in record.outcome.message


def test_what_keeps_failing_has_failed_although_it_tries_again(fleet: Fleet) -> None:
    """Between two attempts it calls itself progressing, which is no news."""
    assert fleet.deploy(via="flux", timeout=_SOON).result is Result.SUCCESS
    fleet.commit({f"{_PATH}/web.yaml": workload("web", "2").replace("replicas: 1", "replicas: -1")})
    start = time.monotonic()
    record = fleet.deploy(via="flux", timeout=_SOON)
    assert record.result is Result.FAILURE
    assert "spec.replicas: Invalid value: -1" in record.outcome.message
    assert "not done after" not in record.outcome.message
    # Its grace is 30 seconds, and it tries again each five.
    assert time.monotonic() - start < 50
    # What runs is fine, and not the cause.
    assert [one.resource.kind for one in record.outcome.bad] == ["Kustomization"]


def test_what_is_suspended_fails_at_once(fleet: Fleet) -> None:
    fleet.cluster.patch(f"{flux.KUSTOMIZATIONS}/{fleet.name}", {"spec": {"suspend": True}})
    start = time.monotonic()
    record = fleet.deploy(via="flux")
    assert record.result is Result.FAILURE
    assert "is suspended" in record.outcome.message
    assert time.monotonic() - start < 60  # far from the ten minutes of its patience


def test_a_controller_that_is_killed_while_it_reconciles_is_waited_for(fleet: Fleet) -> None:
    fleet.cluster.patch(f"{flux.KUSTOMIZATIONS}/{fleet.name}", {"spec": {"wait": True, "timeout": "60s"}})
    assert fleet.deploy(via="flux", timeout=_SOON).result is Result.SUCCESS
    sha = fleet.commit({f"{_PATH}/web.yaml": _SLOW, f"{_PATH}/settings.yaml": settings("settings", a="2")})
    # A program ends with the thread that started it, so that the deployment has to be in another.
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(fleet.deploy, via="flux", timeout=_SOON)
        # It has applied the commit, and waits for what it has applied.
        until(lambda: _reason(fleet) == "Progressing" and _image(fleet).endswith(":2"))
        fleet.cluster.kill("kustomize-controller")
        time.sleep(3)
        assert not deploying.done()
        fleet.cluster.start("kustomize-controller")
        fleet.cluster.patch("/api/v1/nodes/node-0", {"metadata": {"labels": {"late": "yes"}}})
        record = deploying.result()
    fleet.cluster.patch("/api/v1/nodes/node-0", {"metadata": {"labels": {"late": None}}})
    assert (record.result, record.commit) == (Result.SUCCESS, sha), record.outcome.message


def _reason(fleet: Fleet) -> str:
    conditions = fleet.cluster.get(f"{flux.KUSTOMIZATIONS}/{fleet.name}")["status"]["conditions"]
    return next((one["reason"] for one in conditions if one["type"] == "Ready"), "")


def _image(fleet: Fleet) -> str:
    found = fleet.cluster.get(f"/apis/apps/v1/namespaces/{fleet.name}/deployments/web")
    return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


def release(fleet: Fleet, **spec: Any) -> str:
    metadata = {"name": "cache", "namespace": fleet.name}
    value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata}
    return yaml.safe_dump({**value, "spec": {"interval": "1h", **spec}})


def test_helm_releases_are_waited_for(fleet: Fleet) -> None:
    files = {"release.yaml": release(fleet), "settings.yaml": settings("settings", a="1")}
    fleet.commit(overlay(_PATH, files, fleet.name))
    path = f"/apis/helm.toolkit.fluxcd.io/v2/namespaces/{fleet.name}/helmreleases/cache"
    with flux.HelmController(fleet.cluster, fleet.name, {"cache": ("False", "InstallFailed", "no such chart")}) as helm:
        record = fleet.deploy(via="flux", timeout=_SOON)
        assert record.result is Result.FAILURE
        assert "HelmRelease" in record.outcome.message
        assert "InstallFailed: no such chart" in record.outcome.message
        helm.says["cache"] = ("True", "InstallSucceeded", "installed")
        assert fleet.deploy(via="flux", timeout=_SOON).result is Result.SUCCESS
        fleet.cluster.patch(path, {"spec": {"suspend": True}})
        assert "is suspended" in fleet.deploy(via="flux", timeout=_SOON).outcome.message


def test_values_that_changed_beside_a_helm_release_are_waited_for(fleet: Fleet) -> None:
    """The release itself stays as it is: only being asked makes it look, and what it said before counts for nothing."""
    spec = {"valuesFrom": [{"kind": "ConfigMap", "name": "settings"}]}
    files = {"release.yaml": release(fleet, **spec), "settings.yaml": settings("settings", a="1")}
    fleet.commit(overlay(_PATH, files, fleet.name))
    with flux.HelmController(fleet.cluster, fleet.name, {"cache": ("True", "InstallSucceeded", "installed")}) as helm:
        assert fleet.deploy(via="flux", timeout=_SOON).result is Result.SUCCESS
        fleet.commit({f"{_PATH}/settings.yaml": settings("settings", a="2")})
        helm.slow, helm.says["cache"] = 3.0, ("False", "UpgradeFailed", "a: is no number")
        record = fleet.deploy(via="flux", timeout=_SOON)
    assert record.result is Result.FAILURE
    assert "UpgradeFailed: a: is no number" in record.outcome.message


def test_a_chart_of_this_repository_is_of_this_commit_first(fleet: Fleet) -> None:
    """A real source-controller packs the chart; the release stays the same, as only the chart has changed."""
    chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
    template = settings("chart", a="1")
    files = {"release.yaml": release(fleet), "settings.yaml": settings("settings", a="1")}
    fleet.commit({"charts/web/Chart.yaml": chart, "charts/web/templates/map.yaml": template})
    fleet.commit(overlay(_PATH, files, fleet.name))
    value = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "HelmChart",
        "metadata": {"name": fleet.name, "namespace": flux.NAMESPACE},
        "spec": {
            "chart": "./charts/web",
            "interval": "1h",
            "reconcileStrategy": "Revision",
            "sourceRef": {"kind": "GitRepository", "name": fleet.name},
        },
    }
    fleet.cluster.send("POST", f"{flux.SOURCES}/helmcharts", value)
    said = {"cache": ("True", "InstallSucceeded", "installed")}
    with flux.HelmController(fleet.cluster, fleet.name, said, chart=fleet.name) as helm:
        assert fleet.deploy(via="flux", timeout=_SOON).result is Result.SUCCESS
        sha = fleet.commit({"charts/web/templates/map.yaml": template.replace("1", "2")})
        helm.slow = 2.0
        record = fleet.deploy(via="flux", timeout=_SOON)
        assert record.result is Result.SUCCESS, record.outcome.message
        live = fleet.cluster.get(f"/apis/helm.toolkit.fluxcd.io/v2/namespaces/{fleet.name}/helmreleases/cache")
        assert live["status"]["lastAttemptedRevision"] == f"1.0.0+{sha[:12]}"
        (packed,) = [one for one in record.outcome.objects if one.resource.kind == "HelmChart"]
        assert packed.message == f"has {sha[:12]}"
        fleet.commit({"charts/web/Chart.yaml": "name: [\n"})
        record = fleet.deploy(via="flux", timeout=_SOON)
    assert record.result is Result.FAILURE
    assert f"HelmChart/{flux.NAMESPACE}/{fleet.name}" in record.outcome.message


def test_a_job_that_deletes_itself_has_ended(fleet: Fleet) -> None:
    fleet.commit(overlay(_PATH, {"job.yaml": _JOB}, fleet.name))
    assert fleet.deploy(via="flux", timeout=_SOON).result is Result.SUCCESS
    path = f"/apis/batch/v1/namespaces/{fleet.name}/jobs/migrate"
    until(lambda: fleet.cluster.get(path) is None)
    start = time.monotonic()
    assert fleet.deploy(via="flux", timeout=_SOON).result is Result.SUCCESS
    assert time.monotonic() - start < 30


def test_a_kustomization_that_is_gone_is_made_anew_or_named(fleet: Fleet) -> None:
    inner = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": f"{fleet.name}-in", "namespace": flux.NAMESPACE},
        "spec": {
            "path": "./inner", "interval": "1h", "prune": False, "targetNamespace": fleet.name,
            "sourceRef": {"kind": "GitRepository", "name": fleet.name},
        },
    }  # fmt: skip
    fleet.commit({
        "inner/map.yaml": settings("inner", a="1"), f"{_PATH}/inner.yaml": yaml.safe_dump(inner),
        f"{_PATH}/kustomization.yaml": "resources: [namespace.yaml, inner.yaml]\n",
    })  # fmt: skip
    assert fleet.deploy(via="flux", timeout=_SOON).result is Result.SUCCESS
    path = f"{flux.KUSTOMIZATIONS}/{fleet.name}-in"
    for controlled in (True, False):
        if not controlled:
            fleet.cluster.kill("kustomize-controller")
        fleet.cluster.patch(path, {"metadata": {"finalizers": None}})
        fleet.cluster.send("DELETE", path)
        record = fleet.deploy(via="flux", timeout=_SOON if controlled else timedelta(seconds=6))
        assert record.result is (Result.SUCCESS if controlled else Result.FAILURE), record.outcome.message
    fleet.cluster.start("kustomize-controller")
    assert f"{fleet.name}-in, which" in record.outcome.message
    assert "is not in the cluster" in record.outcome.message


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


def test_a_commit_that_flux_cannot_apply_does_not_hide_a_drift(fleet: Fleet) -> None:
    """The cluster is compared with what Flux has applied before, while it tries again and again."""
    assert fleet.deploy(via="flux", timeout=_SOON).result is Result.SUCCESS
    good = fleet.clone.git("rev-parse", "HEAD")
    bad = fleet.commit({f"{_PATH}/kustomization.yaml": "resources: [nowhere.yaml]\n"})
    assert fleet.deploy(via="flux", timeout=_SOON).result is Result.FAILURE
    # The main branch has something else by now, which can be rendered.
    newest = fleet.commit(overlay(_PATH, {"settings.yaml": settings("settings", a="3")}, fleet.name))
    path = f"/api/v1/namespaces/{fleet.name}/configmaps/settings"
    fleet.cluster.patch(path, {"data": {"a": "by hand"}})

    def settled() -> Look | None:
        # Right when Flux tries again, nobody can say what it is at.
        (look,) = drift(fleet.place, fleet.clusters, DriftWish(("production",), settle=0.0), SilentProgress())
        return None if look.skipped else look

    look: Look = until(settled, lambda: bad)
    assert (look.commit, look.behind) == (good, newest), bad
    assert [one.resource.name for one in look.found] == ["settings"]
    assert "Flux is not there yet" in " ".join(look.notes)


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
