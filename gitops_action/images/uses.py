"""Uses of images in files: values that hold an image, or a part of one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from gitops_action.images import references
from gitops_action.promote.fields import Label, readable
from gitops_action.promote.identity import described, kind_of
from gitops_action.promote.lists import labels
from gitops_action.records import dataclass
from gitops_action.repository.images import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.images.references import Repository
    from gitops_action.model import Location, Pointer
    from gitops_action.promote.rules import Path
    from gitops_action.repository.documents import Document

KUSTOMIZATIONS: Final = frozenset({"Kustomization", "Component"})


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
    image = parse(text)
    return image.name, image.tag, image.digest


def repository_of(text: str) -> Repository | None:
    """Return the repository that a written image, with its tag or without, is of; None where it is no image."""
    try:
        return references.parse_repository(taken_apart(text)[0])
    except ValueError:
        return None


def use_of(document: Document, slots: Sequence[Slot], *, marker: str = "", image: str = "") -> Use:
    """Return the use that values of one mapping make; `image` is its name where none of them says it."""
    order = sorted(slots, key=lambda slot: list(Part).index(slot.part))
    whole = next((slot.text for slot in slots if slot.part is Part.IMAGE), "")
    named = next((slot.text for slot in slots if slot.part is Part.NAME), "")
    field = readable(_path(document, order[0].pointer))
    name = image or named or taken_apart(whole)[0]
    return Use(document.file, document.index, tuple(order), name, marker, described(document), field)


def _path(document: Document, pointer: Pointer) -> Path:
    """Return a place with elements of lists by their keys, as people and rules write it."""
    kustomization = kind_of(document) in KUSTOMIZATIONS
    value: Any = document.value
    path: list[str] = []
    for at, step in enumerate(pointer):
        if isinstance(value, list):
            path.append(Label(names_of(value, str(pointer[at - 1]), kustomization=kustomization).get(step, str(step))))
        else:
            path.append(str(step))
        known = isinstance(value, list) or (isinstance(value, Mapping) and step in value)
        value = value[step] if known else None
    return tuple(path)


def names_of(items: list[Any], field: str, *, kustomization: bool) -> dict[str | int, str]:
    """Return the elements of a list by index, where they have keys."""
    named = labels(field, [items], kustomization=kustomization)
    return {index: name for name, index in named[0].items()} if named else {}
