"""The documents of a YAML or JSON file: their values as Kubernetes reads them, and where each value was written.

A value is composed and converted once, and its nodes are soon dropped; a document keeps its text instead, a tenth of their
size, and composes it again when somebody asks for a place later. So a repository without findings never pays for positions.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from gitops_action.codes import finding_at
from gitops_action.model import Finding, JSONValue, Location, Pointer, Severity
from gitops_action.records import dataclass
from gitops_action.repository import quick, quick_places
from gitops_action.repository.parts import Part, refused, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may ask of the machine.

    `max_bytes` is for a file and `max_document_bytes` for one document (an API server takes requests up to 3 MiB);
    `max_depth` counts nested mappings and lists; `max_alias_expansion` the values that aliases add when written out.
    """

    max_bytes: int = 64 * 2**20
    max_document_bytes: int = 16 * 2**20
    max_documents: int = 250_000
    max_depth: int = 250
    max_alias_expansion: int = 100_000


DEFAULT_LIMITS: Final = Limits()

# Codes of findings that stand beside a document that could be read all the same.
BESIDE: Final = frozenset({"yaml-duplicate-key", "yaml-merge-order", "yaml-tag"})

# Each node needs one of these, so they bound the memory of composing; counted only in documents where it matters.
_NODE_MARKS: Final = (",", "\n", "\r", "[", "{", ": ")
_BIG_DOCUMENT: Final = 2**20
_MAX_NODES: Final = 1_000_000
# In longer texts a walk through nodes that are kept is faster, where many places are asked for.
_QUICKLY_FOUND: Final = 2**14

_FOREIGN_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class Document:
    """One document of a file, or one item of a `List` in it. Not to be changed: a value may stand in other objects too."""

    __slots__ = ("_number", "_part", "_prefix", "_quick", "_start", "file", "index", "value")

    def __init__(  # noqa: PLR0913 - made in this module only
        self,
        part: Part,
        number: int | None,
        start: int,
        *,
        index: int,
        value: JSONValue,
        prefix: Pointer = (),
        quick: bool = False,
    ) -> None:
        """Take the document `number` of `part` (None: one that only JSON reads), which begins at `start` of its text.

        `quick`: the value was read line by line, and places can be.
        """
        self.file = part.file
        self.index = index
        self.value = value
        self._part = part
        self._number = number
        self._start = start
        self._prefix = prefix
        self._quick = quick

    def __repr__(self) -> str:
        return f"Document({self.file!r}, index={self.index}, line={self.line})"

    @property
    def line(self) -> int:
        """The line on which the document's content begins, comments aside."""
        return self.locate(()).line or 1

    @property
    def source(self) -> tuple[Part, int | None]:
        """The piece of the file that it is in, and its number there; None if YAML cannot read it there."""
        return self._part, self._number

    @property
    def prefix(self) -> Pointer:
        """Where it is in the document that is written: not () for an item of a List."""
        return self._prefix

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        """Return where the value at `pointer` is written, or its key if `key`.

        Aliases and merges lead to the place of what they stand for. If there is no such value, the place is that of its
        nearest parent that is written: of that one's key, or of the item in its list.
        """
        path = (*self._prefix, *pointer)
        if not path or self._number is None:
            return self._part.place(self._start)
        if self._quick and len(self._part.text) <= _QUICKLY_FOUND and (place := self._quickly(path, key=key)):
            return place
        from gitops_action.repository import composed  # noqa: PLC0415 - start-up time

        return composed.locate(self._part, self._number, path, key=key) or self._part.place(self._start)

    def _quickly(self, path: Pointer, *, key: bool) -> Location | None:
        found = quick_places.find(self._part.text, path)
        if found is None:
            return None
        key_place, place, whole = found
        line, column = key_place if key_place and (key or not whole) else place
        return Location(self.file, self._part.line + line, column + (1 if line else self._part.column))

    def item(self, index: int, value: JSONValue) -> Document:
        """Return the item `index` of this document's `items` as a document; `value` is what it means as an object."""
        prefix = (*self._prefix, "items", index)
        return Document(
            self._part, self._number, self._start, index=self.index, value=value, prefix=prefix, quick=self._quick
        )


def load(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> list[Document | Finding]:
    """Return the documents of a file and what is wrong with them, in the file's order.

    Empty documents (nothing, comments, null) are left out. A document that cannot be read becomes a finding, and those
    before and after it are still returned; duplicate keys are findings beside their document, in which the last one counts.
    """
    if len(data) > limits.max_bytes:
        limit = f"{limits.max_bytes / 2**20:.3g} MiB"
        return [
            finding_at("file-too-large", f"the file has {len(data):,} bytes and the limit is {limit}", Location(file))
        ]
    text = _decode(data, file)
    if isinstance(text, Finding):
        return [text]
    results: list[Document | Finding] = []
    count = 0
    for read, part in enumerate(split(text, file)):
        if read == limits.max_documents:
            return [*results, _too_many(part.place(0), limits)]
        for result in _load_part(part, count, limits):
            if isinstance(result, Document):
                if count == limits.max_documents:
                    return [*results, _too_many(result.locate(()), limits)]
                count += 1
            results.append(result)
    return results


def without_warnings(items: Iterable[Document | Finding]) -> list[Document | Finding]:
    """Return what was read, and only those findings that keep Kubernetes' tools from reading it as we do."""
    return [item for item in items if isinstance(item, Document) or item.severity is not Severity.WARNING]


def flatten(document: Document) -> Iterator[Document | Finding]:
    """Yield the items of a `List` (or `…List` with items), also of lists in it; any other document as it is.

    As in kubectl, an item of a typed list (`ConfigMapList`) without apiVersion and kind gets those of the list.
    """
    value = document.value
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or not kind.endswith("List"):
        yield document
        return
    items = value.get("items")
    if not isinstance(items, list):
        if kind == "List":
            yield finding_at(
                "list-items", "a List needs `items`, and they have to be a list", document.locate(("items",))
            )
        else:
            yield document
        return
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            yield finding_at(
                "list-items", f"item {index} of the {kind} is no object", document.locate(("items", index))
            )
            continue
        typed = kind != "List" and not item.get("kind") and not item.get("apiVersion")
        inherited = {"apiVersion": value.get("apiVersion"), "kind": kind.removesuffix("List")} if typed else {}
        yield from flatten(document.item(index, {**item, **inherited}))


def _too_many(place: Location, limits: Limits) -> Finding:
    message = f"the file has more than {limits.max_documents:,} documents; what follows was not read"
    return finding_at("too-many-documents", message, place)


def _decode(data: bytes, file: str) -> str | Finding:
    for mark, name in _FOREIGN_MARKS:
        if data.startswith(mark):
            return finding_at("file-encoding", f"the file is {name}: save it as UTF-8", Location(file, 1, 1))
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        place = Part(file, before).place(len(before))
        byte = error.object[error.start]
        return finding_at("file-encoding", f"the file is not UTF-8 (byte 0x{byte:02X} here): save it as UTF-8", place)


def _load_part(part: Part, count: int, limits: Limits) -> Iterator[Document | Finding]:
    """Load one part; its documents are numbered from `count` on."""
    if _is_too_large(part.text, limits):
        message = f"the document is too large to be read (over {limits.max_document_bytes / 2**20:.3g} MiB, or millions of values)"
        yield finding_at("file-too-large", message, part.place(0))
        return
    if reason := refused(part):
        yield finding_at("yaml-syntax", *reason)
        return
    if found := quick.read(part.text, limits.max_depth):
        value, start = found
        if value is not None:
            yield Document(part, 0, start, index=count, value=value, quick=True)
        return
    from gitops_action.repository import composed  # noqa: PLC0415 - start-up time

    yield from composed.load(part, count, limits)


def _is_too_large(text: str, limits: Limits) -> bool:
    if len(text) < _BIG_DOCUMENT and len(text) <= limits.max_document_bytes // 4:
        return False
    size = len(text) if text.isascii() else len(text.encode())
    return size > limits.max_document_bytes or sum(map(text.count, _NODE_MARKS)) > _MAX_NODES
