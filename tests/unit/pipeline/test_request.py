"""From the texts of a command line, or an event, to what is compared and under which settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.runner_event import Event
from gitops_action.config import Engine, FailOn
from gitops_action.errors import UsageError
from gitops_action.pipeline.events import revisions_of
from gitops_action.pipeline.request import Revisions, overrides, range_of, revisions
from gitops_action.pipeline.settings import Overrides
from tests.gitrepo import GitRepo, git, init

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = init(tmp_path / "repo")
    made.commit({"a": "1"})
    made.commit({"a": "2"})
    return made


def test_nothing_said_overrides_nothing() -> None:
    assert overrides() == overrides("", "  ", [], " ") == Overrides()


def test_what_is_said_in_lists() -> None:
    # An option given several times, and an input of several lines, are one list.
    wanted = Overrides("ops/x.yaml", (Engine.SCHEMA, Engine.KUBECONFORM), ("1.35", "1.36"), FailOn.WARNING)
    assert overrides("./ops/x.yaml", "schema,kubeconform", ["1.35", "1.36"], "Warning") == wanted
    assert overrides("ops/x.yaml", " schema\nkubeconform ", "1.35\n1.36", " warning\n") == wanted


@pytest.mark.parametrize(
    ("engine", "fail_on", "said"),
    [
        ("kubeval", "", "--engine: `kubeval` is none of schema, kubeconform, apiserver"),
        ("", "sometimes", "--fail-on: `sometimes` is none of error, warning, info, never"),
    ],
)
def test_names_that_nothing_goes_by(engine: str, fail_on: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        overrides(engine=engine, fail_on=fail_on)


def test_what_is_given_counts(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert revisions(repo.path, "v1", "v2", None, everything=False) == Revisions("v2", "v1")
    assert revisions(repo.path, "v1", "", None, everything=True) == Revisions("HEAD", "v1", True, implied=True)
    assert revisions(repo.path, "", "", None, everything=True) == Revisions("HEAD", "", True, implied=True)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert revisions(repo.path, "v1", "", None, everything=False) == Revisions("HEAD", "v1")


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("main..topic", ("main", "topic")),
        ("a/b~2...v1.0^", ("a/b~2", "v1.0^")),
        ("..topic", ("HEAD", "topic")),
        ("main..", ("main", "HEAD")),
        ("v1.0", None),
        (":/see ../x..y", None),
        ("HEAD^{/a..b}", None),
    ],
)
def test_a_range_has_two_ends(text: str, ends: tuple[str, str] | None) -> None:
    assert range_of(text) == ends


def test_without_a_base_it_is_the_remote_s_usual_branch(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    with pytest.raises(UsageError, match="give --base REVISION, or --all"):
        revisions(repo.path, "", "", None, everything=False)
    # A clone knows what the remote's own branch is.
    clone = repo.clone(tmp_path / "clone")
    assert revisions(clone, "", "", None, everything=False) == Revisions("HEAD", "origin/HEAD", implied=True)
    git(clone, "remote", "set-head", "origin", "--delete")
    assert revisions(clone, "", "topic", None, everything=False) == Revisions("topic", "origin/main")


def test_a_replayed_event_says_what_is_compared(repo: GitRepo, tmp_path: Path) -> None:
    base, head = repo.commits
    pull = {"number": 7, "head": {"sha": head}, "base": {"sha": base}}
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"pull_request": pull}))
    assert revisions(repo.path, "", "", file, everything=False) == Revisions(head, base)
    # What is given stands above the event.
    assert revisions(repo.path, "main", "HEAD", file, everything=True) == Revisions("HEAD", "main", everything=True)


def test_a_pull_request_as_checkout_leaves_it(repo: GitRepo) -> None:
    """HEAD is the pull request merged into its base: the base is its first parent, which may be newer than the event's."""
    base, head = repo.commits
    newer = repo.commit_tree(repo.git("rev-parse", f"{base}^{{tree}}"), base)
    merge = repo.commit_tree(repo.git("rev-parse", f"{head}^{{tree}}"), newer, head)
    repo.git("update-ref", "HEAD", merge)
    event = Event("pull_request", pull_request=7, base_sha=base, head_sha=head)
    assert revisions_of(event, repo.path) == Revisions(merge, newer)


def test_events_without_a_base_mean_everything(repo: GitRepo) -> None:
    head = repo.commits[-1]
    for name in ("workflow_dispatch", "schedule", "push"):
        # A push to a new branch has nothing before it.
        assert revisions_of(Event(name), repo.path) == Revisions(head, "", everything=True)
    assert revisions_of(Event("push", base_sha=repo.commits[0], head_sha=head), repo.path) == Revisions(
        head, repo.commits[0]
    )
