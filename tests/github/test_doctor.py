"""`doctor` and GitHub: what is said of each sort of token, of rules, and of settings, and what GitHub was asked for it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.doctor.lines import Examination, Job, Line, State, Topic
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.doctor import Wish, doctor
from gitops_action.pipeline.places import Place
from gitops_action.report import doctor as report
from tests.github.state import Token
from tests.gitrepo import GitRepo, init
from tests.gitserver import GitServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.github.fake import Fake
    from tests.github.state import State as GitHubState

# The forms of real tokens, put together so that none stands here.
CLASSIC, FINE, INSTALLED = (f"{lead}_{'x' * 12}" for lead in ("ghp", "github_pat", "ghs"))
CONFIG = """\
version: 1
environments:
  staging: {paths: [apps/staging], deploy: {via: flux}}
  production: {paths: [apps/production], deploy: {via: flux}}
promotion:
  paths: [{from: staging, to: production}]
"""
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
FILES = {".gitops.yaml": CONFIG, "apps/staging/a.yaml": MAP, "apps/production/a.yaml": MAP}
OWNED = {**FILES, ".github/CODEOWNERS": "/apps/production/ @octo/platform\n"}


@pytest.fixture
def git(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "git", {CLASSIC: "write", FINE: "write", INSTALLED: "read"}) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, git: GitServer) -> GitRepo:
    """A clone of the repository that GitHub and its Git server have."""
    origin = init(git.root / "octo/fleet.git", bare=True)
    origin.commit(OWNED, "Begin")
    clone = GitRepo(origin.clone(tmp_path / "clone"))
    clone.git("remote", "set-url", "origin", f"{git.url}/octo/fleet.git")
    return clone


def token(state: GitHubState, text: str, **more: Any) -> str:
    kind = "integration" if text == INSTALLED else "user"
    state.tokens[text] = Token("alice", kind=kind, **more)
    return text


def looked(home: GitRepo, fake: Fake, git: GitServer, text: str, *jobs: str, **more: Any) -> Examination:
    place = Place(home.path, "origin", text, git.url, "octo/fleet", fake.url)
    found = doctor(place, Clusters(), Wish(jobs, **more), SilentProgress())
    for written in (report.text(found), report.as_json(found), report.markdown(found)):
        assert not text or text not in written
    assert all(one.method == "GET" for one in fake.requests), "it only looks"
    return found


def line(found: Examination, name: str) -> Line:
    return next(one for one in found.lines if one.name == name)


def states(found: Examination, topic: Topic = Topic.GITHUB) -> dict[str, State]:
    return {one.name: one.state for one in found.lines if one.topic is topic}


def test_a_classic_token_that_may_all_lacks_nothing(home: GitRepo, fake: Fake, git: GitServer) -> None:
    state = fake.state
    checks = [{"context": "check"}]
    state.rules = {
        "main": [
            {
                "type": "required_status_checks",
                "parameters": {"required_status_checks": checks, "strict_required_status_checks_policy": False},
            },
            {
                "type": "pull_request",
                "parameters": {
                    "dismiss_stale_reviews_on_push": False,
                    "require_code_owner_review": True,
                    "require_last_push_approval": False,
                    "required_approving_review_count": 1,
                    "required_review_thread_resolution": False,
                },
            },
        ]
    }
    state.environments = {"staging": [], "production": ["required_reviewers"]}
    found = looked(
        home, fake, git, token(state, CLASSIC, scopes="repo, read:org", admin=True), "promote", "deploy", "check"
    )
    assert {name: one for name, one in states(found).items() if one is not State.OK} == {}
    assert line(found, "token").message == "a classic personal access token, scopes: read:org, repo"
    assert line(found, "required checks").message == "main: check"
    assert "production (required reviewers)" in line(found, "environments on GitHub").message
    assert states(found, Topic.GIT) == dict.fromkeys(("history", "remote", "merge base", "push"), State.OK)
    assert {one.job: one.state for one in found.verdicts}[Job.PROMOTE] is State.OK
    assert found.exit_code == 0


@pytest.mark.parametrize(
    ("scopes", "private", "writes"),
    [
        ("repo", True, State.OK),
        ("public_repo", False, State.OK),
        ("public_repo", True, State.MISSING),
        ("read:org", False, State.MISSING),
        ("", False, State.MISSING),
    ],
)
def test_scopes_decide_what_a_classic_token_writes(
    home: GitRepo, fake: Fake, git: GitServer, scopes: str, *, private: bool, writes: State
) -> None:
    fake.state.private = private
    found = looked(home, fake, git, token(fake.state, CLASSIC, scopes=scopes), "promote")
    assert line(found, "pull-requests: write").state is writes
    assert found.exit_code == (1 if writes is State.MISSING else 0)


def test_a_scope_for_statuses_is_enough_for_statuses(home: GitRepo, fake: Fake, git: GitServer) -> None:
    found = looked(home, fake, git, token(fake.state, CLASSIC, scopes="repo:status"))
    assert (line(found, "statuses: write").state, line(found, "pull-requests: write").state) == (
        State.OK,
        State.MISSING,
    )


def test_a_token_of_somebody_who_may_only_read(home: GitRepo, fake: Fake, git: GitServer) -> None:
    found = looked(home, fake, git, token(fake.state, CLASSIC, scopes="repo", access="read"), "check")
    assert "only read" in line(found, "pull-requests: write").message
    assert found.exit_code == 1


def test_what_a_workflow_token_may_write_is_not_known_until_it_does(home: GitRepo, fake: Fake, git: GitServer) -> None:
    found = looked(home, fake, git, token(fake.state, INSTALLED), "check", in_workflow=True)
    assert line(found, "token").message == "the workflow's own token"
    assert line(found, "pull-requests: write").state is State.UNKNOWN
    assert line(found, "pull-requests: write").fix == "give the job `permissions: pull-requests: write`"
    # That it may not push is known all the same: Git said so.
    assert line(found, "contents: write").state is State.MISSING
    assert "permissions: contents: write" in line(found, "push").fix
    assert found.exit_code == 0, "the check does not push"
    verdict = next(one for one in found.verdicts if one.job is Job.CHECK)
    assert verdict.state is State.UNKNOWN
    assert "1 thing is not known" in report.text(found).splitlines()[-1]


def test_a_permission_that_is_missing_is_named_as_github_names_it(home: GitRepo, fake: Fake, git: GitServer) -> None:
    found = looked(home, fake, git, token(fake.state, FINE, blind=["pull_requests"]), "check")
    missing = line(found, "pull-requests: read")
    assert (missing.state, missing.message) == (State.MISSING, "the token may not; GitHub wants `pull_requests=read`")
    assert "Fine-grained tokens" in missing.fix
    assert found.exit_code == 1


def test_the_permissions_of_an_app_are_known(
    home: GitRepo, fake: Fake, git: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token(fake.state, INSTALLED)
    given = {INSTALLED: {"contents": "write", "pull_requests": "write", "statuses": "read"}}
    monkeypatch.setattr("gitops_action.adapters.app_token._permissions", given)
    found = looked(home, fake, git, INSTALLED, "promote")
    written = {name: one for name, one in states(found).items() if name.endswith(": write")}
    assert written == {
        "contents: write": State.OK,
        "pull-requests: write": State.OK,
        "statuses: write": State.MISSING,
        "deployments: write": State.MISSING,
        "issues: write": State.MISSING,
    }
    assert line(found, "statuses: write").message == "the App's installation has `statuses: read`"


@pytest.mark.parametrize("text", ["blind-token", "strange-token"])
def test_a_token_that_sees_nothing(home: GitRepo, fake: Fake, git: GitServer, text: str) -> None:
    if text == "blind-token":
        token(fake.state, text, access="none")
    found = looked(home, fake, git, text, "check")
    assert states(found) == {"token": State.MISSING}
    expected = "may not see the repository" if text == "blind-token" else "is wrong, was revoked or has run out"
    assert expected in line(found, "token").message
    assert found.exit_code == 1


def test_a_main_branch_without_a_required_check(home: GitRepo, fake: Fake, git: GitServer) -> None:
    found = looked(home, fake, git, token(fake.state, CLASSIC, scopes="repo"))
    assert line(found, "required checks").state is State.WARNING
    assert "merged all the same" in line(found, "required checks").message
    assert line(found, "code owners").state is State.WARNING


def test_classic_protection_counts_too(home: GitRepo, fake: Fake, git: GitServer) -> None:
    checks = {"contexts": ["check"], "checks": [], "enforcement_level": "everyone"}
    fake.state.protected = {"main": {"enabled": True, "required_status_checks": checks}, "other": {"enabled": True}}
    found = looked(home, fake, git, token(fake.state, CLASSIC, scopes="repo"))
    assert line(found, "required checks").message == "main: check"
    # What the outline of a protection does not tell is not taken for absent.
    assert line(found, "code owners").state is State.UNKNOWN


def test_rules_for_the_branches_of_promotions_are_seen(home: GitRepo, fake: Fake, git: GitServer) -> None:
    fake.state.rules = {"*": [{"type": "creation"}, {"type": "non_fast_forward"}]}
    found = looked(home, fake, git, token(fake.state, CLASSIC, scopes="repo"), "promote")
    hindered = line(found, "branches of proposals")
    assert hindered.state is State.UNKNOWN
    assert "creating, force-pushing to branches promote/" in hindered.message
    assert "promote/**/*" in hindered.fix
    assert any("promote%2F" in one.path for one in fake.requests)


@pytest.mark.parametrize(
    ("text", "may", "admin", "expected"),
    [
        (INSTALLED, True, True, State.OK),
        (INSTALLED, False, True, State.MISSING),
        (CLASSIC, False, True, State.WARNING),
        (CLASSIC, False, False, State.UNKNOWN),
    ],
)
def test_whether_workflows_may_open_pull_requests(
    home: GitRepo, fake: Fake, git: GitServer, text: str, *, may: bool, admin: bool, expected: State
) -> None:
    fake.state.actions_may_open = may
    scopes = None if text == INSTALLED else "repo"
    found = looked(home, fake, git, token(fake.state, text, admin=admin, scopes=scopes))
    opening = line(found, "workflows may open pull requests")
    assert opening.state is expected
    assert not opening.fix or "Allow GitHub Actions to create and approve pull requests" in opening.fix


def test_settings_that_stand_in_the_way(home: GitRepo, fake: Fake, git: GitServer) -> None:
    state = fake.state
    state.archived, state.has_issues, state.actions_allowed = True, False, "none"
    state.owner_errors = [[3, "Unknown owner", "make sure @octo/nobody exists"], [4, "Invalid pattern", ""]]
    found = looked(home, fake, git, token(state, CLASSIC, scopes="repo", admin=True), "drift")
    assert {"repository", "issues", "Actions"} <= {
        one.name for one in found.lines if one.topic is Topic.GITHUB and one.state is State.MISSING
    }
    wrong = line(found, "code owners")
    assert (wrong.state, wrong.message) == (State.WARNING, ".github/CODEOWNERS:3: Unknown owner; and 1 more")
    assert "not there" in line(found, "environments on GitHub").message


def test_auto_merge_has_to_be_allowed(home: GitRepo, fake: Fake, git: GitServer) -> None:
    home.commit({".gitops.yaml": f"{CONFIG}  pullRequests: {{autoMerge: squash}}\n"})
    fake.state.auto_merge_allowed = False
    found = looked(home, fake, git, token(fake.state, CLASSIC, scopes="repo"), "promote")
    assert line(found, "auto-merge").state is State.MISSING


def test_without_a_token_nobody_is_asked(home: GitRepo, fake: Fake, git: GitServer) -> None:
    found = looked(home, fake, git, "")
    assert (fake.requests, git.requests) == ([], [])
    assert line(found, "token").state is State.UNKNOWN
    assert line(found, "remote").state is State.UNKNOWN
    assert found.exit_code == 0


def test_offline_nobody_is_asked(home: GitRepo, fake: Fake, git: GitServer) -> None:
    found = looked(home, fake, git, token(fake.state, CLASSIC, scopes="repo"), offline=True)
    assert (fake.requests, git.requests) == ([], [])
    assert "offline" in line(found, "token").message


def test_a_github_that_is_out_of_order_is_not_known(
    home: GitRepo, fake: Fake, git: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.github.state import Fault  # noqa: PLC0415 - one use

    monkeypatch.setattr("time.sleep", lambda _: None)
    fake.state.faults = [Fault("GET", "/repos/octo/fleet", status=502, times=1000)]
    found = looked(home, fake, git, token(fake.state, CLASSIC, scopes="repo"), "check")
    assert states(found) == {"token": State.UNKNOWN}
    assert found.exit_code == 0


def test_a_shallow_clone_and_a_remote_that_is_gone(home: GitRepo, fake: Fake, git: GitServer, tmp_path: Path) -> None:
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", f"file://{git.root}/octo/fleet.git", str(tmp_path / "shallow")],  # noqa: S607 - the machine's Git
        check=True,
    )
    shallow = GitRepo(tmp_path / "shallow")
    home.commit({"a": "b"})
    shallow.git("remote", "set-url", "origin", f"{git.url}/octo/absent.git")
    found = looked(shallow, fake, git, token(fake.state, CLASSIC, scopes="repo"), "promote")
    assert found.exit_code == 1
    assert line(found, "remote").state is State.MISSING


def test_credentials_of_registries_are_never_shown(
    home: GitRepo, fake: Fake, git: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_CREDENTIALS", "ghcr.io=octocat:canary-5d2e")
    found = looked(home, fake, git, "")
    assert line(found, "registry credentials").message == "for ghcr.io"
    monkeypatch.setenv("REGISTRY_CREDENTIALS", "canary-5d2e")
    wrong = looked(home, fake, git, "", "images")
    assert line(wrong, "registry credentials").state is State.MISSING
    assert "canary" not in report.text(found) + report.as_json(found) + report.as_json(wrong)


def test_the_command_says_it_in_json(home: GitRepo, fake: Fake, git: GitServer) -> None:
    text = token(fake.state, CLASSIC, scopes="repo")
    done = subprocess.run(
        [sys.executable, "-m", "gitops_action", "doctor", "--job=promote", "--output=json"],
        cwd=home.path, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "GITHUB_TOKEN": text, "GITHUB_API_URL": fake.url, "GITHUB_REPOSITORY": "octo/fleet",
             "GITHUB_SERVER_URL": git.url},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    assert text not in done.stdout + done.stderr
    assert value["asked"] == ["promote"]
    assert {one["name"]: one["state"] for one in value["lines"]}["pull-requests: write"] == "ok"
