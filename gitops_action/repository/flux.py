"""Which folders of a repository Flux deploys, as its objects in the same repository say, without rendering any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.records import dataclass
from gitops_action.repository.flux_sources import KUSTOMIZATION, FluxSources, read_objects
from gitops_action.repository.paths import folders_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitops_action.repository.tree import Tree


@dataclass(frozen=True, slots=True)
class Deployment:
    """A Flux Kustomization in `file`, and a folder of the repository that it deploys (never the root)."""

    file: str
    folder: str


def deployments(tree: Tree, paths: Iterable[str]) -> list[Deployment]:
    """Return what the Flux Kustomizations in the files `paths` deploy of `tree`, in the order of files.

    Only folders that the tree has count. What cannot be read is passed over: it is reported where it is judged.
    """
    found = list(read_objects(tree, paths))
    sources = FluxSources(found)
    folders = folders_of(tree.entries) - {"."}
    deployed = [
        Deployment(item.file, folder)
        for item in found
        if item.kind == KUSTOMIZATION
        for folder in sources.lead(item).folders
        if folder in folders
    ]
    return list(dict.fromkeys(deployed))
