"""What the fake GitHub does for each REST operation that we use."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.github import answers, deploying, promotion, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.github.state import Comment, Pull, State, Token

_LARGEST_PAGE: Final = 100
_USUAL_PAGE: Final = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    # As it came, since a branch may have slashes in its name.
    encoded: str = ""

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `value` is sent as JSON, or as it is if it is text. `delay` is in seconds."""

    status: int
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0

    @property
    def data(self) -> bytes:
        """The body."""
        if self.value is None:
            return b""
        if isinstance(self.value, bytes):
            return self.value
        return self.value.encode() if isinstance(self.value, str) else json.dumps(self.value).encode()

    @property
    def all_headers(self) -> dict[str, str]:
        """What GitHub sends with each answer, and what this one has besides."""
        kind = "text/html" if isinstance(self.value, str) else "application/json; charset=utf-8"
        limits = {"Limit": "5000", "Remaining": "4999", "Reset": "1893456000", "Used": "1", "Resource": "core"}
        usual = {f"X-RateLimit-{name}": value for name, value in limits.items()}
        return ({"Content-Type": kind} if self.value is not None else {}) | usual | self.headers


def _failed(status: int, message: str, **headers: str) -> Answer:
    return Answer(
        status, answers.error(message, status), {key.replace("_", "-"): value for key, value in headers.items()}
    )


_NOT_FOUND: Final = _failed(404, "Not Found")


def route(state: State, api: str, token: Token, asked: Asked) -> Answer:
    """Do what was asked, as far as the token may."""
    repository = re.escape(state.repository)
    for method, pattern, action in _ROUTES:
        found = re.fullmatch(pattern.replace("REPO", f"/repos/{repository}"), asked.path, re.IGNORECASE)
        if method == asked.method and found:
            if token.access == "none" and pattern.startswith("REPO"):
                return _NOT_FOUND  # as GitHub hides what one may not see
            if (permission := settings.needed(asked.method, asked.path)) in token.blind:
                return settings.blind(token, permission)
            return action(Call(state, api, token, asked), *found.groups())
    return _NOT_FOUND


@dataclass(frozen=True, slots=True)
class Call:
    state: State
    api: str
    token: Token
    asked: Asked

    def refusal(self, pull: Pull | None = None) -> Answer | None:
        """Return why this token may not write comments, None if it may."""
        if self.token.access != "write":
            who = "integration" if self.token.kind == "integration" else "personal access token"
            accepted = "issues=write; pull_requests=write"
            return _failed(403, f"Resource not accessible by {who}", X_Accepted_GitHub_Permissions=accepted)
        if pull and pull.locked:
            return _failed(403, "Unable to create comment because issue is locked.")
        return None

    def invalid(self, body: str) -> Answer | None:
        """Return why this body is refused, None if it is not."""
        if not body.strip():
            return Answer(422, answers.invalid("Body cannot be blank"))
        if len(body) > self.state.longest_body:
            longest = self.state.longest_body
            return Answer(422, answers.invalid(f"Body is too long (maximum is {longest} characters)"))
        return None

    def comment(self, entry: Comment) -> answers.JSON:
        return answers.comment(self.api, self.state, entry)

    def failed(self, status: int, message: str) -> Answer:
        """Say what went wrong."""
        return _failed(status, message)

    def answer(self, status: int, value: Any = None) -> Answer:
        """Answer with JSON."""
        return Answer(status, value)

    def page(self, everything: list[Any]) -> Answer:
        """Answer with the page that was asked for."""
        return _page(self, everything)


def _user(call: Call) -> Answer:
    if call.token.kind != "user":
        return _failed(403, "Resource not accessible by integration")
    return Answer(200, answers.authenticated_user(call.api, call.token.login))


def _rate_limit(_call: Call) -> Answer:
    return Answer(200, answers.rate_limit())


def _repository(call: Call) -> Answer:
    found = answers.full_repository(call.api, call.state)
    if call.token.kind == "user":
        writes = call.token.access == "write"
        found["permissions"] = {"admin": call.token.admin, "push": writes, "pull": True}
    return Answer(200, found)


def _pull(call: Call, number: str) -> Answer:
    promotion.follow(call.state)
    pull = call.state.pull(int(number))
    return Answer(200, answers.pull_request(call.api, call.state, pull)) if pull else _NOT_FOUND


def _pulls_of_commit(call: Call, sha: str) -> Answer:
    found = [pull for pull in call.state.pulls if sha in {pull.head_sha, pull.merge_sha}]
    return _page(call, [answers.pull_simple(call.api, call.state, pull) for pull in found])


def _pulls(call: Call) -> Answer:
    promotion.follow(call.state)
    query = call.asked.query
    found = [pull for pull in call.state.pulls if query.get("state", "open") in {"all", pull.state}]
    if base := query.get("base"):
        found = [pull for pull in found if pull.base_ref == base]
    # By default the newest first; GitHub's own numbers rise with time.
    found.sort(key=lambda pull: pull.number, reverse=query.get("direction", "desc") == "desc")
    if head := call.asked.query.get("head"):
        found = [pull for pull in found if answers.label(call.state, pull) == head]
    return _page(call, [answers.pull_simple(call.api, call.state, pull) for pull in found])


def _artifacts(call: Call, run: str) -> Answer:
    found = [
        answers.artifact(call.api, call.state, one)
        for one in call.state.artifacts
        if one.run == int(run) and call.asked.query.get("name", one.name) == one.name
    ]
    return Answer(200, {"total_count": len(found), "artifacts": found})


def _artifact(call: Call, identity: str) -> Answer:
    found = next((one for one in call.state.artifacts if one.id == int(identity)), None)
    if found is None:
        return _NOT_FOUND
    if found.expired:
        return _failed(410, "Artifact has expired")
    return Answer(302, None, {"Location": f"{call.api}/stored/{found.id}"})


def _comments(call: Call, number: str) -> Answer:
    if not call.state.pull(int(number)):
        return _NOT_FOUND
    return _page(call, [call.comment(entry) for entry in call.state.comments if entry.pull == int(number)])


def _create_comment(call: Call, number: str) -> Answer:
    pull = call.state.pull(int(number))
    if not pull and all(one.number != int(number) for one in call.state.issues):
        return _NOT_FOUND
    body = call.asked.json["body"]
    refused = call.refusal(pull) or call.invalid(body)
    if refused:
        return refused
    created = call.comment(call.state.add_comment(int(number), call.token.login, body))
    return Answer(201, created, {"Location": created["url"]})


def _get_comment(call: Call, identity: str) -> Answer:
    found = call.state.comment(int(identity))
    return Answer(200, call.comment(found)) if found else _NOT_FOUND


def _edit_comment(call: Call, identity: str) -> Answer:
    # Whoever may write may edit what others wrote: leaving that alone is up to us.
    found = call.state.comment(int(identity))
    if not found:
        return _NOT_FOUND
    body = call.asked.json["body"]
    refused = call.refusal() or call.invalid(body)
    if refused:
        return refused
    found.body = body
    found.updated_at = call.state.now()
    return Answer(200, call.comment(found))


def _delete_comment(call: Call, identity: str) -> Answer:
    found = call.state.comment(int(identity))
    if not found:
        return _NOT_FOUND
    refused = call.refusal()
    if refused:
        return refused
    call.state.comments.remove(found)
    return Answer(204)


def _page(call: Call, everything: list[Any]) -> Answer:
    """Cut one page out, and link to the next and the last."""
    size = min(int(call.asked.query.get("per_page", _USUAL_PAGE)), _LARGEST_PAGE)
    page = int(call.asked.query.get("page", 1))
    last = max(1, -(-len(everything) // size))
    links = {"next": page + 1, "last": last} if page < last else {}
    if page > 1:
        links |= {"first": 1, "prev": page - 1}
    url = f"{call.api}{call.asked.path}?per_page={size}"
    link = ", ".join(f'<{url}&page={number}>; rel="{name}"' for name, number in links.items())
    return Answer(200, everything[(page - 1) * size : page * size], {"Link": link} if link else {})


_ROUTES: Final[tuple[tuple[str, str, Callable[..., Answer]], ...]] = (
    ("GET", "/user", _user),
    ("GET", "/rate_limit", _rate_limit),
    ("GET", "REPO", _repository),
    ("GET", "REPO/pulls", _pulls),
    ("GET", r"REPO/pulls/(\d+)", _pull),
    ("GET", r"REPO/actions/runs/(\d+)/artifacts", _artifacts),
    ("GET", r"REPO/actions/artifacts/(\d+)/zip", _artifact),
    ("GET", r"REPO/commits/([0-9a-f]+)/pulls", _pulls_of_commit),
    ("GET", r"REPO/issues/(\d+)/comments", _comments),
    ("POST", r"REPO/issues/(\d+)/comments", _create_comment),
    ("GET", r"REPO/issues/comments/(\d+)", _get_comment),
    ("PATCH", r"REPO/issues/comments/(\d+)", _edit_comment),
    ("DELETE", r"REPO/issues/comments/(\d+)", _delete_comment),
    *promotion.ROUTES,
    *deploying.ROUTES,
    *settings.ROUTES,
)
