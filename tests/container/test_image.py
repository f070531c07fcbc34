"""The image by itself: what GitHub asks of a container action, what is in it, and that it trusts nothing it is given."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

import gitops_action
from tests.container.containers import action, program, report
from tests.container.images.daemon import docker
from tests.container.sample import BASE, DEPLOYMENT, FILES
from tests.container.workspace import Workspace, workspace

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.container,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the first one builds the image
    pytest.mark.xdist_group("container"),
]
LARGEST = 900_000_000
# Python would import these before any of our code, or in place of what we import, if it looked into the workspace.
TRAPS = (
    "sitecustomize.py",
    "usercustomize.py",
    "yaml.py",
    "json.py",
    "gitops_action/__init__.py",
    "gitops_action/action.py",
)
TRAP = 'print("TRAPPED", flush=True)\nopen("/github/workspace/trapped", "w").close()\n'


def _clean(folder: Path) -> Workspace:
    made = workspace(folder, FILES)
    made.on_topic({BASE: DEPLOYMENT.replace("1.0.0", "1.1.0")})
    made.pull_request("opened")
    return made


def test_is_what_github_asks_of_a_container_action(image: str, record_property: Any) -> None:
    config: dict[str, Any] = json.loads(docker("inspect", "--format", "{{json .Config}}", image))
    assert config.get("User", "") in {"", "0", "root"}
    assert config.get("WorkingDir", "") in {"", "/"}
    # A list is the exec form: no shell that would lose INPUT_FAIL-ON.
    assert config["Entrypoint"][0].endswith("/python")
    assert "-I" in config["Entrypoint"]
    assert not config.get("Cmd")
    size = int(docker("inspect", "--format", "{{.Size}}", image))
    record_property("image_bytes", size)
    print(f"the image has {size / 1e6:.0f} MB")  # noqa: T201 - a figure that people ask for
    assert size < LARGEST


def test_has_the_program_its_schemas_and_the_tools(image: str) -> None:
    said = program(image, "gitops-action", "--version", options=("--network", "none"))
    assert said.exit_code == 0
    assert gitops_action.__version__ in said.log
    for tool, argument in (
        ("kustomize", "version"),
        ("kubeconform", "-v"),
        ("helm", "version"),
        ("git", "--version"),
        ("kube-apiserver", "--version"),
        ("etcd", "--version"),
    ):
        assert program(image, tool, argument, options=("--network", "none")).exit_code == 0, tool


@pytest.mark.parametrize("engine", ["schema", "kubeconform", "apiserver"])
def test_validates_and_checks_without_any_network(image: str, tmp_path: Path, engine: str) -> None:
    made = _clean(tmp_path)
    validated = action(
        image, made, "pull_request", inputs={"command": "validate", "engine": engine, "comment": "false"}
    )
    assert validated.exit_code == 0, validated.log
    checked = action(image, made, "pull_request", inputs={"engine": engine, "comment": "false"})
    assert checked.exit_code == 0, checked.log
    assert checked.outputs["result"] == "passed"
    assert checked.outputs["changes-count"] == "2"
    coverage: Any = report(made)["coverage"]
    assert [(entry["engine"], entry["checked"]) for entry in coverage["engines"]] == [(engine, 2)]


def test_imports_nothing_of_the_workspace(image: str, tmp_path: Path) -> None:
    made = workspace(tmp_path, FILES)
    made.on_topic({BASE: DEPLOYMENT.replace("1.0.0", "1.1.0"), **dict.fromkeys(TRAPS, TRAP)})
    made.pull_request("opened")
    # A Python that is started carelessly there falls for them.
    careless = ("--volume", f"{made.path}:/github/workspace", "--workdir", "/github/workspace")
    assert "TRAPPED" in program(image, "/opt/gitops-action/bin/python", "-c", "import yaml", options=careless).log
    (made.path / "trapped").unlink()
    # Whoever may change the workflow's env may as well change the workflow; but it must not be us who fall for it.
    env = {"PYTHONPATH": "/github/workspace", "PYTHONSTARTUP": "/github/workspace/yaml.py"}
    ended = action(image, made, "pull_request", inputs={"comment": "false"}, env=env)
    assert ended.exit_code == 0, ended.log
    assert "TRAPPED" not in ended.log
    assert not (made.path / "trapped").exists()


def test_runs_no_program_that_the_repository_names(image: str, tmp_path: Path) -> None:
    made = _clean(tmp_path)
    for name in ("core.fsmonitor", "core.pager", "diff.external", "core.sshCommand"):
        made.repo.git("config", name, "touch /github/workspace/trapped; true")
    made.repo.git("config", "filter.trap.smudge", "touch /github/workspace/trapped")
    (made.path / ".git/info").mkdir(exist_ok=True)
    (made.path / ".git/info/attributes").write_text("* filter=trap diff=trap\n", encoding="utf-8")
    ended = action(image, made, "pull_request", inputs={"comment": "false"})
    assert ended.exit_code == 0, ended.log
    assert not (made.path / "trapped").exists()


def test_works_where_the_repository_belongs_to_somebody_else(image: str, tmp_path: Path) -> None:
    made = _clean(tmp_path)
    if os.geteuid() == 0:  # otherwise it belongs to somebody else than the container's root already
        for path in [made.path, *made.path.rglob("*")]:
            os.chown(path, 1001, 1001, follow_symlinks=False)
    refused = program(
        image, "git", "-C", "/github/workspace", "status", options=("--volume", f"{made.path}:/github/workspace")
    )
    assert "dubious ownership" in refused.log
    ended = action(image, made, "pull_request", inputs={"comment": "false"})
    assert ended.exit_code == 0, ended.log
    assert ended.outputs["result"] == "passed"
