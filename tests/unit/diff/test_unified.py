from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.diff import unified as module
from gitops_action.diff.unified import unified

LINES = st.lists(st.sampled_from(["a", "b", "c", "- a", "+ b", "", "@@ x"]), max_size=25)


def apply(before: str, diff: str) -> str:
    """Apply a unified diff as its hunks say, checking each line that is kept or removed."""
    old = before.split("\n")[:-1]
    new: list[str] = []
    at = 0
    for line in diff.split("\n")[2:-1]:
        if match := re.match(r"@@ -(\d+)(?:,(\d+))? \+", line):
            start = int(match[1]) - (match[2] != "0")
            new += old[at:start]
            at = start
        elif line.startswith("+"):
            new.append(line[1:])
        else:
            assert old[at] == line[1:]
            new += [line[1:]] if line.startswith(" ") else []
            at += 1
    new += old[at:]
    return "".join(line + "\n" for line in new)


@pytest.mark.parametrize("limit", [0, 3_000_000])
def test_applied_to_the_base_gives_the_head(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_MATCHES", limit)

    @given(LINES, LINES)
    def holds(old: list[str], new: list[str]) -> None:
        before, after = ("".join(line + "\n" for line in lines) for lines in (old, new))
        diff = unified(before, after)
        assert (diff == "") == (before == after)
        assert apply(before, diff) == after if diff else True

    holds()


def test_only_newline_separates_lines() -> None:
    assert unified("a\x0bb\u2028c\n", "a\n") == "--- base\n+++ head\n@@ -1 +1 @@\n-a\x0bb\u2028c\n+a\n"
