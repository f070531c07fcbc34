"""Edits of YAML and JSON text that touch nothing else: values spliced at their places, never a file written anew.

Comments, order, quotes, indentation, line ends and anchors stay byte for byte. The result is read again and has to mean
exactly what was asked for, so that an edit is right or refused.
"""

from __future__ import annotations

import codecs
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

import yaml

from gitops_action.errors import GitOpsError
from gitops_action.promote import spelling
from gitops_action.promote.nodes import Node, parse
from gitops_action.promote.values import apply, same
from gitops_action.repository.documents import DEFAULT_LIMITS, Document, Limits, load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitops_action.model import Finding, JSONValue, Pointer
    from gitops_action.promote.spelling import Manner

_BOM: Final = codecs.BOM_UTF8.decode()
_COMMENT: Final = re.compile(r"[ \t]*(?:#[^\n]*)?")


class EditError(GitOpsError):
    """An edit that cannot be made without touching something else; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Set:
    """The value at `pointer` becomes `value`. One that is an alias, or comes by `<<`, is written in its place.

    `like` is YAML that spells the same value; a number or word is written so (`1.10` is no 1.1 to people).
    """

    document: int
    pointer: Pointer
    value: JSONValue
    like: str = ""


@dataclass(frozen=True, slots=True)
class Insert:
    """A new key at the end of its mapping, or a new item before the one that has its index now.

    `like` is YAML that spells the same value (see `source_text`); its comments and its style are taken over.
    """

    document: int
    pointer: Pointer
    value: JSONValue
    like: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """A key with its value, or an item, goes with what stands on its lines; comments on lines of their own stay."""

    document: int
    pointer: Pointer


Edit = Set | Insert | Delete


def edit(data: bytes, file: str, edits: Sequence[Edit], limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return `data` with all `edits` made at once; their pointers mean places in `data` as it is.

    `document` counts as `repository.documents.load` does. Raises EditError, saying where and what to do, for a place
    that is not there, edits that overlap, or an edit that would change anything else (a value that aliases stand for).
    """
    text = _decoded(data, file)
    before = load(data, file, limits)
    documents = {item.index: item for item in before if isinstance(item, Document)}
    grouped: dict[int, list[Edit]] = defaultdict(list)
    for one in edits:
        grouped[one.document].append(one)
    splices: list[_Splice] = []
    wanted: dict[int, Any] = {}
    for number, mine in grouped.items():
        if number not in documents:
            raise EditError(f"{file}: it has no document {number + 1} that can be read: edit it by hand")
        document = documents[number]
        wanted[number] = apply(document.value, mine, _refusing(document))
        splices += _Editor(text, document, mine).splices()
    result = _spliced(text, splices, file)
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    after = mark + result.encode()
    _prove(load(after, file, limits), before, wanted, file)
    return after


def source_text(data: bytes, file: str, document: int, pointer: Pointer, limits: Limits = DEFAULT_LIMITS) -> str:
    """Return the YAML of a value with its comments, as if it stood alone. Raises EditError if it is not written as such."""
    text = _decoded(data, file)
    found = next(
        (item for item in load(data, file, limits) if isinstance(item, Document) and item.index == document), None
    )
    if found is None:
        raise EditError(f"{file}: it has no document {document + 1} that can be read")
    editor = _Editor(text, found, [])
    node = editor.find(pointer)
    if node is None or node.kind == "alias" or node.style in {"|", ">"}:
        raise EditError(f"{file}: the value is not written at its place")
    start, end = editor.offset + node.body, editor.offset + node.end
    comment = _COMMENT.match(text, end)
    end = comment.end() if comment and not (node.flow and "\n" in text[start:end]) else end
    first, *rest = text[start:end].replace("\r\n", "\n").split("\n")
    blank = spelling.column(text, start)
    return "\n".join([first, *(line[blank:] if not line[:blank].strip() else line for line in rest)])


@dataclass(frozen=True, slots=True)
class _Splice:
    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Group:
    """The inserts and deletes of one collection."""

    inserts: list[Insert] = field(default_factory=list)
    deletes: list[Delete] = field(default_factory=list)


class _Editor:
    """Turns the edits of one document into splices of the file's text."""

    def __init__(self, text: str, document: Document, edits: Sequence[Edit]) -> None:
        part, number = document.source
        if number is None:
            _refuse(document, (), "it is JSON that YAML does not read")
        self._document = document
        self._edits = edits
        self.offset = _offset(text, part.line, part.column)
        self._file_text = text
        self._text = part.text
        try:
            roots = parse(part.text)
        except yaml.YAMLError:
            _refuse(document, (), "its text cannot be taken apart")
        self._root = roots[number]
        json_only = part.file.endswith(".json") or (self._root.flow and part.text.lstrip()[:1] in {"{", "["})
        self._manner: Manner = spelling.manner_of(part.text, [self._root], json_only=json_only)
        self._splices: list[_Splice] = []

    def splices(self) -> list[_Splice]:
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
        return [_Splice(one.start + self.offset, one.end + self.offset, one.text) for one in self._splices]

    def find(self, pointer: Pointer) -> Node | None:
        """Return the node of a value, an alias as such; None where it is not written in its own place."""
        node: Node | None = self._root
        for step in (*self._document.prefix, *pointer):
            node = _child(node, step)
            if node is None:
                return None
        return node

    def _set(self, pointer: Pointer, value: Any, like: str = "") -> None:
        node = self.find(pointer)
        if node is None:
            # By `<<`, mostly: a key of its own goes before that.
            self._collection(pointer[:-1], _Group([Insert(0, pointer, value)]))
            return
        if like and not isinstance(value, str | dict | list) and not self._manner.json:
            found = self._like(Insert(0, pointer, value, like.partition(" #")[0].strip()))
            if found is not None and "\n" not in found[1]:
                self._put(node, found[1])
                return
        self._replace(node, pointer, value)

    def _replace(self, node: Node, pointer: Pointer, value: Any) -> None:
        parent = self.find(pointer[:-1]) if pointer else None
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
        end_of_line = _COMMENT.match(self._text, node.end)
        comment = end_of_line.group().strip() if end_of_line else ""
        head = f" {comment}" if comment else ""
        self._splice(start, end_of_line.end() if end_of_line else node.end, head + newline + newline.join(lines))

    def _collection(self, pointer: Pointer, group: _Group) -> None:
        node = self.find(pointer)
        if node is None or node.kind not in {"mapping", "sequence"}:
            present: Any = self._document.value
            for step in pointer:
                present = present[step]
            if present is None:
                present = [] if group.inserts and isinstance(group.inserts[0].pointer[-1], int) else {}
            self._whole(pointer, group, present)
            return
        entries = len(node.items) // (2 if node.kind == "mapping" else 1)
        if entries == len(group.deletes):
            present = self._document.value
            for step in pointer:
                present = present[step]
            self._whole(pointer, group, present)
            return
        for one in group.deletes:
            self._delete(node, one.pointer)
        self._insert(node, group.inserts, {self._position(node, one.pointer) for one in group.deletes})

    def _whole(self, pointer: Pointer, group: _Group, present: Any) -> None:
        """Write a collection anew that has nothing that could stay."""
        edits = [
            *(Delete(0, one.pointer[len(pointer) :]) for one in group.deletes),
            *(Insert(0, one.pointer[len(pointer) :], one.value) for one in group.inserts),
        ]
        value = apply(present, edits, _refusing(self._document, pointer))
        self._set(pointer, value)

    def _position(self, node: Node, pointer: Pointer) -> int:
        step = pointer[-1]
        if node.kind == "sequence":
            if isinstance(step, int) and 0 <= step < len(node.items):
                return step
        else:
            for position, (key, _) in enumerate(node.pairs):
                if key.kind == "scalar" and key.value == step:
                    return position
        return _absent(self._document, pointer)

    def _delete(self, node: Node, pointer: Pointer) -> None:
        position = self._position(node, pointer)
        starts, ends = self._extents(node)
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
                _refuse(self._document, pointer, "it shares its line with something else")
            self._splice(start, following, "")
        else:
            newline = self._text.find("\n", end)
            self._splice(line, len(self._text) if newline < 0 else newline + 1, "")

    def _extents(self, node: Node) -> tuple[list[int], list[int]]:
        """Return where the entries of a collection begin (a dash counts) and end."""
        if node.kind == "mapping":
            return [key.start for key, _ in node.pairs], [max(key.end, value.end) for key, value in node.pairs]
        ends = [item.end for item in node.items]
        if node.flow:
            return [item.start for item in node.items], ends
        blank = spelling.column(self._text, node.body)
        starts = [node.body]
        for item, before in zip(node.items[1:], ends, strict=False):
            at = self._text.find("-", before)
            while at >= 0 and at < item.start and (spelling.column(self._text, at) != blank or not self._leads(at)):
                at = self._text.find("-", at + 1)
            starts.append(at)
        return starts, ends

    def _leads(self, index: int) -> bool:
        return not self._text[self._text.rfind("\n", 0, index) + 1 : index].strip()

    def _insert(self, node: Node, inserts: Sequence[Insert], gone: set[int]) -> None:
        starts, ends = self._extents(node)
        for one in inserts:
            step = one.pointer[-1]
            at = step if node.kind == "sequence" and isinstance(step, int) else len(starts)
            if not 0 <= at <= len(starts):
                _absent(self._document, one.pointer)
            if node.flow:
                self._insert_flow(node, one, at, starts, ends, gone)
            else:
                self._insert_block(node, one, at, starts, ends, gone)

    def _insert_flow(  # noqa: PLR0913, PLR0917 - where the entries are
        self, node: Node, one: Insert, at: int, starts: Sequence[int], ends: Sequence[int], gone: set[int]
    ) -> None:
        if gone:
            _refuse(self._document, one.pointer, "something else beside it is removed in the same text in braces")
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

    def _insert_block(  # noqa: PLR0913, PLR0917 - where the entries are
        self, node: Node, one: Insert, at: int, starts: Sequence[int], ends: Sequence[int], gone: set[int]
    ) -> None:
        indent = spelling.column(self._text, node.body)
        newline = self._manner.newline
        if node.kind == "mapping":
            key = spelling.scalar(str(one.pointer[-1]), self._manner)
            lines = self._spelled(f"{' ' * indent}{key}:", one, indent, in_list=False)
        else:
            lines = self._spelled(f"{' ' * indent}-", one, indent, in_list=True)
        if at == 0:
            if 0 in gone:
                _refuse(self._document, one.pointer, "the item in its place is removed at the same time")
            self._splice(starts[0], starts[0], newline.join([lines[0].lstrip(), *lines[1:]]) + newline + " " * indent)
            return
        end = self._text.find("\n", ends[at - 1])
        if end < 0:
            self._splice(len(self._text), len(self._text), newline + newline.join(lines))
        else:
            self._splice(end + 1, end + 1, newline.join(lines) + newline)

    def _spelled(self, head: str, one: Insert, indent: int, *, in_list: bool) -> list[str]:
        """Spell an entry: as it is spelled elsewhere, if that is the same value, else in our way."""
        like = self._like(one)
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

    def _like(self, one: Insert) -> tuple[Node, str] | None:
        if not one.like:
            return None
        text = one.like.rstrip("\n")
        found = load(text.encode(), self._document.file)
        if len(found) != 1 or not isinstance(found[0], Document) or not same(found[0].value, one.value):
            return None
        return parse(text)[0], text

    def _splice(self, start: int, end: int, text: str) -> None:
        self._splices.append(_Splice(start, end, text))


def _child(node: Node | None, step: str | int) -> Node | None:
    if node is None:
        return None
    if node.kind == "sequence" and isinstance(step, int):
        return node.items[step] if 0 <= step < len(node.items) else None
    if node.kind == "mapping":
        found = [value for key, value in node.pairs if key.kind == "scalar" and key.value == step]
        return found[-1] if found else None
    return None


def _spliced(text: str, splices: Sequence[_Splice], file: str) -> str:
    ordered = sorted(enumerate(splices), key=lambda one: (one[1].start, one[1].end, one[0]))
    result: list[str] = []
    at = 0
    for _, one in ordered:
        if one.start < at:
            raise EditError(f"{file}: two edits touch the same place: make them one after another")
        result += [text[at : one.start], one.text]
        at = one.end
    return "".join([*result, text[at:]])


def _prove(
    after: Sequence[Document | Finding], before: Sequence[Document | Finding], wanted: dict[int, Any], file: str
) -> None:
    """Hold the result to what was asked for: these values in these documents, and all others as they were."""
    old = {item.index: item.value for item in before if isinstance(item, Document)} | wanted
    new = {item.index: item.value for item in after if isinstance(item, Document)}
    emptied = {number for number, value in wanted.items() if value is None}
    if {*new} | emptied != {*old} or len(after) - len(new) != len(before) - (len({*old})):
        raise EditError(f"{file}: the edit would break the file: edit it by hand")
    for number, value in old.items():
        if number in new and not same(new[number], value):
            line = next(item.line for item in before if isinstance(item, Document) and item.index == number)
            raise EditError(
                f"{file}:{line}: the edit would change something else too, or not what it should (an anchor that aliases "
                "use, mostly): edit it by hand"
            )


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        raise EditError(f"{file}: it is not UTF-8 (byte {error.start}): save it as UTF-8") from error


def _offset(text: str, line: int, column: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = text.index("\n", at) + 1
    return at + column - 1


def _refusing(document: Document, above: Pointer = ()) -> Callable[[Edit], NoReturn]:
    def refuse(one: Edit) -> NoReturn:
        _absent(document, (*above, *one.pointer))

    return refuse


def _absent(document: Document, pointer: Pointer) -> NoReturn:
    _refuse(document, pointer, "there is no such place")


def _refuse(document: Document, pointer: Pointer, why: str) -> NoReturn:
    path = "/" + "/".join(map(str, pointer))
    raise EditError(f"{document.locate(pointer)}: `{path}` cannot be edited: {why}; edit it by hand")
