"""How problems are worded, and where they are found."""

from __future__ import annotations

import pytest

from gitops_action.model import Pointer
from gitops_action.validate.problems import Problem, finding, is_slip
from tests.manifests import manifests


@pytest.mark.parametrize(
    "word",
    ["Deploymnt", "Deploymentt", "Deplyoment", "Deploymemt", "deployment", "DEPLOYMENT", "Deploymen", "Dployment"],
)
def test_one_slip_of_the_pen(word: str) -> None:
    assert is_slip(word, "Deployment")
    assert is_slip("Deployment", word)


@pytest.mark.parametrize(
    "word", ["Deployment", "XDeployment", "eployment", "Deploy", "Dplyment", "", "Pod", "Deployments2"]
)
def test_more_than_a_slip_or_none(word: str) -> None:
    assert not is_slip(word, "Deployment")
    assert not is_slip("Deployment", word)


_CLUSTERED = "kind: Pod\nspec:\n  ports:\n  - a:\n      b: c\n  flow: {a: b}\n  empty: {}\n"


@pytest.mark.parametrize(
    ("pointer", "line", "column"),
    [
        (("spec",), 2, 1),
        (("spec", "ports"), 3, 3),
        (("spec", "ports", 0), 4, 5),
        (("spec", "ports", 0, "a"), 4, 5),
        (("spec", "flow"), 6, 9),
        (("spec", "empty"), 7, 10),
        (("spec", "absent"), 2, 1),
        (("kind",), 1, 7),
    ],
)
def test_a_value_that_stands_below_its_key_is_found_at_the_key(pointer: Pointer, line: int, column: int) -> None:
    [manifest] = manifests(_CLUSTERED)
    found = finding(manifest, Problem("invalid-value", pointer, "it is wrong"), "schema")
    assert (found.line, found.column) == (line, column)
