"""From an event of GitHub to the two revisions that it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.adapters.git import Repository
from gitops_action.adapters.runner_event import Event
from gitops_action.adapters.runner_event import revisions as choose
from gitops_action.pipeline.request import Revisions

if TYPE_CHECKING:
    from pathlib import Path


def revisions_of(event: Event, repo: Path) -> Revisions:
    """Return what to compare for `event` in the clone at `repo`; raises what `Repository` raises."""
    with Repository.open(repo) as repository:
        checked_out = repository.resolve("HEAD")
        chosen = choose(event, checked_out, repository.parents(checked_out))
    return Revisions(chosen.head, chosen.base or "", everything=chosen.base is None)
