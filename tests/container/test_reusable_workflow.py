"""The reusable workflow as a user calls it; what it takes from others is replaced by small actions of our own."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from gitops_action.scaffold import repository
from gitops_action.scaffold.wish import Setup, Via
from tests.container.jobs import ACTION, NO_BIND
from tests.container.sample import BASE, DEPLOYMENT, FILES
from tests.container.workspace import workspace
from tests.github.conftest import READ_ONLY, WORKFLOW
from tests.github.state import Artifact
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.container.jobs import Act
    from tests.github.fake import Fake

pytestmark = [
    pytest.mark.container,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the first one builds the image
    pytest.mark.xdist_group("container"),
]
REUSABLE = ".github/workflows/check.yml"
IN_PARTS = ".github/workflows/check-matrix.yml"
COMMENT = ".github/workflows/comment.yml"
CALLER = f"""\
name: Pull request
on: pull_request
jobs:
  gitops:
    permissions:
      contents: read
      pull-requests: write
    uses: {ACTION.replace("@", f"/{REUSABLE}@")}
    with:
      fail-on: warning
  after:
    needs: gitops
    if: always()
    runs-on: ubuntu-latest
    steps:
      - run: echo "seen $RESULT $CHANGES"
        env:
          RESULT: ${{{{ needs.gitops.outputs.result }}}}
          CHANGES: ${{{{ needs.gitops.outputs.has-changes }}}}
"""
# Each says what it was given; the workspace is checked out already, and nothing leaves the machine.
STAND_INS = {
    "actions/checkout": (
        ("fetch-depth", "persist-credentials"),
        (
            'echo "checkout ${{ inputs.fetch-depth }} ${{ inputs.persist-credentials }}" && '
            "if [ -d /repository ]; then cp -a /repository/. .; fi"
        ),
    ),
    "actions/upload-artifact": (
        ("name", "path", "if-no-files-found", "overwrite"),
        (
            # The path is a pattern: the report in two forms, of which the test reads the JSON.
            "echo \"uploaded $(tr -d '\\n' < gitops-report.json)\" && "
            "if [ -d /artifacts ]; then install -D -t /artifacts/${{ inputs.name }} ${{ inputs.path }}; fi"
        ),
    ),
    "actions/download-artifact": (
        ("pattern", "path"),
        "mkdir -p ${{ inputs.path }} && cp -r /artifacts/${{ inputs.pattern }} ${{ inputs.path }}",
    ),
}


def _stand_ins(folder: Path, workflow: str = REUSABLE) -> list[str]:
    """Make an action for each that the workflow names; return the options that tell act."""
    options: list[str] = []
    used = re.findall(r"uses: ([\w-]+/[\w-]+)@(\S+)", (ROOT / workflow).read_text(encoding="utf-8"))
    for name, ref in dict.fromkeys(used):
        if f"{name}@{ref}" == ACTION:
            continue
        inputs, script = STAND_INS[name]
        place = folder / name
        place.mkdir(parents=True)
        action = {
            "name": name,
            "description": "A stand-in.",
            "inputs": {entry: {"description": entry, "required": False} for entry in inputs},
            "runs": {"using": "composite", "steps": [{"shell": "bash", "run": f"{script}\n"}]},
        }
        (place / "action.yml").write_text(json.dumps(action), encoding="utf-8")
        options += ["--local-repository", f"{name}@{ref}={place}"]
    return options


def test_checks_a_pull_request_in_three_lines(act: Act, fake: Fake, tmp_path: Path) -> None:
    made = workspace(tmp_path, FILES | {".github/workflows/pull-request.yml": CALLER})
    made.on_topic({BASE: DEPLOYMENT.replace("1.0.0", "1.1.0")})
    made.pull_request("opened")
    options = ["--no-skip-checkout", "--secret", f"GITHUB_TOKEN={WORKFLOW}", *_stand_ins(tmp_path / "others")]
    run = act.run(made, "pull_request", fake, *options)

    assert run.exit_code == 0, run.raw
    assert set(run.results.values()) == {"success"}, run.raw
    assert run.last("checkout ") == "0 false"
    assert json.loads(run.last("uploaded "))["verdict"] == "passed"
    assert run.last("seen ") == "passed true"
    # The token is the job's own: the caller did not have to name it.
    (comment,) = fake.state.comments
    assert "no problems found" in comment.body


@pytest.mark.parametrize("via", list(Via))
def test_a_new_repository_has_its_first_change_checked(act: Act, fake: Fake, tmp_path: Path, via: Via) -> None:
    """What `init` writes, as it is: a pull request that changes a tag gets its comment."""
    made = workspace(tmp_path, repository.of_new(Setup(("staging", "production"), via)))
    path = "apps/staging/web/kustomization.yaml"
    text = made.repo.git("show", f"main:{path}")
    made.on_topic({path: text.replace("newTag: 6.9.0", "newTag: 6.9.1") + "\n"})
    made.pull_request("opened")
    options = ["--no-skip-checkout", "--secret", f"GITHUB_TOKEN={WORKFLOW}", *_stand_ins(tmp_path / "others")]
    run = act.run(made, "pull_request", fake, *options)

    assert run.exit_code == 0, run.raw
    assert set(run.results.values()) == {"success"}, run.raw
    assert json.loads(run.last("uploaded "))["verdict"] == "passed"
    (comment,) = fake.state.comments
    assert "no problems found" in comment.body
    assert "6.9.1" in comment.body
    assert "staging" in comment.body


SHARED_OUT = f"""\
name: Pull request
on: pull_request
jobs:
  gitops:
    permissions:
      contents: read
      pull-requests: write
    uses: {ACTION.replace("@", f"/{IN_PARTS}@")}
  after:
    needs: gitops
    if: always()
    runs-on: ubuntu-latest
    steps:
      - run: echo "seen $RESULT $CHANGES"
        env:
          RESULT: ${{{{ needs.gitops.outputs.result }}}}
          CHANGES: ${{{{ needs.gitops.outputs.has-changes }}}}
"""


def test_shares_a_pull_request_out_between_jobs(act: Act, fake: Fake, tmp_path: Path) -> None:
    made = workspace(tmp_path, FILES | {".github/workflows/pull-request.yml": SHARED_OUT})
    made.on_topic({BASE: DEPLOYMENT.replace("1.0.0", "1.1.0")})
    made.pull_request("opened")
    options = ["--no-skip-checkout", "--secret", f"GITHUB_TOKEN={WORKFLOW}", *_stand_ins(tmp_path / "others", IN_PARTS)]
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir()
    options += [NO_BIND, "--container-options", f"--volume={artifacts}:/artifacts --volume={made.path}:/repository:ro"]
    run = act.run(made, "pull_request", fake, *options)

    assert run.exit_code == 0, run.raw
    assert set(run.results.values()) == {"success"}, run.raw
    uploaded = [json.loads(line.removeprefix("uploaded ")) for line in run.log if line.startswith("uploaded ")]
    legs = [report["shard"] for report in uploaded if "shard" in report]
    assert sorted(legs) == ["environment=production", "environment=staging"], run.everything
    (whole,) = [report for report in uploaded if "shard" not in report]
    assert {change["environment"] for change in whole["changes"]} == {"production", "staging"}
    assert run.last("seen ") == "passed true"
    (comment,) = fake.state.comments
    assert "in `staging`, `production`" in comment.body or "in `production`, `staging`" in comment.body


RELAY = f"""\
name: GitOps comment
on: workflow_run
jobs:
  comment:
    permissions:
      actions: read
      pull-requests: write
    uses: {ACTION.replace("@", f"/{COMMENT}@")}
"""


def test_comments_on_a_pull_request_from_a_fork(act: Act, fake: Fake, tmp_path: Path) -> None:
    """First the check with a token that can only read, then the second workflow with what the check left."""
    check = CALLER.replace("    with:\n      fail-on: warning\n", "")
    made = workspace(
        tmp_path, FILES | {".github/workflows/pull-request.yml": check, ".github/workflows/comment.yml": RELAY}
    )
    made.source = "stranger/fleet"
    made.on_topic({BASE: DEPLOYMENT.replace("1.0.0", "1.1.0")})
    made.pull_request("opened")
    fake.state.pulls[0].head_repository = made.source
    options = ["--no-skip-checkout", "--secret", f"GITHUB_TOKEN={READ_ONLY}", *_stand_ins(tmp_path / "others")]
    checked = act.run(made, "pull_request", fake, *options)
    assert checked.exit_code == 0, checked.raw
    assert fake.state.comments == []
    uploaded = io.BytesIO()
    with zipfile.ZipFile(uploaded, "w") as archive:
        archive.writestr("gitops-report.json", checked.last("uploaded "))
    fake.state.artifacts.append(Artifact(1, 55, "gitops-report", base64.b64encode(uploaded.getvalue()).decode()))

    made.checkout(made.base)
    over = {"id": 55, "name": "Pull request", "event": "pull_request", "conclusion": "success", "head_sha": made.head}
    source = {"head_branch": "topic", "head_repository": {"owner": {"login": "stranger"}}, "pull_requests": []}
    made.say({"action": "completed", "workflow_run": {**over, **source}})
    run = act.run(made, "workflow_run", fake, "--secret", f"GITHUB_TOKEN={WORKFLOW}")
    assert run.exit_code == 0, run.raw
    (comment,) = fake.state.comments
    assert comment.body.startswith("<!-- gitops-action check Pull request -->\n### ✅ no problems found")
