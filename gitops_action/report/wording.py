"""The sentences that every report for people says, so that a comment and a terminal never disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from gitops_action.model import Outcome, Report, Severity, Verdict
from gitops_action.report.grouping import CHANGING, NOT_KNOWN, group_findings

Quote: TypeAlias = Callable[[str], str]
"""How a renderer writes text that is not ours."""

ICONS: Final = {Verdict.PASSED: "✅", Verdict.FAILED: "❌", Verdict.INCOMPLETE: "⚠️"}
_JUDGING: Final = frozenset({"check", "validate"})
_COMPARING: Final = frozenset({"check", "diff"})
_NAMED: Final = 3


def count(number: int, noun: str) -> str:
    """Say how many of something there are."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def nothing_checked(report: Report) -> bool:
    """Whether there was nothing to judge, so that no findings mean nothing."""
    return report.coverage.resources == 0 and not report.changes


def icon(report: Report) -> str:
    """Return the verdict's sign; where nothing was checked it is never the good one."""
    if report.verdict is Verdict.PASSED and nothing_checked(report):
        return "⚪"
    return ICONS[report.verdict]


def headline(report: Report, quote: Quote) -> str:
    """Say what was found and what changes, as in "2 errors, 1 warning · 3 of 14 objects change in staging"."""
    parts = [_problems(report)]
    if report.command in _COMPARING or report.changes:
        parts.append(_changes(report, quote))
    return " · ".join(filter(None, parts))


def _problems(report: Report) -> str:
    numbers = Counter(group.finding.severity for group in group_findings(report.findings))
    said = [
        count(numbers[severity], {"info": "note"}.get(severity.value, severity.value))
        for severity in Severity
        if numbers[severity]
    ]
    if said:
        return ("incomplete: " if report.verdict is Verdict.INCOMPLETE else "") + ", ".join(said)
    if report.verdict is Verdict.INCOMPLETE:
        return "incomplete"
    if nothing_checked(report):
        return "nothing was checked"
    return "no problems found" if report.command in _JUDGING else ""


def _changes(report: Report, quote: Quote) -> str:
    changing = [change for change in report.changes if change.outcome in CHANGING]
    unknown = sum(change.outcome in NOT_KNOWN for change in report.changes)
    also = f"; {unknown} not known" if unknown else ""
    if not changing:
        return ("no object is known to change" if unknown else "no object changes") + also
    total = len(report.changes)
    text = f"{len(changing)} of {count(total, 'object')} " + ("changes" if len(changing) == 1 else "change")
    return text + _where({change.environment for change in changing}, report, quote) + also


def _where(environments: set[str], report: Report, quote: Quote) -> str:
    names = [name for name in dict.fromkeys(report.environments) if name in environments]
    names += sorted(environments - set(names))
    return f" in {listed(list(filter(None, names)), quote, 'environment')}" if any(names) else ""


def listed(names: Sequence[str], quote: Quote, noun: str) -> str:
    """Name a few things, or count many."""
    return ", ".join(map(quote, names)) if len(names) <= _NAMED else count(len(names), noun)


def statements(report: Report) -> Iterator[str]:
    """Say what a reader must not overlook: what was not checked, and what is not known."""
    coverage = report.coverage
    if nothing_checked(report):
        yield "Nothing was checked: there was no Kubernetes object in what was looked at."
    elif report.command in _JUDGING and not any(engine.checked for engine in coverage.engines):
        yield f"Nothing was validated: no engine judged any of {count(coverage.resources, 'object')}."
    if coverage.targets_failed:
        yield (
            f"{coverage.targets_failed} of {count(coverage.targets, 'overlay')} could not be rendered: "
            "what changes there is not known."
        )
    deleted = sum(change.outcome in {Outcome.DELETE, Outcome.REPLACE} for change in report.changes)
    if deleted:
        yield f"{count(deleted, 'object')} would be deleted or replaced."


def coverage_line(report: Report, quote: Quote) -> str:
    """Say how much was looked at."""
    coverage = report.coverage
    parts = []
    for engine in coverage.engines:
        missed = engine.found - engine.checked
        text = f"{quote(engine.engine)} checked {engine.checked} of {count(engine.found, 'object')}"
        parts.append(text + (f"; {missed} not checked" if missed > 0 else ""))
    if not coverage.engines:
        parts.append(count(coverage.resources, "object"))
    if coverage.files or not coverage.targets:
        parts.append(f"{count(coverage.files, 'file')} read")
    if coverage.targets:
        failed = f", {coverage.targets_failed} failed" if coverage.targets_failed else ""
        parts.append(f"{count(coverage.targets, 'overlay')} to render{failed}")
    return " · ".join(parts)
