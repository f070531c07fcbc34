"""Follows Flux's Kustomizations from the files of a tree to what they deploy, and on to those among that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.environments import of_deployment, of_directory, of_file, of_owner
from gitops_action.pipeline import plain
from gitops_action.pipeline.flux_values import Values
from gitops_action.pipeline.followed import Elsewhere
from gitops_action.render.flux.unit import Unit
from gitops_action.repository.flux_folder import entries
from gitops_action.repository.flux_sources import (
    FluxObject,
    FluxSources,
    is_flux,
    is_kustomization,
    read_objects,
)
from gitops_action.repository.places import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitops_action.config import Config
    from gitops_action.model import Manifest
    from gitops_action.pipeline.flux_builds import FluxBuilds
    from gitops_action.repository.tree import Tree

# A Kustomization that makes others, which make others: as many levels as nobody has.
_MOST_LEVELS: Final = 12


class Following:
    """What Flux deploys of one tree.

    `units` are what its Kustomizations deploy, each once; `elsewhere` are those that deploy something else.
    """

    def __init__(self, builds: FluxBuilds, config: Config, marked: frozenset[str]) -> None:
        """Follow all of a tree's; only what holds Flux's objects (the files `marked`) is built. Raises as `overlays.render`."""
        self.builds = builds
        self._tree = builds.tree
        self._graph = builds.graph
        self._config = config
        self.units: list[Unit] = []
        self.elsewhere: list[Elsewhere] = []
        self.values = Values(self)
        self._marked = marked
        self._loaded: dict[str, tuple[Manifest, ...]] = {}
        self._follow()

    @property
    def tree(self) -> Tree:
        """The files that are followed."""
        return self._tree

    def owned(self, units: Iterable[Unit]) -> frozenset[str]:
        """Return the plain files and the overlays that come to a cluster by some of the units."""
        present = [unit for unit in units if self.builds.exists(unit)]
        return frozenset(path for unit in present for path in self.builds.parts(unit).owned)

    def others(self, files: Iterable[str], environment: str) -> Iterator[Manifest]:
        """Yield the objects of an environment that no unit deploys and that come out of one of `files`."""
        owned = self.owned(self.units)
        for path in files:
            if path in self._graph.rendered:
                for root in sorted(self._graph.reading([path]).intersection(self._graph.roots) - owned):
                    if of_directory(root, self._config) == environment:
                        yield from self.builds.overlay(root)
            elif not self._graph.roles(path) and path not in owned and of_file(path, self._config) == environment:
                self.load([path])
                yield from self._loaded[path]

    def load(self, paths: Iterable[str]) -> plain.Loaded:
        """Load plain files that units are put together from, and keep their objects by path."""
        wanted = [path for path in dict.fromkeys(paths) if path not in self._loaded]
        loaded = plain.load_files(self._tree, wanted, Surroundings(self._tree.entries, self._graph), self._config)
        by_file: dict[str, list[Manifest]] = {path: [] for path in wanted}
        for manifest in loaded.manifests:
            by_file[manifest.locator.locate(()).file].append(manifest)
        self._loaded |= {path: tuple(manifests) for path, manifests in by_file.items()}
        return loaded

    def _follow(self) -> None:
        written = list(read_objects(self._tree, self._marked))
        begin = entries(written, self._graph, tuple(self._tree.entries))
        self.load(begin.files)
        found: list[tuple[Manifest, tuple[str, bool]]] = [
            (manifest, of_owner(path, self._config)) for path in begin.files for manifest in self._loaded[path]
        ]
        for root in begin.roots:
            owner = of_owner(root, self._config, directory=True)
            found += ((manifest, owner) for manifest in self.builds.overlay(root))
        known = [*written]
        seen: set[tuple[str, ...]] = set()
        for _ in range(_MOST_LEVELS):
            known += (_object(manifest) for manifest, _ in found if is_flux(manifest.value))
            sources = FluxSources(tuple(known))
            new = [
                unit
                for manifest, owner in found
                if is_kustomization(manifest.value)
                for unit in self._units(manifest, owner, sources, seen)
            ]
            self.units += new
            found = self._inside(new)
            if not found:
                break

    def _units(
        self, manifest: Manifest, owner: tuple[str, bool], sources: FluxSources, seen: set[tuple[str, ...]]
    ) -> Iterable[Unit]:
        """Yield the units of a Kustomization that has not been seen in the same environment."""
        lead = sources.lead(_object(manifest))
        places = [(folder, *of_deployment(folder, self._config, owner)) for folder in lead.folders]
        for folder, environment, settled in places:
            applied = replace(manifest, environment=environment)
            unit = Unit(environment, applied, folder, settled, lead.certain, lead.artifact, lead.ignore)
            if (*unit.key, owner[0], folder) in seen:
                continue
            seen.add((*unit.key, owner[0], folder))
            if lead.certain or self.builds.has(folder):
                yield unit
            else:
                self.elsewhere.append(Elsewhere(environment, applied, lead.elsewhere))
        if not places and (owner[0], manifest.id.namespace, manifest.id.name) not in seen:
            seen.add((owner[0], manifest.id.namespace, manifest.id.name))
            self.elsewhere.append(Elsewhere(owner[0], replace(manifest, environment=owner[0]), lead.elsewhere))

    def _inside(self, units: Sequence[Unit]) -> list[tuple[Manifest, tuple[str, bool]]]:
        """Return the objects of those units that Flux's objects are among."""
        holding = [
            unit
            for unit in units
            if self.builds.exists(unit) and not self._marked.isdisjoint(self.builds.parts(unit).reads)
        ]
        self.builds.build(holding)
        return [
            (manifest, (unit.environment, unit.settled))
            for unit in holding
            for manifest in self.values.of(unit, self.builds.result(unit)).manifests
            if is_flux(manifest.value)
        ]


def _object(manifest: Manifest) -> FluxObject:
    return FluxObject(manifest.locator.locate(()).file, manifest.value)
