"""From a merge in staging to production, as the workflows do it: in the container, with Git over HTTP and a GitHub beside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.container.jobs import ACTION
from tests.container.test_reusable_workflow import _stand_ins
from tests.container.workspace import Workspace
from tests.github import promotion
from tests.github.conftest import WORKFLOW
from tests.github.fleet import CONFIG, app, deployment
from tests.github.state import Deployed, Fault, Pull, Status
from tests.gitrepo import GitRepo, git, init
from tests.gitserver import GitServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.container.jobs import Act, Run
    from tests.github.fake import Fake

pytestmark = [
    pytest.mark.container,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the first one builds the image
    pytest.mark.xdist_group("container"),
]
BRANCH = "promote/web/staging-production"
SOURCE, TARGET = "apps/web/staging/deployment.yaml", "apps/web/production/deployment.yaml"
GRANTS = "{contents: write, pull-requests: write, statuses: write, checks: read, deployments: read}"


def caller(workflow: str, event: str) -> str:
    return f"""\
name: Caller
on: {event}
jobs:
  gitops:
    permissions: {GRANTS}
    uses: {ACTION.replace("@", f"/.github/workflows/{workflow}.yml@")}
"""


class Site:
    """The repository on the server, GitHub beside it, and jobs that check it out."""

    def __init__(self, act: Act, fake: Fake, server: GitServer, folder: Path, origin: GitRepo) -> None:
        self.act, self.fake, self.server, self.folder, self.origin = act, fake, server, folder, origin
        self.number = 0
        self.revision = ""

    def job(self, event: str, workflow: str, payload: Mapping[str, object], *more: str) -> Run:
        """Run a workflow on the main branch as it is now, or on `revision`; `more` are options of act."""
        self.number += 1
        folder = self.folder / f"job-{self.number}"
        folder.mkdir()
        clone = GitRepo(self.origin.clone(folder / "workspace"))
        if self.revision:
            clone.git("checkout", "--quiet", "--detach", self.revision)
        clone.git("remote", "set-url", "origin", "https://github.com/octo/fleet.git")
        made = Workspace(clone, folder / "event.json")
        made.say(payload)
        options = [
            "--no-skip-checkout",
            "--secret",
            f"GITHUB_TOKEN={WORKFLOW}",
            "--env",
            f"GITHUB_SERVER_URL={self.server.url}",
        ]
        return self.act.run(
            made, event, self.fake, *options, *more, *_stand_ins(folder / "others", f".github/workflows/{workflow}.yml")
        )

    def push(self, expected: int = 0) -> Run:
        head = self.origin.git("rev-parse", "main")
        run = self.job("push", "promote", {"ref": "refs/heads/main", "after": head})
        assert run.exit_code == expected, run.raw
        return run

    def passed(self, commit: str, minutes: int = 90) -> None:
        """Let a commit have passed its tests, and run in staging in health for so long."""
        self.fake.state.statuses.append(Status(commit, "e2e", "success"))
        since = (datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
        number = len(self.fake.state.deployments) + 1
        self.fake.state.deployments.append(Deployed(number, commit, "staging", since, [["success", since]]))

    def read(self, path: str, revision: str = "main") -> str:
        return self.origin.git("show", f"{revision}:{path}")


@pytest.fixture
def site(act: Act, fake: Fake, tmp_path: Path) -> Iterator[Site]:
    origin = init(tmp_path / "served/octo/fleet.git", bare=True)
    config = CONFIG.replace("to: production}", "to: production, gates: {soak: 1h, statuses: [e2e]}}")
    files = {
        ".gitops.yaml": config,
        ".github/workflows/promote.yml": caller("promote", "push"),
        ".github/workflows/chat.yml": caller("chat", "issue_comment"),
        **app("web", ("staging", "1.0", 1), ("production", "1.0", 5)),
    }
    origin.commit(files, "Begin")
    fake.state.git = str(origin.path)
    fake.state.pulls.clear()
    fake.state.roles["alice"] = "write"
    with GitServer(tmp_path / "served", {WORKFLOW: "write"}) as server:
        yield Site(act, fake, server, tmp_path, origin)


def test_from_a_merge_in_staging_to_production(site: Site) -> None:
    first = site.push()
    assert "Nothing to do." in first.everything
    merged = site.origin.commit({SOURCE: deployment("web", "1.1", 1)}, "Release web 1.1 (#12)")
    waiting = site.push().everything
    assert "no healthy deployment of it to staging is recorded" in waiting
    assert "required statuses" in waiting
    assert site.fake.state.pulls == []
    site.passed(merged, minutes=10)
    assert "it soaks in staging until" in site.push().everything
    assert site.fake.state.pulls == []
    site.passed(merged)
    # The run dies between the push and the pull request; the next one completes it.
    site.fake.state.faults.append(Fault("POST", "/pulls", 403, message="no"))
    assert site.push(expected=1).exit_code != 0
    assert site.origin.git("rev-parse", BRANCH)
    assert site.fake.state.pulls == []
    made = site.push()
    outputs = json.loads(made.outputs["promotions"])
    assert [(one["component"], one["state"], one["step"]) for one in outputs] == [("web", "ready", "created")]
    (pull,) = site.fake.state.pulls
    assert site.read(TARGET, BRANCH) == deployment("web", "1.1", 5).rstrip()
    assert "### Rendered" in pull.body
    assert WORKFLOW not in "\n".join(made.log)
    promotion.merge(site.fake.state, pull.number)
    assert "Nothing to do." in site.push().everything
    assert site.read(TARGET) == deployment("web", "1.1", 5).rstrip()
    # What people have to decide is a draft whose status fails.
    site.origin.commit({TARGET: deployment("web", "1.1", 5).replace("app: web", "app: website")}, "Ours (#13)")
    other = site.origin.commit({SOURCE: deployment("web", "1.1", 1).replace("app: web", "app: webby")}, "Theirs (#14)")
    site.passed(other)
    site.push()
    assert site.fake.state.pulls[-1].draft
    assert "conflicts" in site.fake.state.pulls[-1].body
    assert site.fake.state.statuses[0].state == "failure"


def test_orders_in_comments(site: Site) -> None:
    merged = site.origin.commit({SOURCE: deployment("web", "1.1", 1)}, "Release web 1.1 (#12)")
    site.passed(merged)
    site.origin.git("branch", "topic", "main")
    site.fake.state.pulls.append(Pull(7, head_ref="topic", head_sha=merged))

    def say(text: str, author: str = "alice") -> Run:
        comment = site.fake.state.add_comment(7, author, text)
        payload = {
            "action": "created",
            "issue": {"number": 7, "pull_request": {"url": "x"}},
            "comment": {"id": comment.id, "body": text, "user": {"login": author, "type": "User"}},
        }
        return site.job("issue_comment", "chat", payload)

    assert say("/lock production --reason 'Black Friday' --for 2d").exit_code == 0
    assert site.origin.git("for-each-ref", "--format=%(refname)", "refs/gitops") == "refs/gitops/locks/production/_"
    assert "Black Friday" in site.push().everything
    assert say("/promote staging production", "mallory").exit_code != 0
    assert len(site.fake.state.pulls) == 1
    assert say("/unlock production").exit_code == 0
    assert say("/promote staging production").exit_code == 0
    assert [pull.head_ref for pull in site.fake.state.pulls] == ["topic", BRANCH]
    ours = [one for one in site.fake.state.comments if one.author.endswith("[bot]")]
    assert len(ours) == 1
    assert BRANCH in ours[0].body
    assert git(site.origin.path, "rev-parse", "--verify", BRANCH)
