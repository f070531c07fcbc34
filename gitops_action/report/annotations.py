"""Which findings a job shows beside the changed lines: GitHub takes only a few of each step, so the worst come first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding, Severity
from gitops_action.records import dataclass
from gitops_action.report.escape import one_line
from gitops_action.report.grouping import FindingGroup, group_findings
from gitops_action.report.wording import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    def properties(self) -> dict[str, str | int | None]:
        """What the workflow command of that level takes besides the message."""
        return {"file": self.file, "line": self.line, "col": self.column, "title": self.title}


def annotate(
    findings: Sequence[Finding], environments: Sequence[str] = (), *, per_level: int = PER_LEVEL
) -> list[Annotation]:
    """Return at most `per_level` annotations of each level, worst first; the same problem is told once.

    `environments` is the order in which they are named: that of `Report.environments`.
    `workflow_commands.command` makes a line of a runner's log from each, and escapes it.
    """
    taken = dict.fromkeys(Severity, 0)
    result: list[Annotation] = []
    for group in group_findings(findings, environments):
        severity = group.finding.severity
        if taken[severity] < per_level:
            taken[severity] += 1
            result.append(_annotation(group))
    return result


def _annotation(group: FindingGroup) -> Annotation:
    finding = group.finding
    message = one_line(finding.message, 2_000)
    if group.environments:
        message += f" (in {listed(group.environments, one_line, 'environment')})"
    return Annotation(_LEVELS[finding.severity], finding.code, message, finding.file, finding.line, finding.column)
