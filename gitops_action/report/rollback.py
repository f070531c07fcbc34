"""What a rollback looks like: the pull request's text, and the result of the command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from gitops_action.deploy import rollback as pure
from gitops_action.report import wording
from gitops_action.report.escape import code, link, message, prose, visible_lines

if TYPE_CHECKING:
    from gitops_action.deploy.rollback import Done, Rollback
    from gitops_action.repository.commits import Commit

_ROWS: Final = 50


def body(rollback: Rollback, reason: str, url: str) -> str:
    """Write the pull request's text; `url` is the repository's address."""
    when = f", healthy since {rollback.healthy_at}" if rollback.healthy_at else ""
    parts = [
        f"Makes {prose(rollback.environment)} what it was at {_commit(rollback.target, url)}{when}.",
        *([f"**Why:** {prose(reason)}"] if reason else []),
        _listed(f"### What it takes back\n\n{wording.count(len(rollback.reverted), 'commit')} changed this environment "
                "since then. **All of it goes**, also what has nothing to do with the trouble.",
                [_line(one, url) for one in rollback.reverted]),
        _listed(f"### Files\n\n{wording.count(len(rollback.changes), 'file')}:",
                [f"{'deletes' if data is None else 'restores'} {code(path)}" for path, data in sorted(rollback.changes.items())]),
    ]  # fmt: skip
    if rollback.shared:
        parts.append(
            _listed(
                "### ⚠️ Not taken back\n\nOther environments are built from these files too, and they changed as well. If the "
                "trouble is there, this pull request does not mend it.",
                [f"leaves {code(path)}" for path in rollback.shared],
            )
        )
    name = rollback.environment
    parts += [
        (
            f"### The hold\n\n{prose(name)} is locked, so that promotions and image updates do not redo what this takes back. "
            f"It stays so after the merge, until somebody lifts it: {code(f'/unlock {name}')} in a comment here, or "
            f"{code(f'gitops-action unlock {name}')}."
        ),
        "\n".join(f"{key}: {value}" for key, value in _trailers(rollback)),
    ]
    return "\n\n".join(parts) + "\n"


def _trailers(rollback: Rollback) -> tuple[tuple[str, str], ...]:
    # A squashed merge may have nothing but this text for its message.
    return (
        (pure.ENVIRONMENT, rollback.environment),
        (pure.TO, rollback.target),
        (pure.FROM, rollback.tip),
    )


def text(done: Done) -> str:
    """Write the result for a terminal or a log."""
    rollback = done.rollback
    lines = [f"{'deletes' if data is None else 'restores'} {path}" for path, data in sorted(rollback.changes.items())]
    lines += [f"reverts {one.sha[:12]} {one.subject}" for one in rollback.reverted]
    lines += [f"leaves {path}, which other environments are built from too" for path in rollback.shared]
    lines += [f"hold: {done.hold}"] if done.hold else []
    lines += [f"note: {note}" for note in done.notes]
    what = f"{pure.title(rollback)}"
    lines.append(f"{what}: {done.url}" if done.url else f"would propose: {what}")
    return "".join(f"{line}\n" for line in visible_lines("\n".join(lines)))


def markdown(done: Done) -> str:
    """Write the result for an answer to a comment, or the job's summary."""
    rollback = done.rollback
    parts = [(f"{link(f'#{done.number}', done.url)}: {message(pure.title(rollback))}, taking back "
             f"{wording.count(len(rollback.reverted), 'commit')}.")]  # fmt: skip
    parts += [f"Hold: {message(done.hold)}."] if done.hold else []
    parts += [f"Note: {message(note)}" for note in done.notes]
    return "\n\n".join(parts)


def as_json(done: Done) -> str:
    """Write the result for programs."""
    rollback = done.rollback
    value = {
        "environment": rollback.environment,
        "to": rollback.target,
        "from": rollback.tip,
        "healthyAt": rollback.healthy_at,
        "files": {path: "deleted" if data is None else "restored" for path, data in sorted(rollback.changes.items())},
        "reverts": [{"commit": one.sha, "subject": one.subject} for one in rollback.reverted],
        "shared": list(rollback.shared),
        "pullRequest": done.number,
        "url": done.url,
        "hold": done.hold,
        "notes": list(done.notes),
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _listed(heading: str, rows: list[str]) -> str:
    more = f"\n- and {len(rows) - _ROWS} more" if len(rows) > _ROWS else ""
    return f"{heading}\n\n" + "\n".join(f"- {row}" for row in rows[:_ROWS]) + more


def _line(commit: Commit, url: str) -> str:
    by = f" by {prose(commit.author_name)}" if commit.author_name else ""
    return f"{_commit(commit.sha, url)} {prose(commit.subject)}{by}"


def _commit(sha: str, url: str) -> str:
    short = code(sha[:8])
    return link(short, f"{url}/commit/{sha}") if url else short
