"""Deployments, asked of a GitHub that is held to its own description."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.github_deployments import Deployments
from gitops_action.errors import GitHubPermissionError
from tests.github.conftest import READ_ONLY, WORKFLOW
from tests.github.state import Fault, Pull, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.github.fake import Fake

SHA = "b" * 40


@pytest.fixture
def hub(fake: Fake, waits: list[float]) -> Iterator[Callable[..., Deployments]]:
    opened: list[Deployments] = []

    def connect(token: str = WORKFLOW) -> Deployments:
        opened.append(Deployments(token, fake.state.repository, fake.url, sleep=waits.append))
        return opened[-1]

    yield connect
    for one in opened:
        one.__exit__()


def made(hub: Deployments, run: str = "1", environment: str = "staging") -> int:
    return hub.create(SHA, environment, description="x", payload={"run": run, "actor": "alice"}, production=False).id


def test_a_deployment_goes_through_its_states(hub: Callable[..., Deployments], state: State) -> None:
    github = hub()
    number = made(github)
    for said in ("queued", "in_progress", "success"):
        github.set_state(number, said, description=said, log_url="https://example.com/log")
    (found,) = github.newest("staging", limit=5)
    assert (found.id, found.sha, found.state, found.description) == (number, SHA, "success", "success")
    assert (found.payload["actor"], found.log_url, bool(found.healthy_at)) == ("alice", "https://example.com/log", True)
    assert [one[0] for one in state.deployments[0].statuses] == ["success", "in_progress", "queued"]


def test_what_failed_was_never_healthy_and_what_was_replaced_was(hub: Callable[..., Deployments]) -> None:
    github = hub()
    good, bad, better = made(github, "1"), made(github, "2"), made(github, "3")
    github.set_state(good, "success", description="a")
    github.set_state(bad, "failure", description="b")
    github.set_state(better, "success", description="c")
    found = {one.id: one for one in github.newest("staging", limit=9)}
    assert [(found[one].state, bool(found[one].healthy_at)) for one in (good, bad, better)] == [
        ("inactive", True),
        ("failure", False),
        ("success", True),
    ]
    assert found[good].description == "a"


@pytest.mark.parametrize("status", [0, 502])
def test_an_answer_that_is_lost_makes_no_second_deployment(
    hub: Callable[..., Deployments], state: State, status: int
) -> None:
    state.faults.append(Fault("POST", "/deployments", status, acts=True))
    assert made(hub(), "7") == 1
    assert len(state.deployments) == 1


def test_another_run_of_the_same_commit_is_another_deployment(hub: Callable[..., Deployments], state: State) -> None:
    github = hub()
    made(github, "1")
    state.faults.append(Fault("POST", "/deployments", 502, acts=False))
    assert made(github, "2") == 2


def test_the_same_state_is_not_told_twice(hub: Callable[..., Deployments], state: State) -> None:
    github = hub()
    number = made(github)
    for _ in range(2):
        github.set_state(number, "failure", description="x" * 300)
    assert len(state.deployments[0].statuses) == 1
    assert len(state.deployments[0].statuses[0][2]) == 140


def test_a_token_without_the_right_is_told_which(hub: Callable[..., Deployments]) -> None:
    with pytest.raises(GitHubPermissionError, match="deployments: write"):
        made(hub(READ_ONLY))


def test_many_deployments_come_in_pages(hub: Callable[..., Deployments]) -> None:
    github = hub()
    for number in range(130):
        made(github, str(number))
    found = github.newest("staging", limit=120)
    assert [one.id for one in found] == list(range(130, 10, -1))
    assert github.newest("production", limit=3) == []


def test_the_pull_request_of_a_commit_is_the_one_merged_as_it(hub: Callable[..., Deployments], state: State) -> None:
    state.pulls += [Pull(8, head_sha=SHA), Pull(9, state="closed", merged=True, merge_sha=SHA)]
    assert hub().pull_request_of(SHA) == 9
    assert hub().pull_request_of("c" * 40) is None
