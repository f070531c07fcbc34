"""What is copied into the artifacts that Flux's ArtifactGenerators make, and where it lies there.

https://github.com/fluxcd/source-watcher/blob/main/docs/spec/v1beta1/artifactgenerators.md#copy-operations
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_ALIAS: Final = regex(r"@(?P<alias>[^/]+)/?(?P<path>.*)")


@dataclass(frozen=True, slots=True)
class Copy:
    """All files of the folder `origin` of the repository are copied to the folder `to` ("" is the root of either).

    `partly`: some are left out.
    """

    origin: str
    to: str
    partly: bool = False

    def leads(self, path: str) -> str | None:
        """Return the folder of the repository whose files come to lie at, or below, `path`; None for none."""
        if _is_below(path, self.to):
            return posixpath.join(self.origin, path[len(self.to) :].strip("/")).rstrip("/")
        return self.origin if _is_below(self.to, path) else None

    def place(self, path: str) -> str | None:
        """Return where a file of the repository comes to lie; None for one that is not copied."""
        if not _is_below(path, self.origin):
            return None
        return posixpath.join(self.to, path[len(self.origin) :].lstrip("/"))


@dataclass(frozen=True, slots=True)
class Copied:
    """All that an artifact is made of, or the `reason` why that is not known.

    `ignore` is the `spec.ignore` of the source that it is copied from, "" for none.
    """

    copies: tuple[Copy, ...] = ()
    reason: str = ""
    ignore: str = ""


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact `name`, of which the folder `path` is deployed, and what is copied into it."""

    name: str
    path: str
    copies: tuple[Copy, ...]

    def lacks(self, folder: str, files: Iterable[str]) -> list[str]:
        """Return those of `files`, which the build of `folder` reads, that it does not find in the artifact, sorted.

        Nothing is said where copies are partial: whether a file is left out is for Flux to say.
        """
        if any(copy.partly for copy in self.copies):
            return []
        start = "" if folder == "." else folder
        return sorted(path for path in files if not self._finds(path, start))

    def _finds(self, path: str, folder: str) -> bool:
        """Whether a file lies in the artifact where the build looks for it: as far from its folder as in the repository."""
        wanted = posixpath.normpath(posixpath.join(self.path or ".", posixpath.relpath(path, folder or ".")))
        return any(copy.place(path) == wanted for copy in self.copies)


def read_copy(item: Mapping[str, Any], aliases: Collection[str]) -> Copy | None:
    """Read one copy operation from a source of `aliases`; None for what is no whole folder (`@alias/folder/**`)."""
    origin, to = _ALIAS.fullmatch(str(item.get("from"))), _ALIAS.fullmatch(str(item.get("to")))
    if not origin or not to or origin["alias"] not in aliases or to["alias"] != "artifact":
        return None
    folder, _, pattern = origin["path"].rpartition("/")
    destination = plain_path(to["path"])
    is_folder = not to["path"] or to["path"].endswith("/")
    if pattern != "**" or "*" in folder or destination is None or not is_folder:
        return None
    return Copy(folder, destination, bool(item.get("exclude")))


def plain_path(path: object) -> str | None:
    """Return a path without its empty parts, "" for the root; None for one that leads elsewhere."""
    parts = [part for part in str(path).split("/") if part not in {"", "."}]
    return None if ".." in parts else "/".join(parts)


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")
