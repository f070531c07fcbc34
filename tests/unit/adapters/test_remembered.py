"""What was read once is not read again, as long as there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.files import DirectoryTree
from gitops_action.adapters.git import Repository
from gitops_action.adapters.git_objects import Objects
from gitops_action.adapters.remembered import Remembered
from tests.gitrepo import init

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def test_whatever_comes_first_is_remembered_until_the_room_is_taken() -> None:
    remembered = Remembered(room=1_000)
    remembered.put("a", b"x" * 500)
    remembered.put("too large", b"x" * 500)
    remembered.put("b", b"")
    remembered.put("b", b"other")
    assert remembered.get("a") == b"x" * 500
    assert remembered.get("too large") is None
    assert remembered.get("b") == b""


def test_a_file_that_changes_during_a_run_stays_what_it_was_when_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    tree = DirectoryTree(tmp_path)
    before = dict(tree.read(["a.yaml", "none.yaml"]))
    (tmp_path / "a.yaml").write_text("a: 2\n")
    assert dict(tree.read(["a.yaml", "none.yaml"])) == before
    assert before["a.yaml"] == b"a: 1\n"


def test_an_object_that_two_commits_have_is_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = Objects._ask

    def ask(self: Objects, names: Sequence[str], kind: bytes) -> list[bytes | str]:
        asked.extend(names)
        return real(self, names, kind)

    monkeypatch.setattr(Objects, "_ask", ask)
    repo = init(tmp_path / "repo")
    base = repo.commit({"a.yaml": "a: 1\n", "same.yaml": "a: 1\n", "b.yaml": "b: 1\n", "empty.yaml": ""})
    head = repo.commit({"b.yaml": "b: 2\n"})
    with Repository.open(repo.path) as repository:
        paths = ["b.yaml", "a.yaml", "same.yaml", "empty.yaml", "a.yaml", "gone.yaml"]
        old = list(repository.tree(base).read(paths))
        new = list(repository.tree(head).read(paths))
    assert [path for path, _ in old] == [path for path, _ in new] == paths
    assert [data for _, data in old[:5]] == [b"b: 1\n", b"a: 1\n", b"a: 1\n", b"", b"a: 1\n"]
    assert [data for _, data in new[:5]] == [b"b: 2\n", b"a: 1\n", b"a: 1\n", b"", b"a: 1\n"]
    assert len(asked) == len(set(asked)) == 4
