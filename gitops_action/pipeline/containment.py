"""Whether a promotion does to the target's objects what the change did to the source's, and nothing beyond.

Both environments are built before and after. Builds of several promotions are made together, as that takes less time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from gitops_action.diff.compare import compare
from gitops_action.model import Change, Manifest, Outcome
from gitops_action.pipeline import overlays, plain
from gitops_action.records import dataclass
from gitops_action.repository.affected import affected
from gitops_action.repository.discovery import Cache, discover
from gitops_action.repository.edited import EditedTree, PartOfTree
from gitops_action.repository.places import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.pipeline.promotion_scene import Scene
    from gitops_action.ports import Progress
    from gitops_action.promote.proposal import Proposal
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree

_MOST_NAMED: Final = 20
_Effect = tuple[str, str, str]
"""Kind, name and field (or outcome) of something that changes."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A promotion after the check, with what it changes in the target's objects, redacted."""

    proposal: Proposal
    changes: Sequence[Change] = ()


@dataclass(frozen=True, slots=True)
class _Side:
    """One tree, or the part of it that matters, with its graph; `whole` is all of the tree."""

    tree: Tree
    graph: Graph
    whole: Tree


def contain(scene: Scene, proposals: Sequence[Proposal], progress: Progress) -> list[Checked]:
    """Build what each wanted promotion changes, and note in `excess` what goes beyond the source's change.

    Raises ToolMissingError if there is neither kustomize nor kubectl.
    """
    wanted = [one for one in proposals if one.is_wanted]
    if not wanted:
        return [Checked(one) for one in proposals]
    job = _Job(scene, progress)
    job.look_at(wanted)
    effects = job.of_targets(wanted)
    sources = job.of_sources(wanted)
    return [
        Checked(_judged(one, effects[id(one)], sources[id(one)]), _visible(effects[id(one)][0]))
        if one.is_wanted
        else Checked(one)
        for one in proposals
    ]


_Effects: TypeAlias = "tuple[Sequence[Change], frozenset[str]]"
"""What changes, and the overlays that could not be built."""


class _Job:
    def __init__(self, scene: Scene, progress: Progress) -> None:
        self._scene = scene
        self._progress = progress
        self._cache: Cache = {}
        self._sides: dict[str, _Side] = {}
        self._folders: frozenset[str] | None = None
        self._components: frozenset[str] = frozenset()

    def look_at(self, wanted: Sequence[Proposal]) -> None:
        """Find the folders that matter, from the main branch: most of a large repository never does."""
        graph = self._of_revision(self._scene.head).graph
        paths = [
            path
            for one in wanted
            for path in (*self._inside(one.component.target), *self._inside(one.component.source))
        ]
        roots = graph.reading(paths) & {*graph.roots}
        closure = {path for root in roots for path in graph.closure(root)}
        self._components = frozenset(
            folder for one in wanted for folder in (one.component.target, one.component.source)
        )
        self._folders = frozenset(path.rpartition("/")[0] for path in (*paths, *closure))

    def _matters(self, path: str) -> bool:
        folder = path.rpartition("/")[0]
        return folder in (self._folders or ()) or any(above in self._components for above in _above(folder))

    def _inside(self, folder: str) -> Sequence[str]:
        paths = self._scene.paths
        return paths[bisect_left(paths, f"{folder}/") : bisect_left(paths, f"{folder}0")]

    def of_targets(self, wanted: Sequence[Proposal]) -> dict[int, _Effects]:
        """Return what each promotion does to its target."""
        tree = self._scene.tree
        base = self._of_revision(self._scene.head)
        jobs = []
        for number, group in enumerate(self._apart(wanted, base)):
            edits = {file: content for one in group for file, content in one.merged.changes.items()}
            head = self._side(f"edits {number}", EditedTree(tree, edits))
            jobs += [(one, base, head, sorted(one.merged.changes)) for one in group]
        return self._compared(jobs)

    def _apart(self, wanted: Sequence[Proposal], base: _Side) -> list[list[Proposal]]:
        """Group the promotions so that no overlay is built from what two of one group change."""
        groups: list[tuple[set[str], list[Proposal]]] = []
        for one in wanted:
            inside = self._inside(one.component.target)
            hit = {*base.graph.reading({*inside, *one.merged.changes}), f"{one.component.target}/"}
            for taken, group in groups:
                if taken.isdisjoint(hit):
                    taken.update(hit)
                    group.append(one)
                    break
            else:
                groups.append((hit, [one]))
        return [group for _, group in groups]

    def of_sources(self, wanted: Sequence[Proposal]) -> dict[int, _Effects]:
        """Return what each promotion's change did to its source."""
        scene = self._scene
        jobs = []
        for one in wanted:
            newest = one.sources[0].commit
            head = self._of_revision(scene.head if one.passed == len(one.pending) else newest)
            base = self._of_revision(one.since) if one.since else head
            below = f"{one.component.source}/"
            paths = {path for side in (base, head) for path in side.tree.entries if path.startswith(below)}
            changed = [path for path in sorted(paths) if _digest(base.tree, path) != _digest(head.tree, path)]
            jobs.append((one, base, head, changed))
        return self._compared(jobs)

    def _of_revision(self, sha: str) -> _Side:
        if sha in self._sides:
            return self._sides[sha]
        return self._side(sha, self._scene.tree if sha == self._scene.head else self._scene.repository.tree(sha))

    def _side(self, name: str, tree: Tree) -> _Side:
        part = tree
        if self._folders is not None:
            part = PartOfTree(tree, filter(self._matters, tree.entries))
        made = self._sides[name] = _Side(part, discover(part, self._cache), tree)
        return made

    def _compared(self, jobs: Sequence[tuple[Proposal, _Side, _Side, list[str]]]) -> dict[int, _Effects]:
        """Build all overlays that a tree needs at once, then compare job by job."""
        targets: dict[int, set[str]] = defaultdict(set)
        files: dict[int, set[str]] = defaultdict(set)
        hits = {}
        for one, base, head, paths in jobs:
            hit = hits[id(one)] = affected(base.graph, head.graph, paths)
            targets[id(base)] |= {*hit.base}
            targets[id(head)] |= {*hit.head}
            # A file that no overlay builds from is an object of its own.
            files[id(base)] |= {path for path in paths if path in base.tree.entries and path not in base.graph.rendered}
            files[id(head)] |= {path for path in paths if path in head.tree.entries and path not in head.graph.rendered}
        sides = {id(side): side for _, base, head, _ in jobs for side in (base, head)}
        built = {number: self._built(side, targets[number], files[number]) for number, side in sides.items()}
        result: dict[int, _Effects] = {}
        for one, base, head, paths in jobs:
            hit = hits[id(one)]
            before = _of(built[id(base)], hit.base, paths)
            after = _of(built[id(head)], hit.head, paths)
            failed = frozenset({*hit.base} & built[id(base)].failed | {*hit.head} & built[id(head)].failed)
            result[id(one)] = (compare(before, after), failed)
        return result

    def _built(self, side: _Side, targets: Iterable[str], files: Iterable[str]) -> _Built:
        # The environment says nothing here: objects are compared within one.
        wanted: Mapping[str, str] = dict.fromkeys(sorted(targets), "")
        closure = sorted({path for root in wanted for path in side.graph.closure(root)})
        done = overlays.render(side.tree, wanted, closure, self._scene.config, self._progress, graph=side.graph)
        if done.failed and side.tree is not side.whole:
            # What it lacks may lie elsewhere in the tree.
            return self._built(_Side(side.whole, discover(side.whole, self._cache), side.whole), targets, files)
        candidates = plain.candidates(side.tree, side.graph, self._scene.config, set(files))
        loaded = plain.load_files(
            side.tree, candidates, Surroundings(side.tree.entries, side.graph), self._scene.config, apart=False
        )
        own = [replace(one, environment="") for one in loaded.manifests]
        return _Built([*done.manifests, *own], frozenset(target for _, target in done.failed))


@dataclass(frozen=True, slots=True)
class _Built:
    manifests: Sequence[Manifest]
    failed: frozenset[str]


def _of(built: _Built, targets: Sequence[str], files: Sequence[str]) -> list[Manifest]:
    """Return the objects of these overlays, and of these files that are objects of their own."""
    wanted, own = set(targets), set(files)
    return [
        one for one in built.manifests if (one.target in wanted if one.target else one.locator.locate(()).file in own)
    ]


def _judged(proposal: Proposal, target: _Effects, source: _Effects) -> Proposal:
    changes, failed = target
    beyond = [f"`{name}` cannot be built with it: nothing is known of what changes there" for name in sorted(failed)]
    theirs = _effects(source[0])
    names = {(kind, name) for kind, name, _ in theirs}
    kinds = {(kind, field) for kind, _, field in theirs}
    for kind, name, field in sorted(_effects(changes)):
        known = (kind, name, field) in theirs if (kind, name) in names else (kind, field) in kinds
        if not known and not source[1]:
            beyond.append(f"{kind} `{name}`: {field}")
    if source[1] and not failed:
        beyond += [
            f"`{name}` of the source cannot be built: what changed there is not known" for name in sorted(source[1])
        ]
    more = len(beyond) - _MOST_NAMED
    return replace(proposal, excess=(*beyond[:_MOST_NAMED], *([f"and {more} more"] if more > 0 else [])))


def _effects(changes: Iterable[Change]) -> set[_Effect]:
    found: set[_Effect] = set()
    for change in _visible(changes):
        kind, name = change.resource.kind, change.resource.name
        if change.outcome is Outcome.UPDATE and change.fields:
            found |= {(kind, name, f"`{field.path}`") for field in change.fields}
        else:
            found.add((kind, name, change.outcome.value))
    return found


def _visible(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.outcome is not Outcome.UNCHANGED]


def _above(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _digest(tree: Tree, path: str) -> str:
    entry = tree.entries.get(path)
    return "" if entry is None else entry.digest
