"""A document as it is written: where each value and each entry of a collection stands in its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from gitops_action.promote import spelling
from gitops_action.promote.edits import absent, refuse
from gitops_action.promote.nodes import Node, parse

if TYPE_CHECKING:
    from gitops_action.model import Pointer
    from gitops_action.promote.spelling import Manner
    from gitops_action.repository.documents import Document


class Written:
    """One document and its piece of the file's text, which begins at `offset` of that."""

    def __init__(self, text: str, document: Document) -> None:
        """Take the text of the whole file. Raises EditError where the document cannot be taken apart."""
        part, number = document.source
        if number is None:
            refuse(document, (), "it is JSON that YAML does not read")
        self.document = document
        self.offset = offset_of(text, part.line, part.column)
        self.text = part.text
        try:
            roots = parse(part.text)
        except yaml.YAMLError:
            refuse(document, (), "its text cannot be taken apart")
        self.root = roots[number]
        json_only = part.file.endswith(".json") or (self.root.flow and part.text.lstrip()[:1] in {"{", "["})
        self._keys: dict[int, dict[str, int]] = {}
        self.manner: Manner = spelling.manner_of(part.text, [self.root], json_only=json_only)

    def find(self, pointer: Pointer) -> Node | None:
        """Return the node of a value, an alias as such; None where it is not written in its own place."""
        node: Node | None = self.root
        for step in (*self.document.prefix, *pointer):
            node = self._child(node, step)
            if node is None:
                return None
        return node

    def value(self, pointer: Pointer) -> Any:
        """Return what stands at a place."""
        value: Any = self.document.value
        for step in pointer:
            value = value[step]
        return value

    def position(self, node: Node, pointer: Pointer) -> int:
        """Return which entry of a collection is meant. Raises EditError if there is none."""
        step = pointer[-1]
        if node.kind == "sequence":
            if isinstance(step, int) and 0 <= step < len(node.items):
                return step
        else:
            position = self._positions(node).get(str(step))
            if position is not None:
                return position
        return absent(self.document, pointer)

    def alias_above(self, pointer: Pointer) -> Pointer | None:
        """Return the place of an alias that a value comes through; None if there is none."""
        node: Node | None = self.root
        above = len(self.document.prefix)
        for length, step in enumerate((*self.document.prefix, *pointer)):
            if node is not None and node.kind == "alias":
                return pointer[: length - above] if length >= above else None
            node = self._child(node, step)
        return None

    def _child(self, node: Node | None, step: str | int) -> Node | None:
        if node is None:
            return None
        if node.kind == "sequence" and isinstance(step, int):
            return node.items[step] if 0 <= step < len(node.items) else None
        position = self._positions(node).get(step) if node.kind == "mapping" and isinstance(step, str) else None
        return None if position is None else node.items[2 * position + 1]

    def _positions(self, node: Node) -> dict[str, int]:
        """Return which entry of a mapping a key is; the last one, if it is there twice."""
        known = self._keys.get(id(node))
        if known is None:
            known = {key.value: at for at, (key, _) in enumerate(node.pairs) if key.kind == "scalar"}
            self._keys[id(node)] = known
        return known

    def extents(self, node: Node) -> tuple[list[int], list[int]]:
        """Return where the entries of a collection begin (a dash counts) and end."""
        if node.kind == "mapping":
            return [key.start for key, _ in node.pairs], [max(key.end, value.end) for key, value in node.pairs]
        ends = [item.end for item in node.items]
        if node.flow:
            return [item.start for item in node.items], ends
        blank = spelling.column(self.text, node.body)
        starts = [node.body]
        for item, before in zip(node.items[1:], ends, strict=False):
            at = self.text.find("-", before)
            while at >= 0 and at < item.start and (spelling.column(self.text, at) != blank or not self.leads(at)):
                at = self.text.find("-", at + 1)
            starts.append(at)
        return starts, ends

    def leads(self, index: int) -> bool:
        """Whether nothing but blanks stands before an index on its line."""
        return not self.text[self.text.rfind("\n", 0, index) + 1 : index].strip()


def offset_of(text: str, line: int, column: int) -> int:
    """Return the index of a place in a text; lines and columns begin with 1."""
    at = 0
    for _ in range(line - 1):
        at = text.index("\n", at) + 1
    return at + column - 1
