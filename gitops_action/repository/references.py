"""What a kustomization, or the configuration of one of kustomize's plugins, names: paths, addresses, charts.

By the fields of kustomize 5.7 (api/types/kustomization.go, api/builtins). Names of fields may be written in any case, as
Go reads JSON into a struct; where one is written in several, all count.
"""

from __future__ import annotations

import posixpath
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding
from gitops_action.records import dataclass
from gitops_action.repository.documents import flatten, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.model import JSONValue, Location, Pointer
    from gitops_action.repository.documents import Document

_INLINE_MARKS: Final = ("\n", ": ", "{")
_DEPTH: Final = 50


class Role(StrEnum):
    """How a build uses a path."""

    KUSTOMIZATION = "kustomization"
    RESOURCE = "resource"
    COMPONENT = "component"
    PATCH = "patch"
    DATA = "data"
    VALUES = "values"
    CHART = "chart"
    PLUGIN = "plugin"
    SETTING = "setting"
    ADDRESS = "address"

    @property
    def may_be_folder(self) -> bool:
        """Whether kustomize builds the folder of that name, or clones a repository of that address."""
        return self in {Role.RESOURCE, Role.COMPONENT, Role.PLUGIN}

    @property
    def is_of_helm(self) -> bool:
        """Whether only Helm, which kustomize would have to start, looks there."""
        return self in {Role.VALUES, Role.CHART, Role.ADDRESS}


@dataclass(frozen=True, slots=True)
class Reference:
    """A path, or an address, as a kustomization has it.

    `inline`: the text looks like the object itself, which kustomize tries first; what does not parse it takes for a path.
    """

    role: Role
    text: str
    document: Document = field(repr=False)
    pointer: Pointer = ()
    inline: bool = False

    @property
    def location(self) -> Location:
        """Where it is written."""
        return self.document.locate(self.pointer)


def is_inline(text: str) -> bool:
    """Whether a text that may be a path is the thing itself."""
    return any(mark in text for mark in _INLINE_MARKS)


def source_file(source: str) -> str:
    """Return the path in an entry of a generator's `files`, which is `path` or `key=path`."""
    return source.partition("=")[2] or source


def objects(data: bytes, file: str) -> Iterator[Document | Finding]:
    """Yield the documents of a text, each item of a List on its own, and what is wrong with the others."""
    for item in load(data, file):
        if isinstance(item, Finding):
            yield item
        else:
            yield from flatten(item)


_LISTS: Final = (
    ("resources", Role.RESOURCE),
    ("bases", Role.RESOURCE),
    ("components", Role.COMPONENT),
    ("crds", Role.SETTING),
    ("configurations", Role.SETTING),
    ("patchesStrategicMerge", Role.PATCH),
    ("generators", Role.PLUGIN),
    ("transformers", Role.PLUGIN),
    ("validators", Role.PLUGIN),
)
_MAY_BE_INLINE: Final = frozenset({"patchesStrategicMerge", "generators", "transformers", "validators"})
_LISTS_WITH_PATH: Final = (("patches", Role.PATCH), ("patchesJson6902", Role.PATCH), ("replacements", Role.SETTING))
_GENERATORS: Final = ("configMapGenerator", "secretGenerator")
# One spelling now, another in the old `helmChartInflationGenerator`.
_CHART_FIELDS: Final = (("name", "chartName"), ("version", "chartVersion"), ("repo", "chartRepoUrl"))


def of_kustomization(document: Document) -> Iterator[Reference]:
    """Yield everything that a kustomization names."""
    value = document.value
    for name, role in _LISTS:
        for found in _texts(document, role, _elements(_members(value, name))):
            inline = name in _MAY_BE_INLINE and is_inline(found.text)
            yield Reference(role, found.text, document, found.pointer, inline=True) if inline else found
    for name, role in _LISTS_WITH_PATH:
        for pointer, item in _elements(_members(value, name)):
            yield from _texts(document, role, _members(item, "path", pointer))
    for pointer, item in _members(value, "openapi"):
        yield from _texts(document, Role.SETTING, _members(item, "path", pointer))
    for name in _GENERATORS:
        for pointer, item in _elements(_members(value, name)):
            yield from _data(document, pointer, item)
    homes = [text for _, item in _members(value, "helmGlobals") for _, text in _members(item, "chartHome")]
    for name in ("helmCharts", "helmChartInflationGenerator"):
        for pointer, item in _elements(_members(value, name)):
            yield from _chart(document, pointer, item, next((home for home in homes if isinstance(home, str)), ""))


# Members of a builtin plugin's configuration that name files.
_PLUGIN_FILES: Final = {
    "path": Role.SETTING,
    "paths": Role.SETTING,
    "file": Role.SETTING,
    "targetfilepath": Role.SETTING,
    "files": Role.DATA,
    "env": Role.DATA,
    "envs": Role.DATA,
    "valuesfile": Role.VALUES,
    "additionalvaluesfiles": Role.VALUES,
    "charthome": Role.CHART,
    "confighome": Role.CHART,
}


def of_plugin(document: Document) -> Iterator[Reference]:
    """Yield what the configuration of a plugin names: what is under a member that names files, wherever it stands."""
    value = document.value
    kind = value.get("kind") if isinstance(value, dict) else None
    patches = isinstance(kind, str) and kind.startswith("Patch")
    stack: list[tuple[Pointer, JSONValue, str]] = [((), value, "")]
    while stack:
        pointer, element, member = stack.pop()
        if isinstance(element, str):
            if element and member:
                role = Role.PATCH if patches and member in {"path", "paths"} else _PLUGIN_FILES[member]
                yield Reference(role, source_file(element) if member == "files" else element, document, pointer)
        elif len(pointer) > _DEPTH:
            continue
        elif isinstance(element, list):
            stack.extend(((*pointer, index), item, member) for index, item in reversed(list(enumerate(element))))
        elif isinstance(element, dict):
            for key, item in reversed(list(element.items())):
                # A field specification's path is a place in an object, not a file.
                if key.casefold() != "fieldspecs":
                    named = key.casefold() if key.casefold() in _PLUGIN_FILES else member
                    stack.append(((*pointer, key), item, named))
    if kind == "HelmChartInflationGenerator":
        yield from _chart(document, (), value, "")


def _data(document: Document, pointer: Pointer, item: JSONValue) -> Iterator[Reference]:
    """Yield the sources of a generator: `files` has `path` or `key=path`, `envs` and the old `env` have paths."""
    for place, text in _elements(_members(item, "files", pointer)):
        if isinstance(text, str) and text:
            yield Reference(Role.DATA, source_file(text), document, place)
    yield from _texts(document, Role.DATA, _elements(_members(item, "envs", pointer)))
    yield from _texts(document, Role.DATA, _members(item, "env", pointer))


def _chart(document: Document, pointer: Pointer, item: JSONValue, home: str) -> Iterator[Reference]:
    """Yield the values of a chart, the folders in which kustomize looks for it, and where it would get it from."""
    for spelling in ("valuesFile", "values"):
        yield from _texts(document, Role.VALUES, _members(item, spelling, pointer))
    yield from _texts(document, Role.VALUES, _elements(_members(item, "additionalValuesFiles", pointer)))
    homes = [home] + [own for _, own in _members(item, "chartHome") if isinstance(own, str)]
    names, versions, addresses = (
        [found for spelling in spellings for found in _members(item, spelling, pointer) if found[1]]
        for spellings in _CHART_FIELDS
    )
    yield from _texts(document, Role.ADDRESS, iter(addresses))
    for place, name in names:
        if isinstance(name, str):
            folders = ["", *(f"{name}-{version}" for _, version in versions)]
            for folder in folders:
                yield Reference(Role.CHART, posixpath.join(homes[-1] or "charts", folder, name), document, place)


def _members(value: JSONValue, name: str, pointer: Pointer = ()) -> Iterator[tuple[Pointer, JSONValue]]:
    """Yield each member of a mapping whose name is `name` in any case."""
    if isinstance(value, dict):
        folded = name.casefold()
        for key, item in value.items():
            if key == name or key.casefold() == folded:
                yield (*pointer, key), item


def _elements(found: Iterator[tuple[Pointer, JSONValue]]) -> Iterator[tuple[Pointer, JSONValue]]:
    for pointer, value in found:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield (*pointer, index), item


def _texts(document: Document, role: Role, found: Iterator[tuple[Pointer, JSONValue]]) -> Iterator[Reference]:
    for pointer, value in found:
        if isinstance(value, str) and value:
            yield Reference(role, value, document, pointer)
