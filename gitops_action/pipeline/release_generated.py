"""ConfigMaps and Secrets that overlays generate which are not looked at: built when a release needs one for its values."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.environments import DEFAULT, of_directory
from gitops_action.errors import ToolMissingError
from gitops_action.pipeline import overlays
from gitops_action.render.helm.reach import generated_by, may_be

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.model import Manifest
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree

KINDS: Final = frozenset({"ConfigMap", "Secret"})


class Generated:
    """What the overlays of one tree generate."""

    def __init__(self, tree: Tree, graph: Graph | None, config: Config) -> None:
        """Take a tree and its kustomizations; None for none, as nobody asks for their objects."""
        self._tree = tree
        self._graph = graph
        self._config = config
        self._built: dict[str, Sequence[Manifest]] = {}

    def find(self, kind: str, name: str, environment: str) -> list[Manifest]:
        """Return what is generated under a name: in an environment, or else in none. An overlay that fails gives nothing."""
        graph, config = self._graph, self._config
        if graph is None or kind not in KINDS:
            return []
        roots = [root for root, names in self._names.items() if may_be((kind, name), names)]
        near = [root for root in roots if of_directory(root, config) == environment]
        near = near or [root for root in roots if of_directory(root, config) == DEFAULT]
        found = (one for root in near for one in self._build(graph, root))
        return [one for one in found if (one.id.kind, one.id.name) == (kind, name)]

    @cached_property
    def _names(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """What overlays generate, by kind and name, for those that generate anything: each release asks for it."""
        graph = self._graph
        roots = [root for root in graph.roots if not self._config.ignores(root)] if graph else []
        found = {root: frozenset(generated_by(graph, root)) for root in roots} if graph else {}
        return {root: names for root, names in found.items() if names}

    def _build(self, graph: Graph, root: str) -> Sequence[Manifest]:
        if root not in self._built:
            targets = {root: of_directory(root, self._config)}
            paths = sorted(graph.closure(root))
            try:
                rendered = overlays.render(self._tree, targets, paths, self._config, SilentProgress(), graph=graph)
                self._built[root] = rendered.manifests
            except ToolMissingError:
                self._built[root] = ()
        return self._built[root]
