"""A build that failed: what is left of kustomize's message, and the searches for the place that it means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitops_action.model import Finding, JSONValue, Location, Pointer
from gitops_action.records import dataclass
from gitops_action.repository.paths import join
from gitops_action.repository.references import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.ports import Completed
    from gitops_action.render.chain import Chain
    from gitops_action.render.sources import Sources
    from gitops_action.repository.kustomizations import Kustomization


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed build: what is left of the message, and where to look."""

    text: str
    folder: str
    sources: Sources
    chain: Chain

    @property
    def kustomization(self) -> Kustomization | None:
        """The kustomization of the innermost folder."""
        return self.sources.kustomization(self.folder)

    @property
    def place(self) -> Location:
        """The kustomization of the innermost folder, or of the overlay."""
        found = self.kustomization or self.sources.kustomization(self.chain.target)
        return Location(found.file if found else self.folder)

    def entry(self, *names: str) -> Location:
        """Where one of `names` (texts, or paths from the root) is written in the innermost kustomization."""
        kustomization = self.kustomization
        if kustomization:
            for pointer, value in texts_of(kustomization.document.value if kustomization.document else None):
                # Generators take `name=path`.
                path = value.partition("=")[2] or value
                if not {value, path, join(self.folder, value), join(self.folder, path)}.isdisjoint(names):
                    return kustomization.locate(pointer)
        return self.place

    def field(self, *names: str) -> Location:
        """Where the field that one of `names` is, in the innermost kustomization or else in any."""
        for layer in (self.kustomization, *self.chain.layers):
            for name in names:
                if layer and name.casefold() in layer.fields:
                    return layer.locate(layer.pointer(name), key=True)
        return self.place


def cleaned(completed: Completed, roots: Sequence[str]) -> str:
    """Return the error alone, without the warnings before it and without the folders `roots` of this machine."""
    text = completed.stderr.decode(errors="replace")
    start = re.search(r"(?m)^[Ee]rror: ", text)
    text = text[start.end() :] if start else text
    for root in sorted(set(roots), key=len, reverse=True):
        text = text.replace(root + "/", "").replace(root, ".")
    return text.strip()


def texts_of(value: JSONValue) -> list[tuple[Pointer, str]]:
    """Return all texts in a value, in order."""
    found: list[tuple[Pointer, str]] = []
    stack: list[tuple[Pointer, JSONValue]] = [((), value)]
    while stack:
        pointer, element = stack.pop()
        if isinstance(element, str):
            found.append((pointer, element))
        elif isinstance(element, list):
            stack.extend(((*pointer, index), item) for index, item in reversed(list(enumerate(element))))
        elif isinstance(element, dict):
            stack.extend(((*pointer, key), item) for key, item in reversed(list(element.items())))
    return found


def broken_file(case: Failure) -> Finding | None:
    """Return the first thing that our own reader finds broken in a file that the overlay names."""
    for layer in case.chain.layers:
        for reference in layer.references:
            read = reference.role in {Role.PATCH, Role.RESOURCE} and not reference.inline
            path = join(layer.folder, reference.text) if read else None
            for item in case.sources.documents(path) if path else ():
                if isinstance(item, Finding):
                    return item
    return None


def patch_texts(case: Failure, layer: Kustomization) -> list[tuple[Pointer, str, str]]:
    """Return the place, the file or the text of each patch that a kustomization names."""
    found = []
    for name in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        for pointer, text in texts_of([value for _, value in layer.items(name)]):
            path = join(layer.folder, text) if "\n" not in text else None
            file = path if path and case.sources.read(path) is not None else ""
            found.append(((*layer.pointer(name), *pointer), file, "" if file else text))
    return found


def is_object(value: JSONValue, kind: str, name: str) -> bool:
    """Return whether `value` is an object of this kind and name."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    return (
        isinstance(value, dict)
        and value.get("kind") == kind
        and isinstance(metadata, dict)
        and metadata.get("name") == name
    )


def line_inside(layer: Kustomization, start: Location, line: str) -> Location | None:
    """Return the line of a text that is written in a kustomization from `start` on."""
    lines = layer.text.decode(errors="replace").splitlines()
    for number in range(start.line or 1, len(lines) + 1):
        if lines[number - 1].strip() == line.strip():
            return Location(layer.file, number)
    return None


def readable(identity: str) -> str:
    """`Deployment.v1.apps/web.[noNs]` as `Deployment web`."""
    gvk, _, rest = identity.partition("/")
    name, _, namespace = rest.partition(".[") if rest.endswith("]") else rest.rpartition(".")
    namespace = "" if namespace in ("noNs]", "") else namespace.rstrip("]")
    return f"{gvk.partition('.')[0]} {name}" + (f" in namespace {namespace}" if namespace else "")
