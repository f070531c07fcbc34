"""The action's entry point as the runner starts it, against the fake GitHub."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gitops_action import action
from gitops_action.errors import UsageError
from tests.github.conftest import APP, READ_ONLY, WORKFLOW, fake, state
from tests.gitrepo import GitRepo, init

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github.fake import Fake

__all__ = ["fake", "state"]


def config_map(value: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cm\ndata:\n  key: {value}\n"


class Job:
    """A pull request's job: its workspace, event and files."""

    def __init__(self, folder: Path, server: Fake) -> None:
        self.folder = folder
        self.repo: GitRepo = init(folder / "workspace")
        self.base = self.repo.commit({"cm.yaml": config_map('"1"')})
        self.server = server
        self.source = "acme/fleet"
        self.log = ""
        self.newest = ""

    def env(self, token: str, **inputs: str) -> dict[str, str]:
        head = self.repo.commits[-1]
        side = {"repo": {"full_name": "acme/fleet"}}
        event = self.folder / "event.json"
        source = {"repo": {"full_name": self.source}}
        self.server.state.pulls[0].head_sha = self.newest or head
        pull = {"number": 7, "base": {"sha": self.base, **side}, "head": {"sha": head, **source}}
        event.write_text(json.dumps({"action": "synchronize", "pull_request": pull}))
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.repo.path),
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_REPOSITORY": self.server.state.repository,
            "GITHUB_API_URL": self.server.url,
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "INPUT_GITHUB-TOKEN": token,
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()},
        }

    def run(self, monkeypatch: pytest.MonkeyPatch, token: str = WORKFLOW, **inputs: str) -> int:
        env = self.env(token, **inputs)
        monkeypatch.setenv("GITHUB_API_URL", self.server.url)
        out = io.StringIO()
        code = action.run({"PATH": os.environ["PATH"], **env}, out)
        self.log = out.getvalue()
        return code

    @property
    def outputs(self) -> str:
        return (self.folder / "output").read_text()


@pytest.fixture
def job(tmp_path: Path, fake: Fake) -> Job:
    return Job(tmp_path, fake)


def bodies(job: Job) -> list[str]:
    return [comment.body for comment in job.server.state.comments]


def warnings(job: Job) -> list[str]:
    return re.findall(r"^::warning title=gitops-action::(.*)$", job.log, re.MULTILINE)


def test_one_comment_that_follows_the_pull_request(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({"cm.yaml": config_map("2")})
    assert job.run(monkeypatch) == 1
    assert "::error " in job.log
    assert "wrong-type" in bodies(job)[0]
    job.repo.commit({"cm.yaml": config_map('"2"')})
    assert job.run(monkeypatch) == 0
    (body,) = bodies(job)
    assert "wrong-type" not in body
    assert "passed" in job.outputs
    assert json.loads((job.repo.path / "gitops-report.json").read_text())["verdict"] == "passed"


def test_a_token_that_may_not_comment_loses_nothing(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({"cm.yaml": config_map("2")})
    assert job.run(monkeypatch, READ_ONLY) == 1
    assert bodies(job) == []
    (warning,) = warnings(job)
    assert warning == (
        "no comment was posted: cannot comment on pull request 7: the token may not do that (403 Resource not "
        "accessible by integration); give the job `permissions: pull-requests: write`"
    )
    assert "wrong-type" in job.log
    assert "wrong-type" in (job.folder / "summary").read_text()


def test_a_fork_is_told_that_permissions_do_not_help(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({"cm.yaml": config_map('"2"')})
    job.source = "stranger/fleet"
    assert job.run(monkeypatch, READ_ONLY) == 0
    (warning,) = warnings(job)
    assert warning == (
        "no comment was posted: a pull request from a fork gets a token that can only read, whatever `permissions: "
        "pull-requests: write` says; look at this job's summary for the result, or let a second workflow comment (docs/forks.md)"
    )


def test_no_token_is_no_comment(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({"cm.yaml": config_map('"2"')})
    assert job.run(monkeypatch, "") == 0
    assert warnings(job) == [
        "no comment was posted: the input `github-token` is empty; leave it out to use the job's own"
    ]


def test_what_github_finds_too_long_is_packed_tighter(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({f"cm-{number}.yaml": config_map('"1"').replace("cm", f"cm-{number}") for number in range(300)})
    monkeypatch.setattr(job.server.state, "longest_body", 10_000)
    assert job.run(monkeypatch) == 0
    assert warnings(job) == []
    (body,) = bodies(job)
    assert len(body) <= 10_000
    assert "changed objects not shown." in body
    assert body.count("<details") == body.count("</details>") > 0


def test_what_github_takes_in_no_length_is_said(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({f"cm-{number}.yaml": config_map('"1"').replace("cm", f"cm-{number}") for number in range(300)})
    monkeypatch.setattr(job.server.state, "longest_body", 100)
    assert job.run(monkeypatch) == 0
    assert len(warnings(job)) == 1
    assert bodies(job) == []


def test_a_github_that_cannot_be_used_loses_nothing(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({"cm.yaml": config_map('"2"')})
    monkeypatch.setattr(job.server.state, "repository", "not a repository")
    assert job.run(monkeypatch) == 0
    assert "no comment was posted" in job.log


def test_a_comment_of_another_author_is_said(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({"cm.yaml": config_map('"2"')})
    assert job.run(monkeypatch, APP, comment_author="someone") == 0
    assert "set `comment-author` to fleet-app[bot]" in job.log


def test_the_configuration_names_the_author(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.base = job.repo.commit({".gitops.yaml": "version: 1\ncomment:\n  author: someone\n"})
    job.repo.commit({"cm.yaml": config_map('"2"')})
    assert job.run(monkeypatch, APP) == 0
    assert "not to someone" in job.log
    assert job.run(monkeypatch, APP, comment_author="fleet-app[bot]") == 0
    assert "not to" not in job.log


def test_a_report_that_cannot_be_written_takes_nothing_from_the_rest(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({"cm.yaml": config_map('"2"')})
    assert job.run(monkeypatch, output_file="no/such/report.json") == 2
    assert len(bodies(job)) == 1
    assert "cannot be written" in job.log


@pytest.mark.parametrize(
    ("name", "value", "said"), [("command", "nope", "none of check"), ("base", "nope", "unknown revision")]
)
def test_what_cannot_be_checked_is_an_error_of_the_job(job: Job, name: str, value: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gitops_action.action"],
        env={**os.environ, **job.env(WORKFLOW, **{name: value})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "::error title=gitops-action::" in done.stdout
    assert said in done.stdout
    assert said in (job.folder / "summary").read_text()
    assert "incomplete" in job.outputs


def test_render_prints_no_secret_into_the_log(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: hunter2-canary-91\n"
    job.repo.commit({"cm.yaml": secret})
    assert job.run(monkeypatch, command="render", paths=".") == 0
    assert "name: s" in job.log
    assert "hunter2" not in job.log


def test_the_report_in_every_form(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({"cm.yaml": config_map("2")})
    names = [f"out.{ending}" for ending in ("json", "html", "sarif", "xml", "md", "txt")]
    assert job.run(monkeypatch, output_file="\n".join(names)) == 1
    first = {name: (job.repo.path / name).read_text()[:60].split()[0] for name in names}
    assert first == {
        "out.json": "{",
        "out.html": "<!doctype",
        "out.sarif": '{"$schema":',
        "out.xml": "<?xml",
        "out.md": "###",
        "out.txt": "cm.yaml:6:8:",
    }
    assert re.search(r"report-path<<(\S+)\nout\.json\n", job.outputs)


def test_a_form_that_nothing_goes_by_takes_nothing_from_the_rest(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({"cm.yaml": config_map('"2"')})
    assert job.run(monkeypatch, output_file="out.pdf\nout.html") == 2
    assert "out.pdf is not known: let its name end in one of .json" in job.log
    assert (job.repo.path / "out.html").exists()
    assert not (job.repo.path / "out.pdf").exists()


# A check that several jobs share


def test_a_matrix_is_shared_out_and_comes_together_as_one_comment(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.base = job.repo.commit({f"clusters/{name}/cm.yaml": config_map('"1"') for name in ("eu", "us")})
    job.repo.commit({f"clusters/{name}/cm.yaml": config_map('"2"') for name in ("eu", "us")})
    assert job.run(monkeypatch, command="matrix") == 0
    (matrix,) = re.findall(r"matrix<<(\S+)\n(.*)\n\1\n", job.outputs)
    legs = [leg["shard"] for leg in json.loads(matrix[1])["include"]]
    assert legs == ["environment=eu", "environment=us"]
    for leg in legs:
        (job.repo.path / "legs" / leg).mkdir(parents=True)
        assert job.run(monkeypatch, shard=leg, comment="false", output_file=f"legs/{leg}/gitops-report.json") == 0
    assert bodies(job) == []

    assert job.run(monkeypatch, command="report merge", reports="legs", matrix=matrix[1]) == 0
    (body,) = bodies(job)
    assert "2 of 2 objects change" in body
    assert "| `eu` | 1 |" in body
    assert "| `us` | 1 |" in body

    (job.repo.path / "legs" / legs[1] / "gitops-report.json").unlink()
    assert job.run(monkeypatch, command="report merge", reports="legs", matrix=matrix[1]) == 3
    (body,) = bodies(job)
    assert "`environment=us`" in body
    assert "incomplete" in body


def test_legs_that_comment_have_a_comment_each(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.base = job.repo.commit({f"clusters/{name}/cm.yaml": config_map('"1"') for name in ("eu", "us")})
    job.repo.commit({f"clusters/{name}/cm.yaml": config_map('"2"') for name in ("eu", "us")})
    for leg in ("environment=eu", "environment=us", "environment=eu"):
        assert job.run(monkeypatch, shard=leg) == 0
    assert len(bodies(job)) == 2


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"command": "matrix", "by": "region"}, "input by: `region` is none of environment, cluster"),
        ({"command": "matrix", "shards": "some"}, "input shards: `some` is not a number"),
        ({"shard": "third"}, "--shard: `third`"),
        ({"command": "report merge", "reports": "nowhere"}, "nowhere: no such file or folder"),
        ({"command": "report merge", "reports": ".", "matrix": "{}"}, "--matrix: this is not what"),
    ],
)
def test_what_makes_no_sense_of_a_matrix(
    job: Job, monkeypatch: pytest.MonkeyPatch, inputs: dict[str, str], said: str
) -> None:
    job.repo.commit({"cm.yaml": config_map('"2"')})
    with pytest.raises(UsageError, match=re.escape(said)):
        job.run(monkeypatch, **inputs)


def test_a_run_that_took_longer_does_not_overwrite_a_newer_one(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.repo.commit({"cm.yaml": config_map('"2"')})
    job.newest = "c" * 40
    assert job.run(monkeypatch) == 0
    assert bodies(job) == []
    assert "newer commits" in job.log
