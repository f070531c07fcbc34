"""Every event that the action listens to, in its container: what is compared, what is said, and how the job ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.container.containers import Ended, action
from tests.container.sample import BASE, DEPLOYMENT, FILES, line_of, workflow
from tests.container.workspace import Workspace, workspace
from tests.github.conftest import WORKFLOW
from tests.gitrepo import GitRepo, git

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
BROKEN = DEPLOYMENT.replace("    spec:\n", "    spec:\n      restartPolice: Always\n")
NEWER = DEPLOYMENT.replace("1.0.0", "1.1.0")
ZERO = "0" * 40


@pytest.fixture
def made(tmp_path: Path) -> Workspace:
    return workspace(tmp_path, FILES)


def _merge_group(made: Workspace) -> None:
    made.checkout(made.merged())
    head = made.repo.git("rev-parse", "HEAD")
    made.say({"action": "checks_requested", "merge_group": {"base_sha": made.base, "head_sha": head}})


def _push(made: Workspace) -> None:
    made.checkout(made.head)
    made.say({"ref": "refs/heads/main", "before": made.base, "after": made.head})


def _new_branch(made: Workspace) -> None:
    made.checkout(made.head)
    made.say({"ref": "refs/heads/topic", "before": ZERO, "after": made.head})


def _by_hand(made: Workspace) -> None:
    made.checkout(made.head)
    made.say({"ref": "refs/heads/topic", "inputs": None})


EVENTS = {
    "merge_group": ("merge_group", _merge_group, "2"),
    "push": ("push", _push, "2"),
    "push of a new branch": ("push", _new_branch, "0"),
    "workflow_dispatch": ("workflow_dispatch", _by_hand, "0"),
}


@pytest.mark.parametrize("name", EVENTS)
def test_ends_as_the_findings_want(image: str, made: Workspace, name: str) -> None:
    event, happen, changes = EVENTS[name]
    made.on_topic({BASE: NEWER})
    happen(made)
    clean = action(image, made, event)
    assert clean.exit_code == 0, clean.log
    assert clean.outputs["result"] == "passed"
    assert clean.outputs["changes-count"] == changes
    assert clean.outputs["has-changes"] == ("true" if changes != "0" else "false")
    assert clean.outputs["comment-url"] == ""
    assert "::error" not in clean.log

    made.on_topic({BASE: BROKEN})
    happen(made)
    broken = action(image, made, event)
    assert broken.exit_code == 1, broken.log
    assert broken.outputs["result"] == "failed"
    assert f"::error file={BASE},line={line_of(BROKEN, 'restartPolice')},col=" in broken.log
    assert broken.summary.startswith("### ❌ 1 error")
    # Nobody can comment on what is no pull request; that is not worth a word.
    assert "::warning" not in broken.log
    lenient = action(image, made, event, inputs={"fail-on": "never"})
    assert lenient.exit_code == 0, lenient.log


def test_goes_through_act_from_by_hand(act: Act, fake: Fake, tmp_path: Path) -> None:
    made = workspace(tmp_path, FILES | workflow(WORKFLOW))
    made.on_topic({BASE: BROKEN})
    _by_hand(made)
    run = act.run(made, "workflow_dispatch", fake)
    assert run.result == "failure", run.everything
    assert run.last("result:") == "failed"
    assert fake.requests == []


def test_a_head_that_is_not_merged_is_compared_with_where_it_began(image: str, made: Workspace) -> None:
    made.on_topic({BASE: NEWER})
    made.on_main({"apps/other/service.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: other\n"})
    made.checkout(made.head)
    made.say_pull_request("opened")
    ended = action(image, made, "pull_request", inputs={"comment": "false"})
    assert ended.exit_code == 0, ended.log
    # What came to main meanwhile is not taken back by this change.
    assert ended.outputs["changes-count"] == "2", ended.log
    assert "other" not in ended.summary


def _shallow(made: Workspace, folder: Path, depth: int) -> Workspace:
    """Check out with so many commits, as actions/checkout does with `fetch-depth`."""
    merge = made.checkout(made.merged())
    made.repo.git("update-ref", "refs/pull/7/merge", merge)
    made.repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    made.say_pull_request("opened")
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "fetch", "--quiet", f"--depth={depth}", f"file://{made.path}", "refs/pull/7/merge")
    git(folder, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    return Workspace(GitRepo(folder), made.event_file, made.base, made.head)


def _shallow_run(image: str, made: Workspace, folder: Path, depth: int) -> Ended:
    made.on_topic({BASE: BROKEN})
    return action(image, _shallow(made, folder, depth), "pull_request", inputs={"comment": "false"})


def test_two_commits_are_enough_for_a_merge(image: str, made: Workspace, tmp_path: Path) -> None:
    ended = _shallow_run(image, made, tmp_path / "shallow", 2)
    assert ended.exit_code == 1, ended.log
    assert ended.outputs["changes-count"] == "2"
    assert "fetch-depth" not in ended.log


def test_a_checkout_without_history_is_told_what_to_do(image: str, made: Workspace, tmp_path: Path) -> None:
    """The default of actions/checkout is one commit: the first thing that a new user meets."""
    ended = _shallow_run(image, made, tmp_path / "shallow", 1)
    assert ended.exit_code == 2, ended.log
    assert ended.outputs["result"] == "incomplete"
    (error,) = [line for line in ended.log.splitlines() if line.startswith("::error")]
    assert "fetch-depth: 0" in error


MISUSES = {
    "unknown command": ({"command": "chekc"}, "chekc"),
    "unknown revision": ({"base": "no-such-branch"}, "no-such-branch"),
    "neither true nor false": ({"comment": "perhaps"}, "comment"),
    "missing configuration": ({"config": "settings.yaml"}, "settings.yaml"),
    "no repository": ({"repo": "apps/nowhere"}, "apps/nowhere"),
    "unknown severity": ({"fail-on": "fatal"}, "fail-on"),
}


@pytest.mark.parametrize("name", MISUSES)
def test_an_input_that_makes_no_sense_is_named(image: str, made: Workspace, name: str) -> None:
    inputs, word = MISUSES[name]
    made.on_topic({BASE: NEWER})
    _push(made)
    ended = action(image, made, "push", inputs=inputs)
    assert ended.exit_code == 2, ended.log
    assert ended.outputs["result"] == "incomplete"
    (error,) = [line for line in ended.log.splitlines() if line.startswith("::error")]
    assert word in error
    assert "Traceback" not in ended.log
