"""Follows Flux's Kustomizations from the files of a tree to what they deploy, and on to those among that."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.environments import of_deployment, of_directory, of_file, of_owner
from gitops_action.pipeline import plain
from gitops_action.pipeline.flux_values import Values
from gitops_action.pipeline.followed import Elsewhere
from gitops_action.records import dataclass
from gitops_action.render.flux.unit import Unit
from gitops_action.repository.flux_folder import Name, Place, clusters, entries
from gitops_action.repository.flux_sources import (
    FluxObject,
    FluxSources,
    is_flux,
    is_kustomization,
    read_objects,
)
from gitops_action.repository.places import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.model import Manifest
    from gitops_action.pipeline.flux_builds import FluxBuilds
    from gitops_action.repository.tree import Tree

# A Kustomization that makes others, which make others: as many levels as nobody has.
_MOST_LEVELS: Final = 12


@dataclass(frozen=True, slots=True)
class _Owner:
    """Where an object is applied: the environment, whether the configuration says so for all below it, and the cluster."""

    environment: str
    settled: bool
    cluster: str

    @property
    def said(self) -> tuple[str, bool]:
        """The environment as `of_deployment` takes it."""
        return self.environment, self.settled


class Following:
    """What Flux deploys of one tree.

    `units` are what its Kustomizations deploy, each once; `elsewhere` are those that deploy something else. The environments
    `split` have several clusters with a Kustomization of one name, which are told apart.
    """

    def __init__(self, builds: FluxBuilds, config: Config, marked: frozenset[str]) -> None:
        """Follow all of a tree's; only what holds Flux's objects (the files `marked`) is built. Raises as `overlays.render`."""
        self.builds = builds
        self._tree = builds.tree
        self._graph = builds.graph
        self._config = config
        self.units: list[Unit] = []
        self.elsewhere: list[Elsewhere] = []
        self.objects: list[FluxObject] = []
        """All that is known of Flux's objects: as they are written and, after these, as they are rendered."""
        self.values = Values(self)
        self._marked = marked
        self._loaded: dict[str, tuple[Manifest, ...]] = {}
        self._names: dict[str, set[Name]] = {}
        self._follow()
        self.split = self._split()

    @property
    def tree(self) -> Tree:
        """The files that are followed."""
        return self._tree

    def owned(self, units: Iterable[Unit]) -> frozenset[str]:
        """Return the plain files and the overlays that come to a cluster by some of the units."""
        present = [unit for unit in units if self.builds.exists(unit)]
        return frozenset(path for unit in present for path in self.builds.parts(unit).owned)

    def together(self, one: str, other: str) -> bool:
        """Whether two clusters may be one: they have no Kustomization of one name, of which a cluster has but one."""
        return one == other or self._names.get(one, set()).isdisjoint(self._names.get(other, set()))

    def beside(self, unit: Unit) -> list[Unit]:
        """Return the units of the same environment that are, or may be, in the same cluster; those that surely are come first."""
        alike = [one for one in self.units if one.environment == unit.environment]
        alike = [one for one in alike if self.together(one.cluster, unit.cluster)]
        return sorted(alike, key=lambda one: one.cluster != unit.cluster)

    def _split(self) -> frozenset[str]:
        first: dict[tuple[str, str, str], str] = {}
        found = set()
        for unit in self.units:
            environment, *name, cluster = unit.key
            if first.setdefault((environment, name[0], name[1]), cluster) != cluster:
                found.add(environment)
        return frozenset(found)

    def others(self, files: Iterable[str], unit: Unit) -> Iterator[Manifest]:
        """Yield the objects of a unit's environment that no unit deploys and that come out of one of `files`, nearest first."""
        owned, environment = self.owned(self.units), unit.environment
        for path in sorted(files, key=lambda path: -len(posixpath.commonpath([f"/{path}", f"/{unit.cluster}"]))):
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
        around = Surroundings(self._tree.entries, self._graph)
        loaded = plain.load_files(self._tree, wanted, around, self._config, apart=False)
        by_file: dict[str, list[Manifest]] = {path: [] for path in wanted}
        for manifest in loaded.manifests:
            by_file[manifest.locator.locate(()).file].append(manifest)
        self._loaded |= {path: tuple(manifests) for path, manifests in by_file.items()}
        return loaded

    def _follow(self) -> None:
        written = list(read_objects(self._tree, self._marked))
        begin = entries(written, self._graph, tuple(self._tree.entries))
        self.load(begin.files)
        objects: dict[Place, Sequence[Manifest]] = {(path, False): self._loaded[path] for path in begin.files}
        objects |= {(root, True): self.builds.overlay(root) for root in begin.roots}
        found = self._begin(objects)
        known = self.objects = [*written]
        seen: set[tuple[str, ...]] = set()
        for _ in range(_MOST_LEVELS):
            known += (_object(manifest, owner) for manifest, owner in found if is_flux(manifest.value))
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

    def _begin(self, objects: Mapping[Place, Sequence[Manifest]]) -> list[tuple[Manifest, _Owner]]:
        """Return the objects where to begin, each with where it is applied."""
        names = {
            place: [_name(one) for one in manifests if is_kustomization(one.value)]
            for place, manifests in objects.items()
        }
        found = []
        for place, cluster in clusters(names).items():
            self._names.setdefault(cluster, set()).update(names[place])
            path, is_root = place
            owner = _Owner(*of_owner(path, self._config, directory=is_root), cluster)
            found += [(manifest, owner) for manifest in objects[place]]
        return found

    def _units(
        self, manifest: Manifest, owner: _Owner, sources: FluxSources, seen: set[tuple[str, ...]]
    ) -> Iterable[Unit]:
        """Yield the units of a Kustomization that has not been seen in the same cluster and environment."""
        lead = sources.lead(_object(manifest, owner))
        self._names.setdefault(owner.cluster, set()).add(_name(manifest))
        places = [(folder, *of_deployment(folder, self._config, owner.said)) for folder in lead.folders]
        for folder, environment, settled in places:
            applied = replace(manifest, environment=environment)
            unit = Unit(environment, applied, folder, settled, lead.certain, lead.artifact, lead.ignore, owner.cluster)
            if (*unit.key, owner.environment, folder) in seen:
                continue
            seen.add((*unit.key, owner.environment, folder))
            if lead.certain or self.builds.has(folder):
                yield unit
            else:
                self.elsewhere.append(Elsewhere(environment, applied, lead.elsewhere, owner.cluster))
        if not places and (key := (owner.environment, *_name(manifest), owner.cluster)) not in seen:
            seen.add(key)
            applied = replace(manifest, environment=owner.environment)
            self.elsewhere.append(Elsewhere(owner.environment, applied, lead.elsewhere, owner.cluster))

    def _inside(self, units: Sequence[Unit]) -> list[tuple[Manifest, _Owner]]:
        """Return the objects of those units that Flux's objects are among."""
        holding = [
            unit
            for unit in units
            if self.builds.exists(unit) and not self._marked.isdisjoint(self.builds.parts(unit).reads)
        ]
        self.builds.build(holding)
        return [
            (manifest, _Owner(unit.environment, unit.settled, unit.cluster))
            for unit in holding
            for manifest in self.values.of(unit, self.builds.result(unit)).manifests
            if is_flux(manifest.value)
        ]


def _name(manifest: Manifest) -> Name:
    return manifest.id.namespace, manifest.id.name


def _object(manifest: Manifest, owner: _Owner) -> FluxObject:
    return FluxObject(manifest.locator.locate(()).file, manifest.value, owner.cluster)
