"""Files that no overlay builds: classified, loaded, and judged as they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES
from gitops_action.environments import of_file
from gitops_action.model import Finding, Manifest
from gitops_action.records import dataclass
from gitops_action.repository.classify import classify
from gitops_action.repository.definitions import DEFINITION
from gitops_action.repository.documents import Document, flatten, load
from gitops_action.repository.places import by_path
from gitops_action.repository.tree import EntryKind, Tree
from gitops_action.validate.catalog import every_kind
from gitops_action.validate.crds import Crds

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.places import Surroundings

_SUFFIXES: Final = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What files hold. `classes` counts them by class; `undeployed` are the objects in them that nobody applies."""

    manifests: tuple[Manifest, ...] = ()
    findings: tuple[Finding, ...] = ()
    classes: Mapping[str, int] = field(default_factory=dict)
    undeployed: tuple[Manifest, ...] = ()

    @property
    def every(self) -> tuple[Manifest, ...]:
        """All objects: those that nobody applies are judged too."""
        return (*self.manifests, *self.undeployed)

    def joined(self, other: Loaded) -> Loaded:
        """Return both together."""
        classes = Counter(self.classes)
        classes.update(other.classes)
        return Loaded(
            (*self.manifests, *other.manifests),
            (*self.findings, *other.findings),
            dict(classes),
            (*self.undeployed, *other.undeployed),
        )


def candidates(tree: Tree, graph: Graph, config: Config, touched: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the files that may hold manifests and come out of no build; of those, the `touched` ones if given."""
    return tuple(
        path
        for path, entry in tree.entries.items()
        if path.endswith(_SUFFIXES)
        and (touched is None or path in touched)
        and entry.kind is EntryKind.FILE
        and path not in graph.rendered
        and not config.ignores(path)
    )


def load_files(
    tree: Tree, paths: Iterable[str], surroundings: Surroundings, config: Config, *, apart: bool = True
) -> Loaded:
    """Load those of `paths` that hold manifests; only what has to be read is. What cannot be read is a finding.

    The objects of files that nobody applies (`Graph.undeployed`) are kept apart, and each such file that a kustomization could
    list is a finding. Without `apart`, all objects are taken alike: by whoever knows, or cannot know, what is applied.
    """
    undeployed = surroundings.graph.undeployed if apart else {}
    classes: Counter[str] = Counter()
    undecided = []
    for path in paths:
        known = by_path(path, surroundings)
        if known is None:
            undecided.append(path)
        else:
            classes[known.value] += 1
    manifests: list[Manifest] = []
    unapplied: list[Manifest] = []
    findings: list[Finding] = []
    for path, data in tree.read(undecided):
        held = classify(path, data, surroundings, config.limits)
        classes[held.file_class.value] += 1
        findings += held.findings
        environment = of_file(path, config) if held.documents else ""
        lister = undeployed.get(path)
        if held.documents and lister:
            findings.append(_unlisted(path, lister))
        (manifests if lister is None else unapplied).extend(
            Manifest(document.value, document, environment)
            for document in held.documents
            if isinstance(document.value, dict)
        )
    return Loaded(tuple(manifests), tuple(findings), classes, tuple(unapplied))


def _unlisted(path: str, lister: str) -> Finding:
    code = CODES["file-unlisted"]
    message = f"no kustomization lists this file, so neither `kustomize build` nor Flux applies it: list it under `resources` of {lister}"
    return Finding(code.name, code.severity, message, path)


def custom_resources(tree: Tree, config: Config, manifests: Sequence[Manifest]) -> Crds:
    """Return what the CRDs anywhere in the tree define; nothing is read if `manifests` have only built-in kinds."""
    if all(map(is_built_in, manifests)):
        return Crds()
    return definitions(tree, config, [manifest for manifest in manifests if is_definition(manifest)])


def definitions(tree: Tree, config: Config, known: Iterable[Manifest], read: Container[str] = ()) -> Crds:
    """Return what the CRDs of the tree define: the `known` ones, and those in the files that have not been `read` yet."""
    found = list(known)
    seen = {manifest.id for manifest in found}
    found += (manifest for manifest in _definitions(tree, config, read) if manifest.id not in seen)
    return Crds.from_manifests(found)


def is_built_in(manifest: Manifest) -> bool:
    """Whether no CRD is needed to judge an object."""
    value = manifest.value
    try:
        return (value.get("apiVersion"), value.get("kind")) in every_kind()
    except TypeError:  # a mapping where a name should be
        return True


def is_definition(manifest: Manifest) -> bool:
    """Whether an object defines custom resources."""
    return manifest.value.get("kind") == DEFINITION


def _definitions(tree: Tree, config: Config, read: Container[str]) -> Iterator[Manifest]:
    paths = [
        path
        for path, entry in tree.entries.items()
        if path.endswith(_SUFFIXES) and entry.kind is EntryKind.FILE and path not in read
    ]
    for path, data in tree.read(paths):
        if isinstance(data, Finding) or DEFINITION.encode() not in data or config.ignores(path):
            continue
        for document in load(data, path, config.limits):
            if not isinstance(document, Document):
                continue
            for item in flatten(document):
                if isinstance(item, Document) and isinstance(item.value, dict) and item.value.get("kind") == DEFINITION:
                    yield Manifest(item.value, item)
