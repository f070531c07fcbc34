"""GitHub's bad days: nothing is lost, nothing is written twice, and nobody waits for ever."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.github import CommentAction, GitHub
from gitops_action.errors import GitHubPermissionError, GitHubUnavailableError
from tests.github.state import ACTIONS_BOT, Fault, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.github.fake import Fake

    Connect = Callable[..., GitHub]

MARKER = "<!-- gitops-action: check -->"
COMMENTS = "/issues/7/comments"


def bodies(state: State) -> list[str]:
    return [comment.body for comment in state.comments]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 0])
def test_a_read_is_tried_again(connect: Connect, state: State, waits: list[float], status: int) -> None:
    state.faults.append(Fault("GET", COMMENTS, status, times=3))
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.CREATED
    assert waits == [1.0, 2.0, 4.0]


def test_a_page_in_the_middle_is_tried_again_alone(connect: Connect, state: State, fake: Fake) -> None:
    for number in range(250):
        state.add_comment(7, "chatty", f"comment {number}")
    state.add_comment(7, ACTIONS_BOT, f"{MARKER}\nsame")
    state.faults.append(Fault("GET", COMMENTS, 502, skip=1))
    assert connect().upsert_comment(7, MARKER, "same").action is CommentAction.UNCHANGED
    assert [record.query.get("page") for record in fake.requests] == ["1", "2", "2", "3", None]


@pytest.mark.parametrize("status", [500, 502, 504, 0])
def test_a_comment_whose_answer_was_lost_is_not_posted_twice(
    connect: Connect, state: State, fake: Fake, status: int
) -> None:
    state.faults.append(Fault("POST", COMMENTS, status, acts=True))
    result = connect().upsert_comment(7, MARKER, "new")
    assert result.action is CommentAction.CREATED
    assert result.url.endswith("#issuecomment-1001")
    assert bodies(state) == [f"{MARKER}\nnew"]
    assert [record.method for record in fake.requests].count("PATCH") == 0


@pytest.mark.parametrize("status", [500, 502, 504, 0])
def test_a_comment_that_was_not_posted_is_posted_again(connect: Connect, state: State, status: int) -> None:
    state.faults.append(Fault("POST", COMMENTS, status, times=2))
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.CREATED
    assert bodies(state) == [f"{MARKER}\nnew"]


@pytest.mark.parametrize("acts", [True, False])
def test_an_edit_whose_answer_was_lost(connect: Connect, state: State, *, acts: bool) -> None:
    state.add_comment(7, ACTIONS_BOT, f"{MARKER}\nold")
    state.faults.append(Fault("PATCH", "/issues/comments/", 502, acts=acts))
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.UPDATED
    assert bodies(state) == [f"{MARKER}\nnew"]


def test_a_time_out_after_github_acted(connect: Connect, state: State, waits: list[float]) -> None:
    state.faults.append(Fault("POST", COMMENTS, 201, acts=True, delay=60.0))
    assert connect(timeout=5).upsert_comment(7, MARKER, "new", author=ACTIONS_BOT).action is CommentAction.CREATED
    assert waits == [1.0]
    assert bodies(state) == [f"{MARKER}\nnew"]


@pytest.mark.parametrize("status", [403, 429])
def test_the_secondary_rate_limit_says_how_long(
    connect: Connect, state: State, waits: list[float], status: int
) -> None:
    state.faults += [Fault("GET", COMMENTS, status, retry_after=17), Fault("POST", COMMENTS, status, retry_after=5)]
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.CREATED
    assert waits == [17.0, 5.0]
    assert bodies(state) == [f"{MARKER}\nnew"]


@pytest.mark.parametrize("status", [403, 429])
def test_the_secondary_rate_limit_that_does_not_say(
    connect: Connect, state: State, waits: list[float], status: int
) -> None:
    state.faults.append(Fault("GET", COMMENTS, status))
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.CREATED
    assert waits == [60.0]


def test_the_primary_rate_limit_is_waited_for_until_its_reset(
    connect: Connect, state: State, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000030"}
    message = "API rate limit exceeded for installation ID 1."
    state.faults.append(Fault("GET", COMMENTS, 403, message=message, headers=limits))
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.CREATED
    assert waits == [31.0]


def test_retry_after_is_believed_whatever_the_words(connect: Connect, state: State, waits: list[float]) -> None:
    state.faults.append(Fault("POST", COMMENTS, 403, retry_after=3, message="Slow down"))
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.CREATED
    assert waits == [3.0]


def test_a_wait_of_an_hour_is_not_waited(connect: Connect, state: State, waits: list[float]) -> None:
    state.faults.append(Fault("POST", COMMENTS, 429, retry_after=3600))
    with pytest.raises(GitHubUnavailableError, match="wait 3600 s"):
        connect().upsert_comment(7, MARKER, "new")
    assert waits == []


def test_all_waiting_together_has_an_end(connect: Connect, state: State, waits: list[float]) -> None:
    state.faults.append(Fault("GET", COMMENTS, 429, retry_after=40, times=-1))
    with pytest.raises(GitHubUnavailableError):
        connect(patience=90).upsert_comment(7, MARKER, "new")
    assert waits == [40.0, 40.0]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_github_that_stays_away(connect: Connect, state: State, fake: Fake, method: str) -> None:
    state.faults.append(Fault(method, COMMENTS, 500, times=-1))
    with pytest.raises(GitHubUnavailableError, match="comment") as caught:
        connect().upsert_comment(7, MARKER, "new")
    assert caught.value.exit_code == 3
    assert [record.method for record in fake.requests].count(method) == 4
    assert bodies(state) == []


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with GitHub("t", "octo/fleet", url, sleep=lambda _: None) as github, pytest.raises(GitHubUnavailableError):
            github.upsert_comment(7, MARKER, "new")


def test_a_token_that_runs_out_between_two_requests(connect: Connect, state: State) -> None:
    state.faults.append(Fault("POST", COMMENTS, 401, message="Bad credentials"))
    with pytest.raises(GitHubPermissionError, match="run out"):
        connect().upsert_comment(7, MARKER, "new")


def test_a_comment_that_is_deleted_while_it_is_edited(connect: Connect, state: State) -> None:
    state.add_comment(7, ACTIONS_BOT, f"{MARKER}\nold")
    github = connect()
    whole = state.comment

    def gone(identity: int) -> None:
        state.comments.clear()
        state.comment = whole  # type: ignore[method-assign]
        del identity

    state.comment = gone  # type: ignore[method-assign]
    assert github.upsert_comment(7, MARKER, "new").action is CommentAction.CREATED
    assert bodies(state) == [f"{MARKER}\nnew"]


def test_who_the_token_is_stays_unknown(connect: Connect, state: State, fake: Fake) -> None:
    """Then the workflow's own bot is assumed, never just anybody."""
    state.add_comment(7, "mallory", f"{MARKER}\nfine")
    state.add_comment(7, ACTIONS_BOT, f"{MARKER}\nold")
    state.faults.append(Fault("POST", "/graphql", 404, message="Not Found"))
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.UPDATED
    assert bodies(state) == [f"{MARKER}\nfine", f"{MARKER}\nnew"]
    assert fake.requests[1].path == "/graphql"


def test_an_answer_that_makes_no_sense_is_no_success(connect: Connect, state: State) -> None:
    state.faults.append(Fault("GET", COMMENTS, 200, message="here is no list"))
    with pytest.raises(Exception, match="here is no list") as caught:
        connect().upsert_comment(7, MARKER, "new")
    assert type(caught.value).__name__ == "GitHubError"
