"""What a deployment did, object by object, and how it ended."""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitops_action.deploy.health_status import Health
    from gitops_action.model import Change, ResourceId


class Via(StrEnum):
    """Who writes to the cluster."""

    APPLY = "apply"
    FLUX = "flux"


class Action(StrEnum):
    """What became of an object, in the words of Flux's library for server-side apply.

    https://github.com/fluxcd/pkg/blob/main/ssa/changeset.go
    """

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    SKIPPED = "skipped"
    FAILED = "failed"
    WAITING = "waiting"
    READY = "ready"


class Result(StrEnum):
    """How a deployment ended.

    `SUPERSEDED`: a newer commit that contains this one was deployed already, so that nothing was to do.
    """

    SUCCESS = "success"
    FAILURE = "failure"
    SUPERSEDED = "superseded"
    INTERRUPTED = "interrupted"
    ERROR = "error"
    PLANNED = "planned"

    @property
    def is_good(self) -> bool:
        """Whether the cluster has what was asked for, or nobody asked for more than a plan."""
        return self in {Result.SUCCESS, Result.SUPERSEDED, Result.PLANNED}

    @property
    def exit_code(self) -> int:
        """What a job ends with."""
        return {Result.FAILURE: 1, Result.ERROR: 3, Result.INTERRUPTED: 130}.get(self, 0)


@dataclass(frozen=True, slots=True)
class Deployed:
    """One object of a deployment. `health` is None where nobody looked; `events` are its last ones, each in one line."""

    resource: ResourceId
    action: Action
    message: str = ""
    file: str = ""
    health: Health | None = None
    events: Sequence[str] = ()

    def scrubbed(self, scrub: Callable[[str], str]) -> Deployed:
        """Return it with its texts scrubbed."""
        if not self.message and not self.events and (self.health is None or not self.health.message):
            return self
        health = self.health and replace(self.health, message=scrub(self.health.message))
        return replace(self, message=scrub(self.message), health=health, events=tuple(map(scrub, self.events)))

    @property
    def is_bad(self) -> bool:
        """Whether it keeps the deployment from being a success."""
        return self.action in {Action.FAILED, Action.WAITING} or (
            self.health is not None and not self.health.is_current
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a deployment ended: `message` says it in one line, `changes` what its dry run found.

    `previous` is the commit that was deployed before, "" if not known; `seconds` how long each step took; `notes` what
    could not be asked or looked at.
    """

    result: Result
    message: str = ""
    objects: Sequence[Deployed] = ()
    changes: Sequence[Change] = ()
    previous: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def scrubbed(self, scrub: Callable[[str], str]) -> Outcome:
        """Return it with every text of the cluster's in it scrubbed: a server repeats what it refuses, values of Secrets too."""
        return replace(
            self,
            message=scrub(self.message),
            objects=[one.scrubbed(scrub) for one in self.objects],
            changes=[replace(one, message=scrub(one.message)) if one.message else one for one in self.changes],
            notes=[scrub(note) for note in self.notes],
        )

    @property
    def bad(self) -> list[Deployed]:
        """The objects that keep it from being a success."""
        return [one for one in self.objects if one.is_bad]


def first_of(failed: Sequence[Deployed], what: str) -> str:
    """Return what became of the first of some objects, and how many more there are."""
    more = f"; and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"{failed[0].resource} {what}: {failed[0].message}{more}"
