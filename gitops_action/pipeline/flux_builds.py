"""Builds the folders that Flux deploys as Flux does; each that several clusters have in common once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gitops_action.config import LoadRestrictor
from gitops_action.render.chain import chain
from gitops_action.render.findings import finding, shown
from gitops_action.render.flux.generate import generate
from gitops_action.repository.discovery import discover
from gitops_action.repository.edited import EditedTree
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

_Build = tuple[str, str]


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
        self._paths = tuple(tree.entries)
        self._parts: dict[_Build, Parts] = {}
        self._done: dict[_Build, RenderResult] = {}

    def exists(self, folder: str) -> bool:
        """Whether the tree has a folder."""
        return folder in self._folders

    def parts(self, unit: Unit) -> Parts:
        """Return what a unit's folder is put together from."""
        if unit.build not in self._parts:
            self._parts[unit.build] = self._found(unit)
        return self._parts[unit.build]

    def _found(self, unit: Unit) -> Parts:
        graph, folder = self.graph, unit.folder
        if folder in graph.nodes:
            reads = graph.closure(folder)
            for component in self._components(unit):
                reads |= graph.closure(component)
            return Parts(unit.build, frozenset([folder]), reads)
        files, folders = listed(folder, self._paths, graph.nodes.keys())
        inner = frozenset(path for part in folders for path in graph.closure(part))
        build = unit.build if files or folders or unit.edits else None
        return Parts(build, frozenset([*files, *folders]), inner.union(files))

    def _components(self, unit: Unit) -> list[str]:
        """Return the folders of the components that a unit adds, as far as the tree has them."""
        named = unit.edits.get("components")
        paths = [join(unit.folder, name) for name in named if isinstance(name, str)] if isinstance(named, list) else []
        return [path for path in paths if path and path in self.graph.nodes]

    def overlay(self, folder: str) -> tuple[Manifest, ...]:
        """Return the objects of an overlay as it is."""
        if (folder, "") not in self._done:
            self._render(self.tree, self.graph, [folder], {})
        return self._done[folder, ""].manifests

    def build(self, units: Sequence[Unit]) -> None:
        """Build what `units` need and has not been built, several at a time."""
        wanted: dict[_Build, Unit] = {}
        for unit in units:
            build = self.parts(unit).build
            if build and build not in self._done:
                wanted.setdefault(build, unit)
        plain = [folder for folder, edits in wanted if not edits and folder in self.graph.nodes]
        if plain:
            self._render(self.tree, self.graph, plain, {})
        for batch in self._batches([unit for unit in wanted.values() if unit.edits or unit.folder not in plain]):
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
            one.folder != other.folder
            and one.folder not in self._built_from(other)
            and other.folder not in self._built_from(one)
        )

    def _built_from(self, unit: Unit) -> tuple[str, ...]:
        folders = [unit.folder, *self._components(unit)]
        if unit.folder not in self.graph.nodes:
            folders += listed(unit.folder, self._paths, self.graph.nodes.keys())[1]
        return self.graph.parts(*folders)

    def _render_edited(self, batch: Sequence[Unit]) -> None:
        """Build units of different folders, with their own fields written into the folders' kustomizations."""
        texts: dict[str, bytes | None] = {}
        for unit in batch:
            node = self.graph.nodes.get(unit.folder)
            files, folders = ([], []) if node else listed(unit.folder, self._paths, self.graph.nodes.keys())
            own = node.kustomization if node else None
            path, text = generate(unit.folder, own, sorted([*files, *folders]), unit.edits, self.exists)
            texts[path] = text
        tree = EditedTree(self.tree, texts)
        by_folder = {unit.folder: unit for unit in batch}
        self._render(tree, discover(tree, self._cache), list(by_folder), by_folder)

    def _render(self, tree: Tree, graph: Graph, folders: Sequence[str], edited: Mapping[str, Unit]) -> None:
        from gitops_action.pipeline import overlays  # noqa: PLC0415 - start-up time
        from gitops_action.render.flux.origins import Origins  # noqa: PLC0415 - start-up time

        origins = Origins(self.tree, self.graph, self._paths) if edited else None
        paths = sorted({path for folder in folders for path in graph.closure(folder)})
        results = overlays.build(
            tree, dict.fromkeys(folders, ""), paths, self._config, self._progress, graph=graph,
            origins=origins.of(edited) if origins else None,
        )  # fmt: skip
        for result in results:
            unit = edited.get(result.target)
            if unit is not None:
                found = tuple(self._as_written(one, graph, unit) for one in result.findings)
                result = replace(result, findings=found)  # noqa: PLW2901 - the same result, seen from the repository
            self._done[(result.target, unit.build[1] if unit else "")] = result

    def _as_written(self, one: Finding, graph: Graph, unit: Unit) -> Finding:
        """Return a finding of a kustomization that was written for the build, at its place in the repository.

        What is wrong with the folder's own kustomization is wrong there without Flux's fields, too.
        """
        node = graph.nodes.get(unit.folder)
        if one.file in self.tree.entries and (node is None or one.file != node.kustomization.file):
            return one
        own = chain(self.graph, unit.folder, self._config.render.allows_remote).findings
        place: Location = next((it.location for it in own if it.message == one.message), None) or (
            unit.manifest.locator.locate(("spec",), key=True)
        )
        return replace(one, file=place.file, line=place.line, column=place.column)

    def result(self, unit: Unit) -> Built:
        """Return what became of a unit that has been built."""
        if not self.exists(unit.folder):
            place = unit.manifest.locator.locate(("spec", "path"))
            message = (
                f"Flux finds no folder {shown(unit.folder)} for Kustomization {unit.label}: the repository has none"
            )
            return Built((), (finding("flux-path-missing", message, place),), ok=False)
        build = self.parts(unit).build
        if build is None:
            return Built()
        result = self._done[build]
        return Built(result.manifests, (*result.findings, *self._left_out(unit)), result.ok)

    def _left_out(self, unit: Unit) -> list[Finding]:
        """Say which files the build needs and the artifact that it is made from has not."""
        if unit.artifact is None:
            return []
        files = [path for path in self.parts(unit).reads if path in self.tree.entries]
        lacking = unit.artifact.lacks(unit.folder, files)
        if not lacking:
            return []
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        message = (
            f"Kustomization {unit.label} is built from {lacking[0]}{more}, which the ArtifactGenerator does not copy into the "
            f"artifact {unit.artifact.name}, or not to where it is looked for"
        )
        return [
            finding("flux-artifact-incomplete", message, unit.manifest.locator.locate(("spec", "sourceRef"), key=True))
        ]
