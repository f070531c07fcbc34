"""A pull request from its opening to its last push, checked in the real container by act and told to a fake GitHub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.charts import below, chart
from tests.container.sample import BASE, DEPLOYMENT, FILES, line_of, workflow
from tests.container.workspace import NUMBER, Workspace, workspace
from tests.github.conftest import READ_ONLY, WORKFLOW
from tests.github.state import ACTIONS_BOT
from tests.support import corpus
from tests.unit.pipeline.releasing import release

if TYPE_CHECKING:
    from pathlib import Path

    from tests.container.jobs import Act, Run
    from tests.github.fake import Fake

pytestmark = [
    pytest.mark.container,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the first one builds the image
    pytest.mark.xdist_group("container"),
]
# A value of the wrong type; with a field that does not exist; and put right.
BROKEN = DEPLOYMENT.replace("  replicas: 1\n", "  replicas: 1\n  paused: yes please\n")
BROKEN_TWICE = BROKEN.replace("          image: ", "          imagePullPolice: Always\n          image: ")
FIXED = DEPLOYMENT.replace("web:1.0.0", "web:1.1.0")


def _writes(fake: Fake) -> list[str]:
    return [record.method for record in fake.requests if record.method != "GET" and record.path != "/graphql"]


def _open(folder: Path, change: str, token: str = WORKFLOW) -> Workspace:
    made = workspace(folder, FILES | workflow(token))
    made.on_topic({BASE: change})
    made.pull_request("opened")
    return made


def _assert_place(run: Run, text: str, part: str) -> None:
    places = {
        (command.properties.get("file"), command.properties.get("line"))
        for command in run.told("error")
        if command.properties.get("file")
    }
    assert (BASE, str(line_of(text, part))) in places, run.everything


def test_one_comment_follows_the_pull_request(act: Act, fake: Fake, tmp_path: Path) -> None:
    made = _open(tmp_path, BROKEN)
    fake.state.add_comment(NUMBER, "octocat", "Looks good to me.")

    opened = act.run(made, "pull_request", fake)
    assert opened.result == "failure", opened.everything
    assert opened.exit_code == 1
    _assert_place(opened, BROKEN, "paused")
    ours = fake.state.comments[1]
    assert (ours.author, ours.pull) == (ACTIONS_BOT, NUMBER)
    first = ours.body
    assert first.splitlines()[1].startswith("### ❌ 1 error")
    assert f"{BASE}:{line_of(BROKEN, 'paused')}" in first

    made.on_topic({BASE: BROKEN_TWICE})
    made.pull_request("synchronize")
    pushed = act.run(made, "pull_request", fake)
    assert pushed.result == "failure"
    _assert_place(pushed, BROKEN_TWICE, "imagePullPolice")
    assert fake.state.comments[1].body.splitlines()[1].startswith("### ❌ 2 errors")
    assert _writes(fake) == ["POST", "PATCH"]

    # The same again, as someone who presses "Re-run": there is nothing to say.
    again = act.run(made, "pull_request", fake)
    assert again.result == "failure"
    assert again.outputs["comment-url"] == pushed.outputs["comment-url"] != ""
    assert _writes(fake) == ["POST", "PATCH"]

    made.on_topic({BASE: FIXED})
    made.pull_request("synchronize")
    fixed = act.run(made, "pull_request", fake)
    assert (fixed.result, fixed.exit_code) == ("success", 0), fixed.everything
    assert fixed.told("error") == fixed.told("warning") == []
    assert _writes(fake) == ["POST", "PATCH", "PATCH"]
    assert len(fake.state.comments) == 2
    last = fake.state.comments[1]
    assert last.id == ours.id
    assert last.body.splitlines()[0] == first.splitlines()[0]
    assert last.body.splitlines()[1].startswith("### ✅ no problems found")
    assert "paused" not in last.body
    assert "ghcr.io/octo/web:1.1.0" in last.body


def test_later_steps_get_outputs_and_people_get_the_summary(act: Act, fake: Fake, tmp_path: Path) -> None:
    run = act.run(_open(tmp_path, BROKEN), "pull_request", fake)

    assert run.result == "failure", run.everything
    assert run.last("result:") == "failed"
    assert run.last("has-changes:") == "true"
    assert run.last("changes-count:") == "2"
    assert run.last("comment-url:") == f"https://github.com/octo/fleet/pull/{NUMBER}#issuecomment-1001"
    report = json.loads(run.last("report:"))
    assert report["verdict"] == "failed"
    assert {engine["engine"] for engine in report["coverage"]["engines"]} == {"apiserver", "schema"}
    # The input `output-file` has a hyphen, which shells cannot pass on.
    assert run.last("report-path:") == "checked.json"
    assert f"{BASE}:{line_of(BROKEN, 'paused')}" in run.summary
    assert run.summary.startswith("### ❌ 1 error")
    # The token is hidden before anything is said.
    assert run.commands[0].name == "add-mask"


def test_a_token_that_cannot_write_leaves_the_result_as_it_is(act: Act, fake: Fake, tmp_path: Path) -> None:
    made = _open(tmp_path, BROKEN, READ_ONLY)
    made.source = "stranger/fleet"
    made.say_pull_request("opened")
    run = act.run(made, "pull_request", fake)

    assert run.result == "failure", run.everything
    _assert_place(run, BROKEN, "paused")
    (warning,) = run.told("warning")
    assert "pull-requests: write" in warning.message
    assert "fork" in warning.message
    assert run.last("result:") == "failed"
    assert run.last("comment-url:") == ""
    assert json.loads(run.last("report:"))["verdict"] == "failed"
    assert run.summary.startswith("### ❌ 1 error")
    assert fake.state.comments == []


def test_a_value_of_a_release_shows_in_the_objects_of_its_chart(act: Act, fake: Fake, tmp_path: Path) -> None:
    files = {**below("charts/web", chart()), "clusters/staging/web.yaml": release(replicas=1)}
    made = workspace(tmp_path, files | workflow(WORKFLOW))
    made.on_topic({"clusters/staging/web.yaml": release(replicas=3)})
    made.pull_request("opened")
    run = act.run(made, "pull_request", fake)

    assert run.result == "success", run.everything
    report = json.loads(run.last("report:"))
    assert (report["coverage"]["releases"], report["coverage"]["releasesUnknown"]) == (1, 0)
    changed = [
        (one["resource"]["kind"], field["path"], field["before"], field["after"])
        for one in report["changes"]
        if one["target"] == "HelmRelease/shop/web"
        for field in one["fields"]
    ]
    assert changed == [("Deployment", "spec.replicas", 1, 3)]
    (comment,) = fake.state.comments
    assert "<code>Deployment</code> <code>shop/web</code>" in comment.body
    assert "1 release rendered" in comment.body
    assert "-  replicas: 1" in comment.body
    assert "+  replicas: 3" in comment.body


@pytest.mark.corpora
def test_a_base_shows_in_each_environment_with_its_own_values(act: Act, fake: Fake, tmp_path: Path) -> None:
    folder = corpus("flux2-kustomize-helm-example")
    files = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.yaml"))
        if path.is_file() and ".github" not in path.parts
    }
    release = "apps/base/podinfo/release.yaml"
    made = workspace(tmp_path, files | workflow(WORKFLOW))
    made.on_topic(
        {
            release: files[release].replace(
                "      enabled: true\n      parentRefs", "      enabled: false\n      parentRefs"
            )
        }
    )
    made.pull_request("opened")
    run = act.run(made, "pull_request", fake)

    assert run.result == "success", run.everything
    (comment,) = fake.state.comments
    for environment, other in (("staging", "production"), ("production", "staging")):
        (shown,) = [part for part in comment.body.split("<details")[1:] if f"<code>{environment}</code>" in part]
        assert f"podinfo.{environment}" in shown, comment.body
        assert f"podinfo.{other}" not in shown
        assert "-      enabled: true" in shown
        assert "+      enabled: false" in shown
    assert run.last("changes-count:") == "2"
