"""Where submodules come from, as Git itself reads it, and a tree that has their files."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.model import Finding
from gitops_action.repository.submodules import Joined, address, read
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN = '[submodule "a"]\n\tpath = lib/a\n\turl = https://example.com/a.git\n'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PLAIN, {"lib/a": "https://example.com/a.git"}),
        ('[submodule "a b"] # ours\nPath = "lib/a b"\nURL = ../x ; there\n', {"lib/a b": "../x"}),
        ('[submodule "a"]\nurl = x\n[submodule "a"]\npath = p\n', {"p": "x"}),
        ("[core]\npath = p\nurl = x\n", {}),
        ('[submodule "a"]\npath = p\n', {}),
        ('[submodule "a"]\npath = "p\\"q"\nurl = x"y"z\n', {'p"q': "xyz"}),
        ("", {}),
    ],
)  # fmt: skip
def test_what_is_written(text: str, found: Mapping[str, str]) -> None:
    assert read(text.encode()) == found
    # And so Git reads it.
    told = subprocess.run(
        ["git", "config", "--file", "-", "--null", "--list"],  # noqa: S607 - the machine's Git
        input=text.encode(), capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    pairs = dict(item.partition("\n")[::2] for item in told.split("\0") if item)
    names = {key.removesuffix(".path") for key in pairs if key.startswith("submodule.") and key.endswith(".path")}
    assert {pairs[f"{one}.path"]: pairs[f"{one}.url"] for one in names if f"{one}.url" in pairs} == found


@given(st.binary(max_size=200) | st.text(alphabet='[]submodule "ab\\=#;\n/.pathurl', max_size=120).map(str.encode))
def test_any_bytes_are_read(data: bytes) -> None:
    assert all(path and url for path, url in read(data).items())


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("https://other.example.com/x", "https://other.example.com/x"),
        ("../x", "https://example.com/org/x"),
        ("../../other/x.git", "https://example.com/other/x.git"),
        ("./x", "https://example.com/org/repo/x"),
        ("git@example.com:org/x", "git@example.com:org/x"),
    ],
)
def test_an_address_can_be_from_that_of_the_parent(url: str, whole: str) -> None:
    assert address(url, "https://example.com/org/repo/") == whole


def test_a_joined_tree_has_the_files_of_both_in_order() -> None:
    joined = Joined(MemoryTree({"a": "1", "z": "2"}), "lib", MemoryTree({"b": "3", "sub/c": "4"}))
    assert list(joined.entries) == ["a", "lib/b", "lib/sub/c", "z"]
    assert all(path == entry.path for path, entry in joined.entries.items())
    assert list(joined.read(["z", "lib/sub/c", "a"])) == [("z", b"2"), ("lib/sub/c", b"4"), ("a", b"1")]
    ((_, absent),) = joined.read(["lib/none"])
    assert isinstance(absent, Finding)
