"""Builds the folders that Flux deploys as Flux does; each that several clusters have in common once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_action.config import LoadRestrictor
from gitops_action.pipeline.flux_lacking import explained, not_copied
from gitops_action.records import dataclass
from gitops_action.render.chain import chain
from gitops_action.render.failure import Failure
from gitops_action.render.findings import finding, shown
from gitops_action.render.flux.generate import generate, notes_origins
from gitops_action.render.sources import Sources
from gitops_action.repository.discovery import discover
from gitops_action.repository.edited import EditedTree
from gitops_action.repository.flux_contents import Contents
from gitops_action.repository.flux_folder import listed
from gitops_action.repository.paths import folders_of, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.model import Finding, Location, Manifest
    from gitops_action.ports import Progress
    from gitops_action.render.flux.unit import Unit
    from gitops_action.render.kustomize import RenderResult
    from gitops_action.repository.discovery import Cache
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree

# What it is built from (None: the repository as it is), the folder, and the fields that are written into its kustomization.
_Build = tuple[Contents | None, str, str]


@dataclass(frozen=True, slots=True)
class Parts:
    """What is built for one folder, if anything; the files and overlays that come to a cluster by it; and all it reads.

    A folder without a kustomization owns all files and overlays below it: Flux makes a kustomization of them.
    """

    build: _Build | None = None
    owned: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Built:
    """What became of one unit, before variables are replaced. `ok` is False where nothing is known of its objects."""

    manifests: tuple[Manifest, ...] = ()
    findings: tuple[Finding, ...] = ()
    ok: bool = True


class FluxBuilds:
    """The builds of one tree; what has been built is kept."""

    def __init__(self, tree: Tree, graph: Graph, config: Config, progress: Progress, cache: Cache) -> None:
        """Build from `tree`, whose kustomizations are `graph` and have been read into `cache`."""
        self.tree = tree
        self.graph = graph
        # Flux does not restrict what a kustomization reads within its source: fluxcd/pkg/kustomize, `Build`.
        self._config = replace(config, render=replace(config.render, load_restrictor=LoadRestrictor.NONE))
        self._progress = progress
        self._cache = cache
        self._folders = folders_of(tree.entries)
        self._contents: dict[str | None, Contents] = {}
        self._parts: dict[tuple[str | None, str, str], Parts] = {}
        self._done: dict[_Build, RenderResult] = {}

    def has(self, folder: str) -> bool:
        """Whether the repository has a folder."""
        return folder in self._folders

    def exists(self, unit: Unit) -> bool:
        """Whether a unit's source surely has its folder."""
        contents = self.contents(unit)
        return contents.problem is None and unit.folder in contents.folders

    def contents(self, unit: Unit) -> Contents:
        """Return what of the repository a unit's source has."""
        if unit.ignore not in self._contents:
            self._contents[unit.ignore] = Contents(self.tree, self.graph, unit.ignore, self._cache)
        return self._contents[unit.ignore]

    def parts(self, unit: Unit) -> Parts:
        """Return what a unit's folder is put together from; it is taken to exist."""
        if unit.build not in self._parts:
            self._parts[unit.build] = self._found(unit)
        return self._parts[unit.build]

    def _found(self, unit: Unit) -> Parts:
        contents, folder = self.contents(unit), unit.folder
        _, *fields = unit.build
        build: _Build = (None if contents.whole else contents, fields[0], fields[1])
        graph, patterns = contents.graph, contents.files_of_patterns
        if folder in graph.nodes:
            return Parts(build, frozenset([folder]), self._closures(graph, unit).union(patterns))
        files, folders = listed(folder, contents.paths, graph.nodes.keys())
        inner = self._closures(graph, unit, folders)
        return Parts(
            build if files or folders or unit.edits else None,
            frozenset([*files, *folders]),
            inner.union(files, patterns),
        )

    def _closures(self, graph: Graph, unit: Unit, folders: Iterable[str] = ()) -> frozenset[str]:
        """Return all that building `folders`, a unit's folder and its components reads."""
        parts = [*folders, unit.folder, *self._components(graph, unit)]
        return frozenset(path for part in parts for path in graph.closure(part))

    @staticmethod
    def _components(graph: Graph, unit: Unit) -> list[str]:
        """Return the folders of the components that a unit adds, as far as there are any."""
        named = unit.edits.get("components")
        paths = [join(unit.folder, name) for name in named if isinstance(name, str)] if isinstance(named, list) else []
        return [path for path in paths if path and path in graph.nodes]

    def overlay(self, folder: str) -> tuple[Manifest, ...]:
        """Return the objects of an overlay as it is."""
        if (None, folder, "") not in self._done:
            self._render(None, [folder])
        return self._done[None, folder, ""].manifests

    def build(self, units: Sequence[Unit]) -> None:
        """Build what `units` need and has not been built, several at a time."""
        wanted: dict[_Build, Unit] = {}
        for unit in units:
            build = self.parts(unit).build
            if build and build not in self._done:
                wanted.setdefault(build, unit)
        plain: dict[Contents | None, list[str]] = {}
        edited: list[Unit] = []
        for (contents, folder, edits), unit in wanted.items():
            node = self.contents(unit).graph.nodes.get(folder)
            if edits or node is None or notes_origins(node.kustomization):
                edited.append(unit)
            else:
                plain.setdefault(contents, []).append(folder)
        for contents, folders in plain.items():
            self._render(contents, folders)
        for batch in self._batches(edited):
            self._render_edited(batch)

    def _batches(self, units: Iterable[Unit]) -> list[list[Unit]]:
        """Share units out so that none in a batch builds on a folder that another of it edits."""
        batches: list[list[Unit]] = []
        for unit in units:
            for batch in batches:
                if all(self._apart(unit, other) for other in batch):
                    batch.append(unit)
                    break
            else:
                batches.append([unit])
        return batches

    def _apart(self, one: Unit, other: Unit) -> bool:
        return (
            self._origin(one) is self._origin(other)
            and one.folder != other.folder
            and one.folder not in self._built_from(other)
            and other.folder not in self._built_from(one)
        )

    def _origin(self, unit: Unit) -> Contents | None:
        """Return what a unit is built from, None for the repository as it is."""
        contents = self.contents(unit)
        return None if contents.whole else contents

    def _built_from(self, unit: Unit) -> tuple[str, ...]:
        contents = self.contents(unit)
        folders = [unit.folder, *self._components(contents.graph, unit)]
        if unit.folder not in contents.graph.nodes:
            folders += listed(unit.folder, contents.paths, contents.graph.nodes.keys())[1]
        return contents.graph.parts(*folders)

    def _render_edited(self, batch: Sequence[Unit]) -> None:
        """Build units of different folders, with their own fields written into the folders' kustomizations."""
        contents = self.contents(batch[0])
        nodes = contents.graph.nodes
        texts: dict[str, bytes | None] = {}
        for unit in batch:
            node = nodes.get(unit.folder)
            files, folders = ([], []) if node else listed(unit.folder, contents.paths, nodes.keys())
            own = node.kustomization if node else None
            exists = contents.folders.__contains__
            path, text = generate(unit.folder, own, sorted([*files, *folders]), unit.edits, exists)
            texts[path] = text
        tree = EditedTree(contents.tree, texts)
        by_folder = {unit.folder: unit for unit in batch}
        self._render(self._origin(batch[0]), list(by_folder), by_folder, tree)

    def _render(
        self,
        contents: Contents | None,
        folders: Sequence[str],
        edited: Mapping[str, Unit] | None = None,
        tree: Tree | None = None,
    ) -> None:
        """Build folders of `contents`, or of `tree`, which has some of its kustomizations `edited` for units."""
        from gitops_action.pipeline import overlays  # noqa: PLC0415 - start-up time
        from gitops_action.render.flux.origins import Origins  # noqa: PLC0415 - start-up time

        written, own = (contents.tree, contents.graph) if contents else (self.tree, self.graph)
        edited = edited or {}
        graph = discover(tree, self._cache) if tree else own
        origins = Origins(written, own, tuple(written.entries)) if edited else None
        paths = sorted({path for folder in folders for path in graph.closure(folder)})
        results = overlays.build(
            tree or written, dict.fromkeys(folders, ""), paths, self._config, self._progress, graph=graph,
            origins=origins.of(edited) if origins else None,
        )  # fmt: skip
        for result in results:
            unit = edited.get(result.target)
            if unit is not None:
                found = tuple(self._as_written(one, graph, unit) for one in result.findings)
                result = replace(result, findings=found)  # noqa: PLW2901 - the same result, seen from the repository
            self._done[contents, result.target, unit.build[-1] if unit else ""] = result

    def _as_written(self, one: Finding, graph: Graph, unit: Unit) -> Finding:
        """Return a finding of a kustomization that was written for the build, at its place in the repository.

        What is wrong with the folder's own kustomization is wrong there without Flux's fields, too; a file or a folder that is
        missing, which a message begins with, may be named there.
        """
        node = graph.nodes.get(unit.folder)
        if one.file in self.tree.entries and (node is None or one.file != node.kustomization.file):
            return one
        contents = self.contents(unit)
        own = chain(contents.graph, unit.folder, self._config.render.allows_remote)
        place: Location | None = next((it.location for it in own.findings if it.message == one.message), None)
        if place is None:
            named = Failure("", unit.folder, Sources(contents.tree, contents.graph), own).entry(
                one.message.partition(" ")[0]
            )
            place = named if named.line else unit.manifest.locator.locate(("spec",), key=True)
        return replace(one, file=place.file, line=place.line, column=place.column)

    def result(self, unit: Unit) -> Built:
        """Return what became of a unit that has been built."""
        contents = self.contents(unit)
        if contents.problem:
            return Built((), (contents.problem,), ok=False)
        if unit.folder not in contents.folders:
            place = unit.manifest.locator.locate(("spec", "path"))
            why = contents.why_not(unit.folder) if self.has(unit.folder) else "the repository has none"
            message = f"Flux finds no folder {shown(unit.folder)} for Kustomization {unit.label}: {why}"
            return Built((), (finding("flux-path-missing", message, place),), ok=False)
        build = self.parts(unit).build
        if build is None:
            return Built()
        result = self._done[build]
        findings = result.findings if result.ok else explained(unit, result.findings, self._needed(unit), contents)
        files = self.parts(unit).reads.difference(contents.files_of_patterns).intersection(self.tree.entries)
        return Built(result.manifests, (*findings, *not_copied(unit, files)), result.ok)

    def _needed(self, unit: Unit) -> frozenset[str]:
        """Return what the build of a unit would read if its source held the whole repository."""
        contents = self.contents(unit)
        nodes = contents.graph.nodes.keys()
        folders = [] if unit.folder in nodes else listed(unit.folder, contents.paths, nodes)[1]
        return self._closures(self.graph, unit, folders)
