"""Progress and colours are for people who look on: a terminal gets them, logs, pipes and files do not."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.terminal import BarProgress, SilentProgress, progress
from tests.gitrepo import GitRepo, init
from tests.support import tool
from tests.unit.pipeline.jobs import config_map

if TYPE_CHECKING:
    from pathlib import Path

COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
CONTROL = re.compile(rb"\x1b")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = init(tmp_path / "repo")
    made.commit(
        {
            "over/kustomization.yaml": "resources: [a.yaml]\n",
            "over/a.yaml": config_map("a"),
            "wrong.yaml": config_map("wrong", "1"),
        }
    )
    return made


@dataclass(frozen=True)
class Ran:
    exit_code: int
    stdout: bytes
    stderr: bytes


def started(repo: GitRepo, *arguments: str, terminals: str = "", **env: str) -> Ran:
    """Run the command line with terminals in place of the streams named in `terminals`."""
    clean = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "CI"}}
    read: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
    threads, handles = [], {}
    for name, parts in read.items():
        reader, handles[name] = pty.openpty() if name in terminals else os.pipe()
        threads.append(threading.Thread(target=drain, args=(reader, parts)))
        threads[-1].start()
    with subprocess.Popen(
        [sys.executable, "-m", "gitops_action", *arguments],
        cwd=repo.path,
        stdin=subprocess.DEVNULL,
        stdout=handles["stdout"],
        stderr=handles["stderr"],
        env={**clean, "TERM": "xterm-256color", "COLUMNS": "120", **env},
    ) as process:
        for handle in handles.values():
            os.close(handle)
        process.wait(timeout=120)
    for thread in threads:
        thread.join()
    return Ran(process.returncode, b"".join(read["stdout"]), b"".join(read["stderr"]))


def drain(reader: int, parts: list[bytes]) -> None:
    """Read until the other side is closed, which on Linux is an error for a terminal."""
    with os.fdopen(reader, "rb", buffering=0) as file:
        while True:
            try:
                data = file.read(65536)
            except OSError:
                return
            if not data:
                return
            parts.append(data)


# Progress


def test_progress_is_shown_on_a_terminal_and_wiped_away(repo: GitRepo) -> None:
    ran = started(repo, "check", "--all", "--output", "json", terminals="stderr")
    assert b"Render" in ran.stderr
    assert b"Validate" in ran.stderr
    # The cursor goes back to where the bar began and the line is erased: nothing of it stays.
    assert ran.stderr.rindex(b"\x1b[2K") > ran.stderr.rindex(b"Validate")
    assert b"\x1b[?25h" in ran.stderr
    # Data is data, whatever the other stream is.
    assert json.loads(ran.stdout)["verdict"] == "failed"
    assert ran.exit_code == 1


@pytest.mark.parametrize("env", [{}, {"FORCE_COLOR": "1"}, {"CI": "true"}])
def test_no_progress_into_a_log(repo: GitRepo, env: dict[str, str]) -> None:
    ran = started(repo, "check", "--all", "--output", "json", **env)
    assert (ran.stderr, ran.exit_code) == (b"", 1)


def test_a_terminal_for_data_is_none_for_progress(repo: GitRepo) -> None:
    assert started(repo, "check", "--all", terminals="stdout").stderr == b""


def test_errors_are_told_in_plain_text(repo: GitRepo) -> None:
    ran = started(repo, "check", "--base", "nope", terminals="stdout stderr")
    assert ran.exit_code == 2
    assert ran.stderr.startswith(b"gitops-action: unknown revision 'nope'")
    assert not CONTROL.search(ran.stderr + ran.stdout)


@pytest.mark.tools
def test_an_api_server_that_nobody_asked_is_hinted_at(repo: GitRepo) -> None:
    server = tool("kube-apiserver")
    base = repo.commits[-1]
    repo.commit({"over/a.yaml": config_map("b")})
    path = os.pathsep.join([str(server.parent), os.environ["PATH"]])
    change = ("check", "--base", base)

    def hinted(*arguments: str, terminals: str = "stderr") -> bool:
        ran = started(repo, *arguments, terminals=terminals, PATH=path, KUBEBUILDER_ASSETS="")
        return b"--engine schema,apiserver has" in CONTROL.sub(b"", ran.stderr)

    assert hinted(*change)
    assert hinted("check", "--all")
    # Not into a log, not beside data, not where the engine was chosen, and not where there is nothing to judge.
    assert not hinted(*change, terminals="stdout")
    assert not hinted(*change, "--output", "json")
    assert not hinted(*change, "--engine", "schema")
    assert not hinted("check", "--base", "HEAD")
    assert not started(
        repo, *change, terminals="stderr", PATH=os.environ["PATH"], GITOPS_TOOL_CACHE="/nowhere"
    ).stderr.count(b"hint:")


def test_which_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert isinstance(progress(), BarProgress)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert isinstance(progress(), SilentProgress)


@pytest.mark.parametrize("kind", [SilentProgress, BarProgress])
def test_steps_can_be_nested_and_may_break(kind: type[SilentProgress | BarProgress]) -> None:
    shown = kind()

    def work() -> None:
        with shown.step("outer", 3) as outer, shown.step("of unknown length") as inner:
            outer.advance()
            inner.advance(2)
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        work()
    with shown.step("after that") as step:
        step.advance()


# Colours


@pytest.mark.parametrize(
    ("terminals", "env", "coloured"),
    [
        ("stdout", {}, True),
        ("", {}, False),
        ("stderr", {}, False),
        ("stdout", {"NO_COLOR": "1"}, False),
        # https://no-color.org: only where it is set and not empty.
        ("stdout", {"NO_COLOR": ""}, True),
        ("", {"FORCE_COLOR": "1"}, True),
        ("", {"FORCE_COLOR": ""}, False),
        ("", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours(repo: GitRepo, terminals: str, env: dict[str, str], coloured: bool) -> None:
    ran = started(repo, "validate", "wrong.yaml", terminals=terminals, **env)
    assert bool(COLOUR.search(ran.stdout)) is coloured
    assert b"[wrong-type]" in COLOUR.sub(b"", ran.stdout)


@pytest.mark.parametrize("output", ["json", "markdown"])
def test_other_forms_have_no_colours(repo: GitRepo, output: str) -> None:
    ran = started(repo, "validate", "wrong.yaml", "--output", output, terminals="stdout", FORCE_COLOR="1")
    assert not CONTROL.search(ran.stdout)


def test_no_colours_into_a_file(repo: GitRepo) -> None:
    file = repo.path.parent / "report.txt"
    ran = started(repo, "validate", "wrong.yaml", "--output-file", str(file), terminals="stdout", FORCE_COLOR="1")
    assert ran.stdout == b""
    assert b"[wrong-type]" in file.read_bytes()
    assert not CONTROL.search(file.read_bytes())


def test_nothing_from_a_file_reaches_the_terminal_as_a_command(repo: GitRepo) -> None:
    """A hostile name could move the cursor, or rename the window; it is shown, not obeyed."""
    text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "\\e]0;owned\\a\\e[2J"}\ndata: {k: 1}\n'
    repo.commit({"evil.yaml": text})
    ran = started(repo, "validate", "evil.yaml", terminals="stdout", NO_COLOR="1")
    assert ran.exit_code == 1
    assert not CONTROL.search(ran.stdout)
    assert b"\x07" not in ran.stdout
