"""A fork's pull request: one job without a token that may write, another that comments what it found."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action import action
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.model import Coverage, Outcome, ResourceId
from gitops_action.report.json_report import dump
from tests.github.conftest import WORKFLOW, fake, state
from tests.github.state import Artifact, Fault, Pull
from tests.unit.report.hostile import TAGS, Page
from tests.unit.report.sample import change, minimal

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.model import Report
    from tests.github.fake import Fake
    from tests.github.state import State

__all__ = ["fake", "state"]
HEAD = "f" * 40


def report(**more: Any) -> Report:
    changes = [
        change(Outcome.UPDATE, ResourceId("v1", "ConfigMap", "web", "settings"), diff="--- base\n+++ head\n+a: 1\n")
    ]
    return replace(minimal(), **{"command": "check", "changes": changes, "base": "0" * 40, "head": "9" * 40, **more})


def archive(text: str, name: str = "gitops-report.json") -> str:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr(name, text)
    return base64.b64encode(target.getvalue()).decode()


class Relay:
    """The job of the second workflow."""

    def __init__(self, folder: Path, server: Fake) -> None:
        self.folder = folder
        self.server = server
        self.run_of: dict[str, Any] = {
            "id": 99,
            "name": "GitOps",
            "event": "pull_request",
            "conclusion": "success",
            "head_sha": HEAD,
            "head_branch": "topic",
            "head_repository": {"owner": {"login": "stranger"}},
            # GitHub leaves this empty for forks.
            "pull_requests": [],
        }
        self.log = ""

    def run(self, **inputs: str) -> int:
        event = self.folder / "event.json"
        event.write_text(json.dumps({"action": "completed", "workflow_run": self.run_of}))
        out = io.StringIO()
        code = action.run(
            {
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKSPACE": str(self.folder),
                "GITHUB_EVENT_PATH": str(event),
                "GITHUB_EVENT_NAME": "workflow_run",
                "GITHUB_REPOSITORY": "octo/fleet",
                "GITHUB_OUTPUT": str(self.folder / "output"),
                "INPUT_COMMAND": "comment",
                "INPUT_GITHUB-TOKEN": WORKFLOW,
                **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            },
            out,
        )
        self.log = out.getvalue()
        return code


@pytest.fixture
def relay(tmp_path: Path, fake: Fake, state: State, monkeypatch: pytest.MonkeyPatch) -> Relay:
    monkeypatch.setenv("GITHUB_API_URL", fake.url)
    monkeypatch.setenv("GITHUB_WORKFLOW", "GitOps comment")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_RUN_ID", "100")
    state.pulls = [Pull(8, head_sha=HEAD, head_repository="stranger/fleet")]
    state.artifacts = [Artifact(1, 99, "gitops-report", archive(dump(report())))]
    return Relay(tmp_path, fake)


def test_the_report_is_posted_on_the_pull_request_of_the_fork(relay: Relay, state: State, fake: Fake) -> None:
    assert relay.run() == 0
    (comment,) = state.comments
    assert comment.pull == 8
    # As the first workflow would have marked it, so that both edit the same comment.
    assert comment.body.startswith("<!-- gitops-action check GitOps -->\n")
    assert "1 of 1 object change" in comment.body
    assert "/octo/fleet/actions/runs/99" in comment.body
    assert "comment-url" in (relay.folder / "output").read_text()
    assert len(fake.requests) <= 6 + 1  # the archive itself is in another place


def test_a_second_run_edits_it(relay: Relay, state: State) -> None:
    relay.run()
    state.artifacts.append(
        Artifact(2, 99, "gitops-report", archive(dump(report(changes=[], coverage=Coverage(resources=1)))))
    )
    assert relay.run() == 0
    (comment,) = state.comments
    assert "no object changes" in comment.body


def test_newer_commits_are_left_to_their_own_run(relay: Relay, state: State) -> None:
    state.pulls[0].head_sha = "e" * 40
    assert relay.run() == 0
    assert state.comments == []
    assert "no open pull request has this commit" in relay.log


def test_another_pull_request_from_the_same_branch_name_is_left_alone(relay: Relay, state: State) -> None:
    state.pulls.append(Pull(9, head_sha=HEAD, head_repository="somebody/fleet"))
    state.pulls.append(Pull(10, head_sha=HEAD, head_repository="stranger/fleet", state="closed"))
    assert relay.run() == 0
    assert [comment.pull for comment in state.comments] == [8]


@pytest.mark.parametrize(("event", "conclusion"), [("push", "success"), ("pull_request", "cancelled")])
def test_runs_without_anything_to_say(relay: Relay, state: State, event: str, conclusion: str) -> None:
    relay.run_of |= {"event": event, "conclusion": conclusion}
    assert relay.run() == 0
    assert state.comments == []
    assert "nothing to comment" in relay.log


def test_another_event(relay: Relay) -> None:
    relay.run_of = {}
    with pytest.raises(UsageError, match="workflow_run"):
        relay.run()


def test_the_report_cannot_say_whose_comment_it_is(relay: Relay, state: State) -> None:
    """Else each run could leave another comment."""
    state.artifacts[0].content = archive(dump(report(shard="7/9", head="1" * 40)))
    relay.run()
    assert state.comments[0].body.startswith("<!-- gitops-action check GitOps -->\n")
    state.artifacts[0].content = archive(dump(report(command="x" * 100)))
    with pytest.raises(GitOpsError, match=r"it is one of `x+`, not of check or diff"):
        relay.run()


def test_what_the_report_says_stays_text(relay: Relay, state: State) -> None:
    hostile = "```\n<script>alert(1)</script> @octocat ![x](http://evil.example/x.png) --> <!-- gitops-action -->"
    changes = [
        change(
            Outcome.UPDATE, ResourceId("v1", hostile, hostile, hostile), hostile, diff=f"+{hostile}", message=hostile
        )
    ]
    state.artifacts[0].content = archive(dump(report(changes=changes, environments=(hostile,))))
    assert relay.run() == 0
    page = Page(state.comments[0].body)
    page.require_dead_text()
    assert set(page.tags) <= TAGS
    assert page.comments == [" gitops-action check GitOps "]
    assert all(link.startswith("https://github.com/") for link in page.links)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "ZIP"),
        (archive("{}"), "not a report"),
        (archive("not JSON"), "not JSON"),
        (archive("[" * 100_000), "not JSON"),
        (archive(dump(report()), "../gitops-report.json"), "has no file gitops-report.json"),
        (archive(dump(report()).replace('"schemaVersion": 1', '"schemaVersion": 99')), "version 99"),
    ],
)
def test_what_is_no_report(relay: Relay, state: State, content: str, said: str) -> None:
    state.artifacts[0].content = content
    with pytest.raises(GitOpsError, match=said):
        relay.run()
    assert state.comments == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"size": 17 * 2**20}, "more than 16 MiB"),
        ({"expired": True}, "expired"),
        ({"name": "other"}, "no artifact called"),
    ],
)
def test_an_artifact_that_cannot_be_had(relay: Relay, state: State, more: dict[str, Any], said: str) -> None:
    state.artifacts = [replace(state.artifacts[0], **more)]
    with pytest.raises(GitOpsError, match=said):
        relay.run()


def test_an_archive_that_is_larger_than_github_says(relay: Relay, state: State) -> None:
    state.artifacts[0].content = base64.b64encode(b"\0" * (16 * 2**20 + 1)).decode()
    with pytest.raises(GitOpsError, match="more than 16 MiB"):
        relay.run()


def test_bad_days(relay: Relay, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitops_action.adapters.github.time.sleep", lambda _: None)
    state.faults += [
        Fault("GET", "artifacts", status=502),
        Fault("GET", "/zip", status=500),
        Fault("POST", "comments", status=0, acts=True),
    ]
    assert relay.run() == 0
    assert len(state.comments) == 1
