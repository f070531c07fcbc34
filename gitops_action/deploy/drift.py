"""Drift: what differs between a cluster and what was deployed there, although nobody changed Git."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gitops_action.model import Change, Outcome
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitops_action.deploy.result import Deployed
    from gitops_action.model import ResourceId


class Kind(StrEnum):
    """How an object has drifted."""

    CHANGED = "changed"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Drifted:
    """One object that is not as it was deployed, in the fields `paths`. `diff` goes from the cluster to Git, redacted."""

    resource: ResourceId
    kind: Kind
    file: str = ""
    message: str = ""
    paths: tuple[str, ...] = ()
    diff: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at one environment found. `skipped` says why nobody looked, "" if somebody did.

    `commit` is what the cluster was compared with; `behind` the one that Git has by now, "" if it is the same. `held` says
    why nothing was healed although that was asked for.
    """

    environment: str
    commit: str = ""
    objects: int = 0
    drifted: Sequence[Drifted] = ()
    undeclared: Sequence[ResourceId] = ()
    skipped: str = ""
    behind: str = ""
    healed: Sequence[Deployed] = ()
    held: str = ""
    issue: str = ""
    notes: Sequence[str] = ()

    @property
    def found(self) -> list[Drifted]:
        """What has drifted for certain."""
        return [one for one in self.drifted if one.kind is not Kind.UNKNOWN]

    @property
    def unknown(self) -> list[Drifted]:
        """What could not be looked at."""
        return [one for one in self.drifted if one.kind is Kind.UNKNOWN]

    @property
    def left(self) -> list[Drifted]:
        """What has drifted and was not healed."""
        good = {one.resource.key for one in self.healed if not one.is_bad}
        return [one for one in self.found if one.resource.key not in good]


_UNKNOWN: Final = frozenset(
    {Outcome.FORBIDDEN, Outcome.UNKNOWN, Outcome.WEBHOOK_BLOCKED, Outcome.UNVALIDATED, Outcome.CONFLICT}
)


def of_change(change: Change) -> Drifted | None:
    """Return what a comparison of the same manifest with itself says of the cluster; None for an object that is as it should be."""
    which, file = change.resource, change.file
    if change.outcome is Outcome.CREATE:
        return Drifted(which, Kind.MISSING, file, "is not in the cluster")
    if change.drift or change.drift_diff:
        paths = tuple(one.path for one in change.drift)
        return Drifted(which, Kind.CHANGED, file, "", paths, _headed(change.drift_diff))
    if change.outcome is Outcome.REPLACE:
        return Drifted(which, Kind.CHANGED, file, change.message)
    if change.outcome is Outcome.ERROR and ("has no kind" in change.message or "has no namespace" in change.message):
        return Drifted(which, Kind.MISSING, file, change.message)
    if change.outcome in _UNKNOWN or change.outcome is Outcome.ERROR:
        return Drifted(which, Kind.UNKNOWN, file, change.message)
    return None


def _headed(diff: str) -> str:
    """Say in the head of a difference what its two sides are."""
    lines = diff.split("\n")
    return "\n".join(["--- cluster", "+++ Git", *lines[2:]]) if lines[0].startswith("--- ") else diff


def confirmed(first: Iterable[Drifted], second: Iterable[Drifted]) -> list[Drifted]:
    """Return what both looks found: of an object that differs, only fields that differ both times; as the second one saw it.

    What passes by itself, such as a rollout in between, is no drift. What nobody can tell stays unknown.
    """
    before = {one.resource.key: one for one in first}
    found = []
    for one in second:
        earlier = before.get(one.resource.key)
        if one.kind is Kind.UNKNOWN or (earlier is not None and earlier.kind is Kind.UNKNOWN):
            found.append(replace(one, kind=Kind.UNKNOWN))
        elif earlier is not None and one.kind is earlier.kind:
            paths = tuple(path for path in one.paths if path in earlier.paths)
            if paths or not one.paths:
                found.append(replace(one, paths=paths))
    return found
