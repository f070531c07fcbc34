"""The reusable workflow as a user calls it; what it takes from others is replaced by small actions of our own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.container.jobs import ACTION
from tests.container.sample import BASE, DEPLOYMENT, FILES
from tests.container.workspace import workspace
from tests.github.conftest import WORKFLOW
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
        'echo "checkout ${{ inputs.fetch-depth }} ${{ inputs.persist-credentials }}"',
    ),
    "actions/upload-artifact": (
        ("name", "path", "if-no-files-found"),
        "echo \"uploaded $(tr -d '\\n' < ${{ inputs.path }})\"",
    ),
}


def _stand_ins(folder: Path) -> list[str]:
    """Make an action for each that the workflow names; return the options that tell act."""
    options: list[str] = []
    used = re.findall(r"uses: ([\w-]+/[\w-]+)@(\S+)", (ROOT / REUSABLE).read_text(encoding="utf-8"))
    for name, ref in used:
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
    run = act.run(made, "pull_request", fake.url, *options)

    assert run.exit_code == 0, run.raw
    assert set(run.results.values()) == {"success"}, run.raw
    assert run.last("checkout ") == "0 false"
    assert json.loads(run.last("uploaded "))["verdict"] == "passed"
    assert run.last("seen ") == "passed true"
    # The token is the job's own: the caller did not have to name it.
    (comment,) = fake.state.comments
    assert "no problems found" in comment.body
