"""Folders are read without leaving them, and written without leaving the destination, whatever a tree has."""

from __future__ import annotations

import os
import posixpath
import socket
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitops_action.adapters.files import DirectoryTree, materialise, write_text
from gitops_action.adapters.git import Repository
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.model import Finding
from gitops_action.repository.paths import Links, Refusal
from gitops_action.repository.tree import EntryKind
from tests.gitrepo import Link, init
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.repository.tree import Tree


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return sorted((finding.file, finding.code) for finding in findings)


# Reading


def test_reads_a_folder(tmp_path: Path) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "b.yaml").write_text("b")
    (tmp_path / "a.yaml").write_text("a")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("secret")
    (tmp_path / "apps" / ".git").write_text("gitdir: elsewhere")
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "c.yaml").write_text("c")
    tree = DirectoryTree(tmp_path)
    assert dict(tree.read(tree.entries)) == {".github/c.yaml": b"c", "a.yaml": b"a", "apps/b.yaml": b"b"}
    assert list(tree.entries) == [".github/c.yaml", "a.yaml", "apps/b.yaml"]
    assert tree.problems == []


def test_a_folder_and_git_see_the_same(tmp_path: Path) -> None:
    repo = init(tmp_path / "repo")
    repo.commit({"a.yaml": "1", "z/b.yaml": "2", "z.yaml": "3", "link": Link("z"), "new\nline": "4", "é": "5"})
    folder = DirectoryTree(repo.path)
    with Repository.open(repo.path) as repository:
        tree = repository.tree("HEAD")
        assert list(folder.entries) == list(tree.entries)
        assert list(folder.read(folder.entries)) == list(tree.read(tree.entries))
        assert [entry.kind for entry in folder.entries.values()] == [entry.kind for entry in tree.entries.values()]


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "folder").symlink_to(outside)
    (root / "file.yaml").symlink_to(outside / "secret.yaml")
    tree = DirectoryTree(root)
    assert {path: entry.kind for path, entry in tree.entries.items()} == dict.fromkeys(
        ("file.yaml", "folder"), EntryKind.SYMLINK
    )
    assert dict(tree.read(tree.entries)) == {
        "file.yaml": str(outside / "secret.yaml").encode(),
        "folder": str(outside).encode(),
    }


def test_what_cannot_be_read_is_a_finding_each(tmp_path: Path) -> None:
    (tmp_path / "ok.yaml").write_text("ok")
    (tmp_path / "big.yaml").write_text("x" * 101)
    os.mkfifo(tmp_path / "pipe.yaml")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.yaml"))).write_text("1")
    (tmp_path / "gone.yaml").write_text("1")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(tmp_path)
        try:
            listener.bind("socket.yaml")
        finally:
            os.chdir(here)
        tree = DirectoryTree(tmp_path, max_bytes=100)
        wanted = [*tree.entries, "never.yaml", "../etc/passwd"]
        (tmp_path / "gone.yaml").unlink()
        contents = dict(tree.read(wanted))
    assert contents.pop("ok.yaml") == b"ok"
    assert {path: value.code for path, value in contents.items() if isinstance(value, Finding)} == {
        "bad\\xff.yaml": "path-not-utf8",
        "big.yaml": "file-too-large",
        "pipe.yaml": "file-unreadable",
        "socket.yaml": "file-unreadable",
        "gone.yaml": "file-unreadable",
        "never.yaml": "file-unreadable",
        "../etc/passwd": "file-unreadable",
    }


def test_a_folder_that_vanishes_is_a_problem(tmp_path: Path) -> None:
    tree = DirectoryTree(tmp_path)
    tmp_path.rmdir()
    assert codes(list(tree.problems)) == [(".", "file-unreadable")]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is not a folder"):
        DirectoryTree(tmp_path / "nothing")


# Writing


def write(tree: Tree, tmp_path: Path, paths: list[str] | None = None) -> tuple[Path, list[Finding]]:
    destination = tmp_path / "destination"
    destination.mkdir()
    return destination, materialise(tree, tree.entries if paths is None else paths, destination)


def test_writes_privately(tmp_path: Path) -> None:
    tree = MemoryTree({"a.yaml": "1", "deep/er/b.yaml": "2", "link": Link("deep/er")})
    destination, findings = write(tree, tmp_path)
    assert findings == []
    assert (destination / "deep/er/b.yaml").read_text() == "2"
    assert (destination / "link/b.yaml").read_text() == "2"
    assert stat.S_IMODE((destination / "a.yaml").stat().st_mode) == 0o600
    assert stat.S_IMODE((destination / "deep").stat().st_mode) == 0o700


def test_writes_only_what_is_asked_for_and_there(tmp_path: Path) -> None:
    tree = MemoryTree({"a.yaml": "1", "b.yaml": "2"})
    destination, findings = write(tree, tmp_path, ["b.yaml", "absent.yaml", "."])
    assert findings == []
    assert [path.name for path in destination.iterdir()] == ["b.yaml"]


@pytest.mark.parametrize(
    ("links", "refused"),
    [
        ({"l": "/etc/passwd"}, {"l": "path-escapes-repository"}),
        ({"l": "../x"}, {"l": "path-escapes-repository"}),
        ({"d/l": "../a.yaml"}, {}),
        ({"d/l": "../../a.yaml"}, {"d/l": "path-escapes-repository"}),
        ({"d/l": "..", "m": "d/l/../x"}, {"m": "path-escapes-repository"}),
        ({"one": "two", "two": "one"}, {"one": "file-unreadable", "two": "file-unreadable"}),
        ({"dangling": "nowhere"}, {}),
        ({"self": "."}, {}),
        ({"empty": ""}, {"empty": "file-unreadable"}),
        ({"nul": "a\0b"}, {"nul": "file-unreadable"}),
        ({"chain": "d/l", "d/l": "/etc"}, {"chain": "path-escapes-repository", "d/l": "path-escapes-repository"}),
    ],
)
def test_links(tmp_path: Path, links: Mapping[str, str], refused: Mapping[str, str]) -> None:
    tree = MemoryTree({"a.yaml": "1", "d/b.yaml": "2", **{path: Link(target) for path, target in links.items()}})
    destination, findings = write(tree, tmp_path)
    assert codes(findings) == sorted(refused.items())
    for path in links:
        assert (destination / path).is_symlink() == (path not in refused)


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "./x", "a//x", ".git/config", "a/.GIT/hooks/x", ""])
def test_names_that_git_may_not_have(tmp_path: Path, path: str) -> None:
    destination, findings = write(MemoryTree({path: "evil"}), tmp_path)
    assert codes(findings) == [(path, "path-escapes-repository")]
    assert list(destination.iterdir()) == []
    assert list(tmp_path.iterdir()) == [destination]


def test_a_folder_and_a_link_of_one_name(tmp_path: Path) -> None:
    # Through the link `a`, `l` would stay inside; beside the folder `a`, it does not.
    tree = MemoryTree({"a": Link("b/c/d"), "a/x": "1", "l": Link("a/../.."), "b/c/d/y": "2"})
    destination, findings = write(tree, tmp_path)
    assert codes(findings) == [("a", "file-unreadable"), ("l", "path-escapes-repository")]
    assert (destination / "a/x").read_text() == "1"


def test_does_not_write_through_what_is_there_already(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    destination = tmp_path / "destination"
    destination.mkdir()
    (destination / "apps").symlink_to(outside)
    (destination / "file").symlink_to(outside / "file")
    findings = materialise(MemoryTree({"apps/a": "1", "file": "2", "b": "3"}), ["apps/a", "file", "b"], destination)
    assert codes(findings) == [("apps/a", "file-unreadable"), ("file", "file-unreadable")]
    assert list(outside.iterdir()) == []
    assert (destination / "b").read_text() == "3"


def test_names_that_the_machine_cannot_have(tmp_path: Path) -> None:
    long = "x" * 300
    destination, findings = write(MemoryTree({long: "1", "a": "2", "a/b": "3"}), tmp_path)
    assert codes(findings) == [("a/b", "file-unreadable"), (long, "file-unreadable")]
    assert (destination / "a").read_text() == "2"


def test_a_file_that_cannot_be_read_comes_back(tmp_path: Path) -> None:
    _, findings = write(MemoryTree({"a": None, "b": "1"}), tmp_path)
    assert codes(findings) == [("a", "file-unreadable")]


def test_a_machine_that_cannot_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(GitOpsError, match=r"cannot write a below .*: No space left on device"):
        write(MemoryTree({"a": "1"}), tmp_path)


PARTS = st.sampled_from(["a", "b", "c", "..", ".", "", ".git", "long" * 3])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
TARGETS = st.one_of(
    st.lists(st.sampled_from(["a", "b", "c", "..", "."]), min_size=1, max_size=6).map("/".join),
    st.sampled_from(["/", "/tmp", "../outside", ""]),
)
TREES = st.dictionaries(PATHS, st.one_of(st.just("content"), TARGETS.map(Link)), max_size=8)


@given(files=TREES, there=st.dictionaries(st.sampled_from(["a", "b", "a/b"]), st.booleans(), max_size=2))
@example(files={"a": Link("b/c"), "a/x": "1", "l": Link("a/../.."), "b/c/y": "2"}, there={})
@settings(max_examples=400)
def test_nothing_is_ever_written_outside(files: Mapping[str, str | Link], there: Mapping[str, bool]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder).resolve()
        outside = base / "outside"
        outside.mkdir()
        destination = base / "up" / "destination"
        destination.mkdir(parents=True)
        for path, link in there.items():
            if link:
                place = destination / path
                if place.parent.is_dir() and not place.parent.is_symlink():
                    place.symlink_to(outside)
        links_before = {path for path in destination.rglob("*") if path.is_symlink()}
        findings = materialise(MemoryTree(files), files, destination)
        assert list(outside.iterdir()) == []
        assert {path.name for path in base.iterdir()} == {"outside", "up"}
        assert list((base / "up").iterdir()) == [destination]
        for place in destination.rglob("*"):
            if place.is_symlink() and not links_before:
                resolved = Path(os.path.realpath(place))
                assert resolved == destination or destination in resolved.parents
        # Each path is either there or spoken of.
        spoken = {finding.file for finding in findings}
        for path in files:
            assert path in spoken or os.path.lexists(destination / path)


@given(
    links=st.dictionaries(st.sampled_from(["a", "b", "d/l", "d/e/m"]), TARGETS.filter(bool), max_size=4),
    path=st.lists(st.sampled_from(["a", "b", "d", "l", "e", "m", "..", "f"]), min_size=1, max_size=6).map("/".join),
)
@settings(max_examples=400)
def test_links_are_resolved_as_the_operating_system_does(links: Mapping[str, str], path: str) -> None:
    tree = MemoryTree({"d/e/f": "1", "d/f": "2", **{name: Link(target) for name, target in links.items()}})
    resolved = Links(tree).resolve(path)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "root"
        root.mkdir()
        for name, target in {**links, "d/e/f": None, "d/f": None}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            if target is None:
                (root / name).touch()
            else:
                (root / name).symlink_to(target)
        try:
            real = os.path.realpath(root / path, strict=True)
        except OSError:
            return  # it leads nowhere: nothing to compare with
        if resolved.refusal in {Refusal.LEAVES, Refusal.ABSOLUTE}:
            # It may come back in by the root's own name, which is refused all the same.
            steps = posixpath.join(path, *links.values())
            assert ".." in steps or any(target.startswith("/") for target in links.values())
        else:
            assert resolved.refusal is None
            assert posixpath.normpath(posixpath.join(str(root), resolved.path)) == real


def test_a_result_takes_the_place_of_no_device(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "said")
    assert os.read(reader, 10) == b"said"
    os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".", "it is a folder"),
        ("no/a.json", "no: make it first"),
        ("x" * 300, "File name too long"),
        ("a/b", "make it first"),
    ],
)
def test_a_result_that_cannot_be_written(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "a").write_text("a file")
    with pytest.raises(UsageError, match=reason):
        write_text(tmp_path / name, "said")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
