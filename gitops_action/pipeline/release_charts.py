"""The charts of releases, ready to be rendered: from the tree, or fetched, with what they are made of."""

from __future__ import annotations

import hashlib
import json
import posixpath
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from gitops_action.adapters.chart_pages import UnavailableError
from gitops_action.adapters.charts import Absent, ChartStore
from gitops_action.model import Finding
from gitops_action.records import dataclass
from gitops_action.render.helm import folder as folders
from gitops_action.render.helm.archive import Dependency, missing, unpack
from gitops_action.render.helm.charts import Artifact, Chart, Indexed, InGit, Local, Unknown
from gitops_action.render.helm.commits import Reference
from gitops_action.render.helm.tree import CHART_FILE
from gitops_action.repository import submodules
from gitops_action.repository.flux_contents import part_of
from gitops_action.repository.paths import Layout, join
from gitops_action.repository.tree import EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.repository.tree import Tree

_MAX_DEPTH: Final = 5
_MOST_SUBMODULES: Final = 20
_NAMES_ONLY: Final = frozenset({"Chart.yaml", "Chart.lock", "requirements.yaml", "requirements.lock"})


@dataclass(frozen=True, slots=True)
class Ready:
    """A chart that can be rendered. `digest` changes with all it is made of.

    `tree` is what it lies in, unless it was packed, and `folder` where it lies in the repository under check, or "".
    """

    digest: str
    files: Callable[[], Mapping[str, bytes] | None]
    archive: Callable[[], bytes | None] | None = None
    folder: str = ""
    tree: Tree | None = None


Outcome: TypeAlias = "Ready | Absent"


class Charts:
    """The charts of one tree."""

    def __init__(
        self, tree: Tree, store: ChartStore, checked: Tree | None = None, *, whole: Tree | None = None
    ) -> None:
        """Take the tree that local charts lie in, and what fetches others.

        `checked` is the tree under check where that is another one: its folders may be mirrors. `whole` is what `tree` has a
        part of, as Flux takes it.
        """
        self._tree = tree
        self._whole = whole or tree
        self._checked = checked or tree
        self._store = store
        self._layout: Layout | None = None
        self._artifacts: dict[str, Charts | Absent] = {}
        self._lock = threading.Lock()

    def get(self, chart: Chart) -> Outcome:
        """Return a chart, having fetched it if need be."""
        if isinstance(chart, Unknown):
            return Absent(chart.reason)
        if isinstance(chart, Local):
            held = self if chart.ignore is None else self._artifact(chart.ignore)
            return held if isinstance(held, Absent) else held._local(chart.folder, _MAX_DEPTH)  # noqa: SLF001 - our own kind
        if isinstance(chart, InGit):
            return self._in_git(chart)
        found = self._store.find(chart, self._checked)
        if isinstance(found, Absent):
            return found

        def archive() -> bytes | None:
            return self._store.archive(found)

        def files() -> Mapping[str, bytes] | None:
            data = archive()
            return None if data is None else unpack(data)

        return Ready(found.digest, files, archive)

    def _artifact(self, ignore: str) -> Charts | Absent:
        """Return the charts of what a source of this repository has, whose `spec.ignore` that is."""
        with self._lock:
            if ignore not in self._artifacts:
                self._artifacts[ignore] = self._part_of(self._tree, ignore)
            return self._artifacts[ignore]

    def _part_of(self, whole: Tree, ignore: str) -> Charts | Absent:
        """Return the charts of what Flux takes of a repository, by its `.sourceignore` files and a `spec.ignore`."""
        held = part_of(whole, ignore)
        if isinstance(held, Finding):
            return Absent(f"{held.file or '`spec.ignore`'}: {held.message}")
        return Charts(held, self._store, self._checked, whole=whole)

    def _in_git(self, chart: InGit) -> Outcome:
        """Return a chart of another repository, with all its files: nothing is fetched later on."""
        tree = self._store.tree(chart)
        if isinstance(tree, Absent):
            return tree
        try:
            whole = self._with_submodules(chart, tree) if chart.submodules else tree
            if isinstance(whole, Absent):
                return whole
            held = self._part_of(whole, chart.ignore)
            found = held if isinstance(held, Absent) else held._local(chart.folder, _MAX_DEPTH)  # noqa: SLF001 - our own kind
            files = None if isinstance(found, Absent) else found.files()
        except UnavailableError as error:
            return Absent(str(error))
        if isinstance(found, Absent):
            return Absent(f"{chart}: {found.reason}", found.code)
        return replace(found, files=lambda: files, folder="")

    def _with_submodules(self, chart: InGit, tree: Tree) -> Tree | Absent:
        """Return a tree with the submodules that a chart has files from, and theirs, each at the commit that it is named by."""
        urls = {"": chart.url}
        for _ in range(_MOST_SUBMODULES):
            path = _submodule(tree, chart.folder)
            if not path:
                return tree
            above = max((place for place in urls if path.startswith(place)), key=len)
            listed = above + submodules.FILE
            _, data = next(iter(tree.read([listed]))) if listed in tree.entries else ("", b"")
            url = submodules.read(data).get(path.removeprefix(above)) if isinstance(data, bytes) else None
            if url is None:
                return Absent(f"{chart}: `{listed}` does not say where its submodule `{path}` comes from")
            urls[f"{path}/"] = submodules.address(url, urls[above])
            inner = self._store.tree(InGit(urls[f"{path}/"], ".", Reference(commit=tree.entries[path].digest)))
            if isinstance(inner, Absent):
                return Absent(f"{chart}: its submodule `{path}`: {inner.reason}", inner.code)
            tree = submodules.Joined(tree, path, inner)
        return Absent(f"{chart}: it has files from more than {_MOST_SUBMODULES} submodules")

    @property
    def layout(self) -> Layout:
        """What lies where in the tree."""
        if self._layout is None:
            self._layout = Layout(self._tree)
        return self._layout

    def _local(self, folder: str, depth: int) -> Outcome:
        folder, found = _files(self.layout, folder)
        if CHART_FILE not in found:
            if self._whole is not self._tree and CHART_FILE in _files(Layout(self._whole), folder)[1]:
                reason = (
                    "`.sourceignore` or `spec.ignore` leaves it out, or there is a link, which Flux leaves out always"
                )
                return Absent(f"Flux does not find the chart in `{folder}`: {reason}")
            here = self._checked is self._whole
            where = " of this repository; if its source is another repository, say so with its URL" if here else ""
            return Absent(f"there is no chart in `{folder}`{where}")
        parts = [folders.digest(self._tree, self.layout, found)]
        within: dict[str, Callable[[], Mapping[str, bytes] | None]] = {}
        names = dict.fromkeys(found, b"")
        names |= folders.read(self._tree, {inside: path for inside, path in found.items() if inside in _NAMES_ONLY})
        for dependency in missing(names):
            other = self._dependency(folder, dependency, depth)
            if isinstance(other, Absent):
                return Absent(f"its dependency `{dependency.name}`: {other.reason}", other.code)
            parts.append(other.digest)
            within[f"charts/{dependency.name}"] = other.files
        digest = parts[0] if len(parts) == 1 else hashlib.sha256(json.dumps(parts).encode()).hexdigest()

        def files() -> Mapping[str, bytes] | None:
            contents = folders.read(self._tree, found)
            for place, read in within.items():
                inner = read()
                if inner is None:
                    return None
                contents |= {posixpath.join(place, path): content for path, content in inner.items()}
            return contents

        return Ready(digest, files, folder=folder, tree=self._tree)

    def _dependency(self, folder: str, dependency: Dependency, depth: int) -> Outcome:
        repository = dependency.repository
        if repository.startswith("file://"):
            other = join(folder, repository.removeprefix("file://"))
            if other is None or not depth:
                return Absent(f"`{repository}` leaves the repository" if other is None else "charts contain each other")
            return self._local(other, depth - 1)
        if repository.startswith("oci://"):
            return self.get(
                Artifact(f"{repository.removeprefix('oci://').rstrip('/')}/{dependency.name}", dependency.version)
            )
        if "://" in repository:
            return self.get(Indexed(repository.rstrip("/"), dependency.name, dependency.version))
        if repository:
            return Absent(f"`{repository}` is a name that only the machine knows on which it was given")
        return Absent("it is not in the folder `charts`, and no repository is named")


def _files(layout: Layout, folder: str) -> tuple[str, dict[str, str]]:
    """Return the folder that is meant by one, which may be a link, and where its files lie."""
    resolved = layout.links.resolve(folder)
    folder = folder if resolved.refusal else resolved.path
    return folder, folders.paths(layout, folder)


def _submodule(tree: Tree, folder: str) -> str:
    """Return a submodule that a folder has a part of its files from, "" for none."""
    inside = "" if folder == "." else f"{folder}/"
    paths = (path for path, entry in tree.entries.items() if entry.kind is EntryKind.SUBMODULE)
    return next((path for path in paths if f"{path}/".startswith(inside) or inside.startswith(f"{path}/")), "")
