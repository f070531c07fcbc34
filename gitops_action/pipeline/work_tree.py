"""The work tree that files are written into: its top, what lies there, and the configuration in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.adapters.files import DirectoryTree
from gitops_action.adapters.git import Repository
from gitops_action.adapters.git_opening import NoRepositoryError
from gitops_action.adapters.new_files import present_at
from gitops_action.config import find, load
from gitops_action.errors import UsageError
from gitops_action.model import Finding
from gitops_action.records import dataclass
from gitops_action.scaffold import housekeeping
from gitops_action.scaffold.plan import Plan, plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gitops_action.config import Config
    from gitops_action.repository.tree import Tree


@dataclass(frozen=True, slots=True)
class Folder:
    """Where it is written; `is_git`: it is the top of a repository, whose main branch is `branch`."""

    path: Path
    is_git: bool
    branch: str


def open_folder(root: Path) -> Folder:
    """Return where files can be written. Raises UsageError for what is no folder, or a part of a repository."""
    if not root.is_dir():
        raise UsageError(f"{root} is not a folder: make it first, or name another with --repo")
    try:
        git = Repository.open(root)
    except NoRepositoryError:
        return Folder(root.resolve(), is_git=False, branch="main")
    with git:
        top = git.top.resolve()
        if top != root.resolve():
            raise UsageError(f"{root} lies in the repository {top}: workflows belong at its top (--repo {top})")
        return Folder(top, is_git=True, branch=git.main_branch())


def files_of(folder: Folder) -> Tree:
    """Return the files of the work tree, without those that Git ignores."""
    if not folder.is_git:
        return DirectoryTree(folder.path)
    with Repository.open(folder.path) as git:
        return DirectoryTree(folder.path, only=git.work_tree_files())


def planned(folder: Folder, files: Mapping[str, str], notes: Sequence[str] = ()) -> Plan:
    """Plan the writing of files, but for those whose purpose another file has there. Writes nothing."""
    asked = [*files, *(other for ours in files for other in housekeeping.ALTERNATIVES.get(ours, ()))]
    present = present_at(folder.path, asked)
    wanted, said = housekeeping.without_alternatives(files, present)
    return plan(wanted, present, (*notes, *said))


def configuration_of(tree: Tree) -> Config:
    """Return the configuration that is there already, else the defaults. Raises ConfigError for one that cannot be used."""
    path = find(tree.entries)
    if path is None:
        return load(None)
    _, data = next(iter(tree.read([path])))
    if isinstance(data, Finding):
        raise UsageError(f"{path}: {data.message}")
    return load(data, path)
