"""Text that gets lost in the files of overlays: what comes out of a build shows nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding
from gitops_action.regex import regex
from gitops_action.repository.documents import load
from gitops_action.repository.references import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitops_action.config import Config
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Entry, Tree

_MAY_BE_TAG: Final = regex(rb"[\s\[{,]![^\s=]")
_OBJECTS: Final = frozenset({Role.RESOURCE, Role.PATCH})


class Watched:
    """`tree`, whose files are looked at while they are read: few of them have to be parsed for it."""

    def __init__(self, tree: Tree, graph: Graph, config: Config) -> None:
        self._tree = tree
        self._graph = graph
        self._config = config
        self.findings: list[Finding] = []

    @property
    def name(self) -> str:
        """Say what to call it in messages."""
        return self._tree.name

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every path that is not a folder."""
        return self._tree.entries

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """Yield the content of each file, in the order asked for."""
        for path, data in self._tree.read(paths):
            if isinstance(data, bytes) and _MAY_BE_TAG.search(data) and self._graph.roles(path) & _OBJECTS:
                found = load(data, path, self._config.limits)
                self.findings += (one for one in found if isinstance(one, Finding) and one.code == "yaml-tag")
            yield path, data
