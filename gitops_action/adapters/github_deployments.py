"""What deployments and drift ask of GitHub: deployments with their statuses, and one issue for each environment.

A write whose answer was lost is not sent again before what it left behind was looked for, as in `github`.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from gitops_action.adapters.github_http import ATTEMPTS, DEFAULT_API, Answer, Client, require
from gitops_action.deploy.history import DeploymentRecord
from gitops_action.errors import GitHubError, GitHubPermissionError, GitHubUnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gitops_action.model import JSONValue

ACTIONS_BOT: Final = "github-actions[bot]"
_PER_PAGE: Final = 100
_MOST_PAGES: Final = 10
_DESCRIPTION: Final = 140
_GONE: Final = 410
_CONFLICT: Final = 409
_FORBIDDEN: Final = 403


class Deployments:
    """Deployments and issues of one repository ("owner/name"), as seen by one token.

    `timeout` is for one request and `patience` for all waiting between repetitions, both in seconds. Methods raise
    GitHubPermissionError, GitHubUnavailableError or another GitHubError.
    """

    def __init__(  # noqa: PLR0913 - the last three only tests choose
        self,
        token: str,
        repository: str,
        api_url: str = DEFAULT_API,
        *,
        timeout: int = 30,
        patience: float = 90.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise UsageError(f"not a GitHub repository (owner/name): {repository!r}")
        self._here = f"/repos/{repository}"
        self._viewer = ""
        self._client = Client(token, api_url, timeout=timeout, patience=patience, sleep=sleep)

    @classmethod
    def from_environment(cls, token: str, api_url: str = "", repository: str = "") -> Self:
        """Open GitHub as the runner describes it: GITHUB_API_URL and GITHUB_REPOSITORY where nothing is given."""
        return cls(
            token.strip(),
            repository or os.environ.get("GITHUB_REPOSITORY", ""),
            api_url or os.environ.get("GITHUB_API_URL") or DEFAULT_API,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._client.close()

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
                _require(answer, what, "deployments: write")
                return _record(answer.value)
            self._client.rest(wait, attempt, answer, what)
        raise GitHubUnavailableError(f"cannot {what}: GitHub does not answer; run the job again")

    def set_state(
        self, number: int, state: str, *, description: str, log_url: str = "", environment_url: str = ""
    ) -> None:
        """Say what became of a deployment, unless that was said last already."""
        what = f"say that deployment {number} is {state}"
        path = f"{self._here}/deployments/{number}/statuses"
        short = description if len(description) <= _DESCRIPTION else f"{description[: _DESCRIPTION - 1]}…"
        newest = self._page(what, path, per_page=1)
        if newest and (newest[0]["state"], newest[0].get("description") or "") == (state, short):
            return
        body: dict[str, Any] = {"state": state, "description": short, "auto_inactive": True}
        body |= {"log_url": log_url} if log_url else {}
        body |= {"environment_url": environment_url} if environment_url else {}
        # Twice the same status is no harm.
        _require(self._repeated("POST", path, what, body), what, "deployments: write")

    def newest(self, environment: str, *, limit: int) -> list[DeploymentRecord]:
        """Return the newest deployments to an environment with what became of them, the newest first.

        Each needs a request of its own: GitHub tells states one by one.
        """
        return [self._with_state(one) for one in self._listed(environment, limit=limit)]

    def pull_request_of(self, sha: str) -> int | None:
        """Return the pull request that was merged as this commit, else the first that has it; None if there is none."""
        what = f"find the pull request of {sha[:12]}"
        answer = self._client.read("GET", f"{self._here}/commits/{sha}/pulls", what, per_page=_PER_PAGE)
        if answer.status in {404, 409, 422}:
            return None  # a commit that GitHub does not have
        require(answer, list, what)
        merged = [one["number"] for one in answer.value if one.get("merge_commit_sha") == sha and one.get("merged_at")]
        numbers = merged or [one["number"] for one in answer.value]
        return int(min(numbers)) if numbers else None

    def upsert_issue(self, marker: str, title: str, body: str, labels: Sequence[str]) -> str:
        """Make the one open issue of ours that begins with `marker` say this; return its address."""
        what = f"keep the issue `{title}`"
        text = f"{marker}\n{body}".rstrip()
        for attempt in range(ATTEMPTS):
            ours = self._issue(marker, labels, what)
            if ours is not None and (ours["title"], _normal(ours.get("body"))) == (title, _normal(text)):
                return str(ours["html_url"])
            if ours is None:
                asked = {"title": title, "body": text, "labels": [*labels]}
                answer = self._client.send("POST", f"{self._here}/issues", asked)
            else:
                answer = self._client.send(
                    "PATCH", f"{self._here}/issues/{int(ours['number'])}", {"title": title, "body": text}
                )
            wait = answer.wait(attempt, time.time())
            if wait is None:
                _require(answer, what, "issues: write")
                return str(answer.value["html_url"])
            self._client.rest(wait, attempt, answer, what)
        raise GitHubUnavailableError(f"cannot {what}: GitHub does not answer; run the job again")

    def close_issue(self, marker: str, labels: Sequence[str], comment: str) -> str:
        """Close the open issue of ours that begins with `marker`; return its address, "" if there is none."""
        what = "close the issue"
        ours = self._issue(marker, labels, what)
        if ours is None:
            return ""
        path = f"{self._here}/issues/{int(ours['number'])}"
        _require(
            self._repeated("PATCH", path, what, {"state": "closed", "state_reason": "completed"}), what, "issues: write"
        )
        # Told last: a comment that was lost is missed less than one that comes twice.
        self._client.send("POST", f"{path}/comments", {"body": comment})
        return str(ours["html_url"])

    def _issue(self, marker: str, labels: Sequence[str], what: str) -> dict[str, Any] | None:
        query = {"state": "open", "labels": ",".join(labels), "sort": "created", "direction": "asc"}
        for one in self._pages(what, f"{self._here}/issues", query, needs="issues: write"):
            if one.get("pull_request") or str(one.get("body") or "").partition("\n")[0].rstrip() != marker:
                continue
            # Anybody may write an issue that begins like that.
            if str((one.get("user") or {}).get("login") or "").casefold() == self._who_am_i().casefold():
                return one
        return None

    def _who_am_i(self) -> str:
        if not self._viewer:
            data = self._client.ask("query { viewer { login } }", "ask who the token is").get("data")
            viewer = data.get("viewer") if isinstance(data, dict) else None
            self._viewer = (viewer or {}).get("login") or ACTIONS_BOT
        return self._viewer

    def _listed(self, environment: str, sha: str = "", limit: int = _PER_PAGE) -> list[DeploymentRecord]:
        query = {"environment": environment, "task": "deploy"} | ({"sha": sha} if sha else {})
        found: list[DeploymentRecord] = []
        what = f"read the deployments to {environment}"
        for one in self._pages(what, f"{self._here}/deployments", query, size=min(limit, _PER_PAGE)):
            found.append(_record(one))
            if len(found) >= limit:
                break
        return found

    def _with_state(self, one: DeploymentRecord) -> DeploymentRecord:
        what = f"read the states of deployment {one.id}"
        statuses = self._page(what, f"{self._here}/deployments/{one.id}/statuses", per_page=_PER_PAGE)
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

    def _pages(
        self, what: str, path: str, query: Mapping[str, str], *, needs: str = "deployments: read", size: int = _PER_PAGE
    ) -> Iterator[dict[str, Any]]:
        for page in range(1, _MOST_PAGES + 1):
            answer = self._client.read("GET", path, what, per_page=size, page=page, **query)
            if answer.status != 200 or not isinstance(answer.value, list):  # noqa: PLR2004 - OK
                _require(answer, what, needs)
            yield from answer.value
            if 'rel="next"' not in answer.headers.get("link", ""):
                return

    def _page(self, what: str, path: str, **query: int | str) -> list[dict[str, Any]]:
        answer = self._client.read("GET", path, what, **query)
        require(answer, list, what)
        found: list[dict[str, Any]] = answer.value
        return found

    def _repeated(self, method: str, path: str, what: str, body: Any) -> Answer:
        """Send a write that comes to the same when it is sent twice."""
        for attempt in range(ATTEMPTS):
            answer = self._client.send(method, path, body)
            wait = answer.wait(attempt, time.time())
            if wait is None:
                break
            self._client.rest(wait, attempt, answer, what)
        return answer


def _require(answer: Answer, what: str, needs: str) -> None:
    """Raise unless it is a success; a refusal names the permission that is missing."""
    if answer.status == _FORBIDDEN and "not accessible" in answer.message:
        raise GitHubPermissionError(
            f"cannot {what}: the token may not do that ({answer.message}); give the job `permissions: {needs}`"
        )
    if answer.status == _GONE:
        raise GitHubError(f"cannot {what}: issues are switched off for this repository ({answer.message})")
    if answer.status == _CONFLICT:
        raise GitHubError(f"cannot {what}: GitHub says {answer.message}")
    require(answer, (dict, list), what)


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


def _normal(text: Any) -> str:
    return str(text or "").replace("\r\n", "\n").rstrip()
