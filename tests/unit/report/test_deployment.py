"""What people read of deployments, drift, rollbacks and histories; and that nothing in it is more than text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitops_action.deploy.drift import Drifted, Kind, Look
from gitops_action.deploy.health import Health, Status
from gitops_action.deploy.history import DeploymentRecord, Entry
from gitops_action.deploy.record import Record
from gitops_action.deploy.result import Action, Deployed, Outcome, Result
from gitops_action.deploy.rollback import Done, Rollback
from gitops_action.model import Change, ResourceId
from gitops_action.model import Outcome as Fate
from gitops_action.report import deployment, drift, history, rollback
from gitops_action.repository.commits import Commit
from tests.unit.report.hostile import HOSTILE, MANY, TAGS, Page

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

_WEB = ResourceId("apps/v1", "Deployment", "shop", "web")
_MAP = ResourceId("v1", "ConfigMap", "shop", "settings")
_OLD = ResourceId("v1", "PersistentVolumeClaim", "shop", "data")
_BEGAN = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
_SHA, _BEFORE = "a1" * 20, "b2" * 20
_DIFF = '--- base\n+++ head\n@@ -1,1 +1,1 @@\n-  x: "1"\n+  x: "2"\n'
_LATE = Health(Status.FAILED, 'ProgressDeadlineExceeded: ReplicaSet "web-6d4f" has timed out progressing.')
_EVENT = "Pod/web-6d4f-x2x9z: ImagePullBackOff: Back-off pulling image"


def record(outcome: Outcome) -> Record:
    return Record(
        "production", "apply", _SHA, outcome, _BEGAN, _BEGAN + timedelta(seconds=12.5), "alice", "github.com/octo/fleet", 7,
        "https://github.com/octo/fleet/actions/runs/5", 11,
    )  # fmt: skip


OUTCOMES = {
    "success": Outcome(
        Result.SUCCESS, "", [Deployed(_WEB, Action.CONFIGURED), Deployed(_MAP, Action.UNCHANGED), Deployed(_OLD, Action.SKIPPED, "kept: a PersistentVolumeClaim is only deleted if its kind is named (`deploy.prune`)")],
        previous=_BEFORE, seconds={"dry run": 1.0, "apply": 2.0, "wait": 9.0},
    ),
    "unhealthy": Outcome(
        Result.FAILURE, f"{_WEB} is not healthy: {_LATE.message} ({_EVENT})",
        [Deployed(_WEB, Action.CONFIGURED, "", "environments/production/web.yaml:1", _LATE, (_EVENT,)), Deployed(_MAP, Action.UNCHANGED)], previous=_BEFORE,
    ),
    "refused": Outcome(
        Result.FAILURE, f"{_WEB} would not be taken by the cluster: spec.replicas: Invalid value: -1; nothing was applied",
        [Deployed(_WEB, Action.FAILED, "spec.replicas: Invalid value: -1", "environments/production/web.yaml:1")],
    ),
    "planned": Outcome(
        Result.PLANNED, "", (), [Change("production", Fate.UPDATE, _MAP, diff=_DIFF), Change("production", Fate.UNCHANGED, _WEB), Change("production", Fate.DELETE, _OLD, message="it was deployed before, and nothing declares it any more")],
    ),
    "superseded": Outcome(Result.SUPERSEDED, f"{_BEFORE[:12]} is deployed, which is newer and contains it (--older deploys it all the same)", previous=_BEFORE),
    "interrupted": Outcome(Result.INTERRUPTED, "interrupted halfway: run it again to finish it"),
    "error": Outcome(Result.ERROR, "the API server cannot be reached: Connection refused", notes=["the health of 2 objects is not known: the account may not read them"]),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTCOMES)
def test_deployments(name: str, snapshot: SnapshotAssertion) -> None:
    made = record(OUTCOMES[name])
    assert deployment.text(made) == snapshot(name="text")
    assert deployment.markdown(made) == snapshot(name="markdown")


LOOKS = [
    Look(
        "production", _BEFORE, 12,
        [Drifted(_MAP, Kind.CHANGED, "environments/production/settings.yaml", "", ("data.x",), _DIFF), Drifted(_WEB, Kind.MISSING, "environments/production/web.yaml", "is not in the cluster"),
         Drifted(_OLD, Kind.UNKNOWN, "", "persistentvolumeclaims is forbidden")],
        [ResourceId("v1", "ConfigMap", "shop", "stray")], behind=_SHA, held="2 objects have drifted, and at most 1 are healed at once",
        notes=[f"the deployment of {_BEFORE[:12]} did not end well: what it left undone is shown here, too"],
    ),
    Look("staging", _SHA, 3),
    Look("dev", _SHA, skipped="a deployment is under way: job 7"),
]  # fmt: skip


def test_drift(snapshot: SnapshotAssertion) -> None:
    assert drift.text(LOOKS) == snapshot(name="text")
    assert drift.markdown(LOOKS) == snapshot(name="markdown")
    assert drift.issue(LOOKS[0]) == snapshot(name="issue")


def commit(sha: str, message: str) -> Commit:
    return Commit(sha, (), "", "Alice", "alice@example.com", "alice@example.com", _BEGAN, message)


ROLLBACK = Rollback(
    "production", _BEFORE, _SHA, {"environments/production/web.yaml": b"x", "environments/production/new.yaml": None},
    [commit(_SHA, "Release 2.0 (#4)"), commit("c3" * 20, "Begin the API")], ["base/settings.yaml"], "2026-11-28T09:00:00Z",
)  # fmt: skip


def test_rollbacks(snapshot: SnapshotAssertion) -> None:
    assert rollback.body(ROLLBACK, "the shop is down", "https://github.com/octo/fleet") == snapshot(name="body")
    done = Done(ROLLBACK, "https://github.com/octo/fleet/pull/9", 9, "production is locked by alice: rolled back")
    assert rollback.text(done) == snapshot(name="text")
    assert rollback.markdown(done) == snapshot(name="markdown")


def test_histories(snapshot: SnapshotAssertion) -> None:
    good = DeploymentRecord(
        2, _BEFORE, "production", "2026-11-28T09:00:00Z", "inactive", "2026-11-28T09:01:00Z", "deployed", "",
        {"actor": "alice", "pull_request": 4}, "github-actions[bot]", "2026-11-28T09:01:00Z",
    )  # fmt: skip
    bad = replace(
        good,
        id=3,
        sha=_SHA,
        state="failure",
        healthy_at="",
        description="Deployment/shop/web is not healthy",
        payload={},
    )
    assert history.text([Entry(bad, "Release 2.0"), Entry(good, "Release 1.0 (#4)")]) == snapshot
    assert history.text([]) == "no deployment is known\n"


@MANY
@given(HOSTILE, st.sampled_from(sorted(OUTCOMES)))
@example("deadbeef`deadbeef", "error")
@example("`http://x.y|", "error")
def test_nothing_that_others_wrote_is_more_than_text(text: str, name: str) -> None:
    """Names, messages, events and authors come from clusters, commits and comments."""
    outcome = OUTCOMES[name]
    changes = [replace(one, message=text, diff=text) for one in outcome.changes]
    named = text.replace("|", "") or "x"  # no kind and no name has one
    which = ResourceId("v1", named, named, named)
    objects = [Deployed(which, Action.FAILED, text, text), Deployed(which, Action.WAITING, "", "", None, (text,))]
    objects.append(Deployed(which, Action.CONFIGURED, "", "", Health(Status.FAILED, text)))
    made = replace(
        record(replace(outcome, message=text, objects=objects, changes=changes, notes=[text])),
        actor=text,
        environment=text,
        pull_request=None,
    )
    look = Look(
        text, _SHA, 1, [Drifted(which, Kind.CHANGED, text, text, (text,), text), Drifted(which, Kind.UNKNOWN, text, text)],
        [which], held=text, notes=[text],
    )  # fmt: skip
    # Its trailers are read again, so that names of environments stand there as they are.
    back = replace(ROLLBACK, reverted=[replace(commit(_SHA, text), author_name=text)], shared=[text])
    pages = [deployment.markdown(made), drift.markdown([look, replace(look, skipped=text)]), drift.issue(look)]
    for page in map(Page, pages):
        assert set(page.tags) <= {*TAGS, "br"}
        page.require_dead_text()
    pages = [
        rollback.body(back, text, "https://github.com/octo/fleet"),
        rollback.markdown(Done(back, "", None, text, [text])),
    ]
    for page in map(Page, pages):
        assert set(page.tags) <= {*TAGS, "br"}


def test_what_is_too_long_is_cut_between_its_parts() -> None:
    long = Drifted(_MAP, Kind.CHANGED, "", "", (), "--- cluster\n+++ Git\n" + "+ a: 1\n" * 2_000)
    look = Look("production", _SHA, 50, [long] * 50)
    changes = [Change("production", Fate.UPDATE, _MAP, diff=long.diff)] * 50
    planned = deployment.markdown(replace(record(Outcome(Result.PLANNED, "", (), changes)), pull_request=None))
    for text in (drift.issue(look), drift.markdown([look]), planned):
        assert len(text) < 65_000
        assert text.count("```") % 2 == 0
        assert "more" in text
        Page(text).require_dead_text()
