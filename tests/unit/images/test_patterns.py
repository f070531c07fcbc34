"""Expressions of tags mean what Go makes of them, and none of them takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.images.patterns import PatternError, compiled


@pytest.mark.parametrize(
    ("pattern", "template", "tag", "extracted"),
    [
        (r"^main-[a-f0-9]+-(?P<ts>[0-9]+)", "$ts", "main-abc-17", "17"),
        (r"^main-[a-f0-9]+-(?P<ts>[0-9]+)", "", "main-abc-17", "main-abc-17"),
        (r"^main-[a-f0-9]+-(?P<ts>[0-9]+)", "$ts", "dev-abc-17", None),
        (r"(\d+)\.(\d+)", "$2.$1", "v1.20", "20.1"),
        (r"(\d+)", "${1}0", "v7", "70"),
        (r"(\d+)", "$10", "v7", ""),
        (r"(\d+)", "$$1-$1", "v7", "$1-7"),
        (r"(?P<a>x)?(\d+)", "[$a]$2", "7", "[]7"),
        (r"\d+", "$0", "v7", "7"),
        (r"\d+", "$nothing!", "v7", "!"),
        (r"\d+", "a$", "v7", "a$"),
        (r"(?i)^RC", "", "rc1", "rc1"),
    ],
)
def test_what_is_extracted(pattern: str, template: str, tag: str, extracted: str | None) -> None:
    assert compiled(pattern).extract(tag, template) == extracted


@pytest.mark.parametrize("pattern", ["(", "(?=x)", "(?!x)", r"(a)\1", "[z-a]", "a{100000}", "(?<=x)y"])
def test_what_re2_does_not_take_is_said(pattern: str) -> None:
    with pytest.raises(PatternError, match="is no regular expression of RE2: "):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)*x", "([a-z]+)*[0-9]"])
def test_a_hostile_expression_does_not_hang(pattern: str) -> None:
    begun = time.monotonic()
    found = compiled(pattern)
    for _ in range(100):
        found.extract("a" * 127 + "!", "$1")
    assert time.monotonic() - begun < 2


@given(st.text(max_size=30), st.text(alphabet="ab019.-", max_size=20), st.text(alphabet="$1{}ab", max_size=10))
def test_any_expression_matches_or_is_refused(pattern: str, tag: str, template: str) -> None:
    try:
        found = compiled(pattern).extract(tag, template)
    except PatternError:
        return
    assert found is None or isinstance(found, str)
