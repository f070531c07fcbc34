"""The one module that knows the GitHub Actions runner: its inputs, files, folders and the commands in its log.

Outside of Actions all of it still works: outputs and groups are lines of text, and there is no summary.
"""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from gitops_action.adapters.runner_event import (
    CommentEvent,
    Event,
    WorkflowRun,
    read_comment,
    read_event,
    read_workflow_run,
)
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.report.workflow_commands import command, may_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# YAML 1.2's core schema, as actions/toolkit reads booleans.
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
SUMMARY_LIMIT: Final = 1024 * 1024
"""The bytes that GitHub takes for the summary of one step; of a longer one it shows nothing at all."""
_TOO_LONG: Final = "The summary is longer than GitHub shows; the log and the report have all of it.\n"


class Inputs:
    """The action's inputs, by their names in `action.yml`."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def text(self, name: str, default: str = "") -> str:
        """Return an input without the blanks around it, `default` where it is absent or empty."""
        # The runner keeps hyphens: INPUT_FAIL-ON.
        return self._env.get(f"INPUT_{name.replace(' ', '_').upper()}", "").strip() or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean input; raises UsageError for what is none."""
        text = self.text(name)
        if not text:
            return default
        if text not in _BOOLEANS:
            raise UsageError(f"input `{name}` must be true or false, not {text!r}")
        return _BOOLEANS[text]

    def entries(self, name: str) -> list[str]:
        """Return the entries of a list, which lines or commas part."""
        return [entry for entry in map(str.strip, re.split(r"[\n,]", self.text(name))) if entry]


class Runner:
    """One step of a job. `env` is the process's environment, `out` its log."""

    def __init__(self, env: Mapping[str, str], out: TextIO) -> None:
        self.inputs = Inputs(env)
        self._env = env
        self._out = out

    @property
    def active(self) -> bool:
        """Whether this is a job of GitHub Actions."""
        return self._env.get("GITHUB_ACTIONS") == "true"

    @property
    def workspace(self) -> Path:
        """The folder that relative paths start from: the job's, or the current one.

        A container sees it as /github/workspace; the runner translates paths in inputs and variables, nothing else.
        """
        return Path(self._env.get("GITHUB_WORKSPACE") or Path.cwd())

    def resolve(self, path: str) -> Path:
        """Return where a path of an input leads."""
        return self.workspace / path

    def outside(self, path: Path) -> str:
        """Return a path as later steps can use it: relative to the workspace, which has another name there."""
        try:
            return path.resolve().relative_to(self.workspace.resolve()).as_posix()
        except ValueError:
            return str(path)

    def event(self, path: Path | None = None) -> Event | None:
        """Read the event that the job runs for, or the one in the file given; None where there is none.

        Raises UsageError for a file that is not an event.
        """
        chosen = path or Path(self._env.get("GITHUB_EVENT_PATH", ""))
        # A file that was given by hand is about another event than the one that this job runs for.
        env = {} if path and not self._is_own(path) else self._env
        return read_event(chosen, env) if chosen.name else None

    def workflow_run(self) -> WorkflowRun:
        """Read the event `workflow_run` that the job runs for. Raises UsageError where it runs for another."""
        return read_workflow_run(Path(self._env.get("GITHUB_EVENT_PATH", "")), self._env)

    def comment(self) -> CommentEvent:
        """Read the event `issue_comment` that the job runs for. Raises UsageError where it runs for another."""
        return read_comment(Path(self._env.get("GITHUB_EVENT_PATH", "")), self._env)

    def _is_own(self, path: Path) -> bool:
        return str(path) == self._env.get("GITHUB_EVENT_PATH")

    def set_output(self, name: str, value: str) -> None:
        """Give later steps a value, whatever it contains; keep it short (a path, never a diff)."""
        if not re.fullmatch(r"[A-Za-z_][\w-]*", name):
            raise UsageError(f"not a name for an output: {name!r}")
        file = self._env.get("GITHUB_OUTPUT")
        if not file:
            self.log(f"{name}={value}")
            return
        delimiter = _unknown_to(value)
        self._append(Path(file), f"{name}<<{delimiter}\n{value}\n{delimiter}\n")

    def add_summary(self, markdown: str) -> bool:
        """Add to the job's summary; return False, and say so there, if that would be too long for GitHub."""
        file = self._env.get("GITHUB_STEP_SUMMARY")
        if not file:
            return True
        path = Path(file)
        text = markdown if markdown.endswith("\n") else f"{markdown}\n"
        used = path.stat().st_size if path.exists() else 0
        fits = used + len(text.encode(errors="replace")) <= SUMMARY_LIMIT
        if fits or used + len(_TOO_LONG) <= SUMMARY_LIMIT:
            self._append(path, text if fits else _TOO_LONG)
        return fits

    def log(self, text: str) -> None:
        """Write text that may come from a pull request: no line of it is taken for a workflow command."""
        line = text if text.endswith("\n") else f"{text}\n"
        if not self.active or not may_command(text):
            self._write(line)
            return
        token = _unknown_to(text)
        self._write(f"{command('stop-commands', token)}\n{line}{command(token)}\n")

    def command(self, name: str, message: str = "", **properties: str | int | None) -> None:
        """Write one workflow command, such as an annotation; in any other log its message."""
        if self.active:
            self._write(command(name, message, **properties) + "\n")
        elif message:
            place = ":".join(str(properties[key]) for key in ("file", "line", "col") if properties.get(key))
            self._write(": ".join(filter(None, (name, place, message))) + "\n")

    def mask(self, secret: str) -> None:
        """Have the runner hide a secret wherever it would be shown from now on; silent outside of Actions."""
        if self.active and secret.strip():
            self._write(command("add-mask", secret) + "\n")

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Fold what is written meanwhile; groups cannot be nested."""
        if not self.active:
            self._write(f"{title}\n")
            yield
            return
        self._write(command("group", title) + "\n")
        try:
            yield
        finally:
            self._write(command("endgroup") + "\n")

    def _write(self, text: str) -> None:
        encoding = self._out.encoding or "utf-8"
        self._out.write(text.encode(encoding, errors="replace").decode(encoding))
        # The runner must see it before whatever another stream says next.
        self._out.flush()

    @staticmethod
    def _append(path: Path, text: str) -> None:
        try:
            with path.open("ab") as file:
                file.write(text.encode(errors="replace"))
        except OSError as error:
            raise GitOpsError(f"cannot write {path}: {error.strerror}") from error


def _unknown_to(text: str) -> str:
    """Return a word that nobody could guess and that `text` does not have."""
    while True:
        word = f"gitops-{secrets.token_hex(16)}"
        if word not in text:
            return word
