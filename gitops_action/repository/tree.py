"""What a set of files looks like to the rest of the program, whether it lies in Git or in a folder."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitops_action.model import Finding

# A larger file is reported instead of read. The largest bundles of custom resource definitions have some 10 MB.
MAX_FILE_BYTES: Final = 32 * 1024 * 1024


class EntryKind(StrEnum):
    """What lies at a path."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a tree. `digest` identifies the content (a Git object id); "" where unknown.

    `size` is in bytes, -1 where it is not known before reading (a folder, a partial clone).
    """

    path: str
    kind: EntryKind
    size: int
    digest: str = ""


class ChangeStatus(StrEnum):
    """How a path differs between two trees. A renamed file is one deleted and one added."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, order=True)
class ChangedFile:
    """One path whose content or kind differs between two trees."""

    path: str
    status: ChangeStatus


class Tree(Protocol):
    """The files of a repository at one moment. Paths are POSIX and relative to the root."""

    @property
    def name(self) -> str:
        """Say what to call the tree in messages: a revision or a folder."""
        ...

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Return every path that is not a folder, in sorted order."""
        ...

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """Yield the content of each file, in the order asked for.

        A file that cannot be read, or is over the size limit, comes as a Finding. A symbolic link's
        content is its target's path, as Git has it.
        """
        ...
