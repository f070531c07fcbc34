"""What Flux Kustomizations wait for: whether it is there, and whether it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.render.findings import finding, of_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.model import Finding
    from gitops_action.render.flux.unit import Unit

_Name = tuple[str, str]


def judge(units: Sequence[Unit], others: Iterable[tuple[str, _Name]]) -> list[tuple[Unit, Finding]]:
    """Return what is wrong with `dependsOn`, each with the unit that it is about.

    `others` are the environments, and the names, of Kustomizations that deploy what is elsewhere.
    """
    by_environment: dict[str, dict[_Name, Unit]] = {}
    for unit in units:
        by_environment.setdefault(unit.environment, {}).setdefault((unit.namespace, unit.name), unit)
    known = {(environment, name) for environment, named in by_environment.items() for name in named} | {*others}
    found: list[tuple[Unit, Finding]] = []
    for environment, named in sorted(by_environment.items()):
        found += (one for unit in named.values() for one in _missing(unit, environment, known))
        found += _circles(named)
    return found


def _missing(unit: Unit, environment: str, known: set[tuple[str, _Name]]) -> Iterator[tuple[Unit, Finding]]:
    for index, (namespace, name) in unit.dependencies:
        if (environment, (namespace, name)) not in known:
            place = unit.manifest.locator.locate(("spec", "dependsOn", index, "name"))
            message = f"Kustomization {unit.label} waits for {namespace}/{name}, which nothing here makes"
            yield unit, of_target(finding("flux-dependency-missing", message, place), unit.folder, environment)


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
    return unit, of_target(finding("flux-dependency-cycle", message, place), unit.folder, unit.environment)
