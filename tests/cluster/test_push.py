"""Deployments by server-side apply to a real API server with real controllers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.cluster.answers import Request
from gitops_action.deploy.result import Action, Result
from gitops_action.errors import UsageError
from gitops_action.pipeline.drifting import Wish as DriftWish
from gitops_action.pipeline.drifting import drift
from gitops_action.report.deployment import as_json, markdown, plan_text
from gitops_action.report.deployment import text as text_of
from tests.cluster.components import cluster, until
from tests.cluster.fleet import actions, settings, workload
from tests.cluster.pushing import PATH, begin, change, get
from tests.schemas import problems
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gitops_action.model import Change
    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("push")]
_PREVIEWER = "system:serviceaccount:gitops-action:preview"
_SOON = timedelta(seconds=60)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("push")
    with cluster(
        folder,
        controllers=True,
        users={_PREVIEWER: ["system:serviceaccounts", "system:serviceaccounts:gitops-action", "system:authenticated"]},
    ) as found:
        yield found


def test_a_deployment_is_applied_healthy_and_then_unchanged(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(
        tmp_path, shared, {"web.yaml": workload("web", replicas=2), "settings.yaml": settings("settings", a="1")}
    )
    first = fleet.deploy()
    assert first.result is Result.SUCCESS
    assert get(fleet, "deployments", "web")["status"]["availableReplicas"] == 2
    assert set(actions(first).values()) == {
        Action.CREATED,
        Action.CONFIGURED,
    }  # the namespace was made for the inventory
    again = fleet.deploy()
    assert again.result is Result.SUCCESS
    assert set(actions(again).values()) == {Action.UNCHANGED}
    for record in (first, again, fleet.deploy(dry_run=True)):
        assert problems("deployment", as_json(record)) == []
    assert text_of(again).endswith("(3 unchanged)\n")


def test_what_left_git_is_deleted_but_not_what_holds_data(tmp_path: Path, shared: Cluster) -> None:
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
    kept = settings("kept", a="1").replace("{name: kept}", "{name: kept, annotations: {gitops-action/prune: disabled}}")
    files = {"a.yaml": settings("a", x="1"), "b.yaml": settings("b", x="1"), "claim.yaml": claim, "kept.yaml": kept}
    fleet = begin(tmp_path, shared, files)
    assert fleet.deploy().result is Result.SUCCESS
    change(fleet, {"a.yaml": settings("a", x="1")})
    plan = fleet.deploy(dry_run=True)
    assert [str(one.resource) for one in plan.outcome.changes if one.outcome.value == "delete"] == [
        f"ConfigMap/{fleet.name}/b"
    ]
    assert get(fleet, "configmaps", "b")
    record = fleet.deploy()
    done = actions(record)
    assert done[f"ConfigMap/{fleet.name}/b"] is Action.DELETED
    assert done[f"PersistentVolumeClaim/{fleet.name}/data"] is Action.SKIPPED
    assert done[f"ConfigMap/{fleet.name}/kept"] is Action.SKIPPED
    assert get(fleet, "configmaps", "b") is None
    assert get(fleet, "persistentvolumeclaims", "data")
    # Named, it goes; and nobody forgot it meanwhile.
    assert (
        actions(fleet.deploy(prune=["PersistentVolumeClaim"]))[f"PersistentVolumeClaim/{fleet.name}/data"]
        is Action.DELETED
    )


def test_nothing_is_deleted_while_the_rest_is_not_healthy(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"web.yaml": workload("web"), "old.yaml": settings("old", a="1")})
    assert fleet.deploy().result is Result.SUCCESS
    broken = workload("web", "2", progressDeadlineSeconds=3).replace(
        "containers:", "nodeSelector: {no: where}\n      containers:"
    )
    change(fleet, {"web.yaml": broken})
    record = fleet.deploy()
    assert record.result is Result.FAILURE
    assert f"Deployment/{fleet.name}/web is not healthy: ProgressDeadlineExceeded" in record.outcome.message
    assert "FailedScheduling" in record.outcome.message
    assert get(fleet, "configmaps", "old")
    change(fleet, {"web.yaml": workload("web", "3")})
    assert fleet.deploy().result is Result.SUCCESS
    assert get(fleet, "configmaps", "old") is None


def test_an_empty_render_is_refused(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    fleet.commit({f"{PATH}/kustomization.yaml": "resources: []\n"})
    with pytest.raises(UsageError, match="an empty deployment would delete everything"):
        fleet.deploy()
    assert get(fleet, "configmaps", "a")


def test_what_cannot_be_rendered_is_not_half_applied(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1"), "b.yaml": "kind: [\n"})
    record = fleet.deploy()
    assert record.result is Result.FAILURE
    assert f"{PATH}/b.yaml" in record.outcome.message
    assert shared.get(f"/api/v1/namespaces/{fleet.name}") is None


def test_one_object_that_is_refused_keeps_all_from_being_applied(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    change(fleet, {"a.yaml": settings("a", x="2"), "web.yaml": workload("web").replace("replicas: 1", "replicas: -1")})
    record = fleet.deploy()
    assert record.result is Result.FAILURE
    assert "nothing was applied" in record.outcome.message
    assert get(fleet, "configmaps", "a")["data"] == {"x": "1"}


def test_fields_of_others_are_not_taken_over_silently(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    shared.patch(f"/api/v1/namespaces/{fleet.name}/configmaps/a", {"data": {"x": "by hand"}})
    change(fleet, {"a.yaml": settings("a", x="2")})
    record = fleet.deploy()
    assert record.result is Result.FAILURE
    assert "kubectl-edit" in record.outcome.message
    assert get(fleet, "configmaps", "a")["data"] == {"x": "by hand"}
    assert fleet.deploy(force_conflicts=True).result is Result.SUCCESS
    assert get(fleet, "configmaps", "a")["data"] == {"x": "2"}


def test_whoever_scales_is_left_to_it(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"web.yaml": workload("web", replicas=1)})
    assert fleet.deploy().result is Result.SUCCESS
    scale = f"/apis/apps/v1/namespaces/{fleet.name}/deployments/web/scale"
    shared.patch(scale, {"spec": {"replicas": 3}}, manager="kube-controller-manager")
    assert fleet.deploy().result is Result.SUCCESS
    change(fleet, {"web.yaml": workload("web", "2", replicas=1)})
    plan = fleet.deploy(dry_run=True)
    (one,) = [one for one in plan.outcome.changes if one.diff]
    assert one.message == "left to others: `spec.replicas` (kube-controller-manager)"
    assert "replicas" not in one.diff
    assert fleet.deploy().result is Result.SUCCESS
    spec = get(fleet, "deployments", "web")["spec"]
    assert (spec["replicas"], spec["template"]["spec"]["containers"][0]["image"]) == (3, "example.com/web:2")
    assert set(actions(fleet.deploy()).values()) == {Action.UNCHANGED}
    assert fleet.deploy(force_conflicts=True).result is Result.SUCCESS
    assert get(fleet, "deployments", "web")["spec"]["replicas"] == 1


def test_what_may_differ_by_the_configuration_is_left_as_it_is(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1", y="1")})
    config = fleet.origin.git("show", "main:.gitops.yaml")
    ignored = "\nignoreDifferences:\n  - {kind: ConfigMap, name: a, pointers: [/data/x]}\n"
    fleet.commit({".gitops.yaml": config + ignored})
    assert fleet.deploy().result is Result.SUCCESS
    shared.patch(f"/api/v1/namespaces/{fleet.name}/configmaps/a", {"data": {"x": "by hand"}})
    change(fleet, {"a.yaml": settings("a", x="1", y="2")})
    assert fleet.deploy().result is Result.SUCCESS
    assert get(fleet, "configmaps", "a")["data"] == {"x": "by hand", "y": "2"}


def test_an_older_commit_does_not_undo_a_newer_one(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    older = fleet.clone.git("rev-parse", "HEAD")
    change(fleet, {"a.yaml": settings("a", x="2")})
    assert fleet.deploy().result is Result.SUCCESS
    assert fleet.deploy(revision=older).result is Result.SUPERSEDED
    assert get(fleet, "configmaps", "a")["data"] == {"x": "2"}
    assert fleet.deploy(revision=older, older=True).result is Result.SUCCESS
    assert get(fleet, "configmaps", "a")["data"] == {"x": "1"}


def test_two_at_once_come_one_after_the_other(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"web.yaml": workload("web")})
    first = fleet.deploy()
    assert first.result is Result.SUCCESS
    lease = f"/apis/coordination.k8s.io/v1/namespaces/{fleet.name}/leases/gitops-production"
    spec = shared.get(lease)["spec"]
    assert spec.get("holderIdentity", "") == ""
    shared.patch(lease, {"spec": {"holderIdentity": "somebody else", "leaseDurationSeconds": 3600}})
    freed = threading.Timer(2.5, shared.patch, [lease, {"spec": {"holderIdentity": ""}}])
    freed.start()
    assert fleet.deploy().result is Result.SUCCESS
    freed.join()
    assert any("waiting for another deployment: somebody else" in text for text in fleet.told)


def test_a_lease_that_nobody_renews_is_left_behind(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    lease = f"/apis/coordination.k8s.io/v1/namespaces/{fleet.name}/leases/gitops-production"
    shared.patch(lease, {"spec": {"holderIdentity": "killed", "leaseDurationSeconds": 2}})
    assert fleet.deploy().result is Result.SUCCESS
    shared.patch(lease, {"spec": {"holderIdentity": "busy", "leaseDurationSeconds": 3600}})
    record = fleet.deploy(timeout=timedelta(seconds=2))
    assert record.result is Result.ERROR
    assert "another deployment is under way: busy" in record.outcome.message


def test_an_account_for_previews_is_told_before_anything_begins(tmp_path: Path, shared: Cluster) -> None:
    shared.kubectl("apply", "--server-side", "-k", str(ROOT / "deploy"))
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    shared.send(
        "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": fleet.name}}
    )
    record = fleet.deploy(user=_PREVIEWER)
    assert record.result is Result.ERROR
    assert "the account may not deploy here" in record.outcome.message
    # Also where it has the rights, and only the policy keeps it from writing.
    shared.kubectl("create", "clusterrolebinding", "all", "--clusterrole=cluster-admin", f"--user={_PREVIEWER}")
    probe = Request("POST", "/api/v1/namespaces/default/configmaps", {}, {"metadata": {"name": fleet.name}})
    until(lambda: "dry run" in shared.server(_PREVIEWER).send(probe).message)
    record = fleet.deploy(user=_PREVIEWER)
    shared.kubectl("delete", "clusterrolebinding", "all")
    assert record.result is Result.ERROR
    assert "may only preview, and was asked to deploy" in record.outcome.message
    assert "nothing was written" in record.outcome.message
    assert get(fleet, "configmaps", "a") is None


def _definition(plural: str, kind: str, group: str = "example.com") -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [version],
        },
    }


def test_kinds_and_namespaces_come_before_what_needs_them(tmp_path: Path, shared: Cluster) -> None:
    custom = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "one"}, "spec": {"size": 3}}
    files = {"0.yaml": yaml.safe_dump(custom), "9.yaml": yaml.safe_dump(_definition("widgets", "Widget"))}
    fleet = begin(tmp_path, shared, files)
    assert fleet.deploy().result is Result.SUCCESS
    assert shared.get(f"/apis/example.com/v1/namespaces/{fleet.name}/widgets/one")["spec"] == {"size": 3}


def test_a_kind_that_is_never_established_says_so(tmp_path: Path, shared: Cluster) -> None:
    shared.send(
        "POST",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        _definition("gears", "Gear", "taken.example.com"),
    )
    # Another kind of the same plural name in its group cannot be accepted.
    rival = _definition("gearses", "Gear", "taken.example.com")
    fleet = begin(tmp_path, shared, {"rival.yaml": yaml.safe_dump(rival), "a.yaml": settings("a", x="1")})
    record = fleet.deploy(timeout=timedelta(seconds=10))
    assert record.result is Result.FAILURE
    assert "CustomResourceDefinition/gearses.taken.example.com is not healthy" in record.outcome.message
    assert get(fleet, "configmaps", "a") is None


def test_a_quota_is_reported_by_its_object_and_a_rerun_converges(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few"},
        "spec": {"hard": {"count/secrets": "1"}},
    }
    quotas = f"/api/v1/namespaces/{fleet.name}/resourcequotas"
    shared.send("POST", quotas, quota)
    until(lambda: shared.get(f"{quotas}/few")["status"].get("hard"))
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: NAME}\nstringData: {password: hunter2}\n"
    # A dry run counts nothing: each of the two would fit alone.
    change(
        fleet, {"a.yaml": settings("a", x="2"), **{f"{one}.yaml": secret.replace("NAME", one) for one in ("s1", "s2")}}
    )
    record = fleet.deploy()
    assert record.result is Result.FAILURE
    assert "exceeded quota: few" in record.outcome.message
    assert "hunter2" not in record.outcome.message
    assert len([one for one in record.outcome.objects if one.action is Action.FAILED]) == 1
    shared.send("DELETE", f"{quotas}/few")
    assert fleet.deploy().result is Result.SUCCESS
    assert get(fleet, "secrets", "s1")
    assert get(fleet, "secrets", "s2")


_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: password}\n"


@pytest.mark.parametrize(
    "text",
    [
        "stringData: {password: 48151623}\n",
        "stringData: {password: [hunter2-hunter2]}\n",
        "data: {password: hunter2-hunter2}\n",
        "stringData: {password: hunter2-hunter2}\nmetadata2: hunter2-hunter2\n",
    ],
)
def test_what_a_server_says_of_a_secret_has_no_values(tmp_path: Path, shared: Cluster, text: str) -> None:
    fleet = begin(tmp_path, shared, {"secret.yaml": _SECRET + text})
    shared.send("POST", "/api/v1/namespaces", {"metadata": {"name": fleet.name}})
    for record in (fleet.deploy(), fleet.deploy(dry_run=True)):
        assert record.result is Result.FAILURE
        for said in (as_json(record), text_of(record), markdown(record), *fleet.told):
            assert "48151623" not in said
            assert "hunter2" not in said


def test_what_leaves_string_data_leaves_the_secret(tmp_path: Path, shared: Cluster) -> None:
    """The server forgets who set what through it, so that it is sent as data: as Flux does."""
    fleet = begin(tmp_path, shared, {"secret.yaml": _SECRET + "data: {c: Yw==}\nstringData: {a: '1', b: '2'}\n"})
    assert fleet.deploy().result is Result.SUCCESS
    assert get(fleet, "secrets", "password")["data"] == {"a": "MQ==", "b": "Mg==", "c": "Yw=="}
    assert set(actions(fleet.deploy()).values()) == {Action.UNCHANGED}
    (look,) = drift(fleet.place, fleet.clusters, DriftWish(settle=0.0), SilentProgress())
    assert look.drifted == []
    change(fleet, {"secret.yaml": _SECRET + "stringData: {a: '1'}\n"})
    assert fleet.deploy().result is Result.SUCCESS
    assert get(fleet, "secrets", "password")["data"] == {"a": "MQ=="}


def test_a_webhook_that_does_not_answer_is_named(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": fleet.name},
        "webhooks": [
            {
                "name": "guard.example.com",
                "clientConfig": {"url": "https://127.0.0.1:1/"},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": fleet.name}},
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "timeoutSeconds": 1,
            }
        ],
    }
    shared.send("POST", hooks, hook)
    try:
        change(fleet, {"a.yaml": settings("a", x="2")})
        record = until(lambda: (it := fleet.deploy()).result is Result.FAILURE and it, seconds=30)
        assert 'failed calling webhook "guard.example.com"' in record.outcome.message
    finally:
        shared.send("DELETE", f"{hooks}/{fleet.name}")
    until(lambda: fleet.deploy().result is Result.SUCCESS, seconds=30)


def test_what_cannot_be_changed_is_made_anew_only_where_its_author_says_so(tmp_path: Path, shared: Cluster) -> None:
    job = (
        workload("web")
        .replace("matchLabels: {app: web}", "matchLabels: {app: other}")
        .replace("labels: {app: web}", "labels: {app: other}")
    )
    fleet = begin(tmp_path, shared, {"web.yaml": workload("web")})
    assert fleet.deploy().result is Result.SUCCESS
    change(fleet, {"web.yaml": job})
    record = fleet.deploy()
    assert record.result is Result.FAILURE
    assert "immutable" in record.outcome.message
    allowed = job.replace("{name: web}", '{name: web, annotations: {kustomize.toolkit.fluxcd.io/force: "enabled"}}', 1)
    change(fleet, {"web.yaml": allowed})
    assert fleet.deploy().result is Result.SUCCESS
    assert get(fleet, "deployments", "web")["spec"]["selector"]["matchLabels"] == {"app": "other"}


def test_an_inventory_of_another_repository_is_left_alone(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    fleet.clone.git("remote", "set-url", "origin", "https://example.com/somebody/else.git")
    with pytest.raises(UsageError, match="is the inventory of `production` of"):
        fleet.deploy()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_job_that_is_ended_in_the_middle_is_finished_by_the_next(
    tmp_path: Path, shared: Cluster, number: signal.Signals
) -> None:
    files = {f"{one}.yaml": settings(f"map-{one}", x="1") for one in range(30)}
    slow = workload("web").replace("containers:", "nodeSelector: {slow: node}\n      containers:")
    fleet = begin(tmp_path, shared, {**files, "web.yaml": slow})
    argv = [
        sys.executable, "-m", "gitops_action", "deploy", "production", "--via", "apply", "--kubeconfig",
        str(shared.kubeconfig), "--repo", str(fleet.clone.path),
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until(lambda: get(fleet, "deployments", "web"))
    running.send_signal(number)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == (130 if number == signal.SIGTERM else -number)
    if number == signal.SIGTERM:
        assert b"interrupted halfway: run it again" in out
    change(fleet, {"web.yaml": workload("web")})
    assert fleet.deploy().result is Result.SUCCESS
    assert get(fleet, "configmaps", "map-29") is None


def test_an_api_server_that_is_restarted_meanwhile_is_waited_for(tmp_path: Path, shared: Cluster) -> None:
    files = {f"{one}.yaml": settings(f"map-{one}", x="1") for one in range(300)}
    fleet = begin(tmp_path, shared, files)

    # A program ends with the thread that started it, so that the deployment has to be in another.
    with ThreadPoolExecutor(1) as pool:
        deploying = pool.submit(fleet.deploy, timeout=_SOON)
        until(lambda: get(fleet, "configmaps", "map-5"), seconds=60)
        shared.kill("kube-apiserver")
        shared.start("kube-apiserver")
        record = deploying.result()
    assert record.result is Result.SUCCESS, record.outcome.message
    assert get(fleet, "configmaps", "map-299")


def test_a_cluster_that_is_not_reached_is_said(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    lost = tmp_path / "lost"
    lost.write_text(shared.kubeconfig.read_text().replace(str(shared.port), "1"))
    argv = [
        sys.executable, "-m", "gitops_action", "deploy", "production", "--via", "apply", "--kubeconfig", str(lost),
        "--repo", str(fleet.clone.path),
    ]  # fmt: skip
    done = subprocess.run(
        argv, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "cannot be reached" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    with pytest.raises(UsageError, match="no environment `staging`"):
        fleet.deploy("staging")


def test_nothing_is_applied_that_was_not_confirmed(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    shown: list[str] = []

    def no(changes: Sequence[Change]) -> bool:
        shown.append(plan_text(changes))
        return False

    record = fleet.deploy(confirm=no)
    assert record.result is Result.ERROR
    assert "nothing was applied" in record.outcome.message
    assert f"unvalidated ConfigMap/{fleet.name}/a" in shown[0] or f"create     ConfigMap/{fleet.name}/a" in shown[0]
    assert get(fleet, "configmaps", "a") is None
    assert fleet.deploy(confirm=lambda _: True).result is Result.SUCCESS
    argv = [
        sys.executable,
        "-m",
        "gitops_action",
        "deploy",
        "production",
        "--via",
        "apply",
        "--confirm",
        "--repo",
        str(fleet.clone.path),
    ]
    done = subprocess.run(
        argv,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert (done.returncode, "there is no terminal to ask on" in done.stderr) == (2, True)
