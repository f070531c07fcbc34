"""What releases need of a tree."""

from __future__ import annotations

from gitops_action.pipeline.release_sources import read_values
from tests.memorytree import MemoryTree


def test_text_that_gets_lost_as_a_tag_does_not_stand_in_the_way_of_values() -> None:
    values, _, problem = read_values(MemoryTree({"values.yaml": "x: !important\nz: 1\n"}), "values.yaml")
    assert (values, problem) == ({"x": "", "z": 1}, "")
