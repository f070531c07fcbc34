"""Files that no overlay builds: classified, loaded, and judged as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gitops_action.environments import of_file
from gitops_action.model import Finding, Manifest
from gitops_action.repository.classify import classify
from gitops_action.repository.documents import Document, flatten, load
from gitops_action.repository.places import by_path
from gitops_action.repository.tree import EntryKind, Tree
from gitops_action.validate.catalog import every_kind
from gitops_action.validate.crds import Crds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gitops_action.config import Config
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.places import Surroundings

_SUFFIXES: Final = (".yaml", ".yml", ".json")
_CRD: Final = "CustomResourceDefinition"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What files hold. `classes` counts them by class."""

    manifests: tuple[Manifest, ...] = ()
    findings: tuple[Finding, ...] = ()
    classes: Mapping[str, int] = field(default_factory=dict)


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


def load_files(tree: Tree, paths: Iterable[str], surroundings: Surroundings, config: Config) -> Loaded:
    """Load the files of `paths`; what cannot be read is a finding."""
    manifests: list[Manifest] = []
    findings: list[Finding] = []
    classes: dict[str, int] = {}
    for path, data in tree.read(paths):
        held = load_file(path, data, surroundings, config)
        manifests += held.manifests
        findings += held.findings
        for name, count in held.classes.items():
            classes[name] = classes.get(name, 0) + count
    return Loaded(tuple(manifests), tuple(findings), classes)


def load_file(path: str, data: bytes | Finding, surroundings: Surroundings, config: Config) -> Loaded:
    """Classify one file and return its manifests; each knows its environment."""
    decided = by_path(path, surroundings) is not None or isinstance(data, Finding)
    items = [] if decided or isinstance(data, Finding) else load(data, path, config.limits)
    held = classify(path, data, items, surroundings)
    environment = of_file(path, config)
    manifests = tuple(
        Manifest(document.value, document, environment)
        for document in held.documents
        if isinstance(document.value, dict)
    )
    return Loaded(manifests, held.findings, {held.file_class.value: 1})


def custom_resources(tree: Tree, config: Config, manifests: Iterable[Manifest], unread: Collection[str] = ()) -> Crds:
    """Return what the CRDs anywhere in the tree define.

    Nothing is read if `manifests` have only built-in kinds and there are no `unread` files, whose kinds nobody knows yet.
    """
    known = every_kind()
    listed = list(manifests)
    if not unread and all((manifest.id.api_version, manifest.id.kind) in known for manifest in listed):
        return Crds()
    found = [manifest for manifest in listed if manifest.id.kind == _CRD]
    seen = {manifest.id for manifest in found}
    found += (manifest for manifest in _definitions(tree, config) if manifest.id not in seen)
    return Crds.from_manifests(found)


def _definitions(tree: Tree, config: Config) -> Iterator[Manifest]:
    paths = [path for path, entry in tree.entries.items() if path.endswith(_SUFFIXES) and entry.kind is EntryKind.FILE]
    for path, data in tree.read(paths):
        if isinstance(data, Finding) or _CRD.encode() not in data or config.ignores(path):
            continue
        for document in load(data, path, config.limits):
            if not isinstance(document, Document):
                continue
            for item in flatten(document):
                if isinstance(item, Document) and isinstance(item.value, dict) and item.value.get("kind") == _CRD:
                    yield Manifest(item.value, item)
