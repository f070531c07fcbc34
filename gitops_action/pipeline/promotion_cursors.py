"""Up to which commit a target has everything of its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.config import ConfigError
from gitops_action.config.names import FILE_NAMES
from gitops_action.errors import UsageError
from gitops_action.pipeline.promotion_scene import config_of

if TYPE_CHECKING:
    from gitops_action.config.promotion import PromotionPath
    from gitops_action.pipeline.promotion_scene import Scene
    from gitops_action.promote.components import Component

# Older settings than this many edits of the configuration ago do not decide since when a path exists.
_CONFIG_EDITS: Final = 500


def cursor_of(scene: Scene, path: PromotionPath, component: Component, since: str = "") -> str | None:
    """Return the commit up to which the target has everything of the source.

    That of the newest promotion in the main branch; before the first one, that with which the path came into the
    configuration; without such a path, the one before the component's last change. `since` is said over all of that.
    """
    if since:
        return scene.repository.resolve(since)
    mine = (path.source, path.target, component.name)
    for one in scene.records:
        if (one.source, one.target, one.component) == mine and one.sources[0] in scene.chain:
            return one.sources[0]
    if scene.config.promotion.path(path.source, path.target) is not None:
        return _baseline(scene, path)
    last = scene.repository.history(scene.head, since=None, paths=[component.source], first_parent=True)[:1]
    return next(iter(last[0].parents), None) if last else scene.head


def _baseline(scene: Scene, path: PromotionPath) -> str:
    key = (path.source, path.target)
    if key not in scene.baselines:
        scene.baselines[key] = _find_baseline(scene, path)
    return scene.baselines[key]


def _find_baseline(scene: Scene, path: PromotionPath) -> str:
    """Return the commit of the main branch that gave the configuration this path, the last time that it lacked it."""
    edits = scene.repository.history(scene.head, since=None, paths=FILE_NAMES, first_parent=True)
    newest = scene.head
    for commit in edits[:_CONFIG_EDITS]:
        try:
            config = config_of(scene.repository.tree(commit.sha, FILE_NAMES), "")
        except (ConfigError, UsageError):
            continue
        if config.promotion.path(path.source, path.target) is None:
            return newest
        newest = commit.sha
    return newest
