"""What the fake GitHub tells of a repository's settings: rules, protection, environments, Actions."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from tests.github import answers

if TYPE_CHECKING:
    from tests.github.routes import Answer, Call
    from tests.github.state import Token

# Which permission a question needs, as the headers of GitHub's answers say.
_NEEDED: Final = {
    r".*/branches": "contents",
    r".*/codeowners/errors": "contents",
    r".*/pulls": "pull_requests",
    r".*/issues": "issues",
    r".*/deployments": "deployments",
    r".*/status": "statuses",
    r".*/check-runs": "checks",
    r".*/environments": "actions",
    r".*/actions/permissions.*": "administration",
}


def needed(method: str, path: str) -> str:
    """Return the permission that a question needs, "" where none is known here."""
    if method != "GET":
        return ""
    return next((name for pattern, name in _NEEDED.items() if re.fullmatch(pattern, path)), "")


def blind(token: Token, permission: str) -> Answer:
    """Refuse a question, as GitHub does it."""
    from tests.github.routes import Answer  # noqa: PLC0415 - they need each other

    who = "integration" if token.kind == "integration" else "personal access token"
    message = f"Resource not accessible by {who}"
    return Answer(403, answers.error(message, 403), {"X-Accepted-GitHub-Permissions": f"{permission}=read"})


def branches(call: Call) -> Answer:
    """List branches; all that are asked for are protected ones."""
    url = f"{call.api}/repos/{call.state.repository}"
    found = [
        {
            "name": name,
            "commit": {"sha": "0" * 40, "url": f"{url}/commits/{'0' * 40}"},
            "protected": True,
            "protection": protection,
            "protection_url": f"{url}/branches/{name}/protection",
        }
        for name, protection in call.state.protected.items()
    ]
    return call.page(found)


def rules(call: Call, branch: str) -> Answer:
    """List the rules of rulesets that are about a branch."""
    source = {"ruleset_source_type": "Repository", "ruleset_source": call.state.repository, "ruleset_id": 1}
    found = [
        {**rule, **source}
        for pattern, listed in call.state.rules.items()
        if fnmatchcase(branch, pattern)
        for rule in listed
    ]
    return call.page(found)


def actions(call: Call) -> Answer:
    """Say whether Actions may be used, and which; administrators only."""
    if not call.token.admin:
        return blind(call.token, "administration")
    if call.state.actions_allowed == "none":
        return call.answer(200, {"enabled": False})
    return call.answer(200, {"enabled": True, "allowed_actions": call.state.actions_allowed})


def workflows(call: Call) -> Answer:
    """Say what the workflows' own token may do; administrators only."""
    if not call.token.admin:
        return blind(call.token, "administration")
    return call.answer(
        200,
        {
            "default_workflow_permissions": "read",
            "can_approve_pull_request_reviews": call.state.actions_may_open,
        },
    )


def environments(call: Call) -> Answer:
    """List environments with their rules."""
    found = [_environment(call, name, kinds) for name, kinds in call.state.environments.items()]
    return call.answer(200, {"total_count": len(found), "environments": found})


def _environment(call: Call, name: str, kinds: list[str]) -> dict[str, Any]:
    url = f"{call.api}/repos/{call.state.repository}/environments/{name}"
    protection = [
        {"id": number, "node_id": answers.node_id("GA", str(number)), "type": kind}
        for number, kind in enumerate(kinds, 1)
    ]
    return {
        "id": answers.number_of(name), "node_id": answers.node_id("EN", name), "name": name, "url": url, "html_url": url,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "protection_rules": protection,
        "deployment_branch_policy": None,
    }  # fmt: skip


def owners(call: Call) -> Answer:
    """List the mistakes in CODEOWNERS, given as [line, kind, suggestion]."""
    found = [
        {
            "line": line,
            "column": 1,
            "kind": kind,
            "source": "/x @nobody",
            "suggestion": suggestion,
            "message": f"{kind} on line {line}",
            "path": ".github/CODEOWNERS",
        }
        for line, kind, suggestion in call.state.owner_errors
    ]
    return call.answer(200, {"errors": found})


ROUTES: Final[tuple[tuple[str, str, Any], ...]] = (
    ("GET", "REPO/branches", branches),
    ("GET", r"REPO/rules/branches/(.+)", rules),
    ("GET", "REPO/actions/permissions", actions),
    ("GET", "REPO/actions/permissions/workflow", workflows),
    ("GET", "REPO/environments", environments),
    ("GET", "REPO/codeowners/errors", owners),
)
