"""Overlays of one tree, rendered in a private copy of the files that they are built from."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gitops_action.pipeline.lost_text import Watched
from gitops_action.records import dataclass
from gitops_action.repository.discovery import discover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from gitops_action.config import Config
    from gitops_action.model import Finding, Manifest
    from gitops_action.ports import Progress
    from gitops_action.render.chain import Chain
    from gitops_action.render.kustomize import RenderResult
    from gitops_action.render.program import Inflation
    from gitops_action.render.provenance import Provenance
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the overlays of one tree gave. `failed` are the (environment, target) pairs of which nothing is known."""

    manifests: tuple[Manifest, ...] = ()
    findings: tuple[Finding, ...] = ()
    failed: frozenset[tuple[str, str]] = frozenset()
    targets: int = 0

    def joined(self, other: Rendered) -> Rendered:
        """Return both together."""
        return Rendered(
            (*self.manifests, *other.manifests),
            (*self.findings, *other.findings),
            self.failed | other.failed,
            self.targets + other.targets,
        )


def render(  # noqa: PLR0913 - what the job has read so far
    tree: Tree,
    targets: Mapping[str, str],
    paths: Iterable[str],
    config: Config,
    progress: Progress,
    *,
    graph: Graph | None = None,
    offline: bool = False,
) -> Rendered:
    """Render the folders of `targets` (folder → environment), which are built from `paths` of `tree`.

    `graph` has the tree's kustomizations; without it they are read once more.
    Raises ToolMissingError if there is neither kustomize nor kubectl.
    """
    if not targets:
        return Rendered()
    graph = graph or discover(tree)
    inflate = partial(_inflation, tree, graph, config, offline=offline) if config.render.helm_charts else None
    results = build(tree, targets, paths, config, progress, graph=graph, inflate=inflate)
    return _joined(results, targets)


def build(  # noqa: PLR0913 - what the job has read so far
    tree: Tree,
    targets: Mapping[str, str],
    paths: Iterable[str],
    config: Config,
    progress: Progress,
    *,
    graph: Graph,
    origins: Callable[[str, Chain], Provenance] | None = None,
    inflate: Callable[[Iterable[str], Path], Inflation | None] | None = None,
) -> list[RenderResult]:
    """Render as `render`, and return what became of each folder; `origins` as `Kustomize.render` has it.

    `inflate` puts the charts that overlays inflate into the folder that they are rendered in; without it there are none.
    """
    # To load all this takes longer than to judge a file.
    from gitops_action.adapters.files import materialise  # noqa: PLC0415
    from gitops_action.adapters.processes import find_tool, run  # noqa: PLC0415
    from gitops_action.adapters.workspace import Workspace  # noqa: PLC0415
    from gitops_action.render.kustomize import Kustomize, choose  # noqa: PLC0415

    program = choose(find_tool)
    with Workspace() as workspace, progress.step(f"Render {tree.name[:12]}", len(targets)) as step:
        watched = Watched(tree, graph, config)
        findings = [*materialise(watched, paths, workspace.root), *watched.findings]
        inflation = inflate(targets, workspace.root) if inflate else None
        kustomize = Kustomize(program, run, config.render, inflation=inflation)
        results = kustomize.render(workspace, tree, graph, targets, step, origins=origins)
    # What could not be written may be missing in any of them, and text that is lost as well.
    return [replace(results[0], findings=(*findings, *results[0].findings)), *results[1:]] if findings else results


def _inflation(  # noqa: PLR0913 - what the job has read so far
    tree: Tree, graph: Graph, config: Config, targets: Iterable[str], root: Path, *, offline: bool
) -> Inflation | None:
    from gitops_action.pipeline.inflating import inflation  # noqa: PLC0415 - few repositories have charts to inflate

    return inflation(tree, graph, config, targets, root, offline=offline)


def _joined(results: Iterable[RenderResult], targets: Mapping[str, str]) -> Rendered:
    manifests: list[Manifest] = []
    failed: set[tuple[str, str]] = set()
    found: list[Finding] = []
    for result in results:
        manifests.extend(result.manifests)
        found.extend(result.findings)
        if not result.ok:
            failed.add((targets.get(result.target, targets.get(".", "")), result.target))
    return Rendered(tuple(manifests), tuple(found), frozenset(failed), len(targets))
