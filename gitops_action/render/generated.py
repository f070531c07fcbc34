"""Where the parts of generated ConfigMaps and Secrets were written: literals, files, lines of env files."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import JSONValue, Location, Pointer
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.render.writers import Answer, Question
from gitops_action.repository.kustomizations import Kustomization, folded, folded_item
from gitops_action.repository.paths import join
from gitops_action.repository.references import source_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.render.sources import Sources

_GENERATORS: Final = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}
_DATA: Final = ("data", "binaryData", "stringData")

# api/hasher/hasher.go: ten characters of an alphabet without vowels.
_HASH: Final = regex(r"-[0-9a-z]{10}$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of `configMapGenerator` or `secretGenerator`."""

    name: str
    pointer: Pointer
    value: JSONValue


def entry_of(value: Mapping[str, Any], layer: Kustomization, names: Sequence[str]) -> Entry | None:
    """Return the entry of a kustomization that generates the object `value`, or merges into it."""
    best: tuple[tuple[bool, int], Entry] | None = None
    for pointer, item in layer.items(_GENERATORS.get(str(value.get("kind")), "")):
        name = folded(item, "name")
        if not isinstance(name, str) or not name:
            continue
        exact = any(name in (final, _HASH.sub("", final)) for final in names)
        if exact or any(name in final for final in names):
            rank = (exact, len(name))
            if best is None or rank > best[0]:
                best = rank, Entry(name, pointer, item)
    return best[1] if best else None


def in_generator(question: Question, layer: Kustomization, sources: Sources) -> Answer | None:
    """Return where a kustomization writes the value in question into an object it generates; None if it has no part."""
    names = question.subject.names[-1:]
    if not isinstance(question.rendered, dict):
        return None
    entry = entry_of(question.rendered, layer, names)
    if entry is None:
        return None
    pointer = question.pointer
    if len(pointer) > 1 and pointer[0] in _DATA:
        place = _source(entry, str(pointer[1]), layer, sources)
    elif len(pointer) == 3 and pointer[:2] in {("metadata", "labels"), ("metadata", "annotations")}:  # noqa: PLR2004 - a pointer's length
        place = _option(entry, pointer, layer, question)
    elif pointer in {("metadata", "name"), ("type",)}:
        member, value = folded_item(entry.value, str(pointer[-1]))
        place = layer.locate((*entry.pointer, member)) if value is not None else None
    else:
        place = None
    return Answer(len(pointer), place) if place else Answer(0, layer.locate(entry.pointer))


def _source(entry: Entry, key: str, layer: Kustomization, sources: Sources) -> Location | None:
    """Return where the value of one data key comes from."""
    for pointer, text in _members(entry, "literals"):
        if text.partition("=")[0].strip() == key:
            return layer.locate(pointer)
    for pointer, text in _members(entry, "files"):
        path = source_file(text)
        name = text.partition("=")[0] if "=" in text else posixpath.basename(path)
        if name == key:
            file = join(layer.folder, path)
            return Location(file, 1, 1) if file and sources.read(file) is not None else layer.locate(pointer)
    for member in ("envs", "env"):
        for _, text in _members(entry, member):
            file = join(layer.folder, text)
            content = sources.read(file) if file else None
            if file is None or content is None:
                continue
            for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
                if line.lstrip().partition("=")[0] == key:
                    return Location(file, number, 1 + len(line) - len(line.lstrip()))
    return None


def _members(entry: Entry, name: str) -> Iterator[tuple[Pointer, str]]:
    written, value = folded_item(entry.value, name)
    if isinstance(value, str):
        yield (*entry.pointer, written), value
    for index, text in enumerate(value if isinstance(value, list) else ()):
        if isinstance(text, str):
            yield (*entry.pointer, written, index), text


def _option(entry: Entry, pointer: Pointer, layer: Kustomization, question: Question) -> Location | None:
    """Return where a label or annotation is asked for: the entry's own options, else those of all generators."""
    written, options = folded_item(entry.value, "options")
    shared = layer.pointer("generatorOptions")
    value = layer.value("generatorOptions")
    for place, member in (((*entry.pointer, written), options), (shared, value)):
        name, pairs = folded_item(member, str(pointer[1]))
        if isinstance(pairs, dict) and pairs.get(str(pointer[2])) == question.value:
            return layer.locate((*place, name, pointer[2]), key=question.key)
    return None
