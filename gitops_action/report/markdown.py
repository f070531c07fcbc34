"""The report as GitHub's Markdown: the comment on a pull request, and the job's summary.

What is said always: the verdict, what must not be overlooked, the coverage. Then, each as a whole or counted as not
shown: findings worst first, the numbers per environment, and the diffs with the riskiest first. A fence, a tag or a
table is never cut; only a diff that is too long by itself is shortened inside its fence, which says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES
from gitops_action.model import Finding, Outcome, Report, Severity
from gitops_action.report import escape, wording
from gitops_action.report.changes import ChangeGroup, group_changes, group_drift
from gitops_action.report.details import SHORTEST, Details, sign
from gitops_action.report.grouping import (
    RISK,
    FindingGroup,
    counts,
    environment_places,
    group_findings,
    is_production,
    meant,
    silences,
    unaffected,
)
from gitops_action.report.links import Links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

COMMENT_LIMIT: Final = 65_000
"""Code points; GitHub refuses bodies of more than 65,536."""
SUMMARY_LIMIT: Final = 1_000_000
"""Bytes; over 1 MiB GitHub shows nothing of a step's summary."""
MIN_LIMIT: Final = 4_000

_SEVERITY: Final = {Severity.ERROR: "❌&nbsp;error", Severity.WARNING: "⚠️&nbsp;warning", Severity.INFO: "ℹ️&nbsp;note"}  # noqa: RUF001 - the sign
# Room for the sentences that say how much is not shown, and for what opens and closes a section.
_RESERVE: Final = 600
_OPEN_UP_TO: Final = 2
_MOST_KEPT: Final = 5
_LONGEST_NAME: Final = 130
_LONGEST_ADDRESS: Final = 1_000
_LONGEST_MARKER: Final = 300


def comment(report: Report, *, marker: str, limit: int = COMMENT_LIMIT, links: Links | None = None) -> str:
    """Write the pull request's comment: `marker` (a line of hidden text) first, at most `limit` code points.

    Raises ValueError for a limit below MIN_LIMIT or a marker that is not one hidden line.
    """
    inner = marker.removeprefix("<!--").removesuffix("-->")
    odd = "--" in inner or ">" in inner or not inner.isprintable() or len(marker) > _LONGEST_MARKER
    if len(marker) != len(inner) + 7 or odd:
        raise ValueError(f"not a hidden line: {marker!r}")
    return _Page(report, links or Links(), limit, len).write(marker)


def summary(report: Report, *, limit: int = SUMMARY_LIMIT, links: Links | None = None) -> str:
    """Write the same for the job's summary: at most `limit` bytes as UTF-8."""
    return _Page(report, links or Links(), limit, lambda text: len(text.encode())).write("")


class _Page:
    """One page under way, and the room that is left on it."""

    def __init__(self, report: Report, links: Links, limit: int, size: Callable[[str], int]) -> None:
        if limit < MIN_LIMIT:
            raise ValueError(f"a page needs at least {MIN_LIMIT}, not {limit}")
        self._report = meant(report)
        self._links = links
        self._limit = limit
        self._size = size
        self._elsewhere = " They are in the full report." if links.report else " The JSON report has them."

    def write(self, marker: str) -> str:
        foot = f"\n<sub>{' · '.join(self._foot())}</sub>\n"
        head = self._head(marker, self._limit // 2 - self._size(foot))
        room = self._limit - self._size(head) - self._size(foot) - _RESERVE
        groups = group_changes(self._report)
        findings = self._findings(room // 2 if groups else room * 3 // 4)
        room -= self._size(findings)
        table = self._table(room // 4)
        room -= self._size(table)
        silent = self._silent(room // 4)
        room -= self._size(silent)
        drift = self._drift(room // 3 if groups else room)
        room -= self._size(drift)
        return head + findings + table + silent + self._details(groups, room) + drift + foot

    def _head(self, marker: str, room: int) -> str:
        """Write the verdict and what must not be overlooked, naming as much as there is room for."""
        text = ""
        for most in range(wording.NAMED, -1, -1):
            text = f"{marker}\n" if marker else ""
            text += f"### {wording.icon(self._report)} {wording.headline(self._report, _name, most)}\n"
            text += "".join(f"\n**{said}**\n" for said in wording.statements(self._report, _name, most))
            if self._size(text) <= room:
                break
        return text

    def _foot(self) -> Iterator[str]:
        yield wording.coverage_line(self._report, lambda name: escape.fitted(escape.code, name, 40))
        revisions = [escape.code(revision[:12]) for revision in (self._report.base, self._report.head) if revision]
        if revisions:
            yield " → ".join(revisions)
        link = escape.link("full report", self._links.report)
        if self._links.report and len(link) <= _LONGEST_ADDRESS:
            yield link

    def _findings(self, room: int) -> str:
        groups = group_findings(self._report.findings, self._report.environments)
        if not groups:
            return ""
        head = "\n| | Where | Finding |\n|---|---|---|\n"
        rows, left = self._take((self._row(group) for group in groups), len(groups), room - self._size(head))
        return self._section(head, rows, left, "finding")

    def _row(self, group: FindingGroup) -> str:
        finding = group.finding
        parts = [escape.fitted(escape.message, finding.message, 2_000)]
        if group.environments:
            parts.append(f"in {wording.listed(group.environments, _name, 'environment')}")
        parts.append(self._code(finding.code))
        where = self._place(finding)
        if not where and finding.resource is not None:
            where = _name(str(finding.resource))
        return f"| {_SEVERITY[finding.severity]} | {where} | {' · '.join(filter(None, parts))} |\n"

    def _code(self, code: str) -> str:
        text = escape.fitted(escape.code, code, 60)
        if code not in CODES or not self._links.codes:
            return text
        return escape.link(text, f"{self._links.codes}#{code}")

    def _place(self, finding: Finding) -> str:
        if not finding.file:
            return ""
        text = escape.fitted(escape.code, str(finding.location), 600)
        if not self._links.blob or len(finding.file) > 200:  # noqa: PLR2004 - such a path is shortened
            return text
        return escape.link(text, escape.blob_url(self._links.blob, finding.file, finding.line))

    def _table(self, room: int) -> str:
        numbers = counts(self._report.changes)
        seen = sorted({outcome for row in numbers.values() for outcome in row}, key=RISK.__getitem__)
        if not set(seen) - {Outcome.UNCHANGED}:
            return ""
        # Where no environment is meant there is but one row, and nothing to call it.
        named = any(numbers)
        head = ("\n| Environment |" if named else "\n|") + "".join(f" {outcome.value} |" for outcome in seen)
        head += ("\n|---|" if named else "\n|") + "---:|" * len(seen) + "\n"
        rows = {
            name: (f"| {_name(name)} |" if named else "|") + _cells(numbers[name], seen)
            for name in sorted(numbers, key=environment_places(self._report).__getitem__)
        }
        # Where not all fit, those that matter most are kept; what is shown stays in the report's order.
        weighty = sorted(rows, key=lambda name: (Outcome.DELETE not in numbers[name], not is_production(name)))
        _, left = self._take((rows[name] for name in weighty), len(rows), room - self._size(head))
        kept = {*weighty[: len(rows) - left]}
        return self._section(head, "".join(row for name, row in rows.items() if name in kept), left, "environment")

    def _silent(self, room: int) -> str:
        lines = []
        for group in silences(self._report):
            names = ", ".join(map(_name, group.names))
            names += f" and {group.count - len(group.names)} more" if group.count > len(group.names) else ""
            where = f" in {_name(group.environment)}" if group.environment else ""
            reason = f": {escape.fitted(escape.message, group.message, 1_000)}" if group.message else ""
            lines.append(f"- {sign(group.outcome)} **{group.outcome.value}**{where}: {names}{reason}\n")
        for change in unaffected(self._report):
            kept = ", ".join(
                f"{escape.fitted(escape.code, one.path, 200)} (owned by {escape.fitted(escape.code, one.manager, 100)})"
                for one in change.leftovers[:_MOST_KEPT]
            )
            where = f" in {_name(change.environment)}" if change.environment else ""
            lines.append(f"- **removed from Git only**{where}: {_name(str(change.resource))} keeps {kept}\n")
        rows, left = self._take(lines, len(lines), room)
        return self._section("\n", rows, left, "more reason")

    def _details(self, groups: Sequence[ChangeGroup], room: int) -> str:
        details = Details(self._size, self._elsewhere, unfolded=len(groups) <= _OPEN_UP_TO)
        shown, left = [], 0
        for group in groups:
            # None takes all that is left from those after it.
            text = details.write(group, room if len(groups) == 1 or room < 2 * SHORTEST else room // 2)
            if text:
                shown.append(text)
                room -= self._size(text)
            else:
                left += len(group.places)
        return self._section("", "".join(shown), left, "changed object")

    def _drift(self, room: int) -> str:
        """Write what the cluster had of its own before the change, apart from what the change does."""
        groups = group_drift(self._report)
        if not groups:
            return ""
        number = sum(len(group.places) for group in groups)
        head = f"\n#### {wording.count(number, 'object')} had drifted from Git before this change\n"
        head += "\nFrom what is in the cluster to what Git says; the change does not do this.\n"
        details = Details(self._size, self._elsewhere, unfolded=False)
        shown, left = [], 0
        room -= self._size(head)
        for group in groups:
            text = details.write(group, room // 2, "drifted")
            shown.append(text)
            room -= self._size(text)
            left += 0 if text else len(group.places)
        return head + self._section("", "".join(shown), left, "drifted object")

    def _section(self, head: str, rows: str, left: int, noun: str) -> str:
        more = f"\n{wording.count(left, noun)} not shown.{self._elsewhere}\n" if left else ""
        return (head + rows if rows else "") + more

    def _take(self, parts: Iterable[str], total: int, room: int) -> tuple[str, int]:
        """Take parts, from the first on, as long as there is room; return them and the number left out."""
        taken = []
        for part in parts:
            room -= self._size(part)
            if room < 0:
                break
            taken.append(part)
        return "".join(taken), total - len(taken)


def _name(name: str) -> str:
    return escape.fitted(lambda text: escape.code(text, 100), name, _LONGEST_NAME)


def _cells(numbers: dict[Outcome, int], seen: Sequence[Outcome]) -> str:
    return "".join(f" {numbers.get(outcome, 0) or ''} |" for outcome in seen) + "\n"
