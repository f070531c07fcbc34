"""`image plan` and `image update`: look, write locally, or make branches and pull requests what they should be."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.git import Repository
from gitops_action.adapters.registry import Registry
from gitops_action.config import apply_policies
from gitops_action.images.outcome import Outcome
from gitops_action.images.plan import BRANCHES, message, record
from gitops_action.pipeline.cargo import Cargo, Done, Step
from gitops_action.pipeline.committed import require_committed, write
from gitops_action.pipeline.image_looking import look
from gitops_action.pipeline.image_scene import Scene
from gitops_action.pipeline.places import locks_if_reached, opened, writable
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitops_action.config import Config
    from gitops_action.images.credentials import Logins
    from gitops_action.images.plan import Plan, Proposal
    from gitops_action.pipeline.places import Place
    from gitops_action.pipeline.upkeep import Upkeep

_NO_LOCKS: Final = "the remote repository was not reached: whether anything is held is not known"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be looked at: policies by their labels or names, all where none is named; and who asks registries."""

    policies: Sequence[str]
    logins: Logins


def plan(place: Place, head: str, wish: Wish) -> Outcome:
    """Return what would be updated, of a revision of the clone. Writes nothing.

    Raises UsageError or ConfigError; what is wrong with one policy or registry is a finding.
    """
    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(place.repo))
        scene = Scene.open(repository, head, place.config)
        scene.locks = locks_if_reached(place, repository, stack)
        found = _looked(scene, wish)
    return outcome(found, scene.config, notes=() if scene.locks is not None else (_NO_LOCKS,))


def write_locally(place: Place, wish: Wish, *, dry_run: bool = False) -> Outcome:
    """Write all updates into the work tree, from its last commit, and touch nothing else.

    Raises what `plan` raises, and UsageError where a file that would be written differs from the last commit.
    """
    return write_planned(place, lambda scene: _looked(scene, wish), dry_run=dry_run)


def write_planned(place: Place, planned: Callable[[Scene], Plan], *, dry_run: bool) -> Outcome:
    """Write what is `planned` for the last commit into the work tree. Raises as `write_locally`, and what `planned` raises."""
    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(place.repo))
        scene = Scene.open(repository, "HEAD", place.config)
        scene.locks = locks_if_reached(place, repository, stack)
        found = planned(scene)
        changes = {path: content for one in found.proposals for path, content in one.changes.items()}
        if len(changes) != sum(len(one.changes) for one in found.proposals):
            changes = _together(found, scene)
        root = place.repo.resolve()
        require_committed(repository, root, changes)
        if not dry_run:
            write(root, changes)
    notes = () if scene.locks is not None else (_NO_LOCKS,)
    return outcome(found, scene.config, notes=notes, written=() if dry_run else sorted(changes))


def update(place: Place, wish: Wish, *, dry_run: bool = False) -> Outcome:
    """Make the branches and pull requests of all updates what they should be, from the remote's main branch.

    Raises what `plan` raises, GitHubError where GitHub refuses; what fails for one pull request is in its `Done`.
    """
    from gitops_action.pipeline.image_proposing import cargo, keeper, newest_scene  # noqa: PLC0415 - only writing needs it

    with ExitStack() as stack:
        local = stack.enter_context(Repository.open(place.repo))
        remote, hub = opened(place, local, stack)
        about = writable(hub, "updated")
        branch = place.branch or about.default_branch
        scene = newest_scene(remote, branch, place.config)
        found = _looked(scene, wish)
        if dry_run:
            return outcome(found, scene.config)
        keep = keeper(remote, hub, scene, branch, BRANCHES, asked=bool(wish.policies))

        def carried(proposal: Proposal) -> Cargo:
            wanted = record(message(proposal))
            return cargo(scene, about.html_url, lambda said: said is None or record(said) == wanted, proposal)

        return outcome(found, scene.config, done=_reconciled(keep, found, carried, everything=not wish.policies))


def _reconciled(keep: Upkeep, found: Plan, cargo: Callable[[Proposal], Cargo], *, everything: bool) -> list[Done]:
    """Make it so; with `everything`, what nobody wants any more is closed. One failure does not stop the others."""
    done = [keep.guarded(one.branch, partial(_proposed, keep, one, cargo)) for one in found.proposals]
    wanted = {one.branch for one in found.proposals}
    for branch in sorted({*keep.branches, *keep.open} - wanted) if everything else ():
        if branch in found.kept:
            said = "it is held back, or nothing is known of it now: it stays as it is"
            done.append(Done(branch, Step.NOTHING, keep.url(branch), said))
        elif not keep.is_foreign(branch):
            done.append(keep.guarded(branch, partial(keep.withdraw, branch, "nothing is left to update")))
    return [one for one in done if one is not None]


def _proposed(keep: Upkeep, proposal: Proposal, cargo: Callable[[Proposal], Cargo]) -> Done:
    return keep.leave(proposal.branch) if keep.is_foreign(proposal.branch) else keep.propose(cargo(proposal))


def _looked(scene: Scene, wish: Wish) -> Plan:
    registry = Registry(wish.logins, plain=scene.config.images.insecure)
    return look(scene, registry, datetime.now(UTC), wish.policies)


def _together(found: Plan, scene: Scene) -> dict[str, bytes | None]:
    """Return the files with the updates of all pull requests, some of which edit the same file."""
    from gitops_action.images.plan import changes_of  # noqa: PLC0415 - seldom needed

    return changes_of([one for proposal in found.proposals for one in proposal.updates], scene.files.__getitem__)[0]


def outcome(  # noqa: PLR0913 - what an outcome has
    found: Plan,
    config: Config,
    *,
    done: Sequence[Done] = (),
    notes: Sequence[str] = (),
    written: Sequence[str] = (),
    commit: str = "",
) -> Outcome:
    """Return what a run came to, with the severities that the configuration gives to findings."""
    weighed = apply_policies(found.findings, config, datetime.now(UTC).date()).findings
    return Outcome(
        replace(found, findings=weighed), done, [*notes, *found.notes], written, commit, config.failed_by(weighed)
    )
