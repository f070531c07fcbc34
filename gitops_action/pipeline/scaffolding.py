"""`init`: a new configuration repository, or gitops-action in one that is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_action.adapters.new_files import create_all
from gitops_action.errors import UsageError
from gitops_action.pipeline.adopting import adopted
from gitops_action.pipeline.work_tree import open_folder, planned
from gitops_action.records import dataclass
from gitops_action.scaffold import guide, housekeeping, names, repository
from gitops_action.scaffold.plan import State
from gitops_action.scaffold.wish import REF, Setup, Via

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.pipeline.work_tree import Folder
    from gitops_action.scaffold.plan import Plan

_THERE = frozenset({State.NEW, State.UNCHANGED})
# What is not known of a new repository.
_NAMES = "name the environments: --environments dev,staging,production (or --adopt, in a repository that has some)"
_WRITER = "say who writes to the clusters: --via apply (the job itself), or --via flux"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line says; what is empty is found out, or has a default."""

    environments: str = ""
    via: str = ""
    app: str = "web"
    branch: str = ""
    ref: str = ""
    owners: tuple[str, ...] = ()
    adopt: bool = False


def look(root: Path, wish: Wish) -> Plan:
    """Plan what would be written below `root`. Writes nothing.

    Raises UsageError for names that cannot be used, a folder in the middle of a repository, or nothing to adopt;
    ConfigError for a configuration that cannot be read.
    """
    folder = open_folder(root)
    branch = names.branch(wish.branch or folder.branch)
    ref = names.reference(wish.ref) if wish.ref else REF
    owners = tuple(names.code_owner(one) for one in wish.owners)
    if wish.adopt:
        wanted = names.listed(wish.environments) if wish.environments else ()
        setup, files, notes = adopted(folder, wanted, wish.via, branch, ref)
        return _planned(folder, setup, files, notes)
    lacking = [] if wish.via else [_WRITER]
    lacking += [] if wish.environments else [_NAMES]
    if lacking:
        # All at once: it is asked for by those who run it for the first time.
        raise UsageError("; and ".join(lacking))
    setup = Setup(names.environments(wish.environments), Via(wish.via), names.app(wish.app), branch, ref, owners=owners)
    found = _planned(folder, setup, repository.of_new(setup))
    # Where the README is somebody else's, it does not say what is left to do.
    return found if found.state(guide.FILE) in _THERE else replace(found, steps=guide.steps(setup))


def write(root: Path, plan: Plan) -> None:
    """Write what is new: all of it or nothing. Raises UsageError where that cannot be."""
    create_all(root, plan.new)


def _planned(folder: Folder, setup: Setup, files: dict[str, str], notes: tuple[str, ...] = ()) -> Plan:
    said = [] if folder.is_git else ["this is no Git repository yet: `git init --initial-branch=main` makes it one"]
    found = planned(folder, files, (*notes, *said))
    if found.state(housekeeping.ZIZMOR) not in _THERE and housekeeping.trusted(setup):
        return replace(found, notes=(*found.notes, housekeeping.trusted(setup)))
    return found
