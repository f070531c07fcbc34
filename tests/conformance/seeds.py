"""What mutants are made of: single documents of YAML, and every place in them with what the schema says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import yaml

from gitops_action.model import Pointer
from gitops_action.repository.documents import Document, load
from gitops_action.repository.parts import split
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.crds import Crds, bundled
from tests.manifests import loaded
from tests.support import corpus

Node = Any  # yaml's nodes, whose values the stubs type too narrowly
Shape = Mapping[str, Any]
MANIFESTS: Final = Path(__file__).resolve().parent / "manifests"
CORPORA: Final = ("kubernetes-examples", "podinfo", "flux2-kustomize-helm-example", "flux2-multi-tenancy")
CATALOG: Final = Catalog(36)  # the release of the server that `make tools` builds
NO_SHAPE: Final[Shape] = {}
_OBJECT_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


@dataclass(frozen=True, eq=False)
class Seed:
    """One document, as text and as value."""

    file: str
    text: str
    value: dict[str, Any]

    @property
    def api_version(self) -> str:
        return str(self.value.get("apiVersion"))

    @property
    def kind(self) -> str:
        return str(self.value.get("kind"))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every field and item, parents before their children; none if the text has aliases, whose edits would spread."""
        if "&" in self.text and "*" in self.text:
            return ()
        root = yaml.compose(self.text, Loader=yaml.CSafeLoader)
        return tuple(_places(self, root, self.value, root_shape(self), None))


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """A field or an item. `key` is None for an item; `shape` is the schema of the value, `inside` that of its parent."""

    seed: Seed = field(repr=False)
    pointer: Pointer
    node: Node = field(repr=False)
    key: Node = field(repr=False)
    parent: Node = field(repr=False)
    value: Any
    shape: Shape = field(repr=False)
    inside: Shape = field(repr=False)
    above: Place | None = field(repr=False)

    @property
    def name(self) -> str:
        """The field's name, or that of the list that an item is in."""
        return next((part for part in reversed(self.pointer) if isinstance(part, str)), "")

    @property
    def siblings(self) -> list[Any]:
        """The nodes of the parent: pairs of a mapping, items of a list."""
        siblings: list[Any] = self.parent.value
        return siblings


def _places(seed: Seed, node: Node, value: Any, shape: Shape, above: Place | None) -> Iterator[Place]:
    pointer: Pointer = above.pointer if above is not None else ()
    if isinstance(node, yaml.MappingNode) and isinstance(value, dict):
        for key, child in node.value:
            if key.value in value:
                of_child = field_shape(shape, key.value)
                at = (*pointer, key.value)
                place = Place(seed, at, child, key, node, value[key.value], of_child, shape, above)
                yield place
                yield from _places(seed, child, value[key.value], of_child, place)
    elif isinstance(node, yaml.SequenceNode) and isinstance(value, list):
        of_items = resolved(shape.get("items", NO_SHAPE))
        for index, child in enumerate(node.value):
            place = Place(seed, (*pointer, index), child, None, node, value[index], of_items, shape, above)
            yield place
            yield from _places(seed, child, value[index], of_items, place)


def root_shape(seed: Seed) -> Shape:
    """Return the schema of a seed's kind; nothing is known of a kind that neither Kubernetes nor a CRD at hand has."""
    found = CATALOG.kinds.get((seed.api_version, seed.kind))
    if found is not None:
        return CATALOG.definition(found.definition)
    for crds in (local_crds(), bundled()):
        for version in crds.of(seed.api_version, seed.kind):
            properties = (version.schema or NO_SHAPE).get("properties", NO_SHAPE)
            return {**(version.schema or NO_SHAPE), "properties": {**properties, "metadata": {"$ref": _OBJECT_META}}}
    return NO_SHAPE


def field_shape(shape: Shape, name: str) -> Shape:
    """Return the schema of a field, or of the values of a map."""
    found = shape.get("properties", NO_SHAPE).get(name)
    if found is None:
        found = shape.get("additionalProperties", NO_SHAPE)
    return resolved(found)


def resolved(shape: Any) -> Shape:
    """Follow a reference to a definition; `name` then says which one it is."""
    if not isinstance(shape, Mapping):
        return NO_SHAPE
    name = shape.get("$ref")
    return shape if name is None else {**CATALOG.definition(name), "name": name.rpartition(".")[2]}


@cache
def local_crds() -> Crds:
    """Return the custom resources of the manifests here and in the corpora."""
    return Crds.from_manifests(
        manifest for file, data in _files() if b"CustomResourceDefinition" in data for manifest in loaded(data, file)[0]
    )


@cache
def seeds() -> tuple[Seed, ...]:
    """Return each document of our own manifests and of the corpora that looks like an object."""
    return tuple(seed for file, data in _files() for seed in documents(data.decode(), file))


def documents(text: str, file: str) -> Iterator[Seed]:
    """Cut a file into its documents; what is no object, or a list of them, is left out."""
    for part in split(text, file):
        read = load(part.text.encode(), file)
        if len(read) == 1 and isinstance(read[0], Document) and _is_object(read[0].value):
            assert isinstance(read[0].value, dict)
            yield Seed(file, part.text, read[0].value)


def _is_object(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("metadata"), dict):
        return False
    api_version, kind = value.get("apiVersion"), value.get("kind")
    return isinstance(api_version, str) and isinstance(kind, str) and not kind.endswith("List")


def _files() -> Iterator[tuple[str, bytes]]:
    for path in sorted(MANIFESTS.glob("*.yaml")):
        yield f"manifests/{path.name}", path.read_bytes()
    for name in CORPORA:
        folder = corpus(name)
        for path in sorted(folder.rglob("*.y*ml")):
            data = path.read_bytes()
            if b"{{" not in data:  # a Helm template
                yield f"{name}/{path.relative_to(folder).as_posix()}", data
