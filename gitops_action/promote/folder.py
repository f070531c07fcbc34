"""The files of one component in one environment, at one revision."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from gitops_action.errors import GitOpsError
from gitops_action.model import Finding
from gitops_action.repository.tree import Entry, EntryKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.repository.tree import Tree


class FolderError(GitOpsError):
    """A file of a folder cannot be read."""


class Folder:
    """What lies below `root` in a tree, by path relative to it."""

    def __init__(self, tree: Tree, root: str, ordered: Sequence[str] | None = None) -> None:
        """Take the tree and the folder in it; `ordered` are the tree's paths, sorted, where they are at hand."""
        self.tree = tree
        self.root = root
        self.entries: Mapping[str, Entry] = _below(tree, root, sorted(tree.entries) if ordered is None else ordered)

    def __contains__(self, path: str) -> bool:
        return path in self.entries

    def full(self, path: str) -> str:
        """Return a path from the repository's root."""
        return f"{self.root}/{path}" if self.root else path

    def digest(self, path: str) -> str | None:
        """Return what identifies a file's content and kind; None if there is no such file."""
        entry = self.entries.get(path)
        return None if entry is None else f"{entry.kind.value}:{entry.digest}"

    def is_file(self, path: str) -> bool:
        """Whether it is a file, and no link or submodule."""
        return self.entries[path].kind is EntryKind.FILE

    def read(self, path: str) -> bytes:
        """Return a file's content. Raises FolderError if it cannot be had."""
        for _, data in self.tree.read([self.full(path)]):
            if not isinstance(data, Finding):
                return data
            raise FolderError(f"{self.full(path)}: {data.message}")
        raise FolderError(f"{self.full(path)}: no such file in {self.tree.name}")


def _below(tree: Tree, root: str, ordered: Sequence[str]) -> dict[str, Entry]:
    if not root:
        return dict(tree.entries)
    prefix = f"{root}/"
    found = {}
    for index in range(bisect_left(ordered, prefix), len(ordered)):
        path = ordered[index]
        if not path.startswith(prefix):
            break
        found[path[len(prefix) :]] = tree.entries[path]
    return found
