"""Filters and ranges of tags, held to Go's regexp and to the libraries that Flux reads versions with."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config.images import By, Choice
from gitops_action.images.patterns import PatternError
from gitops_action.images.policies import Order, Policy
from gitops_action.images.references import parse_repository
from gitops_action.model import Location
from tests.support import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.tools
TAG = st.one_of(
    st.from_regex(r"\Av?[0-9]{1,2}(\.[0-9]{1,3}){1,3}(-(rc|[0-9]{1,2}|a-b)(\.[0-9]{1,2})?)?\Z"),
    st.from_regex(r"\A(main|dev)-[a-f0-9]{1,3}-[0-9]{1,3}\Z"),
    st.sampled_from(["latest", "v1", "1.2", "1.2-rc.1", "2025.02.03", "v2025.02.03-rc.1", "1.2.3-01", "1.2.3-", "18446744073709551616.0.0"]),
)  # fmt: skip
PATTERN = st.sampled_from(
    ["", ".*", "^v?(.*)$", r"^(?P<branch>\w+)-[a-f0-9]+-(?P<n>\d+)$", r"(\d+)\.(\d+)", r"(?i)V(\d)", r"^[^-]+$", "(a)|(b)|1", "[[:alpha:]]+", r"\Q.\E"]
)  # fmt: skip
EXTRACT = st.sampled_from(
    [
        "",
        "$0",
        "$1",
        "${1}",
        "$n",
        "${n}.0.0",
        "$1.$2.0",
        "$1x",
        "${1}x",
        "$$1",
        "$",
        "$9",
        "$missing",
        "${n",
        "$branch-$n",
    ]
)
RANGE = st.sampled_from(["*", ">=0.0.0-0", "1.x", "^1.2", "~0.1", ">=1.0.0 <2.0.0", "1.x || >=3.0.0-0", "2025.x"])


@pytest.fixture(scope="module")
def oracle() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([tool("tags-oracle")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def ask(oracle: subprocess.Popen[str], **question: Any) -> dict[str, Any]:
    assert oracle.stdin is not None
    assert oracle.stdout is not None
    oracle.stdin.write(json.dumps(question) + "\n")
    oracle.stdin.flush()
    answer: dict[str, Any] = json.loads(oracle.stdout.readline())
    return answer


@given(tags=st.lists(TAG, max_size=12, unique=True), pattern=PATTERN, extract=EXTRACT, wanted=RANGE)
def test_a_policy_is_followed_as_flux_would(
    oracle: subprocess.Popen[str], tags: list[str], pattern: str, extract: str, wanted: str
) -> None:
    said = ask(oracle, tags=tags, pattern=pattern, extract=extract if pattern else "", range=wanted)
    assert "error" not in said
    repository = parse_repository("web")
    policy = Policy(
        "web",
        "web",
        repository,
        Choice(By.SEMVER, wanted, pattern, extract if pattern else ""),
        Location("x"),
        exclude=(),
    )
    order = Order(policy)
    assert sorted(order.candidates(tags)) == sorted(said["extracted"])
    assert {tag: order.read(tag) for tag in said["extracted"]} == said["extracted"]
    assert list(order.rank(tags).tags) == said["order"]


@given(pattern=st.text(alphabet="ab01()[]{}*+?|^$.\\-:=!<>P", max_size=14))
def test_what_is_no_expression_to_go_is_none_here(oracle: subprocess.Popen[str], pattern: str) -> None:
    said = ask(oracle, tags=["a0", "b-1"], pattern=pattern, extract="", range="*")
    policy = Policy("web", "web", parse_repository("web"), Choice(By.SEMVER, "*", pattern), Location("x"), exclude=())
    try:
        found = Order(policy).candidates(["a0", "b-1"])
    except PatternError:
        assert "error" in said
        return
    if "error" not in said:
        assert sorted(found) == sorted(said["extracted"])
