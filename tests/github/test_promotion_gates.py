"""Promotions that wait, that go beyond, and that are ordered by comments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.git import Repository
from gitops_action.adapters.git_remote import Remote
from gitops_action.adapters.github import GitHub
from gitops_action.adapters.runner_event import CommentEvent
from gitops_action.adapters.terminal import SilentProgress
from gitops_action.errors import UsageError
from gitops_action.pipeline.chat import answer
from gitops_action.pipeline.chat_orders import MARKER, Reply
from gitops_action.pipeline.locking import LockedError, read_locks, release, take
from gitops_action.pipeline.places import Place
from gitops_action.promote.locks import Lock, ref_name
from tests.github.conftest import WORKFLOW
from tests.github.fleet import CONFIG, Fleet, app, deployment
from tests.github.state import Deployed, Fault, Pull, Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github.fake import Fake

pytestmark = pytest.mark.tools
BRANCH = "promote/web/staging-production"
SOURCE, TARGET = "apps/web/staging/deployment.yaml", "apps/web/production/deployment.yaml"
FILES = app("web", ("staging", "1.0", 1), ("production", "1.0", 5))
NOW = datetime.now(UTC).replace(microsecond=0)


def begin(folder: Path, fake: Fake, settings: str = "", files: dict[str, str] | None = None) -> Fleet:
    config = CONFIG.replace("to: production}", f"to: production{settings}}}")
    return Fleet.begin(folder, fake, files or FILES, config)


def waiting(fleet: Fleet) -> list[str]:
    return [reason for one in fleet.run().proposals for reason in (one.lock, *one.waiting) if reason]


def test_a_change_soaks_since_its_healthy_deployment(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake, ", gates: {soak: 1h}")
    source = fleet.commit({SOURCE: deployment("web", "1.1", 1)})
    later = fleet.commit({"README.md": "later"})
    assert "no healthy deployment" in waiting(fleet)[0]
    fake.state.deployments.append(Deployed(1, source, "staging", statuses=[["failure", NOW.isoformat()]]))
    assert "no healthy deployment" in waiting(fleet)[0]
    recent = (NOW - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    # A deployment of a later commit has it too.
    fake.state.deployments.append(Deployed(2, later, "staging", statuses=[["success", recent]]))
    assert "soaks in staging until" in waiting(fleet)[0]
    long_ago = (NOW - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fake.state.deployments[1].statuses = [["success", long_ago]]
    assert fleet.steps() == ["created"]


def test_required_statuses(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake, ", gates: {statuses: [e2e]}")
    source = fleet.commit({SOURCE: deployment("web", "1.1", 1)})
    assert "`e2e` is missing" in waiting(fleet)[0]
    fake.state.statuses.append(Status(source, "e2e", "success"))
    assert fleet.steps() == ["created"]


def test_waves(tmp_path: Path, fake: Fake) -> None:
    config = """\
version: 1
environments:
  staging: {paths: ["apps/*/staging"]}
  eu: {paths: ["apps/*/eu"]}
  us: {paths: ["apps/*/us"]}
promotion:
  paths:
    - {from: staging, to: us, after: [eu]}
    - {from: staging, to: eu}
"""
    fleet = Fleet.begin(tmp_path, fake, app("web", ("staging", "1", 1), ("eu", "1", 2), ("us", "1", 3)), config)
    fleet.commit({SOURCE: deployment("web", "2", 1)})
    fleet.run()
    assert [pull.head_ref for pull in fleet.open] == ["promote/web/staging-eu"]
    # Nor by hand.
    assert fleet.steps("staging", "us") == ["nothing"]
    fleet.merge()
    fleet.run()
    assert [pull.head_ref for pull in fleet.open] == ["promote/web/staging-us"]
    fleet.merge()
    assert fleet.steps() == []


def test_two_sources_of_one_target_that_disagree(tmp_path: Path, fake: Fake) -> None:
    config = """\
version: 1
environments:
  a: {paths: ["apps/*/a"]}
  b: {paths: ["apps/*/b"]}
  c: {paths: ["apps/*/c"]}
promotion:
  paths:
    - {from: a, to: c}
    - {from: b, to: c}
"""
    fleet = Fleet.begin(tmp_path, fake, app("web", ("a", "1", 1), ("b", "1", 2), ("c", "1", 3)), config)
    fleet.commit(
        {
            "apps/web/a/deployment.yaml": deployment("web", "2", 1),
            "apps/web/b/deployment.yaml": deployment("web", "3", 2),
        }
    )
    fleet.run()
    drafts = {pull.head_ref: pull.draft for pull in fleet.open}
    assert drafts == {"promote/web/a-c": False, "promote/web/b-c": True}
    assert "merge that first" in next(pull.body for pull in fleet.open if pull.draft)


def test_a_change_that_does_more_in_the_target_is_a_draft(tmp_path: Path, fake: Fake) -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  minReadySeconds: {}\n"
    # In staging the patch says what is there anyway; in production it brings a value that was not used until now.
    files = {
        **FILES,
        SOURCE: deployment("web", "1.0", 1).replace("replicas: 1\n", "replicas: 1\n  minReadySeconds: 1\n"),
        TARGET: deployment("web", "1.0", 5).replace("replicas: 5\n", "replicas: 5\n  minReadySeconds: 1\n"),
        "apps/web/staging/patch.yaml": patch.format(1),
        "apps/web/production/patch.yaml": patch.format(7),
    }
    fleet = begin(tmp_path, fake, files=files)
    patched = "resources:\n  - deployment.yaml\npatches:\n  - path: patch.yaml\n"
    fleet.commit({"apps/web/staging/kustomization.yaml": patched, "apps/web/staging/README.md": "Why\n"})
    fleet.run()
    (pull,) = fleet.open
    assert pull.draft
    assert "More changes in production than in staging" in pull.body
    assert "minReadySeconds" in pull.body


def test_a_target_that_does_not_build_is_a_draft(tmp_path: Path, fake: Fake) -> None:
    files = {**FILES, "apps/web/production/kustomization.yaml": "resources:\n  - deployment.yaml\n  - missing.yaml\n"}
    fleet = begin(tmp_path, fake, files=files)
    fleet.commit({SOURCE: deployment("web", "1.1", 1)})
    fleet.run()
    assert fleet.open[0].draft
    assert "cannot be built" in fleet.open[0].body


def test_a_malformed_target_is_said_on_the_pull_request(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    fleet.commit({TARGET: "a: [\n", SOURCE: deployment("web", "1.1", 1)})
    fleet.run()
    assert fleet.open[0].draft
    assert f"{TARGET}:" in fleet.open[0].body


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [("staging", "prod", "no directory"), ("x", "production", "no directory"), ("staging", "staging", "itself")],
)
def test_environments_that_do_not_fit(tmp_path: Path, fake: Fake, source: str, target: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        begin(tmp_path, fake).run(source, target)


def test_environments_that_lie_in_each_other(tmp_path: Path, fake: Fake) -> None:
    config = CONFIG.replace('"apps/*/production"', '"apps"')
    fleet = Fleet.begin(tmp_path, fake, FILES, config)
    with pytest.raises(UsageError, match="lie in each other"):
        fleet.run()


def test_an_archived_repository_is_left_alone(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    fake.state.archived = True
    with pytest.raises(UsageError, match="archived"):
        fleet.run()


SETTINGS = """\
  pullRequests:
    labels: [promotion, "{label}"]
    reviewers: [alice, nobody]
    assignees: [alice]
    autoMerge: squash
    title: "[{to}] {component}"
    body: Please look twice.
    dispatch: check.yml
"""


def test_pull_requests_get_what_the_configuration_says(tmp_path: Path, fake: Fake) -> None:
    fake.state.roles["alice"] = "write"
    fleet = Fleet.begin(tmp_path, fake, FILES, CONFIG + SETTINGS.replace("{label}", "hands off"))
    fleet.commit({SOURCE: deployment("web", "1.1", 1)})
    (done,) = fleet.run().done
    (pull,) = fleet.open
    assert (pull.title, pull.labels, pull.assignees, pull.auto_merge) == (
        "[production] web",
        ["promotion", "hands off"],
        ["alice"],
        "squash",
    )
    assert "Please look twice." in pull.body
    # One who cannot review stops nothing else, and is named.
    assert any("collaborators" in note for note in done.notes)
    assert fake.state.dispatched == [{"workflow": "check.yml", "ref": BRANCH, "inputs": {}}]
    fleet.run()
    assert len(fake.state.dispatched) == 1


def test_that_checks_do_not_start_by_themselves_is_said(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    fleet.commit({SOURCE: deployment("web", "1.1", 1)})
    assert any("GitHub starts no workflows" in note for note in fleet.run().done[0].notes)
    fleet.commit({SOURCE: deployment("web", "1.2", 1)})
    app_run = fleet.run(token="app-token")
    assert app_run.done[0].step.value == "updated"


# Locks


def lock(component: str = "", pull: int | None = None, owner: str = "alice") -> Lock:
    return Lock("production", component, owner, "freeze", NOW, NOW + timedelta(hours=2), pull)


def test_a_lock_holds_promotions_and_says_so_on_what_is_open(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    fleet.commit({SOURCE: deployment("web", "1.1", 1)})
    fleet.run()
    with Repository.open(fleet.clone) as repository, Remote.open(repository) as remote:
        take(remote, lock(), NOW)
        with pytest.raises(LockedError, match="locked by alice: freeze"):
            take(remote, lock(owner="bob"), NOW)
        assert read_locks(remote) == [lock()]
        fleet.commit({SOURCE: deployment("web", "1.2", 1)})
        assert waiting(fleet) == ["locked by alice: freeze"]
        assert "web:1.1" in fleet.read(TARGET, BRANCH)
        assert (fake.state.statuses[0].state, fake.state.statuses[0].description) == (
            "failure",
            "locked by alice: freeze",
        )
        assert release(remote, "production", "") == lock()
        with pytest.raises(UsageError, match="not locked"):
            release(remote, "production", "")
    assert fleet.steps() == ["updated"]


def test_a_lock_that_is_over_is_nobodys(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    with Repository.open(fleet.clone) as repository, Remote.open(repository) as remote:
        take(remote, lock("web"), NOW)
        take(remote, lock("web", owner="bob"), NOW + timedelta(hours=3))
        assert read_locks(remote)[0].owner == "bob"


def test_the_lock_of_a_pull_request_is_taken_away_there(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    with Repository.open(fleet.clone) as repository, Remote.open(repository) as remote:
        take(remote, lock(pull=7), NOW)
        with pytest.raises(LockedError, match="pull request #7"):
            release(remote, "production", "", pull_request=8)
        release(remote, "production", "", pull_request=7)


def test_of_two_who_lock_with_the_same_words_one_wins(
    tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = begin(tmp_path, fake)
    with (
        Repository.open(fleet.clone) as repository,
        Remote.open(repository) as first,
        Remote.open(repository) as second,
    ):
        take(first, lock(), NOW)
        # The second looked before the first was done.
        monkeypatch.setattr("gitops_action.pipeline.locking._present", lambda _remote, _pattern: {})
        with pytest.raises(LockedError, match="just locked"):
            take(second, lock(), NOW)


def test_a_lock_that_goes_while_locks_are_read_is_none(
    tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = begin(tmp_path, fake)
    with Repository.open(fleet.clone) as repository, Remote.open(repository) as remote:
        take(remote, lock(), NOW)
        take(remote, lock("web"), NOW)
    with Repository.open(fleet.clone) as repository, Remote.open(repository) as remote:
        real = remote.refs

        def released_meanwhile(*patterns: str) -> dict[str, str]:
            found = real(*patterns)
            fleet.origin.git("update-ref", "-d", ref_name("production"))
            return found

        monkeypatch.setattr(remote, "refs", released_meanwhile)
        assert read_locks(remote) == [lock("web")]


# Comments


class Chat:
    """A pull request on which people comment."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet, self.state = fleet, fleet.fake.state
        fleet.origin.git("branch", "topic", "main")
        self.state.pulls.append(Pull(7, head_ref="topic"))
        self.state.roles |= {"alice": "write", "bob": "read"}

    def say(
        self, text: str, author: str = "alice", *, action: str = "created", bot: bool = False, pull: int | None = 7
    ) -> Reply | None:
        comment = self.state.add_comment(7, author, text)
        event = CommentEvent(action, comment.id, text, author, bot, pull, self.state.repository)
        place = Place(self.fleet.clone, token=WORKFLOW, repository=self.state.repository, api_url=self.fleet.fake.url)
        with GitHub(WORKFLOW, self.state.repository, self.fleet.fake.url) as comments:
            return answer(event, place, comments, SilentProgress())

    @property
    def answers(self) -> list[str]:
        return [one.body for one in self.state.comments if one.body.startswith(MARKER)]

    @property
    def signs(self) -> list[str]:
        return [str(reaction[2]) for reaction in self.state.reactions]


@pytest.fixture
def chat(tmp_path: Path, fake: Fake) -> Chat:
    return Chat(begin(tmp_path, fake))


@pytest.mark.parametrize(
    "said",
    [
        {"text": "please /promote staging production"},
        {"text": "/promote staging production", "action": "edited"},
        {"text": "/promote staging production", "bot": True},
        {"text": "/promote staging production", "pull": None},
        {"text": "> /promote staging production"},
    ],
)
def test_what_is_no_order_asks_nobody(chat: Chat, said: dict[str, Any]) -> None:
    before = len(chat.fleet.fake.requests)
    assert chat.say(**said) is None
    assert len(chat.fleet.fake.requests) == before


def test_a_promotion_by_comment(chat: Chat) -> None:
    chat.fleet.commit({SOURCE: deployment("web", "1.1", 1)})
    reply = chat.say("/promote staging production\nthank you")
    assert reply is not None
    assert reply.ok
    assert BRANCH in [pull.head_ref for pull in chat.fleet.open]
    assert chat.signs == ["eyes", "rocket"]
    assert len(chat.answers) == 1
    chat.say("/help")
    assert len(chat.answers) == 1
    assert "/promote FROM TO" in chat.answers[0]


@pytest.mark.parametrize(
    ("text", "author", "words"),
    [
        ("/promote staging production", "bob", "needs the role `write`"),
        ("/promote staging production", "mallory", "needs the role `write`"),
        ("/promote staging prodution", "alice", "no directory"),
        ("/promote staging production --force", "alice", "knows no `--force`"),
        ("/lock production --reason x --for ever", "alice", "no length of time"),
        ("/lock production wbe --reason x", "alice", "no component `wbe`"),
        ("/lock prodution --reason x", "alice", "nothing was locked"),
    ],
)
def test_orders_that_are_refused_do_nothing_and_say_why(chat: Chat, text: str, author: str, words: str) -> None:
    chat.fleet.commit({SOURCE: deployment("web", "1.1", 1)})
    reply = chat.say(text, author)
    assert reply is not None
    assert not reply.ok
    assert words in reply.text
    assert chat.fleet.branches() == []
    assert chat.signs == ["eyes", "confused"]


def test_a_role_that_github_does_not_tell_is_none(chat: Chat) -> None:
    chat.state.faults.append(Fault("GET", "/permission", 403, message="no"))
    reply = chat.say("/lock production --reason x")
    assert reply is not None
    assert not reply.ok
    assert chat.fleet.origin.git("for-each-ref", "refs/gitops") == ""


def test_pull_requests_of_forks_get_no_orders(chat: Chat) -> None:
    chat.state.pulls[0].head_repository = "mallory/fleet"
    reply = chat.say("/promote staging production")
    assert reply is not None
    assert "forks" in reply.text
    assert chat.fleet.branches() == []


def test_people_of_an_environment_come_from_the_main_branch(chat: Chat) -> None:
    settings = CONFIG + "  permissions:\n    production: {users: [carol]}\n"
    chat.fleet.commit({".gitops.yaml": settings, SOURCE: deployment("web", "1.1", 1)})
    chat.state.roles["carol"] = "write"
    refused = chat.say("/promote staging production")
    assert refused is not None
    assert "only carol" in refused.text
    allowed = chat.say("/promote staging production", "Carol")
    assert allowed is not None
    assert not allowed.ok  # GitHub knows no Carol by that name
    allowed = chat.say("/promote staging production", "carol")
    assert allowed is not None
    assert allowed.ok, allowed.text


def test_what_is_pushed_meanwhile_is_not_acted_on(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    from gitops_action.adapters.github_pulls import Pulls  # noqa: PLC0415

    real = Pulls.permission

    def pushed_meanwhile(self: Pulls, login: str) -> str:
        other = chat.fleet.origin.commit_tree(
            chat.fleet.origin.git("rev-parse", "main^{tree}"), "main", message="Pushed"
        )
        chat.fleet.origin.git("update-ref", "refs/heads/topic", other)
        return real(self, login)

    monkeypatch.setattr(Pulls, "permission", pushed_meanwhile)
    reply = chat.say("/lock production --reason x")
    assert reply is not None
    assert "newer commits" in reply.text
    assert chat.fleet.origin.git("for-each-ref", "refs/gitops") == ""


def test_a_check_and_a_diff_by_comment(chat: Chat) -> None:
    origin = chat.fleet.origin
    origin.git("symbolic-ref", "HEAD", "refs/heads/topic")
    chat.fleet.commit({SOURCE: deployment("web", "1.1", 1).replace("replicas: 1", "replicass: 1")})
    origin.git("symbolic-ref", "HEAD", "refs/heads/main")
    reply = chat.say("/check", "bob")
    assert reply is not None
    assert "replicass" in reply.text
    assert not reply.ok
    diff = chat.say("/diff staging", "bob")
    assert diff is not None
    assert diff.ok
    assert "web:1.1" in diff.text


def test_locks_by_comment(chat: Chat) -> None:
    assert chat.say("/lock production --reason 'Black Friday' --for 2d")
    chat.fleet.commit({SOURCE: deployment("web", "1.1", 1)})
    assert waiting(chat.fleet) == ["locked by alice: Black Friday"]
    refused = chat.say("/lock production --reason again")
    assert refused is not None
    assert "Black Friday" in refused.text
    assert chat.say("/unlock production")
    assert chat.fleet.steps() == ["created"]


def test_a_failure_of_the_program_is_said_too(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("gitops_action.pipeline.chat_orders.take", broken)
    with pytest.raises(RuntimeError):
        chat.say("/lock production --reason x")
    assert chat.signs == ["eyes", "confused"]
    assert "look at the job" in chat.answers[0]


def test_a_large_report_fits_into_the_answer(chat: Chat) -> None:
    origin = chat.fleet.origin
    origin.git("symbolic-ref", "HEAD", "refs/heads/topic")
    wrong = deployment("web", "1.1", 1).replace("replicas: 1", "replicass: 1")
    chat.fleet.commit({f"apps/app{number}/staging/deployment.yaml": wrong for number in range(400)})
    origin.git("symbolic-ref", "HEAD", "refs/heads/main")
    reply = chat.say("/check", "bob")
    assert reply is not None
    assert "replicass" in chat.answers[0]
    assert len(chat.answers[0]) <= chat.state.longest_body
