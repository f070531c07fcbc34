"""What the fake GitHub does for pull requests of promotions: opening, editing, statuses, deployments, roles."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any, Final

from tests.github import answers
from tests.github.state import Pull, Status, Token

if TYPE_CHECKING:
    from tests.github.routes import Answer, Call
    from tests.github.state import Deployed, State

_PERMISSIONS: Final = {"admin": "admin", "maintain": "write", "write": "write", "triage": "read", "read": "read"}


def git(state: State, *arguments: str) -> str:
    """Run Git in the repository behind the fake, "" where there is none or it fails."""
    if not state.git:
        return ""
    done = subprocess.run(["git", *arguments], cwd=state.git, capture_output=True, check=False)  # noqa: S607
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def follow(state: State) -> None:
    """Let the pull requests know where their branches are now."""
    for pull in state.pulls:
        if state.git and pull.state == "open" and not pull.head_repository:
            head = git(state, "rev-parse", "--verify", "--quiet", f"refs/heads/{pull.head_ref}")
            if head and head != pull.head_sha:
                pull.head_sha = head
            if head:
                git(state, "update-ref", f"refs/pull/{pull.number}/head", head)
            pull.base_sha = git(state, "rev-parse", f"refs/heads/{pull.base_ref}") or pull.base_sha


def merge(state: State, number: int, *, message: str = "") -> str:
    """Squash a pull request into its base, as people do on the site, and return the commit."""
    follow(state)
    pull = state.pull(number)
    assert pull is not None
    assert pull.state == "open"
    tree = git(state, "merge-tree", "--write-tree", pull.base_sha, pull.head_sha).split("\n")[0]
    text = message or git(state, "log", "-1", "--format=%B", pull.head_sha)
    who = ["-c", "user.name=Octo", "-c", "user.email=octo@example.com"]
    made = git(state, *who, "commit-tree", "-p", pull.base_sha, "-m", text, tree)
    assert made, "it cannot be merged"
    git(state, "update-ref", f"refs/heads/{pull.base_ref}", made)
    git(state, "update-ref", "-d", f"refs/heads/{pull.head_ref}")
    pull.state, pull.merged, pull.merge_sha = "closed", True, made
    return made


def create(call: Call) -> Answer:
    """Open a pull request."""
    state, asked = call.state, call.asked.json
    refused = call.refusal() or _archived(call)
    if refused:
        return refused
    if not state.actions_may_open and call.token.kind == "integration":
        return call.failed(403, "GitHub Actions is not permitted to create or approve pull requests.")
    if any(
        one.state == "open" and one.head_ref == asked["head"] and one.base_ref == asked["base"] for one in state.pulls
    ):
        owner = state.repository.partition("/")[0]
        return call.answer(422, answers.invalid(f"A pull request already exists for {owner}:{asked['head']}."))
    head = git(state, "rev-parse", "--verify", "--quiet", f"refs/heads/{asked['head']}")
    base = git(state, "rev-parse", "--verify", "--quiet", f"refs/heads/{asked['base']}")
    if state.git and not head:
        return call.answer(422, answers.invalid("Field head is invalid"))
    if state.git and not git(state, "rev-list", f"{base}..{head}"):
        return call.answer(422, answers.invalid(f"No commits between {asked['base']} and {asked['head']}"))
    number = max((one.number for one in state.pulls), default=0) + 1
    pull = Pull(
        number,
        head or "1" * 40,
        base or "0" * 40,
        asked["head"],
        asked["base"],
        title=asked["title"],
        author=call.token.login,
        draft=asked.get("draft", False),
        body=asked.get("body") or "",
    )
    state.pulls.append(pull)
    follow(state)
    return call.answer(201, answers.pull_request(call.api, state, pull))


def edit(call: Call, number: str) -> Answer:
    """Change a title, a body, or whether it is open."""
    pull = call.state.pull(int(number))
    if pull is None:
        return call.failed(404, "Not Found")
    refused = call.refusal() or _archived(call)
    if refused:
        return refused
    follow(call.state)
    for name in ("title", "body", "state"):
        if call.asked.json.get(name) is not None:
            setattr(pull, name, call.asked.json[name])
    return call.answer(200, answers.pull_request(call.api, call.state, pull))


def add_labels(call: Call, number: str) -> Answer:
    """Label a pull request."""
    pull = call.state.pull(int(number))
    if pull is None:
        return call.failed(404, "Not Found")
    pull.labels += [label for label in call.asked.json["labels"] if label not in pull.labels]
    return call.answer(200, answers.labels(call.api, call.state, pull))


def add_assignees(call: Call, number: str) -> Answer:
    """Assign a pull request; people who may not be assigned are left out in silence."""
    pull = call.state.pull(int(number))
    if pull is None:
        return call.failed(404, "Not Found")
    known = [login for login in call.asked.json["assignees"] if login in call.state.roles]
    pull.assignees += [login for login in known if login not in pull.assignees]
    return call.answer(201, answers.issue(call.api, call.state, pull))


def request_reviewers(call: Call, number: str) -> Answer:
    """Ask for reviews."""
    pull = call.state.pull(int(number))
    if pull is None:
        return call.failed(404, "Not Found")
    wanted = call.asked.json.get("reviewers", [])
    if any(login not in call.state.roles for login in wanted):
        return call.answer(422, answers.invalid("Reviews may only be requested from collaborators."))
    pull.reviewers += [login for login in wanted if login not in pull.reviewers]
    return call.answer(201, answers.pull_simple(call.api, call.state, pull))


def set_status(call: Call, sha: str) -> Answer:
    """Say something of a commit."""
    refused = call.refusal()
    if refused:
        return refused
    asked = call.asked.json
    status = Status(
        sha, asked.get("context", "default"), asked["state"], asked.get("description") or "", call.state.now()
    )
    call.state.statuses.insert(0, status)
    return call.answer(201, answers.status(call.api, call.state, status))


def combined_status(call: Call, sha: str) -> Answer:
    """Return the newest status of each context."""
    newest: dict[str, Status] = {}
    for one in call.state.statuses:
        if one.sha == sha:
            newest.setdefault(one.context, one)
    return call.answer(200, answers.combined_status(call.api, call.state, sha, list(newest.values())))


def check_runs(call: Call, sha: str) -> Answer:
    """Return the checks of a commit."""
    found = [one for one in call.state.checks if one.sha == sha]
    runs = [answers.check_run(call.api, call.state, one) for one in found]
    return call.answer(200, {"total_count": len(runs), "check_runs": runs})


def deployments(call: Call) -> Answer:
    """Return the deployments to an environment, the newest first."""
    wanted = call.asked.query.get("environment")
    sha = call.asked.query.get("sha")
    found = [one for one in call.state.deployments if wanted in {None, one.environment} and sha in {None, one.sha}]
    return call.page([answers.deployment(call.api, call.state, one) for one in _newest_first(found)])


def deployment_statuses(call: Call, number: str) -> Answer:
    """Return what became of a deployment, the newest first."""
    found = next((one for one in call.state.deployments if one.id == int(number)), None)
    if found is None:
        return call.failed(404, "Not Found")
    return call.page([answers.deployment_status(call.api, call.state, found, said) for said in found.statuses])


def permission(call: Call, login: str) -> Answer:
    """Return a person's role."""
    role = call.state.roles.get(login)
    if role is None:
        return call.failed(404, f"{login} is not a user")
    return call.answer(200, answers.permission(call.api, login, _PERMISSIONS.get(role, "read"), role))


def team(call: Call, organisation: str, slug: str) -> Answer:
    """Return a team, where the token may see it."""
    name = f"{organisation}/{slug}"
    if name not in call.state.teams or name in call.state.hidden_teams:
        return call.failed(404, "Not Found")
    return call.answer(200, answers.team(call.api, organisation, slug))


def membership(call: Call, organisation: str, slug: str, login: str) -> Answer:
    """Return whether a person is in a team."""
    name = f"{organisation}/{slug}"
    if name in call.state.hidden_teams:
        return call.failed(403, "Resource not accessible by integration")
    if login not in call.state.teams.get(name, []):
        return call.failed(404, "Not Found")
    url = f"{call.api}/orgs/{organisation}/teams/{slug}/memberships/{login}"
    return call.answer(200, {"url": url, "role": "member", "state": "active"})


def react(call: Call, comment: str) -> Answer:
    """React to a comment; the same again is the same one."""
    if call.state.comment(int(comment)) is None:
        return call.failed(404, "Not Found")
    reaction = [int(comment), call.token.login, call.asked.json["content"]]
    known = reaction in call.state.reactions
    if not known:
        call.state.reactions.append(reaction)
    return call.answer(200 if known else 201, answers.reaction(call.api, *reaction))


def dispatch(call: Call, workflow: str) -> Answer:
    """Start a workflow."""
    refused = call.refusal()
    if refused:
        return refused
    call.state.dispatched.append({"workflow": workflow, **call.asked.json})
    return call.answer(204)


def installation(call: Call) -> Answer:
    """Return the App's installation in the repository."""
    if not call.state.app_installed:
        return call.failed(404, "Not Found")
    return call.answer(200, answers.installation(call.api, call.state))


def installation_token(call: Call, number: str) -> Answer:
    """Make a token of an installation, and know it from then on."""
    made = f"installation-token-{number}-{len(call.state.tokens)}"
    call.state.tokens[made] = Token("fleet-app[bot]")
    return call.answer(
        201, {"token": made, "expires_at": call.state.token_expires, "permissions": {"contents": "write"}}
    )


def _archived(call: Call) -> Answer | None:
    return call.failed(403, "Repository was archived so is read-only.") if call.state.archived else None


def _newest_first(found: list[Deployed]) -> list[Deployed]:
    return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)


ROUTES: Final[tuple[tuple[str, str, Any], ...]] = (
    ("POST", "REPO/pulls", create),
    ("PATCH", r"REPO/pulls/(\d+)", edit),
    ("POST", r"REPO/issues/(\d+)/labels", add_labels),
    ("POST", r"REPO/issues/(\d+)/assignees", add_assignees),
    ("POST", r"REPO/pulls/(\d+)/requested_reviewers", request_reviewers),
    ("POST", r"REPO/statuses/([0-9a-f]+)", set_status),
    ("GET", r"REPO/commits/([^/]+)/status", combined_status),
    ("GET", r"REPO/commits/([^/]+)/check-runs", check_runs),
    ("GET", "REPO/deployments", deployments),
    ("GET", r"REPO/deployments/(\d+)/statuses", deployment_statuses),
    ("GET", r"REPO/collaborators/([^/]+)/permission", permission),
    ("GET", r"/orgs/([^/]+)/teams/([^/]+)", team),
    ("GET", r"/orgs/([^/]+)/teams/([^/]+)/memberships/([^/]+)", membership),
    ("POST", r"REPO/issues/comments/(\d+)/reactions", react),
    ("GET", "REPO/installation", installation),
    ("POST", r"/app/installations/(\d+)/access_tokens", installation_token),
    ("POST", r"REPO/actions/workflows/([^/]+)/dispatches", dispatch),
)
