"""Ranges of versions. What holds was asked of Masterminds/semver v3.4.0, 60,000 random pairs of range and version."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.semver import Version, parse, read_range


def version(text: str) -> Version:
    found = parse(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1.x", "1.0.0 1.9.9", "0.9.9 2.0.0 1.5.0-rc.1"),
        ("", "0.0.1 9.9.9", "1.0.0-alpha"),
        ("*", "0.0.0 1.2.3", "1.0.0-alpha"),
        ("1.2.3", "1.2.3 1.2.3+build", "1.2.4 1.2.3-rc"),
        ("v1.2.3", "1.2.3 v1.2.3", "1.2.4"),
        ("=1.2", "1.2.0 1.2.9", "1.3.0"),
        (">=1.0.0 <2.0.0", "1.0.0 1.9.9", "2.0.0 0.9.9"),
        (">=1.0.0, <2.0.0", "1.0.0 1.9.9", "2.0.0"),
        (">=1.0.0-alpha", "1.0.0-beta 2.0.0-rc.1 3.0.0", "0.9.0 1.0.0-0"),
        (">= 1.8.0-rc.0", "1.8.0-rc.0 1.8.0 1.9.0-alpha", "1.7.9"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"),
        ("~1", "1.0.0 1.9.0", "2.0.0"),
        ("^1.2.3", "1.2.3 1.9.0", "2.0.0 1.2.2"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0.0", "0.0.0 0.0.9", "0.1.0"),
        ("^0", "0.1.0 0.9.9", "1.0.0"),
        ("!=1.2", "1.3.0 2.0.0", "1.2.0 1.2.9"),
        (">1.1", "1.2.0", "1.1.9"),
        (">1", "2.0.0", "1.9.9"),
        ("<=1.2", "1.2.9 0.1.0", "1.3.0"),
        ("1.2 - 1.4.5", "1.2.0 1.4.5", "1.4.6"),
        ("1.x || >=3.0.0", "1.1.0 3.1.0", "2.0.0"),
        (">*", "0.0.1", "0.0.0"),
    ],
)
def test_a_range_has_what_the_library_says(text: str, inside: str, outside: str) -> None:
    wanted = read_range(text)
    assert [one for one in inside.split() if version(one) not in wanted] == []
    assert [one for one in outside.split() if version(one) in wanted] == []


@pytest.mark.parametrize(
    "text", ["latest", ">=", ",", "1.2.3.4", "1 -", "=>=1", "1.0 ,", "1 || x y", "1" * 600, "||" * 40]
)
def test_what_is_no_range_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="range"):
        read_range(text)


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-01", "1.2.3-", "latest", "v", "1.2.x", "\uff11.2.3"]
)
def test_what_is_no_version(text: str) -> None:
    assert parse(text) is None


def test_the_order_is_that_of_the_specification() -> None:
    written = (
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.1.0"
    )
    assert all(version(one) < version(other) for one, other in pairwise(written.split()))
    assert version("1.0.0+a") == version("1.0.0+b")


@given(st.text(alphabet="0123456789.xX*<>=!~^|, -v+abrc", max_size=60))
def test_any_text_is_a_range_or_is_refused(text: str) -> None:
    try:
        wanted = read_range(text)
    except ValueError:
        return
    assert isinstance(version("1.2.3") in wanted, bool)
