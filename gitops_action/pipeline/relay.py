"""`comment`: post what a run without write access found, for pull requests from forks.

What the run uploaded is a stranger's: it can say anything, so it is only ever shown, never followed. Which pull request
it is about, in which repository, and at which commit comes from GitHub.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.github import GitHub
from gitops_action.adapters.runner_event import Event
from gitops_action.errors import GitOpsError
from gitops_action.pipeline.publish import Publication, comment
from gitops_action.report.archive import MAX_ARCHIVE, report_of
from gitops_action.report.json_reading import ReportError, load

if TYPE_CHECKING:
    from gitops_action.adapters.runner import Runner
    from gitops_action.model import Report

REPORT: Final = "gitops-report.json"
"""The name of the report in the artifact."""

_COMMANDS: Final = ("check", "diff")
_PULL_REQUEST: Final = "pull_request"
_OVER: Final = frozenset({"success", "failure"})


def relay(artifact: str, wanted: Publication, runner: Runner) -> str:
    """Comment on the pull request of the run that the job's event is about; return the comment's address, "" if none.

    Raises UsageError for another event, GitOpsError where the run left no usable report or GitHub refuses something.
    """
    run = runner.workflow_run()
    if run.event != _PULL_REQUEST or run.conclusion not in _OVER:
        runner.command("notice", f"nothing to comment: the run was for `{run.event}` and ended as `{run.conclusion}`")
        return ""
    with GitHub.from_environment(wanted.token, repository=run.repository) as github:
        numbers = github.find_pull_requests(run.head_sha, run.branch)
        if not numbers:
            runner.command("notice", "nothing to comment: no open pull request has this commit as its head any more")
            return ""
        archive = github.artifact(run.id, artifact, max_bytes=MAX_ARCHIVE)
    if archive is None:
        raise GitOpsError(f"the run {run.id} uploaded no artifact called `{artifact}`: look at its log")
    try:
        report = _usable(load(report_of(archive, REPORT)))
    except ReportError as error:
        raise GitOpsError(f"the artifact `{artifact}` of run {run.id} cannot be used: {error}") from error
    url = ""
    for number in numbers:
        event = Event(_PULL_REQUEST, repository=run.repository, pull_request=number, head_sha=run.head_sha)
        url = comment(report, wanted, runner, event, workflow=run.name, run=str(run.id))
    return url


def _usable(report: Report) -> Report:
    """Return what is to be shown; where the comment belongs is not for the report to say."""
    if report.command not in _COMMANDS:
        raise ReportError(f"it is one of `{report.command[:40]}`, not of {' or '.join(_COMMANDS)}")
    return replace(report, shard="")
