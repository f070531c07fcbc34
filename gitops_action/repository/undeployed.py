"""Files that lie where a kustomization decides what is deployed, and that it leaves out.

As kustomize has it, which builds what a kustomization names and nothing else (api/internal/target/kusttarget.go,
`accumulateTarget`), and Flux, which lists a folder's files only where that has no kustomization (fluxcd/pkg/kustomize,
kustomize_generator.go, `generateKustomization`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.repository.places import SUFFIXES
from gitops_action.repository.references import Role

if TYPE_CHECKING:
    from gitops_action.repository.graph import Graph


def undeployed(graph: Graph) -> dict[str, str]:
    """Return the files whose objects nobody applies, each with the kustomization that could list it.

    These are the files in the very folder of a kustomization that come out of no build, and those of components that nobody
    uses. "" in place of the kustomization: another one uses the file otherwise, or one cannot be read, so that it is not
    known what it lists.
    """
    listing: dict[str, str] = {}
    found: dict[str, str] = {}
    if not graph.nodes:
        return found
    for path in graph.layout.entries:
        if not path.endswith(SUFFIXES) or path in graph.rendered:
            continue
        roles, folder = graph.roles(path), path.rpartition("/")[0] or "."
        if folder in graph.nodes:
            if folder not in listing:
                listing[folder] = _lister(folder, graph)
            found[path] = "" if roles else listing[folder]
        elif Role.RESOURCE in roles:
            found[path] = ""
    return found


def _lister(folder: str, graph: Graph) -> str:
    """Return the kustomization file of a folder; "" if it, or one above it, cannot be read: that might list the files too."""
    above = folder
    while True:
        node = graph.nodes.get(above)
        if node is not None and (node.kustomization.unreadable or node.ambiguous):
            return ""
        if above == ".":
            return graph.nodes[folder].kustomization.file
        above = above.rpartition("/")[0] or "."
