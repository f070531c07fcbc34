"""Rules of kstatus for the kinds of Kubernetes that do not have its conditions.

https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/status/core.go has them. For a Job and for a claim that
waits for its first consumer ours differ, and say why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.deploy.conditions import Condition, Object, conditions
from gitops_action.deploy.health_status import CURRENT, Health, Status, in_progress
from gitops_action.parts import mappings, part, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _deployment(live: Object) -> Health:
    status, wanted = part(live, "status"), _wanted(live)
    found = conditions(live)
    progressing = found.get("Progressing")
    if progressing is not None and progressing.reason == "ProgressDeadlineExceeded":
        return Health(Status.FAILED, progressing.said)
    if "observedGeneration" not in status:
        return in_progress("its controller has not seen it yet")
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


def _replica_set(live: Object) -> Health:
    status, wanted = part(live, "status"), _wanted(live)
    failure = conditions(live).get("ReplicaFailure")
    if failure is not None and failure.is_true:
        return in_progress(failure.said)
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


def _stateful_set(live: Object) -> Health:
    spec, status, wanted = part(live, "spec"), part(live, "status"), _wanted(live)
    strategy = part(spec, "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return CURRENT
    partition = part(strategy, "rollingUpdate").get("partition")
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


def _daemon_set(live: Object) -> Health:
    status = part(live, "status")
    wanted = _number(status, "desiredNumberScheduled")
    updated, available = _number(status, "updatedNumberScheduled"), _number(status, "numberAvailable")
    return _first(
        ("observedGeneration" not in status, "its controller has not seen it yet"),
        (_number(status, "currentNumberScheduled") < wanted, f"not all {wanted} Pods are scheduled"),
        (updated < wanted, f"{updated} of {wanted} Pods are updated"),
        (available < wanted, f"{available} of {wanted} Pods are available"),
        (_number(status, "numberReady") < wanted, f"{_number(status, 'numberReady')} of {wanted} Pods are ready"),
    )


def _pod(live: Object) -> Health:
    phase = text(part(live, "status").get("phase"))
    found = conditions(live)
    if phase == "Succeeded" or (phase == "Running" and _holds(found, "Ready")):
        return CURRENT
    reason = waiting_reason(live)
    if phase == "Failed" or reason.startswith("CrashLoopBackOff"):
        return Health(Status.FAILED, reason or text(part(live, "status").get("message")) or "has failed")
    scheduled = found.get("PodScheduled")
    if scheduled is not None and scheduled.is_false:
        return in_progress(scheduled.said)
    return in_progress(reason or f"is {phase or 'not started'}, and not ready")


def waiting_reason(pod: Object) -> str:
    """Return why a container of a Pod does not run, such as `ImagePullBackOff: …`; "" if all do."""
    status = part(pod, "status")
    for key in ("initContainerStatuses", "containerStatuses"):
        for one in mappings(status, key):
            waiting = part(part(one, "state"), "waiting")
            reason = text(waiting.get("reason"))
            if reason and reason not in {"ContainerCreating", "PodInitializing"}:
                return ": ".join(filter(None, (reason, text(waiting.get("message")))))
    return ""


def _job(live: Object) -> Health:
    found = conditions(live)
    failed = found.get("Failed") or found.get("FailureTarget")
    if failed is not None and failed.is_true:
        return Health(Status.FAILED, failed.said or "has failed")
    if _holds(found, "Complete") or _holds(found, "SuccessCriteriaMet") or _holds(found, "Suspended"):
        return CURRENT
    # kstatus is content with a Job that has started. Who deploys wants a migration to have ended well.
    return in_progress("has not ended yet")


def _claim(live: Object) -> Health:
    phase = text(part(live, "status").get("phase"))
    if phase == "Bound":
        return CURRENT
    if phase == "Lost":
        return Health(Status.FAILED, "has lost its volume")
    # A claim may wait for its first consumer, which may come later: nobody should wait for that.
    return CURRENT if phase == "Pending" else in_progress("has no phase yet")


def _service(live: Object) -> Health:
    spec = part(live, "spec")
    if spec.get("type") == "LoadBalancer" and not part(part(live, "status"), "loadBalancer").get("ingress"):
        return in_progress("has no load balancer yet")
    return CURRENT


def _definition(live: Object) -> Health:
    found = conditions(live)
    names, established = found.get("NamesAccepted"), found.get("Established")
    if names is not None and names.is_false:
        return Health(Status.FAILED, names.said)
    if established is None or not established.is_true:
        return in_progress((established.said if established else "") or "is not established yet")
    return CURRENT


def _namespace(live: Object) -> Health:
    phase = text(part(live, "status").get("phase"))
    return CURRENT if phase in {"Active", ""} else Health(Status.TERMINATING, f"is {phase}")


def _disruption_budget(live: Object) -> Health:
    return _first(("observedGeneration" not in part(live, "status"), "its controller has not seen it yet"))


def _api_service(live: Object) -> Health:
    available = conditions(live).get("Available")
    if available is not None and not available.is_true:
        return in_progress(available.said)
    return CURRENT


RULES: Final[Mapping[tuple[str, str], Callable[[Object], Health]]] = {
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
    return next((in_progress(message) for fails, message in checks if fails), CURRENT)


def _holds(found: Mapping[str, Condition], name: str) -> bool:
    return name in found and found[name].is_true


def _wanted(live: Object) -> int:
    replicas = part(live, "spec").get("replicas")
    return replicas if isinstance(replicas, int) else 1


def _number(value: Object, key: str) -> int:
    number = value.get(key)
    return number if isinstance(number, int) else 0
