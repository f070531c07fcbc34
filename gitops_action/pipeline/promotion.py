"""`promote`: plan, write locally, or make branches and pull requests what they should be."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import field, replace
from typing import TYPE_CHECKING

from gitops_action.adapters.git import Repository
from gitops_action.pipeline.committed import require_committed, write
from gitops_action.pipeline.containment import Checked, contain
from gitops_action.pipeline.deployment_facts import DeploymentFacts
from gitops_action.pipeline.places import Place, fetch_tip, locks_if_reached, opened, writable
from gitops_action.pipeline.promoting import Wish, plan
from gitops_action.pipeline.promotion_paths import assumed_paths
from gitops_action.pipeline.promotion_scene import Scene, open_scene
from gitops_action.promote.folder import Folder
from gitops_action.promote.versions import versions as versions_of
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.pipeline.cargo import Done
    from gitops_action.ports import Progress
    from gitops_action.promote.proposal import Proposal

Versions = dict[tuple[str, str], list[str]]
"""Versions of software by component and environment."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found; `notes` say what could not be looked at."""

    checked: list[Checked]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a run found and what it did; `done` is empty where it only looked, `versions` where nobody wants to see them."""

    proposals: Sequence[Proposal]
    done: Sequence[Done] = ()
    versions: Versions = field(default_factory=dict)
    notes: Sequence[str] = ()


def look(place: Place, head: str, wish: Wish, progress: Progress, *, checked: bool = False) -> Looked:
    """Return what would be promoted, of a revision of the clone. Writes nothing.

    Gates are asked for where a token is given. Raises UsageError, ConfigError or another GitOpsError.
    """
    with ExitStack() as stack:
        scene = _seen(place, head, stack)
        proposals = plan(scene, replace(wish, assumed=True))
        found = contain(scene, proposals, progress) if checked else [Checked(one) for one in proposals]
        return Looked(found, _notes(scene))


def status(place: Place, head: str) -> Reconciled:
    """Return how each component stands on each path, with the versions that each environment has. Writes nothing.

    Raises as `look`.
    """
    with ExitStack() as stack:
        scene = _seen(place, head, stack)
        proposals = plan(scene, Wish(assumed=True))
        return Reconciled(proposals, versions=_versions(scene, proposals), notes=_notes(scene))


def _seen(place: Place, head: str, stack: ExitStack) -> Scene:
    """Return the scene of a revision of the clone, with what GitHub and the remote repository tell of it."""
    repository = stack.enter_context(Repository.open(place.repo))
    scene = open_scene(repository, head, place.config)
    if place.token:
        _, hub = opened(place, repository, stack)
        scene.facts = DeploymentFacts(hub, repository)
    scene.locks = locks_if_reached(place, repository, stack)
    return scene


def _notes(scene: Scene) -> tuple[str, ...]:
    notes = []
    if scene.locks is None:
        notes.append("the remote repository was not reached: whether anything is locked is not known")
    if not scene.config.promotion.paths:
        ways = ", ".join(map(str, assumed_paths(scene)))
        told = f"the names of directories tell {ways}" if ways else "the names of directories tell none"
        notes.append(f"no promotion path is set: {told}; write `promotion.paths` into .gitops.yaml")
    return tuple(notes)


def _versions(scene: Scene, proposals: Sequence[Proposal]) -> Versions:
    places = {
        (one.component.name, environment): folder
        for one in proposals
        for environment, folder in (
            (one.path.source, one.component.source),
            (one.path.target, one.component.target),
        )
    }
    return {key: versions_of(Folder(scene.tree, folder, scene.paths)) for key, folder in places.items()}


def reconcile(
    place: Place, wish: Wish, progress: Progress, *, dry_run: bool = False, versions: bool = False
) -> Reconciled:
    """Make the branches and pull requests of the wished promotions what they should be, from the remote's main branch.

    Raises what `look` raises, GitHubError where GitHub refuses; what fails for one promotion is in its `Done`.
    """
    from gitops_action.pipeline.locking import read_locks  # noqa: PLC0415 - only writing needs it
    from gitops_action.pipeline.reconciling import keeper, reconciled  # noqa: PLC0415

    with ExitStack() as stack:
        local = stack.enter_context(Repository.open(place.repo))
        remote, hub = opened(place, local, stack)
        about = writable(hub, "promoted")
        branch = place.branch or about.default_branch
        tip = fetch_tip(remote, branch)
        scene = open_scene(remote.repository, tip, place.config)
        scene.facts = DeploymentFacts(hub, remote.repository)
        scene.locks = read_locks(remote)
        proposals = plan(scene, replace(wish, assumed=True))
        checked = contain(scene, proposals, progress)
        if dry_run:
            return Reconciled(
                [one.proposal for one in checked], versions=_versions(scene, proposals) if versions else {}
            )
        keep = keeper(remote, hub, scene, branch, asked=bool(wish.source))
        done = reconciled(keep, checked, about.html_url, everything=not wish.source)
        return Reconciled([one.proposal for one in checked], done)


def write_locally(place: Place, wish: Wish, progress: Progress, *, dry_run: bool = False) -> list[Checked]:
    """Write what would be promoted into the work tree, from its last commit, and touch nothing else.

    Gates and locks hold nothing back here: they are for what is proposed.
    Raises UsageError where a file that would be written differs from the last commit.
    """
    with Repository.open(place.repo) as repository:
        scene = open_scene(repository, "HEAD", place.config)
        checked = contain(scene, plan(scene, replace(wish, ungated=True)), progress)
    changes = {path: content for one in checked for path, content in one.proposal.merged.changes.items()}
    root = place.repo.resolve()
    with Repository.open(place.repo) as repository:
        require_committed(repository, root, changes)
    if not dry_run:
        write(root, changes)
    return checked
