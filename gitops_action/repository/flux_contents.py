"""What of a repository is in the artifact that Flux makes of it, and deploys from."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES
from gitops_action.model import Finding
from gitops_action.repository import flux_ignore
from gitops_action.repository.discovery import discover
from gitops_action.repository.edited import PartOfTree
from gitops_action.repository.flux_ignore import Ignored
from gitops_action.repository.paths import Links, folders_of, folders_with
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from gitops_action.repository.discovery import Cache
    from gitops_action.repository.flux_ignore import Pattern
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree

# Each may have to be tried on each file. The largest files of patterns have some 50.
_MOST_PATTERNS: Final = 1000
# Characters of a pattern that a message has.
_SHOWN: Final = 80
_SUFFIXES: Final = (".yaml", ".yml")


class Contents:
    """The files of a repository that a source of it holds (`tree`), and the kustomizations among them (`graph`).

    `problem` says why nothing is known of it. `whole`: no build would see a difference, so `tree` and `graph` are the repository's.
    """

    def __init__(self, tree: Tree, graph: Graph, ignore: str | None, cache: Cache) -> None:
        """Take a repository, its kustomizations (which were read into `cache`), and the `spec.ignore` of the source."""
        self._all = tree
        self._ignored, self.files_of_patterns, self.problem = _read(tree, graph.layout.links, ignore)
        gone = _gone(tree, self._ignored)
        self.whole = not any(path.endswith(_SUFFIXES) for path in gone) and not graph.reading(gone)
        self.tree = tree if self.whole else PartOfTree(tree, tree.entries.keys() - {*gone})
        self.graph = graph if self.whole else discover(self.tree, cache)
        self.paths = tuple(self.tree.entries)

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders that the artifact has, empty ones too."""
        written = folders_of(self._all.entries)
        return frozenset({path for path in written if not self._leaves_out_folder(path)} | folders_of(self.paths))

    def _leaves_out_folder(self, path: str) -> bool:
        return path != "." and self._ignored.by(path, folder=True) is not None

    def leaves_out(self, path: str) -> bool:
        """Whether a file of the repository is not in the artifact."""
        return path in self._all.entries and path not in self.tree.entries

    def why_not(self, path: str) -> str:
        """Say why a file or a folder of the repository is not in the artifact."""
        entry = self._all.entries.get(path)
        if entry is not None and entry.kind is not EntryKind.FILE:
            what = "symbolic link" if entry.kind is EntryKind.SYMLINK else entry.kind.value
            return f"it is a {what}, which Flux leaves out"
        pattern = self._ignored.by(path, folder=entry is None)
        if pattern is None:
            return "Flux leaves it out"
        text = pattern.text if len(pattern.text) <= _SHOWN else pattern.text[: _SHOWN - 1] + "…"
        if pattern.file:
            return f"line {pattern.line} of {pattern.file} leaves it out (`{text}`)"
        where = f"line {pattern.line} of the source's `spec.ignore`" if pattern.line else "Flux by itself"
        return f"{where} leaves it out (`{text}`)"


def part_of(tree: Tree, ignore: str | None) -> Tree | Finding:
    """Return what of a whole repository is in the artifact of a source with that `spec.ignore`, or why that is not known."""
    ignored, _, problem = _read(tree, Links(tree), ignore)
    return problem or PartOfTree(tree, tree.entries.keys() - {*_gone(tree, ignored)})


def _gone(tree: Tree, ignored: Ignored) -> list[str]:
    return [
        path for path, entry in tree.entries.items() if entry.kind is not EntryKind.FILE or ignored.by(path) is not None
    ]


def _read(tree: Tree, links: Links, ignore: str | None) -> tuple[Ignored, tuple[str, ...], Finding | None]:
    """Return what is left out, the files that say so, and why that is not known.

    The patterns of a folder's file come after those of the folders that it is in.
    """
    names = [posixpath.join(folder, flux_ignore.FILE) for folder in folders_with(flux_ignore.FILE, tree.entries)]
    files = tuple(sorted(names, key=lambda path: path.split("/")[:-1]))
    patterns: list[Pattern] = []
    problem = None
    for path in files:
        # As Flux opens it: where a link leads.
        resolved = links.resolve(path)
        if resolved.refusal or resolved.path not in tree.entries:
            continue
        _, data = next(iter(tree.read([resolved.path])))
        if isinstance(data, Finding):
            problem = _problem(data.code, f"{data.message}, so it is not known what Flux leaves out", path)
        else:
            patterns += flux_ignore.read(data.decode(errors="surrogateescape"), path, path.split("/")[:-1])
    found = Ignored([*patterns, *flux_ignore.read(ignore or "")])
    if found.count > _MOST_PATTERNS and problem is None:
        message = f"more than {_MOST_PATTERNS} patterns say what Flux leaves out: they were not followed"
        problem = _problem("file-too-large", message, next(iter(files), ""))
    return (Ignored([]) if problem else found), files, problem


def _problem(code: str, message: str, file: str) -> Finding:
    return Finding(code, CODES[code].severity, message, file, engine="render")
