"""What a set of files looks like to the rest of the program, whether it lies in Git or in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gitops_action.model import Finding


class EntryKind(StrEnum):
    """What lies at a path."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a tree. `digest` identifies the content (a Git object id); "" where unknown."""

    path: str
    kind: EntryKind
    size: int
    digest: str = ""


class Tree(Protocol):
    """The files of a repository at one moment. Paths are POSIX and relative to the root."""

    @property
    def name(self) -> str:
        """What to call the tree in messages: a revision or a folder."""
        ...

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every path that is not a folder, in sorted order."""
        ...

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """The content of each file, in the order asked for.

        A file that cannot be read, or is over the size limit, comes as a Finding. A symbolic link's
        content is its target's path, as Git has it.
        """
        ...
