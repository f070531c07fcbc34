"""Repositories with releases of charts, and what the check and `render` make of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.pipeline import validate as validating
from gitops_action.pipeline.settings import Overrides
from tests.support import tool

if TYPE_CHECKING:
    import pytest

    from gitops_action.model import Change, Finding, Manifest, Report
    from tests.gitrepo import GitRepo


def use_own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with nothing in the cache, and with the tools that are there."""
    programs = {name: tool(name) for name in ("helm", "kustomize")}
    monkeypatch.setenv("GITOPS_TOOL_CACHE", str(tmp_path / "cache"))
    folders = [str(path.parent) for path in programs.values()]
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))


def release(name: str = "web", spec: str = "", **values: object) -> str:
    """A HelmRelease of the chart `charts/web` of the same repository, unless `spec` says otherwise."""
    chart_of = (
        ""
        if "chart:" in spec or "chartRef:" in spec
        else "chart: {spec: {chart: charts/web, sourceRef: {kind: GitRepository, name: flux-system}}}\n"
    )
    body = f"interval: 10m\n{chart_of}{dedent(spec)}" + (f"\nvalues: {json.dumps(values)}\n" if values else "\n")
    indented = "".join(f"  {line}\n" for line in body.splitlines() if line)
    return f"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n{indented}"


def repository_of(url: str, kind: str = "default") -> str:
    return (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: charts, namespace: shop}\n"
        f"spec: {{interval: 10m, url: '{url}', type: {kind}}}\n"
    )


def from_repository(name: str = "web", version: str = "1.x") -> str:
    return (
        f"chart: {{spec: {{chart: {name}, version: '{version}', sourceRef: {{kind: HelmRepository, name: charts}}}}}}\n"
    )


def render(repo: GitRepo | Path, **overrides: Any) -> tuple[list[Manifest], Report]:
    path = repo if isinstance(repo, Path) else repo.path
    return validating.render([str(path)], Overrides(**overrides), SilentProgress())


def objects(manifests: list[Manifest]) -> dict[str, Any]:
    return {str(one.id): one.value for one in manifests if one.target}


def the(report: Report, code: str) -> Finding:
    (found,) = [one for one in report.findings if one.code == code]
    return found


def change(report: Report, kind: str) -> Change:
    (found,) = [one for one in report.changes if one.resource.kind == kind]
    return found


def written(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root
