"""What the fake GitHub remembers, as plain data that is kept in a JSON file."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

ACTIONS_BOT: Final = "github-actions[bot]"
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Token:
    """Who a token speaks for. `kind`: integration (GITHUB_TOKEN, an App's) or user; `access`: write, read or none."""

    login: str = ACTIONS_BOT
    kind: str = "integration"
    access: str = "write"
    # Of a classic token: what X-OAuth-Scopes says. The permissions that a token lacks altogether are `blind`.
    scopes: str | None = None
    blind: list[str] = field(default_factory=list)
    admin: bool = False


@dataclass
class Pull:
    """One pull request. `head_repository` is another repository for a fork's."""

    number: int
    head_sha: str = "1" * 40
    base_sha: str = "0" * 40
    head_ref: str = "topic"
    base_ref: str = "main"
    head_repository: str = ""
    title: str = "A change"
    author: str = "octocat"
    state: str = "open"
    draft: bool = False
    locked: bool = False
    body: str = ""
    merged: bool = False
    auto_merge: str = ""
    labels: list[str] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    merge_sha: str = ""


@dataclass
class Issue:
    """One issue that is no pull request."""

    number: int
    title: str
    body: str
    author: str
    labels: list[str] = field(default_factory=list)
    state: str = "open"


@dataclass
class Comment:
    """One comment on a pull request."""

    id: int
    pull: int
    author: str
    body: str
    created_at: str
    updated_at: str
    minimized: str | None = None


@dataclass
class Status:
    """What somebody said of a commit."""

    sha: str
    context: str
    state: str
    description: str = ""
    created_at: str = "2026-01-01T00:00:00Z"


@dataclass
class CheckRun:
    """A check of a commit; `conclusion` "" while it runs."""

    sha: str
    name: str
    conclusion: str = "success"


@dataclass
class Deployed:
    """A deployment and its statuses, as [state, when, description, log_url], the newest first; the last two may be left out."""

    id: int
    sha: str
    environment: str
    created_at: str = "2026-01-01T00:00:00Z"
    statuses: list[list[str]] = field(default_factory=list)
    payload: dict[str, Any] = field(default_factory=dict)
    production: bool = False
    creator: str = ACTIONS_BOT


@dataclass
class Artifact:
    """What a workflow run uploaded; `content` is the ZIP archive in base64, `size` what GitHub says that it has."""

    id: int
    run: int
    name: str
    content: str = ""
    size: int = 1000
    expired: bool = False


@dataclass
class Fault:
    """Something to go wrong at the next requests of `method` whose path contains `path`.

    `status` 0 closes the connection without an answer; `acts` does what was asked before that. `skip` matching requests
    pass first, then `times` of them fail. `delay` is how long (in seconds) the answer is held back.
    """

    method: str
    path: str = ""
    status: int = 500
    acts: bool = False
    times: int = 1
    skip: int = 0
    retry_after: int | None = None
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0

    def strikes(self, method: str, path: str) -> bool:
        """Tell whether this request fails, and count it."""
        if method != self.method or self.path not in path or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass
class State:
    """Everything that the fake knows of one repository."""

    repository: str = "octo/fleet"
    default_branch: str = "main"
    tokens: dict[str, Token] = field(default_factory=dict)
    pulls: list[Pull] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    longest_body: int = 65536
    git: str = ""
    archived: bool = False
    actions_may_open: bool = True
    auto_merge_allowed: bool = True
    app_installed: bool = True
    token_expires: str = "2099-01-01T00:00:00Z"
    statuses: list[Status] = field(default_factory=list)
    checks: list[CheckRun] = field(default_factory=list)
    deployments: list[Deployed] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    has_issues: bool = True
    roles: dict[str, str] = field(default_factory=dict)
    teams: dict[str, list[str]] = field(default_factory=dict)
    hidden_teams: list[str] = field(default_factory=list)
    reactions: list[list[Any]] = field(default_factory=list)
    dispatched: list[dict[str, Any]] = field(default_factory=list)
    clock: int = 0
    private: bool = False
    rules: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    protected: dict[str, dict[str, Any]] = field(default_factory=dict)
    environments: dict[str, list[str]] = field(default_factory=dict)
    actions_allowed: str = "all"
    owner_errors: list[list[Any]] = field(default_factory=list)

    def now(self) -> str:
        """Return the next second of a clock that starts in 2026 and knows no waiting."""
        self.clock += 1
        return (_BEGIN + timedelta(seconds=self.clock)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def pull(self, number: int) -> Pull | None:
        """Find a pull request."""
        return next((pull for pull in self.pulls if pull.number == number), None)

    def comment(self, identity: int) -> Comment | None:
        """Find a comment."""
        return next((comment for comment in self.comments if comment.id == identity), None)

    def add_comment(self, pull: int, author: str, body: str) -> Comment:
        """Add a comment at the end, as GitHub orders them: by rising id."""
        now = self.now()
        identity = max((comment.id for comment in self.comments), default=1000) + 1
        comment = Comment(identity, pull, author, body, now, now)
        self.comments.append(comment)
        return comment

    def save(self, path: Path) -> None:
        """Write the state, whole or not at all."""
        partial = path.with_name(path.name + ".partial")
        partial.write_text(json.dumps(dataclasses.asdict(self), indent=1), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> State:
        """Read a state; fields that the file leaves out have their defaults."""
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        data["tokens"] = {token: Token(**entry) for token, entry in data.get("tokens", {}).items()}
        for name, kind in (
            ("pulls", Pull),
            ("comments", Comment),
            ("faults", Fault),
            ("artifacts", Artifact),
            ("statuses", Status),
            ("checks", CheckRun),
            ("deployments", Deployed),
            ("issues", Issue),
        ):
            data[name] = [kind(**entry) for entry in data.get(name, [])]
        return cls(**data)
