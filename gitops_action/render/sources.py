"""The files that overlays are built from, read and parsed once, and the kustomizations among them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding, JSONValue, Location, Pointer
from gitops_action.render.findings import finding
from gitops_action.repository.documents import Document, flatten, load
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES
from gitops_action.repository.paths import Links, folders_of
from gitops_action.repository.tree import EntryKind, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Ways to write a text in YAML that Go's parser decodes and a reader of strings does not see through. No honest
# kustomization has them; a hostile one would hide a path or an address behind them.
_DISGUISES: Final = re.compile(rb"!!binary|!<|%TAG")


@dataclass(frozen=True)
class Kustomization:
    """One parsed kustomization file.

    `fields` is keyed by the lower-case name and gives the name as written and the value: Go's JSON decoder, which
    kustomize uses, ignores the case of field names.
    """

    directory: str
    file: str
    text: bytes
    document: Document
    fields: Mapping[str, tuple[str, JSONValue]] = field(repr=False)

    def items(self, name: str) -> Iterator[tuple[Pointer, JSONValue]]:
        """Yield each element of the list `name`, with its place."""
        written, value = self.fields.get(name.lower(), (name, None))
        if isinstance(value, list):
            for index, element in enumerate(value):
                yield (written, index), element

    def mapping(self, name: str) -> Iterator[tuple[Pointer, JSONValue]]:
        """Yield each value of the mapping `name`, with its place."""
        written, value = self.fields.get(name.lower(), (name, None))
        if isinstance(value, dict):
            for key, element in value.items():
                yield (written, key), element

    def text_of(self, name: str) -> str:
        """Return the text of the field `name`, "" if it has none."""
        value = self.fields.get(name.lower(), (name, None))[1]
        return value if isinstance(value, str) else ""

    def has(self, name: str) -> bool:
        """Return whether the field `name` has anything in it."""
        return bool(self.fields.get(name.lower(), (name, None))[1])

    def pointer(self, name: str) -> Pointer:
        """Return the place of the field `name`, as it is written."""
        return (self.fields.get(name.lower(), (name, None))[0],)

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        """Return where `pointer` is written in this file."""
        return self.document.locate(pointer, key=key)


def folded(value: JSONValue, name: str) -> JSONValue:
    """Return the member `name` of a mapping, whatever its case; None where there is none."""
    return folded_item(value, name)[1]


def folded_item(value: JSONValue, name: str) -> tuple[str, JSONValue]:
    """Return the member `name` of a mapping with its name as written."""
    if isinstance(value, dict):
        if name in value:
            return name, value[name]
        for key, element in value.items():
            if key.casefold() == name.casefold():
                return key, element
    return name, None


class Sources:
    """The files of one tree, for rendering: each is read and parsed once, when first asked for."""

    def __init__(self, tree: Tree) -> None:
        """Read from `tree`, which must be what the rendered folder was made from."""
        self._tree = tree
        self._bytes: dict[str, bytes | None] = {}
        self._documents: dict[str, Sequence[Document | Finding]] = {}
        self._kustomizations: dict[str, Kustomization | Finding | None] = {}
        self._directories: set[str] | None = None
        self._links: Links | None = None

    def exists(self, path: str) -> bool:
        """Return whether `path` is a file or a folder of the tree."""
        return self.is_directory(path) or self.resolve(path) in self._tree.entries

    def is_directory(self, path: str) -> bool:
        """Return whether `path` is a folder ("" is the root)."""
        if self._directories is None:
            self._directories = folders_of(self._tree.entries)
        return (self.resolve(path) or ".") in self._directories

    def resolve(self, path: str) -> str:
        """Return `path` with the symbolic links of the tree followed; as it is where they lead out or in circles."""
        if self._links is None:
            self._links = Links(self._tree)
        resolved = self._links.resolve(path)
        if resolved.refusal:
            return path
        return "" if resolved.path == "." else resolved.path

    def refusal(self, path: str) -> str:
        """Return why the symbolic links on the way of `path` must not be followed; "" if they may."""
        self.resolve(path)
        resolved = self._links.resolve(path) if self._links else None
        return f"{path} {resolved.refusal.value}" if resolved and resolved.refusal else ""

    def read(self, path: str) -> bytes | None:
        """Return the content of the file `path`; None if there is none or it cannot be read."""
        return self._content(self.resolve(path))

    def _content(self, path: str) -> bytes | None:
        if path not in self._bytes:
            content: bytes | None = None
            entry = self._tree.entries.get(path)
            if entry is not None and entry.kind is not EntryKind.SUBMODULE:
                for _, data in self._tree.read([path]):
                    content = data if isinstance(data, bytes) else None
            self._bytes[path] = content
        return self._bytes[path]

    def documents(self, path: str) -> Sequence[Document | Finding]:
        """Return the documents of a file, each item of a List on its own, and what is wrong with the others."""
        path = self.resolve(path)
        if path not in self._documents:
            data = self.read(path)
            self._documents[path] = () if data is None else tuple(parsed(data, path))
        return self._documents[path]

    def kustomization_file(self, directory: str) -> str | None:
        """Return the path of the kustomization file of `directory`; None if there is none."""
        for name in KUSTOMIZATION_NAMES:
            path = self.resolve(posixpath.join(directory, name))
            if path in self._tree.entries:
                return path
        return None

    def kustomization(self, directory: str) -> Kustomization | Finding | None:
        """Return the kustomization of a folder; None if it has none, a Finding if it cannot be read with certainty."""
        if directory not in self._kustomizations:
            self._kustomizations[directory] = self._parse_kustomization(directory)
        return self._kustomizations[directory]

    def _parse_kustomization(self, directory: str) -> Kustomization | Finding | None:
        path = self.kustomization_file(directory)
        if path is None:
            return None
        text = self.read(path)
        return unreadable(path, "the file is not there") if text is None else _parse(text, path, directory)


def _parse(text: bytes, path: str, directory: str) -> Kustomization | Finding:
    if _DISGUISES.search(text):
        return unreadable(path, "it has a YAML tag that no kustomization needs (!!binary, !<…>, %TAG)")
    loaded = load(text, path)
    # Of a key that is given twice the last counts, for kustomize as for us.
    problem = next((item for item in loaded if isinstance(item, Finding) and item.code != "yaml-duplicate-key"), None)
    if problem:
        return unreadable(path, problem.message, problem.location)
    # kustomize reads the first document only; so do we.
    document = next((item for item in loaded if isinstance(item, Document)), None)
    if document is None or not isinstance(document.value, dict):
        return unreadable(path, "it is empty" if document is None else "it is not a mapping")
    fields = {key.casefold(): (key, value) for key, value in document.value.items()}
    if len(fields) != len(document.value):
        return unreadable(path, "a field is given twice, in different case")
    return Kustomization(directory, path, text, document, fields)


def parsed(data: bytes, file: str) -> Iterator[Document | Finding]:
    """Yield the documents of a text, each item of a List on its own."""
    for item in load(data, file):
        if isinstance(item, Finding):
            yield item
        else:
            yield from flatten(item)


def unreadable(file: str, reason: str, location: Location | None = None) -> Finding:
    """Return the finding for a kustomization that cannot be read."""
    return finding("kustomize-build-failed", f"the kustomization cannot be read: {reason}", location or Location(file))
