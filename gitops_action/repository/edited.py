"""A tree with some files as they would be after an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.repository.tree import Entry, EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitops_action.model import Finding
    from gitops_action.repository.tree import Tree


class EditedTree:
    """`tree` with other content at some paths; None is a file that is gone."""

    def __init__(self, tree: Tree, changes: Mapping[str, bytes | None]) -> None:
        self._tree = tree
        self._changes = changes
        entries = {path: entry for path, entry in tree.entries.items() if path not in changes}
        for path, content in changes.items():
            if content is not None:
                # No digest: what was read from the tree before is not what is here.
                entries[path] = Entry(path, EntryKind.FILE, len(content))
        self._entries = dict(sorted(entries.items()))

    @property
    def name(self) -> str:
        """Say what to call it in messages."""
        return f"{self._tree.name} with edits"

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every path that is not a folder."""
        return self._entries

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """Yield the content of each file, in the order asked for."""
        for path in paths:
            content = self._changes.get(path)
            if content is None:
                yield from self._tree.read([path])
            else:
                yield path, content


class PartOfTree:
    """The files of `tree` that lie at some paths, as if there were no others."""

    def __init__(self, tree: Tree, paths: Iterable[str]) -> None:
        self._tree = tree
        entries = tree.entries
        self._entries = {path: entries[path] for path in sorted(set(paths)) if path in entries}

    @property
    def name(self) -> str:
        """Say what to call it in messages."""
        return self._tree.name

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every path that is not a folder."""
        return self._entries

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """Yield the content of each file, in the order asked for."""
        return self._tree.read(paths)
