"""Charts that kustomizations inflate: looked at, fetched if need be, and put where kustomize looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.adapters.charts import Absent
from gitops_action.adapters.processes import find_tool
from gitops_action.model import Finding, Severity
from gitops_action.pipeline.release_charts import Charts
from gitops_action.pipeline.release_job import chart_store
from gitops_action.render.findings import finding
from gitops_action.render.helm.archive import ArchiveError, facts
from gitops_action.render.helm.folder import wrong_path
from gitops_action.render.helm.inflated import FIELD, Inflated, inflated
from gitops_action.render.helm.tree import CHART_FILE
from gitops_action.render.program import Inflation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gitops_action.config import Config
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.kustomizations import Kustomization
    from gitops_action.repository.tree import Tree

_NOT_RENDERED: Final = "the overlay was not rendered"


def inflation(  # noqa: PLR0913 - what the job has read so far
    tree: Tree, graph: Graph, config: Config, targets: Iterable[str], root: Path, *, offline: bool
) -> Inflation | None:
    """Look at the charts that the overlays `targets` inflate, and write those that are not in the tree below `root`.

    Only what the configuration names is fetched. None where nothing is inflated.
    """
    layers = [graph.nodes[folder].kustomization for folder in graph.parts(*(target or "." for target in targets))]
    layers = [layer for layer in layers if layer.has(FIELD)]
    if not layers:
        return None
    helm = find_tool("helm")
    store = chart_store(config, None, offline=offline)
    charts = Charts(tree, store)
    found = {layer.folder: _looked_at(layer, charts, tree, root) for layer in layers}
    store.close()
    if helm is None:
        message = f"charts are inflated by Helm, and `helm` was not found; {_NOT_RENDERED}"
        found = {layer.folder: [_said("helm-missing", message, layer, layer.pointer(FIELD))] for layer in layers}
    return Inflation(helm or root, found)


def _looked_at(layer: Kustomization, charts: Charts, tree: Tree, root: Path) -> list[Finding]:
    """Return why charts of one kustomization cannot be inflated; those that can are there afterwards."""
    found = []
    for one in inflated(layer, lambda place: f"{place}/{CHART_FILE}".removeprefix("./") in tree.entries):
        code, problem = _problem(one, charts, root)
        if problem:
            found.append(_said(code, f"this chart is not inflated: {problem}; {_NOT_RENDERED}", layer, one.pointer))
    return found


def _problem(one: Inflated, charts: Charts, root: Path) -> tuple[str, str]:
    """Return the reason code and the reason why a chart is not inflated, "" for both if it is."""
    if one.problem or one.chart is None:
        return "render-plugin-refused", one.problem
    ready = charts.get(one.chart)
    if isinstance(ready, Absent):
        return ready.code, ready.reason
    try:
        files = ready.files()
    except ArchiveError as error:
        return "chart-corrupt", str(error)
    if files is not None and facts(files).schema_reaches_out:
        return "render-plugin-refused", "its values.schema.json refers to what is not in it"
    return _write(files, root, one.place)


def _write(files: Mapping[str, bytes] | None, root: Path, place: str) -> tuple[str, str]:
    """Put a chart, with what it depends on, where kustomize looks for it."""
    if files is None:
        return "chart-unavailable", "it is no longer in the cache: run again"
    if wrong := wrong_path(files):
        return "chart-corrupt", wrong
    for path, content in files.items():
        full = root / place / path
        if not full.resolve().is_relative_to(root):
            return "chart-corrupt", f"`{path[:100]}` leads out of it"
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content)
    return "", ""


def _said(code: str, message: str, layer: Kustomization, pointer: tuple[str | int, ...]) -> Finding:
    return finding(code, message, layer.locate(pointer), severity=Severity.ERROR)
