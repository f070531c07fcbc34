"""Issues, asked of a GitHub that is held to its own description."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.github_issues import Issues
from gitops_action.errors import GitHubError
from tests.github.conftest import WORKFLOW
from tests.github.state import Fault, Issue, Pull, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.github.fake import Fake

MARKER = "<!-- ours -->"


@pytest.fixture
def hub(fake: Fake, waits: list[float]) -> Iterator[Callable[..., Issues]]:
    opened: list[Issues] = []

    def connect(token: str = WORKFLOW) -> Issues:
        opened.append(Issues(token, fake.state.repository, fake.url, sleep=waits.append))
        return opened[-1]

    yield connect
    for one in opened:
        one.__exit__()


def test_an_issue_is_opened_once_edited_and_closed(hub: Callable[..., Issues], state: State) -> None:
    github = hub()
    first = github.upsert_issue(MARKER, "Drift", "one", ["drift"])
    assert github.upsert_issue(MARKER, "Drift", "two", ["drift"]) == first
    assert [(one.title, one.body, one.state) for one in state.issues] == [("Drift", f"{MARKER}\ntwo", "open")]
    assert github.close_issue(MARKER, ["drift"], "It is gone.") == first
    assert state.issues[0].state == "closed"
    assert [one.body for one in state.comments] == ["It is gone."]
    assert not github.close_issue(MARKER, ["drift"], "It is gone.")
    assert github.upsert_issue(MARKER, "Drift", "again", ["drift"]) != first


def test_what_is_not_ours_is_left_alone(hub: Callable[..., Issues], state: State) -> None:
    state.issues.append(Issue(50, "Drift", f"{MARKER}\nfoul", "mallory", ["drift"]))
    state.pulls.append(Pull(51, body=f"{MARKER}\n", labels=["drift"], author="github-actions[bot]"))
    hub().upsert_issue(MARKER, "Drift", "one", ["drift"])
    assert [(one.author, one.body) for one in state.issues] == [
        ("mallory", f"{MARKER}\nfoul"),
        ("github-actions[bot]", f"{MARKER}\none"),
    ]


@pytest.mark.parametrize("status", [0, 502])
def test_an_answer_that_is_lost_makes_no_second_issue(hub: Callable[..., Issues], state: State, status: int) -> None:
    state.faults.append(Fault("POST", "/issues", status, acts=True))
    hub().upsert_issue(MARKER, "Drift", "one", ["drift"])
    assert len(state.issues) == 1


def test_issues_that_are_switched_off_are_named(hub: Callable[..., Issues], state: State) -> None:
    state.has_issues = False
    with pytest.raises(GitHubError, match="issues are switched off"):
        hub().upsert_issue(MARKER, "Drift", "one", ["drift"])
