"""Judge many plain files: in this process while they are few, else spread over the processors."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from gitops_action.diff.redact import Scrubber, secret_values
from gitops_action.pipeline import plain
from gitops_action.pipeline.judging import Judgement, Judges
from gitops_action.records import dataclass
from gitops_action.render.helm.kinds import USED, is_release
from gitops_action.validate.crds import Crds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitops_action.config import Config
    from gitops_action.model import Finding, Manifest
    from gitops_action.ports import Progress
    from gitops_action.repository.places import Surroundings
    from gitops_action.repository.tree import Tree
    from gitops_action.validate.locations import Locations

# Findings with these codes quote nothing but names of kinds, which are no secrets.
_WITHOUT_VALUES: Final = frozenset({"api-deprecated", "api-removed", "schema-missing", "unknown-kind"})
# Below this, starting processes costs more than it saves.
_FEW: Final = 200
_CHUNK: Final = 60


@dataclass(slots=True)
class Judged:
    """What the files `paths` came to. Messages are scrubbed: the manifests are gone when this arrives.

    `definitions` are the CRDs among them; `waiting` the files with custom resources, which were not judged; `used` those
    with objects that a release is made of, and `releasing` says whether there is one.
    """

    paths: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    classes: dict[str, int] = field(default_factory=dict)
    resources: int = 0
    judgement: Judgement = field(default_factory=Judgement)
    definitions: list[Manifest] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    releasing: bool = False

    def join(self, other: Judged) -> None:
        """Take in what other files came to."""
        self.paths += other.paths
        self.findings += other.findings
        self.resources += other.resources
        self.judgement.join(other.judgement)
        self.definitions += other.definitions
        self.waiting += other.waiting
        self.used += other.used
        self.releasing = self.releasing or other.releasing
        for name, count in other.classes.items():
            self.classes[name] = self.classes.get(name, 0) + count


@dataclass(frozen=True, slots=True)
class _Task:
    """What all workers are given.

    Without `crds` they judge what is built in, else the custom resources alone: nobody knows the CRDs of a tree before
    all its files have been read once.
    """

    tree: Tree
    surroundings: Surroundings
    config: Config
    crds: Crds | None = None
    locations: Locations | None = None


class _Worker:
    """What a process keeps between chunks: compiled schemas above all."""

    def __init__(self, task: _Task) -> None:
        self._task = task
        self._judges = Judges(task.config, task.crds or Crds(), task.locations)
        self.wanted: frozenset[str] | None = None
        """The files that are to be judged; None as long as nobody knows: then all are."""

    def judge(self, paths: Sequence[str]) -> Judged:
        """Load and judge those of some files that are wanted."""
        task = self._task
        if self.wanted is not None:
            paths = [path for path in paths if path in self.wanted]
        loaded = plain.load_files(task.tree, paths, task.surroundings, task.config)
        built_in: list[Manifest] = []
        custom: list[Manifest] = []
        for manifest in loaded.every:
            (built_in if plain.is_built_in(manifest) else custom).append(manifest)
        if task.crds is not None:
            return Judged(list(paths), judgement=self._judged(custom))
        return Judged(
            list(paths),
            list(loaded.findings),
            dict(loaded.classes),
            len(loaded.every),
            self._judged(built_in),
            [manifest for manifest in built_in if plain.is_definition(manifest)],
            _files(custom),
            _files(manifest for manifest in loaded.manifests if str(manifest.value.get("kind")) in USED),
            any(map(is_release, custom)),
        )

    def _judged(self, manifests: Sequence[Manifest]) -> Judgement:
        judgement = self._judges.judge(manifests)
        wrong = {finding.file for finding in judgement.findings if finding.code not in _WITHOUT_VALUES}
        if wrong:
            # Only a file's own values can be in what is said of it; to look at all would cost as much as judging them.
            named = (manifest.value for manifest in manifests if manifest.locator.locate(()).file in wrong)
            judgement.findings = Scrubber(secret_values(named)).findings(judgement.findings)
        return judgement


def _files(manifests: Iterable[Manifest]) -> list[str]:
    return list(dict.fromkeys(manifest.locator.locate(()).file for manifest in manifests))


class Files:
    """The plain files of one tree, judged in two rounds: nobody knows all CRDs before all files have been read.

    Other processes begin with each round while this one does something else: inside of `built_in_begun` and `custom_begun`.
    """

    def __init__(
        self,
        tree: Tree,
        paths: Sequence[str],
        surroundings: Surroundings,
        config: Config,
        locations: Locations | None,
    ) -> None:
        """Take the files `paths` of a tree; `locations` has more schemas."""
        self._task = _Task(tree, surroundings, config, locations=locations)
        self._paths = paths
        self._worker = _Worker(self._task)
        self._parts: Iterator[Judged] = iter(())
        self._rendered: Sequence[Manifest] = ()
        self._crds: Crds | None = None
        self.judged = Judged()

    @contextmanager
    def built_in_begun(self) -> Iterator[None]:
        """Have others begin to read the files, and judge the built-in kinds in them."""
        with _begun(self._worker, self._paths) as self._parts:
            yield

    def judge_built_in(self, wanted: frozenset[str], progress: Progress) -> Judged:
        """Return what the files `wanted` come to, without custom resources.

        Raises what `Judges.judge` raises, GitOpsError if a process dies.
        """
        self._worker.wanted = wanted
        with progress.step("Validate", len(wanted)) as step:
            for part in self._parts:
                # Others do not know what is wanted, and may have judged more.
                known = part if wanted.issuperset(part.paths) else self._worker.judge(part.paths)
                self.judged.join(known)
                step.advance(len(known.paths))
        return self.judged

    @contextmanager
    def custom_begun(self, rendered: Sequence[Manifest]) -> Iterator[None]:
        """Have others begin with the custom resources, by the CRDs in the files and among the manifests `rendered`."""
        self._rendered = rendered
        if self.judged.waiting:
            self._crds = self._definitions(rendered)
        with _begun(self._custom(), self.judged.waiting) as self._parts:
            yield

    def judge_custom(self, released: Sequence[Manifest], progress: Progress) -> Crds:
        """Judge the custom resources, and return all CRDs; those among the manifests of releases count too.

        Raises as `judge_built_in`.
        """
        made = [*self._rendered, *released]
        waiting, parts = self.judged.waiting, self._parts
        if any(map(plain.is_definition, released)) or (self._crds is None and not all(map(plain.is_built_in, made))):
            # Releases seldom bring CRDs with them. If they do, others have begun without.
            self._crds = self._definitions(made)
            parts = map(self._custom().judge, [waiting])
        with progress.step("Validate custom resources", len(waiting)) as step:
            for part in parts:
                self.judged.join(part)
                step.advance(len(part.paths))
        return self._crds or Crds()

    def _custom(self) -> _Worker:
        return _Worker(replace(self._task, crds=self._crds or Crds()))

    def _definitions(self, made: Iterable[Manifest]) -> Crds:
        judged, task = self.judged, self._task
        known = [*(manifest for manifest in made if plain.is_definition(manifest)), *judged.definitions]
        return plain.definitions(task.tree, task.config, known, read=frozenset(judged.paths))


@contextmanager
def _begun(worker: _Worker, paths: Sequence[str]) -> Iterator[Iterator[Judged]]:
    if len(paths) < _FEW:
        yield map(worker.judge, [paths] if paths else [])
        return
    from gitops_action.pipeline.parallel import MOST, begun  # noqa: PLC0415 - start-up time

    # Neighbours together, as what is not wanted mostly is whole folders.
    size = max(_CHUNK, -(-len(paths) // MOST))
    with begun(worker.judge, [paths[start : start + size] for start in range(0, len(paths), size)]) as parts:
        yield parts
