"""What GitHub knows of commits, and what promotions go by: statuses, checks, deployments."""

from __future__ import annotations

from typing import Any, Final

from gitops_action.adapters.github_repository import PER_PAGE, GitHubRepository, shortened
from gitops_action.promote.pulls import Deployment

_GOOD: Final = frozenset({"success", "neutral", "skipped"})


class Commits(GitHubRepository):
    """What one repository knows of its commits, as seen by one token."""

    def set_status(self, sha: str, context: str, state: str, description: str, target_url: str = "") -> None:
        """Set a commit's status, unless it is so already."""
        short = shortened(description)
        present = next((one for one in self._statuses(sha) if one["context"] == context), None)
        if present is not None and (present["state"], present.get("description") or "") == (state, short):
            return
        body = {"state": state, "context": context, "description": short} | (
            {"target_url": target_url} if target_url else {}
        )
        self._repeated("POST", f"{self._here}/statuses/{sha}", f"set the status of {sha[:12]}", body)

    def states(self, commit: str) -> dict[str, str]:
        """Return the state of each status and each check run of a commit, by context or name."""
        found = {str(one["context"]): str(one["state"]) for one in self._statuses(commit)}
        what = f"read the checks of {commit[:12]}"
        answer = self._read(what, f"{self._here}/commits/{commit}/check-runs", per_page=PER_PAGE)
        for run in answer.get("check_runs", ()):
            over = run.get("status") == "completed"
            result = str(run.get("conclusion") or "") if over else "pending"
            found[str(run["name"])] = "success" if result in _GOOD else result
        return found

    def deployments(self, environment: str, *, limit: int = 30) -> list[Deployment]:
        """Return the newest deployments to an environment with the state of each, the newest first."""
        what = f"read the deployments to {environment}"
        path = f"{self._here}/deployments"
        listed = self._list(what, path, environment=environment, per_page=limit)
        return [self._deployment(one, what) for one in listed]

    def _deployment(self, found: dict[str, Any], what: str) -> Deployment:
        number = int(found["id"])
        statuses = self._list(what, f"{self._here}/deployments/{number}/statuses", per_page=PER_PAGE)
        newest = statuses[0] if statuses else {}
        healthy = [str(one.get("created_at") or "") for one in statuses if one.get("state") == "success"]
        return Deployment(
            number,
            str(found["sha"]),
            str(found["environment"]),
            str(found["created_at"]),
            str(newest.get("state") or ""),
            str(newest.get("created_at") or ""),
            min(healthy, default=""),
        )

    def _statuses(self, sha: str) -> list[dict[str, Any]]:
        """Return the newest status of each context."""
        what = f"read the statuses of {sha[:12]}"
        answer = self._read(what, f"{self._here}/commits/{sha}/status", per_page=PER_PAGE)
        return list(answer.get("statuses", ()))
