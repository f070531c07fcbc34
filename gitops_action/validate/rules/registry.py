"""Which rules hold for which kind. Modules are imported when the first object of a kind comes along."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules.check import UNKNOWN, Check, KindFacts
from gitops_action.validate.rules.lists import twice
from gitops_action.validate.rules.metadata import object_meta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.validate.problems import Problem
    from gitops_action.validate.rules.check import Rule

# (group, kind) → "module:function" for every version of the kind that has the rule's fields.
RULES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "Pod"): ("pods:pod",),
    ("", "PodTemplate"): ("pods:pod_template",),
    ("", "ReplicationController"): ("workloads:replication_controller",),
    ("apps", "DaemonSet"): ("workloads:daemon_set",),
    ("apps", "Deployment"): ("workloads:deployment",),
    ("apps", "ReplicaSet"): ("workloads:replica_set",),
    ("apps", "StatefulSet"): ("workloads:stateful_set",),
    ("batch", "CronJob"): ("batch:cron_job",),
    ("batch", "Job"): ("batch:job",),
}


def judge(value: Mapping[str, Any], minor: int, *, secret: bool, kind: KindFacts = UNKNOWN) -> list[Problem]:
    """Return what the server's own validation would say of an object; see `check` for what `value` must be.

    A custom resource has its defaults filled in.
    """
    check = Check(minor, secret, kind)
    object_meta(check, value)
    if kind.built_in:
        group = str(value.get("apiVersion", "")).rpartition("/")[0]
        for rule in _rules(group, str(value.get("kind", ""))):
            rule(check, value, ())
    if kind.keyed is not None:
        twice(check, value, kind.keyed)
    return check.problems


@cache
def _rules(group: str, kind: str) -> tuple[Rule, ...]:
    return tuple(_load(name) for name in RULES.get((group, kind), ()))


def _load(name: str) -> Rule:
    module, _, function = name.partition(":")
    rule: Rule = getattr(import_module(f"{__package__}.{module}"), function)
    return rule
