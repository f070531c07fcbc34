"""The jobs of the action that deploy, look for drift and tell the history, with a real API server and GitHub beside it."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action import action
from gitops_action.errors import GitOpsError, UsageError
from tests.cluster.components import cluster
from tests.cluster.fleet import Fleet, overlay, settings
from tests.github.conftest import WORKFLOW
from tests.github.conftest import fleet as github
from tests.github.fake import Fake
from tests.github.holding import holding
from tests.schemas import problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("drift")]
_PATH = "environments/production"
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: password}\nstringData: {password: correct-horse}\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("action")) as found:
        yield found


class Job:
    """A job of the workflow: its inputs, and what it leaves."""

    def __init__(self, folder: Path, fleet: Fleet, fake: Fake) -> None:
        self.folder, self.fleet, self.fake = folder, fleet, fake
        self.log = ""

    def run(self, command: str, event: str = "push", **inputs: str) -> int:
        for name in ("output", "summary"):
            (self.folder / name).unlink(missing_ok=True)
        out = io.StringIO()
        env = {
            "PATH": os.environ["PATH"], "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.fleet.clone.path),
            "GITHUB_EVENT_NAME": event, "GITHUB_REPOSITORY": self.fake.state.repository, "GITHUB_API_URL": self.fake.url,
            "GITHUB_ACTOR": "alice", "GITHUB_RUN_ID": "77", "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"), "INPUT_GITHUB-TOKEN": WORKFLOW, "INPUT_COMMAND": command,
            "INPUT_KUBECONFIG": str(self.fleet.cluster.kubeconfig), "INPUT_SETTLE": "0s",
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()},
        }  # fmt: skip
        code = action.run(env, out)
        self.log = out.getvalue()
        return code

    def output(self, name: str) -> str:
        """Return an output, as the runner reads it: `name<<mark`, lines, `mark`."""
        lines = iter((self.folder / "output").read_text().splitlines())
        for line in lines:
            key, _, mark = line.partition("<<")
            value = list(iter(lambda: next(lines), mark)) if mark else [line.partition("=")[2]]
            if (key if mark else line.partition("=")[0]) == name:
                return "\n".join(value)
        raise AssertionError(name)

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text()


@pytest.fixture
def job(tmp_path: Path, shared: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    space = f"web-{abs(hash(tmp_path)) % 10**8}"
    config = f"version: 1\nenvironments:\n  production:\n    paths: [{_PATH}]\n    deploy: {{via: apply, namespace: {space}, timeout: 20s}}\n"
    files = {"a.yaml": settings("a", x="1"), "secret.yaml": _SECRET}
    with Fake(github(), holding()) as fake:
        fake.state.pulls.clear()
        fleet = Fleet.begin(tmp_path, shared, {".gitops.yaml": config, **overlay(_PATH, files, space)})
        fleet.name = space
        monkeypatch.setenv("GITHUB_API_URL", fake.url)
        monkeypatch.setenv("GITHUB_REPOSITORY", fake.state.repository)
        yield Job(tmp_path, fleet, fake)
        assert fake.violations == []


def test_a_deployment_is_told_in_log_summary_outputs_and_on_github(job: Job) -> None:
    assert job.run("deploy", environment="production") == 0
    record: dict[str, Any] = json.loads(job.output("deployment"))
    assert problems("deployment", json.dumps(record)) == []
    assert (record["result"], record["actor"], record["objects"]) == ("success", "alice", [])
    assert record["run"] == f"https://github.com/{job.fake.state.repository}/actions/runs/77"
    assert "✅ production is deployed" in job.summary
    (made,) = job.fake.state.deployments
    assert (made.statuses[0][0], made.statuses[0][3]) == ("success", record["run"])
    assert job.run("history", environment="production") == 0
    (entry,) = json.loads(job.output("history"))
    assert (entry["result"], entry["actor"], entry["commit"]) == ("success", "alice", record["commit"])


def test_a_failure_is_an_annotation_and_fails_the_job(job: Job) -> None:
    job.fleet.commit({f"{_PATH}/secret.yaml": _SECRET.replace("correct-horse", "81726354")})
    assert job.run("deploy", environment="production") == 1
    assert "::error title=gitops-action::production: Secret/" in job.log
    assert json.loads(job.output("deployment"))["result"] == "failure"
    everything = [job.log, job.summary, job.output("deployment")]
    everything += [one[2] for it in job.fake.state.deployments for one in it.statuses]
    assert all("81726354" not in text for text in everything)


def test_a_drift_is_told_to_the_steps_that_come_next(job: Job) -> None:
    assert job.run("deploy", environment="production") == 0
    assert job.run("drift", event="schedule") == 0
    assert job.output("drifted") == "false"
    path = f"/api/v1/namespaces/{job.fleet.name}/configmaps/a"
    job.fleet.cluster.patch(path, {"data": {"x": "by hand"}})
    assert job.run("drift", event="schedule") == 1
    (found,) = json.loads(job.output("drift"))
    assert found["drifted"] == [f"ConfigMap/{job.fleet.name}/a"]
    assert found["issue"].endswith("/issues/1")
    assert job.output("drifted") == "true"
    assert "::warning" in job.log
    # Nobody can ask here whether it is locked: then nothing is healed.
    assert job.run("drift", event="schedule", heal="true") == 1
    assert "not healed: whether it is locked is not known" in job.log
    job.fleet.cluster.patch(path, {"data": {"x": "1"}})
    assert job.run("drift", event="schedule") == 0
    assert [one.state for one in job.fake.state.issues] == ["closed"]


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "merge_group"])
def test_nothing_is_deployed_for_what_is_not_merged(job: Job, event: str) -> None:
    for command in ("deploy", "rollback"):
        with pytest.raises(UsageError, match="does not run for a pull request"):
            job.run(command, event, environment="production")
    with pytest.raises(UsageError, match="nothing is healed for a pull request"):
        job.run("drift", event, heal="true")
    assert job.fake.state.deployments == []


@pytest.mark.parametrize(
    ("command", "inputs", "message"),
    [
        ("deploy", {}, "input environment: name one environment"),
        ("deploy", {"environment": "staging\nproduction"}, "input environment: name one environment"),
        ("deploy", {"environment": "staging"}, "there is no environment `staging`"),
        ("deploy", {"environment": "production", "via": "helm"}, "input via: `helm` is none of apply, flux"),
        ("deploy", {"environment": "production", "timeout": "5"}, "input timeout: `5` is no length of time"),
        ("drift", {"heal-limit": "none"}, "input heal-limit: `none` is not a number"),
        ("drift", {"environment": "staging"}, "there is no environment `staging`"),
        ("history", {"environment": "production", "limit": "0"}, "input limit"),
    ],
)
def test_inputs_that_make_no_sense_are_named(job: Job, command: str, inputs: dict[str, str], message: str) -> None:
    with pytest.raises(GitOpsError, match=message):
        job.run(command, **inputs)
    assert job.fake.state.deployments == []
