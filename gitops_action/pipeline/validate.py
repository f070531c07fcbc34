"""`validate` and `render`: files and overlays as they lie in a folder, without a base to compare with."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES
from gitops_action.config import Engine
from gitops_action.diff.canonical import to_yaml
from gitops_action.diff.redact import redact
from gitops_action.diff.sensitive import Redaction
from gitops_action.model import Coverage, Finding, Manifest, Report
from gitops_action.pipeline import bulk, overlays, plain
from gitops_action.pipeline.clock import Clock
from gitops_action.pipeline.followed import NOTHING
from gitops_action.pipeline.judging import Judgement, Judges
from gitops_action.pipeline.releases import Released, Releases
from gitops_action.pipeline.scene import find, settle
from gitops_action.pipeline.schemas import locations
from gitops_action.pipeline.verdict import Outcomes, report
from gitops_action.render.helm.kinds import is_release

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitops_action.pipeline.overlays import Rendered
    from gitops_action.pipeline.scene import Scene, Work
    from gitops_action.pipeline.settings import Overrides
    from gitops_action.ports import Progress

_NAMED: Final = 3


def validate(
    paths: Sequence[str], overrides: Overrides, progress: Progress, *, since: str = "", allow_empty: bool = False
) -> Report:
    """Judge what `paths` mean: files, folders, or standard input as "-"; with `since` only what changed since then.

    That there is nothing to judge is an error, unless `since` or `allow_empty`.

    Raises UsageError for a path, revision or configuration that is none, ToolMissingError without what renders.
    """
    clock = Clock()
    with clock.step("read"):
        scene = find(paths, overrides, since)
    config, tree = scene.config, scene.tree
    elsewhere = locations(config, tree, offline=overrides.offline)
    reading = bulk.Files(tree, scene.paths, scene.surroundings, config, elsewhere)
    # While this process finds out what Flux deploys, others begin to judge.
    with reading.built_in_begun():
        with clock.step("read"):
            work = settle(scene)
        with clock.step("render"):
            rendered = _rendered(scene, work, overrides, progress)
        with clock.step("validate"):
            files = reading.judge_built_in(work.paths, progress)
    with reading.custom_begun(rendered.manifests):
        with clock.step("charts"):
            found = [*_of_releases(scene, rendered, files), *rendered.manifests]
            released = _released(scene, found, overrides, progress)
            lacking = _lacking(scene, work, found)
        with clock.step("validate"):
            crds = reading.judge_custom(released.manifests, progress)
    made = [*rendered.manifests, *released.manifests]
    with clock.step("validate"):
        judgement = Judges(config, crds, elsewhere).judge(made)
        judgement.join(files.judgement)
    if config.asks(Engine.APISERVER):
        from gitops_action.adapters.planes import Planes  # noqa: PLC0415 - start-up time
        from gitops_action.pipeline.embedded import embedded  # noqa: PLC0415

        with clock.step("apiserver"), Planes() as planes:
            # The workers have kept nothing of what they read.
            manifests = [*_loaded(scene, work).manifests, *made]
            judges = Judges(config, crds, elsewhere)
            for environment, trials in embedded(planes, config, manifests, crds=(crds,), progress=progress):
                judgement.add_second(Engine.APISERVER, judges.judge_trials(environment, trials))
    resources = files.resources + len(made)
    findings = [*scene.findings, *work.findings, *files.findings]
    findings += [*rendered.findings, *lacking, *released.findings, *judgement.findings]
    findings += _nothing(resources, rendered, scene, since, allowed=allow_empty)
    coverage = _coverage(files.classes, resources, rendered, released, judgement)
    outcomes = Outcomes(findings, coverage, complete=bool(resources or since or allow_empty))
    return report("validate", outcomes, config, clock, manifests=made, everything=not since)


def render(
    paths: Sequence[str], overrides: Overrides, progress: Progress, *, since: str = "", show_secrets: bool = False
) -> tuple[list[Manifest], Report]:
    """Return the manifests that `paths` give, and a report on what could not be loaded or built. Raises as `validate`.

    What is in files that nobody applies is left out, unless the very file is named.
    Credentials are hidden, as in a report, unless `show_secrets`.
    """
    clock = Clock()
    with clock.step("read"):
        scene = find(paths, overrides, since)
        work = settle(scene)
        loaded = _with_named(_loaded(scene, work), scene)
    with clock.step("render"):
        rendered = _rendered(scene, work, overrides, progress)
    with clock.step("charts"):
        released = _released(scene, [*loaded.manifests, *rendered.manifests], overrides, progress)
    manifests = [*loaded.manifests, *rendered.manifests, *released.manifests]
    findings = [*scene.findings, *work.findings, *loaded.findings, *rendered.findings, *released.findings]
    findings += _nothing(len(manifests), rendered, scene, since)
    coverage = _coverage(loaded.classes, len(manifests), rendered, released, Judgement())
    outcomes = Outcomes(findings, coverage, complete=bool(manifests or since))
    result = report("render", outcomes, scene.config, clock, manifests=manifests, everything=not since)
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


def _loaded(scene: Scene, work: Work) -> plain.Loaded:
    paths = [path for path in scene.paths if path in work.paths]
    return plain.load_files(scene.tree, paths, scene.surroundings, scene.config)


def _with_named(loaded: plain.Loaded, scene: Scene) -> plain.Loaded:
    named = scene.selection.files if scene.selection is not None else frozenset()
    asked_for = [one for one in loaded.undeployed if one.locator.locate(()).file in named]
    return replace(loaded, manifests=(*loaded.manifests, *asked_for))


def _rendered(scene: Scene, work: Work, overrides: Overrides, progress: Progress) -> Rendered:
    paths = sorted({path for target in work.targets for path in scene.graph.closure(target)})
    built = overlays.render(
        scene.tree, work.targets, paths, scene.config, progress, graph=scene.graph, offline=overrides.offline
    )
    if work.flux is NOTHING:
        return built
    from gitops_action.pipeline import flux_render  # noqa: PLC0415 - start-up time

    files, deployed = flux_render.deployed(work.flux, scene.config, scene.surroundings)
    found = built.joined(deployed)
    return replace(found, findings=(*found.findings, *files.findings))


def _of_releases(scene: Scene, rendered: Rendered, files: bulk.Judged) -> Sequence[Manifest]:
    """Return what releases are or may need of the objects in plain files, if there are any.

    Whoever judged them has kept nothing. All other files are not loaded: one process would take longer for them than all
    take to judge them.
    """
    if not (files.releasing or any(map(is_release, rendered.manifests))):
        return ()
    return plain.load_files(scene.tree, files.used, scene.surroundings, scene.config).manifests


def _lacking(scene: Scene, work: Work, manifests: Sequence[Manifest]) -> list[Finding]:
    if not any(map(is_release, manifests)):
        return []
    from gitops_action.pipeline.flux_missing import without_source  # noqa: PLC0415 - start-up time

    return without_source(scene.tree, scene.graph, work.flux.following, manifests, work.targets)


def _released(scene: Scene, manifests: Sequence[Manifest], overrides: Overrides, progress: Progress) -> Released:
    charts = Releases(scene.config, offline=overrides.offline)
    return charts.render(scene.tree, scene.graph, manifests, scene.charts, progress)


def _nothing(resources: int, rendered: Rendered, scene: Scene, since: str, *, allowed: bool = False) -> list[Finding]:
    if resources or rendered.failed:
        return []
    code = CODES["nothing-affected" if since or allowed else "no-manifests"]
    message = (
        f"nothing that changed since {since} is a manifest or affects one: nothing was checked"
        if since
        else f"nothing was checked: there is no manifest and no overlay {_where(scene)}"
    )
    return [Finding(code.name, code.severity, message)]


def _where(scene: Scene) -> str:
    """Name what was asked for, unless it is the whole."""
    chosen = scene.selection
    named = sorted({*chosen.files, *chosen.folders}) if chosen else []
    if not named or "" in named:
        return "here"
    few = named[:_NAMED]
    return f"in {', '.join(few)}{f' and {len(named) - _NAMED} more' if len(named) > _NAMED else ''}"


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
