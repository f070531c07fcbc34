"""The releases of one tree under way: planned, their charts fetched, rendered layer by layer."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.adapters.chart_pages import UnavailableError
from gitops_action.adapters.charts import Absent, ChartStore
from gitops_action.adapters.keeping import Keep
from gitops_action.adapters.processes import find_tool, run, tool_cache
from gitops_action.codes import CODES
from gitops_action.errors import ToolMissingError
from gitops_action.images.credentials import Logins, parse
from gitops_action.model import Finding, Manifest
from gitops_action.pipeline.release_charts import Charts
from gitops_action.pipeline.release_plan import plan, unavailable
from gitops_action.pipeline.release_runs import Renderer, Rendering
from gitops_action.pipeline.release_sources import Sources, address_of
from gitops_action.pipeline.release_values import own_values
from gitops_action.pipeline.release_work import FailedError, Tools
from gitops_action.render.findings import of_target
from gitops_action.render.helm import program
from gitops_action.render.helm.locator import HelmLocator, Places
from gitops_action.render.helm.mirrors import mirrored
from gitops_action.render.helm.objects import finished, hidden_in, namespace_of
from gitops_action.render.program import choose
from gitops_action.validate.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Future

    from gitops_action.config import Config
    from gitops_action.pipeline.judging import Ahead
    from gitops_action.pipeline.release_charts import Outcome
    from gitops_action.pipeline.release_plan import Plan
    from gitops_action.ports import Progress, Step
    from gitops_action.render.helm.release import Release
    from gitops_action.render.helm.tree import Installed
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.tree import Tree

_MIRRORS: Final = "GITOPS_CHART_MIRRORS"
# A person's variable, and what the runner makes of the input.
_CREDENTIALS: Final = ("REGISTRY_CREDENTIALS", "INPUT_REGISTRY-CREDENTIALS")
_MAX_KEPT: Final = 1 << 29
_AT_ONCE: Final = 8


class Job:
    """The releases of one tree."""

    def __init__(  # noqa: PLR0913 - what the job has read so far
        self,
        tree: Tree,
        manifests: Sequence[Manifest],
        config: Config,
        *,
        graph: Graph,
        granting: Tree | None,
        offline: bool,
        store: ChartStore | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        """Take all objects of the tree that are looked at; `store` is that of the other side, if there is one.

        `ahead` is told of objects while others are being rendered.
        """
        cache = tool_cache() / "releases"
        self._tree = tree
        self._config = config
        self._sources = Sources(tree, manifests, config, Keep(cache / "crds"), graph)
        base = self._sources if granting is None else Sources(granting, (), config, Keep(None))
        self.store = store or chart_store(config, base, offline=offline)
        self._charts = Charts(tree, self.store)
        self._known = manifests
        self._renderer = _renderer(config, Keep(cache / "rendered"))
        self._ahead = ahead
        self._ready: dict[Any, Outcome] = {}
        self.manifests: list[Manifest] = []
        self.findings: list[Finding] = []
        self.failed: set[tuple[str, str]] = set()
        self.total = 0

    def run(self, found: Sequence[Manifest], in_tree: Sequence[Installed], progress: Progress) -> None:
        """Render the HelmReleases `found`, and the charts `in_tree`."""
        clusters = sorted(
            {(one.environment, one.cluster) for one in found} | {(one.environment, "") for one in in_tree}
        )
        plans = {
            (name, cluster): plan(
                name,
                [one for one in found if (one.environment, one.cluster) == (name, cluster)],
                [one for one in in_tree if (one.environment, "") == (name, cluster)],
                self._tree,
                self._sources,
            )
            for name, cluster in clusters
        }
        releases = [release for one in plans.values() for layer in one.layers for release in layer]
        with progress.step(f"Render releases {self._tree.name[:12]}", len(releases)) as step:
            for one in plans.values():
                self.findings += one.findings
                self.failed |= one.failed
            if self._renderer is None:
                self._without_helm(releases)
            else:
                self._fetch(releases)
                for (name, _), one in plans.items():
                    self._render(name, one, step, self._renderer)
                self._renderer.keep.trim(_MAX_KEPT)
        self.total = len(releases) + sum(len(one.failed) for one in plans.values())
        self.store.close()

    def _without_helm(self, releases: Sequence[Release]) -> None:
        """Say once that nothing can be known: on a person's machine the rest of a check is worth having."""
        self.failed |= {(one.environment, one.target) for one in releases}
        if releases:
            message = (
                f"{len(releases)} releases of charts were not rendered, since Helm was not found: put `helm` on PATH"
            )
            self.findings.append(Finding("helm-missing", CODES["helm-missing"].severity, message, engine="render"))

    def _fetch(self, releases: Iterable[Release]) -> None:
        """Have the charts of all releases, several at a time."""
        wanted = list(dict.fromkeys(one.chart for one in releases))
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="charts") as executor:
            self._ready = dict(zip(wanted, executor.map(self._charts.get, wanted), strict=True))

    def _render(self, environment: str, planned: Plan, step: Step, renderer: Renderer) -> None:
        """Render the releases of an environment, layer by layer: what one installs, the next ones can ask for."""
        version = _version(self._config, environment)
        made: list[dict[str, Any]] = []
        for layer in planned.layers:
            # What the tree defines takes all its files to say.
            rendered = any(not isinstance(self._ready[release.chart], Absent) for release in layer)
            known = self._sources.api_versions(made) if rendered else ()

            def one(release: Release, known: Sequence[str] = known) -> Rendering:
                result = self._one(release, renderer, version, known)
                step.advance()
                return result

            with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="helm") as executor:
                futures = [executor.submit(one, release) for release in layer]
                try:
                    self._prepare(environment, futures)
                    renderings = [future.result() for future in futures]
                finally:
                    # If anything is wrong, or somebody ends it, nothing more is begun.
                    executor.shutdown(wait=False, cancel_futures=True)
            made += (item.value for rendering in renderings for item in rendering.made or ())
            self._take(renderings, made)

    def _prepare(self, environment: str, futures: Sequence[Future[Rendering]]) -> None:
        """Tell of the objects of an environment that are known, and of others as they come."""
        if self._ahead is None:
            return
        self._ahead(environment, (one.value for one in self._known if one.environment == environment))
        for future in as_completed(futures):
            self._ahead(environment, (item.value for item in future.result().made or ()))

    def _one(self, release: Release, renderer: Renderer, version: str, known: Sequence[str]) -> Rendering:
        chart = self._ready[release.chart]
        if isinstance(chart, Absent):
            return Rendering(release, None, (unavailable(release, chart.code, chart.reason),))
        try:
            options = own_values(release, chart.tree)
        except UnavailableError as error:
            return Rendering(release, None, (unavailable(release, "chart-unavailable", str(error)),))
        except FailedError as failed:
            return Rendering(release, None, (of_target(failed.finding, release.target, release.environment),))
        return renderer.render(replace(release, options=options), chart, version, known)

    def _take(self, renderings: Sequence[Rendering], made: Sequence[dict[str, Any]]) -> None:
        """Make manifests of what a layer gave."""
        namespaced = self._sources.namespaced(made)
        for rendering in renderings:
            release = rendering.release
            self.findings += rendering.findings
            if rendering.made is None:
                self.failed.add((release.environment, release.target))
                continue
            places = Places(release, rendering.folder)
            objects = finished(rendering.made, release.options, release.namespace, namespaced)
            objects = [*namespace_of(release), *objects]
            self.manifests += (
                Manifest(
                    one.value,
                    HelmLocator(places, one.value, one.source),
                    release.environment,
                    release.target,
                    hidden_in(one.value) if rendering.hides else frozenset(),
                    release.cluster,
                )
                for one in objects
            )


def _version(config: Config, environment: str) -> str:
    """Return the newest of the versions that an environment is judged by."""
    versions = config.settings(environment).kubernetes_versions
    minors = [Catalog.for_version(version).minor for version in versions] or [Catalog.newest().minor]
    return f"1.{max(minors)}.0"


def _renderer(config: Config, keep: Keep) -> Renderer | None:
    """Return what renders; None where there is no Helm."""
    path = find_tool("helm")
    if path is None:
        return None
    real = path.resolve()
    facts = real.stat()
    helm = program.Helm(path, f"{real} {facts.st_size} {facts.st_mtime_ns}")
    try:
        kustomize = choose(find_tool)
    except ToolMissingError:
        kustomize = None
    return Renderer(Tools(helm, run, config.charts.timeout, kustomize), keep)


def chart_store(config: Config, granting: Sources | None, *, offline: bool) -> ChartStore:
    """Return what fetches charts: from where the configuration lets them come from, and the machine's mirrors.

    And from the hosts that the sources of a tree name, with credentials from these addresses only.
    """
    of_machine = _of_machine()
    # What the machine's user names is allowed like what the base branch's configuration names.
    mirrors = {
        mirror.partition("://")[2].partition("/")[0].lower() for mirror in of_machine.values() if "://" in mirror
    }

    def named(reference: str) -> bool:
        return config.charts.allows(reference) or reference.partition("/")[0] in mirrors

    def allows(reference: str) -> bool:
        return named(reference) or (granting is not None and reference.partition("/")[0] in granting.hosts)

    def trusts(reference: str) -> bool:
        # A mirror can stand in for a whole host, of which the pull request names the repository.
        address = reference.rstrip("/").removesuffix(".git")
        urls = granting.urls if granting is not None else ()
        return config.charts.names(reference) or any(address == address_of(mirrored(url, together)) for url in urls)

    together = {**config.charts.mirrors, **of_machine}
    return ChartStore(tool_cache() / "charts", allows, trusts, together, offline=offline, logins=_logins())


def _of_machine() -> dict[str, str]:
    """Return the mirrors that this machine's user has set: `address=mirror`, one a line or separated by blanks."""
    pairs = (entry.partition("=") for entry in os.environ.get(_MIRRORS, "").split())
    return {address: mirror for address, _, mirror in pairs if address and mirror}


def _logins() -> Logins:
    """Return the credentials that were given for hosts, each for its own only. Raises UsageError for what is none."""
    return parse(next((text for name in _CREDENTIALS if (text := os.environ.get(name))), ""))
