"""The report as text for a terminal or a log: a line for each finding, in the form that editors jump to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.diff.canonical import scalar
from gitops_action.model import Change, FieldChange, Outcome, Report, Severity, Verdict
from gitops_action.report import wording
from gitops_action.report.changes import ChangeGroup, group_changes, group_drift
from gitops_action.report.escape import defuse, one_line, visible_lines
from gitops_action.report.excerpts import MOST, excerpt, may_show
from gitops_action.report.fields import ARROW, shortened
from gitops_action.report.grouping import FindingGroup, environment_places, group_findings, meant, silences, unaffected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.model import Finding
    from gitops_action.report.excerpts import Sources

_RESET: Final = "\x1b[0m"
_COLOURS: Final = {
    Severity.ERROR: "\x1b[1;31m",
    Severity.WARNING: "\x1b[33m",
    Severity.INFO: "\x1b[36m",
    Outcome.DELETE: "\x1b[1;31m",
    Outcome.REPLACE: "\x1b[1;31m",
    Outcome.UPDATE: "\x1b[33m",
    Outcome.CREATE: "\x1b[32m",
    Verdict.PASSED: "\x1b[32m",
    Verdict.FAILED: "\x1b[1;31m",
    Verdict.INCOMPLETE: "\x1b[1;33m",
    "+": "\x1b[32m",
    "-": "\x1b[31m",
    "@": "\x1b[36m",
}
_SIGNS: Final = {Outcome.DELETE: "-", Outcome.REPLACE: "!", Outcome.UPDATE: "~", Outcome.CREATE: "+"}
_MAX_FIELDS: Final = 20
# What is read at a glance; a longer line is broken where both values can be seen one above the other.
_WIDTH: Final = 100
_VALUE_WIDTH: Final = 200
_LONGEST_VALUE: Final = 10_000


def render(report: Report, *, colour: bool = False, sources: Sources | None = None) -> str:
    """Write the report as plain text, with ANSI colours if asked; with `sources` the worst findings have an excerpt.

    For the command `diff` each change is followed by its whole diff, otherwise by its fields. Nothing in a manifest
    reaches the terminal as a control sequence, or the log of a job as a command.
    """
    page = _Page(report, colour=colour, sources=sources)
    blocks = ["\n".join(lines) for lines in (page.findings(), page.changes(), page.drift(), page.end()) if lines]
    return "\n\n".join(blocks) + "\n"


def parts(report: Report) -> Iterator[tuple[str, str]]:
    """Return what `render` writes, in parts with a title: what is "" stands open, the changes are one for each environment.

    A report of one environment is one part.
    """
    concerned = [name for name in environment_places(report) if any(it.environment == name for it in report.changes)]
    if len(concerned) <= 1:
        yield "", render(report)
        return
    page = _Page(report, colour=False)
    if found := page.findings():
        yield "", "\n".join(found)
    for name in concerned:
        changes = [change for change in report.changes if change.environment == name]
        inner = _Page(replace(report, findings=(), changes=changes, environments=(name,)), colour=False)
        numbers = Counter(change.outcome.value for change in changes)
        counted = ", ".join(f"{count} {outcome}" for outcome, count in sorted(numbers.items()))
        if lines := [*inner.changes(), *inner.drift()]:
            yield f"{_plain(name) or 'no environment'}: {counted}", "\n".join(lines)
    yield "", "\n".join(page.end())


class _Page:
    def __init__(self, report: Report, *, colour: bool, sources: Sources | None = None) -> None:
        self._sources = sources
        self._report = meant(report)
        self._colour = colour
        self._whole = report.command == "diff"

    def findings(self) -> list[str]:
        lines = []
        for place, group in enumerate(group_findings(self._report.findings, self._report.environments)):
            lines.append(self._finding(group))
            if self._sources is not None and place < MOST:
                lines += self._excerpt(group.finding, self._sources)
        return lines

    def _excerpt(self, finding: Finding, sources: Sources) -> list[str]:
        source = sources(finding.file) if may_show(finding) else None
        if source is None or finding.line is None:
            return []
        colour = _COLOURS[finding.severity] if self._colour else ""
        return excerpt(source, finding.line, finding.column, colour=colour)

    def _finding(self, group: FindingGroup) -> str:
        finding = group.finding
        place = str(finding.location) or str(finding.resource or "")
        where = f" (in {wording.listed(group.environments, _plain, 'environment')})" if group.environments else ""
        severity = self._paint(finding.severity.value, finding.severity)
        lead = f"{_plain(place)}: " if place else ""
        return defuse(f"{lead}{severity}: {one_line(finding.message, 2_000)} [{_plain(finding.code)}]{where}")

    def changes(self) -> list[str]:
        lines: list[str] = []
        for group in group_changes(self._report, context=self._whole):
            lines += self._change(group)
        for silence in silences(self._report):
            where = f" in {_plain(silence.environment)}" if silence.environment else ""
            names = ", ".join(map(_plain, silence.names))
            more = f" and {silence.count - len(silence.names)} more" if silence.count > len(silence.names) else ""
            reason = f": {_plain(silence.message)}" if silence.message else ""
            lines.append(f"? {silence.outcome.value}{where}: {names}{more}{reason}")
        return lines

    def drift(self) -> list[str]:
        lines: list[str] = []
        for change in unaffected(self._report):
            where = f" in {_plain(change.environment)}" if change.environment else ""
            lines.append(f"removed from Git only: {_plain(str(change.resource))}{where}")
            lines += _leftovers(change)
        for group in group_drift(self._report):
            where = wording.spread(group, _plain)
            name = _plain(f"{group.change.resource.kind}/{wording.name_of(group)}")
            lines.append(f"drifted before this change: {name}" + (f" in {where}" if where else ""))
            for field in group.change.fields[:_MAX_FIELDS]:
                lines += self._field(field)
            if len(group.change.fields) > _MAX_FIELDS:
                lines.append(f"    and {wording.count(len(group.change.fields) - _MAX_FIELDS, 'more field')}")
        return lines

    def _change(self, group: ChangeGroup) -> Iterator[str]:
        change = group.change
        where = wording.spread(group, _plain)
        where = f" in {where}" if where else ""
        name = f"{change.resource.kind}/{wording.name_of(group)}"
        title = f"{_SIGNS.get(change.outcome, '?')} {change.outcome.value} {_plain(name)}"
        reason = f": {_plain(change.message)}" if change.message else ""
        yield self._paint(title, change.outcome) + where + reason
        yield from (f"    conflict: {_plain(one.manager)} owns {_plain(one.path)}" for one in change.claims)
        yield from _leftovers(change)
        if self._whole:
            if group.varied:
                yield "    (… stands for the namespace of each)"
            yield from (self._paint(f"    {line}", line[:1]) for line in visible_lines(group.diff))
            return
        for field in change.fields[:_MAX_FIELDS]:
            yield from self._field(field)
        if len(change.fields) > _MAX_FIELDS:
            yield f"    and {wording.count(len(change.fields) - _MAX_FIELDS, 'more field')}"

    def _field(self, field: FieldChange) -> Iterator[str]:
        before = _value(field.before) if field.present_before else "(absent)"
        after = _value(field.after) if field.present_after else "(absent)"
        path = _plain(field.path)
        before, after = shortened(before, after, _VALUE_WIDTH)
        line = f"    {path}: {before}{ARROW}{after}"
        if len(line) <= _WIDTH:
            yield line
            return
        yield f"    {path}:"
        if field.present_before:
            yield self._paint(f"      - {before}", "-")
        if field.present_after:
            yield self._paint(f"      + {after}", "+")

    def end(self) -> list[str]:
        # The headline says by itself that a result is incomplete.
        said = wording.headline(self._report, _plain).removeprefix(self._report.verdict.value).removeprefix(": ")
        verdict = f"{self._report.verdict.value}: {said}".removesuffix(": ")
        return [
            *wording.statements(self._report, _plain),
            wording.coverage_line(self._report, _plain),
            self._paint(verdict, self._report.verdict),
        ]

    def _paint(self, text: str, what: str) -> str:
        return f"{_COLOURS[what]}{text}{_RESET}" if self._colour and what in _COLOURS else text


def _plain(text: str) -> str:
    return defuse(one_line(text, 500))


def _value(value: object) -> str:
    if isinstance(value, str) and value.startswith("<redacted"):
        return _plain(value)
    if isinstance(value, dict | list) and value:
        return f"({wording.count(len(value), 'key' if isinstance(value, dict) else 'element')})"
    return defuse(one_line(scalar(value), _LONGEST_VALUE))


def _leftovers(change: Change) -> list[str]:
    return [f"    stays: {_plain(one.path)}, owned by {_plain(one.manager)}" for one in change.leftovers[:_MAX_FIELDS]]
