"""Merges of files in memory, for tests: what the source was and is, and what the target has."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gitops_action.config.promotion import Rules
from gitops_action.promote.files import FilesMerged, Folders, merge_files
from gitops_action.promote.folder import Folder
from gitops_action.promote.rules import RuleSet
from gitops_action.repository.tree import Entry, EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


NO_RULES = Rules()


class Files:
    """A tree in memory, with digests as Git has them."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files = {path: data if isinstance(data, bytes) else data.encode() for path, data in files.items()}
        self.entries = {
            path: Entry(path, EntryKind.FILE, len(data), hashlib.sha256(data).hexdigest())
            for path, data in sorted(self._files.items())
        }
        self.name = "memory"

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        for path in paths:
            yield path, self._files[path]


def merge(
    old: Mapping[str, str | bytes],
    new: Mapping[str, str | bytes],
    target: Mapping[str, str | bytes],
    *,
    rules: Rules = NO_RULES,
    fields: tuple[str, ...] = (),
    sync: bool = False,
) -> FilesMerged:
    folders = Folders(*(Folder(Files(files), "") for files in (old, new, target)))
    return merge_files(folders, RuleSet([rules], fields), words="staging", sync=sync)


def one(old: str, new: str, target: str, *, file: str = "a.yaml", **more: object) -> tuple[str | None, list[str]]:
    """Merge one file; return its new content (None: as it was) and what was decided: action, path and reason."""
    merged = merge({file: old}, {file: new}, {file: target}, **more)  # type: ignore[arg-type]  # passed on as they are
    content = merged.changes.get(file)
    said = [f"{it.action.value} {it.path}".strip() for it in merged.decisions]
    return (None if content is None else content.decode()), said
