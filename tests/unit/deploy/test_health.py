"""Health by the rules of kstatus, and where ours differ on purpose."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.deploy.health import Status, health_of, vanishes

_DONE = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
_AVAILABLE = [{"type": "Available", "status": "True"}]


def live(kind: str, status: Any = None, spec: Any = None, group: str = "apps/v1", **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": group,
        "kind": kind,
        "metadata": {"name": "x", "generation": 1, **metadata},
        "spec": spec or {},
        "status": status or {},
    }


def condition(name: str, status: str = "True", reason: str = "", message: str = "") -> dict[str, str]:
    return {"type": name, "status": status, "reason": reason, "message": message}


def deployment(**status: Any) -> dict[str, Any]:
    return live("Deployment", {**_DONE, "conditions": _AVAILABLE, **status}, {"replicas": 2})


@pytest.mark.parametrize(
    ("found", "status", "message"),
    [
        (deployment(), Status.CURRENT, ""),
        (deployment(observedGeneration=0), Status.IN_PROGRESS, "has not seen this version"),
        (deployment(updatedReplicas=1), Status.IN_PROGRESS, "1 of 2 replicas are updated"),
        (deployment(replicas=3), Status.IN_PROGRESS, "1 old replicas"),
        (deployment(availableReplicas=1), Status.IN_PROGRESS, "1 of 2 replicas are available"),
        (deployment(readyReplicas=1), Status.IN_PROGRESS, "1 of 2 replicas are ready"),
        (deployment(conditions=[]), Status.IN_PROGRESS, "is not available"),
        (live("Deployment", {}, {"replicas": 0}), Status.IN_PROGRESS, "has not seen it"),
        (live("Deployment", {"observedGeneration": 1}, {"replicas": 0}), Status.CURRENT, ""),
        (
            deployment(conditions=[condition("Progressing", "False", "ProgressDeadlineExceeded", "late")]),
            Status.FAILED,
            "ProgressDeadlineExceeded: late",
        ),
        (
            deployment(updatedReplicas=0, conditions=[condition("ReplicaFailure", "True", "FailedCreate", "quota")]),
            Status.IN_PROGRESS,
            "FailedCreate: quota",
        ),
        (deployment() | {"metadata": {"deletionTimestamp": "now"}}, Status.TERMINATING, "is being deleted"),
        (None, Status.NOT_FOUND, "is not in the cluster"),
        (live("StatefulSet", {"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "a"}), Status.CURRENT, ""),
        (live("StatefulSet", {"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "b"}), Status.IN_PROGRESS, "are updated"),
        (live("StatefulSet", {"observedGeneration": 1}, {"updateStrategy": {"type": "OnDelete"}}), Status.CURRENT, ""),
        (live("DaemonSet", {"observedGeneration": 1, "desiredNumberScheduled": 0}), Status.CURRENT, ""),
        (live("DaemonSet", {"observedGeneration": 1, "desiredNumberScheduled": 2, "currentNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1, "numberReady": 2}), Status.IN_PROGRESS, "1 of 2 Pods are available"),
        (live("Job", {"conditions": [condition("Complete")]}, group="batch/v1"), Status.CURRENT, ""),
        (live("Job", {"active": 1}, group="batch/v1"), Status.IN_PROGRESS, "has not ended"),
        (live("Job", {"conditions": [condition("Failed", "True", "BackoffLimitExceeded", "no")]}, group="batch/v1"), Status.FAILED, "BackoffLimitExceeded: no"),
        (live("Pod", {"phase": "Running", "conditions": [condition("Ready")]}, group="v1"), Status.CURRENT, ""),
        (live("Pod", {"phase": "Succeeded"}, group="v1"), Status.CURRENT, ""),
        (live("Pod", {"phase": "Running", "containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}}]}, group="v1"), Status.FAILED, "CrashLoopBackOff: back-off"),
        (live("Pod", {"phase": "Pending", "conditions": [condition("PodScheduled", "False", "Unschedulable", "no room")]}, group="v1"), Status.IN_PROGRESS, "Unschedulable: no room"),
        (live("PersistentVolumeClaim", {"phase": "Pending"}, group="v1"), Status.CURRENT, ""),
        (live("PersistentVolumeClaim", {"phase": "Lost"}, group="v1"), Status.FAILED, "has lost its volume"),
        (live("Service", {}, {"type": "LoadBalancer"}, group="v1"), Status.IN_PROGRESS, "no load balancer"),
        (live("Service", {}, {"type": "ClusterIP"}, group="v1"), Status.CURRENT, ""),
        (live("ConfigMap", group="v1"), Status.CURRENT, ""),
        (live("CustomResourceDefinition", {"conditions": [condition("Established")]}, group="apiextensions.k8s.io/v1"), Status.CURRENT, ""),
        (live("CustomResourceDefinition", {"conditions": [condition("NamesAccepted", "False", "Conflict", "taken")]}, group="apiextensions.k8s.io/v1"), Status.FAILED, "Conflict: taken"),
        (live("CustomResourceDefinition", {}, group="apiextensions.k8s.io/v1"), Status.IN_PROGRESS, "not established"),
        # Kinds of others: only what all have.
        (live("Deployment", {}, group="example.com/v1"), Status.CURRENT, ""),
        (live("Thing", {"conditions": [condition("Ready", "False", "Broken", "no")]}, group="example.com/v1"), Status.IN_PROGRESS, "Broken: no"),
        (live("Thing", {"conditions": [condition("Ready"), condition("Stalled", "True", "Never", "no")]}, group="example.com/v1"), Status.FAILED, "Never: no"),
        (live("Thing", {"conditions": [condition("Ready"), condition("Reconciling", "True", "Busy")]}, group="example.com/v1"), Status.IN_PROGRESS, "Busy"),
    ],
)  # fmt: skip
def test_health(found: dict[str, Any] | None, status: Status, message: str) -> None:
    health = health_of(found)
    assert health.status is status
    assert message in health.message
    assert bool(health.message) == (status is not Status.CURRENT)


@pytest.mark.parametrize(
    ("found", "does"),
    [
        (live("Job", spec={"ttlSecondsAfterFinished": 0}, group="batch/v1"), True),
        (live("Job", spec={}, group="batch/v1"), False),
        (live("Job", spec={"ttlSecondsAfterFinished": 5}, group="example.com/v1"), False),
        (live("Deployment", spec={"ttlSecondsAfterFinished": 5}), False),
        ({}, False),
    ],
)
def test_what_deletes_itself(found: dict[str, Any], does: bool) -> None:
    assert vanishes(found) is does


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KINDS = st.sampled_from(
    [("apps/v1", one) for one in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")]
    + [("batch/v1", "Job"), ("v1", "Pod"), ("v1", "Service"), ("v1", "PersistentVolumeClaim"), ("x/v1", "Thing")]
)
_PARTS = st.dictionaries(
    st.sampled_from(["replicas", "phase", "conditions", "observedGeneration", "updateStrategy", "containerStatuses"]),
    _ANYTHING,
)


@given(_KINDS, _PARTS | _ANYTHING, _PARTS | _ANYTHING)
def test_no_object_is_too_odd(kind: tuple[str, str], spec: Any, status: Any) -> None:
    found = {"apiVersion": kind[0], "kind": kind[1], "metadata": {"generation": 1}, "spec": spec, "status": status}
    assert health_of(found).status in Status
