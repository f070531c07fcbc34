"""Keeps branches of ours and their pull requests as they are to be, for whatever it is that they carry.

Everything is computed anew on each run from Git and GitHub, so a run may die anywhere: the next one completes it. Each
write is either a compare-and-swap of a branch, or looked for before it is made. A branch that a person has committed to is
theirs, and what people closed stays closed until there is something else.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final, Protocol

from gitops_action.errors import GitHubError, GitOpsError
from gitops_action.pipeline.cargo import Cargo, Done, Step
from gitops_action.pipeline.furnishing import Furnishing, furnish, start_checks
from gitops_action.records import dataclass
from gitops_action.report import pull_requests as writing
from gitops_action.repository.commits import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from gitops_action.adapters.git import Repository
    from gitops_action.config.promotion import PullRequests
    from gitops_action.promote.pulls import PullRequest
    from gitops_action.repository.commits import Commit

_HEADS: Final = "refs/heads/"


class Remote(Protocol):
    """The repository that pull requests are made in; see `adapters.git_remote.Remote`."""

    def refs(self, *patterns: str) -> Mapping[str, str]: ...  # noqa: D102
    def fetch(self, *wants: str) -> None: ...  # noqa: D102
    def commit(  # noqa: D102
        self,
        parent: str | None,
        changes: Mapping[str, bytes | None],
        message: str,
        *,
        author: tuple[str, str] | None,
        when: datetime,
    ) -> str: ...
    def push(self, ref: str, new: str | None, expected: str | None) -> None: ...  # noqa: D102


class Hub(Furnishing, Protocol):
    """What is asked of GitHub; see `adapters.github_pulls.Pulls`."""

    def pulls(self, *, state: str, head_prefix: str = "", base: str = "") -> list[PullRequest]: ...  # noqa: D102
    def create(self, head: str, base: str, title: str, body: str, *, draft: bool) -> PullRequest: ...  # noqa: D102
    def update(  # noqa: D102
        self, pr: PullRequest, *, title: str | None = None, body: str | None = None, state: str | None = None
    ) -> PullRequest: ...
    def set_draft(self, pr: PullRequest, draft: bool) -> None: ...  # noqa: D102, FBT001
    def set_status(self, sha: str, context: str, state: str, description: str, target_url: str = "") -> None: ...  # noqa: D102


@dataclass
class Upkeep:
    """The branches below one `prefix`, with their pull requests into `base`, whose tip is `head`.

    `is_record` tells the messages of our own commits; `marker` stands in the bodies; `context` is that of statuses. `asked`:
    by hand, so that what people closed comes back.
    """

    repository: Repository
    remote: Remote
    hub: Hub
    settings: PullRequests
    base: str
    head: str
    when: datetime
    prefix: str
    is_record: Callable[[str], bool]
    marker: str
    context: str = ""
    asked: bool = False
    branches: dict[str, str] = field(default_factory=dict)
    open: dict[str, PullRequest] = field(default_factory=dict)

    def load(self) -> None:
        """Find out what there is."""
        self.branches = {
            ref.removeprefix(_HEADS): sha for ref, sha in self.remote.refs(f"{_HEADS}{self.prefix}*").items()
        }
        self.open = {
            pull.head_ref: pull for pull in self.hub.pulls(state="open", head_prefix=self.prefix, base=self.base)
        }
        if self.branches:
            self.remote.fetch(*sorted(set(self.branches.values())))

    def url(self, branch: str) -> str:
        """Return the address of a branch's open pull request, "" if there is none."""
        pull = self.open.get(branch)
        return pull.url if pull else ""

    def guarded(self, branch: str, act: Callable[[], Done | None]) -> Done | None:
        """Do something for one branch; what goes wrong does not stop the others."""
        try:
            return act()
        except GitOpsError as error:
            return Done(branch, Step.FAILED, self.url(branch), str(error))

    def tip(self, branch: str) -> Commit | None:
        """Return the commit of a branch, None where there is no such branch."""
        sha = self.branches.get(branch)
        return self._commit(sha) if sha else None

    def is_foreign(self, branch: str) -> bool:
        """Whether a person has committed to a branch."""
        if branch not in self.branches:
            return False
        commit = self.tip(branch)
        return commit is None or not self._is_ours(commit)

    def propose(self, cargo: Cargo) -> Done:
        """Make the branch and its pull request what they are to be."""
        branch, pull, present = cargo.branch, self.open.get(cargo.branch), self.tip(cargo.branch)
        if pull is None and not self.asked:
            declined = self._declined(cargo)
            if declined:
                return Done(branch, Step.DECLINED, declined, "a person closed it; a later change brings it back")
        sha = self._pushed(cargo, present)
        is_new = sha != (present and present.sha)
        step = Step.UNCHANGED
        if pull is None:
            pull = self.hub.create(branch, self.base, cargo.title, cargo.body, draft=cargo.draft)
            step = Step.CREATED
        elif is_new or (pull.title, pull.body.replace("\r\n", "\n").rstrip()) != (cargo.title, cargo.body.rstrip()):
            pull, step = self.hub.update(pull, title=cargo.title, body=cargo.body), Step.UPDATED
        # Only with new content: that somebody has marked this one as ready, or as a draft, is a decision.
        if cargo.draft != pull.draft and is_new:
            self.hub.set_draft(pull, cargo.draft)
        if cargo.status is not None:
            self.hub.set_status(sha, self.context, *cargo.status)
        notes = furnish(self.hub, self.settings, pull, draft=cargo.draft)
        if step is not Step.UNCHANGED and is_new:
            notes += start_checks(self.hub, self.settings, pull)
        return Done(branch, step, pull.url, cargo.said, notes)

    def withdraw(self, branch: str, reason: str) -> Done | None:
        """Close the pull request and delete the branch; None where there is neither."""
        pull, sha = self.open.get(branch), self.branches.get(branch)
        if pull is not None:
            self.hub.update(pull, body=writing.withdrawn(self.marker, reason), state="closed")
        if sha is not None:
            self.remote.push(f"{_HEADS}{branch}", None, sha)
        return Done(branch, Step.CLOSED, pull.url if pull else "", reason) if pull or sha else None

    def leave(self, branch: str) -> Done:
        """Say that a branch is left alone, because a person has committed to it."""
        said = "a person has committed to it: delete the branch to have it built anew"
        return Done(branch, Step.TAKEN_OVER, self.url(branch), said)

    def _pushed(self, cargo: Cargo, present: Commit | None) -> str:
        """Return the commit that carries it, on its branch: the present one if that says the same already."""
        if present is not None and self._says(present, cargo):
            return present.sha
        made = self.remote.commit(self.head, cargo.changes, cargo.message, author=None, when=self.when)
        self.remote.push(f"{_HEADS}{cargo.branch}", made, present.sha if present else None)
        return made

    def _says(self, present: Commit, cargo: Cargo) -> bool:
        """Whether a commit of ours has the same sources and content, wherever on the main branch it begins."""
        if present.message.strip() != cargo.message.strip():
            return False
        base = {change.path for change in self.repository.changed(present.parents[0], present.sha)}
        if base != set(cargo.changes):
            return False
        tree = self.repository.tree(present.sha)
        content = dict(
            tree.read(path for path, new in cargo.changes.items() if new is not None and path in tree.entries)
        )
        return all(
            (path not in tree.entries) if new is None else content.get(path) == new
            for path, new in cargo.changes.items()
        )

    def _declined(self, cargo: Cargo) -> str:
        """Return the address of the pull request in which people refused exactly this, "" if there is none."""
        closed = self.hub.pulls(state="closed", head_prefix=cargo.branch, base=self.base)
        for pull in closed:
            if pull.head_ref != cargo.branch:
                continue
            if pull.merged or writing.WITHDRAWN in pull.body:
                return ""
            return pull.url if cargo.is_refused(self._message_of(pull)) else ""
        return ""

    def _message_of(self, pull: PullRequest) -> str | None:
        try:
            self.remote.fetch(f"refs/pull/{pull.number}/head")
            commit = self._commit(pull.head_sha)
        except GitHubError:
            raise
        except GitOpsError:
            return None
        return commit.message if commit else None

    def _commit(self, sha: str) -> Commit | None:
        return next(iter(self.repository.history(sha, since=None, first_parent=True, limit=1)), None)

    def _is_ours(self, commit: Commit) -> bool:
        """Whether a branch is as we made it: one commit of ours on top of the main branch."""
        if not self.is_record(commit.message) or len(commit.parents) != 1 or commit.committer_email != OURS[1]:
            return False
        return self.repository.merge_base(commit.parents[0], self.head) == commit.parents[0]
