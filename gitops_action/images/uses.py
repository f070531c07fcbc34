"""Where images are written: what Flux's markers point to, and what is found by the name of an image.

Markers: https://fluxcd.io/flux/guides/image-update/#configure-image-updates. One stands behind the value on its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from gitops_action.images import references
from gitops_action.images.objects import GROUP
from gitops_action.promote.fields import Label, readable
from gitops_action.promote.identity import described, kind_of
from gitops_action.promote.lists import labels
from gitops_action.promote.rules import covers
from gitops_action.promote.written import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gitops_action.images.references import Repository
    from gitops_action.model import Location, Pointer
    from gitops_action.promote.nodes import Node
    from gitops_action.promote.rules import Path
    from gitops_action.repository.documents import Document

MARK: Final = b'"$imagepolicy"'
"""No file without these bytes has a marker."""
_MARKER: Final = re.compile(r"[ \t]*#[ \t]*(\{[^\r\n]*\})[ \t]*(?:\r?\n|\r|\Z)")
_DEPTH: Final = 100
_KUSTOMIZATIONS: Final = frozenset({"Kustomization", "Component"})


class Part(StrEnum):
    """What of an image a value holds."""

    IMAGE = "image"
    NAME = "name"
    TAG = "tag"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Slot:
    """A value, or (not `present`) the place for one. `text` is as it is written: `1.10` is no number here."""

    pointer: Pointer
    part: Part
    text: str
    location: Location
    present: bool = True


@dataclass(frozen=True, slots=True)
class Use:
    """One use of an image, in one or more values of one mapping. `marker` is its policy's label, "" if it was found by name.

    `object` and `path` are for people: `Deployment/web`, `spec.containers[name=app].image`.
    """

    file: str
    document: int
    slots: tuple[Slot, ...]
    image: str = ""
    marker: str = ""
    object: str = ""
    path: str = ""

    @property
    def location(self) -> Location:
        """Where the first of its values is."""
        return self.slots[0].location

    @property
    def tag(self) -> str:
        """The tag that is written, "" where there is none."""
        for slot in self.slots:
            if slot.part is Part.TAG and slot.text:
                return slot.text.partition("@")[0]
            if slot.part is Part.IMAGE:
                return taken_apart(slot.text)[1]
        return ""

    @property
    def digest(self) -> str:
        """The digest that is written, "" where there is none."""
        for slot in self.slots:
            found = ""
            if slot.part is Part.DIGEST:
                found = slot.text
            elif slot.part is Part.TAG:
                found = slot.text.partition("@")[2]
            elif slot.part is Part.IMAGE:
                found = taken_apart(slot.text)[2]
            if found:
                return found
        return ""

    @property
    def has_version(self) -> bool:
        """Whether it holds a tag or a whole image, and not a name or a digest alone."""
        return any(slot.part in {Part.IMAGE, Part.TAG} for slot in self.slots)


def taken_apart(text: str) -> tuple[str, str, str]:
    """Return the name, the tag and the digest of an image as it is written, whether it makes sense or not."""
    rest, _, digest = text.partition("@")
    head, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return head + slash + name, tag, digest


def repository_of(text: str) -> Repository | None:
    """Return the repository that a written image, with its tag or without, is of; None where it is no image."""
    try:
        return references.parse_repository(taken_apart(text)[0])
    except ValueError:
        return None


def marked(text: str, document: Document) -> list[Use]:
    """Return the uses that markers of a document point to. `text` is that of its file.

    Raises EditError where the document cannot be taken apart.
    """
    written = Written(text, document)
    root = written.root
    for step in document.prefix:
        root = root.items[step] if isinstance(step, int) else next(v for k, v in root.pairs if k.value == step)
    found: dict[tuple[str, Pointer], list[Slot]] = {}
    for pointer, node in _scalars(root, (), _DEPTH):
        marker = _marker(written.text, node)
        if marker is None:
            continue
        label, part = marker
        place = document.locate(pointer)
        value = _written(written, node, pointer)
        # A whole image is a use of its own, also where others stand beside it.
        group = pointer if part is Part.IMAGE else pointer[:-1]
        found.setdefault((label, group), []).append(Slot(pointer, part, value, place))
    return [_use(document, slots, marker=label) for (label, _), slots in found.items()]


def _scalars(node: Node, pointer: Pointer, depth: int) -> Iterator[tuple[Pointer, Node]]:
    if depth < 0:
        return
    if node.kind == "mapping":
        for key, value in node.pairs:
            yield from _scalars(value, (*pointer, key.value), depth - 1)
    elif node.kind == "sequence":
        for index, item in enumerate(node.items):
            yield from _scalars(item, (*pointer, index), depth - 1)
    elif pointer:
        yield pointer, node


def _marker(text: str, node: Node) -> tuple[str, Part] | None:
    match = _MARKER.match(text, node.end)
    if match is None or "$imagepolicy" not in match[1]:
        return None
    try:
        said = json.loads(match[1])
    except ValueError:
        return None
    label = said.get("$imagepolicy") if isinstance(said, dict) else None
    if not isinstance(label, str):
        return None
    namespace, _, rest = label.partition(":")
    name, _, part = rest.partition(":")
    if part not in {"", Part.NAME, Part.TAG, Part.DIGEST}:
        return None
    return f"{namespace}:{name}", Part(part or Part.IMAGE)


def _written(written: Written, node: Node, pointer: Pointer) -> str:
    """Return a scalar as it is written, not as a number that YAML would make of it."""
    if node.kind == "scalar":
        return node.value
    value = written.value(pointer)
    return value if isinstance(value, str) else json.dumps(value)


def _use(document: Document, slots: Sequence[Slot], *, marker: str = "", image: str = "") -> Use:
    order = sorted(slots, key=lambda slot: list(Part).index(slot.part))
    whole = next((slot.text for slot in slots if slot.part is Part.IMAGE), "")
    named = next((slot.text for slot in slots if slot.part is Part.NAME), "")
    field = readable(_path(document, order[0].pointer))
    name = image or named or taken_apart(whole)[0]
    return Use(document.file, document.index, tuple(order), name, marker, described(document), field)


def _path(document: Document, pointer: Pointer) -> Path:
    """Return a place with elements of lists by their keys, as people and rules write it."""
    kustomization = kind_of(document) in _KUSTOMIZATIONS
    value: Any = document.value
    path: list[str] = []
    for at, step in enumerate(pointer):
        if isinstance(value, list):
            path.append(Label(_names(value, str(pointer[at - 1]), kustomization=kustomization).get(step, str(step))))
        else:
            path.append(str(step))
        known = isinstance(value, list) or (isinstance(value, Mapping) and step in value)
        value = value[step] if known else None
    return tuple(path)


def _names(items: list[Any], field: str, *, kustomization: bool) -> dict[str | int, str]:
    """Return the elements of a list by index, where they have keys."""
    named = labels(field, [items], kustomization=kustomization)
    return {index: name for name, index in named[0].items()} if named else {}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for by name: images that `is_meant`; `fields` are further values that hold a tag or an image.

    `digest`: where kustomize's `images` have none, there is to be one.
    """

    is_meant: Callable[[str], bool]
    fields: tuple[str, ...] = ()
    digest: bool = False


def found(text: str, document: Document, wanted: Wanted) -> list[Use]:
    """Return the uses of images of a document: of kustomize's `images`, of Helm's values, and of plain manifests.

    Raises EditError where the document cannot be taken apart.
    """
    value = document.value
    if isinstance(value, Mapping) and str(value.get("apiVersion", "")).startswith(f"{GROUP}/"):
        return []
    seeker = _Seeker(text, document, wanted)
    seeker.seek(value, (), ())
    return seeker.uses


class _Seeker:
    """Looks through one document."""

    def __init__(self, text: str, document: Document, wanted: Wanted) -> None:
        self.uses: list[Use] = []
        self._document = document
        self._wanted = wanted
        self._text = text
        self._written: Written | None = None
        self._kustomization = kind_of(document) in _KUSTOMIZATIONS
        # Flux's objects of that kind have them in their spec.
        self._images: Pointer = ("spec", "images") if _is_flux(document.value) else ("images",)

    def seek(self, value: Any, pointer: Pointer, path: Path) -> None:
        """Look at a value and at all that is in it."""
        if len(pointer) > _DEPTH:
            return
        if isinstance(value, list):
            names = _names(value, str(pointer[-1]) if pointer else "", kustomization=self._kustomization)
            for index, item in enumerate(value):
                self.seek(item, (*pointer, index), (*path, names.get(index, str(index))))
            return
        if not isinstance(value, Mapping):
            if self._wanted.fields and _is_scalar(value) and any(covers(rule, path) for rule in self._wanted.fields):
                self._field(pointer)
            return
        if self._kustomization and pointer[:-1] == self._images:
            self._entry(value, pointer)
            return
        taken = {*self._image(value, pointer), *self._values(value, pointer)}
        for key, item in value.items():
            if key not in taken:
                self.seek(item, (*pointer, key), (*path, key))

    def _entry(self, value: Mapping[str, Any], pointer: Pointer) -> None:
        """Take an entry of kustomize's `images`, which names an image, another for it, a tag and a digest."""
        name = value.get("newName") or value.get("name")
        if not isinstance(name, str) or not self._wanted.is_meant(name):
            return
        slots = []
        if "newTag" in value or "digest" not in value or self._wanted.digest:
            slots.append(self._slot((*pointer, "newTag"), Part.TAG))
        if "digest" in value or self._wanted.digest:
            slots.append(self._slot((*pointer, "digest"), Part.DIGEST))
        self._add(slots, name)

    def _image(self, value: Mapping[str, Any], pointer: Pointer) -> set[str]:
        """Take an image as manifests name it."""
        image = value.get("image")
        if not isinstance(image, str) or not self._wanted.is_meant(taken_apart(image)[0]):
            return set()
        self._add([self._slot((*pointer, "image"), Part.IMAGE)], taken_apart(image)[0])
        return {"image"}

    def _values(self, value: Mapping[str, Any], pointer: Pointer) -> set[str]:
        """Take an image as values of charts name it: repository and tag, at times with the registry or a digest beside."""
        repository, registry = value.get("repository"), value.get("registry")
        if not isinstance(repository, str) or not _is_scalar(value.get("tag", {})):
            return set()
        name = f"{registry}/{repository}" if isinstance(registry, str) and registry else repository
        if not self._wanted.is_meant(name):
            return set()
        slots = [self._slot((*pointer, "tag"), Part.TAG)]
        if isinstance(value.get("digest"), str) and value["digest"]:
            slots.append(self._slot((*pointer, "digest"), Part.DIGEST))
        self._add(slots, name)
        return {"repository", "registry", "tag", "digest"}

    def _field(self, pointer: Pointer) -> None:
        slot = self._slot(pointer, Part.TAG)
        name, tag, _ = taken_apart(slot.text)
        if tag or "/" in name:
            if self._wanted.is_meant(name):
                self._add([Slot(pointer, Part.IMAGE, slot.text, slot.location)], name)
        else:
            self._add([slot], "")

    def _slot(self, pointer: Pointer, part: Part) -> Slot:
        if self._written is None:
            self._written = Written(self._text, self._document)
        value: Any = self._document.value
        for step in pointer:
            if isinstance(value, Mapping) and step not in value:
                return Slot(pointer, part, "", self._document.locate(pointer), present=False)
            value = value[step]
        node = self._written.find(pointer)
        text = value if isinstance(value, str) else json.dumps(value)
        if node is not None and node.kind == "scalar" and value is not None:
            text = node.value
        return Slot(pointer, part, "" if value is None else text, self._document.locate(pointer))

    def _add(self, slots: Iterable[Slot], image: str) -> None:
        self.uses.append(_use(self._document, list(slots), image=image))


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_flux(value: Any) -> bool:
    return isinstance(value, Mapping) and "fluxcd.io" in str(value.get("apiVersion", ""))
