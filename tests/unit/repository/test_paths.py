"""Paths are joined as kustomize joins them, and a tree knows what lies where."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitops_action.repository.paths import Layout, join
from tests.memorytree import MemoryTree

PARTS = st.lists(st.sampled_from(["..", ".", "a", "b", "", "..."]))


@given(PARTS, st.lists(st.sampled_from(["a", "b", "c"])))
def test_join_never_leaves(parts: list[str], folder: list[str]) -> None:
    """Against counting: a path leaves when, at its end, more folders were left than entered."""
    path = "/".join(parts)
    joined = join("/".join(folder) or ".", path)
    if path.startswith("/"):
        assert joined is None
        return
    stack = list(folder)
    above = 0
    for part in parts:
        if part == "..":
            if stack:
                stack.pop()
            else:
                above += 1
        elif part not in {".", ""}:
            stack.append(part)
    assert joined == (None if above else "/".join(stack) or ".")


@given(st.sets(st.lists(st.sampled_from(["a", "b", "a-", "a0", "A"]), min_size=2, max_size=4).map("/".join)))
def test_what_lies_below_a_folder(paths: set[str]) -> None:
    # No file may be a folder too.
    files = {path for path in paths if not any(other.startswith(f"{path}/") for other in paths)}
    layout = Layout(MemoryTree(dict.fromkeys(files, "")))
    for folder in {path.rpartition("/")[0] for path in files} | {"none"}:
        assert set(layout.below(folder)) == {path for path in files if path.startswith(f"{folder}/")}
        assert layout.is_folder(folder) is (folder != "none")
    assert set(layout.below(".")) == files
    assert not any(layout.is_folder(path) for path in files)
