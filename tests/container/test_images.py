"""A new tag in a real registry, as the workflows bring it to a cluster: proposed, checked, merged, applied by Flux."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cluster import flux
from tests.cluster.components import cluster
from tests.container.jobs import ACTION
from tests.container.test_circle import Circle, called, caller
from tests.github import promotion
from tests.github.conftest import WORKFLOW
from tests.github.fleet import deployment
from tests.gitrepo import init
from tests.gitserver import GitServer
from tests.registry import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.container.jobs import Act
    from tests.github.fake import Fake
    from tests.github.state import Pull
    from tests.registry import LocalRegistry

pytestmark = [
    pytest.mark.container,
    pytest.mark.tools,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the first one builds the image
    pytest.mark.xdist_group("container"),
]
FILE = "apps/web/staging/deployment.yaml"
CREDENTIALS = "ghcr.io=octocat:hunter2"


def config(host: str) -> str:
    return f"""\
version: 1
environments:
  staging: {{paths: ["apps/*/staging"], deploy: {{via: flux, timeout: 90s}}}}
images:
  policies:
    web: {{image: {host}/acme/web, semver: 1.x, paths: [apps/web/staging]}}
"""


def web(host: str, tag: str) -> str:
    return deployment("web", tag, 1).replace("registry.example.com/web", f"{host}/acme/web")


SETS = f"""\
name: Release
on: release
jobs:
  deploy:
    uses: {ACTION.replace("@", "/.github/workflows/set-image.yml@")}
    with:
      repository: octo/fleet
      images: web=1.3.0
      environment: staging
    secrets:
      token: ${{{{ secrets.GITHUB_TOKEN }}}}
"""


@pytest.fixture
def registry() -> Iterator[LocalRegistry]:
    with serve() as local:
        local.image("acme/web", "1.0.0", "latest")
        yield local


@pytest.fixture
def circle(act: Act, fake: Fake, tmp_path: Path, registry: LocalRegistry) -> Iterator[Circle]:
    origin = init(tmp_path / "served/octo/fleet.git", bare=True)
    origin.commit(
        {
            ".gitops.yaml": config(registry.host),
            ".github/workflows/check.yml": caller("pull_request", called("checked", "check")),
            ".github/workflows/deploy.yml": caller(
                "push", called("deployed", "deploy", environment="staging", secret=True)
            ),
            ".github/workflows/images.yml": caller(
                "workflow_dispatch",
                called("images", "images") + "    secrets: {registry-credentials: '${{ secrets.REGISTRIES }}'}\n",
            ),
            ".github/workflows/set-image.yml": SETS,
            FILE: web(registry.host, "1.0.0"),
            "apps/web/staging/kustomization.yaml": "resources: [deployment.yaml]\n",
        },
        "Begin",
    )
    fake.state.git = str(origin.path)
    fake.state.pulls.clear()
    with (
        GitServer(tmp_path / "served", {WORKFLOW: "write", "": "read"}) as server,
        cluster(tmp_path / "cluster", controllers=True) as found,
    ):
        made = flux.begin(found, tmp_path / "flux")
        made.git_repository("fleet", f"{server.url}/octo/fleet.git")
        found.kubectl("create", "namespace", "staging")
        made.kustomization("staging", "./apps/web/staging", targetNamespace="staging")
        site = Circle(act, fake, server, tmp_path, origin)
        site.cluster = found
        yield site


def checked(circle: Circle, pull: Pull) -> None:
    promotion.follow(circle.fake.state)
    repo = {"full_name": "octo/fleet"}
    ends = {"base": {"ref": "main", "sha": pull.base_sha}, "head": {"ref": pull.head_ref, "sha": pull.head_sha}}
    about = {"number": pull.number, **{name: {**end, "repo": repo} for name, end in ends.items()}}
    circle.revision = pull.head_sha
    circle.do("pull_request", "check", {"action": "opened", "number": pull.number, "pull_request": about})
    circle.revision = ""


def test_a_new_tag_reaches_the_cluster(circle: Circle, registry: LocalRegistry) -> None:
    state, host = circle.fake.state, registry.host
    nothing = circle.do("workflow_dispatch", "images", {"ref": "refs/heads/main", "inputs": {}})
    assert json.loads(nothing.outputs["images"]) == {"updates": [], "pullRequests": [], "commit": ""}
    # A new image is pushed: the next run proposes it.
    registry.image("acme/web", *(f"1.2.{patch}" for patch in range(30)), "2.0.0")
    run = circle.job(
        "workflow_dispatch", "images", {"ref": "refs/heads/main", "inputs": {}}, "--secret", f"REGISTRIES={CREDENTIALS}"
    )
    assert run.exit_code == 0, run.raw
    assert "hunter2" not in "\n".join([*run.log, run.summary])
    assert [command.message for command in run.told("add-mask") if "hunter" in command.message] == ["hunter2"]
    said = json.loads(run.outputs["images"])
    assert [(one["old"], one["new"], one["file"], one["line"]) for one in said["updates"]] == [
        ("1.0.0", "1.2.29", FILE, 15)
    ]
    assert [one["step"] for one in said["pullRequests"]] == ["created"]
    (pull,) = state.pulls
    assert pull.title == "Update web to 1.2.29"
    # It is checked like any other, and says what it changes.
    checked(circle, pull)
    assert f"{host}/acme/web:1.2.29" in state.comments[0].body
    # It is merged, and Flux applies it.
    promotion.merge(state, pull.number)
    circle.do("push", "deploy", {"ref": "refs/heads/main", "after": circle.origin.git("rev-parse", "main")})
    assert circle.live("staging") == f"{host}/acme/web:1.2.29"
    assert circle.deployments("staging") == ["success"]
    # The application's own pipeline knows what it has built, and proposes that from its own repository.
    done = circle.do("release", "set-image", {"action": "released", "repository": {"full_name": "octo/web"}})
    (one,) = json.loads(done.outputs["images"])["pullRequests"]
    assert (one["branch"], one["step"]) == ("set-image/staging/web", "created")
    assert circle.origin.git("show", f"set-image/staging/web:{FILE}") == web(host, "1.3.0").rstrip()
    assert WORKFLOW not in "\n".join(done.log)
