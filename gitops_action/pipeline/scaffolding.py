"""`init`: a new configuration repository, gitops-action for one that is there, or Flux's own files in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gitops_action.adapters.files import DirectoryTree, create_all, present_at
from gitops_action.adapters.git import NoRepositoryError, Repository
from gitops_action.config import FILE_NAMES, find, load
from gitops_action.environments import of_directory, of_file, with_flux
from gitops_action.errors import UsageError
from gitops_action.model import Finding
from gitops_action.pipeline import plain
from gitops_action.repository.discovery import discover
from gitops_action.repository.places import Surroundings
from gitops_action.scaffold import adopt, guide, names, repository, settings
from gitops_action.scaffold.plan import Plan, State, plan
from gitops_action.scaffold.wish import REF, Setup, Via

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.config import Config
    from gitops_action.repository.tree import Tree


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


@dataclass(frozen=True, slots=True)
class Folder:
    """Where it is written; `is_git`: it is the top of a repository, whose main branch is `branch`."""

    path: Path
    is_git: bool
    branch: str


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
        return _adopted(folder, wish, branch, ref)
    if not wish.environments:
        raise UsageError(
            "name the environments: --environments dev,staging,production (or --adopt, in a repository that has some)"
        )
    if not wish.via:
        raise UsageError("say who writes to the clusters: --via apply (the job itself), or --via flux")
    setup = Setup(names.environments(wish.environments), Via(wish.via), names.app(wish.app), branch, ref, owners=owners)
    found = _planned(folder, repository.of_new(setup))
    if any(one.path == guide.FILE and one.state is State.KEPT for one in found.files):
        # Where the README is somebody else's, it does not say what is left to do.
        return replace(found, steps=guide.steps(setup))
    return found


def write(root: Path, planned: Plan) -> None:
    """Write what is new: all of it or nothing. Raises UsageError where that cannot be."""
    create_all(root, planned.new)


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


def planned(folder: Folder, files: dict[str, str], notes: tuple[str, ...] = ()) -> Plan:
    """Plan the writing of files. Raises UsageError where a folder that is needed is something else."""
    present = present_at(folder.path, files)
    return plan(files, present, notes)


def _planned(folder: Folder, files: dict[str, str], notes: tuple[str, ...] = ()) -> Plan:
    other = next((name for name in FILE_NAMES if name != settings.FILE and (folder.path / name).exists()), "")
    if other:
        files = {path: text for path, text in files.items() if path != settings.FILE}
        notes = (*notes, f"{other} is the configuration, and is left as it is")
    if not folder.is_git:
        notes = (*notes, "this is no Git repository yet: `git init --initial-branch=main` makes it one")
    return planned(folder, files, notes)


def _adopted(folder: Folder, wish: Wish, branch: str, ref: str) -> Plan:
    tree = files_of(folder)
    config = configuration_of(tree)
    graph = discover(tree)
    overlays = [root for root in graph.roots if not config.ignores(root)]
    files = plain.candidates(tree, graph, config)
    loaded = plain.load_files(tree, files, Surroundings(tree.entries, graph), config)
    held = sorted({manifest.locator.locate(()).file for manifest in loaded.manifests})
    if not overlays and not held:
        raise UsageError(
            f"{folder.path} holds no Kubernetes configuration to adopt: leave --adopt out to begin with some"
        )
    config = with_flux(config, [tree], overlays, held)
    places = {root: of_directory(root, config) for root in overlays} | {path: of_file(path, config) for path in held}
    found = adopt.adopt(tree, places, config)
    known = {one.name: tuple(pattern.text for pattern in one.paths) for one in config.environments}
    environments = known or found.environments
    if wish.environments:
        chosen = names.environments(wish.environments)
        absent = [name for name in chosen if name not in environments]
        if absent:
            raise UsageError(
                f"--environments: {', '.join(absent)}: not found here; there are {', '.join(environments) or 'none'}. Leave the "
                f"option out, or write .gitops.yaml first"
            )
        environments = {name: environments[name] for name in chosen}
    ways = tuple((way.source, way.target) for way in config.promotion.paths) if known else found.ways
    ways = tuple(way for way in ways if set(way) <= set(environments))
    setup = Setup(tuple(environments), Via(wish.via or found.via), branch=branch, ref=ref, ways=ways)
    notes = (
        f"environments: {', '.join(environments) or 'none could be told by names'}; deployed by {setup.via.value}",
    )
    return _planned(folder, repository.of_existing(setup, environments, found.unordered), notes)


def configuration_of(tree: Tree) -> Config:
    """Return the configuration that is there already, else the defaults. Raises ConfigError for one that cannot be used."""
    path = find(tree.entries)
    if path is None:
        return load(None)
    _, data = next(iter(tree.read([path])))
    if isinstance(data, Finding):
        raise UsageError(f"{path}: {data.message}")
    return load(data, path)
