"""The audit record of a deployment: who deployed what, when, from which commit and pull request, with what result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from gitops_action.deploy.result import Outcome, Result


@dataclass(frozen=True, slots=True)
class Record:
    """One deployment. Times are in UTC; texts are "" and numbers None where something is not known.

    `run` is the address of the job's log, `deployment` the id of GitHub's own record of it.
    """

    environment: str
    via: str
    commit: str
    outcome: Outcome
    started_at: datetime
    finished_at: datetime
    actor: str = ""
    repository: str = ""
    pull_request: int | None = None
    run: str = ""
    deployment: int | None = None

    @property
    def result(self) -> Result:
        """How it ended."""
        return self.outcome.result

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.finished_at - self.started_at).total_seconds()
