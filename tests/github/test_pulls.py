"""Pull requests, statuses and roles, asked of a GitHub that is held to its own description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.github_pulls import Pulls
from gitops_action.errors import GitHubError, GitHubPermissionError, GitHubUnavailableError
from tests.github.conftest import READ_ONLY, WORKFLOW
from tests.github.state import CheckRun, Deployed, Fault, Pull, State, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.github.fake import Fake

BRANCH = "promote/web/staging-production"


@pytest.fixture
def pulls(fake: Fake, waits: list[float]) -> Iterator[Callable[..., Pulls]]:
    opened: list[Pulls] = []

    def connect(token: str = WORKFLOW) -> Pulls:
        opened.append(Pulls(token, fake.state.repository, fake.url, sleep=waits.append))
        return opened[-1]

    yield connect
    for one in opened:
        one.__exit__()


def test_a_pull_request_is_opened_once(pulls: Callable[..., Pulls], state: State) -> None:
    first = pulls().create(BRANCH, "main", "Promote", "Body", draft=False)
    again = pulls().create(BRANCH, "main", "Promote more", "Body", draft=False)
    assert first.number == again.number
    assert [(one.title, one.head_ref) for one in state.pulls[1:]] == [("Promote more", BRANCH)]


@pytest.mark.parametrize("status", [0, 502])
def test_an_answer_that_is_lost_makes_no_second_one(pulls: Callable[..., Pulls], state: State, status: int) -> None:
    state.faults.append(Fault("POST", "/pulls", status, acts=True))
    assert pulls().create(BRANCH, "main", "Promote", "Body", draft=True).draft
    assert len(state.pulls) == 2


def test_a_repository_without_drafts_gets_a_plain_one(pulls: Callable[..., Pulls], state: State) -> None:
    state.faults.append(
        Fault("POST", "/pulls", 422, message="Draft pull requests are not supported in this repository.")
    )
    assert not pulls().create(BRANCH, "main", "Promote", "Body", draft=True).draft


def test_actions_that_may_not_open_pull_requests_are_told_where_to_allow_it(
    pulls: Callable[..., Pulls], state: State
) -> None:
    state.actions_may_open = False
    with pytest.raises(GitHubPermissionError, match="Allow GitHub Actions to create and approve pull requests"):
        pulls().create(BRANCH, "main", "Promote", "Body", draft=False)


def test_an_archived_repository_is_said_to_be_one(pulls: Callable[..., Pulls], state: State) -> None:
    state.archived = True
    assert pulls().repository().archived
    with pytest.raises(GitHubError, match="archived"):
        pulls().create(BRANCH, "main", "Promote", "Body", draft=False)


def test_only_what_differs_is_edited(pulls: Callable[..., Pulls], fake: Fake) -> None:
    made = pulls().create(BRANCH, "main", "Promote", "Body\r\n", draft=False)
    writes = len([one for one in fake.requests if one.method == "PATCH"])
    pulls().update(made, title="Promote", body="Body")
    assert len([one for one in fake.requests if one.method == "PATCH"]) == writes
    assert pulls().update(made, body="Other", state="closed").state == "closed"
    assert fake.requests[-1].body == {"body": "Other", "state": "closed"}


def test_pull_requests_of_forks_and_of_other_branches_are_not_ours(pulls: Callable[..., Pulls], state: State) -> None:
    state.pulls.append(Pull(8, head_ref=BRANCH, head_repository="mallory/fleet"))
    state.pulls.append(Pull(9, head_ref=BRANCH))
    state.pulls.append(Pull(10, head_ref=BRANCH, base_ref="release"))
    found = pulls().pulls(head_prefix="promote/", base="main")
    assert [one.number for one in found] == [9]


def test_closed_ones_are_asked_for_by_branch(pulls: Callable[..., Pulls], state: State) -> None:
    state.pulls += [Pull(8, head_ref=BRANCH, state="closed"), Pull(9, head_ref=BRANCH, state="closed", merged=True)]
    found = pulls().pulls(state="closed", head_prefix=BRANCH)
    assert [(one.number, one.merged) for one in found] == [(9, True), (8, False)]


def test_it_becomes_a_draft_and_ready_again(pulls: Callable[..., Pulls], state: State) -> None:
    made = pulls().create(BRANCH, "main", "Promote", "Body", draft=False)
    pulls().set_draft(made, True)
    assert state.pulls[-1].draft
    pulls().set_draft(made, False)
    assert not state.pulls[-1].draft


def test_what_is_wanted_of_it_is_added_and_refusals_are_only_told(pulls: Callable[..., Pulls], state: State) -> None:
    state.roles["alice"] = "write"
    state.auto_merge_allowed = False
    hub = pulls()
    made = hub.create(BRANCH, "main", "Promote", "Body", draft=False)
    assert hub.add_labels(made, ["promotion"]) == ""
    assert hub.add_assignees(made, ["alice"]) == ""
    assert hub.request_reviewers(made, ["alice"], []) == ""
    assert "collaborators" in hub.request_reviewers(made, ["nobody"], [])
    assert "not allowed" in hub.enable_auto_merge(made, "squash")
    pull = hub.pull(made.number)
    assert (pull.labels, pull.assignees, pull.reviewers) == (("promotion",), ("alice",), ("alice",))
    state.auto_merge_allowed = True
    assert hub.enable_auto_merge(made, "squash") == ""
    assert hub.pull(made.number).auto_merge
    assert hub.disable_auto_merge(made) == ""


def test_what_is_there_already_is_not_asked_for_again(pulls: Callable[..., Pulls], fake: Fake) -> None:
    hub = pulls()
    hub.add_labels(hub.create(BRANCH, "main", "Promote", "Body", draft=False), ["promotion"])
    before = len(fake.requests)
    found = hub.pulls(head_prefix=BRANCH)[0]
    hub.add_labels(found, ["promotion"])
    assert len(fake.requests) == before + 1


def test_a_status_is_set_once(pulls: Callable[..., Pulls], state: State) -> None:
    for _ in range(2):
        pulls().set_status("a" * 40, "gitops/promote", "success", "x" * 200)
    assert [(one.state, len(one.description)) for one in state.statuses] == [("success", 140)]
    pulls().set_status("a" * 40, "gitops/promote", "failure", "now")
    assert pulls().states("a" * 40) == {"gitops/promote": "failure"}


def test_checks_count_as_statuses(pulls: Callable[..., Pulls], state: State) -> None:
    sha = "b" * 40
    state.checks += [CheckRun(sha, "lint"), CheckRun(sha, "slow", ""), CheckRun(sha, "docs", "skipped")]
    state.statuses += [Status(sha, "e2e", "success", created_at="2026-02-01T00:00:00Z"), Status(sha, "e2e", "failure")]
    assert pulls().states(sha) == {"e2e": "success", "lint": "success", "slow": "pending", "docs": "success"}


def test_deployments_come_with_their_newest_state(pulls: Callable[..., Pulls], state: State) -> None:
    when = "2026-03-01T00:00:00Z"
    state.deployments += [
        Deployed(1, "a" * 40, "staging", statuses=[["success", when], ["in_progress", when]]),
        Deployed(2, "b" * 40, "staging", "2026-04-01T00:00:00Z"),
        Deployed(3, "c" * 40, "production"),
    ]
    found = pulls().deployments("staging")
    assert [(one.id, one.state, one.state_at) for one in found] == [(2, "", ""), (1, "success", when)]


@pytest.mark.parametrize(("role", "told"), [("admin", "admin"), ("triage", "triage"), ("deployer", "read"), (None, "")])
def test_roles(pulls: Callable[..., Pulls], state: State, role: str | None, told: str) -> None:
    if role:
        state.roles["alice"] = role
    assert pulls().permission("alice") == told
    assert pulls().permission("../../etc") == ""


def test_a_role_that_cannot_be_had_is_none(pulls: Callable[..., Pulls], state: State) -> None:
    state.roles["alice"] = "admin"
    state.faults.append(Fault("GET", "/permission", 403, message="Resource not accessible"))
    assert pulls().permission("alice") == ""


def test_teams(pulls: Callable[..., Pulls], state: State) -> None:
    state.teams = {"octo/ops": ["alice"], "octo/secret": ["alice"]}
    state.hidden_teams = ["octo/secret"]
    assert pulls().in_team("octo/ops", "alice") is True
    assert pulls().in_team("octo/ops", "bob") is False
    assert pulls().in_team("octo/secret", "alice") is None
    assert pulls().in_team("octo/none", "alice") is None


def test_a_reaction_twice_is_one(pulls: Callable[..., Pulls], state: State) -> None:
    comment = state.add_comment(7, "alice", "/help")
    for _ in range(2):
        pulls().react(comment.id, "eyes")
    assert len(state.reactions) == 1


def test_a_workflow_is_started_by_hand(pulls: Callable[..., Pulls], state: State) -> None:
    pulls().dispatch("check.yml", "main", {"pull": "1"})
    assert state.dispatched == [{"workflow": "check.yml", "ref": "main", "inputs": {"pull": "1"}}]


@pytest.mark.parametrize(
    "act",
    [
        lambda hub: hub.create(BRANCH, "main", "t", "b", draft=False),
        lambda hub: hub.set_status("a" * 40, "c", "success", ""),
        lambda hub: hub.dispatch("x.yml", "main", {}),
    ],
)
def test_a_token_that_may_only_read_is_told_so(pulls: Callable[..., Pulls], act: Callable[[Any], object]) -> None:
    with pytest.raises(GitHubPermissionError, match="may not do that"):
        act(pulls(READ_ONLY))


def test_a_github_that_stays_out_of_order_is_given_up(
    pulls: Callable[..., Pulls], state: State, waits: list[float]
) -> None:
    state.faults.append(Fault("POST", "/statuses", 503, times=-1))
    with pytest.raises(GitHubUnavailableError, match="run the job again"):
        pulls().set_status("a" * 40, "c", "success", "")
    assert waits == [1.0, 2.0, 4.0]
