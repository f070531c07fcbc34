"""Promotions from a merged change to a merged pull request, with real repositories and a GitHub that is held to its API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.github.fleet import CONFIG, Fleet, app, deployment
from tests.github.state import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github.fake import Fake

pytestmark = pytest.mark.tools
BRANCH = "promote/web/staging-production"
TARGET = "apps/web/production/deployment.yaml"
SOURCE = "apps/web/staging/deployment.yaml"


@pytest.fixture
def fleet(tmp_path: Path, fake: Fake) -> Fleet:
    return Fleet.begin(tmp_path, fake, app("web", ("staging", "1.0", 1), ("production", "1.0", 5)))


def bump(fleet: Fleet, tag: str, message: str = "Change (#1)") -> str:
    return fleet.commit({SOURCE: deployment("web", tag, 1)}, message)


def test_nothing_to_promote_makes_nothing(fleet: Fleet) -> None:
    assert fleet.steps() == []
    assert fleet.open == []
    assert fleet.branches() == []


def test_a_change_becomes_a_pull_request_and_once_merged_nothing_is_left(fleet: Fleet) -> None:
    source = bump(fleet, "1.1", "Release web 1.1 (#12)")
    assert fleet.steps() == ["created"]
    (pull,) = fleet.open
    assert (pull.head_ref, pull.base_ref, pull.draft) == (BRANCH, "main", False)
    assert pull.title == "Promote web from staging to production"
    assert "Release web 1.1" in pull.body
    assert f"/commit/{source}" in pull.body
    assert "/pull/12" in pull.body
    assert fleet.read(TARGET, BRANCH) == deployment("web", "1.1", 5).rstrip()
    assert [one.state for one in fleet.fake.state.statuses] == ["success"]
    assert pull.labels == ["promotion"]
    assert fleet.steps() == ["unchanged"]
    fleet.merge()
    assert fleet.read(TARGET) == deployment("web", "1.1", 5).rstrip()
    assert fleet.steps() == []
    assert fleet.open == []


def test_a_second_run_writes_nothing(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    fleet.run()
    before = len([one for one in fleet.fake.requests if one.method != "GET"])
    tip = fleet.origin.git("rev-parse", BRANCH)
    fleet.run()
    assert fleet.origin.git("rev-parse", BRANCH) == tip
    assert len([one for one in fleet.fake.requests if one.method != "GET"]) == before


def test_a_later_source_joins_the_pull_request(fleet: Fleet) -> None:
    first = bump(fleet, "1.1", "First (#1)")
    fleet.run()
    second = bump(fleet, "1.2", "Second (#2)")
    assert fleet.steps() == ["updated"]
    (pull,) = fleet.open
    assert "First" in pull.body
    assert "Second" in pull.body
    message = fleet.origin.git("log", "-1", "--format=%B", BRANCH)
    assert message.index(f"Promote-Source: {second}") < message.index(f"Promote-Source: {first}")
    assert "web:1.2" in fleet.read(TARGET, BRANCH)


def test_a_source_that_is_reverted_closes_it(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    fleet.run()
    bump(fleet, "1.0", "Revert")
    assert fleet.steps() == ["closed"]
    assert fleet.open == []
    assert fleet.branches() == []
    bump(fleet, "1.1", "Once more")
    assert fleet.steps() == ["created"]


def test_a_revert_after_the_promotion_is_promoted_too(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    fleet.run()
    fleet.merge()
    bump(fleet, "1.0", "Revert")
    fleet.run()
    fleet.merge()
    assert fleet.read(TARGET) == deployment("web", "1.0", 5).rstrip()


def test_a_crash_between_push_and_pull_request_is_mended_by_the_next_run(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    fleet.fake.state.faults.append(Fault("POST", "/pulls", 403, message="no"))
    assert fleet.steps() == ["failed"]
    assert fleet.branches() == [BRANCH]
    assert fleet.open == []
    assert fleet.steps() == ["created"]
    assert fleet.steps() == ["unchanged"]
    assert len(fleet.open) == 1


@pytest.mark.parametrize("path", ["/pulls", "/statuses", "/labels"])
def test_a_lost_answer_makes_nothing_twice(fleet: Fleet, path: str) -> None:
    bump(fleet, "1.1")
    fleet.fake.state.faults.append(Fault("POST", path, 0, acts=True))
    fleet.run()
    fleet.run()
    assert len(fleet.open) == 1
    assert fleet.open[0].labels == ["promotion"]


def test_a_target_that_moves_is_rebuilt_and_anything_else_is_not(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    fleet.run()
    tip = fleet.origin.git("rev-parse", BRANCH)
    fleet.commit({"README.md": "Hello"})
    assert fleet.steps() == ["unchanged"]
    assert fleet.origin.git("rev-parse", BRANCH) == tip
    fleet.commit({TARGET: deployment("web", "1.0", 7)})
    assert fleet.steps() == ["updated"]
    assert fleet.read(TARGET, BRANCH) == deployment("web", "1.1", 7).rstrip()


def test_a_persons_commit_is_never_overwritten(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    fleet.run()
    main = fleet.origin.git("rev-parse", "main")
    fleet.origin.git("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    theirs = fleet.commit({TARGET: deployment("web", "1.1", 9)}, "By hand")
    fleet.origin.git("symbolic-ref", "HEAD", "refs/heads/main")
    assert fleet.origin.git("rev-parse", "main") == main
    bump(fleet, "1.2")
    assert fleet.steps() == ["taken over"]
    assert fleet.origin.git("rev-parse", BRANCH) == theirs
    fleet.merge()
    assert "replicas: 9" in fleet.read(TARGET)


def test_what_a_person_closed_stays_closed_until_something_new_comes(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    fleet.run()
    fleet.open[0].state = "closed"
    fleet.origin.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    assert fleet.steps() == ["declined"]
    assert fleet.steps("staging", "production") == ["created"]
    fleet.open[0].state = "closed"
    fleet.origin.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    assert fleet.steps() == ["declined"]
    bump(fleet, "1.2")
    assert fleet.steps() == ["created"]


def test_one_that_a_person_closed_without_deleting_its_branch_stays_closed(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    fleet.run()
    fleet.open[0].state = "closed"
    assert fleet.steps() == ["declined"]
    assert fleet.open == []
    bump(fleet, "1.2")
    assert fleet.steps() == ["created"]


def test_a_conflict_is_a_draft_with_a_table_and_a_failing_status(fleet: Fleet) -> None:
    fleet.commit({SOURCE: deployment("web", "1.0", 1).replace("app: web", "app: webby")})
    fleet.commit({TARGET: deployment("web", "1.0", 5).replace("app: web", "app: website")})
    assert fleet.steps() == ["created"]
    (pull,) = fleet.open
    assert pull.draft
    assert "2 conflicts" in pull.body
    assert "website" in pull.body
    assert [one.state for one in fleet.fake.state.statuses] == ["failure"]
    assert fleet.read(TARGET, BRANCH) == fleet.read(TARGET)
    bump(fleet, "1.0", "Back")
    assert fleet.steps() == ["closed"]


def test_drafts_of_people_are_theirs(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    fleet.run()
    fleet.open[0].draft = True
    fleet.run()
    assert fleet.open[0].draft
    bump(fleet, "1.2")
    fleet.run()
    assert not fleet.open[0].draft


def test_what_people_declared_ready_stays_ready(fleet: Fleet) -> None:
    fleet.commit({SOURCE: deployment("web", "1.0", 1).replace("app: web", "app: webby")})
    fleet.commit({TARGET: deployment("web", "1.0", 5).replace("app: web", "app: website")})
    fleet.run()
    fleet.open[0].draft = False
    fleet.run()
    assert not fleet.open[0].draft
    bump(fleet, "1.1", "Without the conflict")
    fleet.run()
    assert not fleet.open[0].draft


@pytest.mark.parametrize("form", ["commits", "description"])
def test_what_people_decided_is_not_asked_again(fleet: Fleet, form: str) -> None:
    fleet.commit({SOURCE: deployment("web", "1.0", 1).replace("app: web", "app: webby")})
    fleet.commit({TARGET: deployment("web", "1.0", 5).replace("app: web", "app: website")})
    fleet.run()
    (pull,) = fleet.open
    ours = fleet.origin.git("log", "-1", "--format=%B", BRANCH)
    fleet.origin.git("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    fleet.commit({TARGET: deployment("web", "1.0", 5).replace("app: web", "app: shop")}, "Decided")
    fleet.origin.git("symbolic-ref", "HEAD", "refs/heads/main")
    # As GitHub squashes: the messages of all commits one after another, or the description.
    messages = f"{pull.title} (#1)\n\n* {ours}\n\n* Decided\n\n---------\n\nCo-authored-by: A <a@example.com>\n"
    fleet.merge(message=messages if form == "commits" else f"{pull.title} (#1)\n\n{pull.body}".replace("\n", "\r\n"))
    assert fleet.steps() == []
    assert fleet.open == []


def test_a_squash_without_our_message_is_known_all_the_same(fleet: Fleet) -> None:
    # A repository may write its own messages: the target has everything, so nothing is proposed again.
    bump(fleet, "1.1")
    fleet.run()
    fleet.merge(message="Promote")
    assert fleet.steps() == []
    bump(fleet, "1.2")
    assert fleet.steps() == ["created"]
    assert fleet.read(TARGET, BRANCH) == deployment("web", "1.2", 5).rstrip()


def test_a_rebase_merge_of_many_commits_is_promoted_as_one(fleet: Fleet) -> None:
    for tag in ("1.1", "1.2", "1.3"):
        bump(fleet, tag, f"Step {tag}")
    fleet.run()
    assert fleet.read(TARGET, BRANCH) == deployment("web", "1.3", 5).rstrip()
    assert all(f"Step {tag}" in fleet.open[0].body for tag in ("1.1", "1.2", "1.3"))


def test_two_runs_at_once_come_to_one_pull_request(fleet: Fleet, tmp_path: Path) -> None:
    bump(fleet, "1.1")
    other = Fleet(fleet.origin, fleet.origin.clone(tmp_path / "other"), fleet.fake)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(one.steps) for one in (fleet, other)]
        steps = sorted(step for run in runs for step in run.result())
    assert set(steps) <= {"created", "unchanged", "updated", "failed"}
    fleet.run()
    assert len(fleet.open) == 1
    assert len([pull for pull in fleet.fake.state.pulls if pull.head_ref == BRANCH]) == 1


def test_a_dry_run_writes_nothing(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    found = fleet.run(dry_run=True)
    assert [one.state.value for one in found.proposals] == ["ready"]
    assert fleet.open == []
    assert fleet.branches() == []


def test_components_have_pull_requests_of_their_own(tmp_path: Path, fake: Fake) -> None:
    files = {
        **app("web", ("staging", "1", 1), ("production", "1", 2)),
        **app("api", ("staging", "1", 1), ("production", "1", 2)),
    }
    fleet = Fleet.begin(tmp_path, fake, files)
    fleet.commit({f"apps/{name}/staging/deployment.yaml": deployment(name, "2", 1) for name in ("web", "api")})
    assert fleet.steps() == ["created", "created"]
    assert sorted(pull.head_ref for pull in fleet.open) == ["promote/api/staging-production", BRANCH]


@pytest.mark.parametrize("modified", [False, True])
def test_a_file_that_moves_to_another_component(tmp_path: Path, fake: Fake, modified: bool) -> None:
    settings = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  level: info\n"
    listed = "resources:\n  - deployment.yaml\n  - settings.yaml\n"
    files = {
        **app("web", ("staging", "1", 1), ("production", "1", 2)),
        **app("api", ("staging", "1", 1), ("production", "1", 2)),
    }
    for environment in ("staging", "production"):
        files[f"apps/web/{environment}/settings.yaml"] = settings
        files[f"apps/web/{environment}/kustomization.yaml"] = listed
    if modified:
        files["apps/web/production/settings.yaml"] = settings.replace("info", "error")
    fleet = Fleet.begin(tmp_path, fake, files)
    fleet.commit(
        {
            "apps/web/staging/settings.yaml": None,
            "apps/web/staging/kustomization.yaml": "resources:\n  - deployment.yaml\n",
            "apps/api/staging/settings.yaml": settings,
            "apps/api/staging/kustomization.yaml": listed,
        }
    )
    fleet.run()
    drafts = {pull.head_ref: pull.draft for pull in fleet.open}
    assert drafts == {"promote/api/staging-production": False, BRANCH: modified}
    assert fleet.read("apps/api/production/settings.yaml", "promote/api/staging-production") == settings.rstrip()
    kept = fleet.origin.git("ls-tree", "--name-only", BRANCH, "apps/web/production/").split()
    # What production has changed itself is for people to decide.
    assert ("apps/web/production/settings.yaml" in kept) is modified


def test_a_branch_that_is_protected_is_said_to_be(fleet: Fleet) -> None:
    hook = fleet.origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'error: GH006: Protected branch update failed' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    bump(fleet, "1.1")
    (done,) = fleet.run().done
    assert done.step.value == "failed"
    assert "GH006: Protected branch update failed" in done.message
    assert "change the rule" in done.message
    assert fleet.open == []


def test_one_that_fails_does_not_stop_the_others(tmp_path: Path, fake: Fake) -> None:
    files = {
        **app("web", ("staging", "1", 1), ("production", "1", 2)),
        **app("api", ("staging", "1", 1), ("production", "1", 2)),
    }
    fleet = Fleet.begin(tmp_path, fake, files)
    fleet.commit({f"apps/{name}/staging/deployment.yaml": deployment(name, "2", 1) for name in ("web", "api")})
    fake.state.faults.append(Fault("POST", "/pulls", 403, message="no"))
    assert sorted(fleet.steps()) == ["created", "failed"]
    assert sorted(fleet.steps()) == ["created", "unchanged"]


def test_a_path_that_is_taken_out_closes_its_pull_request(fleet: Fleet) -> None:
    bump(fleet, "1.1")
    fleet.run()
    fleet.commit({".gitops.yaml": CONFIG.replace("to: production", "to: production, components: [other]")})
    assert fleet.steps() == ["closed"]
    assert fleet.open == []
