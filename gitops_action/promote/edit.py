"""Edits of YAML and JSON text that touch nothing else: values spliced at their places, never a file written anew.

Comments, order, quotes, indentation, line ends and anchors stay byte for byte. The result is read again and has to mean
exactly what was asked for, so that an edit is right or refused.
"""

from __future__ import annotations

import codecs
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from gitops_action.promote import spelling
from gitops_action.promote.edits import Delete, Edit, EditError, Insert, Set, refusing
from gitops_action.promote.splicing import COMMENT, Editor
from gitops_action.promote.values import apply, same
from gitops_action.promote.written import Written
from gitops_action.repository.documents import DEFAULT_LIMITS, Document, Limits, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.model import Finding, Pointer
    from gitops_action.promote.entries import Splice

__all__ = ["Delete", "Edit", "EditError", "Insert", "Set", "edit", "source_text"]

_BOM: Final = codecs.BOM_UTF8.decode()


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
    splices: list[Splice] = []
    wanted: dict[int, Any] = {}
    for number, mine in grouped.items():
        if number not in documents:
            raise EditError(f"{file}: it has no document {number + 1} that can be read: edit it by hand")
        document = documents[number]
        wanted[number] = apply(document.value, mine, refusing(document))
        splices += Editor(text, document, mine).splices()
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
    written = Written(text, found)
    node = written.find(pointer)
    if node is None or node.kind == "alias" or node.style in {"|", ">"}:
        raise EditError(f"{file}: the value is not written at its place")
    start, end = written.offset + node.body, written.offset + node.end
    comment = COMMENT.match(text, end)
    end = comment.end() if comment and not (node.flow and "\n" in text[start:end]) else end
    first, *rest = text[start:end].replace("\r\n", "\n").split("\n")
    blank = spelling.column(text, start)
    return "\n".join([first, *(line[blank:] if not line[:blank].strip() else line for line in rest)])


def _spliced(text: str, splices: Sequence[Splice], file: str) -> str:
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
