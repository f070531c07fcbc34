"""What a look at something came to: a line, with the jobs that need it and how to mend it; and what follows for the jobs."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


class State(StrEnum):
    """What a look came to. `UNKNOWN` is never taken for `OK`; a `WARNING` keeps no job from working."""

    OK = "ok"
    MISSING = "missing"
    WARNING = "warning"
    UNKNOWN = "unknown"
    NOT_NEEDED = "not needed"


class Job(StrEnum):
    """What somebody may want to do."""

    VALIDATE = "validate"
    CHECK = "check"
    PREVIEW = "preview"
    APISERVER = "apiserver"
    KUBECONFORM = "kubeconform"
    PROMOTE = "promote"
    DEPLOY_FLUX = "deploy-flux"
    DEPLOY_APPLY = "deploy-apply"
    DRIFT = "drift"
    ROLLBACK = "rollback"
    IMAGES = "images"
    CHARTS = "charts"
    INIT = "init"


class Topic(StrEnum):
    """What a line is about; the order is the one in which they are shown."""

    PROGRAMS = "Programs"
    CONFIGURATION = "Configuration"
    GIT = "Git"
    WORKFLOWS = "Workflows"
    GITHUB = "GitHub"
    CLUSTER = "Cluster"


DEPLOY: Final = frozenset({Job.DEPLOY_FLUX, Job.DEPLOY_APPLY})
IN_CLUSTER: Final = frozenset({Job.PREVIEW, Job.DRIFT}) | DEPLOY
"""Jobs that ask a cluster."""
PROPOSING: Final = frozenset({Job.PROMOTE, Job.ROLLBACK, Job.IMAGES})
"""Jobs that open pull requests."""
ON_GITHUB: Final = frozenset({Job.CHECK, Job.DRIFT}) | DEPLOY | PROPOSING
"""Jobs that tell GitHub something."""
EVERY: Final = frozenset(Job)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. `fix` is a command or a setting, "" where there is nothing to mend.

    `jobs` are those that cannot do without it. `where` is the cluster, "" for all else.
    """

    topic: Topic
    name: str
    state: State
    message: str = ""
    fix: str = ""
    jobs: frozenset[Job] = EVERY
    where: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows for a job: the lines that it lacks, and those that nobody knows of."""

    job: Job
    lacks: Sequence[Line] = ()
    unknown: Sequence[Line] = ()

    @property
    def state(self) -> State:
        """Whether the job has all that it needs."""
        return State.MISSING if self.lacks else State.UNKNOWN if self.unknown else State.OK


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was looked at, and the jobs that were asked about."""

    lines: Sequence[Line]
    asked: frozenset[Job]

    @property
    def shown(self) -> list[Line]:
        """The lines by topic, where what no job needs that was asked about is not needed."""
        order = list(Topic)
        lines = [one if self.asked & one.jobs else _spared(one) for one in self.lines]
        return sorted(lines, key=lambda one: (order.index(one.topic), one.where))

    @property
    def verdicts(self) -> list[Verdict]:
        """What follows for each job, asked about or not."""
        return [
            Verdict(
                job,
                [one for one in self.lines if job in one.jobs and one.state is State.MISSING],
                [one for one in self.lines if job in one.jobs and one.state is State.UNKNOWN],
            )
            for job in Job
        ]

    @property
    def exit_code(self) -> int:
        """1 if a job that was asked about lacks something, else 0."""
        return 1 if any(one.state is State.MISSING for one in self.verdicts if one.job in self.asked) else 0


def _spared(line: Line) -> Line:
    return line if line.state is State.OK else replace(line, state=State.NOT_NEEDED)


def jobs_of(word: str, configured: Collection[Job] = ()) -> frozenset[Job]:
    """Return the jobs that a word means: `deploy` is the way that the configuration names, or both."""
    if word == "deploy":
        return (DEPLOY & frozenset(configured)) or DEPLOY
    return frozenset({Job(word)})


def words() -> list[str]:
    """Return what may be asked about."""
    return [*(job.value for job in Job), "deploy"]


def listed(names: Iterable[str], most: int = 5) -> str:
    """Return names in a row, the first of many."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
