"""The fake is held to GitHub's own descriptions: what breaks them is caught, whoever breaks them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import requests

from gitops_action.adapters.github import CommentAction, GitHub
from tests.github import answers, routes
from tests.github.conftest import PERSON, READ_ONLY, WORKFLOW, fleet
from tests.github.fake import Fake
from tests.github.holding import holding
from tests.github.state import ACTIONS_BOT, Comment, Fault, Pull, State
from tests.npm.fetch import descriptions
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMENTS = "/repos/octo/fleet/issues/7/comments"


@pytest.fixture
def broken(state: State) -> Iterator[Fake]:
    """Return a fake whose violations are what the test is about."""
    with Fake(state, holding()) as server:
        yield server


def ask(fake: Fake, method: str, path: str, token: str = WORKFLOW, **options: Any) -> requests.Response:
    headers = {"Authorization": f"token {token}", **options.pop("headers", {})}
    return requests.request(method, fake.url + path, headers=headers, timeout=30, **options)


def graphql(fake: Fake, query: str, token: str = WORKFLOW, **variables: Any) -> Any:
    return ask(fake, "POST", "/graphql", token, json={"query": query, "variables": variables}).json()


@pytest.mark.parametrize(
    ("method", "path", "options", "words"),
    [
        ("GET", "/repos/octo/fleet/isues/7/comments", {}, "Path not found"),
        ("PUT", COMMENTS, {"json": {"body": "x"}}, "Operation put not found"),
        ("GET", f"{COMMENTS}?pagesize=100", {}, "no query parameter 'pagesize'"),
        ("GET", f"{COMMENTS}?per_page=many", {}, "per_page"),
        ("GET", "/repos/octo/fleet/issues/seven/comments", {}, "issue_number"),
        ("POST", COMMENTS, {"json": {"text": "x"}}, "'body' is a required property"),
        ("POST", COMMENTS, {"json": {"body": 7}}, "is not of type 'string'"),
        ("POST", COMMENTS, {"json": {"body": "x", "sticky": True}}, "'sticky' was unexpected"),
        ("POST", COMMENTS, {"data": "body=x", "headers": {"Content-Type": "text/plain"}}, "text/plain"),
        ("POST", COMMENTS, {}, "required"),
        ("GET", "/api/v3/user", {}, "not found"),
        ("POST", "/graphql", {"json": {"query": "{ viewer { lgin } }"}}, "Cannot query field 'lgin'"),
        ("POST", "/graphql", {"json": {"query": "{ viewer"}}, "Syntax Error"),
        ("POST", "/graphql", {"data": "{ viewer { login } }"}, "no JSON object"),
    ],
)
def test_a_wrong_request_is_caught(broken: Fake, method: str, path: str, options: Any, words: str) -> None:
    answer = ask(broken, method, path, **options)
    assert answer.status_code == 500
    assert any(words in violation for violation in broken.violations), broken.violations
    assert broken.state.comments == []


def test_a_request_without_a_user_agent_is_caught(broken: Fake) -> None:
    connection = http.client.HTTPConnection(broken.url.removeprefix("http://"), timeout=30)
    connection.request("GET", COMMENTS, headers={"Authorization": f"token {WORKFLOW}"})
    assert connection.getresponse().status == 500
    connection.close()
    assert broken.violations == ["no User-Agent, which GitHub refuses"]


_COMMENT = answers.comment


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda value: value.pop("id"), "'id' is a required property"),
        (lambda value: value.update(id="7"), "is not of type 'integer'"),
        (lambda value: value.update(marker=True), "'marker' was unexpected"),
        (lambda value: value["user"].pop("login"), "login"),
        (lambda value: value.update(author_association="FRIEND"), "is not one of"),
        (lambda value: value.update(created_at="yesterday"), "is not a 'date-time'"),
    ],
)
def test_a_wrong_answer_is_caught(broken: Fake, monkeypatch: pytest.MonkeyPatch, spoil: Any, words: str) -> None:
    def spoilt(api: str, state: State, entry: Comment) -> Any:
        value = _COMMENT(api, state, entry)
        spoil(value)
        return value

    monkeypatch.setattr(answers, "comment", spoilt)
    assert ask(broken, "POST", COMMENTS, json={"body": "x"}).status_code == 500
    assert any(words in violation for violation in broken.violations), broken.violations


def test_a_status_that_is_not_described_is_caught(broken: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_NOT_FOUND", routes.Answer(418, answers.error("teapot", 418)))
    assert ask(broken, "GET", COMMENTS.replace("7", "8")).status_code == 500
    assert "418" in broken.violations[0]


def test_a_wrong_graphql_answer_is_caught(broken: Fake) -> None:
    broken.state.tokens[WORKFLOW].login = None  # type: ignore[assignment] # the schema says String!
    graphql(broken, "{ viewer { login } }")
    assert "Cannot return null" in broken.violations[0]


def test_wrong_graphql_variables_are_caught(broken: Fake) -> None:
    graphql(broken, MINIMIZE, input={"subjectId": "IC_1001", "classifier": "OLD"})
    assert "'OLD' does not exist" in broken.violations[0]


def test_what_the_fake_can_do_is_as_github_describes(fake: Fake, state: State) -> None:
    state.pulls.append(Pull(8, head_sha="b" * 40, head_repository="someone/fork"))
    state.add_comment(7, "alice", "hello")
    seen = [
        ask(fake, method, path, token, **options).status_code
        for method, path, token, options in [
            ("GET", "/repos/octo/fleet", WORKFLOW, {}),
            ("GET", "/repos/OCTO/Fleet", WORKFLOW, {}),
            ("GET", "/repos/octo/other", WORKFLOW, {}),
            ("GET", "/rate_limit", WORKFLOW, {}),
            ("GET", "/user", WORKFLOW, {}),
            ("GET", "/user", PERSON, {}),
            ("GET", "/user", "nobody's", {}),
            ("GET", "/repos/octo/fleet/pulls/8", WORKFLOW, {}),
            ("GET", f"/repos/octo/fleet/commits/{'b' * 40}/pulls", WORKFLOW, {}),
            ("GET", "/repos/octo/fleet/issues/comments/1001", WORKFLOW, {}),
            ("POST", COMMENTS, WORKFLOW, {"json": {"body": " "}}),
            ("DELETE", "/repos/octo/fleet/issues/comments/1001", READ_ONLY, {}),
            ("DELETE", "/repos/octo/fleet/issues/comments/1001", WORKFLOW, {}),
            ("DELETE", "/repos/octo/fleet/issues/comments/1001", WORKFLOW, {}),
        ]
    ]
    assert seen == [200, 200, 404, 200, 403, 200, 401, 200, 200, 200, 422, 403, 204, 404]


MINIMIZE = """
mutation ($input: MinimizeCommentInput!) {
  minimizeComment(input: $input) { minimizedComment { isMinimized minimizedReason } }
}
"""


def test_graphql_minimises_a_comment_which_rest_then_shows(fake: Fake, state: State) -> None:
    comment = state.add_comment(7, ACTIONS_BOT, "old")
    node = ask(fake, "GET", f"/repos/octo/fleet/issues/comments/{comment.id}").json()["node_id"]

    refused = graphql(fake, MINIMIZE, READ_ONLY, input={"subjectId": node, "classifier": "OUTDATED"})
    assert [error["type"] for error in refused["errors"]] == ["FORBIDDEN"]
    missing = graphql(fake, MINIMIZE, input={"subjectId": "IC_1", "classifier": "OUTDATED"})
    assert [error["type"] for error in missing["errors"]] == ["NOT_FOUND"]

    done = graphql(fake, MINIMIZE, input={"subjectId": node, "classifier": "OUTDATED"})
    assert done["data"]["minimizeComment"]["minimizedComment"] == {"isMinimized": True, "minimizedReason": "outdated"}
    assert ask(fake, "GET", COMMENTS).json()[0]["minimized"] == {"reason": "outdated"}


def test_graphql_makes_a_draft_ready(fake: Fake, state: State) -> None:
    state.pulls[0].draft = True
    node = ask(fake, "GET", "/repos/octo/fleet/pulls/7").json()["node_id"]
    query = """
    mutation ($input: MarkPullRequestReadyForReviewInput!) {
      markPullRequestReadyForReview(input: $input) { pullRequest { number isDraft } }
    }
    """
    done = graphql(fake, query, input={"pullRequestId": node})
    assert done["data"]["markPullRequestReadyForReview"]["pullRequest"] == {"number": 7, "isDraft": False}
    assert ask(fake, "GET", "/repos/octo/fleet/pulls/7").json()["draft"] is False


def test_pages_link_to_each_other(fake: Fake, state: State) -> None:
    for number in range(5):
        state.add_comment(7, "alice", str(number))
    url, pages = f"{COMMENTS}?per_page=2", []
    while url:
        answer = ask(fake, "GET", url)
        pages.append([comment["body"] for comment in answer.json()])
        url = answer.links.get("next", {}).get("url", "").removeprefix(fake.url)
    assert pages == [["0", "1"], ["2", "3"], ["4"]]


def test_the_state_survives_its_file(state: State, tmp_path: Path) -> None:
    state.add_comment(7, "alice", "naïve ✓")
    state.faults.append(Fault("GET", "/x", 502, retry_after=3))
    state.save(tmp_path / "state.json")
    assert State.load(tmp_path / "state.json") == state


def test_the_fake_as_a_process_of_its_own(tmp_path: Path) -> None:
    descriptions()  # skips here, by name, where they cannot be had
    kept = tmp_path / "state.json"
    fleet().save(kept)
    command = [sys.executable, "-m", "tests.github.fake", "--port", "0", "--state", str(kept)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout
        try:
            url = process.stdout.readline().rpartition(" ")[2].strip()
            with GitHub(WORKFLOW, "octo/fleet", url) as github:
                assert github.upsert_comment(7, "<!-- m -->", "one").action is CommentAction.CREATED
                assert github.upsert_comment(7, "<!-- m -->", "two").action is CommentAction.UPDATED
            wrong = requests.post(f"{url}{COMMENTS}", json={"body": 1}, timeout=30)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    assert wrong.status_code == 500
    assert [comment.body for comment in State.load(kept).comments] == ["<!-- m -->\ntwo"]
    records = [json.loads(line) for line in (tmp_path / "state.json.requests").read_text().splitlines()]
    assert [(record["method"], record["status"]) for record in records] == [
        ("GET", 200), ("POST", 201), ("GET", 200), ("POST", 200), ("PATCH", 200), ("POST", 500),
    ]  # fmt: skip
    assert (tmp_path / "state.json.violations").read_text().count("is not of type 'string'") == 1
