"""Which findings a job shows beside the changed lines: GitHub takes only a few of each step, so the worst come first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gitops_action.model import Report, Severity
from gitops_action.report.escape import one_line
from gitops_action.report.grouping import FindingGroup, group_findings
from gitops_action.report.wording import listed
from gitops_action.report.workflow_commands import command

PER_LEVEL: Final = 10
"""How many errors, and how many warnings, GitHub shows of one step."""

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """One remark beside a line. `level` is error, warning or notice; "" and None mean that it has no such place."""

    level: str
    title: str
    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None

    @property
    def command(self) -> str:
        """The workflow command that makes a runner show it: one line, escaped."""
        return command(self.level, self.message, file=self.file, line=self.line, col=self.column, title=self.title)


def annotate(report: Report, *, per_level: int = PER_LEVEL) -> tuple[list[Annotation], int]:
    """Return at most `per_level` annotations of each level, worst first, and how many findings are left out."""
    taken = dict.fromkeys(Severity, 0)
    result: list[Annotation] = []
    groups = group_findings(report)
    for group in groups:
        severity = group.finding.severity
        if taken[severity] < per_level:
            taken[severity] += 1
            result.append(_annotation(group))
    return result, len(groups) - len(result)


def _annotation(group: FindingGroup) -> Annotation:
    finding = group.finding
    message = one_line(finding.message, 2_000)
    if group.environments:
        message += f" (in {listed(group.environments, one_line, 'environment')})"
    return Annotation(_LEVELS[finding.severity], finding.code, message, finding.file, finding.line, finding.column)
