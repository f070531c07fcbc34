"""What `drift` asks of GitHub: one issue for each environment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from gitops_action.adapters.github_http import ATTEMPTS, require
from gitops_action.adapters.github_repository import GitHubRepository, first_line, login_of, normal
from gitops_action.errors import GitHubUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_PAGES: Final = 10
_NEEDS: Final = "issues: write"


class Issues(GitHubRepository):
    """Issues of one repository, as seen by one token."""

    def upsert_issue(self, marker: str, title: str, body: str, labels: Sequence[str]) -> str:
        """Make the one open issue of ours that begins with `marker` say this; return its address."""
        what = f"keep the issue `{title}`"
        text = f"{marker}\n{body}".rstrip()
        for attempt in range(ATTEMPTS):
            ours = self._issue(marker, labels, what)
            if ours is not None and (ours["title"], normal(ours.get("body"))) == (title, normal(text)):
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
                require(answer, (dict, list), what, _NEEDS)
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
        self._repeated("PATCH", path, what, {"state": "closed", "state_reason": "completed"}, _NEEDS)
        # Told last: a comment that was lost is missed less than one that comes twice.
        self._client.send("POST", f"{path}/comments", {"body": comment})
        return str(ours["html_url"])

    def _issue(self, marker: str, labels: Sequence[str], what: str) -> dict[str, Any] | None:
        query = {"state": "open", "labels": ",".join(labels), "sort": "created", "direction": "asc"}
        for one in self._pages(what, f"{self._here}/issues", query, most=_MOST_PAGES, needs=_NEEDS):
            if one.get("pull_request") or first_line(one.get("body")) != marker:
                continue
            # Anybody may write an issue that begins like that.
            if login_of(one).casefold() == self._who_am_i().casefold():
                return one
        return None
