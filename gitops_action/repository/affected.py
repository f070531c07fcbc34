"""Which overlays a change affects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitops_action.repository.graph import Graph


@dataclass(frozen=True, slots=True)
class Affected:
    """The folders to build at each revision, sorted. One that exists at one revision only is in one only."""

    base: tuple[str, ...] = ()
    head: tuple[str, ...] = ()


def affected(base: Graph, head: Graph, changed: Iterable[str]) -> Affected:
    """Return what to build for a change of the paths `changed` (deleted ones too) from `base` to `head`.

    Affected is each root of either revision whose build reads, at either revision, a path that changed. It is built
    wherever it can be, also where it is no root, so that an overlay that comes or goes above it makes nothing of its own
    look new or deleted.
    """
    paths = list(changed)
    hit = (base.reading(paths) | head.reading(paths)) & ({*base.roots} | {*head.roots})
    return Affected(_buildable(base, hit), _buildable(head, hit))


def everything(base: Graph, head: Graph) -> Affected:
    """Return what to build if nothing is taken to be the same."""
    roots = {*base.roots, *head.roots}
    return Affected(_buildable(base, roots), _buildable(head, roots))


def _buildable(graph: Graph, folders: Iterable[str]) -> tuple[str, ...]:
    return tuple(folder for folder in sorted(folders) if folder in graph.nodes and not graph.nodes[folder].component)
