"""The workspace: its own folders, edits that are taken back, nothing outside of it touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path


def test_the_folders_are_there_between_enter_and_exit() -> None:
    with Workspace() as workspace:
        root, empty = workspace.root, workspace.empty
        assert root.is_dir()
        assert empty.is_dir()
        assert list(empty.iterdir()) == []
        assert root.resolve() == root
        assert not empty.is_relative_to(root)
        (empty / "left behind").write_text("x")
    assert not root.exists()
    assert not empty.exists()
    with pytest.raises(RuntimeError, match="not open"):
        _ = workspace.root


def test_edits_are_taken_back() -> None:
    with Workspace() as workspace:
        file = workspace.root / "a" / "kustomization.yaml"
        file.parent.mkdir()
        file.write_bytes(b"old\r\n")
        file.chmod(0o600)
        with workspace.replaced({"a/kustomization.yaml": b"new", "gone.yaml": b"x", "a": b"x"}):
            assert file.read_bytes() == b"new"
            assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_bytes() == b"old\r\n"
        assert [path.name for path in workspace.root.rglob("*")] == ["a", "kustomization.yaml"]


def test_edits_are_taken_back_after_an_error() -> None:
    with Workspace() as workspace:
        file = workspace.root / "a"
        file.write_bytes(b"old")
        with pytest.raises(KeyboardInterrupt), workspace.replaced({"a": b"new"}):
            raise KeyboardInterrupt
        assert file.read_bytes() == b"old"


def test_nothing_outside_is_edited(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"old")
    with Workspace() as workspace:
        (workspace.root / "link").symlink_to(outside)
        (workspace.root / "copy").hardlink_to(
            outside
        ) if outside.stat().st_dev == workspace.root.stat().st_dev else None
        up = "/".join([".."] * 12)
        with workspace.replaced({"link": b"new", f"{up}{outside}": b"new", str(outside): b"new", "copy": b"new"}):
            assert outside.read_bytes() == b"old"
    assert outside.read_bytes() == b"old"
