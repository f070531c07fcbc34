"""The report as GitHub's Markdown: the comment on a pull request, and the job's summary.

What is said always: the verdict, what must not be overlooked, the coverage. Then, each as a whole or counted as not
shown: findings worst first, the numbers per environment, and the diffs with the riskiest first. A fence, a tag or a
table is never cut; only a diff that is too long by itself is shortened inside its fence, which says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gitops_action.model import Finding, Outcome, Report, Severity
from gitops_action.report import escape, wording
from gitops_action.report.grouping import (
    RISK,
    ChangeGroup,
    FindingGroup,
    counts,
    environment_places,
    group_changes,
    group_findings,
    silences,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

COMMENT_LIMIT: Final = 65_000
"""Code points; GitHub refuses bodies of more than 65,536."""
SUMMARY_LIMIT: Final = 1_000_000
"""Bytes; over 1 MiB GitHub shows nothing of a step's summary."""
MIN_LIMIT: Final = 4_000

_SEVERITY: Final = {Severity.ERROR: "❌&nbsp;error", Severity.WARNING: "⚠️&nbsp;warning", Severity.INFO: "ℹ️&nbsp;note"}  # noqa: RUF001 - the sign
_SIGNS: Final = {Outcome.DELETE: "🔴", Outcome.REPLACE: "🟠", Outcome.UPDATE: "🟡", Outcome.CREATE: "🟢"}
_OTHER_SIGN: Final = "⚪"
# Room for the sentences that say how much is not shown, and for what opens and closes a section.
_RESERVE: Final = 1_000
_OLD_SIDE: Final = {"--- base", "--- /dev/null"}
_NEW_SIDE: Final = {"+++ head", "+++ /dev/null"}
_SHORTEST_DIFF: Final = 400
_OPEN_UP_TO: Final = 2


@dataclass(frozen=True, slots=True)
class Links:
    """Where a reader can go on. `blob` is the address of the head's files (…/blob/COMMIT), `report` of the whole."""

    blob: str = ""
    report: str = ""


def marker_line(*parts: str) -> str:
    """Return the hidden first line by which a comment of ours is found again, whatever the parts are."""
    name = " ".join(part.encode("unicode_escape").decode() for part in ("gitops-action", *parts))
    return f"<!-- {name.replace('--', '-' + chr(92) + 'x2d').replace('>', chr(92) + 'x3e')} -->"


def comment(report: Report, *, marker: str, limit: int = COMMENT_LIMIT, links: Links | None = None) -> str:
    """Write the pull request's comment: `marker` (a line of hidden text) first, at most `limit` code points.

    Raises ValueError for a limit below MIN_LIMIT or a marker that is not one hidden line.
    """
    inner = marker.removeprefix("<!--").removesuffix("-->")
    if len(marker) != len(inner) + 7 or "--" in inner or ">" in inner or not inner.isprintable():
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
        self._report = report
        self._links = links
        self._limit = limit
        self._size = size

    def write(self, marker: str) -> str:
        head = f"{marker}\n" if marker else ""
        head += f"### {wording.icon(self._report)} {wording.headline(self._report, _name)}\n"
        head += "".join(f"\n**{escape.prose(text)}**\n" for text in wording.statements(self._report))
        foot = f"\n<sub>{' · '.join(self._foot())}</sub>\n"
        room = self._limit - self._size(head) - self._size(foot) - _RESERVE
        groups = group_changes(self._report)
        findings = self._findings(room // 2 if groups else room * 3 // 4)
        room -= self._size(findings)
        table = self._table(room // 4)
        room -= self._size(table)
        silent = self._silent(room // 4)
        room -= self._size(silent)
        return head + findings + table + silent + self._details(groups, room) + foot

    def _foot(self) -> Iterator[str]:
        yield wording.coverage_line(self._report, lambda name: escape.code(name, 40))
        revisions = [escape.code(revision[:12]) for revision in (self._report.base, self._report.head) if revision]
        if revisions:
            yield " → ".join(revisions)
        if self._links.report:
            yield escape.link("full report", escape.clip(self._links.report, 500))

    def _findings(self, room: int) -> str:
        groups = group_findings(self._report.findings, self._report.environments)
        if not groups:
            return ""
        head = "\n| | Where | Code | Finding |\n|---|---|---|---|\n"
        rows, left = self._take((self._row(group) for group in groups), len(groups), room - self._size(head))
        more = f"\n{wording.count(left, 'finding')} not shown.{self._elsewhere()}\n" if left else ""
        return (head + rows if rows else "") + more

    def _row(self, group: FindingGroup) -> str:
        finding = group.finding
        text = escape.message(finding.message)
        if group.environments:
            text += f" · in {wording.listed(group.environments, _name, 'environment')}"
        where = self._place(finding)
        if not where and finding.resource is not None:
            where = escape.code(str(finding.resource))
        return f"| {_SEVERITY[finding.severity]} | {where} | {escape.code(finding.code, 60)} | {text} |\n"

    def _place(self, finding: Finding) -> str:
        if not finding.file:
            return ""
        text = escape.code(str(finding.location))
        if not self._links.blob or len(finding.file) > 200:  # noqa: PLR2004 - such a path is shortened
            return text
        return escape.link(text, escape.blob_url(self._links.blob, finding.file, finding.line))

    def _table(self, room: int) -> str:
        numbers = counts(self._report.changes)
        seen = sorted({outcome for row in numbers.values() for outcome in row}, key=RISK.__getitem__)
        if not set(seen) - {Outcome.UNCHANGED}:
            return ""
        head = "\n| Environment |" + "".join(f" {outcome.value} |" for outcome in seen) + "\n|---|"
        head += "---:|" * len(seen) + "\n"
        places = sorted(numbers, key=environment_places(self._report).__getitem__)
        rows, left = self._take(
            (f"| {_name(name) or '–'} |" + _cells(numbers[name], seen) for name in places),  # noqa: RUF001 - a dash
            len(places),
            room - self._size(head),
        )
        more = f"\n{wording.count(left, 'environment')} not shown.{self._elsewhere()}\n" if left else ""
        return (head + rows if rows else "") + more

    def _silent(self, room: int) -> str:
        groups = silences(self._report)
        lines = []
        for group in groups:
            names = ", ".join(escape.code(name, 80) for name in group.names)
            names += f" and {group.count - len(group.names)} more" if group.count > len(group.names) else ""
            where = f" in {_name(group.environment)}" if group.environment else ""
            reason = f": {escape.message(group.message)}" if group.message else ""
            lines.append(f"- {_sign(group.outcome)} **{group.outcome.value}**{where}: {names}{reason}\n")
        rows, left = self._take(lines, len(lines), room)
        more = f"\n{wording.count(left, 'more reason')} not shown.{self._elsewhere()}\n" if left else ""
        return ("\n" + rows if rows else "") + more

    def _details(self, groups: Sequence[ChangeGroup], room: int) -> str:
        opened = " open" if len(groups) <= _OPEN_UP_TO else ""
        shown, left = [], 0
        for group in groups:
            enough = room >= _SHORTEST_DIFF
            text = "" if not enough else self._detail(group, opened, room if len(groups) == 1 else room // 2, room)
            if text:
                shown.append(text)
                room -= self._size(text)
            else:
                left += 1
        more = f"\n{wording.count(left, 'changed object')} not shown.{self._elsewhere()}\n" if left else ""
        return "".join(shown) + more

    def _detail(self, group: ChangeGroup, opened: str, share: int, room: int) -> str:
        """Write one object's diff: whole if it fits, shortened to its share, or "" where there is no room at all."""
        change = group.change
        frame = f"\n<details{opened}><summary>{_title(group)}</summary>\n"
        frame += f"\nNote: {escape.message(change.message)}\n" if change.message else ""
        lines = _body(change.diff)
        if len(change.diff) <= share:
            whole = f"{frame}\n{escape.fence(lines, 'diff')}\n\n</details>\n"
            if self._size(whole) <= share:
                return whole
        # The note and the fence's own marks need room too; the loop ends since the room for lines only shrinks.
        budget = share - self._size(frame) - 200
        while budget >= _SHORTEST_DIFF:
            kept = self._first(lines, budget)
            note = f"{wording.count(len(lines) - len(kept), 'line')} of this diff not shown.{self._elsewhere()}"
            text = f"{frame}\n{escape.fence(kept, 'diff')}\n\n{note}\n\n</details>\n"
            if self._size(text) <= min(share, room):
                return text
            budget = budget * 3 // 4
        return ""

    def _first(self, lines: Sequence[str], budget: int) -> list[str]:
        kept = []
        for line in lines:
            short = escape.clip(line, 1_000)
            budget -= self._size(short) + 1
            if budget < 0:
                break
            kept.append(short)
        return kept

    def _take(self, parts: Iterable[str], total: int, room: int) -> tuple[str, int]:
        """Take parts, from the first on, as long as there is room; return them and the number left out."""
        taken = []
        for part in parts:
            room -= self._size(part)
            if room < 0:
                break
            taken.append(part)
        return "".join(taken), total - len(taken)

    def _elsewhere(self) -> str:
        return " They are in the full report." if self._links.report else " See the report file."


def _body(diff: str) -> list[str]:
    """Return a diff's lines without its two first, which only say what the title does."""
    lines = escape.visible_lines(diff)
    heads = len(lines) > 2 and lines[0] in _OLD_SIDE and lines[1] in _NEW_SIDE  # noqa: PLR2004 - the two lines
    return lines[2:] if heads else lines


def _title(group: ChangeGroup) -> str:
    change = group.change
    name = "/".join(filter(None, (change.resource.namespace, change.resource.name)))
    text = f"{_sign(change.outcome)} {change.outcome.value} {escape.html_code(change.resource.kind, 80)}"
    text += f" {escape.html_code(name)}"
    environments = [name for name in group.environments if name]
    if environments:
        text += f" · {wording.listed(environments, lambda name: escape.html_code(name, 60), 'environment')}"
    if change.fields:
        text += f" · {wording.count(len(change.fields), 'field')}"
    return text


def _name(name: str) -> str:
    return escape.code(name, 60)


def _sign(outcome: Outcome) -> str:
    return _SIGNS.get(outcome, _OTHER_SIGN)


def _cells(numbers: dict[Outcome, int], seen: Sequence[Outcome]) -> str:
    return "".join(f" {numbers.get(outcome, 0) or ''} |" for outcome in seen) + "\n"
