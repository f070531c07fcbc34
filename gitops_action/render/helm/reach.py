"""Which HelmReleases a change reaches that does not touch them: through a chart in the tree, a source, or values."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Finding
from gitops_action.render.helm.charts import SOURCES
from gitops_action.render.helm.release import KIND, items, mapping
from gitops_action.render.helm.tree import CHART_FILE
from gitops_action.repository.documents import Document, load
from gitops_action.repository.paths import join
from gitops_action.repository.references import objects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gitops_action.repository.tree import Tree

MARK: Final = re.compile(rb"""apiVersion["']?[ \t]*:[ \t]*["']?helm\.toolkit\.fluxcd\.io/""")
USED: Final = re.compile("|".join(sorted({*SOURCES, KIND, "ConfigMap", "Secret", "CustomResourceDefinition"})).encode())
"""Names the kinds of which a release, or what renders it, may use an object."""
_HELD: Final = re.compile(
    rb"""(?m)^["']?kind["']?[ \t]*:[ \t]*["']?(?:%s|ConfigMap|Secret)\b""" % "|".join(sorted(SOURCES)).encode()
)
_SUFFIXES: Final = (".yaml", ".yml")


def reached(tree: Tree, changed: Collection[str]) -> frozenset[str]:
    """Return the files of `tree` with a HelmRelease whose chart, source or values are among the `changed` paths.

    Nothing more than the changed files is read where these are none of that.
    """
    folders = {folder for path in changed if (folder := _chart_of(path, tree))}
    named = set(_named(tree, changed))
    if not folders and not named:
        return frozenset()
    found = set()
    for path, spec in _releases(tree):
        uses = set(_uses(spec))
        if uses & named or any(_lies_in(folder, tree, folders) for folder in _folders(spec)):
            found.add(path)
    return frozenset(found)


def _chart_of(path: str, tree: Tree) -> str:
    """Return the folder of the chart that a path lies in, "" if it lies in none."""
    folder = posixpath.dirname(path)
    while True:
        if posixpath.join(folder, CHART_FILE) in tree.entries or posixpath.join(folder, CHART_FILE) == path:
            return folder or "."
        if not folder:
            return ""
        folder = posixpath.dirname(folder)


def _named(tree: Tree, changed: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the kind and name of the objects in changed files that a HelmRelease may name."""
    wanted = [path for path in changed if path.endswith(_SUFFIXES) and path in tree.entries]
    for path, data in tree.read(wanted):
        if isinstance(data, Finding) or not _HELD.search(data):
            continue
        for item in objects(data, path):
            if isinstance(item, Document) and isinstance(item.value, dict):
                yield str(item.value.get("kind")), str(mapping(item.value, "metadata").get("name"))


def _releases(tree: Tree) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, data in tree.read(path for path in tree.entries if path.endswith(_SUFFIXES)):
        if isinstance(data, Finding) or not MARK.search(data):
            continue
        for item in objects(data, path):
            if isinstance(item, Document) and isinstance(item.value, dict) and item.value.get("kind") == KIND:
                yield path, mapping(item.value, "spec")


def _uses(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    references = [mapping(spec, "chartRef"), mapping(mapping(mapping(spec, "chart"), "spec"), "sourceRef")]
    for reference in (*references, *items(spec, "valuesFrom")):
        yield str(reference.get("kind")), str(reference.get("name"))


def _folders(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield the folders of the tree that a release's chart may lie in."""
    chart = mapping(mapping(spec, "chart"), "spec").get("chart")
    if (
        isinstance(chart, str)
        and mapping(mapping(mapping(spec, "chart"), "spec"), "sourceRef").get("kind") == "GitRepository"
    ):
        yield posixpath.normpath(chart).lstrip("/")


def _lies_in(folder: str, tree: Tree, changed: Collection[str], depth: int = 5) -> bool:
    """Whether a chart, or one of the tree that it is made of, has changed."""
    if any(one == folder or one.startswith(f"{folder}/") or folder == "." for one in changed):
        return True
    chart = posixpath.join(folder, CHART_FILE)
    if not depth or chart not in tree.entries:
        return False
    _, data = next(iter(tree.read([chart])))
    loaded = load(data, chart) if isinstance(data, bytes) else []
    value = loaded[0].value if loaded and isinstance(loaded[0], Document) else None
    for one in items(value, "dependencies") if isinstance(value, dict) else ():
        repository = str(one.get("repository") or "")
        other = join(folder, repository.removeprefix("file://")) if repository.startswith("file://") else None
        if other is not None and _lies_in(other, tree, changed, depth - 1):
            return True
    return False
