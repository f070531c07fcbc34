"""`validate` and `render`: files and overlays as they lie in a folder, without a base to compare with."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.codes import CODES
from gitops_action.config import Engine
from gitops_action.diff.canonical import to_yaml
from gitops_action.diff.redact import redact
from gitops_action.diff.sensitive import Redaction
from gitops_action.environments import of_directory
from gitops_action.errors import UsageError
from gitops_action.model import Coverage, Finding, Manifest, Report
from gitops_action.pipeline import bulk, overlays, plain
from gitops_action.pipeline.clock import Clock
from gitops_action.pipeline.followed import NOTHING, follow, selected
from gitops_action.pipeline.judging import Judgement, Judges
from gitops_action.pipeline.releases import Released, Releases
from gitops_action.pipeline.schemas import locations
from gitops_action.pipeline.selection import Selection, changed_since, select, unchecked, within
from gitops_action.pipeline.settings import Overrides, configuration
from gitops_action.pipeline.verdict import Outcomes, report
from gitops_action.records import dataclass
from gitops_action.render.helm.reach import reached
from gitops_action.render.helm.release import is_release
from gitops_action.render.helm.tree import Installed, installed
from gitops_action.repository.discovery import discover
from gitops_action.repository.places import Surroundings
from gitops_action.repository.tree import Entry, EntryKind, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.config import Config
    from gitops_action.pipeline.followed import Followed
    from gitops_action.pipeline.overlays import Rendered
    from gitops_action.ports import Progress
    from gitops_action.repository.discovery import Cache
    from gitops_action.repository.graph import Graph

STDIN: Final = "-"


@dataclass(frozen=True)
class _Work:
    """What is looked at in one tree."""

    tree: Tree
    graph: Graph
    config: Config
    paths: tuple[str, ...]
    targets: Mapping[str, str]
    findings: tuple[Finding, ...]
    charts: tuple[Installed, ...] = ()
    flux: Followed = NOTHING

    @cached_property
    def surroundings(self) -> Surroundings:
        """What the classes of its files depend on."""
        return Surroundings(self.tree.entries, self.graph)


def validate(
    paths: Sequence[str], overrides: Overrides, progress: Progress, *, since: str = "", allow_empty: bool = False
) -> Report:
    """Judge what `paths` mean: files, folders, or standard input as "-"; with `since` only what changed since then.

    That there is nothing to judge is an error, unless `since` or `allow_empty`.

    Raises UsageError for a path, revision or configuration that is none, ToolMissingError without what renders.
    """
    clock = Clock()
    with clock.step("read"):
        work = _work(paths, overrides, since)
    with clock.step("render"):
        rendered = _rendered(work, overrides, progress)
    elsewhere = locations(work.config, work.tree, offline=overrides.offline)
    reading = bulk.Files(work.tree, work.paths, work.surroundings, work.config, locations=elsewhere, progress=progress)
    with clock.step("validate"):
        files = reading.judge_built_in()
    with clock.step("charts"):
        found = [*_of_releases(work, rendered, files), *rendered.manifests]
        released = _released(work, found, overrides, progress)
    made = [*rendered.manifests, *released.manifests]
    with clock.step("validate"):
        crds = reading.judge_custom(made)
        judgement = Judges(work.config, crds, elsewhere).judge(made)
        judgement.join(files.judgement)
    if work.config.asks(Engine.APISERVER):
        from gitops_action.adapters.planes import Planes  # noqa: PLC0415 - start-up time
        from gitops_action.pipeline.embedded import embedded  # noqa: PLC0415

        with clock.step("apiserver"), Planes() as planes:
            # The workers have kept nothing of what they read.
            loaded = plain.load_files(work.tree, work.paths, work.surroundings, work.config)
            manifests = [*loaded.manifests, *made]
            judges = Judges(work.config, crds, elsewhere)
            for environment, trials in embedded(planes, work.config, manifests, crds=(crds,), progress=progress):
                judgement.add_second(Engine.APISERVER, judges.judge_trials(environment, trials))
    resources = files.resources + len(made)
    findings = [*work.findings, *files.findings, *rendered.findings, *released.findings, *judgement.findings]
    findings += _nothing(resources, rendered, since, allowed=allow_empty)
    coverage = _coverage(files.classes, resources, rendered, released, judgement)
    outcomes = Outcomes(findings, coverage, complete=bool(resources or since or allow_empty))
    return report("validate", outcomes, work.config, clock, manifests=made, everything=not since)


def render(
    paths: Sequence[str], overrides: Overrides, progress: Progress, *, since: str = "", show_secrets: bool = False
) -> tuple[list[Manifest], Report]:
    """Return the manifests that `paths` give, and a report on what could not be loaded or built. Raises as `validate`.

    Credentials are hidden, as in a report, unless `show_secrets`.
    """
    clock = Clock()
    with clock.step("read"):
        work = _work(paths, overrides, since)
        loaded = plain.load_files(work.tree, work.paths, work.surroundings, work.config)
    with clock.step("render"):
        rendered = _rendered(work, overrides, progress)
    with clock.step("charts"):
        released = _released(work, [*loaded.manifests, *rendered.manifests], overrides, progress)
    manifests = [*loaded.manifests, *rendered.manifests, *released.manifests]
    findings = [*work.findings, *loaded.findings, *rendered.findings, *released.findings]
    findings += _nothing(len(manifests), rendered, since)
    coverage = _coverage(loaded.classes, len(manifests), rendered, released, Judgement())
    outcomes = Outcomes(findings, coverage, complete=bool(manifests or since))
    result = report("render", outcomes, work.config, clock, manifests=manifests, everything=not since)
    return manifests if show_secrets else [_without_secrets(manifest) for manifest in manifests], result


def _without_secrets(manifest: Manifest) -> Manifest:
    hidden, _ = redact(manifest.value, manifest.value, Redaction())
    return replace(manifest, value=hidden)


def as_yaml(manifests: Iterable[Manifest], *, fenced: bool = False) -> str:
    """Write manifests as a stream of YAML documents, each with where it comes from; `fenced` for Markdown."""
    manifests = list(manifests)
    environments: dict[str, set[str]] = {}
    for one in manifests:
        environments.setdefault(one.target, set()).add(one.environment)
    text = "---\n".join(
        f"# Source: {_origin(one, shared=len(environments[one.target]) > 1)}\n{to_yaml(one.value)}" for one in manifests
    )
    if not fenced:
        return text
    fence = "`" * max(3, 1 + max((len(run) for run in _runs_of_backticks(text)), default=0))
    return f"{fence}yaml\n{text}{fence}\n"


def as_json(manifests: Iterable[Manifest]) -> str:
    """Write manifests as one JSON list."""
    return json.dumps([manifest.value for manifest in manifests], indent=2, ensure_ascii=False) + "\n"


def _origin(manifest: Manifest, *, shared: bool) -> str:
    """Say where an object comes from; of an overlay that several environments share, also in which it is."""
    file = manifest.locator.locate(()).file.encode("unicode_escape").decode()
    if not manifest.target:
        return file
    return f"{file} ({manifest.target}, {manifest.environment})" if shared else f"{file} ({manifest.target})"


def _runs_of_backticks(text: str) -> Iterator[str]:
    rest = text
    while "`" in rest:
        rest = rest[rest.index("`") :]
        run = rest[: len(rest) - len(rest.lstrip("`"))]
        yield run
        rest = rest[len(run) :]


def _work(paths: Sequence[str], overrides: Overrides, since: str) -> _Work:
    if STDIN in paths:
        if len(paths) > 1 or since:
            raise UsageError("`-` is standard input alone: name no other path with it, and no --changed-since")
        tree: Tree = _Stdin(sys.stdin.buffer.read())
        config, findings = configuration(tree, None, overrides)
        return _Work(tree, discover(tree), config, tuple(tree.entries), {}, tuple(findings))
    selection = select(paths)
    tree = selection.tree
    config, findings = configuration(tree, None, overrides)
    cache: Cache = {}
    graph = discover(tree, cache)
    chosen = within(plain.candidates(tree, graph, config), selection)
    findings += unchecked(selection, graph, frozenset(chosen))
    targets = [target for target in selection.targets(graph) if not config.ignores(target)]
    charts = [one for one in installed(tree.entries, config) if selection.has(one.folder)]
    changed = changed_since(tree, Path(tree.name), since) if since else None
    changed = None if changed is None else frozenset({*changed, *reached(tree, graph, changed)})
    flux = selected(follow(tree, graph, config, SilentProgress(), cache), selection.has, changed)
    deployed = flux.deployed
    chosen = [path for path in chosen if path not in deployed]
    targets = [target for target in targets if target not in deployed]
    if changed is not None:
        charts = [one for one in charts if any(map(one.reads, changed))]
        chosen = [path for path in chosen if path in changed]
        affected = graph.reading(changed)
        targets = [target for target in targets if target in affected]
    findings += (problem for problem in selection.tree.problems if selection.has(problem.file))
    findings += _of_kustomizations(graph, targets, selection, since)
    return _Work(
        tree,
        graph,
        config,
        tuple(chosen),
        {target: of_directory(target, config) for target in targets},
        tuple(findings),
        tuple(charts),
        flux,
    )


def _of_kustomizations(graph: Graph, targets: Iterable[str], selection: Selection, since: str) -> list[Finding]:
    """Return what is wrong with the kustomizations that are looked at; with the whole folder, also with those nobody uses."""
    if since:
        return [finding for target in targets for finding in graph.findings_of(target)]
    return [finding for finding in graph.findings if selection.has(finding.file)]


def _rendered(work: _Work, overrides: Overrides, progress: Progress) -> Rendered:
    paths = sorted({path for target in work.targets for path in work.graph.closure(target)})
    built = overlays.render(
        work.tree, work.targets, paths, work.config, progress, graph=work.graph, offline=overrides.offline
    )
    if work.flux is NOTHING:
        return built
    from gitops_action.pipeline import flux_render  # noqa: PLC0415 - start-up time

    files, deployed = flux_render.deployed(work.flux, work.config, work.surroundings)
    found = built.joined(deployed)
    return replace(found, findings=(*found.findings, *files.findings))


def _of_releases(work: _Work, rendered: Rendered, files: bulk.Judged) -> Sequence[Manifest]:
    """Return what releases are or may need of the objects in plain files, if there are any.

    Whoever judged them has kept nothing. All other files are not loaded: one process would take longer for them than all
    take to judge them.
    """
    if not (files.releasing or any(map(is_release, rendered.manifests))):
        return ()
    return plain.load_files(work.tree, files.used, work.surroundings, work.config).manifests


def _released(work: _Work, manifests: Sequence[Manifest], overrides: Overrides, progress: Progress) -> Released:
    charts = Releases(work.config, offline=overrides.offline)
    return charts.render(work.tree, work.graph, manifests, work.charts, progress)


def _nothing(resources: int, rendered: Rendered, since: str, *, allowed: bool = False) -> list[Finding]:
    if resources or rendered.failed:
        return []
    code = CODES["nothing-affected" if since or allowed else "no-manifests"]
    message = (
        f"nothing that changed since {since} is a manifest or affects one: nothing was checked"
        if since
        else "nothing was checked: there is no manifest and no overlay here"
    )
    return [Finding(code.name, code.severity, message)]


def _coverage(
    classes: Mapping[str, int], resources: int, rendered: Rendered, released: Released, judgement: Judgement
) -> Coverage:
    return Coverage(
        files=sum(classes.values()),
        files_by_class=dict(sorted(classes.items())),
        resources=resources,
        targets=rendered.targets,
        targets_failed=len(rendered.failed),
        engines=judgement.coverage,
        releases=released.total,
        releases_unknown=len(released.failed),
    )


class _Stdin:
    """Standard input as a tree of one file."""

    name = "standard input"

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.entries: Mapping[str, Entry] = {"stdin.yaml": Entry("stdin.yaml", EntryKind.FILE, len(data))}

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """Yield what was read."""
        return ((path, self._data) for path in paths)
