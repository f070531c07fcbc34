"""New entries of collections, spelled in the manner of those around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitops_action.promote import spelling
from gitops_action.promote.edits import absent, refuse
from gitops_action.promote.nodes import Node, parse
from gitops_action.promote.values import same
from gitops_action.records import dataclass
from gitops_action.repository.documents import Document, load

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gitops_action.promote.edits import Insert
    from gitops_action.promote.written import Written


@dataclass(frozen=True, slots=True)
class Splice:
    """What takes the place of a part of a text."""

    start: int
    end: int
    text: str


def inserted(written: Written, node: Node, inserts: Sequence[Insert], gone: Collection[int]) -> list[Splice]:
    """Return what puts new entries into a collection that keeps some; `gone` are the entries that go at the same time."""
    return _Inserter(written, node, gone).splices(inserts)


class _Inserter:
    def __init__(self, written: Written, node: Node, gone: Collection[int]) -> None:
        self._written = written
        self._document = written.document
        self._text = written.text
        self._manner = written.manner
        self._node = node
        self._gone = gone
        self._starts, self._ends = written.extents(node)
        self._splices: list[Splice] = []

    def splices(self, inserts: Sequence[Insert]) -> list[Splice]:
        node, starts = self._node, self._starts
        for one in inserts:
            step = one.pointer[-1]
            at = step if node.kind == "sequence" and isinstance(step, int) else len(starts)
            if not 0 <= at <= len(starts):
                absent(self._document, one.pointer)
            if node.flow:
                self._insert_flow(one, at)
            else:
                self._insert_block(one, at)
        return self._splices

    def _insert_flow(self, one: Insert, at: int) -> None:
        node, starts, ends = self._node, self._starts, self._ends
        if self._gone:
            refuse(self._document, one.pointer, "something else beside it is removed in the same text in braces")
        spelled = spelling.flow(one.value, self._manner)
        if node.kind == "mapping":
            key = spelling.flow(str(one.pointer[-1]), self._manner)
            spelled = f"{key}: {spelled}"
        near = starts[at] if at < len(starts) else starts[-1]
        line = self._text.rfind("\n", 0, near) + 1
        lead = self._text[line:near]
        between = f",{self._manner.newline}{lead}" if not lead.strip() and line > node.body else ", "
        if at < len(starts):
            self._splice(starts[at], starts[at], f"{spelled}{between}")
        else:
            self._splice(ends[-1], ends[-1], f"{between}{spelled}")

    def _insert_block(self, one: Insert, at: int) -> None:
        node, starts, ends = self._node, self._starts, self._ends
        indent = spelling.column(self._text, node.body)
        newline = self._manner.newline
        if node.kind == "mapping":
            key = spelling.scalar(str(one.pointer[-1]), self._manner)
            lines = self._spelled(f"{' ' * indent}{key}:", one, indent, in_list=False)
        else:
            lines = self._spelled(f"{' ' * indent}-", one, indent, in_list=True)
        if at == 0:
            if 0 in self._gone:
                refuse(self._document, one.pointer, "the item in its place is removed at the same time")
            self._splice(starts[0], starts[0], newline.join([lines[0].lstrip(), *lines[1:]]) + newline + " " * indent)
            return
        end = self._text.find("\n", ends[at - 1])
        if end < 0:
            self._splice(len(self._text), len(self._text), newline + newline.join(lines))
        else:
            self._splice(end + 1, end + 1, newline.join(lines) + newline)

    def _spelled(self, head: str, one: Insert, indent: int, *, in_list: bool) -> list[str]:
        """Spell an entry: as it is spelled elsewhere, if that is the same value, else in our way."""
        like = spelled_elsewhere(self._written, one)
        if like is not None:
            root, text = like
            if root.flow or root.kind == "scalar":
                return [f"{head} {text}"] if "\n" not in text else self._ours(head, one.value, indent)
            deeper = 2 if in_list else (self._manner.lists if root.kind == "sequence" else self._manner.step)
            lines = [" " * (indent + deeper) + line if line else "" for line in text.split("\n")]
            return [f"{head} {lines[0].lstrip()}", *lines[1:]] if in_list else [head, *lines]
        return self._ours(head, one.value, indent)

    def _ours(self, head: str, value: Any, indent: int) -> list[str]:
        if isinstance(value, dict | list) and value:
            if head.endswith("-"):
                lines = spelling.block(value, indent + 2, self._manner)
                return [f"{head} {lines[0].lstrip()}", *lines[1:]]
            deeper = self._manner.step if isinstance(value, dict) else self._manner.lists
            return [head, *spelling.block(value, indent + deeper, self._manner)]
        lines_of_text = (
            spelling.literal(value, indent + self._manner.step, self._manner) if isinstance(value, str) else None
        )
        if lines_of_text:
            return [f"{head} {lines_of_text[0]}", *lines_of_text[1:]]
        return [f"{head} {spelling.scalar(value, self._manner)}"]

    def _splice(self, start: int, end: int, text: str) -> None:
        self._splices.append(Splice(start, end, text))


def spelled_elsewhere(written: Written, one: Insert) -> tuple[Node, str] | None:
    """Return how an entry is spelled elsewhere, parsed and as text; None where that does not mean the same."""
    if not one.like:
        return None
    text = one.like.rstrip("\n")
    found = load(text.encode(), written.document.file)
    if len(found) != 1 or not isinstance(found[0], Document) or not same(found[0].value, one.value):
        return None
    return parse(text)[0], text
