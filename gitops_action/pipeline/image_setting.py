"""`image set`: for pipelines that know which image they have just built."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.git import Repository
from gitops_action.adapters.git_refusals import RefMovedError
from gitops_action.images.decisions import Action
from gitops_action.images.plan import Plan, Proposal, changes_of, finding, message
from gitops_action.images.seeking import Wanted
from gitops_action.images.uses import repository_of
from gitops_action.images.wishes import Candidate, Setting, apply, choose
from gitops_action.pipeline.image_proposing import cargo, keeper, newest_scene, time_on
from gitops_action.pipeline.image_updating import outcome, write_planned
from gitops_action.pipeline.places import opened, writable
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.adapters.git_remote import Remote
    from gitops_action.adapters.github_pulls import Pulls
    from gitops_action.images.outcome import Outcome
    from gitops_action.images.uses import Use
    from gitops_action.pipeline.cargo import Done
    from gitops_action.pipeline.image_scene import Scene
    from gitops_action.pipeline.places import Place
    from gitops_action.pipeline.upkeep import Upkeep

BRANCHES: Final = "set-image/"
"""How the names of these branches begin; those of `image update` are others, which closes what it does not want."""
_ATTEMPTS: Final = 5
# One of these is in every file that names an image.
_HINTS: Final = ("image", "newTag", "repository")
_UNSAFE: Final = regex(r"[^A-Za-z0-9-]+")
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be set in which environment ("": the only one that has it). `push`: to the main branch, without asking."""

    settings: Sequence[Setting]
    environment: str = ""
    push: bool = False


def set_locally(place: Place, wish: Wish, *, dry_run: bool = False) -> Outcome:
    """Set images in the work tree, from its last commit, and touch nothing else.

    Raises UsageError for what is not there or not clear, and where a file that would be written differs from the commit.
    """
    return write_planned(place, lambda scene: _planned(scene, wish), dry_run=dry_run)


def set_remotely(place: Place, wish: Wish, *, dry_run: bool = False) -> Outcome:
    """Propose the change, or push it to the main branch; from the newest commit of that. The same twice is done once.

    Raises UsageError for what is not there or not clear, GitOpsError where Git or GitHub refuse.
    """
    with ExitStack() as stack:
        local = stack.enter_context(Repository.open(place.repo))
        remote, hub = opened(place, local, stack)
        for attempt in range(_ATTEMPTS):
            try:
                return _once(place, wish, remote, hub, dry_run=dry_run)
            except RefMovedError:
                # Jobs of several applications run at once; each begins anew from what the others did.
                if attempt + 1 == _ATTEMPTS:
                    raise
        raise AssertionError


def _once(place: Place, wish: Wish, remote: Remote, hub: Pulls, *, dry_run: bool) -> Outcome:
    about = writable(hub, "set")
    branch = place.branch or about.default_branch
    scene = newest_scene(remote, branch, place.config)
    found = _planned(scene, wish)
    if dry_run:
        return outcome(found, scene.config)
    if wish.push:
        tip, made = scene.head, ""
        for proposal in found.proposals:
            made = remote.commit(tip, proposal.changes, message(proposal), when=time_on(remote, scene))
            remote.push(f"refs/heads/{branch}", made, tip)
        return outcome(found, scene.config, commit=made)
    keep = keeper(remote, hub, scene, branch, _branch(wish), asked=True)
    done = _proposed(keep, found, scene, _branch(wish), about.html_url)
    return outcome(found, scene.config, done=[done] if done else [])


def _proposed(keep: Upkeep, found: Plan, scene: Scene, branch: str, url: str) -> Done | None:
    if keep.is_foreign(branch):
        return keep.leave(branch)
    for proposal in found.proposals:
        return keep.propose(cargo(scene, url, lambda _: False, proposal))
    if any(one.action in {Action.HELD, Action.REFUSED} for one in found.decisions):
        return None
    return keep.withdraw(branch, "the main branch has it already")


def _planned(scene: Scene, wish: Wish) -> Plan:
    """Return one proposal with everything, or none where all is as it is to be."""
    now = datetime.now(UTC)
    candidates = _candidates(scene, digest=any(one.digest for one in wish.settings))
    decisions = [
        apply(setting, candidate, lambda file: scene.held(file, now))
        for setting in wish.settings
        for candidate in choose(setting, candidates, wish.environment)
    ]
    updates = [one for one in decisions if one.action is Action.UPDATE]
    findings = [
        finding("image-not-set", one.reason, one.use)
        for one in decisions
        if one.action in {Action.HELD, Action.REFUSED}
    ]
    changes, refused = changes_of(updates, scene.files.__getitem__)
    about = ", ".join(f"{one.app} to {one}" for one in wish.settings)
    proposals = [Proposal(_branch(wish), about, tuple(updates), changes)] if changes else []
    return Plan((), decisions, proposals, [*findings, *refused])


def _candidates(scene: Scene, *, digest: bool) -> list[Candidate]:
    """Return every use of an image; a value behind a marker is one use, and not another by its name."""
    marked = scene.marked()
    taken = {(use.file, use.document, slot.pointer) for use in marked for slot in use.slots}
    wanted = Wanted(lambda image: repository_of(image) is not None, digest=digest)
    by_name = scene.found(wanted, _HINTS, lambda _: True)
    found: list[Use] = [*marked]
    found += [use for use in by_name if not any((use.file, use.document, slot.pointer) in taken for slot in use.slots)]
    places = {use.file: scene.environment(use.file) for use in found}
    return [
        Candidate(use, places[use.file], scene.component(use.file, places[use.file]))
        for use in found
        if use.has_version
    ]


def _branch(wish: Wish) -> str:
    apps = "_".join(_UNSAFE.sub("-", one.app).strip("-") or "app" for one in wish.settings)
    if len(apps) > _LONGEST:
        apps = f"{apps[:_LONGEST]}-{hashlib.sha256(apps.encode()).hexdigest()[:8]}"
    return f"{BRANCHES}{_UNSAFE.sub('-', wish.environment).strip('-') or 'any'}/{apps}"
