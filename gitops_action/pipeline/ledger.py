"""Tells GitHub how a deployment goes: a Deployment with its statuses, and a status of the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.deploy.result import Result
from gitops_action.errors import GitHubError, GitHubUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.adapters.github_deployments import Deployments
    from gitops_action.adapters.github_pulls import Pulls
    from gitops_action.deploy.result import Outcome
    from gitops_action.model import JSONValue

_STATES: Final = {
    Result.SUCCESS: ("success", "success"),
    Result.SUPERSEDED: ("inactive", "success"),
    Result.FAILURE: ("failure", "failure"),
    Result.INTERRUPTED: ("error", "error"),
    Result.ERROR: ("error", "error"),
}
_UNFINISHED: Final = frozenset({"", "queued", "in_progress", "pending"})
_LOOKED_BACK: Final = 10


class Ledger:
    """The record of one deployment on GitHub. Methods raise nothing once it has begun: what GitHub refuses is noted."""

    def __init__(
        self, hub: tuple[Deployments, Pulls], what: tuple[str, str], run: str, tell: Callable[[str], None]
    ) -> None:
        """Take GitHub, the environment and the commit, and the address of the job's log."""
        self._hub, self._pulls = hub
        self._environment, self._commit = what
        self._run = run
        self._tell = tell
        self._said = ""
        self.id: int | None = None
        self.pull_request: int | None = None

    def begin(self, payload: Mapping[str, JSONValue], *, production: bool) -> None:
        """Say that a deployment waits for its turn.

        Raises GitHubError where the token may not; where GitHub does not answer at all, the deployment goes on without.
        """
        try:
            self.pull_request = self._hub.pull_request_of(self._commit)
            about = {**payload, **({"pull_request": self.pull_request} if self.pull_request else {})}
            made = self._hub.create(
                self._commit, self._environment, description="gitops-action", payload=about, production=production
            )
            self.id = made.id
        except GitHubUnavailableError as error:
            self._tell(f"GitHub does not learn of this deployment: {error}")
        self._state("queued", "pending", "waits for its turn")
        if self.id is not None:
            self._settle_others(self.id, payload)

    def progress(self) -> None:
        """Say that it is under way."""
        self._state("in_progress", "pending", "is being deployed")

    def end(self, outcome: Outcome) -> None:
        """Say how it ended, whatever that is: no deployment is left under way."""
        deployment, status = _STATES[outcome.result]
        self._state(deployment, status, outcome.message or f"deployed to {self._environment}")

    def _state(self, deployment: str, status: str, description: str) -> None:
        if self._said == deployment:
            return
        try:
            if self.id is not None:
                self._hub.set_state(self.id, deployment, description=description, log_url=self._run)
            self._pulls.set_status(self._commit, f"gitops/{self._environment}", status, description, self._run)
            self._said = deployment
        except GitHubError as error:
            self._tell(f"GitHub was not told that the deployment is `{deployment}`: {error}")

    def _settle_others(self, mine: int, payload: Mapping[str, JSONValue]) -> None:
        """End what earlier runs left under way when they were killed: those of ours whose time is long over."""
        now = str(payload.get("started_at") or "")
        try:
            for other in self._hub.newest(self._environment, limit=_LOOKED_BACK):
                until = str(other.payload.get("deadline") or "")
                if other.id != mine and other.state in _UNFINISHED and until and until < now:
                    self._hub.set_state(other.id, "error", description="ended without saying how")
        except GitHubError as error:
            self._tell(f"what earlier deployments left is not ended: {error}")
