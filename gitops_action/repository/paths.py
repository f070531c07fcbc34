"""Where paths lead inside a tree, through its symbolic links, and whether they stay in it."""

from __future__ import annotations

import bisect
import posixpath
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeGuard

from gitops_action.records import dataclass
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitops_action.model import Finding
    from gitops_action.repository.tree import Tree

# As many as Linux follows before it gives up.
_MOST_LINKS: Final = 40


class Refusal(StrEnum):
    """Why a path was not followed to its end; the text completes "the path …"."""

    LEAVES = "leads out of the repository"
    ABSOLUTE = "is absolute, so it leads out of the repository"
    CIRCLE = "leads in a circle of symbolic links"
    UNREADABLE = "leads through a symbolic link that cannot be read"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a path leads: a path without links ("." for the root), the links passed, or why it was refused.

    `written` is the path before links are followed, from the root.
    """

    path: str
    links: tuple[str, ...] = ()
    refusal: Refusal | None = None
    written: str = ""


def folders_of(paths: Iterable[str]) -> set[str]:
    """Return every folder that the given files lie in, "." for the root."""
    folders = {"."}
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent and parent not in folders:
            folders.add(parent)
            parent = parent.rpartition("/")[0]
    return folders


def folders_with(name: str, paths: Iterable[str]) -> Iterator[str]:
    """Yield the folder of each file of that name, "" for the root."""
    return (posixpath.dirname(path) for path in paths if path.endswith(name) and posixpath.basename(path) == name)


def join(folder: str, reference: str) -> str | None:
    """Return `reference`, as a file of `folder` has it, from the root ("." is the root); None if it leads out.

    As kustomize does, `..` is taken off by name, whatever links there are on the way.
    """
    if reference.startswith("/"):
        return None
    joined = posixpath.normpath(f"{folder}/{reference}")
    return None if joined == ".." or joined.startswith("../") else joined


class Links:
    """The symbolic links of a tree, and what paths mean with them."""

    def __init__(self, tree: Tree) -> None:
        """Read the targets of all links of `tree`."""
        links = [path for path, entry in tree.entries.items() if entry.kind is EntryKind.SYMLINK]
        # A forged tree can have a link and a folder of one name. The folder counts, here as when files are written.
        self.forged: frozenset[str] = frozenset(folders_of(tree.entries).intersection(links)) if links else frozenset()
        self._targets: dict[str, str | None] = {
            path: target.decode("utf-8", "surrogateescape") if _is_target(target) else None
            for path, target in tree.read(link for link in links if link not in self.forged)
        }

    def follow(self, folder: str, reference: str) -> Resolved:
        """Resolve `reference` as written in a file of `folder` (itself free of links).

        As kustomize does, `..` is taken off by name first, and links are followed after that.
        """
        joined = join(folder, reference)
        if joined is None:
            absolute = reference.startswith("/")
            return Resolved(reference, refusal=Refusal.ABSOLUTE if absolute else Refusal.LEAVES)
        if not self._targets:
            return Resolved(joined, written=joined)
        resolved = self.resolve(joined)
        return Resolved(resolved.path, resolved.links, resolved.refusal, joined)

    def resolve(self, path: str) -> Resolved:
        """Resolve `path`, relative to the root, as the operating system does: link by link, `..` after that."""
        if path.startswith("/"):
            return Resolved(path, refusal=Refusal.ABSOLUTE)
        pending = path.split("/")[::-1]
        done: list[str] = []
        passed: list[str] = []
        while pending:
            part = pending.pop()
            if part in {"", "."}:
                continue
            if part == "..":
                if not done:
                    return Resolved(path, tuple(passed), Refusal.LEAVES)
                done.pop()
                continue
            done.append(part)
            here = "/".join(done)
            if here not in self._targets:
                continue
            passed.append(here)
            target = self._targets[here]
            refusal = _refusal(target, len(passed))
            if refusal or target is None:
                return Resolved(path, tuple(passed), refusal)
            done.pop()
            pending += target.split("/")[::-1]
        return Resolved("/".join(done) or ".", tuple(passed))


def _is_target(content: bytes | Finding) -> TypeGuard[bytes]:
    return isinstance(content, bytes) and content != b"" and b"\0" not in content


def _refusal(target: str | None, count: int) -> Refusal | None:
    if target is None:
        return Refusal.UNREADABLE
    if target.startswith("/"):
        return Refusal.ABSOLUTE
    return Refusal.CIRCLE if count > _MOST_LINKS else None


class Layout:
    """What lies where in a tree: its files, the folders that they lie in, its links."""

    def __init__(self, tree: Tree) -> None:
        """Take the entries of `tree`, and read its links."""
        self.entries = tree.entries
        self.links = Links(tree)
        self._paths = list(self.entries)
        self._folders = folders_of(self._paths)

    def is_folder(self, path: str) -> bool:
        """Whether `path`, free of links, is a folder ("." is the root)."""
        return path in self._folders

    def below(self, folder: str) -> Sequence[str]:
        """Return every file below a folder."""
        if folder == ".":
            return self._paths
        start = bisect.bisect_left(self._paths, f"{folder}/")
        # The character after the slash: nothing below the folder sorts behind it.
        return self._paths[start : bisect.bisect_left(self._paths, f"{folder}0")]
