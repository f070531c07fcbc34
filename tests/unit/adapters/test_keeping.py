"""What is kept between runs comes back whole, or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitops_action.adapters.keeping import Keep

if TYPE_CHECKING:
    from pathlib import Path


def only_file(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def test_content_comes_back_with_its_age(tmp_path: Path) -> None:
    times = iter([100.0, 130.0])
    keep = Keep(tmp_path / "kept", lambda: next(times))
    keep.put("a", b"one\ntwo\n")
    kept = keep.get("a")
    assert kept is not None
    assert (kept.content, kept.age) == (b"one\ntwo\n", 30.0)
    assert keep.get("b") is None


def test_that_there_is_none_can_be_kept_too(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    keep.put("a", None)
    kept = keep.get("a")
    assert kept is not None
    assert kept.content is None


def test_a_file_that_was_changed_cut_off_or_put_under_another_name_is_not_there(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    keep.put("a", b"content")
    file = only_file(tmp_path)
    whole = file.read_bytes()
    for broken in (
        whole[:-1],
        whole.replace(b"content", b"CONTENT"),
        b"",
        b"{",
        b"\xff",
        b"[" * 5000,
        b'{"at": 1}\ncontent',
    ):
        file.write_bytes(broken)
        assert keep.get("a") is None, broken
    file.write_bytes(whole)
    other = Keep(tmp_path / "other")
    other.put("b", b"x")
    only_file(tmp_path / "other").write_bytes(whole)
    assert other.get("b") is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    for keep in (Keep(None), Keep(blocked)):
        keep.put("a", b"content")
        assert keep.get("a") is None
        keep.trim(0)


def test_only_its_owner_may_look_into_the_folder(tmp_path: Path) -> None:
    keep = Keep(tmp_path / "kept")
    keep.put("a", b"content")
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
    assert only_file(tmp_path / "kept").stat().st_mode & 0o777 == 0o600


def test_the_oldest_go_first(tmp_path: Path) -> None:
    keep = Keep(tmp_path)
    for age, name in enumerate("abc"):
        keep.put(name, name.encode() * 1000)
        newest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (1000 + age, 1000 + age))
    keep.trim(2500)
    assert [name for name in "abc" if keep.get(name)] == ["b", "c"]
