"""The deployments of an environment, as a table and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitops_action.report.columns import Columns
from gitops_action.report.escape import one_line, visible_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.deploy.history import Entry


def text(entries: Sequence[Entry], width: int | None = None) -> str:
    """Write a row for each deployment, the newest first; `width` is that of the terminal, if it is for one."""
    if not entries:
        return "no deployment is known\n"
    rows = [
        (
            one.deployment.created_at[:16].replace("T", " "),
            one.result,
            one.deployment.sha[:12],
            one.actor,
            f"#{one.pull_request}" if one.pull_request else "",
            one_line(one.subject if one.result == "success" else one.deployment.description or one.subject, 100),
        )
        for one in entries
    ]
    columns = Columns(rows, width=width)
    lines = [line for row in rows for line in columns.lines(row)]
    return "".join(f"{line}\n" for line in visible_lines("\n".join(lines)))


def as_json(entries: Sequence[Entry]) -> str:
    """Write the deployments for programs."""
    values = [
        {
            "deployment": one.deployment.id,
            "commit": one.deployment.sha,
            "subject": one.subject,
            "environment": one.deployment.environment,
            "result": one.result,
            "active": one.deployment.state == "success",
            "createdAt": one.deployment.created_at,
            "healthyAt": one.deployment.healthy_at,
            "endedAt": one.deployment.state_at,
            "actor": one.actor,
            "pullRequest": one.pull_request,
            "via": one.deployment.payload.get("via"),
            "message": one.deployment.description,
            "run": one.deployment.log_url,
        }
        for one in entries
    ]
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
