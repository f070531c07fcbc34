"""The record of a deployment: as text for people, as Markdown for the job's summary, as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from gitops_action.deploy.result import Action, Result
from gitops_action.model import Outcome
from gitops_action.report import wording
from gitops_action.report.escape import code, fence, link, message, visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitops_action.deploy.record import Record
    from gitops_action.deploy.result import Deployed
    from gitops_action.model import Change

SCHEMA: Final = 1
_SIGNS: Final = {
    Result.SUCCESS: "✅",
    Result.SUPERSEDED: "⏭️",
    Result.PLANNED: "📝",
    Result.FAILURE: "❌",
    Result.INTERRUPTED: "⚠️",
    Result.ERROR: "⚠️",
}
_WORDS: Final = {
    Result.SUCCESS: "is deployed",
    Result.SUPERSEDED: "has a newer commit already",
    Result.PLANNED: "would be deployed",
    Result.FAILURE: "was not deployed",
    Result.INTERRUPTED: "was being deployed",
    Result.ERROR: "could not be deployed",
}
_ROWS: Final = 50
# Code points for the differences of a plan; a summary takes much more, a comment not.
_ROOM: Final = 50_000
_QUIET: Final = frozenset({Action.UNCHANGED})


def headline(record: Record) -> str:
    """Say in one line how it ended."""
    said = f"{record.environment} {_WORDS[record.result]}: {record.commit[:12]} in {record.seconds:.1f} s"
    counts = Counter(one.action.value for one in record.outcome.objects)
    done = ", ".join(f"{counts[action]} {action.value}" for action in Action if counts[action])
    return f"{said} ({done})" if done else said


def text(record: Record, *, verbose: bool = False) -> str:
    """Write the record for a terminal or a log; what did not change only if `verbose`."""
    return "".join(f"{line}\n" for line in visible_lines("\n".join(_lines(record, verbose=verbose))))


def _lines(record: Record, *, verbose: bool) -> Iterator[str]:
    outcome = record.outcome
    if record.result is Result.PLANNED:
        yield from _plan(outcome.changes, verbose=verbose)
    for one in outcome.objects:
        if verbose or one.is_bad or one.action not in _QUIET:
            yield _object(one)
            yield from (f"  {event}" for event in one.events if one.is_bad)
    yield from (f"note: {note}" for note in outcome.notes)
    if outcome.message:
        yield f"{outcome.result.value}: {outcome.message}"
    yield headline(record)


def plan_text(changes: Sequence[Change]) -> str:
    """Write what would be done, for a person who is asked about it."""
    lines = list(_plan(changes, verbose=False)) or ["nothing would change"]
    return "\n".join(visible_lines("\n".join(lines)))


def _plan(changes: Sequence[Change], *, verbose: bool) -> Iterator[str]:
    for change in changes:
        if verbose or change.outcome is not Outcome.UNCHANGED:
            said = f": {change.message}" if change.message else ""
            yield f"{change.outcome.value:<10} {change.resource}{said}"
            yield from (f"  {line}" for line in change.diff.splitlines())


def _object(one: Deployed) -> str:
    health = f" ({one.health.status.value})" if one.health is not None and not one.health.is_current else ""
    said = one.message or (one.health.message if one.health is not None else "")
    where = f" [{one.file}]" if one.file and one.is_bad else ""
    return f"{one.action.value:<10} {one.resource}{health}{f': {said}' if said else ''}{where}"


def markdown(record: Record) -> str:
    """Write the record for the job's summary."""
    outcome = record.outcome
    parts = [f"### {_SIGNS[record.result]} {message(headline(record))}"]
    if outcome.message:
        parts.append(f"**Why:** {message(outcome.message)}")
    if record.result is Result.PLANNED:
        parts += _planned(outcome.changes)
    rows = _rows(outcome.bad or [one for one in outcome.objects if one.action not in _QUIET])
    if rows:
        parts.append(rows)
    parts += [f"Note: {message(note)}" for note in outcome.notes]
    by = [f"by {message(record.actor)}"] if record.actor else []
    by += [f"from #{record.pull_request}"] if record.pull_request else []
    by += [link("log", record.run)] if record.run else []
    by += [f"was {code(outcome.previous[:12])}"] if outcome.previous else []
    if by:
        parts.append(f"<sub>{', '.join(by)}</sub>")
    return "\n\n".join(parts) + "\n"


def _planned(changes: Sequence[Change]) -> Iterator[str]:
    """Write what would be done, with the differences as far as there is room."""
    told = [change for change in changes if change.outcome is not Outcome.UNCHANGED]
    if not told:
        yield "Nothing would change."
    room = _ROOM
    for shown, change in enumerate(told):
        said = f": {message(change.message)}" if change.message else ""
        part = f"**{change.outcome.value}** {code(str(change.resource), 150)}{said}"
        part += f"\n\n{fence(visible_lines(change.diff), 'diff')}" if change.diff else ""
        room -= len(part)
        if room < 0:
            yield f"and {wording.count(len(told) - shown, 'more object')}: look at the job's log"
            return
        yield part


def _rows(objects: Sequence[Deployed]) -> str:
    if not objects:
        return ""
    lines = ["| Object | | Why |", "| --- | --- | --- |"]
    for one in objects[:_ROWS]:
        said = one.message or (one.health.message if one.health is not None else "")
        events = "".join(f"<br>{message(event)}" for event in one.events if one.is_bad)
        lines.append(f"| {code(str(one.resource), 150)} | {one.action.value} | {message(said)}{events} |")
    more = len(objects) - _ROWS
    return "\n".join(lines) + (f"\n\nand {wording.count(more, 'more object')}" if more > 0 else "")


def as_json(record: Record) -> str:
    """Write the record for programs; `schemas/deployment.schema.json` describes it."""
    return json.dumps(as_value(record), indent=2, ensure_ascii=False) + "\n"


def as_value(record: Record, *, outline: bool = False) -> dict[str, Any]:
    """Return the record as JSON-like values; an `outline` has only the objects that are not as they should be."""
    outcome = record.outcome
    objects = outcome.bad[:_ROWS] if outline else outcome.objects
    return {
        "schemaVersion": SCHEMA,
        "environment": record.environment,
        "via": record.via,
        "commit": record.commit,
        "previousCommit": outcome.previous,
        "result": record.result.value,
        "message": outcome.message,
        "startedAt": record.started_at.isoformat(timespec="milliseconds"),
        "finishedAt": record.finished_at.isoformat(timespec="milliseconds"),
        "seconds": round(record.seconds, 3),
        "actor": record.actor,
        "repository": record.repository,
        "pullRequest": record.pull_request,
        "run": record.run,
        "deployment": record.deployment,
        "steps": dict(outcome.seconds),
        "notes": list(outcome.notes),
        "objects": [_value(one) for one in objects],
        "plan": [
            {
                "outcome": change.outcome.value,
                "apiVersion": change.resource.api_version,
                "kind": change.resource.kind,
                "namespace": change.resource.namespace,
                "name": change.resource.name,
                "message": change.message,
                "diff": change.diff,
            }
            for change in outcome.changes
            if record.result is Result.PLANNED and not outline
        ],
    }


def _value(one: Deployed) -> dict[str, Any]:
    return {
        "apiVersion": one.resource.api_version,
        "kind": one.resource.kind,
        "namespace": one.resource.namespace,
        "name": one.resource.name,
        "action": one.action.value,
        "message": one.message,
        "file": one.file,
        "health": one.health.status.value if one.health is not None else "",
        "healthMessage": one.health.message if one.health is not None else "",
        "events": list(one.events),
    }
