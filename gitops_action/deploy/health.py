"""Whether a live object has become what it was asked to be, by the rules of kstatus.

https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md: conditions `Reconciling` and `Stalled`, the
observed generation, and rules for the kinds of Kubernetes that do not have these conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeAlias

from gitops_action.records import dataclass

_Object: TypeAlias = Mapping[str, Any]


class Status(StrEnum):
    """What an object is, in kstatus' words."""

    CURRENT = "current"
    IN_PROGRESS = "in-progress"
    FAILED = "failed"
    TERMINATING = "terminating"
    NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True)
class Health:
    """The status of an object, and why it is not `current` ("" where it is)."""

    status: Status
    message: str = ""

    @property
    def is_current(self) -> bool:
        """Whether the object is what it was asked to be."""
        return self.status is Status.CURRENT

    @property
    def is_final(self) -> bool:
        """Whether waiting makes no sense any more."""
        return self.status in {Status.CURRENT, Status.FAILED}


CURRENT: Final = Health(Status.CURRENT)


def health_of(live: _Object | None) -> Health:
    """Return the health of a live object; None is one that is not there."""
    if live is None:
        return Health(Status.NOT_FOUND, "is not in the cluster")
    if _text(_part(live, "metadata").get("deletionTimestamp")):
        return Health(Status.TERMINATING, "is being deleted")
    return _generic(live) or _of_kind(live)


def vanishes(value: _Object) -> bool:
    """Whether an object deletes itself once it has ended, so that its absence says nothing bad: a Job with a time to live."""
    is_job = value.get("kind") == "Job" and _text(value.get("apiVersion")).startswith("batch/")
    return is_job and _part(value, "spec").get("ttlSecondsAfterFinished") is not None


def _generic(live: _Object) -> Health | None:
    """Judge what holds for every kind; None where that says nothing."""
    generation, observed = _part(live, "metadata").get("generation"), _part(live, "status").get("observedGeneration")
    if isinstance(generation, int) and isinstance(observed, int) and observed < generation:
        return _waiting("its controller has not seen this version yet")
    found = conditions(live)
    stalled = found.get("Stalled")
    if stalled is not None and stalled.is_true:
        return Health(Status.FAILED, stalled.said)
    reconciling = found.get("Reconciling")
    if reconciling is not None and reconciling.is_true:
        return _waiting(reconciling.said)
    return None


@dataclass(frozen=True, slots=True)
class Condition:
    """One of `status.conditions`."""

    status: str
    reason: str = ""
    message: str = ""
    observed_generation: int | None = None

    @property
    def is_true(self) -> bool:
        """Whether it holds."""
        return self.status == "True"

    @property
    def is_false(self) -> bool:
        """Whether it does not hold."""
        return self.status == "False"

    @property
    def said(self) -> str:
        """Its reason and message in one line."""
        return ": ".join(filter(None, (self.reason, " ".join(self.message.split()))))


def conditions(live: _Object) -> dict[str, Condition]:
    """Return the conditions of an object by type."""
    listed = _part(live, "status").get("conditions")
    return {
        _text(one.get("type")): Condition(
            _text(one.get("status")),
            _text(one.get("reason")),
            _text(one.get("message")),
            seen if isinstance(seen := one.get("observedGeneration"), int) else None,
        )
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, Mapping)
    }


def _of_kind(live: _Object) -> Health:
    group = _text(live.get("apiVersion")).rpartition("/")[0]
    rule = _RULES.get((group, _text(live.get("kind"))))
    return rule(live) if rule else _by_ready(live)


def _by_ready(live: _Object) -> Health:
    """Judge a kind without a rule of its own: `Ready`, where it says it at all."""
    ready = conditions(live).get("Ready")
    if ready is None or ready.is_true:
        return CURRENT
    return _waiting(ready.said or "is not ready")


def _deployment(live: _Object) -> Health:
    status, wanted = _part(live, "status"), _wanted(live)
    found = conditions(live)
    progressing = found.get("Progressing")
    if progressing is not None and progressing.reason == "ProgressDeadlineExceeded":
        return Health(Status.FAILED, progressing.said)
    if "observedGeneration" not in status:
        return _waiting("its controller has not seen it yet")
    updated, replicas = _number(status, "updatedReplicas"), _number(status, "replicas")
    ready, available = _number(status, "readyReplicas"), _number(status, "availableReplicas")
    failure = found.get("ReplicaFailure")
    why = f" ({failure.said})" if failure is not None and failure.is_true else ""
    return _first(
        (updated < wanted, f"{updated} of {wanted} replicas are updated{why}"),
        (replicas > updated, f"{replicas - updated} old replicas are still there"),
        (available < updated, f"{available} of {updated} replicas are available"),
        (ready < wanted, f"{ready} of {wanted} replicas are ready"),
        (wanted > 0 and not _holds(found, "Available"), "is not available"),
    )


def _replica_set(live: _Object) -> Health:
    status, wanted = _part(live, "status"), _wanted(live)
    failure = conditions(live).get("ReplicaFailure")
    if failure is not None and failure.is_true:
        return _waiting(failure.said)
    replicas, ready = _number(status, "replicas"), _number(status, "readyReplicas")
    return _first(
        (_number(status, "fullyLabeledReplicas") < wanted, "not all replicas have their labels"),
        (
            _number(status, "availableReplicas") < wanted,
            f"{_number(status, 'availableReplicas')} of {wanted} are available",
        ),
        (ready < wanted, f"{ready} of {wanted} replicas are ready"),
        (replicas > wanted, f"{replicas - wanted} replicas are too many"),
    )


def _stateful_set(live: _Object) -> Health:
    spec, status, wanted = _part(live, "spec"), _part(live, "status"), _wanted(live)
    strategy = _part(spec, "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return CURRENT
    partition = _part(strategy, "rollingUpdate").get("partition")
    must = wanted - partition if isinstance(partition, int) else wanted
    ready, updated = _number(status, "readyReplicas"), _number(status, "updatedReplicas")
    moving = not partition and status.get("currentRevision") != status.get("updateRevision")
    return _first(
        ("observedGeneration" not in status, "its controller has not seen it yet"),
        (_number(status, "replicas") < wanted, f"{_number(status, 'replicas')} of {wanted} replicas are there"),
        (ready < wanted, f"{ready} of {wanted} replicas are ready"),
        (_number(status, "replicas") > wanted, "replicas are still to be removed"),
        (bool(partition) and updated < must, f"{updated} of {must} replicas are updated"),
        (moving, f"{updated} of {wanted} replicas are updated"),
    )


def _daemon_set(live: _Object) -> Health:
    status = _part(live, "status")
    wanted = _number(status, "desiredNumberScheduled")
    updated, available = _number(status, "updatedNumberScheduled"), _number(status, "numberAvailable")
    return _first(
        ("observedGeneration" not in status, "its controller has not seen it yet"),
        (_number(status, "currentNumberScheduled") < wanted, f"not all {wanted} Pods are scheduled"),
        (updated < wanted, f"{updated} of {wanted} Pods are updated"),
        (available < wanted, f"{available} of {wanted} Pods are available"),
        (_number(status, "numberReady") < wanted, f"{_number(status, 'numberReady')} of {wanted} Pods are ready"),
    )


def _pod(live: _Object) -> Health:
    phase = _text(_part(live, "status").get("phase"))
    found = conditions(live)
    if phase == "Succeeded" or (phase == "Running" and _holds(found, "Ready")):
        return CURRENT
    reason = waiting_reason(live)
    if phase == "Failed" or reason.startswith("CrashLoopBackOff"):
        return Health(Status.FAILED, reason or _text(_part(live, "status").get("message")) or "has failed")
    scheduled = found.get("PodScheduled")
    if scheduled is not None and scheduled.is_false:
        return _waiting(scheduled.said)
    return _waiting(reason or f"is {phase or 'not started'}, and not ready")


def waiting_reason(pod: _Object) -> str:
    """Return why a container of a Pod does not run, such as `ImagePullBackOff: …`; "" if all do."""
    status = _part(pod, "status")
    for key in ("initContainerStatuses", "containerStatuses"):
        listed = status.get(key)
        for one in listed if isinstance(listed, list) else ():
            waiting = _part(_part(one, "state"), "waiting") if isinstance(one, Mapping) else {}
            reason = _text(waiting.get("reason"))
            if reason and reason not in {"ContainerCreating", "PodInitializing"}:
                return ": ".join(filter(None, (reason, _text(waiting.get("message")))))
    return ""


def _job(live: _Object) -> Health:
    found = conditions(live)
    failed = found.get("Failed") or found.get("FailureTarget")
    if failed is not None and failed.is_true:
        return Health(Status.FAILED, failed.said or "has failed")
    if _holds(found, "Complete") or _holds(found, "SuccessCriteriaMet") or _holds(found, "Suspended"):
        return CURRENT
    # kstatus is content with a Job that has started. Who deploys wants a migration to have ended well.
    return _waiting("has not ended yet")


def _claim(live: _Object) -> Health:
    phase = _text(_part(live, "status").get("phase"))
    if phase == "Bound":
        return CURRENT
    if phase == "Lost":
        return Health(Status.FAILED, "has lost its volume")
    # A claim may wait for its first consumer, which may come later: nobody should wait for that.
    return CURRENT if phase == "Pending" else _waiting("has no phase yet")


def _service(live: _Object) -> Health:
    spec = _part(live, "spec")
    if spec.get("type") == "LoadBalancer" and not _part(_part(live, "status"), "loadBalancer").get("ingress"):
        return _waiting("has no load balancer yet")
    return CURRENT


def _definition(live: _Object) -> Health:
    found = conditions(live)
    names, established = found.get("NamesAccepted"), found.get("Established")
    if names is not None and names.is_false:
        return Health(Status.FAILED, names.said)
    if established is None or not established.is_true:
        return _waiting((established.said if established else "") or "is not established yet")
    return CURRENT


def _namespace(live: _Object) -> Health:
    phase = _text(_part(live, "status").get("phase"))
    return CURRENT if phase in {"Active", ""} else Health(Status.TERMINATING, f"is {phase}")


def _disruption_budget(live: _Object) -> Health:
    return _first(("observedGeneration" not in _part(live, "status"), "its controller has not seen it yet"))


def _api_service(live: _Object) -> Health:
    available = conditions(live).get("Available")
    if available is not None and not available.is_true:
        return _waiting(available.said)
    return CURRENT


_RULES: Final[Mapping[tuple[str, str], Callable[[_Object], Health]]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("", "Pod"): _pod,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Service"): _service,
    ("", "Namespace"): _namespace,
    ("policy", "PodDisruptionBudget"): _disruption_budget,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("apiregistration.k8s.io", "APIService"): _api_service,
}


def _first(*checks: tuple[bool, str]) -> Health:
    return next((_waiting(message) for fails, message in checks if fails), CURRENT)


def _waiting(message: str) -> Health:
    return Health(Status.IN_PROGRESS, message)


def _holds(found: Mapping[str, Condition], name: str) -> bool:
    return name in found and found[name].is_true


def _wanted(live: _Object) -> int:
    replicas = _part(live, "spec").get("replicas")
    return replicas if isinstance(replicas, int) else 1


def _part(value: _Object, key: str) -> _Object:
    part = value.get(key)
    return part if isinstance(part, Mapping) else {}


def _number(value: _Object, key: str) -> int:
    number = value.get(key)
    return number if isinstance(number, int) else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
