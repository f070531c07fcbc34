"""Turns edits of values into splices of text."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.promote import spelling
from gitops_action.promote.edits import Delete, Insert, Set, refuse, refusing
from gitops_action.promote.entries import Splice, inserted, spelled_elsewhere
from gitops_action.promote.values import apply
from gitops_action.promote.written import Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.model import Pointer
    from gitops_action.promote.edits import Edit
    from gitops_action.promote.nodes import Node
    from gitops_action.repository.documents import Document

COMMENT: Final = re.compile(r"[ \t]*(?:#[^\n]*)?")
"""What may follow a value on its line."""


@dataclass(slots=True)
class _Group:
    """The inserts and deletes of one collection."""

    inserts: list[Insert] = field(default_factory=list)
    deletes: list[Delete] = field(default_factory=list)


class Editor:
    """The edits of one document."""

    def __init__(self, text: str, document: Document, edits: Sequence[Edit]) -> None:
        """Take the text of the whole file. Raises EditError where the document cannot be taken apart."""
        self._written = Written(text, document)
        self._document = document
        self._edits = edits
        self._text = self._written.text
        self._manner = self._written.manner
        self._splices: list[Splice] = []

    def splices(self) -> list[Splice]:
        """Return what to replace in the file's text."""
        groups: dict[Pointer, _Group] = defaultdict(_Group)
        for one in self._edits:
            if isinstance(one, Set):
                self._set(one.pointer, one.value, one.like)
            elif isinstance(one, Insert):
                groups[one.pointer[:-1]].inserts.append(one)
            else:
                groups[one.pointer[:-1]].deletes.append(one)
        for pointer, group in groups.items():
            self._collection(pointer, group)
        offset = self._written.offset
        return [Splice(one.start + offset, one.end + offset, one.text) for one in self._splices]

    def _set(self, pointer: Pointer, value: Any, like: str = "") -> None:
        node = self._written.find(pointer)
        if node is None:
            # By `<<`, mostly: a key of its own goes before that.
            self._collection(pointer[:-1], _Group([Insert(0, pointer, value)]))
            return
        if like and not isinstance(value, str | dict | list) and not self._manner.json:
            found = spelled_elsewhere(self._written, Insert(0, pointer, value, like.partition(" #")[0].strip()))
            if found is not None and "\n" not in found[1]:
                self._put(node, found[1])
                return
        self._replace(node, pointer, value)

    def _replace(self, node: Node, pointer: Pointer, value: Any) -> None:
        parent = self._written.find(pointer[:-1]) if pointer else None
        kept = node.flow and bool(node.items) and isinstance(value, dict | list)
        in_flow = self._manner.json or kept or (parent is not None and parent.flow)
        simple = not isinstance(value, dict | list) or not value
        if simple or in_flow:
            self._put(node, self._one_line(node, value, in_flow=in_flow))
        else:
            self._put_block(node, parent, value)

    def _one_line(self, node: Node, value: Any, *, in_flow: bool) -> str:
        if isinstance(value, dict | list):
            return spelling.flow(value, self._manner)
        if node.kind == "scalar" and node.style in {"|", ">"} and isinstance(value, str):
            again = self._literal(node, value)
            if again is not None:
                return again
        style = node.style if node.kind == "scalar" else ""
        return spelling.scalar(value, self._manner, style=style, flow=in_flow)

    def _literal(self, node: Node, value: str) -> str | None:
        """Spell a text as the literal block that it replaces, with that one's indentation."""
        lines = self._text[node.body : node.end].split("\n")
        indent = next((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), 2)
        spelled = spelling.literal(value, indent, self._manner) if node.style == "|" else None
        return None if spelled is None else self._manner.newline.join(spelled)

    def _put(self, node: Node, spelled: str) -> None:
        if node.kind in {"mapping", "sequence"} and not node.flow:
            # A block begins on a line of its own, unlike what replaces it.
            start = len(self._text[: node.body].rstrip())
            comment = self._text.rfind("#", self._text.rfind("\n", 0, start) + 1, start)
            lone = start > 0 and self._text[start - 1] in ":-" and comment < 0
            self._splice(start if lone else node.body, node.end, f" {spelled}" if lone else spelled)
        elif node.body == node.end:
            before = self._text[node.body - 1 : node.body]
            self._splice(node.body, node.end, spelled if before in {" ", "\n", ""} else f" {spelled}")
        else:
            self._splice(node.body, node.end, spelled)

    def _put_block(self, node: Node, parent: Node | None, value: Any) -> None:
        newline = self._manner.newline
        if node.kind in {"mapping", "sequence"} and not node.flow:
            indent = spelling.column(self._text, node.body)
            lines = spelling.block(value, indent, self._manner)
            self._splice(node.body, node.end, newline.join([lines[0].lstrip(), *lines[1:]]))
            return
        if parent is None:
            self._splice(node.body, node.end, newline.join(spelling.block(value, 0, self._manner)))
            return
        base = spelling.column(self._text, parent.body)
        if parent.kind == "sequence":
            lines = spelling.block(value, base + 2, self._manner)
            self._put(node, newline.join([lines[0].lstrip(), *lines[1:]]))
            return
        deeper = self._manner.step if isinstance(value, dict) else self._manner.lists
        lines = spelling.block(value, base + deeper, self._manner)
        start = len(self._text[: node.body].rstrip(" \t"))
        end_of_line = COMMENT.match(self._text, node.end)
        comment = end_of_line.group().strip() if end_of_line else ""
        head = f" {comment}" if comment else ""
        self._splice(start, end_of_line.end() if end_of_line else node.end, head + newline + newline.join(lines))

    def _collection(self, pointer: Pointer, group: _Group) -> None:
        node = self._written.find(pointer)
        if node is None or node.kind not in {"mapping", "sequence"}:
            present = self._written.value(pointer)
            if present is None:
                present = [] if group.inserts and isinstance(group.inserts[0].pointer[-1], int) else {}
            self._whole(pointer, group, present)
            return
        entries = len(node.items) // (2 if node.kind == "mapping" else 1)
        if entries == len(group.deletes):
            self._whole(pointer, group, self._written.value(pointer))
            return
        for one in group.deletes:
            self._delete(node, one.pointer)
        gone = {self._written.position(node, one.pointer) for one in group.deletes}
        self._splices += inserted(self._written, node, group.inserts, gone)

    def _whole(self, pointer: Pointer, group: _Group, present: Any) -> None:
        """Write a collection anew that has nothing that could stay."""
        edits: list[Edit] = [
            *(Delete(0, one.pointer[len(pointer) :]) for one in group.deletes),
            *(Insert(0, one.pointer[len(pointer) :], one.value) for one in group.inserts),
        ]
        value = apply(present, edits, refusing(self._document, pointer))
        self._set(pointer, value)

    def _delete(self, node: Node, pointer: Pointer) -> None:
        position = self._written.position(node, pointer)
        starts, ends = self._written.extents(node)
        if node.flow:
            last = position == len(starts) - 1
            self._splice(
                *((ends[position - 1], ends[position]) if last else (starts[position], starts[position + 1])), ""
            )
            return
        start, end = starts[position], ends[position]
        line = self._text.rfind("\n", 0, start) + 1
        if self._text[line:start].strip():
            # The line begins with something else: what follows moves up to its place.
            following = next((one for one in starts[position + 1 :]), None)
            if following is None:
                refuse(self._document, pointer, "it shares its line with something else")
            self._splice(start, following, "")
        else:
            newline = self._text.find("\n", end)
            self._splice(line, len(self._text) if newline < 0 else newline + 1, "")

    def _splice(self, start: int, end: int, text: str) -> None:
        self._splices.append(Splice(start, end, text))
