"""Finding a tree's kustomizations and following what they name."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from gitops_action.codes import finding_at
from gitops_action.model import Finding, Location
from gitops_action.repository.addresses import has_scheme, is_repository, is_web_address
from gitops_action.repository.documents import Document, without_warnings
from gitops_action.repository.graph import Graph, Node, Plugin, Remote
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES, Kustomization, parse
from gitops_action.repository.paths import Layout, Refusal
from gitops_action.repository.references import Reference, Role, objects, of_plugin
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitops_action.repository.paths import Resolved
    from gitops_action.repository.tree import Tree

# What was parsed, by path, where that leads, and content: two revisions have most kustomizations in common.
Cache: TypeAlias = "dict[tuple[str, str, str], Kustomization | None]"


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
        for reference in discovery.plugins(node):
            discovery.follow(node, reference)
    return Graph(discovery.nodes, discovery.layout)


class _Discovery:
    def __init__(self, tree: Tree, cache: Cache) -> None:
        self.tree = tree
        self.cache = cache
        self.layout = Layout(tree)
        self.entries = self.layout.entries
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
            found = [(path, kustomization) for path in paths if (kustomization := parsed[path]) is not None]
            if not found:
                continue
            (first, kustomization), *others = found
            node = self.nodes[folder] = Node(folder, kustomization)
            if kustomization.unreadable:
                node.refusals.append(kustomization.unreadable)
            for other, _ in others:
                message = f"{folder} has {posixpath.basename(first)} as well; kustomize refuses to build it"
                node.refusals.append(finding_at("kustomization-duplicate", message, Location(other)))
            self.read_folder(node, folder)

    def parse(self, paths: Sequence[str]) -> dict[str, Kustomization | None]:
        """Read and parse kustomization files; one that is a link is read where it leads."""
        parsed: dict[str, Kustomization | None] = {}
        wanted: dict[str, str] = {}
        for path in paths:
            resolved = self.layout.links.resolve(path)
            key = (path, resolved.path, self.digest(resolved.path))
            if resolved.refusal:
                refusal = _refused(resolved.refusal, path, Location(path))
                parsed[path] = Kustomization(path, _folder(path), unreadable=refusal)
            elif key[2] and key in self.cache:
                parsed[path] = self.cache[key]
            else:
                wanted[path] = resolved.path
        for (path, source), (_, data) in zip(wanted.items(), self.tree.read(wanted.values()), strict=True):
            if isinstance(data, Finding):
                parsed[path] = Kustomization(path, _folder(path), unreadable=data)
            else:
                parsed[path] = parse(data, source, _folder(path))
            if digest := self.digest(source):
                self.cache[path, source, digest] = parsed[path]
        return parsed

    def digest(self, path: str) -> str:
        entry = self.entries.get(path)
        return entry.digest if entry is not None else ""

    def follow(self, node: Node, reference: Reference) -> None:
        """Note what `reference` makes the build of `node` read, or why it is not followed."""
        text, role = reference.text, reference.role
        resolved = self.layout.links.follow(node.folder, text)
        is_file = resolved.refusal is None and resolved.path in self.entries and role is not Role.COMPONENT
        if _is_remote(reference):
            node.remotes.append(Remote(text, role, reference.location))
            if is_file:
                # kustomize tries the file first; where that does not work out, it fetches all the same.
                self.read(node, resolved, role)
        elif resolved.refusal:
            node.refusals.append(_refused(resolved.refusal, text, reference.location))
            for link in resolved.links:
                node.reads[link].add(role)
        elif is_file or not reference.inline:
            self.read(node, resolved, role)
            if role is Role.CHART:
                for path in self.layout.below(resolved.path):
                    node.reads[path].add(role)
            elif role.may_be_folder and not is_file:
                self.read_folder(node, resolved.path)
                if resolved.path in self.nodes:
                    node.children[resolved.path].add(role)

    def read(self, node: Node, resolved: Resolved, role: Role) -> None:
        """Note the path as written, the links on the way, where it ends, and what lies across the way."""
        for path in {resolved.written, resolved.path, *resolved.links}:
            node.reads[path].add(role)
        if resolved.path not in self.entries and not self.layout.is_folder(resolved.path):
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
            found = [self.layout.links.follow(folder, name) for name in KUSTOMIZATION_NAMES]
            paths = [path for resolved in found for path in (resolved.written, resolved.path, *resolved.links)]
            self.looked_at[folder] = paths
        for path in paths:
            node.reads[path].add(Role.KUSTOMIZATION)

    def plugins(self, node: Node) -> Iterator[Reference]:
        """Note the plugins' configurations of a node, and yield what they name, which is meant from the node's folder.

        They are written in the kustomization itself, in files, or built from folders.
        """
        for reference in node.kustomization.references:
            led_out = self.layout.links.follow(node.folder, reference.text).refusal
            if reference.role is Role.PLUGIN and reference.inline and not led_out:
                place = reference.location
                for item in without_warnings(objects(reference.text.encode(errors="replace"), place.file)):
                    node.plugins.append(Plugin(item if isinstance(item, Finding) else item.value, place))
                    if isinstance(item, Document):
                        yield from (
                            Reference(found.role, found.text, reference.document, reference.pointer)
                            for found in of_plugin(item)
                        )
        files = [path for path, roles in node.reads.items() if Role.PLUGIN in roles and path in self.entries]
        folders = [folder for folder, roles in node.children.items() if Role.PLUGIN in roles]
        for part in Graph(self.nodes, self.layout).parts(*folders):
            reads = self.nodes[part].reads
            files += [path for path, roles in reads.items() if Role.RESOURCE in roles and path in self.entries]
        for path, data in self.tree.read(dict.fromkeys(files)):
            if isinstance(data, bytes) and self.entries[path].kind is EntryKind.FILE:
                for item in without_warnings(objects(data, path)):
                    if isinstance(item, Finding):
                        node.plugins.append(Plugin(item, item.location))
                    else:
                        node.plugins.append(Plugin(item.value, item.locate(())))
                        yield from of_plugin(item)


def _folder(path: str) -> str:
    return posixpath.dirname(path) or "."


def _is_remote(reference: Reference) -> bool:
    """Whether kustomize would fetch what is named, if nothing of that name can be had here."""
    text, role = reference.text, reference.role
    if role is Role.ADDRESS or is_web_address(text):
        return True
    return role.may_be_folder and (has_scheme(text) or is_repository(text))


def _refused(refusal: Refusal, text: str, place: Location) -> Finding:
    leaves = refusal in {Refusal.LEAVES, Refusal.ABSOLUTE}
    return finding_at("path-escapes-repository" if leaves else "file-unreadable", f"{text!r} {refusal}", place)
