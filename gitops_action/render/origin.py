"""Which file each rendered object came from, asked of kustomize itself.

With `buildMetadata: [originAnnotations, transformerAnnotations]` kustomize notes on each object the file it was read from
(or the kustomization whose generator made it) and the kustomizations whose transformers it passed, in order. Only the
`buildMetadata` of the kustomization that is built counts; those of its bases are overwritten (kusttarget.go,
accumulateDirectory). So the request can be written into the kustomizations of a copy of the repository, where several
overlays share bases, without one's request touching another. Why not a wrapper: docs/decisions/0003.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Finding, JSONValue
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.documents import Document, load, without_warnings
from gitops_action.repository.paths import join

if TYPE_CHECKING:
    from gitops_action.render.chain import Chain
    from gitops_action.render.sources import Sources
    from gitops_action.repository.kustomizations import Kustomization

ORIGIN: Final = "config.kubernetes.io/origin"
TRANSFORMATIONS: Final = "alpha.config.kubernetes.io/transformations"
_WANTED: Final = {"originAnnotations": ORIGIN, "transformerAnnotations": TRANSFORMATIONS}
_FIELD: Final = "buildMetadata"

# JSON patch operations that read what they find; all others do the same whether or not an annotation is there.
_READS: Final = regex(rb"\b(?:test|move|copy)\b")


@dataclass(frozen=True, slots=True)
class Origin:
    """What kustomize noted on one object. Files are relative to the repository's root.

    `file` is where it was read from, "" if it was generated or fetched; `configured_in` is the kustomization (or the
    plugin's configuration) that generated it; `layers` are the kustomizations whose transformers it passed, in order.
    """

    file: str = ""
    configured_in: str = ""
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notes:
    """The annotations as kustomize wrote them, read only when a finding needs them."""

    origin: str = ""
    transformations: str = ""

    def read(self, folder: str) -> Origin | None:
        """Return what they say; `folder` is the overlay's. None if there is nothing of use."""
        origin = _yaml(self.origin)
        if not isinstance(origin, dict) or _is_transformer(origin):
            return None
        steps = _yaml(self.transformations)
        layers = [_file(step, "configuredIn", folder) for step in steps] if isinstance(steps, list) else []
        return Origin(
            _file(origin, "path", folder),
            _file(origin, "configuredIn", folder),
            tuple(dict.fromkeys(layer for layer in layers if layer)),
        )


def request(kustomization: Kustomization) -> bytes | None:
    """Return the kustomization's text with both annotations asked for; None where that cannot be done faithfully.

    A kustomization without content is left alone: kustomize refuses it, and would not with one more field.
    """
    text = kustomization.text
    value = kustomization.document.value if kustomization.document else None
    if not isinstance(value, dict) or all(
        not content for key, content in value.items() if key.casefold() not in ("apiversion", "kind")
    ):
        return None
    missing = [name for name in _WANTED if name not in _asked(kustomization)]
    if not missing:
        return text
    listed = isinstance(kustomization.value(_FIELD), list)
    edited = _insert(kustomization, ", ".join(missing)) if listed else _add(kustomization, missing)
    expected: JSONValue = {**value, str(kustomization.pointer(_FIELD)[0]): [*missing, *_asked(kustomization)]}
    read = [] if edited is None else without_warnings(load(edited, kustomization.file))
    first = read[0] if read else None
    return edited if isinstance(first, Document) and first.value == expected else None


def asked(kustomization: Kustomization) -> frozenset[str]:
    """Return the annotations that the overlay's own `buildMetadata` asks for; they stay on its objects."""
    return frozenset(_WANTED[name] for name in _asked(kustomization) if name in _WANTED)


def _asked(kustomization: Kustomization) -> list[JSONValue]:
    return [name for _, name in kustomization.items(_FIELD)]


def _add(kustomization: Kustomization, names: list[str]) -> bytes | None:
    """Put the field before the first one, in the style of the mapping."""
    request = f"{_FIELD}: [{', '.join(names)}]"
    first_name, _ = next(iter(kustomization.fields.values()))
    start = _offset(kustomization, ())
    if start is not None and kustomization.text[start : start + 1] == b"{":
        return _splice(kustomization.text, start + 1, f"{request}, ")
    first = kustomization.locate((first_name,), key=True)
    start = _offset(kustomization, (first_name,), key=True)
    if start is None or first.column is None:
        return None
    return _splice(kustomization.text, start, f"{request}\n{' ' * (first.column - 1)}")


def _insert(kustomization: Kustomization, names: str) -> bytes | None:
    """Put the names before the first of the list that is there, or into one that is empty."""
    if not kustomization.has(_FIELD):
        start = _offset(kustomization, kustomization.pointer(_FIELD))
        return None if start is None else _splice(kustomization.text, start + 1, names)
    place = kustomization.locate((*kustomization.pointer(_FIELD), 0))
    start = _offset(kustomization, (*kustomization.pointer(_FIELD), 0))
    if start is None or place.column is None:
        return None
    line_start = kustomization.text.rfind(b"\n", 0, start) + 1
    before = kustomization.text[line_start:start]
    if before.strip() == b"-":
        dash = before.decode()
        names = "".join(f"{name}\n{dash}" for name in names.split(", "))
        return _splice(kustomization.text, start, names)
    return _splice(kustomization.text, start, f"{names}, ")


def _offset(kustomization: Kustomization, pointer: tuple[str | int, ...], *, key: bool = False) -> int | None:
    """Return the byte at which `pointer` is written."""
    place = kustomization.locate(pointer, key=key)
    if place.line is None or place.column is None:
        return None
    lines = kustomization.text.splitlines(keepends=True)
    if place.line > len(lines):
        return None
    before = lines[place.line - 1].decode(errors="surrogateescape")[: place.column - 1]
    return sum(map(len, lines[: place.line - 1])) + len(before.encode(errors="surrogateescape"))


def _splice(text: bytes, start: int, addition: str) -> bytes:
    return text[:start] + addition.encode() + text[start:]


def reads_annotations(chain: Chain, sources: Sources) -> bool:
    """Return whether what the overlay builds could depend on annotations being there, so that asking could change it.

    It then has to be built twice: as it is, and once more for the origins. Errs on the side of yes.
    """
    for layer in chain.layers:
        if any(layer.has(name) for name in ("generators", "transformers", "validators")):
            return True
        if layer.has("configurations") or (layer.has("replacements") and b"nnotations" in layer.text):
            return True
        if _reads(layer.text):
            return True
        for reference in layer.references:
            if not reference.role.may_be_folder and str(reference.pointer[-1]).casefold() == "path":
                path = join(layer.folder, reference.text)
                content = sources.read(path) if path else None
                if content and (_reads(content) or b"metadata.annotations" in content):
                    return True
    return False


def _reads(text: bytes) -> bool:
    return b"metadata" in text and _READS.search(text) is not None


def take(value: dict[str, Any], kept: frozenset[str]) -> tuple[dict[str, Any], Notes]:
    """Return the object without the annotations that only we asked for, and what they said."""
    metadata = value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(annotations, dict):
        return value, Notes()
    notes = Notes(_text(annotations.get(ORIGIN)), _text(annotations.get(TRANSFORMATIONS)))
    left = {name: text for name, text in annotations.items() if name in kept or name not in (ORIGIN, TRANSFORMATIONS)}
    if len(left) == len(annotations):
        return value, notes
    # kustomize drops annotations that are empty, too.
    rest = {name: left if name == "annotations" else item for name, item in metadata.items()}
    if not left:
        del rest["annotations"]
    return {**value, "metadata": rest}, notes


def _yaml(text: str) -> JSONValue:
    first = next(iter(load(text.encode(errors="replace"), "origin")), None) if text else None
    return None if first is None or isinstance(first, Finding) else first.value


def _is_transformer(origin: JSONValue) -> bool:
    """Return whether a patch took the notes away with all annotations: kustomize then notes what came next."""
    by = origin.get("configuredBy") if isinstance(origin, dict) else None
    return isinstance(by, dict) and str(by.get("kind")).endswith("Transformer")


def _file(origin: JSONValue, member: str, folder: str) -> str:
    if not isinstance(origin, dict) or origin.get("repo"):
        return ""
    path = origin.get(member)
    return (join(folder, path) or "") if isinstance(path, str) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
