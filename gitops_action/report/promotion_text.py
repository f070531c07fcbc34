"""A plan of promotions for people at a terminal, and for programs as JSON."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from gitops_action.promote.decisions import Action
from gitops_action.promote.proposal import Proposal, State
from gitops_action.report.columns import Columns
from gitops_action.report.escape import defuse, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_WORDS: Final = {
    State.READY: "to promote",
    State.CONFLICT: "to decide",
    State.WAITING: "waiting",
    State.LOCKED: "locked",
    State.NOTHING: "up to date",
    State.ABSENT: "not in the target",
    State.BROKEN: "not known",
}
_LONGEST: Final = 300
_MOST_VERSIONS: Final = 3
_MOST: Final = 50


def plan_text(proposals: Sequence[Proposal], *, verbose: bool = False) -> str:
    """Return the plan: per path what goes, and why the rest does not. What is up to date is only counted."""
    lines: list[str] = []
    for path, group in groupby(proposals, key=lambda one: one.path):
        mine = list(group)
        idle = [one for one in mine if one.state is State.NOTHING and not verbose]
        lines.append(f"{path}")
        for one in mine:
            if one not in idle:
                lines += _proposal(one)
        if idle:
            kept = sum(bool(one.merged.decisions) for one in idle)
            note = f", {kept} of them with changes that stay in the source" if kept else ""
            lines.append(f"  {len(idle)} up to date{note}")
        lines.append("")
    return "\n".join(_plain(line) for line in lines)


def _proposal(one: Proposal) -> Iterator[str]:
    state = _WORDS[one.state]
    busy = one.state is not State.NOTHING
    count = f" ({len(one.sources)} of {len(one.pending)} changes)" if one.pending and busy else ""
    yield f"  {one.component.name}: {state}{count}"
    for reason in filter(None, (one.problem, one.lock, *one.waiting)):
        yield f"    {reason}"
    for source in one.sources if busy else ():
        yield f"    {source.commit[:8]} {source.subject}"
    for decision in one.merged.decisions[:_MOST]:
        where = f"{decision.file}:{decision.line}" if decision.line else decision.file
        what = " ".join(filter(None, (decision.resource, decision.path)))
        values = f": {decision.old} → {decision.new}" if decision.path else ""
        stays = f" (the target has {decision.target})" if decision.action in _LEFT and decision.path else ""
        reason = f" - {decision.reason}" if decision.reason else ""
        yield f"    {decision.action.value} {where} {what}{values}{stays}{reason}"
    if len(one.merged.decisions) > _MOST:
        yield f"    and {len(one.merged.decisions) - _MOST} more"
    for excess in one.excess:
        yield f"    beyond the source's change: {excess}"


def written_text(files: Iterable[str], *, dry_run: bool = False) -> str:
    """Return which files of the work tree were written, or would be in a dry run."""
    verb = "would write" if dry_run else "wrote"
    return "".join(f"{_plain(f'{verb} {file}')}\n" for file in sorted(files)) or "Nothing to write.\n"


_LEFT: Final = frozenset({Action.KEEP, Action.CONFLICT, Action.BLOCK})


def as_json(proposals: Sequence[Proposal]) -> list[dict[str, Any]]:
    """Return the plan as values for JSON."""
    return [
        {
            "from": one.path.source,
            "to": one.path.target,
            "component": one.component.name,
            "sourceDirectory": one.component.source,
            "targetDirectory": one.component.target,
            "branch": one.branch,
            "state": one.state.value,
            "since": one.since,
            "pending": [_source(source) for source in one.pending],
            "sources": [source.commit for source in one.sources],
            "waiting": [*filter(None, (one.problem, one.lock)), *one.waiting],
            "files": sorted(one.merged.changes),
            "decisions": [
                {
                    "action": decision.action.value,
                    "file": decision.file,
                    "line": decision.line,
                    "resource": decision.resource,
                    "path": decision.path,
                    "old": decision.old,
                    "new": decision.new,
                    "target": decision.target,
                    "reason": decision.reason,
                }
                for decision in one.merged.decisions
            ],
            "excess": list(one.excess),
        }
        for one in proposals
    ]


def plan_json(proposals: Sequence[Proposal], versions: Mapping[tuple[str, str], Sequence[str]] | None = None) -> str:
    """Return the plan as JSON text, with the versions by component and environment where they are given."""
    found: dict[str, Any] = {"version": 1, "promotions": as_json(proposals)}
    if versions is not None:
        found["versions"] = [
            {"component": component, "environment": environment, "versions": list(names)}
            for (component, environment), names in versions.items()
        ]
    return json.dumps(found, indent=2) + "\n"


def _source(source: Any) -> dict[str, Any]:
    return {
        "commit": source.commit,
        "subject": source.subject,
        "author": source.author,
        "mergedAt": source.merged_at.isoformat(),
    }


def status_text(
    proposals: Sequence[Proposal], versions: Mapping[tuple[str, str], Sequence[str]], width: int | None = None
) -> str:
    """Return the environments side by side: for each component what each has, and what is on its way to it.

    `versions` are those of software, by component and environment; `width` is that of the terminal, if it is for one.
    """
    environments = list(dict.fromkeys(name for one in proposals for name in (one.path.source, one.path.target)))
    rows: dict[str, dict[str, list[str]]] = {}
    for one in proposals:
        row = rows.setdefault(one.component.name, {})
        for name in (one.path.source, one.path.target):
            row.setdefault(name, [_few(versions.get((one.component.name, name), ()))])
        row[one.path.target].append(f"{_WORDS[one.state]}{_pending(one)}")
    table = [["component", *environments]]
    table += [
        [name, *(", ".join(filter(None, row.get(one, ["-"]))) for one in environments)] for name, row in rows.items()
    ]
    table = [[defuse(one_line(cell, _LONGEST)) for cell in line] for line in table]
    columns = Columns(table, width=width, sentences=False)
    return "".join(f"{line}\n" for row in table for line in columns.lines(row))


def _few(names: Sequence[str]) -> str:
    more = len(names) - _MOST_VERSIONS
    return " ".join(names[:_MOST_VERSIONS]) + (f" +{more}" if more > 0 else "")


def _pending(one: Proposal) -> str:
    if one.state is State.NOTHING or not one.pending:
        return ""
    return f" {len(one.pending)} from {one.path.source}{f' since {one.since[:8]}' if one.since else ''}"


def done_text(done: Sequence[Any]) -> str:
    """Return what a reconciliation did, line by line."""
    lines = []
    for one in done:
        lines.append(
            f"{one.branch}: {one.step.value}{f' {one.url}' if one.url else ''}{f' - {one.message}' if one.message else ''}"
        )
        lines += [f"  note: {note}" for note in one.notes]
    return "".join(f"{_plain(line)}\n" for line in lines) or "Nothing to do.\n"


def reconciled_json(proposals: Sequence[Proposal], done: Sequence[Any]) -> str:
    """Return the plan and what was done as JSON text."""
    rows = [
        {"branch": one.branch, "step": one.step.value, "url": one.url, "message": one.message, "notes": list(one.notes)}
        for one in done
    ]
    return json.dumps({"version": 1, "promotions": as_json(proposals), "done": rows}, indent=2) + "\n"


def outline(proposals: Sequence[Proposal], done: Sequence[Any]) -> str:
    """Return the plan and what was done as one line of JSON, for later steps."""
    steps = {one.branch: one for one in done}
    rows = [
        {
            "from": one.path.source,
            "to": one.path.target,
            "component": one.component.name,
            "state": one.state.value,
            "step": steps[one.branch].step.value if one.branch in steps else "",
            "url": steps[one.branch].url if one.branch in steps else "",
        }
        for one in proposals
        if one.state is not State.NOTHING
    ]
    return json.dumps(rows, separators=(",", ":"))


def exit_code(done: Sequence[Any]) -> int:
    """Return 3 where something could not be done, else 0: what people have to decide is said on the pull request."""
    return 3 if any(one.step.value == "failed" for one in done) else 0


def _plain(line: str) -> str:
    blank = line[: len(line) - len(line.lstrip())]
    return blank + defuse(one_line(line.strip(), _LONGEST)) if line.strip() else ""
