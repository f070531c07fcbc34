"""Where the values of rendered objects were written: in a base, in a patch, or in a kustomization.

Nothing is read or compared before a finding asks. kustomize says which file an object came from and which
kustomizations it passed (`origin.py`); from the last of these to the first, whatever set the value is the answer, then
the document in the base, then the kustomization.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Location, Pointer
from gitops_action.regex import regex
from gitops_action.render.generated import entry_of, in_generator
from gitops_action.render.origin import Notes, Origin
from gitops_action.render.pointers import align, at, same
from gitops_action.render.subject import Subject, group_of, subject_of
from gitops_action.render.writers import Answer, Question, in_kustomization
from gitops_action.repository.documents import Document
from gitops_action.repository.paths import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitops_action.render.chain import Chain
    from gitops_action.render.sources import Sources
    from gitops_action.repository.kustomizations import Kustomization

# What names of objects are made of.
_NAME: Final = regex(r"[a-z0-9.-]*")
_LISTS: Final = ("resources", "bases")
_ALIKE: Final = 2


class Provenance:
    """What one overlay is built from, shared by the locators of its objects."""

    def __init__(self, sources: Sources, chain: Chain, added: tuple[Kustomization, ...] = ()) -> None:
        """Look places up in `sources`. `added` are layers that kustomize does not know of, the last ones to be applied."""
        self.sources = sources
        self.chain = chain
        self.added = added
        self.folder = sources.resolve(chain.target)

    def locator(self, value: Mapping[str, Any], notes: Notes) -> RenderedLocator:
        """Return the locator of one rendered object."""
        return RenderedLocator(self, value, notes)

    @cached_property
    def place(self) -> Location:
        """The overlay's own kustomization: where it names its resources."""
        own = self.sources.kustomization(self.folder)
        return own.locate(own.pointer("resources"), key=True) if own else Location(self.folder)

    @cached_property
    def by_file(self) -> Mapping[str, Kustomization]:
        """The kustomizations of the chain by their files."""
        return {layer.file: layer for layer in self.chain.layers}

    @cached_property
    def resource_files(self) -> tuple[str, ...]:
        """Every file that a kustomization of the chain names as a resource, innermost first."""
        found: dict[str, None] = {}
        for layer in self.chain.layers:
            for name in _LISTS:
                for _, text in layer.items(name):
                    path = join(layer.folder, text) if isinstance(text, str) else None
                    if path and not self.sources.is_folder(path):
                        found[path] = None
        return tuple(found)


class RenderedLocator:
    """Finds where a value of one rendered object was written (a `model.Locator`)."""

    def __init__(self, provenance: Provenance, value: Mapping[str, Any], notes: Notes) -> None:
        """Locate in the object `value`, of which kustomize noted `notes`."""
        self._provenance = provenance
        self._value = dict(value)
        self._notes = notes

    @property
    def file(self) -> str:
        """The file that the object came from: a resource, or the kustomization that generates it."""
        return self.locate(()).file

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        """Return the place that set the value at `pointer`, or its nearest written parent.

        Of places that wrote a parent only, the one nearest to the value counts; among equals the base.
        """
        question = Question(self._subject, self._value, pointer, key)
        best = self._in_base(question)
        if pointer:
            for layer in reversed(self._layers):
                for answer in in_kustomization(question, layer, self._provenance.sources):
                    if answer.depth == len(pointer):
                        return answer.location
                    if best is None or answer.depth > best.depth:
                        best = answer
            if best and best.differs and (place := self._in_doubt(question) or self._in_affix(question)):
                return place
        return best.location if best else self._provenance.place

    def _in_doubt(self, question: Question) -> Location | None:
        """Return where a patch sets just this value of which it is not sure that it is for the object: something does."""
        lenient = replace(question, lenient=True)
        for layer in reversed(self._layers):
            for answer in in_kustomization(lenient, layer, self._provenance.sources):
                if answer.depth == len(question.pointer):
                    return answer.location
        return None

    def _in_affix(self, question: Question) -> Location | None:
        """Return the prefix or suffix that makes a name one that cannot be, though the base has a good one."""
        names = self._subject.names
        if question.pointer != ("metadata", "name") or not (names and _NAME.fullmatch(names[0])):
            return None
        for layer in reversed(self._layers):
            for field in ("namePrefix", "nameSuffix"):
                if not _NAME.fullmatch(layer.text_of(field)):
                    return layer.locate(layer.pointer(field))
        return None

    def _in_base(self, question: Question) -> Answer | None:
        """Return the nearest place in the document that the object was read from, or in its generator."""
        document = self._document
        if document is None:
            return self._in_generators(question)
        found = align(question.rendered, document.value, question.pointer)
        whole = len(found) == len(question.pointer)
        depth = len(found)
        if (
            whole
            and not isinstance(question.value, dict | list)
            and not same(at(document.value, found), question.value)
        ):
            # Something else set the value, but this is where it stands.
            return Answer(depth - 1, document.locate(found, key=question.key), differs=True)
        return Answer(depth, document.locate(found, key=question.key or not whole))

    def _in_generators(self, question: Question) -> Answer | None:
        """Return where the last generator that merges into the object sets the value, else where it is generated."""
        made = None
        for layer in reversed(self._provenance.chain.layers):
            answer = in_generator(question, layer, self._provenance.sources)
            if answer and answer.depth and answer.depth == len(question.pointer):
                return answer
            made = answer or made
        return made

    @cached_property
    def _origin(self) -> Origin:
        return self._notes.read(self._provenance.folder) or Origin()

    @cached_property
    def _layers(self) -> tuple[Kustomization, ...]:
        """The kustomizations that the object passed, in order."""
        provenance = self._provenance
        if not self._origin.layers:
            return (*provenance.chain.layers, *provenance.added)
        found = []
        for file in self._origin.layers:
            layer = provenance.by_file.get(file) or provenance.by_file.get(provenance.sources.resolve(file))
            if layer:
                found.append(layer)
        return (*found, *provenance.added)

    @cached_property
    def _final_names(self) -> tuple[str, ...]:
        metadata = self._value.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        return (name,) if isinstance(name, str) else ()

    @cached_property
    def _subject(self) -> Subject:
        document = self._document
        name, namespace = _name(document.value) if document else ("", "")
        if not document:
            for layer in self._provenance.chain.layers:
                entry = entry_of(self._value, layer, self._final_names)
                name = entry.name if entry else name
        return subject_of(self._value, name, namespace, self._layers)

    @cached_property
    def _document(self) -> Document | None:
        """The document that the object was read from: in the file that kustomize noted, else in any of the chain."""
        origin, sources = self._origin, self._provenance.sources
        if origin.configured_in:
            return None
        if sources.read(origin.file) is not None:
            return self._chosen([origin.file], certain=True)
        return self._chosen(self._provenance.resource_files, certain=False)

    def _chosen(self, files: Iterable[str], *, certain: bool) -> Document | None:
        """Return the document that became this object: by kind, and by the name that the layers make of its name.

        `certain` says that the object came from one of these files.
        """
        kind, group = self._value.get("kind"), group_of(self._value.get("apiVersion"))
        final, namespace = _name(self._value)
        sources = self._provenance.sources
        documents = [item for file in files for item in sources.documents(file) if isinstance(item, Document)]
        ranked = []
        for position, document in enumerate(documents):
            value = document.value
            if not isinstance(value, dict) or (value.get("kind"), group_of(value.get("apiVersion"))) != (kind, group):
                continue
            name, own = _name(value)
            made = name
            for layer in self._layers:
                made = f"{layer.text_of('namePrefix')}{made}{layer.text_of('nameSuffix')}"
            rank = 0 if final == made else 1 if final == name else 2 if name and name in final else 3
            ranked.append(((rank, own != namespace, position), document))
        if not ranked:
            return documents[0] if certain and len(documents) == 1 else None
        (rank, *_), document = min(ranked, key=lambda item: item[0])
        # What is only alike is not enough, unless there is nothing else it could be.
        return document if certain or rank < _ALIKE or len(ranked) == 1 else None


def _name(value: object) -> tuple[str, str]:
    """Return name and namespace of an object, "" where there is none."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(metadata, dict):
        return "", ""
    name, namespace = metadata.get("name"), metadata.get("namespace")
    return (name if isinstance(name, str) else ""), (namespace if isinstance(namespace, str) else "")
