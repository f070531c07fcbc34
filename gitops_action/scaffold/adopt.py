"""What a repository that is there already has: environments with their paths, Flux or not, and the way of a change."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gitops_action.config.globs import literally, parse
from gitops_action.config.schema import wrong_name
from gitops_action.environments import DEFAULT, infer, order, region, stage
from gitops_action.records import dataclass
from gitops_action.repository import flux
from gitops_action.repository.tree import EntryKind
from gitops_action.scaffold.wish import Via

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.repository.tree import Tree

_SUFFIXES: Final = (".yaml", ".yml")
_CLUSTERS: Final = "clusters"
_FLUX: Final = "flux-system"
_MARKER: Final = b'{"$imagepolicy":'


@dataclass(frozen=True, slots=True)
class Found:
    """`environments` with their paths, in the order of a change; `unordered` are those of which it is not known where they stand.

    `impossible` are names of directories that would be environments, if the configuration could hold such names.
    """

    environments: Mapping[str, tuple[str, ...]]
    via: Via
    ways: tuple[tuple[str, str], ...]
    unordered: tuple[str, ...] = ()
    impossible: tuple[str, ...] = ()


def adopt(tree: Tree, places: Mapping[str, str], config: Config) -> Found:
    """Say what `tree` has. `places` are the folders of overlays and the plain files, each with its environment."""
    told = order((name for name in places.values() if name != DEFAULT), config)
    prefixes = {
        name: sorted({_prefix(place, name) for place, its in places.items() if its == name and _can_be_said(place)})
        for name in told
        if wrong_name(name) is None
    }
    named = [name for name in told if prefixes.get(name)]
    environments = {name: tuple(_joined(_promoted(prefixes[name]), name, places)) for name in named}
    ways, unordered = _ways(named)
    via = Via.FLUX if _has_flux(tree) else Via.APPLY
    return Found(environments, via, tuple(ways), tuple(unordered), tuple(name for name in told if name not in named))


def has_image_policies(tree: Tree) -> bool:
    """Whether a file has a marker of Flux's image policies, so that new images can be looked for."""
    files = [path for path, entry in tree.entries.items() if path.endswith(_SUFFIXES) and entry.kind is EntryKind.FILE]
    return any(isinstance(data, bytes) and _MARKER in data for _, data in tree.read(files))


def _has_flux(tree: Tree) -> bool:
    """Whether Flux deploys this: its objects are here, or its own folder is."""
    if any(_FLUX in path.split("/")[:-1] for path in tree.entries):
        return True
    return bool(flux.deployments(tree, [path for path in tree.entries if path.endswith(_SUFFIXES)]))


def _can_be_said(path: str) -> bool:
    """Whether a pattern of the configuration can mean this path."""
    try:
        return path.isprintable() and parse(literally(path)).matches(path)
    except ValueError:
        return False


def _prefix(place: str, name: str) -> str:
    """Return the uppermost folder above a place that has its environment's name; the place itself if none has."""
    parts = place.split("/")
    for count in range(1, len(parts)):
        above = "/".join(parts[:count])
        if infer(above) == name:
            return above
    return place


def _promoted(prefixes: Sequence[str]) -> list[str]:
    """Leave out what belongs to its environment by its name and should not be promoted: what Flux has in `clusters/`."""
    others = [path for path in prefixes if path.split("/")[0] != _CLUSTERS]
    return others or list(prefixes)


def _joined(prefixes: Sequence[str], name: str, places: Mapping[str, str]) -> list[str]:
    """Write `apps/web/staging` and `apps/api/staging` as `apps/*/staging`, where that means nothing of others."""
    foreign = [place for place, its in places.items() if its != name]
    left, patterns = list(prefixes), []
    for prefix in prefixes:
        parts = literally(prefix).split("/")
        for at in range(1, len(parts) - 1):
            pattern = parse("/".join((*parts[:at], "*", *parts[at + 1 :])))
            mine = [one for one in left if len(one.split("/")) == len(parts) and pattern.matches(one)]
            if len(mine) > 1 and not any(pattern.matches(place) for place in foreign):
                left = [one for one in left if one not in mine]
                patterns.append(pattern.text)
                break
    return sorted([*map(literally, left), *patterns])


def _ways(names: Iterable[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the promotion paths that the names say, and the environments of which they say nothing."""
    stages: dict[int, list[str]] = {}
    unordered = []
    for name in names:
        rank = stage(name)
        if rank is None:
            unordered.append(name)
        else:
            stages.setdefault(rank, []).append(name)
    ways = []
    for lower, upper in pairwise(sorted(stages)):
        for target in stages[upper]:
            sources = stages[lower]
            same = [one for one in sources if region(one) == region(target)]
            chosen = sources if len(sources) == 1 else same
            if len(chosen) == 1:
                ways.append((chosen[0], target))
            else:
                unordered.append(target)
    return ways, unordered if len(unordered) + len(ways) > 1 else []
