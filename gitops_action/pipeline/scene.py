"""What `validate` and `render` look at: the files and overlays that some paths mean, and what Flux deploys of them."""

from __future__ import annotations

import sys
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.environments import of_directory
from gitops_action.errors import UsageError
from gitops_action.pipeline import plain
from gitops_action.pipeline.followed import NOTHING, follow, selected
from gitops_action.pipeline.selection import Selection, changed_since, select, unchecked, within
from gitops_action.pipeline.settings import Overrides, configuration
from gitops_action.pipeline.unmatched import unmatched
from gitops_action.records import dataclass
from gitops_action.render.helm.tree import Installed, installed
from gitops_action.repository.discovery import discover
from gitops_action.repository.places import Surroundings
from gitops_action.repository.tree import Entry, EntryKind, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.model import Finding
    from gitops_action.pipeline.followed import Followed
    from gitops_action.repository.discovery import Cache
    from gitops_action.repository.graph import Graph

STDIN: Final = "-"


@dataclass(frozen=True)
class Scene:
    """What may be looked at in one tree, as the names of its files and its kustomizations tell.

    `paths` are plain files and `targets` overlays, also those that turn out to be deployed by Flux. `selection` is what was
    asked for, None if it is all; `changed` the files that are not as they were, None if that was not asked.
    """

    tree: Tree
    graph: Graph
    config: Config
    paths: tuple[str, ...]
    targets: tuple[str, ...] = ()
    charts: tuple[Installed, ...] = ()
    findings: tuple[Finding, ...] = ()
    selection: Selection | None = None
    changed: frozenset[str] | None = None
    cache: Cache = field(default_factory=dict)

    @cached_property
    def surroundings(self) -> Surroundings:
        """What the classes of its files depend on."""
        return Surroundings(self.tree.entries, self.graph)


@dataclass(frozen=True)
class Work:
    """What is looked at of a scene: plain files, overlays with their environments, and what Flux deploys."""

    paths: frozenset[str]
    targets: Mapping[str, str]
    findings: tuple[Finding, ...] = ()
    flux: Followed = NOTHING


def find(paths: Sequence[str], overrides: Overrides, since: str) -> Scene:
    """Find what `paths` mean: files, folders, or standard input as "-"; with `since` only what changed since then.

    Raises UsageError for a path, revision or configuration that is none.
    """
    if STDIN in paths:
        if len(paths) > 1 or since:
            raise UsageError("`-` is standard input alone: name no other path with it, and no --changed-since")
        stdin = _Stdin(sys.stdin.buffer.read())
        config, findings = configuration(stdin, None, overrides)
        return Scene(stdin, discover(stdin), config, tuple(stdin.entries), findings=tuple(findings))
    selection = select(paths)
    tree = selection.tree
    config, findings = configuration(tree, None, overrides)
    cache: Cache = {}
    graph = discover(tree, cache)
    chosen = within(plain.candidates(tree, graph, config), selection)
    findings += unchecked(selection, graph, frozenset(chosen))
    findings += (problem for problem in tree.problems if selection.has(problem.file))
    findings += unmatched(config, tree.entries) if selection.has(config.file) else ()
    targets = [target for target in selection.targets(graph) if not config.ignores(target)]
    charts = [one for one in installed(tree.entries, config) if selection.has(one.folder)]
    changed = None
    if since:
        from gitops_action.pipeline.reach import with_reached  # noqa: PLC0415 - start-up time

        changed = changed_since(tree, Path(tree.name), since)
        changed = with_reached(changed, (tree, graph))
        charts = [one for one in charts if any(map(one.reads, changed))]
        # A kustomization may no longer list what lies beside it.
        chosen = [path for path in chosen if path in changed or graph.undeployed.get(path) in changed]
        affected = graph.reading(changed)
        targets = [target for target in targets if target in affected]
    return Scene(
        tree,
        graph,
        config,
        tuple(chosen),
        tuple(targets),
        tuple(charts),
        tuple(findings),
        selection,
        changed,
        cache,
    )


def settle(scene: Scene) -> Work:
    """Follow Flux, and leave to it what it deploys. Raises ToolMissingError without what builds."""
    selection, graph, config = scene.selection, scene.graph, scene.config
    if selection is None:
        return Work(frozenset(scene.paths), {})
    flux = selected(follow(scene.tree, graph, config, SilentProgress(), scene.cache), selection.has, scene.changed)
    deployed = flux.deployed
    targets = [target for target in scene.targets if target not in deployed]
    return Work(
        frozenset(scene.paths) - deployed,
        {target: of_directory(target, config) for target in targets},
        tuple(_of_kustomizations(scene, targets, selection)),
        flux,
    )


def _of_kustomizations(scene: Scene, targets: Iterable[str], selection: Selection) -> list[Finding]:
    """Return what is wrong with the kustomizations that are looked at; with the whole folder, also with those nobody uses."""
    if scene.changed is not None:
        return [finding for target in targets for finding in scene.graph.findings_of(target)]
    return [finding for finding in scene.graph.findings if selection.has(finding.file)]


class _Stdin:
    """Standard input as a tree of one file."""

    name = "standard input"

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.entries: Mapping[str, Entry] = {"stdin.yaml": Entry("stdin.yaml", EntryKind.FILE, len(data))}

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """Yield what was read."""
        return ((path, self._data) for path in paths)
