"""What Flux's markers point to. One stands behind the value on its line.

https://fluxcd.io/flux/guides/image-update/#configure-image-updates
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from gitops_action.images.uses import Part, Slot, use_of
from gitops_action.promote.written import Written
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.images.uses import Use
    from gitops_action.model import Pointer
    from gitops_action.promote.nodes import Node
    from gitops_action.repository.documents import Document

MARK: Final = b'"$imagepolicy"'
"""No file without these bytes has a marker."""
_MARKER: Final = regex(r"[ \t]*#[ \t]*(\{[^\r\n]*\})[ \t]*(?:\r?\n|\r|\Z)")
_DEPTH: Final = 100


def marked(text: str, document: Document) -> list[Use]:
    """Return the uses that markers of a document point to. `text` is that of its file.

    Raises EditError where the document cannot be taken apart.
    """
    written = Written(text, document)
    root = written.root
    for step in document.prefix:
        root = root.items[step] if isinstance(step, int) else next(v for k, v in root.pairs if k.value == step)
    found: dict[tuple[str, Pointer], list[Slot]] = {}
    for pointer, node in _scalars(root, (), _DEPTH):
        marker = _marker(written.text, node)
        if marker is None:
            continue
        label, part = marker
        place = document.locate(pointer)
        value = _written(written, node, pointer)
        # A whole image is a use of its own, also where others stand beside it.
        group = pointer if part is Part.IMAGE else pointer[:-1]
        found.setdefault((label, group), []).append(Slot(pointer, part, value, place))
    return [use_of(document, slots, marker=label) for (label, _), slots in found.items()]


def _scalars(node: Node, pointer: Pointer, depth: int) -> Iterator[tuple[Pointer, Node]]:
    if depth < 0:
        return
    if node.kind == "mapping":
        for key, value in node.pairs:
            yield from _scalars(value, (*pointer, key.value), depth - 1)
    elif node.kind == "sequence":
        for index, item in enumerate(node.items):
            yield from _scalars(item, (*pointer, index), depth - 1)
    elif pointer:
        yield pointer, node


def _marker(text: str, node: Node) -> tuple[str, Part] | None:
    match = _MARKER.match(text, node.end)
    if match is None or "$imagepolicy" not in match[1]:
        return None
    try:
        said = json.loads(match[1])
    except ValueError:
        return None
    label = said.get("$imagepolicy") if isinstance(said, dict) else None
    if not isinstance(label, str):
        return None
    namespace, _, rest = label.partition(":")
    name, _, part = rest.partition(":")
    if part not in {"", Part.NAME, Part.TAG, Part.DIGEST}:
        return None
    return f"{namespace}:{name}", Part(part or Part.IMAGE)


def _written(written: Written, node: Node, pointer: Pointer) -> str:
    """Return a scalar as it is written, not as a number that YAML would make of it."""
    if node.kind == "scalar":
        return node.value
    value = written.value(pointer)
    return value if isinstance(value, str) else json.dumps(value)
