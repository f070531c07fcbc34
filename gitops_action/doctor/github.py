"""The token and the repository on GitHub: what may be done there, and what GitHub's own rules say of it.

Permissions by endpoint: https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens.
Scopes of classic tokens: https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps. What a token may
*write* is told by its scopes or by its App; where neither says, it is unknown until it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from gitops_action.doctor.lines import DEPLOY, ON_GITHUB, Job, Line, State, Topic
from gitops_action.parts import mappings, part
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

_OK: Final = 200
_UNKNOWN_TOKEN: Final = 401
_REFUSED: Final = frozenset({403, 404})


class Kind(StrEnum):
    """What sort of token it is."""

    CLASSIC = "a classic personal access token"
    OAUTH = "a token of an OAuth app"
    FINE_GRAINED = "a fine-grained personal access token"
    WORKFLOW = "the workflow's own token"
    APP = "a token of a GitHub App"
    INSTALLATION = "the token of a workflow or of a GitHub App"
    OTHER = "a token of an unknown sort"


@dataclass(frozen=True, slots=True)
class Reply:
    """What GitHub answered to one question; status 0: nothing, for `problem`. Names of headers are in lower case."""

    status: int
    value: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is an answer to the question: all answers are objects or lists."""
        return self.status == _OK and isinstance(self.value, Mapping | list)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The object that was answered, an empty one where it is none."""
        return self.value if self.ok and isinstance(self.value, Mapping) else {}

    @property
    def entries(self) -> list[Mapping[str, Any]]:
        """The objects in the list that was answered."""
        return mappings({"": self.value}, "") if self.ok else []

    @property
    def refused(self) -> bool:
        """Whether the token may not ask this."""
        return self.status in _REFUSED


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission of tokens: its name in workflows, which question shows that it reads, and which jobs need which level."""

    name: str
    question: str
    reading: frozenset[Job]
    writing: frozenset[Job] = frozenset()
    # The scopes of classic tokens that give it, besides `repo`.
    scopes: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Its name in the API."""
        return self.name.replace("-", "_")


_PROPOSING: Final = frozenset({Job.PROMOTE, Job.ROLLBACK, Job.IMAGES})
PERMISSIONS: Final = (
    Permission("contents", "branches", ON_GITHUB, _PROPOSING),
    Permission("pull-requests", "pulls", frozenset({Job.CHECK}) | _PROPOSING | DEPLOY, frozenset({Job.CHECK}) | _PROPOSING),
    Permission(
        "statuses", "statuses", frozenset({Job.PROMOTE}) | DEPLOY, frozenset({Job.PROMOTE}) | DEPLOY, frozenset({"repo:status"})
    ),
    Permission(
        "deployments", "deployments", frozenset({Job.PROMOTE, Job.ROLLBACK}) | DEPLOY, DEPLOY,
        frozenset({"repo_deployment"}),
    ),
    Permission("checks", "checks", frozenset({Job.PROMOTE})),
    Permission("issues", "issues", frozenset({Job.DRIFT}), frozenset({Job.DRIFT})),
)  # fmt: skip


def questions(repository: str, main: str, branch: str) -> dict[str, tuple[str, dict[str, str | int]]]:
    """Return what is asked, by name: paths and queries. `branch` is one as promotions make it, percent-encoded."""
    here = f"/repos/{repository}"
    return {
        "branches": (f"{here}/branches", {"protected": "true", "per_page": 100}),
        "rules": (f"{here}/rules/branches/{main}", {"per_page": 100}),
        "promotion rules": (f"{here}/rules/branches/{branch}", {"per_page": 100}),
        "actions": (f"{here}/actions/permissions", {}),
        "workflows": (f"{here}/actions/permissions/workflow", {}),
        "environments": (f"{here}/environments", {"per_page": 100}),
        "owners": (f"{here}/codeowners/errors", {}),
        "pulls": (f"{here}/pulls", {"state": "all", "per_page": 1}),
        "issues": (f"{here}/issues", {"per_page": 1}),
        "deployments": (f"{here}/deployments", {"per_page": 1}),
        "statuses": (f"{here}/commits/{main}/status", {"per_page": 1}),
        "checks": (f"{here}/commits/{main}/check-runs", {"per_page": 1}),
    }


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of GitHub with a token. `permissions` are those of the App's installation, None where nobody says.

    `repository` is the answer about the repository itself, `replies` those to `questions`. `pushes` is whether a push was
    tried (without doing it) and would have been let in.
    """

    kind: Kind
    repository: Reply
    replies: Mapping[str, Reply] = field(default_factory=dict)
    permissions: Mapping[str, str] | None = None
    pushes: bool | None = None

    def reply(self, name: str) -> Reply:
        """Return the answer to a question; one that was not asked has none."""
        return self.replies.get(name, Reply(0, problem="it was not asked"))


def without_token() -> Line:
    """Return what there is to say where GitHub is not asked."""
    message = "there is none, so that GitHub was not asked: rights, branch protection and settings are not known"
    fix = "set GITHUB_TOKEN (or GH_TOKEN), such as: GITHUB_TOKEN=$(gh auth token) gitops-action doctor"
    return Line(Topic.GITHUB, "token", State.UNKNOWN, message, fix, ON_GITHUB)


def judge(seen: Seen) -> Iterator[Line]:
    """Say what the token is, and what it may do for each job."""
    yield from _token(seen)
    if not seen.repository.ok:
        return
    scopes = _scopes(seen)
    role = part(seen.repository.fields, "permissions")
    for permission in PERMISSIONS:
        yield from _permission(permission, seen, scopes, role)


def _token(seen: Seen) -> Iterator[Line]:
    found, scopes = seen.repository, _scopes(seen)
    if not found.ok:
        said = {
            0: (found.problem or "GitHub does not answer", "check the network and GITHUB_API_URL"),
            _OK: ("what answers is not GitHub's API", "check GITHUB_API_URL"),
            _UNKNOWN_TOKEN: ("GitHub does not know it: it is wrong, was revoked or has run out", "make a new token"),
        }
        message, fix = said.get(
            found.status,
            ("it may not see the repository, or that does not exist", "give the token access to the repository"),
        )
        state = State.UNKNOWN if found.status in {0, _OK} else State.MISSING
        yield Line(Topic.GITHUB, "token", state, f"{seen.kind.value}: {message}", fix, ON_GITHUB)
        return
    told = f", scopes: {', '.join(sorted(scopes)) or 'none'}" if scopes is not None else ""
    ends = found.headers.get("github-authentication-token-expiration", "")
    until = f", until {ends}" if ends else ""
    name = str(found.fields.get("full_name"))
    yield Line(Topic.GITHUB, "token", State.OK, f"{seen.kind.value}{told}{until}", "", ON_GITHUB)
    if found.fields.get("archived"):
        message, fix = f"{name} is archived: nothing can be written", "Settings > General > Unarchive this repository"
        yield Line(Topic.GITHUB, "repository", State.MISSING, message, fix, ON_GITHUB)
    else:
        yield Line(Topic.GITHUB, "repository", State.OK, name, "", ON_GITHUB)


def _permission(
    permission: Permission, seen: Seen, scopes: frozenset[str] | None, role: Mapping[str, Any]
) -> Iterator[Line]:
    reply = seen.reply(permission.question)
    name = f"{permission.name}: read"
    readers = permission.reading - permission.writing
    if reply.ok:
        yield Line(Topic.GITHUB, name, State.OK, "", "", readers)
    elif reply.refused:
        message = _accepted(reply) or "the token may not ask for them"
        yield Line(
            Topic.GITHUB, name, State.MISSING, message, _grant(seen, permission.name, "read"), permission.reading
        )
    else:
        yield Line(Topic.GITHUB, name, State.UNKNOWN, _why(reply), "run it again", readers)
    if permission.writing and not reply.refused:
        state, message = _writes(permission, seen, scopes, role)
        fix = "" if state is State.OK else _grant(seen, permission.name, "write")
        yield Line(Topic.GITHUB, f"{permission.name}: write", state, message, fix, permission.writing)


def _writes(
    permission: Permission, seen: Seen, scopes: frozenset[str] | None, role: Mapping[str, Any]
) -> tuple[State, str]:
    """Say whether the token may write, as far as that can be told without writing."""
    if seen.permissions is not None:
        level = seen.permissions.get(permission.key, "none")
        said = f"the App's installation has `{permission.key}: {level}`"
        return (State.OK if level in {"write", "admin"} else State.MISSING), said
    if scopes is not None:
        return _by_scopes(permission, seen, scopes, role)
    if permission.name == "contents" and seen.pushes is not None:
        return (State.OK, "") if seen.pushes else (State.MISSING, "a push was refused")
    if seen.kind is Kind.FINE_GRAINED and role and not role.get("push"):
        return State.MISSING, "whose token it is may only read the repository"
    return State.UNKNOWN, "GitHub does not tell what such a token may write before it does"


def _by_scopes(
    permission: Permission, seen: Seen, scopes: frozenset[str], role: Mapping[str, Any]
) -> tuple[State, str]:
    given = {"repo", *permission.scopes} | (set() if seen.repository.fields.get("private") else {"public_repo"})
    if not given & scopes:
        return State.MISSING, f"it has none of the scopes {', '.join(sorted(given))}"
    if not role.get("push"):
        return State.MISSING, "whose token it is may only read the repository"
    return State.OK, ""


def _grant(seen: Seen, name: str, level: str) -> str:
    """Say where a permission is given."""
    words = name.replace("-", " ").capitalize()
    match seen.kind:
        case Kind.CLASSIC | Kind.OAUTH:
            return "give the token the scope `repo`, and its owner the role Write"
        case Kind.FINE_GRAINED:
            return f"Settings > Developer settings > Fine-grained tokens > Repository permissions > {words}: {level}"
        case Kind.APP:
            return f"the App's settings > Permissions > Repository permissions > {words}: {level}, and accept it where it is installed"
        case _:
            return f"give the job `permissions: {name}: {level}`"


def _scopes(seen: Seen) -> frozenset[str] | None:
    """Return the scopes of a token that has such; None for all others."""
    told = seen.repository.headers.get("x-oauth-scopes")
    if told is None or seen.kind not in {Kind.CLASSIC, Kind.OAUTH, Kind.OTHER}:
        return None
    return frozenset(filter(None, (one.strip() for one in told.split(","))))


def _accepted(reply: Reply) -> str:
    accepted = reply.headers.get("x-accepted-github-permissions", "")
    return f"the token may not; GitHub wants `{accepted}`" if accepted else ""


def _why(reply: Reply) -> str:
    return reply.problem or f"GitHub answers {reply.status}"
