"""Whether a live object has become what it was asked to be, by the rules of kstatus.

https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md: conditions `Reconciling` and `Stalled`, the
observed generation, and rules for the kinds of Kubernetes that do not have these conditions.
"""

from __future__ import annotations

from gitops_action.deploy.conditions import Object, conditions
from gitops_action.deploy.health_rules import RULES
from gitops_action.deploy.health_status import CURRENT, Health, Status, in_progress
from gitops_action.parts import part, text

__all__ = ["CURRENT", "Health", "Status", "health_of", "vanishes"]


def health_of(live: Object | None) -> Health:
    """Return the health of a live object; None is one that is not there."""
    if live is None:
        return Health(Status.NOT_FOUND, "is not in the cluster")
    if text(part(live, "metadata").get("deletionTimestamp")):
        return Health(Status.TERMINATING, "is being deleted")
    return _generic(live) or _of_kind(live)


def vanishes(value: Object) -> bool:
    """Whether an object deletes itself once it has ended, so that its absence says nothing bad: a Job with a time to live."""
    is_job = value.get("kind") == "Job" and text(value.get("apiVersion")).startswith("batch/")
    return is_job and part(value, "spec").get("ttlSecondsAfterFinished") is not None


def _generic(live: Object) -> Health | None:
    """Judge what holds for every kind; None where that says nothing."""
    generation, observed = (
        part(live, "metadata").get("generation"),
        part(live, "status").get("observedGeneration"),
    )
    if isinstance(generation, int) and isinstance(observed, int) and observed < generation:
        return in_progress("its controller has not seen this version yet")
    found = conditions(live)
    stalled = found.get("Stalled")
    if stalled is not None and stalled.is_true:
        return Health(Status.FAILED, stalled.said)
    reconciling = found.get("Reconciling")
    if reconciling is not None and reconciling.is_true:
        return in_progress(reconciling.said)
    return None


def _of_kind(live: Object) -> Health:
    group = text(live.get("apiVersion")).rpartition("/")[0]
    rule = RULES.get((group, text(live.get("kind"))))
    return rule(live) if rule else _by_ready(live)


def _by_ready(live: Object) -> Health:
    """Judge a kind without a rule of its own: `Ready`, where it says it at all."""
    ready = conditions(live).get("Ready")
    if ready is None or ready.is_true:
        return CURRENT
    return in_progress(ready.said or "is not ready")
