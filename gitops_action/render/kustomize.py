"""Render overlays with the kustomize program, several at a time, without network, plugins or credentials."""

from __future__ import annotations

import dataclasses
import os
import time
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.config.model import Render
from gitops_action.model import Finding, Location, Manifest
from gitops_action.records import dataclass
from gitops_action.render.chain import Chain, chain
from gitops_action.render.findings import finding, of_target, shown
from gitops_action.render.helm.inflated import FIELD
from gitops_action.render.messages import explain
from gitops_action.render.origin import Notes, asked, reads_annotations, request, take
from gitops_action.render.program import Inflation, Program, Workspace, choose, environment
from gitops_action.render.provenance import Provenance
from gitops_action.render.sources import Sources
from gitops_action.render.unused_images import unused
from gitops_action.repository.documents import Document, Limits, load, without_warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from gitops_action.ports import Completed, Run, Step
    from gitops_action.repository.graph import Graph
    from gitops_action.repository.kustomizations import Kustomization
    from gitops_action.repository.tree import Tree

# Says of a folder and its chain where the places of its objects are looked up.
_Origins: TypeAlias = "Callable[[str, Chain], Provenance]"

# What a CRD-heavy overlay renders to is far larger than any file of it.
_OUTPUT_LIMITS: Final = Limits(max_bytes=256 * 2**20, max_documents=100_000)


# What `flux bootstrap` leaves in a folder; repositories that are made to be copied have them with a comment only.
_OF_BOOTSTRAP: Final = frozenset({"gotk-components.yaml", "gotk-sync.yaml"})


class _AnyCode:
    """kustomize's exit codes are ours to judge."""

    def __contains__(self, code: object) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class RenderResult:
    """What one overlay renders to, in kustomize's order. `ok` is False where nothing is known of its objects.

    `target` is the folder as it was asked for, "." for the root.
    """

    target: str
    manifests: tuple[Manifest, ...]
    findings: tuple[Finding, ...]
    ok: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class _Job:
    target: str
    environment: str
    chain: Chain
    kustomization: Kustomization | None
    edited: bytes | None
    twice: bool


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How the program ended, and the objects that it wrote or why they cannot be read."""

    completed: Completed
    seconds: float
    values: list[dict[str, Any]]
    broken: list[str]


class Kustomize:
    """Renders overlays of one workspace after another."""

    def __init__(
        self,
        program: Program,
        run: Run,
        settings: Render | None = None,
        *,
        jobs: int | None = None,
        inflation: Inflation | None = None,
    ) -> None:
        """Render with `program`, started by `run`, as the `settings` of the base revision allow.

        `jobs` is how many overlays are rendered at a time (None: one per processor). Charts are inflated with `inflation` only,
        which has looked at them.
        """
        self._inflation = inflation
        self._program = program
        self._run = run
        self._settings = settings or Render()
        self._jobs = jobs or os.cpu_count() or 1

    def render(  # noqa: PLR0913 - what a build is made of
        self,
        workspace: Workspace,
        tree: Tree,
        graph: Graph,
        targets: Mapping[str, str],
        step: Step | None = None,
        *,
        origins: _Origins | None = None,
    ) -> list[RenderResult]:
        """Render each folder of `targets` (which gives its environment's name), in the order given.

        `tree` holds the same files as `workspace`, and `graph` its kustomizations; positions are read from it, also
        after the workspace is gone, unless `origins` says where those of a target are to be looked up.
        Raises ToolMissingError if the program cannot be started. A folder that fails never hides another.
        """
        sources = Sources(tree, graph)
        jobs = [self._prepare(sources, target or ".", name) for target, name in targets.items()]
        allowed = [job for job in jobs if not job.chain.findings]
        if step:
            step.advance(len(jobs) - len(allowed))
        plain = self._run_all(workspace, [job for job in allowed if job.twice])
        edits = {job.kustomization.file: job.edited for job in allowed if job.kustomization and job.edited is not None}
        with workspace.replaced(edits):
            noted = self._run_all(workspace, allowed, step)
        # What fails must fail as it is, not because we asked for annotations.
        again = [
            job
            for job in allowed
            if job.edited and job.target not in plain and noted[job.target].completed.exit_code not in {0, None}
        ]
        plain |= self._run_all(workspace, again)
        find = origins or (lambda _, layers: Provenance(sources, layers))
        results = [
            self._result(workspace, job, plain.get(job.target), noted.get(job.target), (sources, find)) for job in jobs
        ]
        # With `origins` the overlays' own kustomizations were written for the build.
        own = origins is None
        return [_with_unused(job, result, sources, own=own) for job, result in zip(jobs, results, strict=True)]

    def _prepare(self, sources: Sources, target: str, environment_name: str) -> _Job:
        looked_at = None if self._inflation is None else self._inflation.findings
        layers = chain(sources.graph, sources.resolve(target), self._settings.allows_remote, looked_at)
        kustomization = sources.kustomization(target)
        edited = request(kustomization) if kustomization and not layers.findings else None
        changed = kustomization is not None and edited is not None and edited != kustomization.text
        return _Job(
            target, environment_name, layers, kustomization, edited, changed and reads_annotations(layers, sources)
        )

    def _helm(self, job: _Job) -> Path | None:
        """Return Helm for an overlay that inflates charts, None for all others: one program less that could be called."""
        inflates = any(layer.has(FIELD) for layer in job.chain.layers)
        return self._inflation.helm if self._inflation and inflates else None

    def _run_all(self, workspace: Workspace, jobs: Sequence[_Job], step: Step | None = None) -> dict[str, _Outcome]:
        """Build the overlays, several at a time, and read what comes out; by target."""

        def one(job: _Job) -> _Outcome:
            started = time.perf_counter()
            completed = self._run(
                self._program.argv(workspace.root / job.target, self._settings.load_restrictor, self._helm(job)),
                cwd=workspace.empty,
                timeout=self._settings.timeout,
                env=environment(workspace, network=job.chain.remote),
                permitted=_AnyCode(),
            )
            seconds = time.perf_counter() - started
            # Here, so that it is done while other programs run.
            outcome = _read(completed, seconds)
            if step:
                step.advance()
            return outcome

        if not jobs:
            return {}
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - costs 0.02 s, and many runs render nothing

        executor = ThreadPoolExecutor(self._jobs, thread_name_prefix="render")
        try:
            futures = {job.target: executor.submit(one, job) for job in jobs}
            return {target: future.result() for target, future in futures.items()}
        finally:
            executor.shutdown(cancel_futures=True)

    def _result(
        self,
        workspace: Workspace,
        job: _Job,
        plain: _Outcome | None,
        noted: _Outcome | None,
        places: tuple[Sources, _Origins],
    ) -> RenderResult:
        """Make manifests and findings of the outcomes; without any the overlay was refused."""
        sources, origins = places
        if noted is None:
            return _failed(job, job.chain.findings, 0.0)
        outcome = plain or noted
        seconds = noted.seconds + (plain.seconds if plain else 0.0)
        problem = self._problem(workspace, sources, job, outcome.completed)
        if problem:
            return _failed(job, (problem,), seconds)
        if outcome.broken:
            found = [finding("kustomize-build-failed", message, _place(job)) for message in outcome.broken]
            return _failed(job, found, seconds)
        if plain:
            values, notes = plain.values, _match(plain.values, noted.values)
        else:
            own = asked(job.kustomization) if job.kustomization else frozenset[str]()
            taken = [take(value, own) for value in noted.values]
            values, notes = [value for value, _ in taken], [note for _, note in taken]
        provenance = origins(job.target, job.chain)
        manifests = tuple(
            Manifest(value, provenance.locator(value, note), job.environment, job.target)
            for value, note in zip(values, notes, strict=True)
        )
        findings = () if manifests else (of_target(_nothing(job), job.target, job.environment),)
        return RenderResult(job.target, manifests, findings, ok=True, seconds=seconds)

    def _problem(self, workspace: Workspace, sources: Sources, job: _Job, completed: Completed) -> Finding | None:
        if completed.timed_out:
            message = f"{shown(job.target)} was not rendered within {self._settings.timeout:g} s"
            return finding("render-timeout", message, _place(job))
        if completed.exit_code == 0:
            return None
        if completed.overflowed:
            return finding(
                "kustomize-build-failed", f"{shown(job.target)} renders to more than can be taken", _place(job)
            )
        roots = (str(workspace.root), str(workspace.root.resolve()), str(workspace.empty))
        return explain(completed, roots, sources, job.chain)


def _place(job: _Job) -> Location:
    return Location(job.kustomization.file if job.kustomization else job.target)


def _failed(job: _Job, findings: Iterable[Finding], seconds: float) -> RenderResult:
    found = tuple(of_target(item, job.target, job.environment) for item in findings)
    return RenderResult(job.target, (), found, ok=False, seconds=seconds)


def _with_unused(job: _Job, result: RenderResult, sources: Sources, *, own: bool) -> RenderResult:
    """Return the result with what is to be said of images that its kustomizations name in vain; `own`: the overlay's too."""

    def is_above(one: Kustomization, other: Kustomization) -> bool:
        return one is not other and other.folder in sources.graph.parts(one.folder)

    layers = job.chain.layers
    found = unused(layers, [manifest.value for manifest in result.manifests], is_above) if result.manifests else []
    if not own:
        found = [one for one in found if layers and one.file != layers[-1].file]
    if not found:
        return result
    noted = (of_target(one, job.target, job.environment) for one in found)
    return dataclasses.replace(result, findings=(*result.findings, *noted))


def _read(completed: Completed, seconds: float) -> _Outcome:
    """Read what kustomize wrote; what cannot be read becomes a message."""
    values: list[dict[str, Any]] = []
    broken: list[str] = []
    for item in without_warnings(load(completed.stdout, "output", _OUTPUT_LIMITS)) if completed.exit_code == 0 else ():
        if isinstance(item, Document) and isinstance(item.value, dict):
            values.append(item.value)
        else:
            reason = item.message if isinstance(item, Finding) else "it is not an object"
            broken.append(f"what kustomize rendered cannot be read: {reason}")
    return _Outcome(dataclasses.replace(completed, stdout=b""), seconds, values, broken)


def _match(plain: Sequence[dict[str, Any]], noted: Sequence[dict[str, Any]]) -> list[Notes]:
    """Give each object of the faithful build the notes of the same object of the other build."""
    notes: dict[str, Notes] = {}
    for value in noted:
        stripped, note = take(value, frozenset())
        notes.setdefault(_identity(stripped), note)
    return [notes.get(_identity(value), Notes()) for value in plain]


def _identity(value: Mapping[str, Any]) -> str:
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return repr([value.get("apiVersion"), value.get("kind"), metadata.get("namespace"), metadata.get("name")])


def _nothing(job: _Job) -> Finding:
    """Return the finding for an overlay that renders no object."""
    named = {str(name) for layer in job.chain.layers for _, name in layer.items("resources")}
    if named and named <= _OF_BOOTSTRAP:
        message = (
            f"{shown(job.target)} renders no object: `flux bootstrap` has yet to fill {' and '.join(sorted(named))}"
        )
        return finding("flux-not-bootstrapped", message, _place(job))
    lists = ("resources", "bases", "components", "configMapGenerator", "secretGenerator", "generators")
    listed = sum(sum(1 for _ in layer.items(name)) for layer in job.chain.layers for name in lists)
    why = f"although {listed} resources and generators are named" if listed else "as it names no resource"
    return finding("renders-nothing", f"{shown(job.target)} renders no object, {why}", _place(job))


__all__ = ["Kustomize", "Program", "RenderResult", "choose", "environment"]
