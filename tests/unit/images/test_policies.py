"""Which tag a policy picks, and which of two is newer by its order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config.images import By, Choice
from gitops_action.images.patterns import PatternError
from gitops_action.images.policies import Fact, Order, Policy, Ranking
from gitops_action.images.references import parse_repository
from gitops_action.model import Location


def policy(by: By, argument: str, pattern: str = "", extract: str = "", **more: object) -> Policy:
    choice = Choice(by, argument, pattern, extract)
    return Policy("web", "ghcr.io/acme/web", parse_repository("ghcr.io/acme/web"), choice, Location("x"), **more)  # type: ignore[arg-type]


def rank(by: By, argument: str, tags: str, filtered: tuple[str, str] = ("", ""), present: str = "") -> Ranking:
    return Order(policy(by, argument, *filtered)).rank(tags.split(), present.split())


@pytest.mark.parametrize(
    ("by", "argument", "tags", "picked"),
    [
        (By.SEMVER, ">=1.0.0 <2.0.0", "1.0.0 1.10.0 1.9.0 2.0.0 latest", "1.10.0"),
        (By.SEMVER, "1.x", "1.0.0 1.2.0-rc.1", "1.0.0"),
        (By.SEMVER, ">=1.0.0-0", "1.0.0 1.2.0-rc.1", "1.2.0-rc.1"),
        (By.SEMVER, "^1.2 || ~3.1", "1.9.0 3.1.4 3.2.0", "3.1.4"),
        (By.SEMVER, "*", "v1.0.0 v1.1.0", "v1.1.0"),
        (By.SEMVER, "5.x", "1.0.0", None),
        (By.NUMERICAL, "asc", "9 10 1e3 x", "1e3"),
        (By.NUMERICAL, "desc", "9 10 -1", "-1"),
        (By.NUMERICAL, "asc", "12345678901234567890 12345678901234567891", "12345678901234567891"),
        (By.NUMERICAL, "asc", "nan inf 1_0 0x10", None),
        (By.ALPHABETICAL, "asc", "beta alpha RELEASE.2026-01", "beta"),
        (By.ALPHABETICAL, "desc", "beta alpha", "alpha"),
    ],
)
def test_what_is_picked(by: By, argument: str, tags: str, picked: str | None) -> None:
    assert rank(by, argument, tags).newest == picked


def test_a_filter_says_what_counts_and_what_is_compared() -> None:
    ranking = rank(By.NUMERICAL, "asc", "main-ff-9 main-ee-10 dev-99 main-x-11", (r"^main-[a-f]+-(?P<n>\d+)$", "$n"))
    assert ranking.tags == ("main-ff-9", "main-ee-10")
    assert (ranking.all, ranking.excluded, ranking.unread) == (4, 2, 0)


def test_what_is_left_out_is_counted() -> None:
    ranking = rank(By.SEMVER, "1.x", "1.0.0 latest sha256-ab.sig 2.0.0 1.0")
    assert (ranking.all, ranking.excluded, ranking.unread, ranking.outside) == (5, 1, 2, 1)


def test_the_order_of_what_files_have_is_known_outside_of_the_range_too() -> None:
    ranking = rank(By.SEMVER, "1.x", "1.0.0 1.1.0", present="2.0.0 latest v1.1.0")
    assert ranking.order("1.1.0", "2.0.0") == -1
    assert ranking.order("1.1.0", "1.0.0") == 1
    assert ranking.order("1.1.0", "v1.1.0") == 0
    assert ranking.order("1.1.0", "latest") is None
    assert ranking.newer_than("1.0.0") == ["1.1.0"]
    assert ranking.newer_than("latest") == []


def test_descending_orders_are_descending_in_comparisons_too() -> None:
    for by in (By.NUMERICAL, By.ALPHABETICAL):
        ranking = rank(by, "desc", "1 2 3")
        assert ranking.newest == "1"
        assert ranking.order("1", "2") == 1


def fact(day: int = 0, **labels: str) -> Fact:
    return Fact(datetime(2026, 1, day, tzinfo=UTC) if day else None, labels)


def test_the_newest_is_the_last_that_was_made_or_has_the_greatest_label() -> None:
    facts = {"a": fact(3, build="9"), "b": fact(1, build="10"), "c": fact(build="x"), "d": fact(2)}
    assert Order(policy(By.NEWEST, "created")).rank(["a", "b", "c", "d", "e"], (), facts).tags == ("b", "d", "a")
    assert Order(policy(By.NEWEST, "build")).rank(["a", "b", "c", "d", "e"], (), facts).tags == ("a", "b", "c")


def test_what_makes_no_sense_is_said() -> None:
    with pytest.raises(PatternError):
        Order(policy(By.SEMVER, "1.x", "("))
    with pytest.raises(PatternError):
        Order(policy(By.SEMVER, "1.x", exclude=("(",)))


TAGS = st.lists(st.from_regex(r"\Av?[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}(-rc\.[0-9])?\Z|\A[a-z0-9]{1,5}\Z"), max_size=12)


@given(
    TAGS,
    st.sampled_from([(By.SEMVER, "*"), (By.SEMVER, ">=0.0.0-0"), (By.NUMERICAL, "desc"), (By.ALPHABETICAL, "asc")]),
)
def test_nothing_is_newer_than_what_is_picked(tags: list[str], choice: tuple[By, str]) -> None:
    ranking = Order(policy(*choice)).rank(tags)
    assert ranking.all == len(tags)
    assert len(ranking.tags) + ranking.excluded + ranking.unread + ranking.outside == len(tags)
    if ranking.newest is not None:
        assert all(ranking.order(tag, ranking.newest) in {-1, 0} for tag in ranking.tags)
        assert ranking.newer_than(ranking.newest) == []
