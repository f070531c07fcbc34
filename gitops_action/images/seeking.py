"""Uses of images that are found by the name of the image, in the forms that people write them in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.images.objects import GROUP
from gitops_action.images.uses import KUSTOMIZATIONS, Part, Slot, names_of, taken_apart, use_of
from gitops_action.promote.identity import kind_of
from gitops_action.promote.rules import covers
from gitops_action.promote.written import Written
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitops_action.images.uses import Use
    from gitops_action.model import Pointer
    from gitops_action.promote.rules import Path
    from gitops_action.repository.documents import Document

_DEPTH: Final = 100


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
        self._kustomization = kind_of(document) in KUSTOMIZATIONS
        # Flux's objects of that kind have them in their spec.
        self._images: Pointer = ("spec", "images") if _is_flux(document.value) else ("images",)

    def seek(self, value: Any, pointer: Pointer, path: Path) -> None:
        """Look at a value and at all that is in it."""
        if len(pointer) > _DEPTH:
            return
        if isinstance(value, list):
            names = names_of(value, str(pointer[-1]) if pointer else "", kustomization=self._kustomization)
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
        self.uses.append(use_of(self._document, list(slots), image=image))


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_flux(value: Any) -> bool:
    return isinstance(value, Mapping) and "fluxcd.io" in str(value.get("apiVersion", ""))
