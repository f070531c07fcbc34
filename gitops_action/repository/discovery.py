"""Finding a tree's kustomizations and following what they refer to."""

from __future__ import annotations

import bisect
import posixpath
from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from gitops_action.codes import CODES
from gitops_action.model import Finding, Location
from gitops_action.repository.documents import Document, load
from gitops_action.repository.graph import Graph, Node, Remote
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES, Kustomization, Role, parse, plugin_references
from gitops_action.repository.paths import Links, Refusal, folders_of
from gitops_action.repository.remotes import has_scheme, is_repository, is_web_address
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitops_action.repository.kustomizations import Reference
    from gitops_action.repository.paths import Resolved
    from gitops_action.repository.tree import Tree

# What was parsed, by path and content: two revisions have most kustomizations in common.
Cache: TypeAlias = "dict[tuple[str, str], Kustomization | None]"


def discover(tree: Tree, cache: Cache | None = None) -> Graph:
    """Read the kustomization files of `tree` (and the plugins' configurations that they name), and nothing else.

    A `cache` shared between the graphs of two revisions saves parsing what is the same in both.
    """
    discovery = _Discovery(tree, {} if cache is None else cache)
    discovery.find()
    for node in discovery.nodes.values():
        for reference in node.kustomization.references:
            discovery.follow(node, reference)
    for node in discovery.nodes.values():
        for reference in discovery.plugin_references(node):
            discovery.follow(node, reference)
    return Graph(discovery.nodes)


class _Discovery:
    def __init__(self, tree: Tree, cache: Cache) -> None:
        self.tree = tree
        self.entries = tree.entries
        self.cache = cache
        self.links = Links(tree)
        self.paths = list(self.entries)
        self.folders = folders_of(self.paths)
        self.nodes: dict[str, Node] = {}
        self.looked_at: dict[str, Sequence[str]] = {}

    def find(self) -> None:
        """Make a node of each folder that has a kustomization."""
        by_folder: dict[str, list[str]] = defaultdict(list)
        for path, entry in self.entries.items():
            folder, _, name = path.rpartition("/")
            if name in KUSTOMIZATION_NAMES and entry.kind is not EntryKind.SUBMODULE:
                by_folder[folder or "."].append(path)
        parsed = self.parse([path for paths in by_folder.values() for path in paths])
        for folder, paths in sorted(by_folder.items()):
            # In the order in which kustomize looks for them.
            paths.sort(key=lambda path: KUSTOMIZATION_NAMES.index(posixpath.basename(path)))
            found = [kustomization for path in paths if (kustomization := parsed[path]) is not None]
            if not found:
                continue
            node = self.nodes[folder] = Node(folder, found[0])
            node.findings += found[0].findings
            for other in found[1:]:
                message = f"{folder} has {posixpath.basename(found[0].file)} as well; kustomize refuses to build it"
                node.findings.append(_finding("kustomization-duplicate", Location(other.file), message))
            self.read_folder(node, folder)

    def parse(self, paths: Sequence[str]) -> dict[str, Kustomization | None]:
        """Read and parse kustomization files; one that is a link is read where it leads."""
        parsed: dict[str, Kustomization | None] = {}
        wanted: dict[str, str] = {}
        for path in paths:
            resolved = self.links.resolve(path)
            key = (path, self.digest(resolved.path))
            if resolved.refusal:
                findings = (_refused(resolved.refusal, path, Location(path)),)
                parsed[path] = Kustomization(path, findings=findings, broken=True)
            elif key[1] and key in self.cache:
                parsed[path] = self.cache[key]
            else:
                wanted[path] = resolved.path
        for (path, source), (_, data) in zip(wanted.items(), self.tree.read(wanted.values()), strict=True):
            if isinstance(data, Finding):
                parsed[path] = Kustomization(path, findings=(data,), broken=True)
            else:
                parsed[path] = parse(data, path)
            digest = self.digest(source)
            if digest:
                self.cache[path, digest] = parsed[path]
        return parsed

    def digest(self, path: str) -> str:
        entry = self.entries.get(path)
        return entry.digest if entry is not None else ""

    def follow(self, node: Node, reference: Reference) -> None:
        """Note what `reference` makes the build of `node` read, or why it is not followed."""
        text, role = reference.text, reference.role
        if role is Role.ADDRESS or is_web_address(text):
            node.remotes.append(Remote(text, reference.location, node.folder))
            return
        resolved = self.links.follow(node.folder, text)
        is_file = resolved.refusal is None and resolved.path in self.entries and role is not Role.COMPONENT
        if not is_file and (has_scheme(text) or (role.may_be_folder and is_repository(text))):
            node.remotes.append(Remote(text, reference.location, node.folder))
            return
        if resolved.refusal:
            self.refuse(node, reference, resolved)
            return
        self.read(node, resolved, role)
        if role is Role.CHART:
            for path in self.below(resolved.path):
                node.reads[path].add(role)
        elif role.may_be_folder and not is_file:
            self.read_folder(node, resolved.path)
            if resolved.path in self.nodes:
                node.children[resolved.path].add(role)

    def refuse(self, node: Node, reference: Reference, resolved: Resolved) -> None:
        assert resolved.refusal is not None  # noqa: S101 - for the type checker
        node.findings.append(_refused(resolved.refusal, reference.text, reference.location))
        for link in resolved.links:
            node.reads[link].add(reference.role)

    def read(self, node: Node, resolved: Resolved, role: Role) -> None:
        """Note the path as written, the links on the way, where it ends, and what lies across the way."""
        for path in {resolved.written, resolved.path, *resolved.links}:
            node.reads[path].add(role)
        if resolved.path not in self.entries and resolved.path not in self.folders:
            # Perhaps a submodule, or a file in place of a folder.
            parent = posixpath.dirname(resolved.path)
            while parent:
                if parent in self.entries:
                    node.reads[parent].add(role)
                parent = posixpath.dirname(parent)

    def read_folder(self, node: Node, folder: str) -> None:
        """Note the names under which kustomize looks for a kustomization: one more would change the build."""
        paths = self.looked_at.get(folder)
        if paths is None:
            found = [self.links.follow(folder, name) for name in KUSTOMIZATION_NAMES]
            paths = [path for resolved in found for path in (resolved.written, resolved.path, *resolved.links)]
            self.looked_at[folder] = paths
        for path in paths:
            node.reads[path].add(Role.KUSTOMIZATION)

    def below(self, folder: str) -> Iterable[str]:
        """Return every file below a folder."""
        if folder == ".":
            return self.paths
        start = bisect.bisect_left(self.paths, f"{folder}/")
        # The character after the slash: nothing below the folder sorts behind it.
        return self.paths[start : bisect.bisect_left(self.paths, f"{folder}0")]

    def plugin_references(self, node: Node) -> Iterator[Reference]:
        """Yield what the plugins' configurations of a node refer to: written in it, in files, or built from folders."""
        for inline in node.kustomization.inline:
            place = inline.location
            for item in load(inline.text.encode(errors="replace"), place.file):
                if isinstance(item, Document):
                    yield from (_at(found, inline) for found in plugin_references(item))
        files = [path for path, roles in node.reads.items() if Role.PLUGIN in roles and path in self.entries]
        folders = [folder for folder, roles in node.children.items() if Role.PLUGIN in roles]
        for part in Graph(self.nodes).parts(*folders):
            reads = self.nodes[part].reads
            files += [path for path, roles in reads.items() if Role.RESOURCE in roles and path in self.entries]
        for path, data in self.tree.read(dict.fromkeys(files)):
            if isinstance(data, bytes) and self.entries[path].kind is EntryKind.FILE:
                for item in load(data, path):
                    if isinstance(item, Document):
                        yield from plugin_references(item)


def _at(found: Reference, inline: Reference) -> Reference:
    """Give a reference out of a text inside the kustomization the place of that text."""
    return type(found)(found.role, found.text, inline.document, inline.pointer)


def _refused(refusal: Refusal, text: str, place: Location) -> Finding:
    leaves = refusal in {Refusal.LEAVES, Refusal.ABSOLUTE}
    return _finding("path-escapes-repository" if leaves else "file-unreadable", place, f"{text!r} {refusal}")


def _finding(code: str, place: Location, message: str) -> Finding:
    return Finding(code, CODES[code].severity, message, place.file, place.line, place.column)
