"""The files that overlays are built from, each read and parsed once, when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.repository.references import objects
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.model import Finding
    from gitops_action.repository.documents import Document
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.kustomizations import Kustomization
    from gitops_action.repository.tree import Tree


class Sources:
    """The files of one tree, and the graph of its kustomizations."""

    def __init__(self, tree: Tree, graph: Graph) -> None:
        """Read from `tree`, which must be what the rendered folder and `graph` were made from."""
        self.graph = graph
        self._tree = tree
        self._layout = graph.layout
        self._bytes: dict[str, bytes | None] = {}
        self._documents: dict[str, Sequence[Document | Finding]] = {}

    def is_folder(self, path: str) -> bool:
        """Whether `path` is a folder of the tree, or leads to one ("." is the root)."""
        return self._layout.is_folder(self.resolve(path))

    def resolve(self, path: str) -> str:
        """Return `path` with the symbolic links of the tree followed; as it is where they lead out or in circles."""
        resolved = self._layout.links.resolve(path)
        return path if resolved.refusal else resolved.path

    def read(self, path: str) -> bytes | None:
        """Return the content of the file `path`; None if there is none or it cannot be read."""
        path = self.resolve(path)
        if path not in self._bytes:
            content: bytes | None = None
            entry = self._layout.entries.get(path)
            if entry is not None and entry.kind is not EntryKind.SUBMODULE:
                for _, data in self._tree.read([path]):
                    content = data if isinstance(data, bytes) else None
            self._bytes[path] = content
        return self._bytes[path]

    def documents(self, path: str) -> Sequence[Document | Finding]:
        """Return the documents of a file, each item of a List on its own, and what is wrong with the others."""
        path = self.resolve(path)
        if path not in self._documents:
            data = self.read(path)
            self._documents[path] = () if data is None else tuple(objects(data, path))
        return self._documents[path]

    def kustomization(self, folder: str) -> Kustomization | None:
        """Return the kustomization of a folder; None if it has none."""
        node = self.graph.nodes.get(self.resolve(folder))
        return node.kustomization if node else None
