"""Kustomization files: what is written in one, and whether it can be read with certainty.

Whether what it names is there, and everything else that can be wrong with it, is for kustomize to judge.
"""

from __future__ import annotations

import posixpath
from dataclasses import field
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES
from gitops_action.model import Finding, Location
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.documents import Document, load
from gitops_action.repository.kustomization_fit import unfit
from gitops_action.repository.references import Reference, of_kustomization

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitops_action.model import JSONValue, Pointer

# api/konfig/general.go: RecognizedKustomizationFileNames, in its order.
KUSTOMIZATION_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_FLUX_GROUP: Final = "kustomize.toolkit.fluxcd.io/"
# Ways to write a text in YAML that Go's parser decodes and a reader of strings does not see through. No honest
# kustomization has them; a hostile one would hide a path or an address behind them.
_DISGUISES: Final = regex(rb"!!binary|!<|%TAG")
# Of a key that is given twice the last counts, and tags are ignored, for kustomize as for us.
_HARMLESS: Final = frozenset({"yaml-duplicate-key", "yaml-tag"})
_NO_FIELDS: Final[Mapping[str, tuple[str, JSONValue]]] = {}


@dataclass(frozen=True, slots=True)
class Kustomization:
    """The kustomization of `folder` ("." is the root), written in `file` (elsewhere, if a link leads there).

    `fields` is keyed by the lower-case name and gives the name as written and the value: Go's JSON decoder, which
    kustomize uses, ignores the case of field names. `unreadable` says why it must not be built: kustomize would refuse
    it, or could understand it otherwise than we do. `findings` has what is wrong and does not stand in the way.
    """

    file: str
    folder: str
    text: bytes = field(default=b"", repr=False)
    document: Document | None = field(default=None, repr=False)
    fields: Mapping[str, tuple[str, JSONValue]] = field(default_factory=lambda: _NO_FIELDS, repr=False)
    references: tuple[Reference, ...] = ()
    findings: tuple[Finding, ...] = ()
    unreadable: Finding | None = None

    @property
    def component(self) -> bool:
        """Whether it can only be built as a part of another."""
        return self.value("kind") == "Component"

    def value(self, name: str) -> JSONValue:
        """Return what the field `name` has; None if there is none."""
        return self.fields.get(name.casefold(), (name, None))[1]

    def has(self, name: str) -> bool:
        """Whether the field `name` has anything in it."""
        return bool(self.value(name))

    def text_of(self, name: str) -> str:
        """Return the text of the field `name`, "" if it has none."""
        value = self.value(name)
        return value if isinstance(value, str) else ""

    def items(self, name: str) -> Iterator[tuple[Pointer, JSONValue]]:
        """Yield each element of the list `name`, with its place."""
        value = self.value(name)
        if isinstance(value, list):
            for index, element in enumerate(value):
                yield (*self.pointer(name), index), element

    def mapping(self, name: str) -> Iterator[tuple[Pointer, JSONValue]]:
        """Yield each value of the mapping `name`, with its place."""
        value = self.value(name)
        if isinstance(value, dict):
            for key, element in value.items():
                yield (*self.pointer(name), key), element

    def pointer(self, name: str) -> Pointer:
        """Return the place of the field `name`, as it is written."""
        return (self.fields.get(name.casefold(), (name, None))[0],)

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        """Return where `pointer` is written."""
        return self.document.locate(pointer, key=key) if self.document else Location(self.file)


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


def parse(data: bytes, file: str, folder: str | None = None) -> Kustomization | None:
    """Read the kustomization of `folder` (None: the one that `file` is in), which is written in `file`.

    None if it is an object of Flux that merely has the name. As with kustomize only the first document counts.
    """
    folder = posixpath.dirname(file) or "." if folder is None else folder
    items = load(data, file)
    document = next((item for item in items if isinstance(item, Document)), None)
    value = document.value if document else None
    fields = {key.casefold(): (key, item) for key, item in value.items()} if isinstance(value, dict) else {}
    twice = isinstance(value, dict) and len(fields) != len(value)
    disguised = _DISGUISES.search(data) is not None
    if not twice and not disguised and _is_of_flux(fields):
        return None
    findings = [item for item in items if isinstance(item, Finding)]
    broken = next((finding for finding in findings if finding.code not in _HARMLESS), None)
    if disguised:
        broken = _invalid(Location(file), "it has a YAML tag that no kustomization needs (!!binary, !<…>, %TAG)")
    elif broken is None:
        broken = _problem(document, fields, file, twice=twice)
        if broken is None and document is not None:
            # Fields that we do not know, another version may: kustomize itself is to say so.
            wrong = [one for one in unfit(document.value) if not one.unknown]
            findings += (_invalid(document.locate(one.pointer, key=one.key), one.message) for one in wrong)
            broken = findings[-len(wrong)] if wrong else None
    return Kustomization(
        file,
        folder,
        data,
        document,
        fields,
        tuple(of_kustomization(document)) if document and fields else (),
        tuple(finding for finding in findings if finding is not broken),
        broken,
    )


def _is_of_flux(fields: Mapping[str, tuple[str, JSONValue]]) -> bool:
    version, kind = (fields.get(name, ("", None))[1] for name in ("apiversion", "kind"))
    return kind == "Kustomization" and isinstance(version, str) and version.startswith(_FLUX_GROUP)


def _problem(
    document: Document | None, fields: Mapping[str, tuple[str, JSONValue]], file: str, *, twice: bool
) -> Finding | None:
    """Return why what is well-formed is no kustomization that can be built."""
    if document is None:
        return _invalid(Location(file), "it is empty")
    if not isinstance(document.value, dict):
        return _invalid(document.locate(()), "it is not a mapping")
    if twice:
        return _invalid(document.locate(()), "a field is given twice, in different case")
    name, kind = fields.get("kind", ("kind", None))
    if isinstance(kind, str) and kind not in {"", "Kustomization", "Component"}:
        return _invalid(document.locate((name,)), f"its kind is {kind!r}; kustomize takes Kustomization or Component")
    return None


def _invalid(place: Location, reason: str) -> Finding:
    code = CODES["kustomization-invalid"]
    message = f"this is no kustomization that can be built: {reason}"
    return Finding(code.name, code.severity, message, place.file, place.line, place.column)
