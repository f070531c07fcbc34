"""What `deploy` asks of GitHub: deployments, and what became of them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.adapters.github_http import ATTEMPTS, require
from gitops_action.adapters.github_repository import PER_PAGE, GitHubRepository, shortened
from gitops_action.deploy.history import DeploymentRecord
from gitops_action.errors import GitHubUnavailableError

if TYPE_CHECKING:
    from gitops_action.model import JSONValue

_MOST_PAGES: Final = 10
_DESCRIPTION: Final = 140


class Deployments(GitHubRepository):
    """Deployments of one repository, as seen by one token."""

    def create(
        self, sha: str, environment: str, *, description: str, payload: Mapping[str, JSONValue], production: bool
    ) -> DeploymentRecord:
        """Make a deployment of a commit. `payload["run"]` tells it from all others, so that it is never made twice."""
        what = f"make a deployment to {environment}"
        body = {
            "ref": sha,
            "environment": environment,
            "task": "deploy",
            "description": description[:_DESCRIPTION],
            "payload": dict(payload),
            # It is deployed as it is: what had to be checked was checked before the merge.
            "auto_merge": False,
            "required_contexts": [],
            "production_environment": production,
        }
        for attempt in range(ATTEMPTS):
            if attempt:
                present = [
                    one for one in self._listed(environment, sha) if one.payload.get("run") == payload.get("run")
                ]
                if present:
                    return present[0]
            answer = self._client.send("POST", f"{self._here}/deployments", body)
            wait = answer.wait(attempt, time.time())
            if wait is None:
                require(answer, (dict, list), what, "deployments: write")
                return _record(answer.value)
            self._client.rest(wait, attempt, answer, what)
        raise GitHubUnavailableError(f"cannot {what}: GitHub does not answer; run the job again")

    def set_state(
        self, number: int, state: str, *, description: str, log_url: str = "", environment_url: str = ""
    ) -> None:
        """Say what became of a deployment, unless that was said last already."""
        what = f"say that deployment {number} is {state}"
        path = f"{self._here}/deployments/{number}/statuses"
        short = shortened(description)
        newest = self._list(what, path, per_page=1)
        if newest and (newest[0]["state"], newest[0].get("description") or "") == (state, short):
            return
        body: dict[str, Any] = {"state": state, "description": short, "auto_inactive": True}
        body |= {"log_url": log_url} if log_url else {}
        body |= {"environment_url": environment_url} if environment_url else {}
        # Twice the same status is no harm.
        self._repeated("POST", path, what, body, needs="deployments: write")

    def newest(self, environment: str, *, limit: int) -> list[DeploymentRecord]:
        """Return the newest deployments to an environment with what became of them, the newest first.

        Each needs a request of its own: GitHub tells states one by one.
        """
        return [self._with_state(one) for one in self._listed(environment, limit=limit)]

    def pull_request_of(self, sha: str) -> int | None:
        """Return the pull request that was merged as this commit, else the first that has it; None if there is none."""
        what = f"find the pull request of {sha[:12]}"
        answer = self._client.read("GET", f"{self._here}/commits/{sha}/pulls", what, per_page=PER_PAGE)
        if answer.status in {404, 409, 422}:
            return None  # a commit that GitHub does not have
        require(answer, list, what)
        merged = [one["number"] for one in answer.value if one.get("merge_commit_sha") == sha and one.get("merged_at")]
        numbers = merged or [one["number"] for one in answer.value]
        return int(min(numbers)) if numbers else None

    def _listed(self, environment: str, sha: str = "", limit: int = PER_PAGE) -> list[DeploymentRecord]:
        what, path = f"read the deployments to {environment}", f"{self._here}/deployments"
        query: dict[str, int | str] = {"environment": environment, "task": "deploy", "per_page": min(limit, PER_PAGE)}
        if sha:
            query["sha"] = sha
        found: list[DeploymentRecord] = []
        for one in self._pages(what, path, query, most=_MOST_PAGES, needs="deployments: read"):
            found.append(_record(one))
            if len(found) >= limit:
                break
        return found

    def _with_state(self, one: DeploymentRecord) -> DeploymentRecord:
        what = f"read the states of deployment {one.id}"
        statuses = self._list(what, f"{self._here}/deployments/{one.id}/statuses", per_page=PER_PAGE)
        if not statuses:
            return one
        newest = statuses[0]
        # GitHub's own word that another took its place says nothing about this one.
        telling = next((it for it in statuses if it["state"] != "inactive"), newest)
        healthy = [str(it["created_at"]) for it in statuses if it["state"] == "success"]
        return DeploymentRecord(
            one.id, one.sha, one.environment, one.created_at, str(newest["state"]), str(telling["created_at"]),
            str(telling.get("description") or ""), str(telling.get("log_url") or ""), one.payload, one.creator,
            min(healthy, default=""),
        )  # fmt: skip


def _record(found: dict[str, Any]) -> DeploymentRecord:
    payload = found.get("payload")
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except ValueError:
            payload = {}
    return DeploymentRecord(
        int(found["id"]),
        str(found["sha"]),
        str(found["environment"]),
        str(found["created_at"]),
        payload=payload if isinstance(payload, Mapping) else {},
        creator=str((found.get("creator") or {}).get("login") or ""),
    )
