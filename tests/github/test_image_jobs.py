"""The action's image commands as a runner starts them: Git over HTTP, a real registry, a GitHub that is held to its API."""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from gitops_action import action
from gitops_action.errors import UsageError
from tests.github.conftest import WORKFLOW
from tests.github.fleet import deployment
from tests.gitrepo import GitRepo, init
from tests.gitserver import GitServer
from tests.registry import LocalRegistry, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.github.fake import Fake

pytestmark = pytest.mark.tools
FILE = "apps/web/staging/deployment.yaml"


@dataclass
class Site:
    """A repository behind a Git server, and jobs that run in a folder of their own."""

    folder: Path
    origin: GitRepo
    server: GitServer
    fake: Fake
    registry: LocalRegistry
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def run(
        self, command: str, *, event: str = "schedule", repository: str = "", clone: bool = True, **inputs: str
    ) -> int:
        workspace = self.folder / f"job-{len(list(self.folder.iterdir()))}"
        if clone:
            self.origin.clone(workspace)
        else:
            init(workspace)
        output = self.folder / "output"
        output.write_text("")
        env = {
            "PATH": os.environ["PATH"],
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_SERVER_URL": self.server.url,
            "GITHUB_REPOSITORY": repository or self.fake.state.repository,
            "GITHUB_API_URL": self.fake.url,
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "INPUT_GITHUB-TOKEN": WORKFLOW,
            "INPUT_COMMAND": command,
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()},
        }
        out = io.StringIO()
        try:
            return action.run(env, out)
        finally:
            self.log = out.getvalue()
            said = output.read_text()
            self.outputs = {"images": said.partition("\n")[2].rpartition("\n")[0].rpartition("\n")[0]} if said else {}

    @property
    def images(self) -> dict[str, list[dict[str, str]]]:
        value: dict[str, list[dict[str, str]]] = json.loads(self.outputs["images"])
        return value


@pytest.fixture
def site(tmp_path: Path, fake: Fake) -> Iterator[Site]:
    with serve() as registry, GitServer(tmp_path / "served", {WORKFLOW: "write", "": "read"}) as server:
        registry.image("acme/web", "1.0.0", "1.1.0")
        image = f"{registry.host}/acme/web"
        origin = init(tmp_path / "served" / f"{fake.state.repository}.git", bare=True)
        origin.commit(
            {
                ".gitops.yaml": f"version: 1\nimages:\n  policies:\n    web: {{image: {image}, semver: 1.x, paths: [apps]}}\n",
                FILE: deployment("web", "1.0.0", 1).replace("registry.example.com/web", image),
            },
            "Begin",
        )
        fake.state.git = str(origin.path)
        fake.state.pulls.clear()
        (tmp_path / "jobs").mkdir()
        yield Site(tmp_path / "jobs", origin, server, fake, registry)


def test_update_proposes_and_tells_later_steps(site: Site) -> None:
    assert site.run("image update", registry_credentials="ghcr.io=bot:hunter2\nquay.io=bot:hunter3") == 0
    (update,) = site.images["updates"]
    assert (update["old"], update["new"], update["file"]) == ("1.0.0", "1.1.0", FILE)
    (pull,) = site.images["pullRequests"]
    assert pull["step"] == "created"
    assert pull["url"].endswith("/pull/1")
    assert "::add-mask::hunter2" in site.log
    assert "::add-mask::hunter3" in site.log
    assert site.log.count("hunter2") == 1
    assert (
        "1.0.0 -&gt; 1.1.0" in (site.folder / "summary").read_text()
        or "`1.1.0`" in (site.folder / "summary").read_text()
    )


def test_plan_and_dry_run_write_nothing(site: Site) -> None:
    for command, dry in (("image plan", "false"), ("image update", "true")):
        assert site.run(command, dry_run=dry) == 0
        assert [one["new"] for one in site.images["updates"]] == ["1.1.0"]
        assert site.images["pullRequests"] == []
    assert [one.method for one in site.fake.requests if one.method != "GET"] == []
    assert site.origin.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_findings_are_annotations_and_fail_the_job(site: Site) -> None:
    site.origin.commit({".gitops.yaml": f"version: 1\nimages:\n  policies:\n    web: {{image: {site.registry.host}/none, semver: 1.x, paths: [apps], fields: [image]}}\n",
                        FILE: f"image: {site.registry.host}/none:1.0.0\n"})  # fmt: skip
    assert site.run("image update") == 1
    assert "::error title=registry-missing,file=.gitops.yaml,line=4::" in site.log
    with pytest.raises(UsageError, match="there is no policy of images `webb`: did you mean `web`"):
        site.run("image update", policies="webb")


def test_an_applications_pipeline_sets_an_image_in_another_repository(site: Site) -> None:
    there = site.fake.state.repository

    def sets(images: str, push: str = "false", event: str = "push") -> int:
        return site.run(
            "image set",
            repository="octo/web",
            config_repository=there,
            clone=False,
            event=event,
            images=images,
            push=push,
        )

    assert sets("web=1.7.0") == 0
    (pull,) = site.images["pullRequests"]
    assert pull["branch"] == "set-image/any/web"
    assert "acme/web:1.7.0" in site.origin.git("show", f"set-image/any/web:{FILE}")
    assert sets("web=1.8.0", push="true") == 0
    assert "acme/web:1.8.0" in site.origin.git("show", f"main:{FILE}")
    # A pull request of the application is none of the configuration.
    assert sets("web=1.9.0", event="pull_request") == 0


@pytest.mark.parametrize("command", ["image plan", "image update", "image set"])
def test_a_pull_request_gets_nothing_done(site: Site, command: str) -> None:
    with pytest.raises(UsageError, match="does not run for a pull request"):
        site.run(command, event="pull_request_target", images="web=2")


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"images": ""}, "say what to set"),
        ({"images": "web"}, "is not APP=REF"),
        ({"images": "web=1", "push": "maybe"}, "input `push` must be true or false"),
        ({"images": "web=1", "registry_credentials": "hunter2"}, "line 1 is not HOST=USER:PASSWORD"),
    ],
)
def test_inputs_that_make_no_sense(site: Site, inputs: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        site.run("image set", **inputs)  # type: ignore[arg-type]
    assert "hunter2" not in str(caught.value)
