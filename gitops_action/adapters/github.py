"""What a check asks of GitHub: the sticky comment, which pull request a commit belongs to, what other jobs uploaded."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from gitops_action.adapters.github_http import ATTEMPTS, require
from gitops_action.adapters.github_repository import PER_PAGE, GitHubRepository, first_line, login_of, normal
from gitops_action.errors import GitHubError, GitHubUnavailableError, UsageError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

_PAGES: Final = 100
_NOT_FOUND: Final = 404
_UNMINIMIZE: Final = (
    "mutation($id: ID!) { unminimizeComment(input: {subjectId: $id}) { unminimizedComment { isMinimized } } }"
)


class CommentAction(StrEnum):
    """What became of the comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class CommentResult:
    """What was done, and where the comment is ("" if there is none).

    `author` is the login that GitHub shows as the comment's author: where it is not the one that was looked for, the
    next run will not find this comment again, and the user should be told.
    """

    action: CommentAction
    url: str = ""
    author: str = ""


class GitHub(GitHubRepository):
    """The comments, the pull requests of a commit and the artifacts of one repository, as seen by one token."""

    def upsert_comment(  # noqa: PLR0913 - what there is to say, and when it is not
        self,
        pr: int,
        marker: str,
        body: str | None,
        author: str | None = None,
        *,
        create: bool = True,
        head_sha: str = "",
    ) -> CommentResult:
        """Make the pull request's one comment of ours say `body`.

        Ours is the oldest comment whose first line is `marker` (put there if `body` lacks it) and whose author is
        `author`, or else whoever the token speaks for. Nothing is written if it says so already, if `body` is None, or
        if there is no such comment and not `create`. If `head_sha` is no longer the pull request's head, nothing is written
        either: a run that took longer must not overwrite what a newer one found. A comment that somebody has minimized
        shows again once it says something new. Raises CommentTooLongError where GitHub finds the body too long.
        """
        if body is None:
            return CommentResult(CommentAction.SKIPPED)
        text = body if first_line(body) == marker else f"{marker}\n{body}"
        text = text.encode(errors="replace").decode()  # half a surrogate pair is no JSON to GitHub
        done = CommentAction.UNCHANGED
        for attempt in range(ATTEMPTS):
            ours = self._own_comment(pr, marker, author)
            if ours is None and not create:
                return CommentResult(CommentAction.SKIPPED)
            if ours is not None and normal(ours.get("body")) == normal(text):
                return _result(done, ours)
            if head_sha and not attempt and self._head_of(pr) != head_sha:
                return CommentResult(CommentAction.OUTDATED)
            action = CommentAction.CREATED if ours is None else CommentAction.UPDATED
            if ours is None:
                answer = self._client.send("POST", f"{self._issues}/{pr}/comments", body={"body": text})
            else:
                answer = self._client.send("PATCH", f"{self._issues}/comments/{int(ours['id'])}", body={"body": text})
            wait = answer.wait(attempt, time.time())
            if wait is not None:
                self._client.rest(wait, attempt, answer, f"comment on pull request {pr}")
                done = action if answer.lost else done
            elif ours is None or answer.status != _NOT_FOUND:
                require(answer, dict, f"comment on pull request {pr}")
                if ours is not None and ours.get("minimized"):
                    self._show(str(ours.get("node_id") or ""))
                return _result(action, answer.value)
            # Otherwise someone deleted the comment just now: look again.
        raise GitHubUnavailableError(
            f"cannot comment on pull request {pr}: its comments vanish while they are edited; run the job again"
        )

    def find_pull_requests(self, head_sha: str, branch: str) -> list[int]:
        """Return the numbers of the open pull requests whose head is this commit, lowest first.

        `branch` is where they come from, as `owner:name`: which pull requests a commit of a fork is in, GitHub does not
        say by the commit alone.
        """
        if not re.fullmatch(r"[0-9a-f]{40,64}", head_sha):
            raise UsageError(f"not a full commit hash: {head_sha!r}")
        what = f"find the pull request of {head_sha}"
        listed = self._list(what, f"{self._here}/pulls", state="open", head=branch, per_page=PER_PAGE)
        return sorted(
            pull["number"]
            for pull in listed
            if pull.get("state") == "open" and (pull.get("head") or {}).get("sha") == head_sha
        )

    def artifact(self, run: int, name: str, *, max_bytes: int) -> bytes | None:
        """Return what a workflow run uploaded under this name, as a ZIP archive; None if it has no such artifact.

        Raises GitHubError for one that has more bytes or has expired.
        """
        what = f"read the artifact {name} of run {run}"
        path = f"{self._here}/actions"
        listed = self._read(what, f"{path}/runs/{run}/artifacts", name=name, per_page=PER_PAGE)
        found = [one for one in listed.get("artifacts", ()) if one.get("name") == name]
        if not found:
            return None
        # A run that was repeated may have several; the highest number is the newest.
        newest = max(found, key=lambda one: int(one["id"]))
        if newest.get("expired") or int(newest["size_in_bytes"]) > max_bytes:
            reason = "it has expired" if newest.get("expired") else f"it has more than {max_bytes / 2**20:g} MiB"
            raise GitHubError(f"cannot {what}: {reason}")
        return self._client.download(f"{path}/artifacts/{int(newest['id'])}/zip", what, max_bytes=max_bytes)

    @property
    def _issues(self) -> str:
        return f"{self._here}/issues"

    def _head_of(self, pr: int) -> str:
        found = self._read(f"read pull request {pr}", f"{self._here}/pulls/{pr}")
        return str((found.get("head") or {}).get("sha") or "")

    def _show(self, node: str) -> None:
        """Undo that somebody minimized a comment; what GitHub has against it changes nothing about the comment."""
        with suppress(GitHubError):
            self._client.ask(_UNMINIMIZE, "show the comment again", id=node)

    def _own_comment(self, pr: int, marker: str, author: str | None) -> dict[str, Any] | None:
        what = f"read the comments of pull request {pr}"
        for comment in self._all(what, f"{self._issues}/{pr}/comments", {}, most=_PAGES):
            if first_line(comment.get("body")) != marker:
                continue
            # Asked only where it matters: most first runs find no marker at all.
            login = author or self._who_am_i()
            if login_of(comment).casefold() == login.casefold():
                return comment
        return None


def _result(action: CommentAction, comment: Mapping[str, Any]) -> CommentResult:
    return CommentResult(action, str(comment.get("html_url") or ""), login_of(comment))
