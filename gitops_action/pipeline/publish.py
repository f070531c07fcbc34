"""Tell the result where people look for it on GitHub: annotations, the job's log and summary, the pull request."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.github import CommentAction, GitHub
from gitops_action.errors import CommentTooLongError, GitHubPermissionError, GitOpsError
from gitops_action.model import Outcome, Report
from gitops_action.records import dataclass
from gitops_action.report import markdown, text
from gitops_action.report.annotations import annotate
from gitops_action.report.links import Links, marker_line

if TYPE_CHECKING:
    from gitops_action.adapters.github import CommentResult
    from gitops_action.adapters.runner import Runner
    from gitops_action.adapters.runner_event import Event

_TIGHTER: Final = (markdown.COMMENT_LIMIT, markdown.COMMENT_LIMIT // 2, markdown.COMMENT_LIMIT // 8)
_FORK: Final = (
    "a pull request from a fork gets a token that can only read, whatever `permissions: pull-requests: write` says; "
    "look at this job's summary for the result, or let a second workflow comment (docs/forks.md)"
)


@dataclass(frozen=True, slots=True)
class Publication:
    """What is wanted, and what it takes. `author` is the login that owns our comment."""

    token: str = ""
    comment: bool = True
    author: str = ""
    annotations: bool = True


def publish(report: Report, wanted: Publication, runner: Runner) -> str:
    """Publish the report; return the address of the comment, "" if there is none.

    What GitHub refuses is said in the log: the result still stands in the log, the summary and the exit code.
    """
    for title, part in text.parts(report):
        with runner.group(title) if title else nullcontext():
            runner.log(part)
    if wanted.annotations:
        for note in annotate(report.findings, report.environments):
            runner.command(note.level, note.message, **note.properties)
    event = runner.event()
    runner.add_summary(markdown.summary(report, links=_links(event, report, os.environ.get("GITHUB_RUN_ID", ""))))
    if not wanted.comment or event is None or event.pull_request is None:
        return ""
    if not wanted.token:
        _warn(runner, "no comment was posted: the input `github-token` is empty; leave it out to use the job's own")
        return ""
    try:
        return comment(report, wanted, runner, event)
    except GitOpsError as error:
        forbidden = event.is_fork and isinstance(error, GitHubPermissionError)
        _warn(runner, f"no comment was posted: {_FORK if forbidden else error}")
        return ""


def comment(  # noqa: PLR0913 - another run's comment says whose
    report: Report, wanted: Publication, runner: Runner, event: Event, *, workflow: str = "", run: str = ""
) -> str:
    """Post or edit the one comment of `workflow` on the event's pull request; return its address, "" if there is none.

    `workflow` and `run` (its number) are the job's own where empty. Raises what `GitHub.upsert_comment` raises.
    """
    workflow = workflow or os.environ.get("GITHUB_WORKFLOW", "")
    links = _links(event, report, run or os.environ.get("GITHUB_RUN_ID", ""))
    result = _comment(report, wanted, event, links, workflow)
    if result.action is CommentAction.OUTDATED:
        _warn(
            runner, "no comment was posted: the pull request has newer commits, whose own run will say what is so now"
        )
    if wanted.author and result.author and result.author.casefold() != wanted.author.casefold():
        _warn(
            runner,
            f"the comment belongs to {result.author}, not to {wanted.author}, so the next run will not find it again: "
            f"set `comment-author` to {result.author}, or leave it empty",
        )
    return result.url


def _warn(runner: Runner, message: str) -> None:
    runner.command("warning", message, title="gitops-action")


def _comment(report: Report, wanted: Publication, event: Event, links: Links, workflow: str) -> CommentResult:
    """Post or edit the one comment, packed tighter where GitHub finds it too long."""
    # Legs that comment by themselves have a comment each.
    leg = (report.shard,) if report.shard else ()
    marker = marker_line(report.command, workflow, *leg)
    # A pull request about something else is left in peace, unless we have spoken there before.
    worth = bool(report.findings) or any(change.outcome is not Outcome.UNCHANGED for change in report.changes)
    assert event.pull_request is not None  # noqa: S101 - the caller asked
    with GitHub.from_environment(wanted.token, repository=event.repository) as github:
        for limit in _TIGHTER:
            body = markdown.comment(report, marker=marker, limit=limit, links=links)
            try:
                return github.upsert_comment(
                    event.pull_request, marker, body, wanted.author or None, create=worth, head_sha=event.head_sha
                )
            except CommentTooLongError:
                if limit == _TIGHTER[-1]:
                    raise
    raise AssertionError("the last attempt returns or raises")


def _links(event: Event | None, report: Report, run: str) -> Links:
    server = os.environ.get("GITHUB_SERVER_URL", "")
    if not server or event is None or not event.repository:
        return Links()
    home = f"{server}/{event.repository}"
    # The merge that a pull request is tried out with is no commit that a reader can open.
    commit = event.head_sha or report.head
    return Links(blob=f"{home}/blob/{commit}", report=f"{home}/actions/runs/{run}" if run else "")
