"""Makes the branches and pull requests what the plan says they should be.

Everything is computed anew on each run from Git and GitHub, so a run may die anywhere: the next one completes it. Each
write is either a compare-and-swap of a branch, or looked for before it is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from gitops_action.adapters.github import ACTIONS_BOT
from gitops_action.errors import GitHubError, GitHubUnavailableError, GitOpsError
from gitops_action.promote.proposal import BRANCHES, Proposal, Record, State, message, record
from gitops_action.report import promotion as writing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gitops_action.adapters.git import Repository
    from gitops_action.config.promotion import PullRequests
    from gitops_action.pipeline.containment import Checked
    from gitops_action.promote.pulls import PullRequest
    from gitops_action.repository.commits import Commit

STATUS: Final = "gitops/promote"
"""The context of the commit status on our pull requests."""
_HEADS: Final = "refs/heads/"
_NO_CHECKS: Final = (
    "GitHub starts no workflows for what the workflow's own token does, so the checks of this pull request do not run by "
    "themselves: use the token of a GitHub App, or set promotion.pullRequests.dispatch"
)


class Step(StrEnum):
    """What was done for one promotion."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CLOSED = "closed"
    DECLINED = "declined"
    TAKEN_OVER = "taken over"
    NOTHING = "nothing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one promotion; `url` is its pull request's address, `notes` what could not be set as asked."""

    branch: str
    step: Step
    url: str = ""
    message: str = ""
    notes: Sequence[str] = ()


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


class Hub(Protocol):
    """What is asked of GitHub; see `adapters.github_pulls.Pulls`."""

    def pulls(self, *, state: str, head_prefix: str = "", base: str = "") -> list[PullRequest]: ...  # noqa: D102
    def create(self, head: str, base: str, title: str, body: str, *, draft: bool) -> PullRequest: ...  # noqa: D102
    def update(  # noqa: D102
        self, pr: PullRequest, *, title: str | None = None, body: str | None = None, state: str | None = None
    ) -> PullRequest: ...
    def set_draft(self, pr: PullRequest, draft: bool) -> None: ...  # noqa: D102, FBT001
    def enable_auto_merge(self, pr: PullRequest, method: str) -> str: ...  # noqa: D102
    def disable_auto_merge(self, pr: PullRequest) -> str: ...  # noqa: D102
    def add_labels(self, pr: PullRequest, labels: Sequence[str]) -> str: ...  # noqa: D102
    def request_reviewers(self, pr: PullRequest, users: Sequence[str], teams: Sequence[str]) -> str: ...  # noqa: D102
    def add_assignees(self, pr: PullRequest, users: Sequence[str]) -> str: ...  # noqa: D102
    def dispatch(self, workflow: str, ref: str, inputs: dict[str, str]) -> None: ...  # noqa: D102
    def set_status(self, sha: str, context: str, state: str, description: str, target_url: str = "") -> None: ...  # noqa: D102


@dataclass
class Reconciler:
    """Brings one repository's promotions in order. `url` is its address for people; `asked`: by hand, not by a run."""

    repository: Repository
    remote: Remote
    hub: Hub
    settings: PullRequests
    base: str
    head: str
    when: datetime
    url: str = ""
    asked: bool = False
    done: list[Done] = field(default_factory=list)
    _branches: dict[str, str] = field(default_factory=dict)
    _open: dict[str, PullRequest] = field(default_factory=dict)

    def run(self, checked: Sequence[Checked], *, everything: bool) -> list[Done]:
        """Make it so; with `everything`, what nobody wants any more is closed. One failure does not stop the others."""
        self._branches = {
            ref.removeprefix(_HEADS): sha for ref, sha in self.remote.refs(f"{_HEADS}{BRANCHES}*").items()
        }
        self._open = {
            pull.head_ref: pull for pull in self.hub.pulls(state="open", head_prefix=BRANCHES, base=self.base)
        }
        known = {one.proposal.branch for one in checked}
        if self._branches:
            self.remote.fetch(*sorted(set(self._branches.values())))
        for one in checked:
            self._guarded(one.proposal.branch, one)
        for branch in sorted({*self._branches, *self._open} - known) if everything else ():
            self._guarded(branch, None)
        return self.done

    def _guarded(self, branch: str, one: Checked | None) -> None:
        try:
            self._reconcile(branch, one)
        except GitOpsError as error:
            pull = self._open.get(branch)
            self.done.append(Done(branch, Step.FAILED, pull.url if pull else "", str(error)))

    def _reconcile(self, branch: str, one: Checked | None) -> None:
        proposal = one.proposal if one else None
        sha = self._branches.get(branch)
        commit = self._tip(sha) if sha else None
        if sha and (commit is None or not self._is_ours(commit)):
            self._leave(branch, sha, proposal)
        elif one is not None and proposal is not None and proposal.is_wanted:
            self._propose(one, commit)
        elif proposal is not None and proposal.state in {State.WAITING, State.LOCKED, State.BROKEN}:
            self._hold(proposal, commit)
        else:
            self._withdraw(
                branch, sha, "nothing is left to promote" if proposal else "this promotion is no longer set up"
            )

    def _propose(self, one: Checked, present: Commit | None) -> None:
        proposal, branch = one.proposal, one.proposal.branch
        pull = self._open.get(branch)
        if pull is None and not self.asked:
            declined = self._declined(proposal)
            if declined:
                self.done.append(
                    Done(branch, Step.DECLINED, declined, "a person closed it; a later change brings it back")
                )
                return
        sha = self._pushed(proposal, present)
        title = writing.title(proposal, self.settings.title)
        body = writing.body(proposal, one.changes, introduction=self.settings.body, url=self.url)
        step = Step.UNCHANGED
        if pull is None:
            pull, step = self.hub.create(branch, self.base, title, body, draft=proposal.is_draft), Step.CREATED
        elif (pull.title, pull.body.replace("\r\n", "\n").rstrip()) != (title, body.rstrip()) or sha != (
            present and present.sha
        ):
            pull, step = self.hub.update(pull, title=title, body=body), Step.UPDATED
        # Only with new content: that somebody has marked this one as ready, or as a draft, is a decision.
        if proposal.is_draft != pull.draft and sha != (present and present.sha):
            self.hub.set_draft(pull, proposal.is_draft)
        state, said = _verdict(proposal)
        self.hub.set_status(sha, STATUS, state, said)
        notes = self._furnished(pull, proposal)
        if step is not Step.UNCHANGED and sha != (present and present.sha):
            notes += self._started(pull)
        self.done.append(Done(branch, step, pull.url, said, notes))

    def _started(self, pull: PullRequest) -> list[str]:
        """Have the checks of new commits run, where GitHub does not start them by itself."""
        workflow = self.settings.dispatch
        if workflow:
            try:
                self.hub.dispatch(workflow, pull.head_ref, {})
            except GitHubUnavailableError:
                raise
            except GitHubError as error:
                return [str(error)]
            return []
        if pull.author.casefold() != ACTIONS_BOT.casefold():
            return []
        return [_NO_CHECKS]

    def _furnished(self, pull: PullRequest, proposal: Proposal) -> list[str]:
        """Give the pull request what the configuration says; what GitHub refuses is only noted."""
        wanted = self.settings
        notes = [
            self.hub.add_labels(pull, wanted.labels) if wanted.labels else "",
            self.hub.request_reviewers(pull, wanted.reviewers, wanted.team_reviewers)
            if wanted.reviewers or wanted.team_reviewers
            else "",
            self.hub.add_assignees(pull, wanted.assignees) if wanted.assignees else "",
        ]
        if wanted.auto_merge and not proposal.is_draft and not pull.auto_merge:
            notes.append(self.hub.enable_auto_merge(pull, wanted.auto_merge))
        elif pull.auto_merge and proposal.is_draft:
            notes.append(self.hub.disable_auto_merge(pull))
        return [note for note in notes if note]

    def _pushed(self, proposal: Proposal, present: Commit | None) -> str:
        """Return the commit that carries it, on its branch: the present one if that says the same already."""
        text = message(proposal)
        if present is not None and self._says(present, proposal, text):
            return present.sha
        made = self.remote.commit(self.head, proposal.merged.changes, text, author=None, when=self.when)
        self.remote.push(f"{_HEADS}{proposal.branch}", made, present.sha if present else None)
        return made

    def _says(self, present: Commit, proposal: Proposal, text: str) -> bool:
        """Whether a commit of ours has the same sources and content, wherever on the main branch it begins."""
        if present.message.strip() != text.strip():
            return False
        base = {change.path for change in self.repository.changed(present.parents[0], present.sha)}
        if base != set(proposal.merged.changes):
            return False
        tree = self.repository.tree(present.sha)
        content = dict(
            tree.read(path for path, new in proposal.merged.changes.items() if new is not None and path in tree.entries)
        )
        return all(
            (path not in tree.entries) if new is None else content.get(path) == new
            for path, new in proposal.merged.changes.items()
        )

    def _hold(self, proposal: Proposal, present: Commit | None) -> None:
        """Leave a pull request that is open as it is, and say on it why it goes no further."""
        pull = self._open.get(proposal.branch)
        reason = proposal.lock or proposal.problem or "; ".join(proposal.waiting)
        if pull is not None and present is not None:
            state = "pending" if proposal.state is State.WAITING else "failure"
            self.hub.set_status(present.sha, STATUS, state, reason)
        self.done.append(Done(proposal.branch, Step.NOTHING, pull.url if pull else "", reason))

    def _withdraw(self, branch: str, sha: str | None, reason: str) -> None:
        pull = self._open.get(branch)
        if pull is not None:
            self.hub.update(pull, body=writing.withdrawn(reason), state="closed")
        if sha is not None:
            self.remote.push(f"{_HEADS}{branch}", None, sha)
        if pull is not None or sha is not None:
            self.done.append(Done(branch, Step.CLOSED, pull.url if pull else "", reason))

    def _leave(self, branch: str, sha: str, proposal: Proposal | None) -> None:
        """Leave a branch alone that a person has committed to: it is theirs now."""
        pull = self._open.get(branch)
        if proposal is None:
            return
        if pull is not None and proposal.is_wanted:
            self.hub.set_status(
                sha, STATUS, "success", "A person has committed to this branch: it is not rebuilt any more"
            )
        said = "a person has committed to it: delete the branch to have it built anew"
        self.done.append(Done(branch, Step.TAKEN_OVER, pull.url if pull else "", said))

    def _declined(self, proposal: Proposal) -> str:
        """Return the address of the pull request in which people refused exactly this, "" if there is none."""
        closed = self.hub.pulls(state="closed", head_prefix=proposal.branch, base=self.base)
        for pull in closed:
            if pull.head_ref != proposal.branch:
                continue
            if pull.merged or writing.WITHDRAWN in pull.body:
                return ""
            said = self._record_of(pull)
            return pull.url if said is None or said.sources[:1] == (proposal.sources[0].commit,) else ""
        return ""

    def _record_of(self, pull: PullRequest) -> Record | None:
        try:
            self.remote.fetch(f"refs/pull/{pull.number}/head")
            commit = self._tip(pull.head_sha)
        except GitHubError:
            raise
        except GitOpsError:
            return None
        return record(commit.message) if commit else None

    def _tip(self, sha: str) -> Commit | None:
        return next(iter(self.repository.history(sha, since=None, first_parent=True, limit=1)), None)

    def _is_ours(self, commit: Commit) -> bool:
        """Whether a branch is as we made it: one commit of ours on top of the main branch, its tree as recorded."""
        said = record(commit.message)
        if said is None or len(commit.parents) != 1 or commit.committer_email != OUR_EMAIL:
            return False
        return self.repository.merge_base(commit.parents[0], self.head) == commit.parents[0]


OUR_EMAIL: Final = "gitops-action@users.noreply.github.com"
"""The committer of what we push; whoever amends it takes its place."""


def _verdict(proposal: Proposal) -> tuple[str, str]:
    conflicts, excess = len(proposal.merged.conflicts), len(proposal.excess)
    if conflicts:
        return "failure", f"{conflicts} to decide: see the description"
    if excess:
        return "failure", "It changes more than the source's change did: see the description"
    return "success", f"{len(proposal.sources)} of {proposal.path.source} on the way to {proposal.path.target}"
