"""What has to be promoted where: computed from Git, and from what GitHub knows of gates and locks."""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gitops_action.codes import closest
from gitops_action.config import ConfigError
from gitops_action.config.model import FILE_NAMES
from gitops_action.config.promotion import Gates, Mode, PromotionPath
from gitops_action.environments import DEFAULT, infer, of_directory, order
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.pipeline.settings import Overrides, configuration
from gitops_action.promote.components import Component, components, folders_of, roots
from gitops_action.promote.decisions import Action, Decision
from gitops_action.promote.files import FilesMerged, Folders, merge_files
from gitops_action.promote.folder import Folder
from gitops_action.promote.gates import GateKeeper, Source
from gitops_action.promote.locks import holds
from gitops_action.promote.proposal import Proposal, Record, fingerprint, record
from gitops_action.promote.rules import RuleSet
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.adapters.git import Repository
    from gitops_action.config import Config
    from gitops_action.promote.gates import Facts
    from gitops_action.promote.locks import Lock
    from gitops_action.repository.commits import Commit
    from gitops_action.repository.tree import Tree

# Older settings than this many edits of the configuration ago do not decide since when a path exists.
_CONFIG_EDITS: Final = 500
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


@dataclass
class Scene:
    """One revision of the main branch, and what is known around it. `locks` None: nobody was asked."""

    repository: Repository
    head: str
    config: Config
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    facts: Facts | None = None
    locks: Sequence[Lock] | None = None
    listed: set[str] = field(default_factory=set)
    _trees: dict[str, tuple[Tree, list[str]]] = field(default_factory=dict)

    @cached_property
    def tree(self) -> Tree:
        """The files of the main branch."""
        return self.repository.tree(self.head)

    @cached_property
    def paths(self) -> list[str]:
        """The names of those files, sorted."""
        return sorted(self.tree.entries)

    def folder(self, sha: str, root: str) -> Folder:
        """Return a folder of a commit; the files of those that are `listed` are listed once for all folders."""
        if sha not in self.listed:
            return Folder(self.repository.tree(sha, [f"{root}/"]), root)
        if sha not in self._trees:
            tree = self.repository.tree(sha)
            self._trees[sha] = tree, sorted(tree.entries)
        return Folder(self._trees[sha][0], root, self._trees[sha][1])

    @cached_property
    def folders(self) -> dict[str, bool]:
        """The folders of the main branch, and whether each holds configuration itself."""
        return folders_of(self.paths)

    @cached_property
    def records(self) -> list[Record]:
        """The promotions that are in the main branch, the newest first."""
        found = (record(commit.message) for commit in self.history)
        return [one for one in found if one is not None]

    @cached_property
    def history(self) -> Sequence[Commit]:
        """All commits of the main branch, the newest first."""
        return self.repository.history(self.head, since=None, first_parent=False)

    @cached_property
    def chain(self) -> dict[str, int]:
        """The commits that the main branch had as its tip, by age: 0 is the newest."""
        commits = {commit.sha: commit for commit in self.history}
        chain: dict[str, int] = {}
        sha: str | None = self.head
        while sha in commits:
            chain[sha] = len(chain)
            sha = next(iter(commits[sha].parents), None)
        return chain


def open_scene(repository: Repository, head: str, config_file: str = "") -> Scene:
    """Return the scene of a revision, with the configuration that it has. Raises ConfigError, UsageError."""
    sha = repository.resolve(head)
    files = [config_file] if config_file else FILE_NAMES
    return Scene(repository, sha, _config_of(repository.tree(sha, files), config_file))


def plan(scene: Scene, wish: Wish) -> list[Proposal]:
    """Return what is on its way on each path that is wished for, also where nothing is to be done.

    Raises UsageError for environments and components that do not exist, or whose directories lie in each other.
    """
    proposals: list[Proposal] = []
    wished = _paths(scene, wish)
    for path in [*wished, *_earlier(scene, wished)]:
        found = components(path.source, path.target, scene.config, scene.folders, scene.config.promotion.layout)
        _require(path, found, scene, wish)
        mine = [one for one in found if path.has(one.name) and wish.component in {"", one.name}]
        proposals += _of_path(scene, path, mine, wish)
    done = _without_clashes(proposals)
    done = done if wish.ungated else _after_waves(done)
    return [one for one in done if one.path in wished]


def _earlier(scene: Scene, wished: Sequence[PromotionPath]) -> list[PromotionPath]:
    """Return the paths that were not wished for, but that one of those has to come after."""
    names = {(path.source, name) for path in wished for name in path.after}
    have = {(path.source, path.target) for path in wished}
    return [path for path in scene.config.promotion.paths if (path.source, path.target) in names - have]


def _paths(scene: Scene, wish: Wish) -> list[PromotionPath]:
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


def _require(path: PromotionPath, found: Sequence[Component], scene: Scene, wish: Wish) -> None:
    folders = scene.folders
    where = {name: roots(name, scene.config, folders) for name in (path.source, path.target)}
    for name, mine in where.items():
        if not mine and (name == path.source or not path.onboard):
            known = {known.name for known in scene.config.environments} or {
                of_directory(folder, scene.config) for folder in folders
            }
            names = order(known - {DEFAULT}, scene.config)
            near = closest(name, names)
            hint = f"did you mean `{near}`?" if near else f"environments: {', '.join(names) or 'none'}"
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


def _of_path(scene: Scene, path: PromotionPath, found: Sequence[Component], wish: Wish) -> Iterator[Proposal]:
    """Yield a proposal for each component of one path."""
    cursors = {one.name: _cursor(scene, path, one, wish) for one in found}
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


def _cursor(scene: Scene, path: PromotionPath, component: Component, wish: Wish) -> str | None:
    """Return the commit up to which the target has everything of the source.

    That of the newest promotion in the main branch; before the first one, that with which the path came into the
    configuration; without such a path, the one before the component's last change.
    """
    if wish.since:
        return scene.repository.resolve(wish.since)
    mine = (path.source, path.target, component.name)
    for one in scene.records:
        if (one.source, one.target, one.component) == mine and one.sources[0] in scene.chain:
            return one.sources[0]
    if scene.config.promotion.path(path.source, path.target) is not None:
        return _baseline(scene, path)
    last = scene.repository.history(scene.head, since=None, paths=[component.source], first_parent=True)[:1]
    return next(iter(last[0].parents), None) if last else scene.head


def _baseline(scene: Scene, path: PromotionPath) -> str:
    cache: dict[tuple[str, str], str] = scene.__dict__.setdefault("_baselines", {})
    key = (path.source, path.target)
    if key not in cache:
        cache[key] = _find_baseline(scene, path)
    return cache[key]


def _find_baseline(scene: Scene, path: PromotionPath) -> str:
    """Return the commit of the main branch that gave the configuration this path, the last time that it lacked it."""
    edits = scene.repository.history(scene.head, since=None, paths=FILE_NAMES, first_parent=True)
    newest = scene.head
    for commit in edits[:_CONFIG_EDITS]:
        try:
            config = _config_of(scene.repository.tree(commit.sha, FILE_NAMES), "")
        except (ConfigError, UsageError):
            continue
        if config.promotion.path(path.source, path.target) is None:
            return newest
        newest = commit.sha
    return newest


def _without_clashes(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Of two sources that want different things of one file, only the first one's is written; the other is a conflict."""
    claimed: dict[str, tuple[Proposal, bytes | None]] = {}
    result = []
    for proposal in proposals:
        merged = proposal.merged
        clashes = {
            file: claimed[file][0]
            for file, content in merged.changes.items()
            if file in claimed and claimed[file][1] != content
        }
        if clashes:
            kept = {file: content for file, content in merged.changes.items() if file not in clashes}
            said = [
                Decision(
                    Action.CONFLICT,
                    file,
                    reason=f"the promotion {other.path} of {other.component.name} changes it too: merge that first",
                )
                for file, other in sorted(clashes.items())
            ]
            proposal = replace(proposal, merged=FilesMerged(kept, [*merged.decisions, *said]))  # noqa: PLW2901
        for file, content in proposal.merged.changes.items():
            claimed.setdefault(file, (proposal, content))
        result.append(proposal)
    return result


def _after_waves(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Hold back what has to come after other targets, until those have it."""
    known: Mapping[tuple[str, str, str], Proposal] = {
        (one.path.source, one.path.target, one.component.name): one for one in proposals
    }
    result = []
    for one in proposals:
        earlier = (known.get((one.path.source, name, one.component.name)) for name in one.path.after)
        missing = [other for other in earlier if other is not None and not _has_arrived(other, one)]
        if missing and one.passed:
            names = ", ".join(other.path.target for other in missing)
            held = f"first it goes to {names} (`after`)"
            one = replace(one, passed=0, waiting=(held,), merged=FilesMerged())  # noqa: PLW2901
        result.append(one)
    return result


def _has_arrived(earlier: Proposal, later: Proposal) -> bool:
    """Whether an earlier target has all that is to go to a later one, or does not want it."""
    if earlier.absent:
        return True
    outstanding = {source.commit for source in earlier.pending}
    return not any(source.commit in outstanding for source in later.sources) or (
        earlier.passed == len(earlier.pending) and not earlier.merged.changes and not earlier.merged.conflicts
    )


def _config_of(tree: Tree, file: str) -> Config:
    return configuration(tree, None, Overrides(config=file))[0]


def _above(path: str) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
