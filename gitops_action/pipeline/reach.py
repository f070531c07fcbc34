"""Which files a change reaches that it does not touch: their objects become others, or are to be judged again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.render.helm.reach import reached as reached_releases
from gitops_action.repository.definitions import holding, redefined

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gitops_action.repository.definitions import Kind
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree


def with_reached(changed: Collection[str], *sides: tuple[Tree, Graph]) -> frozenset[str]:
    """Return the `changed` files and those they reach in the trees of a change, each with its kustomizations.

    Custom resources, by their definitions, and HelmReleases, by their charts, sources and values: also by templates of a chart that
    make such custom resources. Where a change is nothing of that, nothing more than its files is read.
    """
    return _reached(changed, redefined(sides, changed), sides)


def of_kinds(kinds: Collection[Kind], *sides: tuple[Tree, Graph]) -> frozenset[str]:
    """Return the files in the trees of a change that have objects of these kinds, or have them made."""
    return _reached((), kinds, sides)


def _reached(changed: Collection[str], kinds: Collection[Kind], sides: Sequence[tuple[Tree, Graph]]) -> frozenset[str]:
    known = frozenset(changed).union(*(holding(tree, kinds) for tree, _ in sides))
    return known.union(*(reached_releases(tree, graph, known) for tree, graph in sides))
