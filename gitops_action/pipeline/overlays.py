"""Overlays of one tree, rendered in a private copy of the files that they are built from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitops_action.repository.discovery import discover

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitops_action.config import Config
    from gitops_action.model import Finding, Manifest
    from gitops_action.ports import Progress
    from gitops_action.render.kustomize import RenderResult
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the overlays of one tree gave. `failed` are the (environment, target) pairs of which nothing is known."""

    manifests: tuple[Manifest, ...] = ()
    findings: tuple[Finding, ...] = ()
    failed: frozenset[tuple[str, str]] = frozenset()
    targets: int = 0


def render(  # noqa: PLR0913 - what the job has read so far
    tree: Tree,
    targets: Mapping[str, str],
    paths: Iterable[str],
    config: Config,
    progress: Progress,
    *,
    graph: Graph | None = None,
) -> Rendered:
    """Render the folders of `targets` (folder → environment), which are built from `paths` of `tree`.

    `graph` has the tree's kustomizations; without it they are read once more.
    Raises ToolMissingError if there is neither kustomize nor kubectl.
    """
    if not targets:
        return Rendered()
    # To load all this takes longer than to judge a file.
    from gitops_action.adapters.files import materialise  # noqa: PLC0415
    from gitops_action.adapters.processes import find_tool, run  # noqa: PLC0415
    from gitops_action.adapters.workspace import Workspace  # noqa: PLC0415
    from gitops_action.render.kustomize import Kustomize, choose  # noqa: PLC0415

    program = choose(find_tool)
    with Workspace() as workspace, progress.step(f"Render {tree.name[:12]}", len(targets)) as step:
        findings = materialise(tree, paths, workspace.root)
        results = Kustomize(program, run, config.render).render(workspace, tree, graph or discover(tree), targets, step)
    return _joined(results, targets, findings)


def _joined(results: Iterable[RenderResult], targets: Mapping[str, str], findings: list[Finding]) -> Rendered:
    manifests: list[Manifest] = []
    failed: set[tuple[str, str]] = set()
    found = list(findings)
    for result in results:
        manifests.extend(result.manifests)
        found.extend(result.findings)
        if not result.ok:
            failed.add((targets.get(result.target, targets.get(".", "")), result.target))
    return Rendered(tuple(manifests), tuple(found), frozenset(failed), len(targets))
