"""A plan of image updates, and what was done, for people at a terminal, as Markdown, and for programs as JSON."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from gitops_action.images.decisions import Action
from gitops_action.report import wording
from gitops_action.report.escape import code, message, prose, visible_lines
from gitops_action.report.images import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.images.decisions import Decision
    from gitops_action.images.outcome import Outcome
    from gitops_action.images.plan import Looked
    from gitops_action.model import Finding


def text(outcome: Outcome) -> str:
    """Return it for a terminal or a log."""
    lines = [*_text(outcome)]
    return "".join(f"{line}\n" for line in visible_lines("\n".join(lines)))


def _text(outcome: Outcome) -> Iterator[str]:
    plan = outcome.plan
    for looked in plan.looked:
        yield f"{looked.policy.id}: {_picked(looked)}"
    for proposal in plan.proposals:
        yield f"{proposal.branch}: {wording.count(len(proposal.updates), 'update')}"
        for one in proposal.updates:
            what = " ".join(filter(None, (str(one.use.location), one.use.object, one.use.path)))
            yield f"  {what}: {one.old} -> {one.new}"
    for line in refusals(plan.decisions):
        yield f"left: {line}"
    for finding in plan.findings:
        place = f"{finding.location}: " if finding.file else ""
        yield f"{finding.severity.value}: {place}{finding.message} [{finding.code}]"
    for done in outcome.done:
        address = f" {done.url}" if done.url else ""
        yield f"{done.branch}: {done.step.value}{address}" + (f" - {done.message}" if done.message else "")
        yield from (f"  note: {note}" for note in done.notes)
    yield from (f"wrote {path}" for path in outcome.written)
    if outcome.commit:
        yield f"pushed {outcome.commit}"
    yield from (f"note: {note}" for note in outcome.notes)
    yield _summary(outcome)


def _picked(looked: Looked) -> str:
    if looked.problem:
        return f"not known: {looked.problem}"
    return f"{looked.picked or 'nothing'} of {wording.count(looked.tags, 'tag')} of {looked.policy.image}"


def _summary(outcome: Outcome) -> str:
    counts = Counter(one.action for one in outcome.plan.decisions)
    parts = [
        wording.count(counts[Action.UPDATE], "update"),
        f"{counts[Action.CURRENT]} up to date",
        *([f"{counts[Action.HELD]} held"] if counts[Action.HELD] else []),
        *([f"{counts[Action.REFUSED]} left alone"] if counts[Action.REFUSED] else []),
        wording.count(len(outcome.plan.findings), "finding"),
    ]
    return ", ".join(parts) + "."


def markdown(outcome: Outcome) -> str:
    """Return it for a job's summary or an answer."""
    plan = outcome.plan
    parts = [f"**Images:** {prose(_summary(outcome))}"]
    updates = [one for proposal in plan.proposals for one in proposal.updates]
    if updates:
        rows = [
            f"| {code(str(one.use.location))} | {code(one.use.image or one.policy)} | {code(one.old)} | {code(one.new)} |"
            for one in updates
        ]
        parts.append("\n".join(["| Place | Image | Old | New |", "| --- | --- | --- | --- |", *rows]))
    listed = [f"- {message(line)}" for line in refusals(plan.decisions)]
    listed += [f"- {finding.severity.value}: {_place(finding)}{message(finding.message)}" for finding in plan.findings]
    listed += [
        f"- {code(one.branch)}: {one.step.value} {one.url} {message(one.message)}".rstrip() for one in outcome.done
    ]
    listed += [f"- {message(note)}" for note in outcome.notes]
    if listed:
        parts.append("\n".join(listed))
    return "\n\n".join(parts) + "\n"


def _place(finding: Finding) -> str:
    return f"{code(str(finding.location))}: " if finding.file else ""


def as_json(outcome: Outcome) -> str:
    """Return it for programs; `schemas/images.schema.json` describes it."""
    return json.dumps(as_value(outcome), indent=2, ensure_ascii=False) + "\n"


def outline(outcome: Outcome) -> str:
    """Return what is updated and where to look, as one line of JSON, for later steps of a job."""
    value = as_value(outcome)
    return json.dumps({key: value[key] for key in ("updates", "pullRequests", "commit")}, ensure_ascii=False)


def as_value(outcome: Outcome) -> dict[str, Any]:
    """Return it as values for JSON."""
    plan = outcome.plan
    branches = {id(one): proposal.branch for proposal in plan.proposals for one in proposal.updates}
    return {
        "schemaVersion": 1,
        "policies": [
            {
                "policy": one.policy.id,
                "image": str(one.policy.repository),
                "tags": one.tags,
                "picked": one.picked,
                "problem": one.problem,
                "uses": one.uses,
            }
            for one in plan.looked
        ],
        "updates": [_value(one, branches[id(one)]) for proposal in plan.proposals for one in proposal.updates],
        "left": [_value(one, "") for one in plan.decisions if one.action in {Action.REFUSED, Action.HELD}],
        "upToDate": sum(one.action is Action.CURRENT for one in plan.decisions),
        "findings": [
            {
                "code": one.code,
                "severity": one.severity.value,
                "message": one.message,
                "file": one.file,
                "line": one.line,
                "column": one.column,
            }
            for one in plan.findings
        ],
        "pullRequests": [
            {
                "branch": one.branch,
                "step": one.step.value,
                "url": one.url,
                "message": one.message,
                "notes": [*one.notes],
            }
            for one in outcome.done
        ],
        "files": list(outcome.written),
        "commit": outcome.commit,
        "notes": list(outcome.notes),
    }


def _value(one: Decision, branch: str) -> dict[str, Any]:
    place = one.use.location
    return {
        "action": one.action.value,
        "policy": one.policy,
        "image": one.use.image,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "object": one.use.object,
        "field": one.use.path,
        "environment": one.environment,
        "component": one.component,
        "old": one.old,
        "new": one.new,
        "newer": list(one.newer),
        "reason": one.reason,
        "branch": branch,
    }
