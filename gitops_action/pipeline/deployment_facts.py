"""What gates ask for: since when an environment is healthy with a commit, and what its statuses and checks say."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from gitops_action.errors import GitOpsError

if TYPE_CHECKING:
    from gitops_action.adapters.git import Repository
    from gitops_action.adapters.github_pulls import Pulls

# Deployments that are older than so many others say nothing here.
_FEW: Final = 30


class DeploymentFacts:
    """What GitHub knows of deployments and statuses, asked once each."""

    def __init__(self, hub: Pulls, repository: Repository) -> None:
        self._hub = hub
        self._repository = repository
        self._healthy: dict[str, list[tuple[str, datetime]]] = {}

    def healthy_since(self, environment: str, commit: str) -> datetime | None:
        """Return when the first healthy deployment with this commit in it succeeded, of the newest ones."""
        if environment not in self._healthy:
            found = self._hub.deployments(environment, limit=_FEW)
            self._healthy[environment] = [
                (one.sha, datetime.fromisoformat(one.healthy_at)) for one in found if one.healthy_at
            ]
        since = [when for sha, when in self._healthy[environment] if self._contains(sha, commit)]
        return min(since, default=None)

    def states(self, commit: str) -> dict[str, str]:
        """Return the states of a commit's statuses and checks."""
        return self._hub.states(commit)

    def _contains(self, sha: str, commit: str) -> bool:
        try:
            return sha == commit or self._repository.merge_base(sha, commit) == commit
        except GitOpsError:
            return False  # a commit that this clone does not have says nothing
