"""The hook for pre-commit does what it says, on what pre-commit would give it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import yaml

from gitops_action.cli import app
from tests.gitrepo import init
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def hook() -> dict[str, Any]:
    [only] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    return dict(only)


def run(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(hook()["entry"])
    assert program == "gitops-action"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "gitops_action", *arguments, *files],
        cwd=folder, capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip


def test_its_options_are_those_of_the_command() -> None:
    _, command, *options = shlex.split(hook()["entry"])
    found = app.get_command(click.Context(app), command)
    assert found is not None
    known = {name for parameter in found.params for name in parameter.opts}
    assert set(options) <= known
    assert hook()["language"] == "python"
    assert set(hook()["types_or"]) == {"yaml", "json"}


def test_it_judges_the_manifests_among_the_files(tmp_path: Path) -> None:
    repo = init(tmp_path / "repo")
    repo.commit(
        {
            "good.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n",
            "bad.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndat: {a: b}\n",
            ".github/workflows/ci.yaml": "on: push\njobs: {}\n",
        }
    )
    assert run(repo.path, "good.yaml", ".github/workflows/ci.yaml").returncode == 0
    assert run(repo.path, ".github/workflows/ci.yaml").returncode == 0
    wrong = run(repo.path, "good.yaml", "bad.yaml")
    assert wrong.returncode == 1
    assert 'bad.yaml:4:1: error: unknown field "dat"' in wrong.stdout
