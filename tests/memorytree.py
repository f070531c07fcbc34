"""A tree that exists only in the test, for pure code and for trees that Git would not make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.codes import CODES
from gitops_action.model import Finding
from gitops_action.repository.tree import Entry, EntryKind
from tests.gitrepo import Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class MemoryTree:
    """Files from text, bytes, Link, or None for one that cannot be read. Notes what was read."""

    def __init__(self, files: Mapping[str, str | bytes | Link | None], name: str = "memory") -> None:
        self._files = files
        self._name = name
        self.reads: list[str] = []

    @property
    def name(self) -> str:
        return self._name

    @property
    def entries(self) -> Mapping[str, Entry]:
        return {path: self._entry(path) for path in sorted(self._files)}

    def _entry(self, path: str) -> Entry:
        content = self._files[path]
        kind = EntryKind.SYMLINK if isinstance(content, Link) else EntryKind.FILE
        data = self._bytes(path)
        return Entry(path, kind, len(data or b""), str(hash((kind, data))))

    def _bytes(self, path: str) -> bytes | None:
        match self._files[path]:
            case Link(target):
                return target.encode()
            case str() as text:
                return text.encode()
            case content:
                return content

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        for path in paths:
            self.reads.append(path)
            content = self._bytes(path) if path in self._files else None
            if content is None:
                yield path, Finding("file-unreadable", CODES["file-unreadable"].severity, "not read: test", path)
            else:
                yield path, content
