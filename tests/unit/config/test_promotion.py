"""The part `promotion` of the configuration, and what is said of what is wrong in it."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config import ConfigError, load
from gitops_action.config.precedence import with_power_of
from gitops_action.config.promotion import Gates, Mode, PromotionPath, SoakFrom, find_cycle
from gitops_action.config.promotion_reading import duration

ENVIRONMENTS = """\
version: 1
environments:
  dev: {paths: [dev]}
  staging: {paths: [staging]}
  eu: {paths: [eu]}
  us: {paths: [us]}
promotion:
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(f"{ENVIRONMENTS}{text}".encode())
    return [f"{one.line}:{one.column} {one.message}" for one in caught.value.findings]


def test_what_is_written_is_read() -> None:
    text = """\
  paths:
    - {from: dev, to: staging, mode: fields, fields: [image.tag]}
    - from: staging
      to: [eu, us]
      gates: {statuses: [e2e]}
    - {from: dev, to: eu, components: ["web-*"], onboard: true}
  gates: {soak: 1h30m, soakFrom: merge, statuses: [general]}
  keep: [a]
  components: {"web-*": {block: [b]}}
"""
    read = load(f"{ENVIRONMENTS}{text}".encode()).promotion
    general = Gates(timedelta(hours=1, minutes=30), SoakFrom.MERGE, ("general",))
    own = Gates(timedelta(hours=1, minutes=30), SoakFrom.MERGE, ("e2e",))
    assert read.paths == (
        PromotionPath("dev", "staging", Mode.FIELDS, ("image.tag",), gates=general),
        PromotionPath("staging", "eu", gates=own),
        PromotionPath("staging", "us", gates=own),
        PromotionPath("dev", "eu", components=("web-*",), gates=general, onboard=True),
    )
    assert [rules.block for rules in read.rules_of("web-shop")] == [("b",), ()]
    assert [rules.keep for rules in read.rules_of("api")] == [("a",)]
    assert read.paths[3].has("web-shop")
    assert not read.paths[3].has("api")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("  paths: [{from: dev, to: dev}]", "circle: dev → dev"),
        ("  paths: [{from: dev, to: eu}, {from: eu, to: us}, {from: us, to: dev}]", "circle: dev → eu → us → dev"),
        ("  paths: [{from: dev, to: prod}]", "there is no environment `prod`"),
        ("  paths: [{from: deev, to: eu}]", "did you mean `dev`?"),
        ("  paths: [{from: dev, to: eu}, {from: dev, to: [us, eu]}]", "is there already"),
        ("  paths: [{from: dev, to: eu, after: [us]}]", "no other path from `dev` to `us`"),
        ("  paths: [{from: dev, to: eu, after: [us]}, {from: dev, to: us, after: [eu]}]", "would wait for itself"),
        ("  paths: [{from: dev, to: eu, mode: fields}]", "give both, or neither"),
        ("  paths: [{from: dev, to: eu, fields: [a]}]", "give both, or neither"),
        ("  gates: {soak: soon}\n  paths: [{from: dev, to: eu}]", "`soon` is no length of time"),
        ("  paths: [{from: dev, to: eu, gates: {windows: [{start: '9', end: '10:00'}]}}]", "start"),
        (
            "  paths: [{from: dev, to: eu, gates: {windows: [{start: '09:00', end: '10:00', timeZone: Moon/Sea}]}}]",
            "no time zone `Moon/Sea`",
        ),
        ("  permissions: {prod: {users: [a]}}", "there is no environment `prod`"),
        ("  pullRequests: {autoMerge: yes}", "autoMerge"),
        ("  pullRequests: {dispatch: ../x.yml}", "dispatch"),
        ("  unknown: 1", "unknown"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, told: str) -> None:
    found = problems(text)
    assert any(told in one for one in found), found
    assert all(int(one.partition(":")[0]) >= 7 for one in found)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), max_size=9))
def test_a_circle_is_found_where_there_is_one(edges: list[tuple[str, str]]) -> None:
    circle = find_cycle([PromotionPath(*edge) for edge in edges])
    reach = set(edges)
    for middle in "abcde":
        reach |= {
            (left, right)
            for left in "abcde"
            for right in "abcde"
            if (left, middle) in reach and (middle, right) in reach
        }
    assert bool(circle) == any((name, name) in reach for name in "abcde")
    if circle:
        assert circle[0] == circle[-1]
        assert all(pair in edges for pair in itertools.pairwise(circle))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5400), ("2h", 7200), ("1d12h", 129_600), ("1w", 604_800), ("0s", 0)]
)
def test_lengths_of_time(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@given(st.text(max_size=20))
def test_what_is_no_length_of_time_is_none(text: str) -> None:
    found = duration(text)
    assert found is None or found >= timedelta()


def test_ways_are_the_base_branchs_to_say() -> None:
    base = load(f"{ENVIRONMENTS}  paths: [{{from: dev, to: eu}}]".encode())
    head = load(f"{ENVIRONMENTS}  paths: [{{from: dev, to: us}}]".encode())
    assert with_power_of(head, base).promotion == base.promotion
