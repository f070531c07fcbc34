"""How Flux stands: as a table, as lines of what has changed, as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gitops_action.deploy.flux import Phase
from gitops_action.deploy.flux_status import short
from gitops_action.report import wording
from gitops_action.report.columns import Columns
from gitops_action.report.escape import code, fence, message, one_line, visible_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.deploy.flux_status import Row, Snapshot

SCHEMA: Final = 1
_WORDS: Final = {
    Phase.READY: "ready",
    Phase.WAITING: "waiting",
    Phase.BROKEN: "failing",
    Phase.FAILED: "failed",
    Phase.SUSPENDED: "suspended",
}
_COLOURS: Final = {"ready": "32", "waiting": "33", "failing": "31", "failed": "31", "unknown": "33"}
_HEAD: Final = ("NAME", "REVISION", "READY", "AGE", "GIT", "ENVIRONMENT", "MESSAGE")
_MESSAGE: Final = 160
_UNITS: Final = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def text(snapshot: Snapshot, now: datetime, *, colour: bool = False, width: int | None = None) -> str:
    """Write a table for each kind, as wide as the terminal if it is for one, and one line that says it all."""
    cells = [(row, _cells(row, now)) for row in snapshot.rows]
    rows = [one for _, one in cells]
    # A column that says nothing takes room from the messages: such as that of Git outside of a repository.
    columns = Columns(rows, head=_HEAD, width=width, indent=2)
    lines: list[str] = []
    kind = ""
    for row, one in cells:
        if row.kind != kind:
            kind = row.kind
            lines += [*([""] if lines else []), kind, *columns.heading()]
        shade = _COLOURS.get(one[2].partition(",")[0], "") if colour else ""
        lines += columns.lines(one, {2: shade})
    lines += ["", *_ends(snapshot)] if lines else _ends(snapshot)
    return "".join(f"{line}\n" for line in lines)


def changed(before: Sequence[Row], after: Sequence[Row]) -> list[tuple[str, Row]]:
    """Return what is new, as (added, changed or deleted, row)."""
    old = {row.key: row for row in before}
    new = {row.key: row for row in after}
    found = [("changed" if row.key in old else "added", row) for row in after if old.get(row.key) != row]
    return found + [("deleted", row) for row in before if row.key not in new]


def change_line(what: str, row: Row, now: datetime) -> str:
    """Write one change on a line of its own, for a log."""
    name, revision, ready, _, git, _, said = _cells(row, now)
    word = "deleted" if what == "deleted" else ready
    details = ", ".join(filter(None, (revision, git)))
    return " ".join(
        filter(None, (f"{now:%H:%M:%S}", f"{row.kind}/{name}", word, f"({details})" if details else "", said))
    )


def change_json(what: str, row: Row) -> str:
    """Write one change as a line of JSON."""
    return json.dumps({"type": what, **_value(row)}, ensure_ascii=False)


def as_json(snapshot: Snapshot) -> str:
    """Write everything for programs; `schemas/status.schema.json` describes it."""
    value = {
        "schemaVersion": SCHEMA,
        "commit": snapshot.commit,
        "objects": [_value(row) for row in snapshot.rows],
        "unknown": [{"kind": kind, "reason": reason} for kind, reason in snapshot.unknown.items()],
        "notes": list(snapshot.notes),
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def markdown(snapshot: Snapshot, now: datetime) -> str:
    """Write everything as a table for the job's summary."""
    lines = ["| Kind | Name | Revision | Ready | Age | Git | Message |", "|---|---|---|---|---|---|---|"]
    for row in snapshot.rows:
        name, revision, ready, age, git, _, said = _cells(row, now)
        cells = (row.kind, code(name), code(revision), ready, age, git, message(said))
        lines.append(f"| {' | '.join(cells)} |")
    head = "\n".join(lines) if snapshot.rows else ""
    return f"{head}\n\n{fence(visible_lines(chr(10).join(_ends(snapshot))), 'text')}\n".lstrip()


def _ends(snapshot: Snapshot) -> list[str]:
    """Say what is not known, and how much is ready."""
    lines = [f"unknown: {kind}: {one_line(reason)}" for kind, reason in snapshot.unknown.items()]
    lines += [f"note: {one_line(note)}" for note in snapshot.notes]
    total = len(snapshot.rows)
    ready = sum(row.phase is Phase.READY for row in snapshot.rows)
    suspended = sum(row.suspended for row in snapshot.rows)
    failed = sum(row.is_failed for row in snapshot.rows)
    said = [f"{ready} of {wording.count(total, 'object')} ready"]
    said += [f"{failed} failing"] if failed else []
    said += [f"{total - ready - failed} waiting"] if total - ready - failed else []
    said += [f"{suspended} suspended"] if suspended else []
    said += [f"{wording.count(len(snapshot.unknown), 'kind')} not known"] if snapshot.unknown else []
    return [*lines, ", ".join(said) if total else "Flux has nothing to do here: no object was found"]


def _cells(row: Row, now: datetime) -> tuple[str, ...]:
    # Suspended by intent, whatever its state was before that.
    ready = _WORDS[row.phase] + (", suspended" if row.suspended else "")
    return (
        one_line(f"{row.namespace}/{row.name}"),
        one_line(short(row.revision), 60),
        ready,
        _age(row.since, now),
        str(row.position) if row.position else "",
        one_line(row.environment),
        one_line(row.message, _MESSAGE),
    )


def _age(since: str, now: datetime) -> str:
    """Say how long something lasts in its two greatest units: 3d4h."""
    try:
        left = int((now - datetime.fromisoformat(since).astimezone(UTC)).total_seconds())
    except ValueError:
        return ""
    left = max(left, 0)
    parts: list[str] = []
    for unit, size in _UNITS:
        if left >= size or parts:
            parts.append(f"{left // size}{unit}" if left >= size else "")
            left %= size
        if len(parts) == 2:  # noqa: PLR2004 - two units are enough for a reader
            break
    return "".join(parts) or "0s"


def _value(row: Row) -> dict[str, Any]:
    position = row.position
    return {
        "apiVersion": row.api_version,
        "kind": row.kind,
        "namespace": row.namespace,
        "name": row.name,
        "state": _WORDS[row.phase],
        "suspended": row.suspended,
        "revision": row.revision,
        "since": row.since,
        "message": row.message,
        "environment": row.environment,
        "commit": row.commit,
        "behind": position.behind if position else None,
        "ahead": position.ahead if position else None,
    }
