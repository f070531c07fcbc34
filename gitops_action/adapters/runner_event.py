"""The event that a workflow runs for, and the two revisions that it means to compare."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.errors import UsageError
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# GitHub caps a webhook's payload at 25 MB.
_MAX_BYTES: Final = 32 * 1024 * 1024
_SHA: Final = regex(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PULL_REQUESTS: Final = ("pull_request", "pull_request_target")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. Hashes are full, and "" where the event has none; `base_sha` of a push to a new branch is "".

    `sha` is the commit that the workflow runs on: for `pull_request` the merge that GitHub made to try it out.
    `is_fork`: the change comes from another repository, so the token can only read.
    """

    name: str
    action: str = ""
    repository: str = ""
    ref: str = ""
    sha: str = ""
    pull_request: int | None = None
    base_sha: str = ""
    head_sha: str = ""
    is_fork: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A run that is over, as the event `workflow_run` tells it. `branch` is `owner:name`, of a fork if it came from one."""

    id: int
    name: str
    event: str
    conclusion: str
    head_sha: str
    branch: str
    repository: str


@dataclass(frozen=True, slots=True)
class CommentEvent:
    """A comment, as the event `issue_comment` tells it. `pull_request` is None where it is on an issue."""

    action: str
    comment: int
    body: str
    author: str
    is_bot: bool
    pull_request: int | None
    repository: str


@dataclass(frozen=True, slots=True)
class Revisions:
    """What to compare. `base` None: nothing to compare with, everything at `head` is meant."""

    base: str | None
    head: str


def _payload(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        payload = json.loads(data) if len(data) <= _MAX_BYTES else None
    except OSError as error:
        raise UsageError(f"cannot read the event file {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the event file {path} is not valid JSON: {error}") from error
    if not isinstance(payload, dict):
        raise UsageError(f"the event file {path} is not a JSON object of at most {_MAX_BYTES} bytes")
    return payload


def read_workflow_run(path: Path, env: Mapping[str, str]) -> WorkflowRun:
    """Read the event `workflow_run`; raises UsageError where it is none."""
    payload = _payload(path)
    if "workflow_run" not in payload:
        raise UsageError("the command `comment` is for workflows that run `on: workflow_run`; see docs/forks.md")
    reader = _Reader(payload, path)
    owner = reader.text("workflow_run", "head_repository", "owner", "login")
    return WorkflowRun(
        reader.number("workflow_run", "id"),
        reader.text("workflow_run", "name"),
        reader.text("workflow_run", "event"),
        reader.text("workflow_run", "conclusion"),
        reader.sha("workflow_run", "head_sha"),
        f"{owner}:{reader.text('workflow_run', 'head_branch')}",
        env.get("GITHUB_REPOSITORY") or reader.text("repository", "full_name"),
    )


def read_comment(path: Path, env: Mapping[str, str]) -> CommentEvent:
    """Read the event `issue_comment`; raises UsageError where it is none."""
    payload = _payload(path)
    if "comment" not in payload or "issue" not in payload:
        raise UsageError("the command `chat` is for workflows that run `on: issue_comment`; see docs/chat.md")
    reader = _Reader(payload, path)
    on_pull = isinstance(payload["issue"], dict) and isinstance(payload["issue"].get("pull_request"), dict)
    return CommentEvent(
        reader.text("action"),
        reader.number("comment", "id"),
        reader.text("comment", "body"),
        reader.text("comment", "user", "login"),
        # What is not said to be a person is taken for none.
        reader.text("comment", "user", "type") != "User",
        reader.number("issue", "number") if on_pull else None,
        env.get("GITHUB_REPOSITORY") or reader.text("repository", "full_name"),
    )


def read_event(path: Path, env: Mapping[str, str]) -> Event:
    """Read an event file as the runner writes it; raises UsageError where it is none.

    The event's name is GITHUB_EVENT_NAME, or is told from what the file has (`--event-file` on one's own machine).
    """
    payload = _payload(path)
    reader = _Reader(payload, path)
    name = env.get("GITHUB_EVENT_NAME") or _name(payload)
    event = Event(
        name,
        action=reader.text("action"),
        repository=env.get("GITHUB_REPOSITORY") or reader.text("repository", "full_name"),
        ref=env.get("GITHUB_REF") or reader.text("ref"),
        sha=env.get("GITHUB_SHA", ""),
    )
    if name in _PULL_REQUESTS:
        # The repository of a fork that was deleted is null.
        source = reader.text("pull_request", "head", "repo", "full_name")
        target = reader.text("pull_request", "base", "repo", "full_name")
        return replace(
            event,
            pull_request=reader.number("pull_request", "number"),
            base_sha=reader.sha("pull_request", "base", "sha"),
            head_sha=reader.sha("pull_request", "head", "sha"),
            is_fork=not source or source.casefold() != target.casefold(),
        )
    if name == "merge_group":
        base, head = reader.sha("merge_group", "base_sha"), reader.sha("merge_group", "head_sha")
        return replace(event, base_sha=base, head_sha=head)
    if name == "push":
        # All zeros: the branch was not there before, or is not any more.
        before, after = reader.sha("before"), reader.sha("after")
        return replace(event, base_sha=before.strip("0") and before, head_sha=after.strip("0") and after)
    return event


def revisions(event: Event, checked_out: str, parents: Sequence[str]) -> Revisions:
    """Choose what to compare; `checked_out` is HEAD's commit and `parents` are its parents, first one first.

    actions/checkout leaves a pull request merged into its base: that merge against its first parent is exactly what
    would come in, and both are there even in a clone of depth 2. Where something else was checked out, the event's own
    revisions are meant (their merge base may have to be found).
    """
    match event.name:
        case "pull_request" | "pull_request_target":
            if len(parents) == 2 and parents[1] == event.head_sha:  # noqa: PLR2004 - a merge of two
                return Revisions(parents[0], checked_out)
            return Revisions(event.base_sha, event.head_sha)
        case "merge_group":
            return Revisions(event.base_sha, event.head_sha)
        case "push":
            return Revisions(event.base_sha or None, event.head_sha or checked_out)
        case _:
            return Revisions(None, checked_out)


def _name(payload: Mapping[str, Any]) -> str:
    for name in ("pull_request", "merge_group"):
        if name in payload:
            return name
    return "push" if "before" in payload and "after" in payload else "workflow_dispatch"


class _Reader:
    """Takes values out of a payload, and says which one is missing or odd."""

    def __init__(self, payload: Mapping[str, Any], path: Path) -> None:
        self._payload = payload
        self._path = path

    def text(self, *keys: str) -> str:
        value: Any = self._payload
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    def number(self, *keys: str) -> int:
        value: Any = self._payload
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise UsageError(f"the event file {self._path} has no usable {'.'.join(keys)}: {value!r}")
        return value

    def sha(self, *keys: str) -> str:
        # Goes to Git as an argument, so nothing else will do.
        value = self.text(*keys)
        if not _SHA.fullmatch(value):
            raise UsageError(f"the event file {self._path} has no commit hash at {'.'.join(keys)}: {value!r}")
        return value
