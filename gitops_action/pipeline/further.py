"""What a change reaches only by what comes out of charts: custom resources whose definition a release brings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_action.pipeline import followed, reach
from gitops_action.pipeline.sides import side_of
from gitops_action.repository.affected import affected

if TYPE_CHECKING:
    from collections.abc import Collection

    from gitops_action.config import Config
    from gitops_action.pipeline.sides import Side
    from gitops_action.repository.definitions import Kind


def further(base: Side, head: Side, kinds: Collection[Kind], config: Config) -> tuple[Side, Side]:
    """Return what has objects of these kinds on both sides of a change, without what is looked at already."""
    files = reach.of_kinds(kinds, (base.tree, base.graph), (head.tree, head.graph))
    hit = affected(base.graph, head.graph, files)
    wholes = [_whole(side) for side in (base, head)]
    flux = followed.affected(wholes[0], wholes[1], files)
    before, after = (
        _without(side_of(replace(side, flux=deployed), roots, whole, set(files), config), side)
        for side, deployed, roots, whole in zip((base, head), flux, (hit.base, hit.head), wholes, strict=True)
    )
    return before, after


def _whole(side: Side) -> followed.Followed:
    following = side.flux.following
    return replace(side.flux, units=tuple(following.units) if following else (), elsewhere=())


def _without(more: Side, side: Side) -> Side:
    known = {followed.name_of(unit) for unit in side.flux.units}
    return replace(
        more,
        paths=tuple(path for path in more.paths if path not in side.paths),
        targets=tuple(target for target in more.targets if target not in side.targets),
        charts=tuple(chart for chart in more.charts if chart not in side.charts),
        flux=replace(more.flux, units=tuple(unit for unit in more.flux.units if followed.name_of(unit) not in known)),
    )
