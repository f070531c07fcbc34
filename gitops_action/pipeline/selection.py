"""Which files of a folder, and which overlays, the paths of a command line mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_action.adapters.files import DirectoryTree
from gitops_action.adapters.git import Repository
from gitops_action.codes import CODES
from gitops_action.config.names import FILE_NAMES
from gitops_action.errors import ToolMissingError, UsageError
from gitops_action.model import Finding
from gitops_action.records import dataclass
from gitops_action.repository.places import SUFFIXES
from gitops_action.repository.tree import EntryKind, Tree

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from gitops_action.repository.graph import Graph


@dataclass(frozen=True, slots=True)
class Selection:
    """Paths in one tree: `files` as they were named, `folders` with all below them ("" is the root)."""

    tree: DirectoryTree
    files: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()

    def has(self, path: str) -> bool:
        """Whether a file of the tree is meant."""
        return path in self.files or any(_below(path, folder) for folder in self.folders)

    def targets(self, graph: Graph) -> list[str]:
        """Return the overlays to build.

        Those in the folders that no other there builds from (of a circle one), and the ones that a named file goes into, since
        a file is judged as it comes out of the build.
        """
        inside = [
            folder
            for folder, node in graph.nodes.items()
            if not node.component and any(_below(_plain(folder), selected) for selected in self.folders)
        ]
        return sorted({*graph.tops(inside)} | (graph.reading(self.files) & {*graph.roots}))


def select(paths: Sequence[str]) -> Selection:
    """Find the tree that all `paths` lie in: the Git work tree around them, or else what `_top` says.

    What Git ignores is not in the tree unless it is named: itself, or a folder that is ignored as a whole.
    Raises UsageError for a path that does not exist, or for paths of different repositories.
    """
    found = [_existing(path) for path in paths]
    roots = {_work_tree(path) for path in found}
    root = next(iter(roots))
    if len(roots) > 1 or root is None:
        if any(roots):
            raise UsageError("the paths lie in different repositories: validate them one after another")
        root = _top(paths, found)
    relative = [(path, path.relative_to(root).as_posix()) for path in found]
    files = frozenset(name for path, name in relative if not path.is_dir())
    folders = tuple(_plain(name) for path, name in relative if path.is_dir())
    listed = _not_ignored(root, files, folders) if any(roots) and folders else None
    return Selection(DirectoryTree(root, only=listed), files, folders)


def _top(paths: Iterable[str], found: Iterable[Path]) -> Path:
    """Return what stands for a repository where there is none, since overlays build from folders beside them.

    It is the current folder where all paths are written from there, or a folder below it that has a configuration and all
    of the paths; else the folder that they share. To list somebody's home, or the machine, would take long.
    """
    shared = Path(os.path.commonpath([path if path.is_dir() else path.parent for path in found]))
    here = Path.cwd()
    vast = {os.path.expanduser("~"), here.anchor}  # noqa: PTH111 - Path raises where there is no home
    if any(map(os.path.isabs, paths)) or not shared.is_relative_to(here) or str(here) in vast:
        return shared
    between = [shared, *(folder for folder in shared.parents if folder.is_relative_to(here))]
    configured = (folder for folder in between if any((folder / name).is_file() for name in FILE_NAMES))
    return next(configured, here)


def _not_ignored(root: Path, files: Iterable[str], folders: Sequence[str]) -> frozenset[str] | None:
    """Return what Git lists; None where there is no Git to ask, so that everything counts."""
    try:
        with Repository.open(root) as repository:
            listed = repository.work_tree_files(files)
            ignored = [folder for folder in folders if not any(_below(path, folder) for path in listed)]
            return listed | repository.work_tree_files(ignored) if ignored else listed
    except ToolMissingError:
        return None


def unchecked(selection: Selection, graph: Graph, candidates: Container[str]) -> list[Finding]:
    """Say which of the named files are not looked at, as somebody expects them to be.

    `candidates` are the files that are. A file that overlays build from is judged as they build it.
    """
    found = []
    for path in sorted(selection.files):
        entry = selection.tree.entries.get(path)
        if entry is None or path in candidates or path in graph.rendered or graph.reading({path}):
            continue
        if entry.kind is not EntryKind.FILE:
            reason = f"it is a {entry.kind.value}, which is not followed: name the file that it leads to"
        elif not path.endswith(SUFFIXES):
            reason = f"its name ends neither in {', '.join(SUFFIXES[:-1])} nor in {SUFFIXES[-1]}"
        else:
            reason = "the configuration ignores it"
        code = CODES["file-unchecked"]
        found.append(Finding(code.name, code.severity, f"the file was named, but not checked: {reason}", path))
    return found


def changed_since(tree: Tree, root: Path, revision: str) -> frozenset[str]:
    """Return the files whose content is not that of `revision`, gone ones too. Raises UsageError without a repository."""
    with Repository.open(root) as repository:
        before = repository.tree(revision).entries
    changed = {path for path in before if path not in tree.entries}
    files = [path for path, entry in tree.entries.items() if entry.kind is EntryKind.FILE]
    for path, data in tree.read(files):
        old = before.get(path)
        if old is None or isinstance(data, Finding) or old.digest != _blob(data, len(old.digest)):
            changed.add(path)
    return frozenset(changed)


def _blob(data: bytes, length: int) -> str:
    """Return the name that Git gives to a file's content, in the repository's object format."""
    import hashlib  # noqa: PLC0415 - start-up time

    header = b"blob %d\0" % len(data)
    sha1_length = 40
    if length == sha1_length:
        return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()
    return hashlib.sha256(header + data).hexdigest()


def _existing(path: str) -> Path:
    found = Path(path)
    try:
        found.lstat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path}: cannot be looked at: {reason}; name a file or folder that exists") from error
    # The folder is resolved, the name is not: a link is judged as the repository has it.
    return found.resolve() if found.is_dir() else found.parent.resolve() / found.name


def _work_tree(path: Path) -> Path | None:
    folder = path if path.is_dir() else path.parent
    return next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)


def _below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def _plain(folder: str) -> str:
    return "" if folder == "." else folder


def within(paths: Iterable[str], selection: Selection) -> list[str]:
    """Return those of `paths` that are meant, in their order."""
    return list(paths) if "" in selection.folders else [path for path in paths if selection.has(path)]
