"""Judge many plain files: in this process while they are few, else spread over the processors."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from gitops_action.diff.redact import Scrubber, secret_values
from gitops_action.pipeline import plain
from gitops_action.pipeline.judging import Judgement, Judges
from gitops_action.records import dataclass
from gitops_action.render.helm.reach import USED
from gitops_action.render.helm.release import is_release
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
        for manifest in loaded.manifests:
            (built_in if plain.is_built_in(manifest) else custom).append(manifest)
        if task.crds is not None:
            return Judged(list(paths), judgement=self._judged(custom))
        return Judged(
            list(paths),
            list(loaded.findings),
            dict(loaded.classes),
            len(loaded.manifests),
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
    """The plain files of one tree, judged in two rounds: nobody knows all CRDs before all files have been read."""

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
        self.judged = Judged()

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Have other processes begin at once, if there are many files; inside, this one can find out which are wanted."""
        if len(self._paths) < _FEW:
            self._parts = map(self._worker.judge, [self._paths])
            yield
            return
        from gitops_action.pipeline.parallel import MOST, begun  # noqa: PLC0415 - start-up time

        # Neighbours together, as what is not wanted mostly is whole folders.
        size = max(_CHUNK, -(-len(self._paths) // MOST))
        chunks = [self._paths[start : start + size] for start in range(0, len(self._paths), size)]
        with begun(self._worker.judge, chunks) as self._parts:
            yield

    def judge_built_in(self, wanted: frozenset[str], progress: Progress) -> Judged:
        """Judge the objects of built-in kinds in the files `wanted` of all; raises as `judge_custom`. Only while `begun`."""
        self._worker.wanted = wanted
        with progress.step("Validate", len(wanted)) as step:
            for part in self._parts:
                # Others do not know what is wanted, and may have judged more.
                known = part if wanted.issuperset(part.paths) else self._worker.judge(part.paths)
                self.judged.join(known)
                step.advance(len(known.paths))
        return self.judged

    def judge_custom(self, others: Sequence[Manifest], progress: Progress) -> Crds:
        """Judge the rest, and return all CRDs; those among `others`, which are rendered manifests, count too.

        Raises what `Judges.judge` raises, GitOpsError if a worker dies.
        """
        judged, task = self.judged, self._task
        if not judged.waiting and all(map(plain.is_built_in, others)):
            return Crds()
        known = [*(manifest for manifest in others if plain.is_definition(manifest)), *judged.definitions]
        crds = plain.definitions(task.tree, task.config, known, read=frozenset(judged.paths))
        waiting = list(judged.waiting)
        with progress.step("Validate custom resources", len(waiting)) as step:
            for part in _spread(waiting, replace(task, crds=crds)):
                judged.join(part)
                step.advance(len(part.paths))
        return crds


def _spread(paths: Sequence[str], task: _Task) -> Iterator[Judged]:
    worker = _Worker(task)
    if len(paths) < _FEW:
        yield worker.judge(paths)
        return
    from gitops_action.pipeline.parallel import MOST, spread  # noqa: PLC0415 - start-up time

    # Each has something of every folder, so that the first has most of the kinds that there are.
    count = min(-(-len(paths) // _CHUNK), MOST)
    yield from spread(worker.judge, [paths[number::count] for number in range(count)])
