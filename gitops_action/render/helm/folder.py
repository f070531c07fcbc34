"""A chart that lies in a folder of the repository: its files, and what their contents can be told by."""

from __future__ import annotations

import hashlib
import posixpath
from typing import TYPE_CHECKING, Final

from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from gitops_action.repository.paths import Layout
    from gitops_action.repository.tree import Tree

# Bytes in a name, and in a path below whatever folder it is written to, that file systems take.
_LONGEST_NAME: Final = 255
_LONGEST_PATH: Final = 2048


def wrong_path(files: Collection[str]) -> str:
    """Say which of the paths of a chart's files cannot be written below a folder, and why; "" if all can.

    Git's objects, and archives, can hold what no file system has.
    """
    above = {path[:at] for path in files for at, character in enumerate(path) if character == "/"}
    for path in files:
        parts = posixpath.normpath(path).split("/")
        size = max(len(part.encode(errors="surrogateescape")) for part in parts)
        problem = ""
        if path.startswith("/") or parts[0] in {"..", "."} or "\0" in path:
            problem = "leads out of the chart"
        elif size > _LONGEST_NAME or len(path) > _LONGEST_PATH:
            problem = "is longer than a file's name can be"
        elif path in above:
            problem = "is a file and a folder"
        if problem:
            return f"`{path[:100]}` {problem}"
    return ""


def paths(layout: Layout, folder: str) -> dict[str, str]:
    """Return the files of a folder: by their paths in it, where each of them really is.

    Links are followed where they stay in the repository; others are left out, as if they led nowhere.
    """
    found: dict[str, str] = {}
    pending = [("", folder)]
    seen: set[tuple[str, str]] = set()
    while pending:
        below, here = pending.pop()
        if (below, here) in seen or len(seen) > 1000:  # noqa: PLR2004 - links that lead in circles
            continue
        seen.add((below, here))
        for path in layout.below(here):
            inside = posixpath.join(below, posixpath.relpath(path, here))
            entry = layout.entries[path]
            if entry.kind is EntryKind.FILE:
                found[inside] = path
            elif entry.kind is EntryKind.SYMLINK:
                resolved = layout.links.resolve(path)
                target = layout.entries.get(resolved.path)
                if resolved.refusal:
                    continue
                if target is not None and target.kind is EntryKind.FILE:
                    found[inside] = resolved.path
                elif target is None and len(inside.split("/")) < 20:  # noqa: PLR2004 - a link to a folder above it
                    pending.append((inside, resolved.path))
    return dict(sorted(found.items()))


def read(tree: Tree, files: dict[str, str]) -> dict[str, bytes]:
    """Return the contents of files that `paths` found; those that cannot be read are left out."""
    contents = dict(tree.read(dict.fromkeys(files.values())))
    return {inside: content for inside, path in files.items() if isinstance(content := contents[path], bytes)}


def digest(tree: Tree, layout: Layout, files: dict[str, str]) -> str:
    """Return what changes with the files: by Git's own digests where there are any, else by their contents."""
    entries = layout.entries
    unknown = [path for path in files.values() if not entries[path].digest]
    contents = dict(tree.read(dict.fromkeys(unknown)))
    result = hashlib.sha256()
    for inside, path in files.items():
        content = contents.get(path)
        known = hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else entries[path].digest
        result.update(f"{inside}\0{known}\0".encode())
    return result.hexdigest()
