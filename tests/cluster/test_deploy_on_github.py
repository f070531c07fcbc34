"""What GitHub shows of deployments to a real API server: each ends in a final state, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.deploy.history import Entry
from gitops_action.deploy.result import Result
from gitops_action.errors import UsageError
from gitops_action.pipeline import pushing
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.deploying import Wish, deploy
from gitops_action.pipeline.history import history
from gitops_action.report import history as report
from gitops_action.report.deployment import as_json, as_value, markdown
from tests.cluster.components import cluster, until
from tests.cluster.fleet import Fleet, overlay, settings, workload
from tests.github.conftest import READ_ONLY, WORKFLOW
from tests.github.conftest import fleet as github
from tests.github.fake import Fake
from tests.github.holding import holding
from tests.github.state import Deployed, Fault, Pull
from tests.schemas import problems
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitops_action.deploy.record import Record
    from gitops_action.pipeline.places import Place
    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("drift")]
_PATH = "environments/production"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("github")) as found:
        yield found


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake(github(), holding()) as server:
        server.state.pulls.clear()
        yield server
        assert server.violations == []


@pytest.fixture
def fleet(tmp_path: Path, shared: Cluster) -> Fleet:
    space = f"web-{abs(hash(tmp_path)) % 10**8}"
    config = f"version: 1\nenvironments:\n  production:\n    paths: [{_PATH}]\n    deploy: {{namespace: {space}, timeout: 20s}}\n"
    return Fleet.begin(
        tmp_path, shared, {".gitops.yaml": config, **overlay(_PATH, {"a.yaml": settings("a", x="1")}, space)}
    )


def place(fleet: Fleet, fake: Fake, token: str = WORKFLOW) -> Place:
    return replace(fleet.place, token=token, repository=fake.state.repository, api_url=fake.url)


def run(fleet: Fleet, fake: Fake, token: str = WORKFLOW) -> Record:
    wish = Wish("production", "apply", actor="alice", run="https://github.com/octo/fleet/actions/runs/5")
    return deploy(place(fleet, fake, token), fleet.clusters, wish, SilentProgress(), fleet.told.append)


def states(fake: Fake) -> list[list[str]]:
    """Return the states of each deployment, the first first."""
    return [[one[0] for one in reversed(it.statuses)] for it in fake.state.deployments]


def status(fake: Fake) -> tuple[str, str]:
    newest = fake.state.statuses[0]
    return newest.context, newest.state


def test_a_success_goes_through_all_states_and_is_recorded(fleet: Fleet, fake: Fake) -> None:
    sha = fleet.clone.git("rev-parse", "HEAD")
    fake.state.pulls.append(Pull(9, state="closed", merged=True, merge_sha=sha))
    record = run(fleet, fake)
    assert record.result is Result.SUCCESS
    assert states(fake) == [["queued", "in_progress", "success"]]
    assert status(fake) == ("gitops/production", "success")
    assert (record.actor, record.pull_request, record.deployment) == ("alice", 9, 1)
    (made,) = fake.state.deployments
    assert made.statuses[0][3] == "https://github.com/octo/fleet/actions/runs/5"
    assert problems("deployment", as_json(record)) == []
    assert "from #9" in markdown(record)
    assert as_value(record, outline=True)["objects"] == []


def test_a_failure_is_shown_with_its_reason(fleet: Fleet, fake: Fake) -> None:
    fleet.commit(
        {f"{_PATH}/a.yaml": settings("a", x="1").replace("{name: a}", "{name: a, annotations: {'no such!': x}}")}
    )
    record = run(fleet, fake)
    assert record.result is Result.FAILURE
    assert states(fake) == [["queued", "in_progress", "failure"]]
    assert status(fake) == ("gitops/production", "failure")
    assert "ConfigMap" in fake.state.deployments[0].statuses[0][2]
    assert "metadata.annotations: Invalid value" in markdown(record)


def test_an_older_commit_is_no_failure(fleet: Fleet, fake: Fake) -> None:
    older = fleet.clone.git("rev-parse", "HEAD")
    fleet.commit({f"{_PATH}/a.yaml": settings("a", x="2")})
    assert run(fleet, fake).result is Result.SUCCESS
    fleet.clone.git("checkout", "--quiet", "--detach", older)
    assert run(fleet, fake).result is Result.SUPERSEDED
    assert states(fake) == [["queued", "in_progress", "success"], ["queued", "in_progress", "inactive"]]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("a mistake of ours")])
def test_what_is_interrupted_or_breaks_ends_in_a_final_state(
    fleet: Fleet, fake: Fake, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(pushing.Push, "_planned", broken)
    if isinstance(error, KeyboardInterrupt):
        assert run(fleet, fake).result is Result.INTERRUPTED
    else:
        with pytest.raises(RuntimeError):
            run(fleet, fake)
    assert states(fake) == [["queued", "in_progress", "error"]]
    assert status(fake) == ("gitops/production", "error")


def test_a_wrong_environment_is_an_error_there_too(fleet: Fleet, fake: Fake) -> None:
    fleet.commit({f"{_PATH}/kustomization.yaml": "resources: []\n"})
    with pytest.raises(UsageError, match="nothing is rendered"):
        run(fleet, fake)
    assert states(fake)[0][-1] == "error"


def test_nothing_is_told_of_an_environment_that_there_is_not(fleet: Fleet, fake: Fake) -> None:
    wish = Wish("prodution", "apply")
    with pytest.raises(UsageError, match="there is no environment `prodution`"):
        deploy(place(fleet, fake), fleet.clusters, wish, SilentProgress())
    assert (fake.state.deployments, fake.state.statuses) == ([], [])


def test_a_cluster_that_is_not_reached_ends_in_a_final_state(fleet: Fleet, fake: Fake, tmp_path: Path) -> None:
    lost = tmp_path / "lost"
    lost.write_text(fleet.cluster.kubeconfig.read_text().replace(str(fleet.cluster.port), "1"))
    record = deploy(place(fleet, fake), Clusters(str(lost)), Wish("production", "apply"), SilentProgress())
    assert record.result is Result.ERROR
    assert states(fake) == [["queued", "error"]]
    assert status(fake) == ("gitops/production", "error")


def test_what_earlier_runs_left_is_nobodys_hindrance(fleet: Fleet, fake: Fake) -> None:
    fake.state.deployments = [Deployed(1, "a" * 40, "production", statuses=[["in_progress", "2026-01-01T00:00:00Z"]],
                                       payload={"deadline": "2026-01-01T00:00:00+00:00"})]  # fmt: skip
    fake.state.faults.append(Fault("POST", "/deployments/1/statuses", 422, times=9))
    assert run(fleet, fake).result is Result.SUCCESS
    assert states(fake)[1] == ["queued", "in_progress", "success"]
    assert any("what earlier deployments left is not ended" in text for text in fleet.told)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_cancelled_job_says_so(fleet: Fleet, fake: Fake, number: signal.Signals) -> None:
    """Both as a runner sends them; the second one comes before the job has cleaned up."""
    fleet.commit({f"{_PATH}/a.yaml": workload("web")})  # nothing makes it ready here
    argv = [
        sys.executable, "-m", "gitops_action", "deploy", "production", "--via", "apply", "--kubeconfig",
        str(fleet.cluster.kubeconfig), "--repo", str(fleet.clone.path),
    ]  # fmt: skip
    env = {
        **os.environ, "PYTHONPATH": str(ROOT), "GITHUB_TOKEN": WORKFLOW, "GITHUB_API_URL": fake.url,
        "GITHUB_REPOSITORY": fake.state.repository,
    }  # fmt: skip
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        until(lambda: "in_progress" in [one for it in states(fake) for one in it])
        running.send_signal(number)
        time.sleep(0.1)
        running.send_signal(signal.SIGTERM)
        out, _ = running.communicate(timeout=60)
    assert running.returncode == 130, out
    assert states(fake) == [["queued", "in_progress", "error"]]
    assert status(fake) == ("gitops/production", "error")
    assert "interrupted halfway" in fake.state.deployments[0].statuses[0][2]


def test_what_a_killed_job_left_is_ended_by_the_next(fleet: Fleet, fake: Fake) -> None:
    left = {"deadline": "2026-01-01T00:00:00+00:00"}
    fresh = {"deadline": "2999-01-01T00:00:00+00:00"}
    fake.state.deployments = [
        Deployed(1, "a" * 40, "production", statuses=[["in_progress", "2026-01-01T00:00:00Z"]], payload=left),
        Deployed(2, "a" * 40, "production", statuses=[["in_progress", "2026-01-01T00:00:00Z"]], payload=fresh),
        Deployed(3, "a" * 40, "production", statuses=[["in_progress", "2026-01-01T00:00:00Z"]]),
    ]
    run(fleet, fake)
    assert [one[-1] for one in states(fake)] == ["error", "in_progress", "in_progress", "success"]


def test_a_github_that_is_down_keeps_nobody_from_deploying(
    fleet: Fleet, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    fake.state.faults.append(Fault("POST", "/deployments", 502, times=99))
    record = run(fleet, fake)
    assert record.result is Result.SUCCESS
    assert any("GitHub does not learn of this deployment" in text for text in fleet.told)


def test_a_token_that_may_not_is_told_before_anything_is_applied(fleet: Fleet, fake: Fake) -> None:
    with pytest.raises(Exception, match="deployments: write"):
        run(fleet, fake, READ_ONLY)
    assert fake.state.deployments == []


def test_the_history_tells_what_was_deployed(fleet: Fleet, fake: Fake) -> None:
    run(fleet, fake)
    fleet.commit({f"{_PATH}/a.yaml": settings("a", x="2")}, "Two (#4)")
    run(fleet, fake)
    fleet.commit({f"{_PATH}/a.yaml": settings("a", x="3").replace("data:", "immutable: maybe\ndata:")}, "Three")
    run(fleet, fake)
    entries: list[Entry] = history(place(fleet, fake), "production", 10)
    assert [(one.result, one.subject, one.actor) for one in entries] == [
        ("failure", "Three", "alice"), ("success", "Two (#4)", "alice"), ("success", "Begin", "alice"),
    ]  # fmt: skip
    lines = report.text(entries).splitlines()
    assert lines[1].endswith("Two (#4)")
    assert "failure" in lines[0]
    with pytest.raises(UsageError, match="GITHUB_TOKEN"):
        history(fleet.place, "production", 10)


def test_a_job_and_a_person_share_one_inventory(fleet: Fleet, fake: Fake) -> None:
    fleet.clone.git("remote", "set-url", "origin", f"git@github.com:{fake.state.repository}.git")
    assert run(fleet, fake).result is Result.SUCCESS
    assert fleet.deploy().result is Result.SUCCESS
