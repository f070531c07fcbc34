"""Turns edits of values into splices of text."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.promote import spelling
from gitops_action.promote.edits import Delete, Insert, Set, refuse, refusing
from gitops_action.promote.entries import Splice, inserted, spelled_elsewhere
from gitops_action.promote.values import apply
from gitops_action.promote.written import Written
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.model import Pointer
    from gitops_action.promote.edits import Edit
    from gitops_action.promote.nodes import Node
    from gitops_action.repository.documents import Document

COMMENT: Final = regex(r"[ \t]*(?:#[^\n]*)?")
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
        copies: dict[Pointer, list[Edit]] = defaultdict(list)
        for one in self._edits:
            alias = self._written.alias_above(one.pointer)
            if alias is not None:
                copies[alias].append(one)
            elif isinstance(one, Set):
                self._set(one.pointer, one.value, one.like)
            elif isinstance(one, Insert):
                groups[one.pointer[:-1]].inserts.append(one)
            else:
                groups[one.pointer[:-1]].deletes.append(one)
        for pointer, mine in copies.items():
            self._copy(pointer, mine)
        # Where two new entries go to the same place, the inner one has to stand first.
        for pointer, group in sorted(groups.items(), key=lambda one: -len(one[0])):
            self._collection(pointer, group)
        offset = self._written.offset
        return [Splice(one.start + offset, one.end + offset, one.text) for one in self._splices]

    def _copy(self, pointer: Pointer, edits: Sequence[Edit]) -> None:
        """Write what an alias stands for in its place, edited; what has the anchor stays as it is."""
        within = [replace(one, pointer=one.pointer[len(pointer) :]) for one in edits]
        self._set(pointer, apply(self._written.value(pointer), within, refusing(self._document, pointer)))

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
        positions = {one.pointer: self._written.position(node, one.pointer) for one in group.deletes}
        gone = {*positions.values()}
        if gone:
            self._delete(node, positions, gone)
        self._splices += inserted(self._written, node, group.inserts, gone)

    def _whole(self, pointer: Pointer, group: _Group, present: Any) -> None:
        """Write a collection anew that has nothing that could stay."""
        edits: list[Edit] = [
            *(Delete(0, one.pointer[len(pointer) :]) for one in group.deletes),
            *(Insert(0, one.pointer[len(pointer) :], one.value) for one in group.inserts),
        ]
        value = apply(present, edits, refusing(self._document, pointer))
        self._set(pointer, value)

    def _delete(self, node: Node, positions: dict[Pointer, int], gone: set[int]) -> None:
        starts, ends = self._written.extents(node)
        for pointer, position in positions.items():
            if node.flow:
                # At the end of the list, the comma before it goes too.
                last = gone.issuperset(range(position, len(starts)))
                self._splice(
                    *((ends[position - 1], ends[position]) if last else (starts[position], starts[position + 1])), ""
                )
            elif self._written.leads(starts[position]):
                if self._written.leads(starts[0]) or not gone.issuperset(range(position)):
                    line = self._text.rfind("\n", 0, starts[position]) + 1
                    newline = self._text.find("\n", ends[position])
                    self._splice(line, len(self._text) if newline < 0 else newline + 1, "")
            else:
                self._move_up(pointer, position, gone, (starts, ends))

    def _move_up(self, pointer: Pointer, position: int, gone: set[int], extents: tuple[list[int], list[int]]) -> None:
        """Remove an entry whose line begins with something else: what follows moves up to its place."""
        starts, ends = extents
        following = next((at for at in range(position + 1, len(starts)) if at not in gone), None)
        if following is None:
            refuse(self._document, pointer, "it shares its line with something else")
        if "#" in self._text[ends[following - 1] : starts[following]].partition("\n")[2]:
            refuse(self._document, pointer, "a comment stands below it, which would lose its place")
        self._splice(starts[position], starts[following], "")

    def _splice(self, start: int, end: int, text: str) -> None:
        self._splices.append(Splice(start, end, text))
