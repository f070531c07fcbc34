"""Submodules of a Git repository: where they come from, and a tree that has their files too.

The file `.gitmodules`: https://git-scm.com/docs/gitmodules, in the syntax of Git's configuration.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitops_action.model import Finding
    from gitops_action.repository.tree import Entry, Tree

FILE: Final = ".gitmodules"
_SECTION: Final = regex(r'\s*\[\s*(?P<kind>[A-Za-z0-9.-]+)(?:\s+"(?P<name>(?:[^"\\]|\\.)*)")?\s*\]\s*(?:[#;].*)?')
_MEMBER: Final = regex(r"\s*(?P<key>[A-Za-z][A-Za-z0-9-]*)\s*=\s*(?P<value>.*)")
_PART: Final = regex(r'"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^"#;\\]+)|\\(?P<escaped>["\\])|(?P<end>[#;])')


def read(data: bytes) -> dict[str, str]:
    """Return the addresses of submodules by their paths; what cannot be read is left out."""
    found: dict[str, dict[str, str]] = {}
    members: dict[str, str] = {}
    for line in data.decode(errors="replace").splitlines():
        if (section := _SECTION.fullmatch(line)) is not None:
            name = section["name"] if section["kind"].lower() == "submodule" else None
            members = {} if name is None else found.setdefault(name, {})
        elif (member := _MEMBER.fullmatch(line)) is not None:
            members[member["key"].lower()] = _value(member["value"])
    return {one["path"].strip("/"): one["url"] for one in found.values() if one.get("path") and one.get("url")}


def _value(text: str) -> str:
    found = ""
    for part in _PART.finditer(text):
        if part["end"]:
            break
        quoted = part["quoted"]
        found += part["plain"] or part["escaped"] or (re.sub(r"\\(.)", r"\1", quoted) if quoted else "")
    return found.strip()


def address(url: str, parent: str) -> str:
    """Return the whole address of a submodule: one that begins with a dot is from its parent's."""
    if not url.startswith(("./", "../")):
        return url
    base = parent.rstrip("/")
    rest = url
    while rest.startswith(("./", "../")):
        step, _, rest = rest.partition("/")
        base = base.rpartition("/")[0] if step == ".." else base
    return f"{base}/{rest}"


class Joined:
    """A tree with the files of another one in place of a submodule. Fulfils `repository.tree.Tree`."""

    def __init__(self, outer: Tree, place: str, inner: Tree) -> None:
        """Put `inner` at the path `place` of `outer`."""
        self._outer = outer
        self._inner = inner
        self._prefix = f"{place}/"
        added = (replace(entry, path=self._prefix + path) for path, entry in inner.entries.items())
        entries: list[Entry] = [entry for path, entry in outer.entries.items() if path != place]
        self._entries = {entry.path: entry for entry in sorted((*entries, *added), key=lambda entry: entry.path)}

    @property
    def name(self) -> str:
        """The name of the outer tree."""
        return self._outer.name

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every path, sorted."""
        return self._entries

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """Yield the content of each file in the order asked for."""
        wanted = list(paths)
        inside = [path.removeprefix(self._prefix) for path in wanted if path.startswith(self._prefix)]
        contents = dict(self._outer.read(path for path in wanted if not path.startswith(self._prefix)))
        contents |= {self._prefix + path: content for path, content in self._inner.read(inside)}
        return ((path, contents[path]) for path in wanted)
