"""Runs of deployments beside and after each other: two at once, one that dies, an empty cluster, jobs that end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gitops_action.cluster.answers import Request
from gitops_action.deploy.result import Action, Result
from gitops_action.report.deployment import text
from tests.cluster.components import cluster, until
from tests.cluster.fleet import Fleet, actions, namespace, settings, workload
from tests.cluster.pushing import PATH, begin, change, get
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("push")]
_JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  backoffLimit: 0
  ttlSecondsAfterFinished: 0
  template: {spec: {restartPolicy: Never, containers: [{name: app, image: "example.com/migrate:1"}]}}
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("runs"), controllers=True) as found:
        yield found


def _post(path: str) -> Request:
    return Request("POST", path, {}, {"metadata": {"generateName": "probe-"}})


def started(fleet: Fleet, *more: str) -> subprocess.Popen[str]:
    """Start a deployment as a program of its own."""
    argv = [
        sys.executable, "-m", "gitops_action", "deploy", "production", "--via", "apply", "--kubeconfig",
        str(fleet.cluster.kubeconfig), "--repo", str(fleet.clone.path), *more,
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def writers(fleet: Fleet, stop: threading.Event) -> list[str]:
    """Collect who has had the lease, one after the other, until told to stop."""
    path = f"/apis/coordination.k8s.io/v1/namespaces/{fleet.name}/leases/gitops-production"
    seen: list[str] = []
    while not stop.wait(0.05):
        holder = ((fleet.cluster.get(path) or {}).get("spec") or {}).get("holderIdentity") or ""
        if holder and seen[-1:] != [holder]:
            seen.append(holder)
    return seen


def test_two_programs_at_once_deploy_one_after_the_other(tmp_path: Path, shared: Cluster) -> None:
    files = {f"{one}.yaml": settings(f"map-{one}", x="1") for one in range(60)}
    fleet = begin(tmp_path, shared, {**files, "web.yaml": workload("web")})
    stop, seen = threading.Event(), list[list[str]]()
    watcher = threading.Thread(target=lambda: seen.append(writers(fleet, stop)))
    watcher.start()
    both = [started(fleet), started(fleet)]
    outputs = [one.communicate(timeout=120) for one in both]
    stop.set()
    watcher.join()
    assert [one.returncode for one in both] == [0, 0], outputs
    # Each has held it in one piece, and one of them has found nothing to do.
    assert len(seen[0]) == len(set(seen[0])) == 2
    said = sorted(out for out, _ in outputs)
    assert sum("62 unchanged" in out for out in said) == 1
    assert sum("waiting for another deployment" in error for _, error in outputs) == 1


def test_the_next_one_takes_over_from_one_that_dies_while_it_waits(tmp_path: Path, shared: Cluster) -> None:
    slow = workload("web").replace("containers:", "nodeSelector: {slow: node}\n      containers:")
    fleet = begin(tmp_path, shared, {"web.yaml": slow})
    first = started(fleet)
    until(lambda: get(fleet, "deployments", "web"))
    change(fleet, {"web.yaml": workload("web")})
    second = started(fleet)
    until(lambda: second.stderr is not None and "waiting for another deployment" in second.stderr.readline())
    first.send_signal(signal.SIGKILL)
    first.communicate()
    out, _ = second.communicate(timeout=120)
    assert second.returncode == 0, out
    assert get(fleet, "deployments", "web")["status"]["availableReplicas"] == 1


def test_an_empty_cluster_gets_everything_in_the_order_that_it_needs(tmp_path: Path) -> None:
    """From Git alone: kinds and their objects, namespaces, rights, settings, workloads, and a policy that would forbid them."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    lamps = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "lamps.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Lamp", "plural": "lamps"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    policy: dict[str, Any] = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "no-new-workloads"},
        "spec": {
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": ["apps"],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["deployments"],
                    }
                ]
            },
            "validations": [{"expression": "false", "message": "too late"}],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "no-new-workloads"},
        "spec": {"policyName": "no-new-workloads", "validationActions": ["Deny"]},
    }
    lamp = {"apiVersion": "example.com/v1", "kind": "Lamp", "metadata": {"name": "one", "namespace": "shop"}}
    web = yaml.safe_load(workload("web", replicas=2))
    web["metadata"]["namespace"] = "shop"
    web["spec"]["template"]["spec"]["serviceAccountName"] = "web"
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": "shop"}}
    with cluster(tmp_path / "cluster", controllers=True) as found:
        fleet = begin(tmp_path, found, {})
        # The worst order of names.
        files = [policy, binding, lamp, web, account, lamps]
        plain = {f"{PATH}/{number}.yaml": yaml.safe_dump(one) for number, one in enumerate(files)}
        fleet.commit({
            **plain, f"{PATH}/9.yaml": namespace("shop"), f"{PATH}/kustomization.yaml": None, f"{PATH}/namespace.yaml": None,
        })  # fmt: skip
        record = fleet.deploy(timeout=timedelta(seconds=90))
        assert record.result is Result.SUCCESS, record.outcome.message
        assert set(actions(record).values()) == {Action.CREATED}
        assert found.get("/apis/apps/v1/namespaces/shop/deployments/web")["status"]["availableReplicas"] == 2
        assert {"dry run", "apply", "wait"} <= set(record.outcome.seconds)
        assert text(record).splitlines()[-1].startswith(f"production is deployed: {record.commit[:12]} in ")
        assert sum(record.outcome.seconds.values()) <= record.seconds


def test_a_job_has_to_end_well_and_may_delete_itself(tmp_path: Path, shared: Cluster) -> None:
    fleet = begin(tmp_path, shared, {"job.yaml": _JOB})
    assert fleet.deploy(timeout=timedelta(seconds=60)).result is Result.SUCCESS
    path = f"/apis/batch/v1/namespaces/{fleet.name}/jobs/migrate"
    until(lambda: shared.get(path) is None)
    # One that was told to be kept, and that is gone, is missed.
    stays = _JOB.replace("  ttlSecondsAfterFinished: 0\n", "").replace(
        "containers:", "nodeSelector: {no: where}, containers:"
    )
    change(fleet, {"job.yaml": stays})
    thief = threading.Timer(3, lambda: shared.send("DELETE", path, {"propagationPolicy": "Background"}))
    thief.start()
    record = fleet.deploy(timeout=timedelta(seconds=8))
    thief.join()
    assert record.result is Result.FAILURE
    assert "is not in the cluster" in record.outcome.message


def test_a_webhook_that_answers_late_is_waited_for(tmp_path: Path, shared: Cluster) -> None:
    """What answers a webhook may only just be starting: its refusal of the moment is tried again."""
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": fleet.name},
        "webhooks": [
            {
                "name": "late.example.com",
                "clientConfig": {"url": "https://127.0.0.1:1/"},
                "rules": [
                    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["secrets"]}
                ],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": fleet.name}},
                # A dry run does not call it, so that only the real thing meets it.
                "matchConditions": [{"name": "real", "expression": "request.dryRun != true"}],
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "timeoutSeconds": 1,
            }
        ],
    }
    shared.send("POST", hooks, hook)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "late"}, "stringData": {"a": "1234"}}
    probe = f"/api/v1/namespaces/{fleet.name}/secrets"
    until(lambda: "late.example.com" in shared.server().send(_post(probe)).message)
    change(fleet, {"a.yaml": settings("a", x="1"), "secret.yaml": yaml.safe_dump(secret)})
    gone = threading.Timer(6, lambda: shared.send("DELETE", f"{hooks}/{fleet.name}"))
    gone.start()
    record = fleet.deploy(timeout=timedelta(seconds=60))
    gone.join()
    assert record.result is Result.SUCCESS, record.outcome.message


def test_each_object_of_a_stage_that_fails_is_told(tmp_path: Path, shared: Cluster) -> None:
    """What a dry run cannot know fails halfway: who failed, who did not, and who never had a turn; a rerun converges."""
    fleet = begin(tmp_path, shared, {"a.yaml": settings("a", x="1")})
    assert fleet.deploy().result is Result.SUCCESS
    quotas = f"/api/v1/namespaces/{fleet.name}/resourcequotas"
    body = {"metadata": {"name": "few"}, "spec": {"hard": {"count/configmaps": "6"}}}
    shared.send("POST", quotas, body)
    until(lambda: shared.get(f"{quotas}/few")["status"].get("used"))
    used = int(shared.get(f"{quotas}/few")["status"]["used"]["count/configmaps"])
    files = {f"m{one}.yaml": settings(f"m{one}", x="1") for one in range(6)}
    change(fleet, {"a.yaml": settings("a", x="1"), **files, "web.yaml": workload("web")})
    record = fleet.deploy(timeout=timedelta(seconds=60))
    assert record.result is Result.FAILURE
    by = {action: [str(one.resource) for one in record.outcome.objects if one.action is action] for action in Action}
    assert len(by[Action.CREATED]) == 6 - used
    assert len(by[Action.FAILED]) == used
    assert by[Action.SKIPPED] == [f"Deployment/{fleet.name}/web"]
    assert all(one.file.startswith(PATH) for one in record.outcome.objects if one.action is Action.FAILED)
    assert get(fleet, "deployments", "web") is None
    shared.send("DELETE", f"{quotas}/few")
    assert fleet.deploy(timeout=timedelta(seconds=60)).result is Result.SUCCESS
    assert get(fleet, "deployments", "web")["status"]["availableReplicas"] == 1
