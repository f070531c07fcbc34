"""Legs of a matrix: together they are the whole, and nothing is done twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.errors import UsageError
from gitops_action.shards import MOST_LEGS, By, Shard, as_matrix, legs, of_matrix, parse, siblings

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = st.dictionaries(st.text(min_size=1), st.integers(0, 10**9), max_size=60)


def environments(found: Sequence[Shard], sizes: dict[str, int], clusters: dict[str, str]) -> list[str]:
    return [name for leg in found for name in leg.environments(sizes, clusters)]


@given(SIZES, st.integers(1, 80))
def test_parts_are_the_whole_once_and_none_is_empty(sizes: dict[str, int], number: int) -> None:
    found = legs(sizes, {}, by=By.ENVIRONMENT, number=number)
    assert len(found) == max(1, min(number, len(sizes)))
    assert sorted(environments(found, sizes, {})) == sorted(sizes)
    assert not sizes or all(leg.environments(sizes, {}) for leg in found)


@given(SIZES, st.dictionaries(st.text(min_size=1), st.sampled_from("abc")), st.sampled_from(By))
def test_names_are_the_whole_once(sizes: dict[str, int], clusters: dict[str, str], by: By) -> None:
    found = legs(sizes, clusters, by=by)
    assert sorted(environments(found, sizes, clusters)) == sorted(sizes)


@given(SIZES, st.integers(1, 9))
def test_parts_are_balanced(sizes: dict[str, int], number: int) -> None:
    """Dealing out by size is at most 4/3 of the best, which is at least the mean and the largest of all."""
    # An environment counts as one byte at least, since to start on it costs something too.
    weighed = {name: max(1, size) for name, size in sizes.items()}
    found = [
        sum(weighed[name] for name in leg.environments(sizes, {}))
        for leg in legs(sizes, {}, by=By.ENVIRONMENT, number=number)
    ]
    least = max([sum(weighed.values()) / len(found), *weighed.values()])
    # Graham's bound for the list in order: no part is longer than the mean and one more.
    assert max(found) <= least + max(weighed.values(), default=0)


def test_clusters_take_their_environments_together() -> None:
    clusters = {"staging": "west", "production": "west"}
    found = legs({"staging": 1, "production": 1, "dev": 1}, clusters, by=By.CLUSTER)
    assert [str(leg) for leg in found] == ["cluster=west", "cluster=dev"]
    assert found[0].environments({"staging": 1, "production": 1, "dev": 1}, clusters) == {"staging", "production"}


def test_nothing_to_do_is_one_leg() -> None:
    assert [str(leg) for leg in legs({}, {}, by=By.ENVIRONMENT)] == ["1/1"]
    assert [str(leg) for leg in legs({}, {}, by=By.ENVIRONMENT, number=5)] == ["1/1"]


def test_more_legs_than_github_starts() -> None:
    sizes = {f"cluster-{number}": 1 for number in range(MOST_LEGS + 1)}
    with pytest.raises(UsageError, match=r"257 legs are more than the 256 .*--shards"):
        legs(sizes, {}, by=By.ENVIRONMENT)
    assert len(legs(sizes, {}, by=By.ENVIRONMENT, number=MOST_LEGS)) == MOST_LEGS


@pytest.mark.parametrize("text", ["2/8", "1/1", "environment=production", "cluster=arn:aws:eks/x=y"])
def test_a_name_is_read_as_it_was_written(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "0/2", "3/2", "1", "1/0", "a/b", "environment=", "namespace=x", "production", "1/2/3", "01/2"]
)
def test_what_is_no_leg(text: str) -> None:
    with pytest.raises(UsageError, match="--shard"):
        parse(text)


@given(SIZES, st.integers(0, 9))
def test_a_matrix_is_read_back(sizes: dict[str, int], number: int) -> None:
    found = legs(sizes, {}, by=By.ENVIRONMENT, number=number)
    text = as_matrix(found)
    assert "\n" not in text
    assert of_matrix(text) == [str(leg) for leg in found]
    assert [leg["number"] for leg in json.loads(text)["include"]] == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"include": 1}', '{"include": [{"shard": 2}]}', "[" * 100_000, '{"include": [{}]}']
)
def test_what_is_no_matrix(text: str) -> None:
    with pytest.raises(UsageError, match="--matrix"):
        of_matrix(text)


def test_siblings() -> None:
    assert siblings("2/3") == ["1/3", "2/3", "3/3"]
    assert siblings("environment=prod") == ["environment=prod"]
