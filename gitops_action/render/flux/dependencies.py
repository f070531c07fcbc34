"""What Flux Kustomizations wait for: whether it is there, and whether it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.render.findings import finding

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from gitops_action.model import Finding
    from gitops_action.render.flux.unit import Unit

_Name = tuple[str, str]


def judge(
    units: Sequence[Unit], others: Sequence[tuple[str, str, _Name]], together: Callable[[str, str], bool]
) -> list[tuple[Unit, Finding]]:
    """Return what is wrong with `dependsOn`, each with the unit that it is about.

    `others` are the environments, the clusters, and the names, of Kustomizations that deploy what is elsewhere; `together` says
    whether two clusters may be one.
    """
    found: dict[tuple[str, Finding], tuple[Unit, Finding]] = {}
    for environment, cluster in sorted({(unit.environment, unit.cluster) for unit in units}):
        named: dict[_Name, Unit] = {}
        here = [one for one in units if one.environment == environment and together(one.cluster, cluster)]
        for unit in sorted(here, key=lambda one: one.cluster != cluster):
            named.setdefault((unit.namespace, unit.name), unit)
        known = {name for where, other, name in others if where == environment and together(other, cluster)}
        own = [unit for unit in named.values() if unit.cluster == cluster]
        said = [one for unit in own for one in _missing(unit, named.keys() | known)]
        # A circle through several clusters is seen from each.
        for unit, one in [*said, *_circles(named)]:
            found.setdefault((unit.cluster, one), (unit, one))
    return list(found.values())


def _missing(unit: Unit, known: Collection[_Name]) -> Iterator[tuple[Unit, Finding]]:
    for index, (namespace, name) in unit.dependencies:
        if (namespace, name) not in known:
            place = unit.manifest.locator.locate(("spec", "dependsOn", index, "name"))
            message = f"Kustomization {unit.label} waits for {namespace}/{name}, which nothing here makes"
            yield unit, finding("flux-dependency-missing", message, place)


def _circles(named: Mapping[_Name, Unit]) -> Iterator[tuple[Unit, Finding]]:
    """Yield one finding for each circle, at its first member by name."""
    done: set[_Name] = set()
    for start in sorted(named):
        path: list[_Name] = []
        pending = [(start, 0)]
        while pending:
            name, depth = pending.pop()
            del path[depth:]
            if name in path:
                circle = path[path.index(name) :]
                if done.isdisjoint(circle):
                    yield _circle(named, circle)
                done.update(circle)
                continue
            if name in done or name not in named:
                continue
            path.append(name)
            pending += ((other, depth + 1) for _, other in named[name].dependencies)
        done.update(path)


def _circle(named: Mapping[_Name, Unit], circle: Sequence[_Name]) -> tuple[Unit, Finding]:
    first = circle.index(min(circle))
    ordered = [*circle[first:], *circle[:first]]
    unit = named[ordered[0]]
    after = ordered[1] if len(ordered) > 1 else ordered[0]
    index = next(number for number, other in unit.dependencies if other == after)
    shown = " → ".join("/".join(name) for name in [*ordered, ordered[0]])
    place = unit.manifest.locator.locate(("spec", "dependsOn", index, "name"))
    message = f"Kustomizations wait for each other in a circle, so none of them is deployed: {shown}"
    return unit, finding("flux-dependency-cycle", message, place)
