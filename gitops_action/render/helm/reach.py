"""Which HelmReleases a change reaches that does not touch them: through a chart in the tree, a source, or values."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Finding
from gitops_action.parts import mappings, part
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.render.helm.kinds import KIND, SOURCES
from gitops_action.render.helm.tree import CHART_FILE
from gitops_action.repository import flux_ignore
from gitops_action.repository.documents import Document, load, without_warnings
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES, folded
from gitops_action.repository.paths import join
from gitops_action.repository.references import objects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree

# What leads a release to its chart, if it does not itself.
_LEADING: Final = ("HelmChart", "ArtifactGenerator")
_READ: Final = regex(
    rb"""apiVersion["']?[ \t]*:[ \t]*["']?(?:helm\.toolkit|source\.toolkit|source\.extensions)\.fluxcd\.io/"""
)
_HELD: Final = regex(
    rb"""(?m)^["']?kind["']?[ \t]*:[ \t]*["']?(?:%s|ConfigMap|Secret)\b""" % "|".join(sorted(SOURCES)).encode()
)
_KIND: Final = regex(rb"""(?m)^(?:- )?[ \t]*["']?kind["']?[ \t]*:""")
_PLAIN: Final = "disableNameSuffixHash"
_GENERATORS: Final = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}
_SUFFIXES: Final = (".yaml", ".yml")
_Name = tuple[str, str]


def reached(tree: Tree, graph: Graph, changed: Collection[str]) -> frozenset[str]:
    """Return the files of `tree` with a HelmRelease whose chart, source or values are among the `changed` paths.

    Nothing more than the changed files is read where these are none of that.
    """
    folders = frozenset(folder for path in changed if (folder := _chart_of(path, tree)))
    named, loose = _read(tree, changed)
    patterns = any(posixpath.basename(path) == flux_ignore.FILE for path in changed)
    change = _Change(folders, named, loose, tuple(_generated(graph, changed)), patterns)
    if not (folders or named or loose or change.generated or patterns):
        return frozenset()
    written = list(_objects(tree))
    leading = [(kind, value) for _, kind, value in written if kind in _LEADING]
    releases = ((path, part(value, "spec")) for path, kind, value in written if kind == KIND)
    return frozenset(path for path, spec in releases if change.reaches(path, _needs(spec, leading), tree))


@dataclass(frozen=True, slots=True)
class _Needs:
    """What a release needs of a tree: objects by kind and name, folders in which its chart may lie, and files."""

    names: frozenset[_Name] = frozenset()
    folders: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()

    def __or__(self, other: _Needs) -> _Needs:
        return _Needs(self.names | other.names, self.folders | other.folders, self.files | other.files)


@dataclass(frozen=True, slots=True)
class _Change:
    """What changed: `folders` of charts, objects (`named`), `loose` files that are none, and what overlays generate.

    That is by kind and name, each with all files that its overlay reads: a release in one of these is built with it.
    `patterns`: other files than before may be left out of what Flux takes of the repository.
    """

    folders: frozenset[str]
    named: frozenset[_Name]
    loose: frozenset[str]
    generated: tuple[tuple[frozenset[_Name], frozenset[str]], ...]
    patterns: bool = False

    def reaches(self, path: str, needs: _Needs, tree: Tree) -> bool:
        """Whether a release in the file `path` has a part in it."""
        return (
            not needs.names.isdisjoint(self.named)
            or not needs.files.isdisjoint(self.loose)
            or any(_lies_in(folder, tree, self.folders) for folder in needs.folders)
            # Its chart may depend on others, and have values, anywhere.
            or (self.patterns and bool(needs.folders))
            or any(
                path not in reads and any(may_be(one, made) for one in needs.names) for made, reads in self.generated
            )
        )


def _generated(graph: Graph, changed: Collection[str]) -> Iterator[tuple[frozenset[_Name], frozenset[str]]]:
    for root in sorted(graph.reading(changed) & {*graph.roots}):
        if names := frozenset(generated_by(graph, root)):
            yield names, graph.closure(root)


def generated_by(graph: Graph, folder: str) -> Iterator[_Name]:
    """Yield the kind and name of what building a folder generates, as kustomizations name it: builds add to names.

    What gets a hash at the end of its name is left out: nobody outside of the build can name it.
    """
    for node in graph.layers(folder):
        layer = node.kustomization
        shared = folded(layer.value("generatorOptions"), _PLAIN) is True
        for kind, member in _GENERATORS.items():
            for _, item in layer.items(member):
                name = folded(item, "name")
                is_plain = shared or folded(folded(item, "options"), _PLAIN) is True
                if isinstance(name, str) and name and is_plain:
                    yield kind, name


def may_be(used: _Name, generated: Collection[_Name]) -> bool:
    """Whether what is used by its final name may be one of what is generated."""
    return any(kind == used[0] and name in used[1] for kind, name in generated)


def _chart_of(path: str, tree: Tree) -> str:
    """Return the folder of the chart that a path lies in, "" if it lies in none."""
    folder = posixpath.dirname(path)
    while True:
        if posixpath.join(folder, CHART_FILE) in tree.entries or posixpath.join(folder, CHART_FILE) == path:
            return folder or "."
        if not folder:
            return ""
        folder = posixpath.dirname(folder)


def _read(tree: Tree, changed: Iterable[str]) -> tuple[frozenset[_Name], frozenset[str]]:
    """Return the kind and name of the objects in changed files that a HelmRelease may need, and the files that have none."""
    kustomizations = set(KUSTOMIZATION_NAMES)
    paths = [
        path
        for path in changed
        if path.endswith(_SUFFIXES) and posixpath.basename(path) not in kustomizations and not path.startswith(".")
    ]
    named: set[_Name] = set()
    loose = {path for path in paths if path not in tree.entries}
    for path, data in tree.read(path for path in paths if path in tree.entries):
        if isinstance(data, Finding) or not _KIND.search(data):
            loose.add(path)
        elif _HELD.search(data):
            values = (item.value for item in objects(data, path) if isinstance(item, Document))
            named |= {(str(one.get("kind")), _name(one)) for one in values if isinstance(one, dict)}
    return frozenset(named), frozenset(loose)


def _objects(tree: Tree) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the objects that say which chart a release has, each with its file and kind."""
    for path, data in tree.read(path for path in tree.entries if path.endswith(_SUFFIXES)):
        if isinstance(data, Finding) or not _READ.search(data):
            continue
        for item in objects(data, path):
            if isinstance(item, Document) and isinstance(item.value, dict):
                kind = str(item.value.get("kind"))
                if kind == KIND or kind in _LEADING:
                    yield path, kind, item.value


def _needs(spec: Mapping[str, Any], leading: Iterable[tuple[str, Mapping[str, Any]]]) -> _Needs:
    """Return what the `spec` of a HelmRelease needs, also by the objects that lead it to its chart."""
    chart = part(part(spec, "chart"), "spec")
    names = frozenset(map(_reference, (part(spec, "chartRef"), *mappings(spec, "valuesFrom"))))
    result = _Needs(names) | _of_chart(chart)
    for kind, value in leading:
        described = part(value, "spec")
        if kind == "HelmChart":
            if (kind, _name(value)) in names:
                result |= _of_chart(described)
            continue
        made = [one for one in mappings(described, "artifacts") if ("ExternalArtifact", str(one.get("name"))) in names]
        if made:
            copied = (str(copy.get("from")).partition("/")[2] for one in made for copy in mappings(one, "copy"))
            folders = frozenset(posixpath.normpath(path.partition("*")[0]).lstrip("/") for path in copied)
            result |= _Needs(frozenset({(kind, _name(value))}), folders)
    return result


def _of_chart(chart: Mapping[str, Any]) -> _Needs:
    """Return what the description of a chart means of the tree, if its source is this repository."""
    source, path, files = part(chart, "sourceRef"), chart.get("chart"), chart.get("valuesFiles")
    name = frozenset({_reference(source)})
    if source.get("kind") != "GitRepository" or not isinstance(path, str):
        return _Needs(name)
    listed = frozenset(
        posixpath.normpath(one) for one in (files if isinstance(files, list) else ()) if isinstance(one, str)
    )
    return _Needs(name, frozenset({posixpath.normpath(path).lstrip("/")}), listed)


def _reference(value: Mapping[str, Any]) -> _Name:
    return str(value.get("kind")), str(value.get("name"))


def _name(value: Mapping[str, Any]) -> str:
    return str(part(value, "metadata").get("name"))


def _lies_in(folder: str, tree: Tree, changed: Collection[str], depth: int = 5) -> bool:
    """Whether a chart, or one of the tree that it is made of, has changed."""
    if any(one == folder or one.startswith(f"{folder}/") or folder == "." for one in changed):
        return True
    chart = posixpath.join(folder, CHART_FILE)
    if not depth or chart not in tree.entries:
        return False
    _, data = next(iter(tree.read([chart])))
    loaded = without_warnings(load(data, chart)) if isinstance(data, bytes) else []
    value = loaded[0].value if loaded and isinstance(loaded[0], Document) else None
    for one in mappings(value, "dependencies") if isinstance(value, dict) else ():
        repository = str(one.get("repository") or "")
        other = join(folder, repository.removeprefix("file://")) if repository.startswith("file://") else None
        if other is not None and _lies_in(other, tree, changed, depth - 1):
            return True
    return False
