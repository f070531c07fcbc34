"""Looks places up in the repository's own files for builds of kustomizations that Flux has written its fields into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.render.chain import Chain
from gitops_action.render.flux.layer import layer_of
from gitops_action.render.provenance import Provenance
from gitops_action.render.sources import Sources
from gitops_action.repository.flux_folder import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitops_action.render.flux.unit import Unit
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree


class Origins:
    """The files as they are in the repository."""

    def __init__(self, tree: Tree, graph: Graph, paths: Sequence[str]) -> None:
        """Take the tree, its kustomizations, and its paths in order."""
        self._sources = Sources(tree, graph)
        self._graph = graph
        self._paths = paths

    def of(self, units: Mapping[str, Unit]) -> Callable[[str, Chain], Provenance]:
        """Return how to look up what is built of the folders of `units`."""

        def find(folder: str, _: Chain) -> Provenance:
            unit = units[folder]
            nodes = {node.folder: node for part in self._parts(folder) for node in self._graph.layers(part)}
            chain = Chain(folder, tuple(node.kustomization for node in nodes.values()), ())
            return Provenance(self._sources, chain, (layer_of(unit, self._sources),))

        return find

    def _parts(self, folder: str) -> list[str]:
        if folder in self._graph.nodes:
            return [folder]
        return listed(folder, self._paths, self._graph.nodes.keys())[1]
