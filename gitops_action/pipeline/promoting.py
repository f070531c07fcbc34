"""What has to be promoted where: computed from Git, and from what GitHub knows of gates and locks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.config.promotion import Gates, Mode, PromotionPath
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.pipeline.promotion_cursors import cursor_of
from gitops_action.pipeline.promotion_paths import earlier, require_sound, wished_paths
from gitops_action.promote.components import Component, components
from gitops_action.promote.files import Folders, merge_files
from gitops_action.promote.folder import Folder
from gitops_action.promote.gates import GateKeeper, Source
from gitops_action.promote.locks import holds
from gitops_action.promote.proposal import Proposal, fingerprint
from gitops_action.promote.rules import RuleSet
from gitops_action.promote.together import after_waves, without_clashes
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitops_action.pipeline.promotion_scene import Scene

# From so many folders of one commit on, all its files are listed at once.
_FEW: Final = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be looked at; "" means everything. `since` and `mode` are said over what would hold.

    `ungated`: gates, waves and locks hold nothing back. `assumed`: where no path is set, the names of environments tell
    which there would be, since nothing is written.
    """

    source: str = ""
    target: str = ""
    component: str = ""
    mode: Mode | None = None
    since: str = ""
    ungated: bool = False
    assumed: bool = False


def plan(scene: Scene, wish: Wish) -> list[Proposal]:
    """Return what is on its way on each path that is wished for, also where nothing is to be done.

    Raises UsageError for environments and components that do not exist, or whose directories lie in each other.
    """
    proposals: list[Proposal] = []
    wished = wished_paths(scene, wish)
    for path in [*wished, *earlier(scene, wished)]:
        found = components(path.source, path.target, scene.config, scene.folders, scene.config.promotion.layout)
        require_sound(path, found, scene, wish)
        mine = [one for one in found if path.has(one.name) and wish.component in {"", one.name}]
        proposals += _of_path(scene, path, mine, wish)
    done = without_clashes(proposals)
    done = done if wish.ungated else after_waves(done)
    return [one for one in done if one.path in wished]


def _of_path(scene: Scene, path: PromotionPath, found: Sequence[Component], wish: Wish) -> Iterator[Proposal]:
    """Yield a proposal for each component of one path."""
    cursors = {one.name: cursor_of(scene, path, one, wish.since) for one in found}
    sync = path.mode is Mode.SYNC
    changed = {
        one.name: sync or cursor is None or before != after
        for (one, cursor), before, after in zip(
            ((one, cursors[one.name]) for one in found),
            scene.repository.directories((cursors[one.name] or scene.head, one.source) for one in found),
            scene.repository.directories((scene.head, one.source) for one in found),
            strict=True,
        )
    }
    keeper = GateKeeper(Gates() if wish.ungated else path.gates, path.source, scene.now, scene.facts)
    # Many components mostly have one cursor in common: its files are then listed once.
    shared = Counter(cursors[name] for name, differs in changed.items() if differs)
    scene.listed |= {cursor for cursor, count in shared.items() if cursor is not None and count > _FEW}
    for one in found:
        cursor = cursors[one.name]
        if not changed[one.name]:
            yield Proposal(path, one, cursor or "")
            continue
        try:
            yield _of_component(scene, path, one, cursor, keeper)
        except UsageError:
            raise
        except GitOpsError as error:
            yield Proposal(path, one, cursor or "", problem=str(error))


def _of_component(
    scene: Scene, path: PromotionPath, component: Component, cursor: str | None, keeper: GateKeeper
) -> Proposal:
    commits = scene.repository.history(scene.head, since=cursor, paths=[component.source], first_parent=True)
    pending = [
        Source(one.sha, one.committed_at, one.message.partition("\n")[0], one.author_name) for one in reversed(commits)
    ]
    sync = path.mode is Mode.SYNC
    proposal = Proposal(path, component, cursor or "", pending[-1:] if sync else pending)
    target = Folder(scene.tree, component.target, scene.paths)
    if not target.entries and not path.onboard:
        return replace(proposal, absent=True)
    lock = holds(scene.locks or (), path.target, component.name, scene.now)
    if lock is not None:
        return replace(proposal, lock=f"locked by {lock.owner}: {lock.reason}")
    passage = keeper.passage(proposal.pending)
    proposal = replace(proposal, passed=passage.count, waiting=passage.waiting)
    if not passage.count:
        return proposal
    newest = proposal.sources[0].commit
    tree = scene.tree if passage.count == len(pending) or sync else scene.repository.tree(newest)
    new = Folder(tree, component.source, scene.paths if tree is scene.tree else None)
    old = new if cursor is None else scene.folder(cursor, component.source)
    rules = RuleSet(scene.config.promotion.rules_of(component.name), path.fields if path.mode is Mode.FIELDS else ())
    merged = merge_files(Folders(old, new, target), rules, words=path.source, sync=sync)
    return replace(proposal, merged=merged, before=fingerprint(target))
