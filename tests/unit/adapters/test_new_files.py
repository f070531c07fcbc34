"""New files are made all or none, and nothing that is there is touched."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.new_files import create_all, present_at
from gitops_action.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_files_are_made_with_their_folders(tmp_path: Path) -> None:
    create_all(tmp_path, {"a/b/c": b"1", "a/d": b"2", "e": b"3"})
    assert (tmp_path / "a/b/c").read_bytes() == b"1"
    assert present_at(tmp_path, ["a/b/c", "a/b", "a/d/x", "f"]) == {"a/b/c": b"1", "a/b": None, "a/d/x": None}
    assert (tmp_path / "e").stat().st_mode & 0o777 == 0o644


def test_a_file_that_somebody_made_meanwhile_stays_and_nothing_else_is_left(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/taken").write_bytes(b"theirs")
    with pytest.raises(UsageError, match="a/taken: cannot be written: somebody made it meanwhile; nothing was written"):
        create_all(tmp_path, {"a/new": b"1", "b/c/new": b"2", "a/taken": b"3"})
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == ["a", "a/taken"]
    assert (tmp_path / "a/taken").read_bytes() == b"theirs"


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "link", interrupted)
    with pytest.raises(KeyboardInterrupt):
        create_all(tmp_path, {"a/b": b"1"})
    assert list(tmp_path.iterdir()) == []


def test_links_are_nothing_to_write_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder").symlink_to("/tmp")
    assert present_at(tmp_path, ["link", "folder/x", "link/y"]) == {"link": None, "folder/x": None, "link/y": None}
