"""Pull requests on GitHub: found, opened, edited and furnished; and the reactions and workflows around them."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final

from gitops_action.adapters.github_commits import Commits
from gitops_action.adapters.github_http import ATTEMPTS, Answer, require
from gitops_action.adapters.github_people import People
from gitops_action.adapters.github_repository import login_of, normal
from gitops_action.errors import GitHubError, GitHubPermissionError, GitHubUnavailableError
from gitops_action.promote.pulls import PullRequest, RepositoryInfo
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_MOST_PAGES: Final = 30
_INVALID: Final = 422
_FORBIDDEN: Final = 403
_NOT_PERMITTED: Final = regex(r"not permitted to create or approve pull requests", re.IGNORECASE)
_NOW_DRAFT: Final = (
    "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { id } } }"
)
_NOW_READY: Final = (
    "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { id } } }"
)
_MERGE_LATER: Final = (
    "mutation($id: ID!, $how: PullRequestMergeMethod!) {"
    " enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $how}) { pullRequest { id } } }"
)
_NO_MERGE: Final = (
    "mutation($id: ID!) { disablePullRequestAutoMerge(input: {pullRequestId: $id}) { pullRequest { id } } }"
)


class Pulls(Commits, People):
    """Pull requests of one repository, and what else is asked of it around them, as seen by one token."""

    def repository(self) -> RepositoryInfo:
        """Return what matters of the repository itself."""
        found = self._read("read the repository", self._here)
        return RepositoryInfo(str(found["default_branch"]), bool(found.get("archived")), str(found["html_url"]))

    def pulls(self, *, state: str = "open", head_prefix: str = "", base: str = "") -> list[PullRequest]:
        """Return the pull requests from the repository's own branches that begin with `head_prefix`, the newest first."""
        query = {"state": state, "sort": "created", "direction": "desc"} | ({"base": base} if base else {})
        if state == "closed":
            # Only ever asked of one branch; all that were ever closed would be many.
            query["head"] = f"{self._repository.partition('/')[0]}:{head_prefix}"
        found = map(_pull, self._all("list the pull requests", f"{self._here}/pulls", query, most=_MOST_PAGES))
        return [one for one in found if one.head_ref.startswith(head_prefix) and not one.fork]

    def pull(self, number: int) -> PullRequest:
        """Return one pull request."""
        return _pull(self._read(f"read pull request {number}", f"{self._here}/pulls/{number}"))

    def create(self, head: str, base: str, title: str, body: str, *, draft: bool) -> PullRequest:
        """Open a pull request, or return the open one of this branch. Never makes a second one."""
        what = f"open a pull request for {head}"
        for attempt in range(ATTEMPTS):
            present = next((one for one in self.pulls(head_prefix=head, base=base) if one.head_ref == head), None)
            if present is not None:
                return self.update(present, title=title, body=body)
            asked = {"head": head, "base": base, "title": title, "body": body, "draft": draft}
            answer = self._client.send("POST", f"{self._here}/pulls", asked)
            wait = answer.wait(attempt, time.time())
            if wait is not None:
                self._client.rest(wait, attempt, answer, what)
            elif answer.status == _INVALID and draft and "draft" in answer.message.lower():
                draft = False  # private repositories of some plans have none
            elif answer.status == _INVALID and "already exists" in str(answer.value):
                continue
            else:
                _require_pull(answer, what)
                return _pull(answer.value)
        raise GitHubUnavailableError(f"cannot {what}: GitHub says that there is one, and shows none; run the job again")

    def update(
        self, pr: PullRequest, *, title: str | None = None, body: str | None = None, state: str | None = None
    ) -> PullRequest:
        """Change what differs, and return how it is now."""
        wanted = {"title": title, "body": body, "state": state}
        present = {"title": pr.title, "body": normal(pr.body), "state": pr.state}
        asked = {
            key: value
            for key, value in wanted.items()
            if value is not None and (normal(value) if key == "body" else value) != present[key]
        }
        if not asked:
            return pr
        answer = self._repeated("PATCH", f"{self._here}/pulls/{pr.number}", f"edit pull request {pr.number}", asked)
        return _pull(answer.value)

    def set_draft(self, pr: PullRequest, draft: bool) -> None:  # noqa: FBT001 - what it is to be
        """Make it a draft, or ready for review."""
        self._mutate(
            _NOW_DRAFT if draft else _NOW_READY, f"change the draft of pull request {pr.number}", id=pr.node_id
        )

    def enable_auto_merge(self, pr: PullRequest, method: str) -> str:
        """Have GitHub merge it once its rules allow it; return why that is refused, "" if it is not."""
        what = f"auto-merge pull request {pr.number}"
        return self._tried(lambda: self._mutate(_MERGE_LATER, what, id=pr.node_id, how=method.upper()))

    def disable_auto_merge(self, pr: PullRequest) -> str:
        """Take that back; return why it is refused."""
        return self._tried(lambda: self._mutate(_NO_MERGE, f"stop the merge of {pr.number}", id=pr.node_id))

    def add_labels(self, pr: PullRequest, labels: Sequence[str]) -> str:
        """Add the labels that it lacks; return why that is refused."""
        missing = [label for label in labels if label not in pr.labels]
        return self._furnish(pr, f"{self._here}/issues/{pr.number}/labels", "label", {"labels": missing}, missing)

    def request_reviewers(self, pr: PullRequest, users: Sequence[str], teams: Sequence[str]) -> str:
        """Ask for reviews that were not asked for; return why that is refused. The author is left out, as GitHub wants."""
        missing = [user for user in users if user not in pr.reviewers and user != pr.author]
        slugs = [team for team in teams if f"team:{team}" not in pr.reviewers]
        body = {"reviewers": missing, "team_reviewers": slugs}
        path = f"{self._here}/pulls/{pr.number}/requested_reviewers"
        return self._furnish(pr, path, "ask for reviews of", body, missing + slugs)

    def add_assignees(self, pr: PullRequest, users: Sequence[str]) -> str:
        """Assign those to whom it is not assigned; return why that is refused."""
        missing = [user for user in users if user not in pr.assignees]
        return self._furnish(
            pr, f"{self._here}/issues/{pr.number}/assignees", "assign", {"assignees": missing}, missing
        )

    def react(self, comment: int, content: str) -> None:
        """React to a comment; the same reaction twice is one."""
        path = f"{self._here}/issues/comments/{comment}/reactions"
        self._repeated("POST", path, f"react to comment {comment}", {"content": content})

    def dispatch(self, workflow: str, ref: str, inputs: dict[str, str]) -> None:
        """Start a workflow by hand, for what a workflow's own token does not start. Not repeated: it is not known whether it began."""
        path = f"{self._here}/actions/workflows/{workflow}/dispatches"
        answer = self._client.send("POST", path, {"ref": ref, "inputs": inputs})
        if answer.status != 204:  # noqa: PLR2004 - No Content
            require(answer, dict, f"start the workflow {workflow}")

    def _furnish(self, pr: PullRequest, path: str, what: str, body: dict[str, Any], missing: Iterable[str]) -> str:
        if not list(missing):
            return ""
        return self._tried(lambda: self._repeated("POST", path, f"{what} pull request {pr.number}", body))

    @staticmethod
    def _tried(act: Callable[[], object]) -> str:
        try:
            act()
        except GitHubUnavailableError:
            raise
        except GitHubError as error:
            return str(error)
        return ""

    def _mutate(self, document: str, what: str, **variables: str) -> None:
        answered = self._client.ask(document, what, **variables)
        errors = answered.get("errors")
        if errors:
            said = "; ".join(str(one.get("message", "")) for one in errors if isinstance(one, dict))[:300]
            raise GitHubError(f"cannot {what}: GitHub says {said}")


def _require_pull(answer: Answer, what: str) -> None:
    if answer.status == _FORBIDDEN and _NOT_PERMITTED.search(answer.message):
        raise GitHubPermissionError(
            f"cannot {what}: GitHub Actions may not create pull requests here: switch on Settings > Actions > General > "
            "`Allow GitHub Actions to create and approve pull requests`, or use the token of a GitHub App"
        )
    require(answer, dict, what)


def _pull(found: dict[str, Any]) -> PullRequest:
    head, base = found.get("head") or {}, found.get("base") or {}
    repositories = [((end.get("repo") or {}).get("full_name") or "").casefold() for end in (head, base)]
    return PullRequest(
        number=int(found["number"]),
        url=str(found["html_url"]),
        title=str(found["title"]),
        body=str(found.get("body") or ""),
        head_ref=str(head.get("ref") or ""),
        head_sha=str(head.get("sha") or ""),
        base_ref=str(base.get("ref") or ""),
        state=str(found["state"]),
        merged=bool(found.get("merged_at")),
        draft=bool(found.get("draft")),
        author=login_of(found),
        labels=tuple(str(label["name"]) for label in found.get("labels") or ()),
        reviewers=(
            *(str(user["login"]) for user in found.get("requested_reviewers") or ()),
            *(f"team:{team['slug']}" for team in found.get("requested_teams") or ()),
        ),
        assignees=tuple(str(user["login"]) for user in found.get("assignees") or ()),
        node_id=str(found.get("node_id") or ""),
        auto_merge=bool(found.get("auto_merge")),
        fork=repositories[0] != repositories[1],
        # Before the merge it is that of a trial.
        merge_sha=str(found.get("merge_commit_sha") or "") if found.get("merged_at") else "",
    )
