"""Start the action's container as GitHub's runner does, without a runner around it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.container.workspace import Workspace

WORKSPACE = "/github/workspace"
_FILES = "/github/file_commands"
_TIME_LIMIT = 120.0


@dataclass(frozen=True)
class Ended:
    """How a container ended. `outputs` and `summary` are what it left for the runner."""

    exit_code: int
    log: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""


def program(image: str, *arguments: str, options: Sequence[str] = ()) -> Ended:
    """Run another program of the image."""
    return _run([*options, "--entrypoint", arguments[0], image, *arguments[1:]])


def action(
    image: str,
    workspace: Workspace,
    event: str,
    *,
    inputs: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    network: str = "none",
) -> Ended:
    """Run the action on `workspace` for `event`, with nothing but what the runner would give it."""
    files = workspace.event_file.parent / "file_commands"
    files.mkdir(exist_ok=True)
    for name in ("output", "summary"):
        (files / name).write_bytes(b"")
    variables = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_OUTPUT": f"{_FILES}/output",
        "GITHUB_REPOSITORY": "octo/fleet",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_STEP_SUMMARY": f"{_FILES}/summary",
        "GITHUB_WORKSPACE": WORKSPACE,
        "HOME": "/github/home",
        **{f"INPUT_{name.upper()}": value for name, value in (inputs or {}).items()},
        **(env or {}),
    }
    options = ["--network", network, "--workdir", WORKSPACE]
    for inside, outside in (
        (WORKSPACE, workspace.path),
        (_FILES, files),
        ("/github/workflow/event.json", workspace.event_file),
    ):
        options += ["--volume", f"{outside}:{inside}"]
    for name, value in variables.items():
        options += ["--env", f"{name}={value}"]
    ended = _run([*options, image])
    return Ended(ended.exit_code, ended.log, _outputs(files / "output"), _text(files / "summary"))


def report(workspace: Workspace, name: str = "gitops-report.json") -> dict[str, object]:
    """Read the report that the action left in the workspace."""
    read: dict[str, object] = json.loads(_text(workspace.path / name))
    return read


def _run(arguments: Sequence[str]) -> Ended:
    done = subprocess.run(
        ["docker", "run", "--rm", *arguments],  # noqa: S607 - the machine's Docker
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ, check=False, timeout=_TIME_LIMIT,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout.decode(errors="replace"))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _outputs(path: Path) -> dict[str, str]:
    """Read the output file as the runner does: NAME<<DELIMITER, the value's lines, the delimiter."""
    found: dict[str, str] = {}
    lines = iter(_text(path).splitlines())
    for line in lines:
        name, separator, delimiter = line.partition("<<")
        assert separator, line
        value: list[str] = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        found[name] = "\n".join(value)
    return found
