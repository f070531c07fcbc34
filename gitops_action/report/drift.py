"""What drift looks like: as text, as the body of the one issue of an environment, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gitops_action.deploy.drift import Kind
from gitops_action.report import wording
from gitops_action.report.escape import code, fence, message, prose, visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitops_action.deploy.drift import Drifted, Look

SCHEMA: Final = 1
_LIMIT: Final = 60_000
_ROWS: Final = 100


def headline(look: Look) -> str:
    """Say in one line what was found."""
    if look.skipped:
        return f"{look.environment}: nobody looked: {look.skipped}"
    found = [f"{wording.count(len(look.found), 'object')} drifted"] if look.found else []
    found += [f"{len(look.found) - len(look.left)} healed"] if look.healed else []
    found += [f"{wording.count(len(look.unknown), 'object')} not known"] if look.unknown else []
    found += [f"{wording.count(len(look.undeclared), 'object')} that nobody declared"] if look.undeclared else []
    said = ", ".join(found) or "no drift"
    behind = f"; {look.behind[:12]} is not deployed yet" if look.behind else ""
    return f"{look.environment}: {said} in {wording.count(look.objects, 'object')} of {look.commit[:12]}{behind}"


def text(looks: Sequence[Look]) -> str:
    """Write what was found for a terminal or a log."""
    lines = [line for look in looks for line in _lines(look)]
    return "".join(f"{line}\n" for line in visible_lines("\n".join(lines)))


def _lines(look: Look) -> Iterator[str]:
    for one in look.drifted:
        said = f": {one.message}" if one.message else ""
        yield f"{one.kind.value:<8} {one.resource}{said}{f' [{one.file}]' if one.file else ''}"
        yield from (f"  {line}" for line in one.diff.splitlines())
    yield from (f"undeclared {which}" for which in look.undeclared)
    yield from (
        f"{one.action.value:<8} {one.resource}{f': {one.message}' if one.message else ''}" for one in look.healed
    )
    yield from (f"note: {note}" for note in (*look.notes, *([f"not healed: {look.held}"] if look.held else [])))
    yield headline(look)


def title(environment: str) -> str:
    """Return the title of an environment's issue."""
    return f"Drift in {environment}"


def marker(environment: str) -> str:
    """Return the first line of an environment's issue, by which it is found again."""
    safe = "".join(character for character in environment if character.isalnum() or character in "._-")
    return f"<!-- gitops-action: drift {safe} -->"


def issue(look: Look) -> str:
    """Write the body of the issue: what differs, in which fields, as far as there is room."""
    parts = [
        (
            f"The cluster of {prose(look.environment)} is not what was deployed there ({code(look.commit[:12])}), although "
            "nobody changed Git. In the differences, `-` is in the cluster and `+` is what Git says."
        ),
        *(f"**Note:** {message(note)}." for note in look.notes),
        *([f"**Not healed:** {message(look.held)}."] if look.held else []),
        *(_object(one) for one in look.left[:_ROWS]),
    ]
    more = len(look.left) - _ROWS
    parts += [f"and {wording.count(more, 'more object')}"] if more > 0 else []
    parts += _besides(look)
    parts.append(
        "This issue is edited while it is open, and closed once nothing has drifted any more. To keep a difference, write "
        "it into Git, or into `ignoreDifferences`; to undo it, deploy again, or run `drift --heal`."
    )
    return _fitted(parts)


def _besides(look: Look) -> list[str]:
    unknown = _listed("Not known", [f"{code(str(one.resource))}: {message(one.message)}" for one in look.unknown])
    return unknown + _listed("Nobody declared", [code(str(which)) for which in look.undeclared])


def _fitted(parts: Sequence[str]) -> str:
    """Put the parts together as far as there is room; none is cut in the middle, where it might be in a fence."""
    shown = ""
    for part in parts:
        if len(shown) + len(part) > _LIMIT:
            return f"{shown}\n\nThere is more: look at the job's log.\n"
        shown += f"\n\n{part}" if shown else part
    return shown + "\n"


def _object(one: Drifted) -> str:
    said = f" {message(one.message)}" if one.message else ""
    head = f"**{one.kind.value}** {code(str(one.resource))}{said}" + (f" ({code(one.file)})" if one.file else "")
    return f"{head}\n\n{fence(visible_lines(one.diff), 'diff')}" if one.diff else head


def _listed(heading: str, rows: Sequence[str]) -> list[str]:
    if not rows:
        return []
    more = f"\n- and {len(rows) - _ROWS} more" if len(rows) > _ROWS else ""
    return [f"### {heading}\n\n" + "\n".join(f"- {row}" for row in rows[:_ROWS]) + more]


def markdown(looks: Sequence[Look]) -> str:
    """Write what was found for the job's summary."""
    parts = []
    for look in looks:
        sign = "⚠️" if look.left else "❔" if look.skipped or look.unknown else "✅"
        parts.append(f"### {sign} {message(headline(look))}")
        parts += [f"Note: {message(note)}." for note in look.notes]
        parts += [f"Not healed: {message(look.held)}."] if look.held else []
        parts += [_object(one) for one in look.left[:_ROWS]]
        parts += _besides(look)
    return _fitted(parts)


def as_json(looks: Sequence[Look]) -> str:
    """Write what was found for programs; `schemas/drift.schema.json` describes it."""
    value = {"schemaVersion": SCHEMA, "environments": [_value(look) for look in looks]}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def outline(looks: Sequence[Look]) -> str:
    """Write what was found in a few words for the next step of a workflow: an output has little room."""
    values = [
        {
            "environment": look.environment,
            "commit": look.commit,
            "drifted": [str(one.resource) for one in look.left[:_ROWS]],
            "unknown": len(look.unknown),
            "skipped": look.skipped,
            "issue": look.issue,
        }
        for look in looks
    ]
    return json.dumps(values, ensure_ascii=False)


def _value(look: Look) -> dict[str, Any]:
    return {
        "environment": look.environment,
        "commit": look.commit,
        "behind": look.behind,
        "objects": look.objects,
        "skipped": look.skipped,
        "drifted": [
            {
                "apiVersion": one.resource.api_version,
                "kind": one.resource.kind,
                "namespace": one.resource.namespace,
                "name": one.resource.name,
                "how": one.kind.value,
                "message": one.message,
                "file": one.file,
                "paths": list(one.paths),
                "diff": one.diff,
                "healed": one.kind is not Kind.UNKNOWN and one not in look.left,
            }
            for one in look.drifted
        ],
        "undeclared": [
            {"apiVersion": which.api_version, "kind": which.kind, "namespace": which.namespace, "name": which.name}
            for which in look.undeclared
        ],
        "notHealed": look.held,
        "issue": look.issue,
        "notes": list(look.notes),
    }
