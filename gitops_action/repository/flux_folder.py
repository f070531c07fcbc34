"""What Flux takes for a folder that has no kustomization, and where the first of its Kustomizations are."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

from gitops_action.records import dataclass
from gitops_action.repository.flux_sources import KUSTOMIZATION, FluxSources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gitops_action.repository.flux_sources import FluxObject
    from gitops_action.repository.graph import Graph

_SUFFIXES: Final = (".yaml", ".yml")
# What has a folder, or a file, for each cluster; and the folder that Flux keeps its own objects in there.
_PARENTS: Final = frozenset({"clusters", "cluster"})
_OF_FLUX: Final = "flux-system"


def listed(folder: str, paths: Iterable[str], kustomizations: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the files and the folders that Flux puts together where `folder` has no kustomization of its own.

    All files below it, but for those in a folder that has one, which is built as a whole. `paths` are what the source has,
    sorted, and `kustomizations` the folders in it that have one.
    """
    prefix = "" if folder == "." else f"{folder}/"
    files: list[str] = []
    folders: dict[str, None] = {}
    for path in paths:
        if not path.startswith(prefix):
            continue
        built = _built(posixpath.dirname(path), folder, kustomizations)
        if built is not None:
            folders[built] = None
        elif path.endswith(_SUFFIXES):
            files.append(path)
    return files, list(folders)


def _built(inner: str, folder: str, kustomizations: Collection[str]) -> str | None:
    """Return the outermost folder from `folder` down to `inner` that has a kustomization."""
    found = None
    while inner and inner != folder:
        if inner in kustomizations:
            found = inner
        inner = posixpath.dirname(inner)
    return found


@dataclass(frozen=True, slots=True)
class Entries:
    """Where to begin: files that hold Kustomizations, and overlays that build some, which no other deploys."""

    files: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()


Place: TypeAlias = tuple[str, bool]
"""A file, or the folder of an overlay (True)."""

Name: TypeAlias = tuple[str, str]
"""The namespace and the name of a Kustomization."""


def clusters(names: Mapping[Place, Collection[Name]]) -> dict[Place, str]:
    """Return the folder of the cluster that each place is of, where it begins with Kustomizations of some `names`.

    That is the part of its path that `clusters/` has, or else its folder; in one folder, files that have a Kustomization of
    one name in common are of a cluster each, since no cluster can have both.
    """
    found = {place: _cluster(*place) for place in names}
    for folder in set(found.values()):
        places = [place for place in names if found[place] == folder]
        seen: Counter[Name] = Counter(name for place in places for name in {*names[place]})
        if any(times > 1 for times in seen.values()):
            found |= {(name, is_root): _stem(name, is_root=is_root) for name, is_root in places}
    return found


def _cluster(name: str, is_root: bool) -> str:  # noqa: FBT001 - a place
    parts = _stem(name, is_root=is_root).split("/")
    for at, part in enumerate(parts[:-1]):
        if part.lower() in _PARENTS:
            return "/".join(parts[: at + 2])
    folder = name if is_root else posixpath.dirname(name) or "."
    above, _, last = folder.rpartition("/")
    return above if above and last == _OF_FLUX else folder


def _stem(name: str, *, is_root: bool) -> str:
    return name if is_root else posixpath.splitext(name)[0]


def entries(found: Sequence[FluxObject], graph: Graph, paths: Sequence[str]) -> Entries:
    """Return where to begin with the objects `found`, as they are written, of a tree with the sorted `paths`.

    Flux's own Kustomization deploys the folder that it is in; of such a circle the place nearest to the root is where it
    begins. What a source leaves out of a folder that is deployed is no place to begin with.
    """
    sources = FluxSources(found)
    at: dict[Place, set[str]] = defaultdict(set)
    for item in found:
        if item.kind == KUSTOMIZATION:
            for place in _places(item.file, graph):
                at[place].update(sources.lead(item).folders)
    for file in [name for name, is_root in at if not is_root and _is_left_out(name, at, graph)]:
        del at[file, False]
    # Clusters deploy the same folders.
    inside = {
        folder: [place for place in at if _owns(folder, place, graph, paths)]
        for folder in {folder for folders in at.values() for folder in folders}
    }
    leads = {
        place: {other for folder in folders for other in inside[folder] if other != place}
        for place, folders in at.items()
    }
    owned = {other for others in leads.values() for other in others}
    begun: list[Place] = []
    reached: set[Place] = set()
    for place in sorted(at, key=lambda it: (it in owned, it[0].count("/"), it)):
        if place not in reached:
            begun.append(place)
            _reach(place, leads, reached)
    return Entries(
        tuple(name for name, is_root in begun if not is_root), tuple(name for name, is_root in begun if is_root)
    )


def _places(file: str, graph: Graph) -> list[Place]:
    """Return the overlays that build a file as a resource, or the file itself; nothing for a patch."""
    if file in graph.rendered:
        return [(root, True) for root in sorted(graph.reading([file]) & {*graph.roots})]
    return [] if graph.roles(file) else [(file, False)]


def _is_left_out(file: str, at: Collection[Place], graph: Graph) -> bool:
    """Whether a file lies beside the kustomization that has Kustomizations built, which does not list it: nobody applies it.

    Where that builds none, as beside Flux's own components, somebody may have applied the file by hand to begin with.
    """
    lister = graph.undeployed.get(file)
    if not lister:
        return False
    return any((root, True) in at for root in graph.reading([lister]) & {*graph.roots})


def _owns(folder: str, place: Place, graph: Graph, paths: Sequence[str]) -> bool:
    """Whether a folder, as Flux builds it, has a place in it."""
    name, is_root = place
    if folder in graph.nodes:
        return is_root and name == folder
    if folder != "." and not f"{name}/".startswith(f"{folder}/"):
        return False
    files, built = listed(folder, [name] if not is_root else paths, graph.nodes.keys())
    return name in (built if is_root else files)


def _reach(start: Place, leads: Mapping[Place, Iterable[Place]], reached: set[Place]) -> None:
    pending = [start]
    while pending:
        place = pending.pop()
        if place not in reached:
            reached.add(place)
            pending += leads[place]
