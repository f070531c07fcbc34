"""What a kustomization file refers to, by the fields of kustomize 5.7 (api/types/kustomization.go).

Only the files are read here that have a kustomization's name; whether what they refer to is there, and everything else
that can be wrong with them, is for kustomize to judge.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES
from gitops_action.model import Finding, Severity
from gitops_action.repository.documents import Document, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.model import JSONValue, Location, Pointer

# api/konfig/general.go: RecognizedKustomizationFileNames, in its order.
KUSTOMIZATION_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_FLUX_GROUP: Final = "kustomize.toolkit.fluxcd.io/"
_INLINE_MARKS: Final = ("\n", ": ", "{")


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


@dataclass(frozen=True, slots=True)
class Reference:
    """A path, or an address, as a kustomization has it."""

    role: Role
    text: str
    document: Document = field(repr=False)
    pointer: Pointer = ()

    @property
    def location(self) -> Location:
        """Where it is written."""
        return self.document.locate(self.pointer)


@dataclass(frozen=True, slots=True)
class Kustomization:
    """One kustomization file. `broken`: kustomize will refuse it, and the reason is among `findings`.

    `inline` has the plugins' configurations that are written in the file itself.
    """

    file: str
    component: bool = False
    references: tuple[Reference, ...] = ()
    inline: tuple[Reference, ...] = ()
    findings: tuple[Finding, ...] = ()
    broken: bool = False


def parse(data: bytes, file: str) -> Kustomization | None:
    """Read the kustomization file `file`; None if it is an object of Flux that merely has the name.

    As with kustomize only the first document counts, and names of fields may be written in any case.
    """
    items = load(data, file)
    findings = tuple(item for item in items if isinstance(item, Finding))
    document = next((item for item in items if isinstance(item, Document)), None)
    if document is None:
        # An empty file is for kustomize to refuse.
        return Kustomization(file, findings=findings, broken=bool(findings))
    value = document.value
    if not isinstance(value, dict):
        return _invalid(file, document, (), "this is not a mapping, so it is no kustomization")
    kind, version = value.get("kind"), value.get("apiVersion")
    if kind == "Kustomization" and isinstance(version, str) and version.startswith(_FLUX_GROUP):
        return None
    if kind not in (None, "", "Kustomization", "Component"):
        return _invalid(file, document, ("kind",), f"the kind is {kind!r}; kustomize takes Kustomization or Component")
    references: list[Reference] = []
    inline: list[Reference] = []
    for reference in _references(document, value):
        is_text = _may_be_inline(reference) and any(mark in reference.text for mark in _INLINE_MARKS)
        (inline if is_text else references).append(reference)
    plugins = tuple(reference for reference in inline if reference.role is Role.PLUGIN)
    broken = any(finding.severity is Severity.ERROR for finding in findings)
    return Kustomization(file, kind == "Component", tuple(references), plugins, findings, broken)


def _may_be_inline(reference: Reference) -> bool:
    """Whether kustomize takes the text itself, if it is an object, before it looks for a file."""
    return reference.role is Role.PLUGIN or str(reference.pointer[0]).casefold() == "patchesstrategicmerge"


def _invalid(file: str, document: Document, pointer: Pointer, message: str) -> Kustomization:
    place = document.locate(pointer)
    code = CODES["kustomization-invalid"]
    finding = Finding(code.name, code.severity, message, file, place.line, place.column)
    return Kustomization(file, findings=(finding,), broken=True)


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
_LISTS_WITH_PATH: Final = (("patches", Role.PATCH), ("patchesJson6902", Role.PATCH), ("replacements", Role.SETTING))
_GENERATORS: Final = ("configMapGenerator", "secretGenerator")
# One spelling now, another in the old `helmChartInflationGenerator`.
_CHART_FIELDS: Final = (("name", "chartName"), ("version", "chartVersion"), ("repo", "chartRepoUrl"))


def _references(document: Document, value: JSONValue) -> Iterator[Reference]:
    for name, role in _LISTS:
        yield from _texts(document, role, _elements(_members(value, name)))
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


def plugin_references(document: Document) -> Iterator[Reference]:
    """Yield what the configuration of one of kustomize's own plugins refers to (the plugins are in api/builtins)."""
    value = document.value
    kinds = [kind for _, kind in _members(value, "kind")]
    role = Role.PATCH if any(isinstance(kind, str) and kind.startswith("Patch") for kind in kinds) else Role.SETTING
    for name in ("path", "targetFilePath"):
        yield from _texts(document, role, _members(value, name))
    yield from _texts(document, role, _elements(_members(value, "paths")))
    for pointer, item in _elements(_members(value, "replacements")):
        yield from _texts(document, Role.SETTING, _members(item, "path", pointer))
    yield from _data(document, (), value)
    if "HelmChartInflationGenerator" in kinds:
        yield from _chart(document, (), value, "")


def _data(document: Document, pointer: Pointer, item: JSONValue) -> Iterator[Reference]:
    """Yield the sources of a generator: `files` has `path` or `key=path`, `envs` and the old `env` have paths."""
    for place, text in _elements(_members(item, "files", pointer)):
        if isinstance(text, str):
            yield Reference(Role.DATA, text.partition("=")[2] or text, document, place)
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
    """Yield each member of a mapping whose name is `name` in any case, as Go reads JSON into a struct."""
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
