"""Where a new object of Flux goes: the cluster's folder, a file of its own, and a line in the kustomization beside it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.errors import UsageError
from gitops_action.model import Finding
from gitops_action.promote.edit import EditError, Insert, Set, edit
from gitops_action.regex import regex
from gitops_action.repository.documents import Document
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES, parse
from gitops_action.repository.paths import folders_of
from gitops_action.repository.references import objects
from gitops_action.repository.tree import EntryKind
from gitops_action.scaffold.flux_objects import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.model import Location
    from gitops_action.repository.tree import Tree

_SUFFIXES: Final = (".yaml", ".yml")
_GROUP: Final = ".toolkit.fluxcd.io/"
_MARK: Final = regex(rb"""apiVersion["']?[ \t]*:[ \t]*["']?[a-z]+\.toolkit\.fluxcd\.io/""")
_SHOWN: Final = 5


class Cluster:
    """The objects of Flux below one folder of a tree."""

    def __init__(self, tree: Tree, folder: str) -> None:
        """Read the files below `folder`; what cannot be read is passed over, as a check reports it."""
        self.folder = folder
        self._objects = list(_flux_objects(tree, folder))

    def find(self, kind: str, namespace: str, name: str) -> Location | None:
        """Return where an object is written; None if it is not."""
        for document in self._objects:
            value = document.value
            metadata = value.get("metadata") if isinstance(value, Mapping) else None
            if isinstance(metadata, Mapping) and isinstance(value, Mapping):
                found = (value.get("kind"), metadata.get("namespace", namespace), metadata.get("name"))
                if found == (kind, namespace, name):
                    return document.locate(())
        return None


def cluster_folder(tree: Tree) -> str:
    """Return the one folder that Flux follows in a cluster. Raises UsageError where there is none, or several."""
    folders = sorted(
        {
            path[: -len(f"/{NAMESPACE}/kustomization.yaml")]
            for path in tree.entries
            if path.endswith(f"/{NAMESPACE}/kustomization.yaml")
        }
    )
    if not folders:
        kustomizations = [one for one in _flux_objects(tree, "") if _kind(one) == "Kustomization"]
        folders = _uppermost({posixpath.dirname(one.file) for one in kustomizations})
    if len(folders) == 1:
        return folders[0]
    if not folders:
        raise UsageError("no folder here holds objects of Flux: name the cluster's folder with --into")
    listed = ", ".join(folders[:_SHOWN])
    more = f" and {len(folders) - _SHOWN} more" if len(folders) > _SHOWN else ""
    raise UsageError(f"several folders are of clusters: {listed}{more}; name one with --into")


def file_of(folder: str, name: str, kind: str) -> str:
    """Return the path of a new object's file, as Flux's documentation names them: `podinfo-source.yaml`."""
    what = "kustomization" if kind == "Kustomization" else "source"
    return posixpath.join(folder, f"{name}-{what}.yaml")


def place(tree: Tree, cluster: Cluster, path: str, value: Mapping[str, Any], text: str) -> dict[str, bytes]:
    """Return what is to be written: the new file, and the kustomization of its folder with a line for it.

    Raises UsageError where the object or the file is there already, EditError where the kustomization cannot be edited.
    """
    metadata = value["metadata"]
    known = cluster.find(value["kind"], metadata["namespace"], metadata["name"])
    if known is not None:
        raise UsageError(
            f"{known}: {value['kind']} {metadata['namespace']}/{metadata['name']} is there already: edit it, or choose another name"
        )
    if path in tree.entries:
        raise UsageError(f"{path} is there already: choose another file with --path-in-repo")
    if not path.endswith(_SUFFIXES):
        raise UsageError(f"--path-in-repo: {path}: the name has to end in .yaml or .yml, or Flux does not read it")
    return {path: text.encode(), **_listed(tree, path)}


def notes(tree: Tree, cluster: Cluster, value: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a new object refers to and the cluster's folder does not have. The repository's own source is taken to be there."""
    spec, space = value["spec"], value["metadata"]["namespace"]
    reference = spec.get("sourceRef")
    own = False
    if reference is not None:
        there = reference.get("namespace", space)
        own = (there, reference["name"]) == (NAMESPACE, NAMESPACE)
        if not own and cluster.find(reference["kind"], there, reference["name"]) is None:
            yield f"{reference['kind']} {there}/{reference['name']} is not in {cluster.folder or 'the repository'}: create it, too"
    path = str(spec.get("path", "")).removeprefix("./").rstrip("/")
    if own and path and path not in folders_of(tree.entries):
        yield f"there is no folder {path} in this repository yet: Flux says so until it is there"
    for one in spec.get("dependsOn", ()):
        there = one.get("namespace", space)
        if cluster.find("Kustomization", there, one["name"]) is None:
            yield f"Kustomization {there}/{one['name']}, on which it depends, is not in {cluster.folder or 'the repository'}"
    secret = spec.get("secretRef")
    if secret is not None:
        yield f"the Secret {space}/{secret['name']} has to be in the cluster: its keys stay outside of Git"


def _listed(tree: Tree, path: str) -> dict[str, bytes]:
    """Return the kustomization of a file's folder, with the file among its resources; nothing where there is none."""
    folder, name = posixpath.split(path)
    file = next((at for one in KUSTOMIZATION_NAMES if (at := posixpath.join(folder, one)) in tree.entries), None)
    if file is None:
        return {}
    _, data = next(iter(tree.read([file])))
    if isinstance(data, Finding):
        raise UsageError(f"{file}: {data.message}")
    kustomization = parse(data, file, folder or ".")
    if kustomization is None:
        return {}  # an object of Flux that has the name
    if kustomization.unreadable is not None or kustomization.document is None:
        why = kustomization.unreadable.message if kustomization.unreadable else "it holds nothing"
        raise EditError(f"{file}: {why}: mend it first")
    listed = kustomization.value("resources")
    if isinstance(listed, list) and name in {str(one).removeprefix("./") for one in listed}:
        return {}
    pointer = kustomization.pointer("resources")
    document = kustomization.document.index
    if isinstance(listed, list):
        last = Insert(document, (*pointer, len(listed)), name) if listed else Set(document, pointer, [name])
        return {file: edit(data, file, [last])}
    if listed is None and not kustomization.has("resources"):
        return {file: edit(data, file, [Insert(document, ("resources",), [name])])}
    raise EditError(f"{kustomization.locate(pointer)}: `resources` is no list: add `- {name}` by hand")


def _uppermost(folders: set[str]) -> list[str]:
    return sorted(
        folder
        for folder in folders
        if not any(folder != other and (not other or folder.startswith(f"{other}/")) for other in folders)
    )


def _flux_objects(tree: Tree, folder: str) -> Iterator[Document]:
    """Yield the objects of Flux in the files below a folder ("" is the root)."""
    lead = f"{folder}/" if folder else ""
    paths = [
        path
        for path, entry in tree.entries.items()
        if path.startswith(lead) and path.endswith(_SUFFIXES) and entry.kind is EntryKind.FILE
    ]
    for path, data in tree.read(paths):
        # The definitions of these kinds are large, and hold no object.
        if isinstance(data, bytes) and _MARK.search(data):
            for one in objects(data, path):
                if isinstance(one, Document) and _GROUP in _version(one):
                    yield one


def _version(document: Document) -> str:
    value = document.value
    return str(value.get("apiVersion")) if isinstance(value, Mapping) else ""


def _kind(document: Document) -> str:
    value = document.value
    return str(value.get("kind")) if isinstance(value, Mapping) else ""
