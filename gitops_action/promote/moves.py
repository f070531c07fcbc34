"""Which files the source moved: the same content, or the same objects, under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.promote.contents import documents
from gitops_action.promote.identity import keyed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.promote.files import Folders


def moved(folders: Folders, paths: Sequence[str]) -> dict[str, str]:
    """Return where the source moved files of these, as far as the target still has them there: new path to old path."""
    old, new, target = folders.old, folders.new, folders.target
    gone = [path for path in paths if path not in new and old.is_file(path)]
    come = [path for path in paths if path not in old and new.is_file(path)]
    moves: dict[str, str] = {}
    for path in come if gone else ():
        before = _origin(folders, path, [one for one in gone if one not in moves.values()])
        if before is not None and path not in target and before in target:
            moves[path] = before
    return moves


def _origin(folders: Folders, path: str, gone: Sequence[str]) -> str | None:
    old, new = folders.old, folders.new
    for before in gone:
        if old.digest(before) == new.digest(path):
            return before
    objects = _objects(new.read(path), path)
    return next((before for before in gone if objects and _objects(old.read(before), before) == objects), None)


def _objects(data: bytes, path: str) -> frozenset[tuple[str, str, str]]:
    return frozenset(key for key in keyed(documents(data, path)) if key[1] and key[2])
