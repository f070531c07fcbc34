"""Excerpts of sources on the command line: what is read, when they are shown, and what never is."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from gitops_action.pipeline.sources import of_paths, of_revision
from tests.gitrepo import GitRepo, init

CANARY = "c4n4ry"
WRONG = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  prots: [{port: 80}]\n"
SHOWN = "  4 | spec:\n  5 |   prots: [{port: 80}]\n    |   ^\n"
SECRET = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{x: {CANARY}}}\nspecc: 1\n"
VARIABLE = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: p}}
spec:
  containers:
    - name: p
      image: nginx:1.27
      imagePulPolicy: Always  # {CANARY}
      env:
        - {{name: DB_PASSWORD, value: {CANARY}}}
"""


def run(*arguments: str, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gitops_action", *arguments],
        cwd=cwd,
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, **env},
    )
    return done.stdout.decode()


def run_in_terminal(*arguments: str, cwd: Path) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "gitops_action", *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1"},
    ):
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # how Linux says that nobody writes any more
                break
            if not part:
                break
            written += part
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = init(tmp_path / "repo")
    repo.commit({"README.md": "nothing\n"})
    repo.commit({"a.yaml": WRONG, "s.yaml": SECRET, "p.yaml": VARIABLE})
    return repo


def test_validate_shows_the_work_tree(repo: GitRepo) -> None:
    (repo.path / "a.yaml").write_text("# one more line\n" + WRONG)
    text = run("validate", "--excerpts", cwd=repo.path)
    assert "  5 | spec:\n  6 |   prots: [{port: 80}]\n    |   ^\n" in text


def test_check_shows_the_head_whatever_the_work_tree_has(repo: GitRepo) -> None:
    (repo.path / "a.yaml").write_text("# one more line\n" + WRONG)
    assert SHOWN in run("check", "--base", "HEAD~1", "--excerpts", cwd=repo.path)


@pytest.mark.parametrize("command", [("validate",), ("check", "--base", "HEAD~1")])
def test_no_credential_is_shown(repo: GitRepo, command: tuple[str, ...]) -> None:
    text = run(*command, "--excerpts", cwd=repo.path)
    # There is something to be said of each of these files.
    for file in ("a.yaml:5:3: error", "s.yaml:5:1: error", "p.yaml:8:7: error"):
        assert file in text
    assert SHOWN in text
    assert CANARY not in text
    below = [line for above, line in pairwise(text.splitlines()) if above.startswith(("s.yaml", "p.yaml"))]
    assert below
    assert not [line for line in below if " |" in line]


def test_only_a_terminal_has_them_unasked(repo: GitRepo) -> None:
    plain = run("validate", "a.yaml", cwd=repo.path)
    assert " | " not in plain
    assert " | " not in run("validate", "a.yaml", cwd=repo.path, FORCE_COLOR="1", GITHUB_ACTIONS="true")
    assert SHOWN in run_in_terminal("validate", "a.yaml", cwd=repo.path)
    assert run_in_terminal("validate", "--no-excerpts", "a.yaml", cwd=repo.path) == plain


def test_no_other_form_has_them(repo: GitRepo) -> None:
    assert " | spec:" not in run("validate", "--excerpts", "--output", "sarif", "a.yaml", cwd=repo.path)


def test_what_cannot_be_read_again_has_none(repo: GitRepo, tmp_path: Path) -> None:
    with of_revision(repo.path, "HEAD") as sources:
        assert sources("a.yaml") == tuple(WRONG.split("\n"))
        assert sources("gone.yaml") is None
        assert sources("../a.yaml") is None
        assert sources("s.yaml") is None
    with of_revision(repo.path, "gone") as sources:
        assert sources("a.yaml") is None
    with of_revision(tmp_path / "nowhere", "HEAD") as sources:
        assert sources("a.yaml") is None
    assert of_paths([str(tmp_path / "nowhere")])("a.yaml") is None


def test_a_link_is_not_followed(repo: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("a: 1\n")
    (repo.path / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (repo.path / "loop").symlink_to(tmp_path)
    sources = of_paths([str(repo.path)])
    assert sources("a.yaml") is not None
    assert sources("link.yaml") is None
    assert sources("loop/outside.yaml") is None
