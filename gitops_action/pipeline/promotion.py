"""`promote`: plan, write locally, or make branches and pull requests what they should be."""

from __future__ import annotations

import getpass
from contextlib import ExitStack
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.git import Repository
from gitops_action.config.promotion_reading import duration
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.pipeline.committed import require_committed, write
from gitops_action.pipeline.containment import Checked, contain
from gitops_action.pipeline.places import Place, fetch_tip, just_after, locks_if_reached, open_remote, opened, writable
from gitops_action.pipeline.promoting import Scene, Wish, assumed_paths, open_scene, plan
from gitops_action.promote.components import components_of, roots
from gitops_action.promote.folder import Folder
from gitops_action.promote.locks import Lock
from gitops_action.promote.versions import versions as versions_of
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.adapters.github_pulls import Pulls
    from gitops_action.pipeline.upkeep import Done
    from gitops_action.ports import Progress
    from gitops_action.promote.proposal import Proposal

__all__ = [
    "Looked",
    "Place",
    "Reconciled",
    "Versions",
    "lock",
    "look",
    "reconcile",
    "status",
    "unlock",
    "write_locally",
]

_FEW: Final = 30


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


class DeploymentFacts:
    """What GitHub knows of deployments and statuses, asked once each."""

    def __init__(self, hub: Pulls, repository: Repository) -> None:
        self._hub = hub
        self._repository = repository
        self._healthy: dict[str, list[tuple[str, datetime]]] = {}

    def healthy_since(self, environment: str, commit: str) -> datetime | None:
        """Return when the first healthy deployment with this commit in it succeeded, of the newest ones."""
        if environment not in self._healthy:
            found = self._hub.deployments(environment, limit=_FEW)
            self._healthy[environment] = [
                (one.sha, datetime.fromisoformat(one.healthy_at)) for one in found if one.healthy_at
            ]
        since = [when for sha, when in self._healthy[environment] if self._contains(sha, commit)]
        return min(since, default=None)

    def states(self, commit: str) -> dict[str, str]:
        """Return the states of a commit's statuses and checks."""
        return self._hub.states(commit)

    def _contains(self, sha: str, commit: str) -> bool:
        try:
            return sha == commit or self._repository.merge_base(sha, commit) == commit
        except GitOpsError:
            return False  # a commit that this clone does not have says nothing


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
    from gitops_action.pipeline.reconciling import Reconciler  # noqa: PLC0415

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
        reconciler = Reconciler(
            remote.repository, remote, hub, scene.config.promotion.pull_requests, branch, tip,
            when=just_after(scene.history[0].committed_at), url=about.html_url, asked=bool(wish.source),
        )  # fmt: skip
        done = reconciler.run(checked, everything=not wish.source)
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


def lock(place: Place, environment: str, component: str, reason: str, period: str) -> Lock:
    """Lock an environment, or a component in it (""), for a time ("": until it is unlocked), and return the lock.

    Raises UsageError for what is no time, LockedError where somebody else has it.
    """
    from gitops_action.pipeline.locking import take  # noqa: PLC0415 - few commands lock

    length = duration(period) if period else None
    if period and not length:
        raise UsageError(f"--for: `{period}` is no length of time: write 90m, 2h or 1d12h")
    now = datetime.now(UTC).replace(microsecond=0)
    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(place.repo))
        scene = open_scene(repository, "HEAD", place.config)
        known = components_of(environment, scene.config, scene.folders, scene.config.promotion.layout)
        if (component and component not in known) or not roots(environment, scene.config, scene.folders):
            # A lock of what does not exist would look as if it held something.
            what = f"component `{component}` in `{environment}`" if component else f"environment `{environment}`"
            raise UsageError(f"there is no {what} here: nothing was locked")
        owner = repository.setting("user.email") or getpass.getuser()
        made = Lock(environment, component, owner, reason, now, now + length if length else None)
        take(open_remote(place, repository, stack), made, now)
    return made


def unlock(place: Place, environment: str, component: str, *, force: bool) -> Lock:
    """Take a lock away and return it. Raises UsageError where there is none, LockedError for one of a pull request."""
    from gitops_action.pipeline.locking import release  # noqa: PLC0415 - few commands lock

    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(place.repo))
        return release(open_remote(place, repository, stack), environment, component, force=force)
