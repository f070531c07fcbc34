"""Which of what Flux deploys a run looks at; where a tree has nothing of Flux, nothing is loaded to find that out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.repository.flux_sources import MARK
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from gitops_action.config import Config
    from gitops_action.model import Manifest
    from gitops_action.pipeline.following import Following
    from gitops_action.ports import Progress
    from gitops_action.render.flux.unit import Unit
    from gitops_action.repository.discovery import Cache
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree

_SUFFIXES: Final = (".yaml", ".yml")
# Whoever deploys with Flux has one of these in some path; where none is, no file need be read.
_SIGNS: Final = ("clusters/", "cluster/", "flux", "gotk", "ks.yaml")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A Kustomization in a cluster of an environment whose source is not this repository, and what it is."""

    environment: str
    manifest: Manifest
    source: str
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """What a run looks at of what Flux deploys: `units`, and those of `elsewhere` of which nothing is known.

    The clusters of environments in `split` are told apart, and what is deployed in them.
    """

    following: Following | None = None
    units: tuple[Unit, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    split: frozenset[str] = frozenset()

    def only(self, environments: Collection[str]) -> Followed:
        """Return what of it is in some environments."""
        return replace(
            self,
            units=tuple(unit for unit in self.units if unit.environment in environments),
            elsewhere=tuple(one for one in self.elsewhere if one.environment in environments),
        )

    @property
    def deployed(self) -> frozenset[str]:
        """The plain files and the overlays that are looked at as Flux deploys them."""
        if self.following is None:
            return frozenset()
        return self.following.owned(self.units)

    @property
    def reads(self) -> Mapping[str, frozenset[str]]:
        """The files that are read for each environment."""
        found: dict[str, frozenset[str]] = {}
        for unit in self.units:
            found[unit.environment] = found.get(unit.environment, frozenset()) | reads_of(self.following, unit)
        return found


NOTHING = Followed()


def reads_of(following: Following | None, unit: Unit) -> frozenset[str]:
    """Return the paths that building a unit reads."""
    if following is None:
        return frozenset()
    builds = following.builds
    return builds.parts(unit).reads if builds.exists(unit) else frozenset(builds.contents(unit).files_of_patterns)


def follow(tree: Tree, graph: Graph, config: Config, progress: Progress, cache: Cache) -> Followed:
    """Return all that Flux deploys of a tree, whose kustomizations are `graph` and have been read into `cache`.

    Raises ToolMissingError if something has to be built and there is neither kustomize nor kubectl.
    """
    files = marked(tree)
    if not files:
        return NOTHING
    from gitops_action.pipeline.flux_builds import FluxBuilds  # noqa: PLC0415 - start-up time
    from gitops_action.pipeline.following import Following  # noqa: PLC0415

    following = Following(FluxBuilds(tree, graph, config, progress, cache), config, files)
    return Followed(following, tuple(following.units), tuple(following.elsewhere), split=following.split)


def selected(followed: Followed, has: Callable[[str], bool], touched: Collection[str] | None) -> Followed:
    """Return what is deployed of the folders that are meant, which `has` says of a path; if given, only what is `touched`."""
    following = followed.following
    if following is None:
        return followed
    owned = following.owned(following.units)
    units = []
    for unit in following.units:
        reads = reads_of(following, unit)
        meant = has(unit.folder) or (unit.folder == "." and has("")) or any(map(has, reads & owned))
        if meant and (touched is None or not reads.isdisjoint(touched)):
            units.append(unit)
    elsewhere = [one for one in following.elsewhere if has(one.manifest.locator.locate(()).file)]
    return replace(followed, units=tuple(units), elsewhere=tuple(elsewhere))


def affected(base: Followed, head: Followed, changed: Collection[str]) -> tuple[Followed, Followed]:
    """Return what of both revisions a change of the paths `changed` affects, on either of them."""
    paths = frozenset(changed)
    olds, news = _prints(base), _prints(head)
    hit = {name for name in olds.keys() | news.keys() if olds.get(name) != news.get(name)}
    for side in (base, head):
        hit |= {name_of(unit) for unit in side.units if not paths.isdisjoint(reads_of(side.following, unit))}
    before = {(one.environment, one.cluster, one.manifest.id): one.source for one in base.elsewhere}
    new = tuple(
        one for one in head.elsewhere if before.get((one.environment, one.cluster, one.manifest.id)) != one.source
    )
    return (
        replace(base, units=tuple(unit for unit in base.units if name_of(unit) in hit), elsewhere=()),
        replace(head, units=tuple(unit for unit in head.units if name_of(unit) in hit), elsewhere=new),
    )


def name_of(unit: Unit) -> tuple[str, ...]:
    """Return what tells a unit from all others of its tree."""
    return (*unit.key, unit.folder)


def _prints(followed: Followed) -> dict[tuple[str, ...], object]:
    """Return what tells one version of each unit from another, but for the files that it is built from."""
    if followed.following is None:
        return {}
    from gitops_action.pipeline.flux_missing import MissingSources  # noqa: PLC0415 - start-up time

    following = followed.following
    missing, values = MissingSources(following.tree, following.builds.graph, following), following.values
    return {
        name_of(unit): (
            unit.build,
            values.variables(unit) if unit.substitutes else None,
            unit.common_metadata,
            [name for _, name in unit.dependencies],
            unit.spec.get("sourceRef"),
            [one.message for one in missing.of(unit.manifest)],
        )
        for unit in followed.units
    }


def marked(tree: Tree) -> frozenset[str]:
    """Return the files that hold Flux's objects, or patches of them."""
    signs = {
        path[: path.rfind("/", 0, index) + 1]
        for path in tree.entries
        for sign in _SIGNS
        if (index := path.find(sign)) >= 0
    }
    if not signs:
        return frozenset()
    tops = tuple(_outermost(signs))
    paths = [
        path
        for path, entry in tree.entries.items()
        if path.endswith(_SUFFIXES) and entry.kind is EntryKind.FILE and path.startswith(tops)
    ]
    return frozenset(path for path, data in tree.read(paths) if isinstance(data, bytes) and MARK.search(data))


def _outermost(folders: Iterable[str]) -> list[str]:
    """Return the folders that are in no other of them; each ends with a slash, the root is ""."""
    result: list[str] = []
    for folder in sorted(folders):
        if not result or not folder.startswith(result[-1]):
            result.append(folder)
    return result
