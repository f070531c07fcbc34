"""What pull requests with images have in common, whoever decides on the updates: the newest commit, the branches, the texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.images.plan import message, record, title
from gitops_action.pipeline.cargo import Cargo
from gitops_action.pipeline.image_scene import Scene
from gitops_action.pipeline.locking import read_locks
from gitops_action.pipeline.places import fetch_tip, just_after
from gitops_action.pipeline.upkeep import Upkeep
from gitops_action.report import images as writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gitops_action.adapters.git_remote import Remote
    from gitops_action.adapters.github_pulls import Pulls
    from gitops_action.images.plan import Proposal


def newest_scene(remote: Remote, branch: str, config: str) -> Scene:
    """Return the newest commit of a branch of the remote repository, with its locks. Raises UsageError without such a branch."""
    scene = Scene.open(remote.repository, fetch_tip(remote, branch), config)
    scene.locks = read_locks(remote)
    return scene


def time_on(remote: Remote, scene: Scene) -> datetime:
    """Return the time of our commits on a scene."""
    return just_after(remote.repository.history(scene.head, since=None, limit=1)[0].committed_at)


def keeper(  # noqa: PLR0913 - what there is to keep, and where
    remote: Remote, hub: Pulls, scene: Scene, branch: str, prefix: str, *, asked: bool
) -> Upkeep:
    """Return what keeps the branches below `prefix`, with pull requests into `branch`, having found out what there is."""
    keep = Upkeep(
        remote.repository, remote, hub, scene.config.images.pull_requests, branch, scene.head, time_on(remote, scene),
        prefix, is_record=lambda text: bool(record(text)), marker=writing.MARKER, asked=asked,
    )  # fmt: skip
    keep.load()
    return keep


def cargo(scene: Scene, url: str, is_refused: Callable[[str | None], bool], proposal: Proposal) -> Cargo:
    """Return what the branch of a proposal carries; `url` is the repository's address, `is_refused` that of a Cargo."""
    settings = scene.config.images.pull_requests
    return Cargo(
        proposal.branch,
        proposal.changes,
        message(proposal),
        title(proposal, settings.title),
        writing.body(proposal, scene.files.__getitem__, introduction=settings.body, url=url, commit=scene.head),
        is_refused,
        said=f"{len(proposal.updates)} in {', '.join(sorted(proposal.changes))[:200]}",
    )
