"""Makes the branches and pull requests of promotions what the plan says they should be."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from gitops_action.pipeline.cargo import Cargo, Done, Step
from gitops_action.pipeline.places import just_after
from gitops_action.pipeline.upkeep import Upkeep
from gitops_action.promote.proposal import BRANCHES, Proposal, State, message, record
from gitops_action.report import promotion as writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.adapters.git_remote import Remote
    from gitops_action.adapters.github_pulls import Pulls
    from gitops_action.config.promotion import PullRequests
    from gitops_action.pipeline.containment import Checked
    from gitops_action.pipeline.promotion_scene import Scene

STATUS: Final = "gitops/promote"
"""The context of the commit status on our pull requests."""


def keeper(remote: Remote, hub: Pulls, scene: Scene, branch: str, *, asked: bool) -> Upkeep:
    """Return what keeps the branches of promotions into `branch`, whose tip is the scene. `asked`: by hand, not by a run."""
    return Upkeep(
        remote.repository, remote, hub, scene.config.promotion.pull_requests, branch, scene.head,
        just_after(scene.history[0].committed_at), BRANCHES, is_record=lambda text: record(text) is not None,
        marker=writing.MARKER, context=STATUS, asked=asked,
    )  # fmt: skip


def reconciled(keep: Upkeep, checked: Sequence[Checked], url: str, *, everything: bool) -> list[Done]:
    """Make it so; with `everything`, what nobody wants any more is closed. One failure does not stop the others.

    `url` is the repository's address for people.
    """
    keep.load()
    done = [keep.guarded(one.proposal.branch, partial(_reconciled, keep, one, url)) for one in checked]
    known = {one.proposal.branch for one in checked}
    forgotten = sorted({*keep.branches, *keep.open} - known) if everything else []
    done += [keep.guarded(branch, partial(_forgotten, keep, branch)) for branch in forgotten]
    return [one for one in done if one is not None]


def _reconciled(keep: Upkeep, one: Checked, url: str) -> Done | None:
    proposal, branch = one.proposal, one.proposal.branch
    if keep.is_foreign(branch):
        return _left(keep, proposal)
    if proposal.is_wanted:
        return keep.propose(_cargo(one, keep.settings, url))
    if proposal.state in {State.WAITING, State.LOCKED, State.BROKEN}:
        return _held(keep, proposal)
    return keep.withdraw(branch, "nothing is left to promote")


def _cargo(one: Checked, settings: PullRequests, url: str) -> Cargo:
    proposal = one.proposal

    def is_refused(text: str | None) -> bool:
        said = record(text) if text is not None else None
        return said is None or said.sources[:1] == (proposal.sources[0].commit,)

    status = _verdict(proposal)
    return Cargo(
        proposal.branch,
        proposal.merged.changes,
        message(proposal),
        writing.title(proposal, settings.title),
        writing.body(proposal, one.changes, introduction=settings.body, url=url),
        is_refused,
        draft=proposal.is_draft,
        status=status,
        said=status[1],
    )


def _forgotten(keep: Upkeep, branch: str) -> Done | None:
    """Close what is no longer set up; a branch that a person has committed to is left without a word."""
    return None if keep.is_foreign(branch) else keep.withdraw(branch, "this promotion is no longer set up")


def _held(keep: Upkeep, proposal: Proposal) -> Done:
    """Leave a pull request that is open as it is, and say on it why it goes no further."""
    reason = proposal.lock or proposal.problem or "; ".join(proposal.waiting)
    present = keep.tip(proposal.branch)
    if proposal.branch in keep.open and present is not None:
        state = "pending" if proposal.state is State.WAITING else "failure"
        keep.hub.set_status(present.sha, STATUS, state, reason)
    return Done(proposal.branch, Step.NOTHING, keep.url(proposal.branch), reason)


def _left(keep: Upkeep, proposal: Proposal) -> Done:
    """Leave a branch alone that a person has committed to: it is theirs now."""
    if proposal.branch in keep.open and proposal.is_wanted:
        said = "A person has committed to this branch: it is not rebuilt any more"
        keep.hub.set_status(keep.branches[proposal.branch], STATUS, "success", said)
    return keep.leave(proposal.branch)


def _verdict(proposal: Proposal) -> tuple[str, str]:
    conflicts, excess = len(proposal.merged.conflicts), len(proposal.excess)
    if conflicts:
        return "failure", f"{conflicts} to decide: see the description"
    if excess:
        return "failure", "It changes more than the source's change did: see the description"
    return "success", f"{len(proposal.sources)} of {proposal.path.source} on the way to {proposal.path.target}"
