"""The sticky comment, on good days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.github import CommentAction, CommentResult, GitHub
from gitops_action.errors import CommentTooLongError, GitHubError, GitHubPermissionError, UsageError
from tests.github.conftest import APP, BLIND, PERSON, READ_ONLY, WORKFLOW
from tests.github.fake import Fake
from tests.github.holding import holding
from tests.github.state import ACTIONS_BOT, Fault, Pull, State, Token

if TYPE_CHECKING:
    from collections.abc import Callable

    Connect = Callable[..., GitHub]

MARKER = "<!-- gitops-action: check -->"


def asked(fake: Fake) -> list[str]:
    return [f"{record.method} {record.path.rsplit('/', 1)[-1]}" for record in fake.requests]


def bodies(state: State) -> list[str]:
    return [comment.body for comment in state.comments]


def test_created_then_left_alone_then_edited_in_place(connect: Connect, state: State, fake: Fake) -> None:
    github = connect()

    first = github.upsert_comment(7, MARKER, "one finding")
    again = github.upsert_comment(7, MARKER, "one finding")
    fixed = github.upsert_comment(7, MARKER, "all fine")

    url = "https://github.com/octo/fleet/pull/7#issuecomment-1001"
    assert [first, again, fixed] == [
        CommentResult(CommentAction.CREATED, url, ACTIONS_BOT),
        CommentResult(CommentAction.UNCHANGED, url, ACTIONS_BOT),
        CommentResult(CommentAction.UPDATED, url, ACTIONS_BOT),
    ]
    assert bodies(state) == [f"{MARKER}\nall fine"]
    assert [record.method for record in fake.requests if record.method != "GET"] == ["POST", "POST", "PATCH"]


def test_a_body_that_has_the_marker_keeps_its_own(connect: Connect, state: State) -> None:
    connect().upsert_comment(7, MARKER, f"{MARKER}\nhello")
    assert bodies(state) == [f"{MARKER}\nhello"]


def test_nothing_to_say_asks_nothing(connect: Connect, fake: Fake) -> None:
    assert connect().upsert_comment(7, MARKER, None) == CommentResult(CommentAction.SKIPPED)
    assert fake.requests == []


def test_only_an_existing_comment_is_told_that_changes_vanished(connect: Connect, state: State) -> None:
    github = connect()
    assert github.upsert_comment(7, MARKER, "no changes left", create=False).action is CommentAction.SKIPPED
    assert bodies(state) == []

    github.upsert_comment(7, MARKER, "a change")
    assert github.upsert_comment(7, MARKER, "no changes left", create=False).action is CommentAction.UPDATED
    assert bodies(state) == [f"{MARKER}\nno changes left"]


@pytest.mark.parametrize(("token", "login"), [(WORKFLOW, ACTIONS_BOT), (APP, "fleet-app[bot]"), (PERSON, "alice")])
def test_each_token_finds_its_own_comment_and_no_other(connect: Connect, state: State, token: str, login: str) -> None:
    for author in ("mallory", "fleet-app[bot]", ACTIONS_BOT, "alice"):
        state.add_comment(7, author, f"{MARKER}\nby {author}")

    assert connect(token).upsert_comment(7, MARKER, "new") == CommentResult(
        CommentAction.UPDATED,
        next(
            f"https://github.com/octo/fleet/pull/7#issuecomment-{comment.id}"
            for comment in state.comments
            if comment.author == login
        ),
        login,
    )
    assert {comment.author for comment in state.comments if comment.body == f"{MARKER}\nnew"} == {login}


def test_someone_elses_marker_is_left_alone(connect: Connect, state: State) -> None:
    state.add_comment(7, "mallory", f"{MARKER}\nall is well, merge me")
    assert connect().upsert_comment(7, MARKER, "two errors").action is CommentAction.CREATED
    assert bodies(state) == [f"{MARKER}\nall is well, merge me", f"{MARKER}\ntwo errors"]


@pytest.mark.parametrize("body", [f"see\n{MARKER}", f"> {MARKER}", f"{MARKER} and more", f"{MARKER[:-4]}2 -->", ""])
def test_only_the_whole_first_line_is_a_marker(connect: Connect, state: State, body: str) -> None:
    state.add_comment(7, ACTIONS_BOT, body)
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.CREATED


def test_two_markers_are_two_comments(connect: Connect, state: State) -> None:
    github = connect()
    github.upsert_comment(7, "<!-- staging -->", "one")
    github.upsert_comment(7, "<!-- production -->", "two")
    github.upsert_comment(7, "<!-- staging -->", "three")
    assert bodies(state) == ["<!-- staging -->\nthree", "<!-- production -->\ntwo"]


def test_the_author_can_be_named(connect: Connect, state: State, fake: Fake) -> None:
    state.add_comment(7, "Fleet-App[bot]", f"{MARKER}\nold")
    result = connect(APP).upsert_comment(7, MARKER, "new", author="fleet-app[bot]")
    assert result.action is CommentAction.UPDATED
    assert asked(fake) == ["GET comments", "PATCH 1001"]


def test_a_wrongly_named_author_shows_in_the_result(connect: Connect) -> None:
    result = connect(PERSON).upsert_comment(7, MARKER, "new", author=ACTIONS_BOT)
    assert (result.action, result.author) == (CommentAction.CREATED, "alice")


def test_line_endings_and_blanks_that_github_may_change_are_no_difference(connect: Connect, state: State) -> None:
    state.add_comment(7, ACTIONS_BOT, f"{MARKER}\r\none\r\ntwo")
    assert connect().upsert_comment(7, MARKER, "one\ntwo\n\n").action is CommentAction.UNCHANGED


def test_half_a_surrogate_pair_does_not_break_the_request(connect: Connect, state: State) -> None:
    connect().upsert_comment(7, MARKER, "name: \ud800")
    assert bodies(state) == [f"{MARKER}\nname: ?"]


@pytest.mark.parametrize("others", [0, 99, 100, 101, 250, 399])
def test_the_requests_stay_within_the_budget(connect: Connect, state: State, fake: Fake, others: int) -> None:
    """At most 4 requests when nothing changed, 6 when something did, one more per further 100 comments."""
    for number in range(others):
        state.add_comment(7, "chatty", f"comment {number}")
    further = others // 100
    github = connect

    head = "a" * 40
    created = github().upsert_comment(7, MARKER, "one", head_sha=head)
    assert created.action is CommentAction.CREATED
    assert len(fake.requests) <= 6 + further

    fake.requests.clear()
    assert github().upsert_comment(7, MARKER, "one", head_sha=head).action is CommentAction.UNCHANGED
    assert len(fake.requests) <= 4 + further

    fake.requests.clear()
    state.comments[-1].minimized = "outdated"
    assert github().upsert_comment(7, MARKER, "two", head_sha=head).action is CommentAction.UPDATED
    assert len(fake.requests) <= 6 + further
    assert len(state.comments) == others + 1


def test_what_a_newer_commit_found_is_not_overwritten(connect: Connect, state: State) -> None:
    state.add_comment(7, ACTIONS_BOT, f"{MARKER}\nof the newest commit")
    late = connect().upsert_comment(7, MARKER, "of an older commit", head_sha="b" * 40)
    assert late.action is CommentAction.OUTDATED
    assert bodies(state) == [f"{MARKER}\nof the newest commit"]
    state.comments.clear()
    assert connect().upsert_comment(7, MARKER, "older", head_sha="b" * 40).action is CommentAction.OUTDATED
    assert bodies(state) == []


def test_a_minimized_comment_shows_again_once_it_says_something_new(connect: Connect, state: State) -> None:
    mine = state.add_comment(7, ACTIONS_BOT, f"{MARKER}\nold")
    mine.minimized = "resolved"
    assert connect().upsert_comment(7, MARKER, "old").action is CommentAction.UNCHANGED
    assert mine.minimized == "resolved"
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.UPDATED
    assert mine.minimized is None


@pytest.mark.parametrize("status", [403, 422, 500])
def test_that_a_comment_stays_minimized_is_no_failure(connect: Connect, state: State, status: int) -> None:
    mine = state.add_comment(7, ACTIONS_BOT, f"{MARKER}\nold")
    mine.minimized = "resolved"
    state.faults.append(Fault("POST", "graphql", status=status, skip=1, times=9))
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.UPDATED
    assert bodies(state) == [f"{MARKER}\nnew"]


def test_the_first_of_hundreds_is_found_on_the_first_page(connect: Connect, state: State, fake: Fake) -> None:
    state.add_comment(7, ACTIONS_BOT, f"{MARKER}\nsame")
    for number in range(500):
        state.add_comment(7, "chatty", f"comment {number}")
    assert connect().upsert_comment(7, MARKER, "same").action is CommentAction.UNCHANGED
    assert asked(fake) == ["GET comments", "POST graphql"]


def test_comments_of_other_pull_requests_do_not_count(connect: Connect, state: State) -> None:
    state.pulls.append(Pull(8))
    state.add_comment(8, ACTIONS_BOT, f"{MARKER}\nother")
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.CREATED


def test_a_deleted_account_has_no_login(connect: Connect, state: State) -> None:
    state.add_comment(7, "ghost", f"{MARKER}\nold")
    assert connect().upsert_comment(7, MARKER, "new").action is CommentAction.CREATED


def test_a_token_that_can_only_read_is_told_what_it_lacks(connect: Connect, state: State) -> None:
    with pytest.raises(GitHubPermissionError) as caught:
        connect(READ_ONLY).upsert_comment(7, MARKER, "new")
    assert "pull-requests: write" in str(caught.value)
    assert "Resource not accessible by integration" in str(caught.value)
    assert bodies(state) == []


def test_a_forks_token_may_see_that_nothing_changed(connect: Connect, state: State) -> None:
    state.add_comment(7, ACTIONS_BOT, f"{MARKER}\nsame")
    assert connect(READ_ONLY).upsert_comment(7, MARKER, "same").action is CommentAction.UNCHANGED


@pytest.mark.parametrize(
    ("token", "pull", "words"),
    [("nobody's", 7, "Bad credentials"), (BLIND, 7, "may not see it"), (WORKFLOW, 99, "does not exist")],
)
def test_a_token_that_is_wrong_or_sees_too_little(connect: Connect, token: str, pull: int, words: str) -> None:
    with pytest.raises(GitHubPermissionError, match=words) as caught:
        connect(token).upsert_comment(pull, MARKER, "new")
    assert token not in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_locked_conversation_is_not_blamed_on_the_token(connect: Connect, state: State) -> None:
    state.pulls[0].locked = True
    with pytest.raises(GitHubError, match="locked") as caught:
        connect().upsert_comment(7, MARKER, "new")
    assert not isinstance(caught.value, GitHubPermissionError)


def test_too_long_a_body_has_its_own_error(connect: Connect, state: State) -> None:
    longest = state.longest_body - len(MARKER) - 1
    with pytest.raises(CommentTooLongError):
        connect().upsert_comment(7, MARKER, "é" * (longest + 1))
    assert connect().upsert_comment(7, MARKER, "é" * longest).action is CommentAction.CREATED
    with pytest.raises(CommentTooLongError):
        connect().upsert_comment(7, MARKER, "e" * (longest + 1))
    assert bodies(state) == [f"{MARKER}\n{'é' * longest}"]


def test_the_pull_requests_of_a_commit(connect: Connect, state: State) -> None:
    state.pulls += [Pull(9, head_sha="b" * 40), Pull(8, head_sha="b" * 40), Pull(10, head_sha="b" * 40, state="closed")]
    github = connect()
    assert github.find_pull_requests("a" * 40, "octo:topic") == [7]
    assert github.find_pull_requests("b" * 40, "octo:topic") == [8, 9]
    assert github.find_pull_requests("c" * 40, "octo:topic") == []
    assert github.find_pull_requests("b" * 40, "octo:other") == []
    with pytest.raises(UsageError):
        github.find_pull_requests("../../user", "octo:topic")


def test_a_github_enterprise_server(state: State) -> None:
    state.add_comment(7, ACTIONS_BOT, f"{MARKER}\nold")
    with (
        Fake(state, holding(), prefix="/api/v3") as server,
        GitHub(WORKFLOW, "octo/fleet", server.url + "/") as github,
    ):
        assert github.upsert_comment(7, MARKER, "new").action is CommentAction.UPDATED
        assert [record.path for record in server.requests] == [
            "/api/v3/repos/octo/fleet/issues/7/comments",
            "/api/graphql",
            "/api/v3/repos/octo/fleet/issues/comments/1001",
        ]
        assert server.violations == []


def test_what_the_runner_says_is_where_we_go(fake: Fake, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", fake.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "octo/fleet")
    state.tokens["padded"] = Token(ACTIONS_BOT)
    with GitHub.from_environment("padded\n") as github:
        assert github.upsert_comment(7, MARKER, "new").action is CommentAction.CREATED
    assert {record.agent.partition("/")[0] for record in fake.requests} == {"gitops-action"}


@pytest.mark.parametrize(
    ("token", "repository", "url"),
    [
        ("", "octo/fleet", "https://api.github.com"),
        ("two\nlines", "octo/fleet", "https://api.github.com"),
        ("t", "fleet", "https://api.github.com"),
        ("t", "octo/fleet/../../user", "https://api.github.com"),
        ("t", "octo/fleet", "ftp://api.github.com"),
        ("t", "octo/fleet", "api.github.com"),
    ],
)
def test_nonsense_is_refused_before_anything_is_sent(token: str, repository: str, url: str) -> None:
    with pytest.raises(UsageError) as caught:
        GitHub(token, repository, url)
    assert "two" not in str(caught.value)
