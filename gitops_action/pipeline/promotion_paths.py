"""Which paths a promotion takes: those of the configuration, the one that was named, or what the names of folders tell."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from gitops_action.config.promotion import Mode, PromotionPath
from gitops_action.environments import DEFAULT, infer, meant, of_directory, order
from gitops_action.errors import UsageError
from gitops_action.promote.components import Component, components, roots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitops_action.pipeline.promoting import Wish
    from gitops_action.pipeline.promotion_scene import Scene


def wished_paths(scene: Scene, wish: Wish) -> list[PromotionPath]:
    """Return the paths that are wished for. Raises UsageError where none is set, and for what makes no sense."""
    known = scene.config.promotion.paths
    if not wish.source:
        if not known and wish.assumed:
            return assumed_paths(scene)
        if not known:
            raise UsageError(
                "no promotion path is set: write `promotion.paths` into .gitops.yaml, or name two environments "
                "(gitops-action promote staging production)"
            )
        return list(known)
    path = scene.config.promotion.path(wish.source, wish.target) or PromotionPath(wish.source, wish.target)
    if wish.source == wish.target:
        raise UsageError(f"`{wish.source}` cannot be promoted to itself")
    if wish.mode is Mode.FIELDS and not path.fields:
        raise UsageError(f"the mode `fields` needs `fields` for the path {path} in .gitops.yaml")
    if wish.mode is not None:
        path = replace(path, mode=wish.mode, fields=path.fields if wish.mode is Mode.FIELDS else ())
    return [path]


def earlier(scene: Scene, wished: Sequence[PromotionPath]) -> list[PromotionPath]:
    """Return the paths that were not wished for, but that one of those has to come after."""
    names = {(path.source, name) for path in wished for name in path.after}
    have = {(path.source, path.target) for path in wished}
    return [path for path in scene.config.promotion.paths if (path.source, path.target) in names - have]


def assumed_paths(scene: Scene) -> list[PromotionPath]:
    """Return the paths between environments with common components, one stage to the next; none where paths are set."""
    if scene.config.promotion.paths:
        return []
    configured = {known.name for known in scene.config.environments}
    names = order(configured or {infer(folder) or DEFAULT for folder in scene.folders} - {DEFAULT}, scene.config)
    have = {name: set(roots(name, scene.config, scene.folders)) for name in names}
    return [
        PromotionPath(source, target)
        for source, target in pairwise(names)
        if any(
            one.target in have[target]
            for one in components(source, target, scene.config, scene.folders, scene.config.promotion.layout)
        )
    ]


def require_sound(path: PromotionPath, found: Sequence[Component], scene: Scene, wish: Wish) -> None:
    """Raise UsageError where environments or components do not exist, or directories lie in each other."""
    folders = scene.folders
    where = {name: roots(name, scene.config, folders) for name in (path.source, path.target)}
    for name, mine in where.items():
        if not mine and (name == path.source or not path.onboard):
            known = {known.name for known in scene.config.environments} or {
                of_directory(folder, scene.config) for folder in folders
            }
            names = order(known - {DEFAULT}, scene.config)
            near = meant(name, names)
            hint = f"did you mean `{near}`?" if near else f"environments: {', '.join(names) or 'none'}"
            claims = [it for known in scene.config.environments if known.name == name for it in known.paths]
            if claims:
                hint = f"nothing is in {', '.join(f'`{it.text}` ({it.place})' for it in claims)}"
            raise UsageError(f"environment `{name}` has no directory in {scene.head[:12]}: {hint}")
    for name, others in ((path.source, where[path.target]), (path.target, where[path.source])):
        known_roots = set(where[name])
        for one in others:
            clash = next((folder for folder in (one, *_above(one)) if folder in known_roots), None)
            if clash is not None:
                raise UsageError(
                    f"`{one}` and `{clash}` of {path.source} and {path.target} lie in each other: "
                    "give each environment directories of its own in .gitops.yaml"
                )
    if wish.component and wish.component not in {one.name for one in found}:
        listed = ", ".join(one.name for one in found) or "none"
        raise UsageError(f"{path.source} has no component `{wish.component}` (components: {listed})")


def _above(path: str) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
