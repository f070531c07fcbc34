"""Which custom resources a change reaches that does not touch them: those whose CustomResourceDefinition it alters."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Finding
from gitops_action.parts import part
from gitops_action.repository.documents import Document
from gitops_action.repository.places import SUFFIXES
from gitops_action.repository.references import Role, objects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree

DEFINITION: Final = "CustomResourceDefinition"
_MARK: Final = DEFINITION.encode()

Kind = tuple[str, str]
"""The group and the kind of custom resources."""


def kind_of(definition: Mapping[str, Any]) -> Kind:
    """Return what a CustomResourceDefinition defines; parts that are not text are "None"."""
    spec = part(definition, "spec")
    return str(spec.get("group")), str(part(spec, "names").get("kind"))


def redefined(sides: Iterable[tuple[Tree, Graph]], changed: Collection[str]) -> frozenset[Kind]:
    """Return the kinds that are not defined in the same way in all of the trees, as far as `changed` files tell.

    Nothing more than these is read, unless one of them is part of an overlay that patches definitions: all that it is built
    from count then, since only a build says what a patch does.
    """
    given: list[dict[Kind, set[str]]] = []
    patched: set[Kind] = set()
    for tree, graph in sides:
        found: dict[Kind, set[str]] = defaultdict(set)
        for one in _definitions(tree, changed):
            found[kind_of(one)].add(_meaning(one))
        given.append(found)
        files = [path for folder in _patching(tree, graph, changed) for path in sorted(graph.closure(folder))]
        patched.update(kind_of(one) for one in _definitions(tree, files))
    kinds = {kind for found in given for kind in found}
    different = {kind for kind in kinds if any(found.get(kind) != given[0].get(kind) for found in given)}
    return frozenset((different if len(given) > 1 else kinds) | patched)


def redefined_by(base: Iterable[Mapping[str, Any]], head: Iterable[Mapping[str, Any]]) -> frozenset[Kind]:
    """Return the kinds that two sets of objects do not define in the same way."""
    given: list[dict[Kind, set[str]]] = []
    for values in (base, head):
        found: dict[Kind, set[str]] = defaultdict(set)
        for one in values:
            if one.get("kind") == DEFINITION:
                found[kind_of(one)].add(_meaning(one))
        given.append(found)
    before, after = given
    return frozenset(kind for kind in before.keys() | after.keys() if before.get(kind) != after.get(kind))


def holding(tree: Tree, kinds: Collection[Kind]) -> frozenset[str]:
    """Return the files that speak of objects of some `kinds`: also templates, and patches, that cannot be read as objects."""
    if not kinds:
        return frozenset()
    groups, names = ("|".join(sorted({re.escape(one) for one in column})) for column in zip(*kinds, strict=True))
    versions = re.compile(rb"""apiVersion["']?[ \t]*:[ \t]*["']?(%s)/""" % groups.encode())
    named = re.compile(rb"""kind["']?[ \t]*:[ \t]*["']?(%s)\b""" % names.encode())
    found = set()
    for path, data in tree.read(path for path in tree.entries if path.endswith(SUFFIXES)):
        if isinstance(data, Finding):
            continue
        of_groups = {one.decode() for one in versions.findall(data)}
        if of_groups and any((group, one.decode()) in kinds for one in set(named.findall(data)) for group in of_groups):
            found.add(path)
    return frozenset(found)


def _definitions(tree: Tree, paths: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the whole definitions in some files of a tree."""
    wanted = dict.fromkeys(path for path in paths if path.endswith(SUFFIXES) and path in tree.entries)
    for path, data in tree.read(wanted):
        if isinstance(data, Finding) or _MARK not in data:
            continue
        for item in objects(data, path):
            value = item.value if isinstance(item, Document) else None
            if isinstance(value, dict) and value.get("kind") == DEFINITION and "group" in part(value, "spec"):
                yield value


def _meaning(definition: Mapping[str, Any]) -> str:
    """Return what decides which objects are valid; who converts them does not."""
    spec = {key: value for key, value in part(definition, "spec").items() if key != "conversion"}
    return json.dumps([definition.get("apiVersion"), spec], sort_keys=True)


def _patching(tree: Tree, graph: Graph, changed: Collection[str]) -> Iterator[str]:
    """Yield the folders whose kustomization patches definitions, where it, or a patch of it, is among the `changed` files."""
    patches = {path for path in changed if Role.PATCH in graph.roles(path)}
    files = {path for path in changed if Role.KUSTOMIZATION in graph.roles(path)}
    if not patches and not files:
        return
    read = tree.read(path for path in sorted(patches) if path in tree.entries)
    speaking = {path for path, data in read if isinstance(data, bytes) and _MARK in data}
    for folder, node in graph.nodes.items():
        # What a patch in a file of its own is about may be said in either.
        deciding = patches | {node.kustomization.file} if _MARK in node.kustomization.text else speaking
        if not (deciding & (patches | files)).isdisjoint(node.reads):
            yield folder
