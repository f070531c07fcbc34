"""Judge many plain files: in this process while they are few, else spread over the processors."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final

from gitops_action.diff.redact import Scrubber, secret_values
from gitops_action.model import Finding, Manifest
from gitops_action.pipeline import plain
from gitops_action.pipeline.judging import Judgement, Judges
from gitops_action.pipeline.parallel import spread
from gitops_action.validate.crds import Crds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitops_action.config import Config
    from gitops_action.ports import Progress
    from gitops_action.repository.places import Surroundings
    from gitops_action.repository.tree import Tree

# Below this, starting processes costs more than it saves.
_FEW: Final = 200
_CHUNK: Final = 60

_Chunk = list[tuple[str, bytes | Finding]]


@dataclass(slots=True)
class Judged:
    """What a set of files came to. Messages are scrubbed: the manifests are gone when this arrives."""

    crds: Crds = field(default_factory=Crds)
    findings: list[Finding] = field(default_factory=list)
    classes: dict[str, int] = field(default_factory=dict)
    resources: int = 0
    judgement: Judgement = field(default_factory=Judgement)

    def join(self, other: Judged) -> None:
        """Take in what other files came to."""
        self.findings += other.findings
        self.resources += other.resources
        self.judgement.join(other.judgement)
        for name, count in other.classes.items():
            self.classes[name] = self.classes.get(name, 0) + count


class _Worker:
    """What a process keeps between chunks: compiled schemas above all."""

    def __init__(self, surroundings: Surroundings, config: Config, crds: Crds) -> None:
        self.surroundings = surroundings
        self.config = config
        self.judges = Judges(config, crds)

    def judge(self, chunk: _Chunk) -> Judged:
        """Load and judge some files."""
        judged = Judged()
        manifests: list[Manifest] = []
        held: dict[str, Sequence[Manifest]] = {}
        for path, data in chunk:
            loaded = plain.load_file(path, data, self.surroundings, self.config)
            manifests += loaded.manifests
            held[path] = loaded.manifests
            judged.findings += loaded.findings
            for name, count in loaded.classes.items():
                judged.classes[name] = judged.classes.get(name, 0) + count
        judged.resources = len(manifests)
        judged.judgement = self.judges.judge(manifests)
        wrong = {finding.file for finding in judged.judgement.findings}
        if wrong:
            # Only a file's own values can be in what is said of it; to look at all would cost as much as judging them.
            named = (manifest.value for path in sorted(wrong & held.keys()) for manifest in held[path])
            judged.judgement.findings = Scrubber(secret_values(named)).findings(judged.judgement.findings)
        return judged


def judge_files(  # noqa: PLR0913 - what the job has read so far
    tree: Tree,
    paths: Sequence[str],
    surroundings: Surroundings,
    config: Config,
    others: Sequence[Manifest],
    *,
    progress: Progress,
) -> Judged:
    """Judge the plain files `paths`; `others` are rendered manifests, whose CRDs count too.

    Raises what `Judges.judge` raises, GitOpsError if a worker dies.
    """
    judged = Judged(crds=plain.custom_resources(tree, config, others, paths))
    given = (surroundings, config, judged.crds)
    chunks = _chunks(tree.read(paths))
    if len(paths) < _FEW:
        worker = _Worker(*given)
        for chunk in chunks:
            judged.join(worker.judge(chunk))
        return judged
    with progress.step("Validate", len(paths)) as step:
        for part in spread(_judge, chunks, _prepare, *given):
            judged.join(part)
            step.advance(_CHUNK)
    return judged


_workers: list[_Worker] = []


def _prepare(surroundings: Surroundings, config: Config, crds: Crds) -> None:
    _workers[:] = [_Worker(surroundings, config, crds)]


def _judge(chunk: _Chunk) -> Judged:
    return _workers[0].judge(chunk)


def _chunks(files: Iterable[tuple[str, bytes | Finding]]) -> Iterator[_Chunk]:
    """Cut into lists of at most _CHUNK files."""
    iterator = iter(files)
    for first in iterator:
        yield list(chain([first], (file for _, file in zip(range(_CHUNK - 1), iterator, strict=False))))
