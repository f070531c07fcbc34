"""`init --adopt` in public repositories: what their users would have written, and a check that passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gitops_action.config.load import load
from tests.corpora.repositories import cli, codes, report, repository
from tests.support import tool

pytestmark = [pytest.mark.corpora, pytest.mark.tools]
EXPECTED: dict[str, tuple[dict[str, list[str]], str, list[tuple[str, str]]]] = {
    "flux2-kustomize-helm-example": (
        {"staging": ["apps/staging"], "production": ["apps/production"]},
        "flux",
        [("staging", "production")],
    ),
    "flux2-multi-tenancy": (
        {"staging": ["tenants/staging"], "production": ["tenants/production"]},
        "flux",
        [("staging", "production")],
    ),
    "podinfo": ({}, "apply", []),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_it_is_told_what_there_is_and_the_check_passes(tmp_path: Path, name: str) -> None:
    repo = repository(name, tmp_path / "repo")
    before = report("check", "--all", cwd=repo.path)
    listed = repo.git("ls-files").splitlines()
    repo.git("checkout", "--", ".")
    done = cli("init", "--adopt", "--yes", cwd=repo.path)
    assert done.returncode == 0, done.stderr
    repo.git("add", "--all")
    changed = dict(line.split("\t")[::-1] for line in repo.git("diff", "--cached", "--name-status").splitlines())
    assert set(changed.values()) == {"A"}, "nothing that was there is touched"
    assert not set(changed) & set(listed)
    repo.git("update-ref", "HEAD", repo.commit_tree(repo.git("write-tree"), "HEAD", message="Adopt"))

    environments, via, ways = EXPECTED[name]
    config = load((repo.path / ".gitops.yaml").read_bytes())
    assert {one.name: [path.text for path in one.paths] for one in config.environments} == environments
    assert {config.deployment(one).via for one in environments} == ({via} if environments else set())
    assert [(one.source, one.target) for one in config.promotion.paths] == ways

    after = report("check", "--all", cwd=repo.path)
    assert after["verdict"] == "passed"
    assert codes(after, "error") == set()
    # It adds no finding, and looks at no less.
    assert codes(after, "warning") == codes(before, "warning")
    assert after["coverage"]["resources"] == before["coverage"]["resources"]
    assert after["coverage"]["targets"] == before["coverage"]["targets"]
    if ways:
        plan = cli("promote", "plan", "--all", cwd=repo.path)
        assert plan.returncode == 0, plan.stderr
        assert "staging → production" in plan.stdout
        assert "up to date" in plan.stdout


@pytest.mark.parametrize("name", EXPECTED)
def test_actionlint_and_zizmor_find_nothing(tmp_path: Path, name: str) -> None:
    repo = repository(name, tmp_path / "repo")
    repo.git("checkout", "--", ".")
    assert cli("init", "--adopt", "--yes", cwd=repo.path).returncode == 0
    for argv in (
        [str(tool("actionlint"))],
        [str(Path(sys.executable).parent / "zizmor"), "--offline", "--no-progress", "--quiet", "."],
    ):
        done = subprocess.run(argv, cwd=repo.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", EXPECTED)
def test_twice_is_once(tmp_path: Path, name: str) -> None:
    repo = repository(name, tmp_path / "repo")
    repo.git("checkout", "--", ".")
    assert cli("init", "--adopt", "--yes", cwd=repo.path).returncode == 0
    first = {path: path.read_bytes() for path in repo.path.rglob("*") if path.is_file() and ".git" not in path.parts}
    again = cli("init", "--adopt", "--yes", cwd=repo.path)
    assert again.returncode == 0
    assert "0 to write" in again.stdout
    assert "left as they are" not in again.stdout
    assert {path: path.read_bytes() for path in first} == first
