"""What `doctor` found: as text, as Markdown for a job's summary, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gitops_action.doctor.lines import State
from gitops_action.report import wording
from gitops_action.report.columns import Columns
from gitops_action.report.escape import code, message, one_line, prose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitops_action.doctor.lines import Examination, Job, Line, Verdict

SCHEMA: Final = 1
_COLOURS: Final = {State.OK: "32", State.MISSING: "31", State.WARNING: "33", State.UNKNOWN: "33", State.NOT_NEEDED: "2"}
_READY: Final = {State.OK: "ready", State.MISSING: "lacks", State.UNKNOWN: "not known"}
_ICONS: Final = {
    State.OK: "✅",
    State.MISSING: "❌",
    State.WARNING: "⚠️",
    State.UNKNOWN: "❔",
    State.NOT_NEEDED: "⚪",
}
_WIDTH: Final = max(len(state) for state in State)
_LONG: Final = 1000


def text(found: Examination, *, colour: bool = False, width: int | None = None) -> str:
    """Write a row for each look, with the way to mend it below; then what follows for each job.

    `width` is that of the terminal, if it is for one. The ways to mend are to be copied: they stay on one line.
    """
    return "".join(f"{line}\n" for line in _lines(found, colour=colour, width=width))


def lines_text(lines: Sequence[Line]) -> str:
    """Write a line for each look, and nothing of jobs."""
    return "".join(f"{line}\n" for line in _looks(lines, colour=False, width=None))


def _lines(found: Examination, *, colour: bool, width: int | None) -> Iterator[str]:
    yield from _looks(found.shown, colour=colour, width=width)
    yield from ("", "Jobs")
    rows = [
        (
            f"{'*' if one.job in found.asked else ' '} {_READY[one.state]:{_WIDTH}}",
            one.job.value,
            _reasons(one),
        )
        for one in found.verdicts
    ]
    columns = Columns(rows, width=width)
    for verdict, row in zip(found.verdicts, rows, strict=True):
        yield from columns.lines(row, _shades(verdict.state, colour=colour))
    yield from ("", _end(found))


def _looks(shown: Sequence[Line], *, colour: bool, width: int | None) -> Iterator[str]:
    rows = [(f"{one.state.value:{_WIDTH}}", one_line(one.name), one_line(one.message, _LONG)) for one in shown]
    columns = Columns(rows, width=width, indent=2)
    heading = ""
    for line, row in zip(shown, rows, strict=True):
        title = f"{line.topic.value} {line.where}".strip()
        if title != heading:
            yield from ([""] if heading else [])
            yield title
            heading = title
        yield from columns.lines(row, _shades(line.state, colour=colour))
        if line.fix and line.state not in {State.OK, State.NOT_NEEDED}:
            yield f"  {'':{_WIDTH}}  → {one_line(line.fix, _LONG)}"


def _shades(state: State, *, colour: bool) -> dict[int, str]:
    return {0: _COLOURS[state]} if colour else {}


def _reasons(verdict: Verdict) -> str:
    """Name what a job lacks, or what nobody knows of it."""
    lines = verdict.lacks or verdict.unknown
    return ", ".join(dict.fromkeys(one_line(f"{one.name} ({one.where})" if one.where else one.name) for one in lines))


def _end(found: Examination) -> str:
    """Say in one line how it ended for the jobs that were asked about, which are marked."""
    asked = [one for one in found.verdicts if one.job in found.asked]
    lacking = [one.job for one in asked if one.lacks]
    unknown = {(line.topic, line.name, line.where) for one in asked for line in one.unknown}
    head = (
        f"{_names(lacking)} {'lacks' if len(lacking) == 1 else 'lack'} something" if lacking else "nothing is missing"
    )
    tail = (
        f"; {wording.count(len(unknown), 'thing')} {'is' if len(unknown) == 1 else 'are'} not known" if unknown else ""
    )
    return f"* asked about: {_names([one.job for one in asked])}: {head}{tail}"


def _names(jobs: Sequence[Job]) -> str:
    return ", ".join(job.value for job in jobs)


def markdown(found: Examination) -> str:
    """Write the same for a job's summary: what follows for the jobs, then what needs somebody's hand, then all the rest."""
    lines = ["| Job | | What it lacks, or what is not known |", "|---|---|---|"]
    for verdict in found.verdicts:
        asked = f"**{verdict.job.value}**" if verdict.job in found.asked else verdict.job.value
        lines.append(
            f"| {asked} | {_ICONS[verdict.state]} {_READY[verdict.state]} | {prose(_reasons(verdict), _LONG)} |"
        )
    shown = found.shown
    pressing = [one for one in shown if one.state not in {State.OK, State.NOT_NEEDED}]
    for title, some in (
        ("", pressing),
        ("All that is in order, or not needed", [one for one in shown if one not in pressing]),
    ):
        if some:
            lines += ["", *([f"<details><summary>{title}</summary>", ""] if title else []), *_table(some)]
            lines += ["", "</details>"] if title else []
    return "\n".join([*lines, "", prose(_end(found).removeprefix("* "))]) + "\n"


def _table(lines: Sequence[Line]) -> Iterator[str]:
    yield from ("| | What | | How to mend it |", "|---|---|---|---|")
    for line in lines:
        what = prose(f"{line.topic.value} {line.where}".strip()) + ": " + prose(line.name)
        fix = code(line.fix, _LONG) if line.state is not State.OK else ""
        yield f"| {_ICONS[line.state]} {line.state.value} | {what} | {message(line.message, _LONG)} | {fix} |"


def as_json(found: Examination) -> str:
    """Write everything for programs; `schemas/doctor.schema.json` describes it."""
    value = {
        "schemaVersion": SCHEMA,
        "asked": sorted(job.value for job in found.asked),
        "lines": [_value(line) for line in found.shown],
        "jobs": [
            {
                "job": one.job.value,
                "state": _READY[one.state],
                "lacks": [line.name for line in one.lacks],
                "unknown": [line.name for line in one.unknown],
            }
            for one in found.verdicts
        ],
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _value(line: Line) -> dict[str, Any]:
    return {
        "topic": line.topic.value,
        "name": line.name,
        "state": line.state.value,
        "message": line.message,
        "fix": line.fix if line.state is not State.OK else "",
        "jobs": sorted(job.value for job in line.jobs),
        "where": line.where,
    }
