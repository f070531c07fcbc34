"""The whole circle as the workflows go it, in the container: check, merge, Flux, deployment, promotion, rollback, hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cluster import flux
from tests.cluster.components import cluster
from tests.container.jobs import ACTION
from tests.container.test_promotion import Site
from tests.github import promotion
from tests.github.conftest import WORKFLOW
from tests.github.fleet import app, deployment
from tests.github.state import Pull
from tests.gitrepo import init
from tests.gitserver import GitServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.cluster.components import Cluster
    from tests.container.jobs import Act, Run
    from tests.github.fake import Fake

pytestmark = [
    pytest.mark.container,
    pytest.mark.tools,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the first one builds the image
    pytest.mark.xdist_group("container"),
]
SOURCE, TARGET = "apps/web/staging/deployment.yaml", "apps/web/production/deployment.yaml"
_ENVIRONMENTS = ("staging", "production")
_CONFIG = """\
version: 1
environments:
  staging: {paths: ["apps/*/staging"], deploy: {via: flux, timeout: 90s}}
  production: {paths: ["apps/*/production"], deploy: {via: flux, timeout: 90s}}
promotion:
  paths:
    - {from: staging, to: production}
"""
_GRANTS = "{contents: write, pull-requests: write, statuses: write, checks: read, deployments: write}"


def called(name: str, workflow: str, *, environment: str = "", secret: bool = False) -> str:
    lines = [
        f"  {name}:",
        f"    permissions: {_GRANTS}",
        f"    uses: {ACTION.replace('@', f'/.github/workflows/{workflow}.yml@')}",
    ]
    lines += [f"    with: {{environment: {environment}}}"] if environment else []
    lines += ["    secrets: {kubeconfig: '${{ secrets.KUBECONFIG }}'}"] if secret else []
    return "\n".join(lines) + "\n"


def caller(event: str, *jobs: str) -> str:
    return f"name: {event}\non: {event}\njobs:\n{''.join(jobs)}"


class Circle(Site):
    """A site whose jobs reach a cluster, in which Flux deploys its main branch."""

    cluster: Cluster

    def do(self, event: str, workflow: str, payload: Mapping[str, object], *, expected: int = 0) -> Run:
        run = self.job(event, workflow, payload, "--secret", f"KUBECONFIG={self.cluster.kubeconfig.read_text()}")
        assert (run.exit_code == 0) == (expected == 0), run.raw
        return run

    def deploys(self, *, expected: int = 0) -> Run:
        """The main branch was pushed to: both environments are deployed."""
        head = self.origin.git("rev-parse", "main")
        return self.do("push", "deploy", {"ref": "refs/heads/main", "after": head}, expected=expected)

    def deployments(self, environment: str) -> list[str]:
        """Return the state of each deployment, the newest last."""
        found = [one for one in self.fake.state.deployments if one.environment == environment]
        return [one.statuses[0][0] for one in found]

    def live(self, environment: str) -> str:
        """Return the image that runs."""
        found = self.cluster.get(f"/apis/apps/v1/namespaces/{environment}/deployments/web")
        return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


@pytest.fixture
def circle(act: Act, fake: Fake, tmp_path: Path) -> Iterator[Circle]:
    origin = init(tmp_path / "served/octo/fleet.git", bare=True)
    jobs = [called(name, "deploy", environment=name, secret=True) for name in _ENVIRONMENTS]
    origin.commit(
        {
            ".gitops.yaml": _CONFIG,
            ".github/workflows/check.yml": caller("pull_request", called("check", "check")),
            ".github/workflows/deploy.yml": caller("push", *jobs),
            ".github/workflows/promote.yml": caller("workflow_dispatch", called("promote", "promote")),
            ".github/workflows/chat.yml": caller("issue_comment", called("chat", "chat", secret=True)),
            **app("web", ("staging", "1.0", 1), ("production", "1.0", 5)),
        },
        "Begin",
    )
    fake.state.git = str(origin.path)
    fake.state.pulls.clear()
    fake.state.roles["alice"] = "write"
    with (
        GitServer(tmp_path / "served", {WORKFLOW: "write", "": "read"}) as server,
        cluster(tmp_path / "cluster", controllers=True) as found,
    ):
        made = flux.begin(found, tmp_path / "flux")
        made.git_repository("fleet", f"{server.url}/octo/fleet.git")
        for name in _ENVIRONMENTS:
            found.kubectl("create", "namespace", name)
            made.kustomization(name, f"./apps/web/{name}", targetNamespace=name)
        site = Circle(act, fake, server, tmp_path, origin)
        site.cluster = found
        yield site


def test_the_whole_circle(circle: Circle) -> None:
    state, origin = circle.fake.state, circle.origin
    # A pull request is checked.
    origin.git("branch", "topic", "main")
    origin.git("symbolic-ref", "HEAD", "refs/heads/topic")
    head = origin.commit({SOURCE: deployment("web", "1.1", 1)}, "Release web 1.1 (#7)")
    origin.git("symbolic-ref", "HEAD", "refs/heads/main")
    base = origin.git("rev-parse", "main")
    state.pulls.append(Pull(7, head_ref="topic", head_sha=head, base_sha=base))
    ends = {"base": {"ref": "main", "sha": base}, "head": {"ref": "topic", "sha": head}}
    pull = {"number": 7, **{name: {**end, "repo": {"full_name": "octo/fleet"}} for name, end in ends.items()}}
    circle.revision = head
    circle.do("pull_request", "check", {"action": "opened", "number": 7, "pull_request": pull})
    circle.revision = ""
    assert "registry.example.com/web:1.1" in state.comments[0].body
    # It is merged, Flux applies it, and GitHub shows that.
    merged = promotion.merge(state, 7)
    circle.deploys()
    assert circle.live("staging") == "registry.example.com/web:1.1"
    assert [circle.deployments(name) for name in _ENVIRONMENTS] == [["success"], ["success"]]
    assert {(one.context, one.state) for one in state.statuses if one.sha == merged} >= {
        ("gitops/staging", "success"),
        ("gitops/production", "success"),
    }
    assert state.deployments[0].payload["pull_request"] == 7
    # It is promoted, and deployed to production.
    made = circle.do("workflow_dispatch", "promote", {"ref": "refs/heads/main", "inputs": {}})
    assert [one["step"] for one in json.loads(made.outputs["promotions"])] == ["created"]
    promotion.merge(state, state.pulls[-1].number)
    circle.deploys()
    assert circle.live("production") == "registry.example.com/web:1.1"
    healthy = origin.git("rev-parse", "main")
    # A release that never becomes healthy fails, and says why.
    bad = deployment("web", "6.6", 5).replace("  replicas:", "  progressDeadlineSeconds: 3\n  replicas:")
    origin.commit(
        {TARGET: bad.replace("    spec:\n", "    spec:\n      nodeSelector: {no: where}\n")}, "Release 6.6 (#9)"
    )
    failed = circle.deploys(expected=1)
    assert "Deployment/production/web is not healthy: ProgressDeadlineExceeded" in failed.everything
    assert circle.deployments("production")[-1] == "failure"
    assert circle.deployments("staging")[-1] == "success"
    # It is rolled back by a comment; the pull request is merged like any other.
    comment = state.add_comment(7, "alice", "/rollback production --reason 'the shop is down'")
    order = {
        "action": "created",
        "issue": {"number": 7, "pull_request": {"url": "x"}},
        "comment": {"id": comment.id, "body": comment.body, "user": {"login": "alice", "type": "User"}},
    }
    circle.do("issue_comment", "chat", order)
    back = state.pulls[-1]
    assert back.title == f"Roll production back to {healthy[:8]}"
    promotion.merge(state, back.number)
    circle.deploys()
    assert circle.live("production") == "registry.example.com/web:1.1"
    assert circle.deployments("production")[-1] == "success"
    # And what was taken back is not promoted again before somebody lifts the hold.
    origin.commit({SOURCE: deployment("web", "6.7", 1)}, "Release 6.7 (#11)")
    held = circle.do("workflow_dispatch", "promote", {"ref": "refs/heads/main", "inputs": {}})
    assert "rolled back to" in held.everything
    assert [one.state for one in state.pulls] == ["closed"] * 3
    for run in (failed, held):
        assert WORKFLOW not in "\n".join(run.log)
        assert circle.cluster.tokens["admin"] not in "\n".join(run.log)
