"""Releases of charts, rendered: those that HelmReleases among the objects of one side mean, and charts of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.records import dataclass
from gitops_action.render.helm.kinds import is_release

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.adapters.charts import ChartStore
    from gitops_action.config import Config
    from gitops_action.model import Finding, Manifest
    from gitops_action.pipeline.judging import Ahead
    from gitops_action.ports import Progress
    from gitops_action.render.helm.tree import Installed
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree


@dataclass(frozen=True, slots=True)
class Released:
    """What releases gave. `failed` are the (environment, target) pairs of which nothing is known, of `total` releases."""

    manifests: tuple[Manifest, ...] = ()
    findings: tuple[Finding, ...] = ()
    failed: frozenset[tuple[str, str]] = frozenset()
    total: int = 0

    def joined(self, other: Released) -> Released:
        """Return both together."""
        return Released(
            (*self.manifests, *other.manifests),
            (*self.findings, *other.findings),
            self.failed | other.failed,
            self.total + other.total,
        )


class Releases:
    """Renders the releases of the sides of a change, which share what fetches charts: nobody is asked the same twice."""

    def __init__(
        self, config: Config, *, granting: Tree | None = None, offline: bool = False, ahead: Ahead | None = None
    ) -> None:
        """Ask hosts for charts that the sources in `granting` name, or those of the tree itself where that is None.

        `ahead` is told of objects of an environment while others are being rendered.
        """
        self._config = config
        self._ahead = ahead
        self._granting = granting
        self.offline = offline
        self._store: ChartStore | None = None

    def render(
        self, tree: Tree, graph: Graph, manifests: Sequence[Manifest], in_tree: Sequence[Installed], progress: Progress
    ) -> Released:
        """Render the releases of `manifests`, which are all objects of one side, and the charts `in_tree`.

        `graph` has the kustomizations of the tree.

        Without Helm nothing is known of any release, which is said.
        """
        found = [one for one in manifests if is_release(one)]
        if not found and not in_tree:
            return Released()
        # To load all this takes longer than to find out that there is no release.
        from gitops_action.pipeline.release_job import Job  # noqa: PLC0415

        job = Job(
            tree,
            manifests,
            self._config,
            graph=graph,
            granting=self._granting,
            offline=self.offline,
            store=self._store,
            ahead=self._ahead,
        )
        self._store = job.store
        job.run(found, in_tree, progress)
        return Released(tuple(job.manifests), tuple(job.findings), frozenset(job.failed), job.total)
