"""Where in one kustomization a value of a rendered object was set: in a patch, or in a field such as `images`.

Each function answers only what it can establish: that the patch or field is for this object, that it writes at this
place, and that what it writes is what was rendered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding, JSONValue, Location, Pointer
from gitops_action.records import dataclass
from gitops_action.render.pointers import ABSENT, Absent, align, at, same
from gitops_action.repository.documents import Document
from gitops_action.repository.kustomizations import Kustomization, folded, folded_item
from gitops_action.repository.paths import join
from gitops_action.repository.references import is_inline, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.render.sources import Sources
    from gitops_action.render.subject import Subject


@dataclass(frozen=True, slots=True)
class Question:
    """Where the value (or the key) at `pointer` of the rendered object `rendered` was written."""

    subject: Subject
    rendered: JSONValue
    pointer: Pointer
    key: bool
    # Whether a patch counts, too, of which nobody can tell whether it is for this object.
    lenient: bool = False

    @property
    def value(self) -> JSONValue | Absent:
        """What was rendered there."""
        return at(self.rendered, self.pointer)


@dataclass(frozen=True, slots=True)
class Answer:
    """A place that writes the first `depth` steps of the pointer; `differs` where the value is another than was rendered."""

    depth: int
    location: Location
    differs: bool = False


def in_kustomization(question: Question, layer: Kustomization, sources: Sources) -> Iterator[Answer]:
    """Yield the places in `layer` and its patches that wrote the value or a parent of it, the last applied first.

    The order is that of kustomize's transformers (kusttarget_configplugin.go, configureBuiltinTransformers).
    """
    place = _in_replacements(question, layer) or _in_fields(question, layer)
    if place:
        yield Answer(len(question.pointer), place)
    for name in ("patchesJson6902", "patches", "patchesStrategicMerge"):
        for pointer, entry in reversed(list(layer.items(name))):
            answer = _in_patch(question, layer, sources, pointer, entry)
            if answer:
                yield answer


def _in_fields(question: Question, layer: Kustomization) -> Location | None:
    """Return the place in the kustomization's own fields that sets the value."""
    pointer, value = question.pointer, question.value
    if not pointer or not isinstance(value, str | int):
        return None
    last = pointer[-1]
    if last == "image" and isinstance(value, str):
        return _in_images(layer, value)
    if pointer == ("spec", "replicas"):
        for place, entry in layer.items("replicas"):
            name, count = folded_item(entry, "count")
            if folded(entry, "name") in question.subject.names and count == value:
                return layer.locate((*place, name))
    if isinstance(value, str) and value == layer.text_of("namespace") and _is_namespace(question):
        return layer.locate(layer.pointer("namespace"))
    if len(pointer) > 1 and isinstance(last, str):
        return _in_labels(question, layer, str(pointer[-2]), last)
    return None


def _in_images(layer: Kustomization, value: str) -> Location | None:
    for place, entry in (*layer.items("imageTags"), *layer.items("images")):
        name = folded(entry, "newName") or folded(entry, "name")
        for member, separator in (("digest", "@"), ("newTag", ":")):
            written, part = folded_item(entry, member)
            if isinstance(part, str) and part and value.endswith(separator + part) and value.startswith(f"{name}"):
                return layer.locate((*place, written))
        written, new_name = folded_item(entry, "newName")
        if isinstance(new_name, str) and value.partition("@")[0].rpartition(":")[0] == new_name:
            return layer.locate((*place, written))
    return None


def _is_namespace(question: Question) -> bool:
    pointer, kind = question.pointer, question.subject.kind
    return (
        pointer == ("metadata", "namespace")
        or (kind == "Namespace" and pointer == ("metadata", "name"))
        or (pointer[0] == "subjects" and pointer[-1] == "namespace" and kind.endswith("RoleBinding"))
    )


_PAIRS: Final = {
    "labels": ("commonLabels", "labels"),
    "matchLabels": ("commonLabels", "labels"),
    "selector": ("commonLabels", "labels"),
    "annotations": ("commonAnnotations",),
}


def _in_labels(question: Question, layer: Kustomization, parent: str, last: str) -> Location | None:
    for name in _PAIRS.get(parent, ()):
        for place, value in layer.mapping(name):
            if place[-1] == last and value == question.value:
                return layer.locate(place, key=question.key)
        for place, entry in layer.items(name):
            written, pairs = folded_item(entry, "pairs")
            if isinstance(pairs, dict) and last in pairs and pairs[last] == question.value:
                return layer.locate((*place, written, last), key=question.key)
    return None


def _in_replacements(question: Question, layer: Kustomization) -> Location | None:
    """Return the field path of a replacement that writes the value; its source is not followed."""
    for place, entry in layer.items("replacements"):
        written, targets = folded_item(entry, "targets")
        for index, target in enumerate(targets if isinstance(targets, list) else []):
            name, paths = folded_item(target, "fieldPaths")
            if not isinstance(paths, list) or not question.subject.is_selected_by(folded(target, "select")):
                continue
            for number, path in enumerate(paths):
                if isinstance(path, str) and _is_at(path, question):
                    return layer.locate((*place, written, index, name, number))
    return None


def _is_at(path: str, question: Question) -> bool:
    """Return whether a dotted field path, such as `spec.containers.[name=a].image`, leads to the place in question."""
    steps = path.split(".")
    if len(steps) != len(question.pointer):
        return False
    value: JSONValue | Absent = question.rendered
    for written, step in zip(steps, question.pointer, strict=True):
        value = at(value, (step,)) if not isinstance(value, Absent) else ABSENT
        if written in ("*", str(step)):
            continue
        member, equals, wanted = written.strip("[]").partition("=")
        if not equals or not isinstance(value, dict) or value.get(member) != wanted:
            return False
    return True


def _in_patch(
    question: Question, layer: Kustomization, sources: Sources, pointer: Pointer, entry: JSONValue
) -> Answer | None:
    """Return the place in one patch that writes the value or its nearest parent."""
    target: JSONValue = None
    text, place = entry, pointer
    path: JSONValue = entry
    if isinstance(entry, dict):
        target = folded(entry, "target")
        name, text = folded_item(entry, "patch")
        path, place = folded(entry, "path"), (*pointer, name)
    selected = not target or question.subject.is_selected_by(target)
    if not selected and not (selected is None and question.lenient):
        return None
    if isinstance(path, str) and path and not is_inline(path):
        file = join(layer.folder, path)
        for document in reversed(sources.documents(file) if file else ()):
            answer = _in_document(question, document, targeted=bool(target))
            if answer:
                return Answer(answer.depth, document.locate(answer.pointer, key=answer.key))  # type: ignore[union-attr]  # findings give no answer
        return None
    if isinstance(text, str):
        for document in reversed(list(objects(text.encode(errors="replace"), layer.file))):
            answer = _in_document(question, document, targeted=bool(target))
            if answer and isinstance(document, Document):
                inner = document.locate(answer.pointer, key=answer.key)
                return Answer(answer.depth, inner_location(layer, place, text, inner))
    return None


@dataclass(frozen=True, slots=True)
class _Written:
    """The place in a patch that writes the first `depth` steps of the pointer."""

    depth: int
    pointer: Pointer
    key: bool


def _in_document(question: Question, document: Document | Finding, *, targeted: bool) -> _Written | None:
    if isinstance(document, Finding):
        return None
    if isinstance(document.value, list):
        return _in_operations(question, document.value) if targeted else None
    if not targeted and not question.subject.is_meant_by(document.value):
        return None
    found = align(question.rendered, document.value, question.pointer)
    whole = len(found) == len(question.pointer)
    value = question.value
    if whole and not isinstance(value, dict | list) and not same(at(document.value, found), value):
        return None
    # Every patch names its object; that alone writes nothing.
    if found[:1] in ((), ("apiVersion",), ("kind",)) or found in (("metadata",), ("metadata", "name")):
        return None
    return _Written(len(found), found, question.key or not whole)


def _in_operations(question: Question, operations: list[JSONValue]) -> _Written | None:
    """Return where a JSON patch (RFC 6902) writes the value: the last operation that does."""
    for index in reversed(range(len(operations))):
        operation = operations[index]
        if not isinstance(operation, dict) or operation.get("op") not in ("add", "replace") or "value" not in operation:
            continue
        path = operation.get("path")
        steps = _steps(path) if isinstance(path, str) else None
        if steps is None or len(steps) > len(question.pointer) or not _leads(steps, question):
            continue
        rest = question.pointer[len(steps) :]
        found = align(at(question.rendered, question.pointer[: len(steps)]), operation["value"], rest)  # type: ignore[arg-type]  # ABSENT aligns with nothing
        whole = len(found) == len(rest)
        if whole and not isinstance(question.value, dict | list):
            if not same(at(operation["value"], found), question.value):
                continue
        elif not whole and steps[-1:] == ["-"]:
            continue
        # The key of what an operation adds is the end of its path.
        if question.key and whole and not rest:
            return _Written(len(steps), (index, "path"), key=False)
        return _Written(len(steps) + len(found), (index, "value", *found), question.key or not whole)
    return None


def _steps(path: str) -> list[str] | None:
    if not path.startswith("/"):
        return None
    return [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]


def _leads(steps: list[str], question: Question) -> bool:
    return all(
        step == str(wanted) or (step == "-" and isinstance(wanted, int))
        for step, wanted in zip(steps, question.pointer, strict=False)
    )


def inner_location(layer: Kustomization, place: Pointer, text: str, inner: Location) -> Location:
    """Return where a place in a text is, that is itself written as a literal block scalar of a kustomization.

    For other styles, whose lines are not the file's, it is where the text begins.
    """
    start = layer.locate(place)
    lines = layer.text.decode(errors="replace").splitlines()
    if start.line is None or start.column is None or inner.line is None or start.line > len(lines):
        return start
    number = start.line + inner.line
    written = text.splitlines()
    if (
        not lines[start.line - 1][start.column - 1 :].startswith("|")
        or number > len(lines)
        or inner.line > len(written)
    ):
        return start
    line, own = lines[number - 1], written[inner.line - 1]
    if not line.endswith(own):
        return start
    indent = len(line) - len(own)
    return Location(layer.file, number, None if inner.column is None else inner.column + indent)
