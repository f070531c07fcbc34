"""A pull request that holds one commit of ours on the main branch, made anew as long as nobody else has committed to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.errors import UsageError
from gitops_action.pipeline.places import just_after
from gitops_action.records import dataclass
from gitops_action.repository.commits import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.adapters.git_remote import Remote
    from gitops_action.adapters.github_pulls import Pulls
    from gitops_action.promote.pulls import PullRequest
    from gitops_action.repository.commits import Commit


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is proposed: the files, the commit's message, and the pull request's title and text."""

    branch: str
    changes: Mapping[str, bytes | None]
    message: str
    title: str
    body: str


def propose(  # noqa: PLR0913 - what a pull request is made of
    remote: Remote,
    hub: Pulls,
    main: str,
    tip: str,
    wanted: Proposed,
    *,
    is_ours: Callable[[Commit], bool] = lambda _: True,
) -> PullRequest:
    """Make the branch and the pull request what they should be; the same proposal twice is one pull request.

    `is_ours` says more of what tells our own commit from a person's than its committer.

    Raises UsageError where somebody has committed to the branch of an open one, GitOpsError where Git or GitHub refuse.
    """
    ref = f"refs/heads/{wanted.branch}"
    present = remote.refs(ref).get(ref)
    if present is not None:
        remote.fetch(present)
        commit = remote.repository.history(present, since=None, limit=1)[0]
        is_open = any(one.head_ref == wanted.branch for one in hub.pulls(head_prefix=wanted.branch, base=main))
        if is_open and (commit.committer_email != OURS[1] or not is_ours(commit)):
            raise UsageError(f"somebody has committed to {wanted.branch}: merge or close its pull request first")
    when = just_after(remote.repository.history(tip, since=None, limit=1)[0].committed_at)
    made = remote.commit(tip, wanted.changes, wanted.message, when=when)
    if made != present:
        remote.push(ref, made, present)
    return hub.create(wanted.branch, main, wanted.title, wanted.body, draft=False)
