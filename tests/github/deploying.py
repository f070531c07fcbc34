"""What the fake GitHub does for deployments and drift: deployments, their statuses, issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.github import answers
from tests.github.state import Deployed, Issue

if TYPE_CHECKING:
    from tests.github.routes import Answer, Call

_DESCRIPTION: Final = 140


def _refused(call: Call) -> Answer | None:
    if call.state.archived:
        return call.failed(403, "Repository was archived so is read-only.")
    return call.refusal()


def create_deployment(call: Call) -> Answer:
    """Make a deployment."""
    asked = call.asked.json
    refused = _refused(call)
    if refused:
        return refused
    contexts = asked.get("required_contexts")
    if contexts is None and any(one.sha == asked["ref"] and one.state != "success" for one in call.state.statuses):
        return call.failed(409, "Conflict: Commit status checks failed for main.")
    number = max((one.id for one in call.state.deployments), default=0) + 1
    made = Deployed(
        number,
        asked["ref"],
        asked.get("environment", "production"),
        call.state.now(),
        [],
        asked.get("payload") or {},
        bool(asked.get("production_environment")),
        call.token.login,
    )
    call.state.deployments.append(made)
    return call.answer(201, answers.deployment(call.api, call.state, made))


def create_status(call: Call, number: str) -> Answer:
    """Say what became of a deployment; a success makes earlier ones inactive, as GitHub does."""
    asked = call.asked.json
    refused = _refused(call)
    if refused:
        return refused
    found = next((one for one in call.state.deployments if one.id == int(number)), None)
    if found is None:
        return call.failed(404, "Not Found")
    if len(asked.get("description", "")) > _DESCRIPTION:
        return call.failed(422, "Validation Failed")
    now = call.state.now()
    said = [asked["state"], now, asked.get("description", ""), asked.get("log_url", "")]
    found.statuses.insert(0, said)
    if asked["state"] == "success" and asked.get("auto_inactive", True) and not found.production:
        for other in call.state.deployments:
            earlier = other.id < found.id and other.environment == found.environment
            if earlier and other.statuses and other.statuses[0][0] == "success":
                other.statuses.insert(0, ["inactive", now, "", ""])
    return call.answer(201, answers.deployment_status(call.api, call.state, found, said))


def issues(call: Call) -> Answer:
    """List issues, pull requests among them."""
    query = call.asked.query
    wanted = set(filter(None, query.get("labels", "").split(",")))
    found: list[Any] = [
        answers.plain_issue(call.api, call.state, one)
        for one in call.state.issues
        if query.get("state", "open") in {"all", one.state} and wanted <= set(one.labels)
    ]
    found += [
        {
            **answers.issue(call.api, call.state, pull),
            "pull_request": {"url": None, "html_url": None, "diff_url": None, "patch_url": None},
        }
        for pull in call.state.pulls
        if pull.state == "open" and wanted <= set(pull.labels)
    ]
    return call.page(found)


def create_issue(call: Call) -> Answer:
    """Open an issue."""
    asked = call.asked.json
    if not call.state.has_issues:
        return call.failed(410, "Issues has been disabled in this repository.")
    refused = _refused(call) or call.invalid(asked.get("body", ""))
    if refused:
        return refused
    taken = [pull.number for pull in call.state.pulls] + [one.number for one in call.state.issues]
    made = Issue(
        max(taken, default=0) + 1,
        asked["title"],
        asked.get("body", ""),
        call.token.login,
        list(asked.get("labels", [])),
    )
    call.state.issues.append(made)
    return call.answer(201, answers.plain_issue(call.api, call.state, made))


def edit_issue(call: Call, number: str) -> Answer:
    """Edit or close an issue."""
    refused = _refused(call)
    if refused:
        return refused
    found = next((one for one in call.state.issues if one.number == int(number)), None)
    if found is None:
        return call.failed(404, "Not Found")
    asked = call.asked.json
    found.title, found.body = asked.get("title", found.title), asked.get("body", found.body)
    found.state = asked.get("state", found.state)
    return call.answer(200, answers.plain_issue(call.api, call.state, found))


ROUTES: Final[tuple[tuple[str, str, Any], ...]] = (
    ("POST", "REPO/deployments", create_deployment),
    ("POST", r"REPO/deployments/(\d+)/statuses", create_status),
    ("GET", "REPO/issues", issues),
    ("POST", "REPO/issues", create_issue),
    ("PATCH", r"REPO/issues/(\d+)", edit_issue),
)
