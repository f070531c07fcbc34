"""What GitHub remembers of deployments, as plain values."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import JSONValue


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """One deployment. `state` is that of its newest status ("" if it has none), told at `state_at` (ISO 8601).

    `healthy_at` is when it first succeeded, "" if it never did. `payload` is what its maker wrote down with it.
    """

    id: int
    sha: str
    environment: str
    created_at: str
    state: str = ""
    state_at: str = ""
    description: str = ""
    log_url: str = ""
    payload: Mapping[str, JSONValue] = field(default_factory=dict)
    creator: str = ""
    healthy_at: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A deployment with the first line of its commit's message, "" where the clone does not have the commit."""

    deployment: DeploymentRecord
    subject: str = ""

    @property
    def actor(self) -> str:
        """Who wanted it: who asked for it if that was written down, else whose token made it."""
        said = self.deployment.payload.get("actor")
        return said if isinstance(said, str) and said else self.deployment.creator

    @property
    def pull_request(self) -> int | None:
        """The pull request that it came from, where that was written down."""
        said = self.deployment.payload.get("pull_request")
        return said if isinstance(said, int) else None

    @property
    def result(self) -> str:
        """How it ended: what was healthy once is a success, also after a later one has taken its place."""
        state = self.deployment.state
        return "success" if state == "inactive" and self.deployment.healthy_at else state or "pending"
