"""What a file is by its use, place and name, as far as these can say."""

from __future__ import annotations

import posixpath
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gitops_action.regex import regex
from gitops_action.repository import tools
from gitops_action.repository.kustomizations import KUSTOMIZATION_NAMES
from gitops_action.repository.paths import folders_with
from gitops_action.repository.references import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitops_action.repository.graph import Graph

SUFFIXES: Final = (".yaml", ".yml", ".json")
"""How the names of files end that may hold manifests."""
_CHART_FILES: Final = frozenset({"Chart.yaml", "Chart.lock", "requirements.yaml", "requirements.lock"})
_VALUES: Final = regex(r"(?:.*[-_.])?values(?:[-_.].*)?\.(?:ya?ml|json)")
_PATCH: Final = regex(r"(?:patch(?:es)?(?:[-_.].*)?|.*[-_.]patch(?:es)?)\.(?:ya?ml|json)")
_PATCH_FOLDERS: Final = frozenset({"patch", "patches"})


class FileClass(StrEnum):
    """What a file is."""

    MANIFEST = "manifest"
    FLUX = "flux"
    KUSTOMIZATION = "kustomization"
    COMPONENT = "kustomize-component"
    KUSTOMIZE_CONFIG = "kustomize-config"
    PATCH = "patch"
    DATA = "generator-data"
    HELM_CHART = "helm-chart"
    HELM_TEMPLATE = "helm-template"
    HELM_VALUES = "helm-values"
    TEMPLATE = "template"
    TOOL_CONFIG = "tool-config"
    EMPTY = "empty"
    OTHER = "other"

    @property
    def is_manifest(self) -> bool:
        """Whether its objects are for a cluster (Flux's own are, too)."""
        return self is FileClass.MANIFEST or self is FileClass.FLUX


class Surroundings:
    """What the classes of single files depend on: the tree's charts and kustomizations."""

    def __init__(self, paths: Iterable[str], graph: Graph) -> None:
        """Take the paths of a tree and the graph of its kustomizations."""
        self.graph = graph
        self.charts = frozenset(folders_with("Chart.yaml", paths))
        self.kustomizations = {
            node.kustomization.file: FileClass.COMPONENT if node.component else FileClass.KUSTOMIZATION
            for node in graph.nodes.values()
        }

    def in_chart(self, path: str) -> str | None:
        """Return a path relative to the innermost Helm chart that it lies in; None if in none."""
        folder = posixpath.dirname(path) if self.charts else ""
        while True:
            if folder in self.charts:
                return posixpath.relpath(path, folder or ".")
            if not folder:
                return None
            folder = posixpath.dirname(folder)


def by_path(path: str, surroundings: Surroundings) -> FileClass | None:
    """Return what a file is by its use, place and name; None where its content decides, so it has to be read."""
    known = surroundings.kustomizations.get(path)
    roles = surroundings.graph.roles(path)
    if known is None and Role.RESOURCE in roles and path.endswith(SUFFIXES):
        return None
    return known or _by_use(path, roles) or _by_place(path, surroundings)


def _by_use(path: str, roles: Collection[Role]) -> FileClass | None:
    found = next((file_class for role, file_class in _BY_ROLE if role in roles), None) if roles else None
    return FileClass.HELM_VALUES if found is FileClass.DATA and is_named_values(path) else found


def _by_place(path: str, surroundings: Surroundings) -> FileClass | None:
    if tools.is_in_tool_folder(path) or tools.is_hidden(path):
        return FileClass.TOOL_CONFIG
    in_chart = surroundings.in_chart(path)
    part = _chart_part(in_chart) if in_chart is not None else None
    if part is None and not path.endswith(SUFFIXES):
        return FileClass.KUSTOMIZATION if is_named_kustomization(path) else FileClass.OTHER
    return part


_BY_ROLE: Final = (
    (Role.PATCH, FileClass.PATCH),
    (Role.VALUES, FileClass.HELM_VALUES),
    (Role.DATA, FileClass.DATA),
    (Role.PLUGIN, FileClass.KUSTOMIZE_CONFIG),
)


def _chart_part(path: str) -> FileClass | None:
    """Return what a file of a chart is by its path in it; None for what is as outside, like the chart's `crds`."""
    first, _, rest = path.partition("/")
    if not rest:
        if first in _CHART_FILES:
            return FileClass.HELM_CHART
        return FileClass.HELM_VALUES if _VALUES.fullmatch(first) or first == "values.schema.json" else None
    if first == "templates":
        return FileClass.HELM_TEMPLATE
    return FileClass.HELM_VALUES if first == "ci" and _VALUES.fullmatch(posixpath.basename(path)) else None


def is_named_kustomization(path: str) -> bool:
    """Whether kustomize would look for a file of this name."""
    return posixpath.basename(path) in KUSTOMIZATION_NAMES


def is_named_values(path: str) -> bool:
    """Whether a file is called as files of Helm values are."""
    return _VALUES.fullmatch(posixpath.basename(path)) is not None


def is_named_patch(path: str) -> bool:
    """Whether a file, or a folder that it lies in, is called a patch."""
    if "patch" not in path:
        return False
    folders = path.split("/")[:-1]
    return _PATCH.fullmatch(posixpath.basename(path)) is not None or not _PATCH_FOLDERS.isdisjoint(folders)
