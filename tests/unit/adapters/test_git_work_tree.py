"""What is said not to be committed is what `git status` says, without a filter being run for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.git import Repository
from gitops_action.adapters.git_work_tree import uncommitted
from tests.gitrepo import GitRepo, Link, init

if TYPE_CHECKING:
    from pathlib import Path

ENDINGS = (".yaml", ".json")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = init(tmp_path / "repo")
    files = {"a.yaml": "a: 1\n", "b.yaml": "b: 1\n", "sub/c.yaml": "c: 1\n", "d.json": "{}\n", "e.txt": "e\n"}
    repo.commit({**files, "l.yaml": Link("a.yaml"), ".gitignore": "out/\n"})
    return repo


def told(repo: GitRepo, folder: str = "") -> list[str]:
    """Return what is told, after it was compared with what Git itself says."""
    with Repository.open(repo.path / folder) as opened:
        found = uncommitted(opened, ENDINGS)
    status = repo.git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    paths = {line.lstrip().partition(" ")[2].lstrip() for line in status.split("\0") if line}
    assert found == sorted(path for path in paths if path.endswith(ENDINGS))
    return found


def test_a_clean_work_tree(repo: GitRepo) -> None:
    assert told(repo) == []


def test_what_is_changed_deleted_added_and_of_another_type(repo: GitRepo) -> None:
    (repo.path / "a.yaml").write_text("a: 2\n")
    (repo.path / "b.yaml").unlink()
    (repo.path / "sub/c.yaml").unlink()
    (repo.path / "sub/c.yaml").symlink_to("../a.yaml")
    (repo.path / "e.txt").write_text("f\n")
    (repo.path / "sub/new é.yaml").write_text("n: 1\n")
    (repo.path / "out").mkdir()
    (repo.path / "out/ignored.yaml").write_text("i: 1\n")
    wanted = ["a.yaml", "b.yaml", "sub/c.yaml", "sub/new é.yaml"]
    assert told(repo, "sub") == wanted
    repo.git("add", "--all")
    assert told(repo) == wanted


def test_what_was_only_touched_is_not_changed(repo: GitRepo) -> None:
    for name in ("a.yaml", "d.json"):
        os.utime(repo.path / name, (1, 1))
    (repo.path / "l.yaml").unlink()
    (repo.path / "l.yaml").symlink_to("a.yaml")
    (repo.path / "b.yaml").write_bytes(b"b: 1\r\n")
    with Repository.open(repo.path) as opened:
        assert uncommitted(opened, ENDINGS) == []


def test_a_pipe_in_a_files_place_is_not_waited_for(repo: GitRepo) -> None:
    (repo.path / "a.yaml").unlink()
    os.mkfifo(repo.path / "a.yaml")
    with Repository.open(repo.path) as opened:
        assert uncommitted(opened, ENDINGS) == ["a.yaml"]


def test_no_filter_runs(repo: GitRepo, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    repo.git("config", "filter.x.clean", f"touch {marker}; cat")
    repo.git("config", "filter.x.required", "true")
    repo.commit({".gitattributes": "*.yaml filter=x\n"})
    marker.unlink(missing_ok=True)
    (repo.path / "a.yaml").write_text("a: 2\n")
    with Repository.open(repo.path) as opened:
        assert uncommitted(opened, ENDINGS) == ["a.yaml"]
    assert not marker.exists()
    repo.git("status")
    assert marker.exists(), "what Git itself would have run"


def test_a_bare_repository_has_no_work_tree(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
    with Repository.open(tmp_path / "bare") as opened:
        assert uncommitted(opened, ENDINGS) == []
