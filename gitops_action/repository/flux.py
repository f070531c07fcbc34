"""Which folders of a repository Flux deploys, as its objects in the same repository say.

A Flux Kustomization names a source and a folder in it. The folder is one of this repository if the source is; that is
taken to be so unless the tree says otherwise. An artifact that is made of this repository's files leads back to them.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.repository.documents import Document
from gitops_action.repository.paths import folders_of
from gitops_action.repository.references import objects
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.repository.tree import Tree

# A file without one of these need not be parsed; the definitions of these kinds, which are large, have none.
_MARK: Final = re.compile(
    rb"""apiVersion["']?[ \t]*:[ \t]*["']?(?:kustomize\.toolkit|source\.toolkit|source\.extensions)\.fluxcd\.io/"""
)
_SOURCES: Final = frozenset({"GitRepository", "OCIRepository", "Bucket"})
_GENERATED: Final = "ExternalArtifact"
# What `flux bootstrap` and the Flux operator call the source of the repository that they are set up from.
_OWN_NAME: Final = "flux-system"
_ALIAS: Final = re.compile(r"@(?P<alias>[^/]+)/?(?P<path>.*)")


# Sources by kind, namespace and name.
_Names: TypeAlias = "set[tuple[str, str, str]]"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A Flux Kustomization in `file`, and a folder of the repository that it deploys (never the root)."""

    file: str
    folder: str


@dataclass(frozen=True, slots=True)
class _Object:
    file: str
    value: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return str(self.value.get("kind"))

    @property
    def name(self) -> str:
        return str(_mapping(self.value, "metadata").get("name"))

    @property
    def namespace(self) -> str:
        return str(_mapping(self.value, "metadata").get("namespace") or "")

    @property
    def spec(self) -> Mapping[str, Any]:
        return _mapping(self.value, "spec")


def deployments(tree: Tree, paths: Iterable[str]) -> list[Deployment]:
    """Return what the Flux Kustomizations in the files `paths` deploy of `tree`, in the order of files.

    Only folders that the tree has count. What cannot be read is passed over: it is reported where it is judged.
    """
    found = list(_flux_objects(tree, paths))
    own = {_url(item) for item in found if item.kind in _SOURCES and item.name == _OWN_NAME} - {""}
    foreign = {
        (item.kind, item.namespace, item.name)
        for item in found
        if item.kind in _SOURCES and own and _url(item) not in {"", *own}
    }
    generators = [item for item in found if item.kind == "ArtifactGenerator"]
    folders = folders_of(tree.entries) - {"."}
    deployed = [
        Deployment(item.file, folder)
        for item in found
        if item.kind == "Kustomization"
        for folder in _folders(item, generators, foreign)
        if folder in folders
    ]
    return list(dict.fromkeys(deployed))


def _flux_objects(tree: Tree, paths: Iterable[str]) -> Iterator[_Object]:
    files = [path for path in paths if path in tree.entries and tree.entries[path].kind is EntryKind.FILE]
    for path, data in tree.read(files):
        if isinstance(data, bytes) and _MARK.search(data):
            for item in objects(data, path):
                if isinstance(item, Document) and isinstance(item.value, dict):
                    group = str(item.value.get("apiVersion")).partition("/")[0]
                    if group.endswith(".fluxcd.io"):
                        yield _Object(path, item.value)


def _folders(kustomization: _Object, generators: Sequence[_Object], foreign: _Names) -> Iterator[str]:
    """Yield the folders of the repository that a Flux Kustomization means, whether they exist or not."""
    source = _mapping(kustomization.spec, "sourceRef")
    path = _plain(kustomization.spec.get("path") or "")
    if path is None:
        return
    if source.get("kind") == _GENERATED:
        namespace = source.get("namespace") or kustomization.namespace
        for generator in _nearest(kustomization.file, _of_artifact(generators, source.get("name"), namespace)):
            yield from _copied(generator, source.get("name"), path, foreign)
    elif source.get("kind") in _SOURCES and not _is_foreign(source, kustomization.namespace, foreign):
        yield path


def _of_artifact(generators: Iterable[_Object], name: object, namespace: str) -> list[_Object]:
    return [
        generator
        for generator in generators
        if generator.namespace == namespace
        and any(artifact.get("name") == name for artifact in _mappings(generator.spec, "artifacts"))
    ]


def _nearest(file: str, generators: Sequence[_Object]) -> list[_Object]:
    """Return the objects that are kept nearest to `file`: clusters have objects of one name each in their own folder."""
    shared = {id(item): len(posixpath.commonpath([f"/{file}", f"/{item.file}"])) for item in generators}
    return [item for item in generators if shared[id(item)] == max(shared.values())]


def _copied(generator: _Object, name: object, path: str, foreign: _Names) -> Iterator[str]:
    """Yield the folders of the repository whose files come to lie at, or below, `path` of an artifact.

    Whole folders only (`@alias/folder/**`):
    https://github.com/fluxcd/source-watcher/blob/main/docs/spec/v1beta1/artifactgenerators.md#copy-operations
    """
    sources = {
        str(source.get("alias")): source
        for source in _mappings(generator.spec, "sources")
        if source.get("kind") in _SOURCES and not _is_foreign(source, generator.namespace, foreign)
    }
    artifacts = [item for item in _mappings(generator.spec, "artifacts") if item.get("name") == name]
    for copy in (copy for artifact in artifacts for copy in _mappings(artifact, "copy")):
        origin, to = _ALIAS.fullmatch(str(copy.get("from"))), _ALIAS.fullmatch(str(copy.get("to")))
        if not origin or not to or origin["alias"] not in sources or to["alias"] != "artifact":
            continue
        folder, _, pattern = origin["path"].rpartition("/")
        destination = _plain(to["path"])
        is_folder = not to["path"] or to["path"].endswith("/")
        if pattern != "**" or "*" in folder or destination is None or not is_folder:
            continue
        if _below(path, destination):
            yield posixpath.join(folder, path[len(destination) :].strip("/")).rstrip("/")
        elif _below(destination, path):
            yield folder


def _below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def _is_foreign(source: Mapping[str, Any], namespace: str, foreign: _Names) -> bool:
    return (str(source.get("kind")), str(source.get("namespace") or namespace), str(source.get("name"))) in foreign


def _url(source: _Object) -> str:
    """Return the address of a source, in one spelling."""
    address = str(source.spec.get("url") or "").lower().rstrip("/").removesuffix(".git")
    return re.sub(r"^(?:[a-z+]+://)?(?:[^@/]*@)?", "", address).replace(":", "/")


def _plain(path: object) -> str | None:
    """Return a path without its empty parts, "" for the root; None for one that leads elsewhere."""
    parts = [part for part in str(path).split("/") if part not in {"", "."}]
    return None if ".." in parts else "/".join(parts)


def _mapping(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = value.get(name)
    return member if isinstance(member, dict) else {}


def _mappings(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    member = value.get(name)
    return [item for item in member if isinstance(item, dict)] if isinstance(member, list) else []
