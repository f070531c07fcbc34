"""What a pull request of ours gets beside its content: labels, reviewers, assignees, auto-merge, and a run of its checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from gitops_action.adapters.github_repository import ACTIONS_BOT
from gitops_action.errors import GitHubError, GitHubUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.config.promotion import PullRequests
    from gitops_action.promote.pulls import PullRequest

_NO_CHECKS: Final = (
    "GitHub starts no workflows for what the workflow's own token does, so the checks of this pull request do not run by "
    "themselves: use the token of a GitHub App, or set pullRequests.dispatch"
)


class Furnishing(Protocol):
    """What is asked of GitHub; see `adapters.github_pulls.Pulls`. What returns a text says why it is refused."""

    def enable_auto_merge(self, pr: PullRequest, method: str) -> str: ...  # noqa: D102
    def disable_auto_merge(self, pr: PullRequest) -> str: ...  # noqa: D102
    def add_labels(self, pr: PullRequest, labels: Sequence[str]) -> str: ...  # noqa: D102
    def request_reviewers(self, pr: PullRequest, users: Sequence[str], teams: Sequence[str]) -> str: ...  # noqa: D102
    def add_assignees(self, pr: PullRequest, users: Sequence[str]) -> str: ...  # noqa: D102
    def dispatch(self, workflow: str, ref: str, inputs: dict[str, str]) -> None: ...  # noqa: D102


def furnish(hub: Furnishing, wanted: PullRequests, pull: PullRequest, *, draft: bool) -> list[str]:
    """Give a pull request what the configuration says; return what GitHub refuses, which is no failure."""
    notes = [
        hub.add_labels(pull, wanted.labels) if wanted.labels else "",
        hub.request_reviewers(pull, wanted.reviewers, wanted.team_reviewers)
        if wanted.reviewers or wanted.team_reviewers
        else "",
        hub.add_assignees(pull, wanted.assignees) if wanted.assignees else "",
    ]
    if wanted.auto_merge and not draft and not pull.auto_merge:
        notes.append(hub.enable_auto_merge(pull, wanted.auto_merge))
    elif pull.auto_merge and draft:
        notes.append(hub.disable_auto_merge(pull))
    return [note for note in notes if note]


def start_checks(hub: Furnishing, wanted: PullRequests, pull: PullRequest) -> list[str]:
    """Have the checks of new commits run where GitHub does not start them by itself; return why they do not run."""
    if wanted.dispatch:
        try:
            hub.dispatch(wanted.dispatch, pull.head_ref, {})
        except GitHubUnavailableError:
            raise
        except GitHubError as error:
            return [str(error)]
        return []
    if pull.author.casefold() != ACTIONS_BOT.casefold():
        return []
    return [_NO_CHECKS]
