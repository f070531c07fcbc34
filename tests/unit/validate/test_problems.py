"""How problems are worded."""

from __future__ import annotations

import pytest

from gitops_action.validate.problems import is_slip


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
