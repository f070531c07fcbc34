"""Rollbacks: a pull request to what was last healthy, and the hold that keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.git import Repository
from gitops_action.adapters.git_remote import Remote
from gitops_action.deploy.rollback import Done
from gitops_action.errors import UsageError
from gitops_action.pipeline.lock_commands import unlock
from gitops_action.pipeline.locking import read_locks
from gitops_action.pipeline.places import Place
from gitops_action.pipeline.rolling_back import Wish, rollback
from gitops_action.report import rollback as report
from tests.github.conftest import WORKFLOW
from tests.github.fleet import Fleet, app, deployment
from tests.github.state import Deployed

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.github.fake import Fake

TARGET = "apps/web/production/deployment.yaml"
SOURCE = "apps/web/staging/deployment.yaml"
BASE = "apps/web/base/settings.yaml"


def begin(tmp_path: Path, fake: Fake) -> Fleet:
    fake.state.roles = {"alice": "write"}
    return Fleet.begin(tmp_path, fake, app("web", ("staging", "1.0", 1), ("production", "1.0", 5)))


def deployed(fleet: Fleet, sha: str, *states: str, environment: str = "production") -> None:
    """Note a deployment on GitHub, with its states from the first to the last."""
    number = len(fleet.fake.state.deployments) + 1
    when = f"2026-01-{number:02}T00:00:00Z"
    fleet.fake.state.deployments.append(
        Deployed(number, sha, environment, when, [[one, when] for one in reversed(states)])
    )


def back(fleet: Fleet, to: str = "", **more: Any) -> Done:
    place = Place(fleet.clone, token=WORKFLOW, repository=fleet.fake.state.repository, api_url=fleet.fake.url)
    return rollback(place, Wish("production", to, "the shop is down", "alice", **more), report.body)


def head(fleet: Fleet) -> str:
    return fleet.origin.git("rev-parse", "main")


def bad_release(fleet: Fleet) -> tuple[str, str]:
    """Deploy 1.0, then an unrelated change, then 2.0, which fails; return the good and the bad commit."""
    good = head(fleet)
    deployed(fleet, good, "in_progress", "success", "inactive")
    bad = fleet.commit({TARGET: deployment("web", "2.0", 5)}, "Release 2.0 (#4)")
    deployed(fleet, bad, "in_progress", "failure")
    return good, bad


def test_the_last_healthy_state_is_proposed_and_held(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    good, bad = bad_release(fleet)
    done = back(fleet)
    assert (done.rollback.target, done.rollback.tip) == (good, bad)
    assert [one.subject for one in done.rollback.reverted] == ["Release 2.0 (#4)"]
    (pull,) = fleet.open
    assert (pull.title, pull.labels) == (f"Roll production back to {good[:8]}", ["rollback"])
    assert "the shop is down" in pull.body
    assert "Release 2.0" in pull.body
    assert fleet.read(TARGET, "rollback/production") == deployment("web", "1.0", 5).rstrip()
    assert fleet.read(SOURCE, "rollback/production") == fleet.read(SOURCE)
    assert "production is locked by alice: rolled back to" in done.hold


def test_what_else_goes_with_it_is_listed(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    deployed(fleet, head(fleet), "success")
    fleet.commit({"apps/api/production/kustomization.yaml": "resources: []\n"}, "Begin the API")
    fleet.commit({SOURCE: deployment("web", "3.0", 1)}, "Only staging")
    deployed(fleet, fleet.commit({TARGET: deployment("web", "2.0", 5)}, "Release 2.0"), "failure")
    done = back(fleet)
    assert [one.subject for one in done.rollback.reverted] == ["Release 2.0", "Begin the API"]
    assert done.rollback.changes["apps/api/production/kustomization.yaml"] is None
    (pull,) = fleet.open
    assert "Begin the API" in pull.body
    assert "Only staging" not in pull.body


def test_a_shared_base_is_left_and_named(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    built = "resources:\n  - deployment.yaml\n  - ../base/settings.yaml\n"
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: '1'}\n"
    good = fleet.commit({BASE: text, "apps/web/production/kustomization.yaml": built})
    deployed(fleet, good, "success")
    bad = fleet.commit({BASE: text.replace("'1'", "'2'"), TARGET: deployment("web", "2.0", 5)})
    deployed(fleet, bad, "failure")
    done = back(fleet)
    assert list(done.rollback.shared) == [BASE]
    assert BASE not in done.rollback.changes
    assert "Not taken back" in fleet.open[0].body


def test_the_hold_keeps_promotions_from_redoing_it_until_it_is_lifted(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    deployed(fleet, head(fleet), "success")
    fleet.commit({SOURCE: deployment("web", "2.0", 1)}, "Try 2.0 (#3)")
    assert fleet.steps() == ["created"]
    bad = fleet.merge()
    deployed(fleet, bad, "failure")
    back(fleet)
    fleet.merge()
    assert fleet.read(TARGET) == deployment("web", "1.0", 5).rstrip()
    fleet.commit({SOURCE: deployment("web", "2.1", 1)}, "Try 2.1 (#5)")
    found = fleet.run()
    assert [one.state.value for one in found.proposals] == ["locked"]
    assert fleet.open == []
    unlock(Place(fleet.clone), "production", "", force=False)
    assert fleet.steps() == ["created"]


def test_a_rollback_is_never_rolled_back_by_itself(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    good, bad = bad_release(fleet)
    back(fleet)
    restored = fleet.merge()
    deployed(fleet, restored, "failure")
    with pytest.raises(UsageError, match="a rollback is never rolled back by itself"):
        back(fleet)
    # Somebody who knows what they do may.
    assert back(fleet, to=bad).rollback.target == bad
    # And what was rolled back from is never what is gone back to.
    deployed(fleet, bad, "success")
    later = fleet.commit({TARGET: deployment("web", "3.0", 5)}, "Release 3.0")
    deployed(fleet, later, "failure")
    assert back(fleet).rollback.target in {good, restored}


def test_the_same_rollback_twice_is_one_pull_request(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    bad_release(fleet)
    first, second = back(fleet), back(fleet)
    assert first.number == second.number
    assert len(fleet.open) == 1
    assert "is locked by alice" in second.hold


def test_what_somebody_committed_to_it_is_not_overwritten(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    bad_release(fleet)
    back(fleet)
    tip = fleet.origin.git("rev-parse", "rollback/production")
    tree = fleet.origin.git("rev-parse", "rollback/production^{tree}")
    theirs = fleet.origin.git("commit-tree", "-p", tip, "-m", "By hand", tree)
    fleet.origin.git("update-ref", "refs/heads/rollback/production", theirs)
    with pytest.raises(UsageError, match="somebody has committed to rollback/production"):
        back(fleet)


def test_a_dry_run_writes_nothing(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    good, _ = bad_release(fleet)
    assert back(fleet, dry_run=True).rollback.target == good
    assert fleet.open == []
    assert fleet.origin.git("for-each-ref", "refs/gitops", "refs/heads/rollback") == ""


@pytest.mark.parametrize(
    ("states", "message"),
    [((), "GitHub knows no deployment"), (("failure",), "none of the last 1 deployments was healthy")],
)
def test_without_anything_to_go_back_to_a_commit_has_to_be_named(
    tmp_path: Path, fake: Fake, states: tuple[str, ...], message: str
) -> None:
    fleet = begin(tmp_path, fake)
    good = head(fleet)
    bad = fleet.commit({TARGET: deployment("web", "2.0", 5)})
    for state in states:
        deployed(fleet, bad, state)
    with pytest.raises(UsageError, match=message):
        back(fleet)
    assert back(fleet, to=good).rollback.target == good
    with pytest.raises(UsageError, match="nothing to roll back"):
        back(fleet, to=bad)


def test_only_commits_of_the_main_branch_are_gone_back_to(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    tree = fleet.origin.git("rev-parse", "main^{tree}")
    stray = fleet.origin.git("commit-tree", "-m", "stray", tree)
    fleet.origin.git("update-ref", "refs/heads/stray", stray)
    with pytest.raises(UsageError):
        back(fleet, to=stray)


def test_the_locks_are_read_by_everybody(tmp_path: Path, fake: Fake) -> None:
    fleet = begin(tmp_path, fake)
    bad_release(fleet)
    back(fleet)
    with Repository.open(fleet.clone) as repository, Remote.open(repository) as remote:
        (lock,) = read_locks(remote)
    assert (lock.environment, lock.owner, lock.expires) == ("production", "alice", None)
