"""README's "A new repository", word for word: from an empty repository to a green first check, on a terminal."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gitrepo import init
from tests.support import ROOT, tool


def commands() -> list[str]:
    """The indented lines of README's section, in their order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("\n## A new repository\n")[2].partition("\n## ")[0]
    return re.findall(r"^    (\S.*)$", section, re.MULTILINE)


def typed(command: str, folder: Path, env: dict[str, str], answer: bytes = b"y\n") -> tuple[int, str]:
    """Run a command as on a terminal, on which every question gets one answer; return exit code and output."""
    mine, theirs = pty.openpty()
    os.write(mine, answer)
    try:
        done = subprocess.run(
            ["bash", "-c", command],  # noqa: S607 - what people type into
            cwd=folder, env=env, stdin=theirs, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    finally:
        os.close(mine)
        os.close(theirs)
    return done.returncode, done.stdout + done.stderr


def test_there_are_at_most_five_and_one_installs() -> None:
    found = commands()
    assert 1 < len(found) <= 5
    installing = shlex.split(found[0])
    assert installing == ["pipx", "install", "gitops-action[kubectl]"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'name = "gitops-action"' in project
    assert re.search(r"\[project.optional-dependencies\]\n(?:#.*\n)?kubectl = ", project)


@pytest.mark.tools
@pytest.mark.parametrize("via", ["apply", "flux"])
def test_an_empty_repository_comes_to_a_green_check(tmp_path: Path, via: str) -> None:
    repo = init(tmp_path / "fleet")
    env = machine(tmp_path)
    told = ""
    for command in commands()[1:]:
        code, told = typed(command.replace("--via apply", f"--via {via}"), repo.path, env)
        assert code == 0, f"{command}: {told}"
    assert told.splitlines()[-1] == "passed: no problems found"
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.tools
@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 1), (b"\n", 1), (b"\x04", 130)])
def test_whoever_does_not_agree_gets_nothing(tmp_path: Path, answer: bytes, code: int) -> None:
    repo = init(tmp_path / "fleet")
    assert typed(commands()[1], repo.path, machine(tmp_path), answer)[0] == code
    assert repo.git("status", "--porcelain") == ""


def machine(tmp_path: Path) -> dict[str, str]:
    """Return the environment of somebody who has installed the program."""
    programs = tmp_path / "bin"
    programs.mkdir()
    # Installed by the first command, which needs a package index: here as it is checked out.
    (programs / "gitops-action").symlink_to(Path(sys.executable).parent / "gitops-action")
    return {
        "PATH": f"{programs}:{tool('kustomize').parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GIT_AUTHOR_NAME": "A. Tester", "GIT_AUTHOR_EMAIL": "tester@example.com",
        "GIT_COMMITTER_NAME": "A. Tester", "GIT_COMMITTER_EMAIL": "tester@example.com",
        "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C.UTF-8",
    }  # fmt: skip
