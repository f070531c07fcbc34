"""Where the files come from that Flux's Kustomizations deploy: from this repository, and from which folder, or not.

A Kustomization names a source and a folder in it. The folder is one of this repository if the source is; that is taken
to be so unless the tree says otherwise. An artifact that is made of this repository's files leads back to them.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from gitops_action.parts import mappings, part
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.documents import Document
from gitops_action.repository.flux_artifacts import Artifact, Copied, Copy, plain_path, read_copy
from gitops_action.repository.references import objects
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.repository.tree import Tree

# A file without one of these need not be parsed; the definitions of these kinds, which are large, have none.
MARK: Final = regex(
    rb"""apiVersion["']?[ \t]*:[ \t]*["']?(?:kustomize\.toolkit|source\.toolkit|source\.extensions)\.fluxcd\.io/"""
)
KUSTOMIZATION: Final = "Kustomization"
_FETCHED: Final = frozenset({"GitRepository", "OCIRepository", "Bucket"})
_GENERATED: Final = "ExternalArtifact"
# What `flux bootstrap` and the Flux operator call the source of the repository that they are set up from.
_OWN_NAME: Final = "flux-system"


@dataclass(frozen=True, slots=True)
class FluxObject:
    """An object of Flux, and the file of the repository that it is, or began, in; and the cluster that it was rendered for, if it was."""

    file: str
    value: Mapping[str, Any]
    cluster: str = ""

    @property
    def kind(self) -> str:
        """Its kind, as all below "" where there is none."""
        return str(self.value.get("kind"))

    @property
    def name(self) -> str:
        """Its name."""
        return str(part(self.value, "metadata").get("name") or "")

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(part(self.value, "metadata").get("namespace") or "")

    @property
    def spec(self) -> Mapping[str, Any]:
        """What it asks for."""
        return part(self.value, "spec")


@dataclass(frozen=True, slots=True)
class Lead:
    """The folders of this repository that a Kustomization deploys ("." is the root), or why nothing is known of it.

    `certain`: its source is surely this repository, so that a folder that does not exist is a mistake. `elsewhere` names
    what it is if it is not (where there are folders: if they do not exist). `artifact` is what they are copied into.
    `ignore` is the source's `spec.ignore`, None where that is not known or not set.
    """

    folders: tuple[str, ...] = ()
    elsewhere: str = ""
    certain: bool = False
    artifact: Artifact | None = None
    ignore: str | None = None


def read_objects(tree: Tree, paths: Iterable[str]) -> Iterator[FluxObject]:
    """Yield Flux's objects in the files `paths`, in their order; what cannot be read is passed over."""
    files = [path for path in paths if path in tree.entries and tree.entries[path].kind is EntryKind.FILE]
    for path, data in tree.read(files):
        if isinstance(data, bytes) and MARK.search(data):
            for item in objects(data, path):
                if isinstance(item, Document) and isinstance(item.value, dict) and is_flux(item.value):
                    yield FluxObject(path, item.value)


def is_flux(value: Mapping[str, Any]) -> bool:
    """Whether an object is one of Flux's kinds."""
    return str(value.get("apiVersion")).partition("/")[0].endswith(".fluxcd.io")


def is_kustomization(value: Mapping[str, Any]) -> bool:
    """Whether an object is a Kustomization of Flux (kustomize's own have the kind's name, too)."""
    return value.get("kind") == KUSTOMIZATION and is_flux(value)


@dataclass(frozen=True)
class FluxSources:
    """All that is known of sources: Flux's objects of a tree, as they are written and, after these, as they are rendered."""

    known: Sequence[FluxObject] = field(default=())

    def edited_by(self, automation: FluxObject) -> Lead:
        """Say which folder an ImageUpdateAutomation edits: it names one as a Kustomization does."""
        spec = {"sourceRef": automation.spec.get("sourceRef"), "path": part(automation.spec, "update").get("path")}
        return self.lead(FluxObject(automation.file, {**automation.value, "spec": spec}, automation.cluster))

    def lead(self, kustomization: FluxObject) -> Lead:
        """Say where a Kustomization leads."""
        reference = part(kustomization.spec, "sourceRef")
        kind, name = str(reference.get("kind") or ""), str(reference.get("name") or "")
        namespace = str(reference.get("namespace") or kustomization.namespace)
        path = plain_path(kustomization.spec.get("path") or "")
        if path is None:
            return Lead(elsewhere="a path that leads out of its source")
        if kind == _GENERATED:
            return self._generated(kustomization.file, name, namespace, path)
        if kind not in _FETCHED:
            return Lead(elsewhere=f"{kind or 'a source'} {name}, a kind of source that is not known")
        source = self._source(kind, namespace, name, kustomization)
        address = url(source) if source else ""
        shown = f"{kind} {name} ({source.spec.get('url')})" if source and address else f"{kind} {name}"
        own = not address or address in self._own
        # Where nobody says which repository this is, a folder of another kind of source, or its root, is none of ours.
        if not own and (self._own or kind != "GitRepository" or not path):
            return Lead(elsewhere=shown)
        certain = name == _OWN_NAME or address in self._own
        return Lead((path or ".",), f"`{path or '.'}` of {shown}", certain=certain, ignore=_ignore(source))

    def _generated(self, file: str, name: str, namespace: str, path: str) -> Lead:
        generators = self._generators(file, name, namespace)
        if not generators:
            return Lead(elsewhere=f"{_GENERATED} {name}, which no ArtifactGenerator of this repository makes")
        copies = tuple(copy for generator in generators for copy in self._copies(generator, name))
        folders = [copy.leads(path) or "." for copy in copies if copy.leads(path) is not None]
        if not folders:
            return Lead(
                elsewhere=f"{_GENERATED} {name}, into which nothing of this repository is copied as whole folders"
            )
        artifact = Artifact(name, path, copies)
        return Lead(tuple(dict.fromkeys(folders)), artifact=artifact, ignore=self._ignored_by(generators))

    def copied(self, file: str, namespace: str, name: str) -> Copied:
        """Return what an ExternalArtifact that `file` names is made of."""
        generators = self._generators(file, name, namespace)
        if not generators:
            return Copied(reason="is made by no ArtifactGenerator of this repository")
        artifacts = [it for generator in generators for it in _artifacts(generator, name)]
        found = [copy for generator in generators for copy in self._copies(generator, name)]
        operations = [it for artifact in artifacts for it in mappings(artifact, "copy")]
        if len(found) < len(operations) or any(it.get("strategy") == "Extract" for it in operations):
            return Copied(reason="is made of more than whole folders of this repository")
        return Copied(tuple(dict.fromkeys(found)), ignore=self._ignored_by(generators) or "")

    def _ignored_by(self, generators: Iterable[FluxObject]) -> str | None:
        return next((it for generator in generators for it in self._ignores(generator)), None)

    def _generators(self, file: str, name: str, namespace: str) -> list[FluxObject]:
        return _nearest(file, [it for it in self._makers.get(name, ()) if it.namespace == namespace])

    def _source(self, kind: str, namespace: str, name: str, seeker: FluxObject) -> FluxObject | None:
        """Return the source that `seeker` means, as it is built if it is: of the same cluster, or else the nearest.

        One whose namespace an overlay sets may be written without.
        """
        alike = self._by_name.get((kind, name), [])
        exact = [item for item in alike if item.namespace == namespace] or [it for it in alike if not it.namespace]
        same = [item for item in exact if item.cluster and item.cluster == seeker.cluster]
        return next(reversed(_nearest(seeker.file, same or exact)), None)

    @cached_property
    def _own(self) -> frozenset[str]:
        """The addresses of this repository."""
        return frozenset({url(it) for it in self.known if it.kind in _FETCHED and it.name == _OWN_NAME} - {""})

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], list[FluxObject]]:
        found: dict[tuple[str, str], list[FluxObject]] = {}
        for item in self.known:
            found.setdefault((item.kind, item.name), []).append(item)
        return found

    @cached_property
    def _makers(self) -> Mapping[str, list[FluxObject]]:
        """The generators of each artifact, by its name."""
        found: dict[str, list[FluxObject]] = {}
        for item in self.known:
            artifacts = mappings(item.spec, "artifacts") if item.kind == "ArtifactGenerator" else ()
            for name in {name for artifact in artifacts if isinstance(name := artifact.get("name"), str)}:
                found.setdefault(name, []).append(item)
        return found

    def _is_foreign(self, source: FluxObject) -> bool:
        return bool(self._own) and url(source) not in {"", *self._own}

    def _copies(self, generator: FluxObject, name: str) -> Iterator[Copy]:
        """Yield what of this repository a generator copies into an artifact."""
        ours = {str(reference.get("alias")) for reference in self._ours(generator)}
        for item in (item for artifact in _artifacts(generator, name) for item in mappings(artifact, "copy")):
            copy = read_copy(item, ours)
            if copy is not None:
                yield copy

    def _ours(self, generator: FluxObject) -> list[Mapping[str, Any]]:
        """Return the references to sources of this repository that a generator copies from."""
        references = [one for one in mappings(generator.spec, "sources") if str(one.get("kind")) in _FETCHED]
        sources = [self._referred(one, generator) for one in references]
        return [
            one
            for one, source in zip(references, sources, strict=True)
            if source is None or not self._is_foreign(source)
        ]

    def _ignores(self, generator: FluxObject) -> Iterator[str]:
        """Yield what the sources of this repository leave out, as far as they say."""
        for reference in self._ours(generator):
            ignore = _ignore(self._referred(reference, generator))
            if ignore is not None:
                yield ignore

    def _referred(self, reference: Mapping[str, Any], generator: FluxObject) -> FluxObject | None:
        namespace = str(reference.get("namespace") or generator.namespace)
        return self._source(str(reference.get("kind")), namespace, str(reference.get("name")), generator)


def _ignore(source: FluxObject | None) -> str | None:
    ignore = source.spec.get("ignore") if source else None
    return ignore if isinstance(ignore, str) else None


def _artifacts(generator: FluxObject, name: str) -> list[Mapping[str, Any]]:
    return [item for item in mappings(generator.spec, "artifacts") if item.get("name") == name]


def _nearest(file: str, items: Sequence[FluxObject]) -> list[FluxObject]:
    """Return the objects that are kept nearest to `file`: clusters have objects of one name each in their own folder."""
    if len(items) < 2:  # noqa: PLR2004 - nothing to choose from
        return list(items)
    shared = [posixpath.commonprefix([f"/{file}/", f"/{item.file}/"]).rfind("/") for item in items]
    most = max(shared)
    return [item for item, depth in zip(items, shared, strict=True) if depth == most]


def url(source: FluxObject) -> str:
    """Return the address of a source, in one spelling."""
    address = str(source.spec.get("url") or "").lower().rstrip("/").removesuffix(".git")
    return re.sub(r"^(?:[a-z+]+://)?(?:[^@/]*@)?", "", address).replace(":", "/")
