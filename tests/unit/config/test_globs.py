from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config import globs

NAMES = st.text("ab.-", min_size=1, max_size=4).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, min_size=1, max_size=6).map("/".join)
PATTERN_PARTS = st.one_of(NAMES, st.sampled_from(["*", "**", "?", "a*", "*b", "a*b", "*a*"]))
PATTERNS = st.lists(PATTERN_PARTS, min_size=1, max_size=6).map("/".join)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("apps/staging", "apps/staging", True),
        ("apps/staging", "apps/staging/web.yaml", True),
        ("apps/staging", "apps/staging-eu", False),
        ("apps/staging", "apps", False),
        ("apps/staging", "x/apps/staging", False),
        ("./apps/staging/", "apps/staging/web.yaml", True),
        ("/apps", "apps/web.yaml", True),
        (".", "anything/at.all", True),
        ("", "anything/at.all", True),
        ("clusters/*-eu", "clusters/prod-eu/web.yaml", True),
        ("clusters/*-eu", "clusters/prod/x-eu", False),
        ("clusters/*", "clusters", False),
        ("**/tests", "tests/a.yaml", True),
        ("**/tests", "a/b/tests/c/d.yaml", True),
        ("**/tests", "a/testsuite/d.yaml", False),
        ("**/*.md", "docs/a.md", True),
        ("**/*.md", "docs/a.yaml", False),
        ("docs/**/draft.yaml", "docs/draft.yaml", True),
        ("docs/**/draft.yaml", "docs/a/b/draft.yaml", True),
        ("docs/**", "docs/a", True),
        ("env-[ab]", "env-a/x", True),
        ("env-[ab]", "env-c/x", False),
        ("a.b", "aXb", False),
        ("[]]/[[]/[!]]", "]/[/x", True),
        ("[{]a,b}", "{a,b}", True),
        ("{{cookiecutter.name}}/a", "{{cookiecutter.name}}/a/b", True),
    ],
)
def test_what_a_pattern_means(pattern: str, path: str, *, expected: bool) -> None:
    assert globs.parse(pattern).matches(path) is expected


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("../other", "root"),
        ("a/../b", "root"),
        ("a\\b", "backslash"),
        ("a/b**", "whole directories"),
        ("apps/[dev", "a `]` is missing"),
        ("env-[a]/[!]", "a `]` is missing"),
        ("[]", "a `]` is missing"),
        ("[a/b]", "a `]` is missing"),
        ("apps/{dev,staging}", "a pattern for each"),
        ("apps/{dev", "a pattern for each"),
    ],
)
def test_what_could_never_match_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        globs.parse(pattern)


@given(PATHS, PATHS)
def test_a_plain_path_means_itself_and_what_is_below(path: str, other: str) -> None:
    pattern = globs.parse(path)
    assert pattern.matches(path)
    assert pattern.matches(f"{path}/{other}")
    assert pattern.matches(other) is (other == path or other.startswith(f"{path}/"))


@given(PATTERNS, PATHS)
def test_matching_agrees_with_a_regular_expression(pattern: str, path: str) -> None:
    """Another way to the same answer: each part translated, `**/` as any number of parts."""
    expression = ""
    for part in pattern.split("/"):
        if part == "**":
            expression += r"(?:[^/]+/)*"
        else:
            literal = "".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in part)
            expression += f"{literal}/"
    assert globs.parse(pattern).matches(path) is (re.match(expression, f"{path}/") is not None)


def test_a_pattern_made_to_be_slow_is_not() -> None:
    pattern = globs.parse("/".join(["**", "a*"] * 100))
    hard = "/".join(["a"] * 99 + ["b"] * 2000)
    done = time.process_time()
    assert not pattern.matches(hard)
    wild = globs.parse("*a" * 200 + "*b")
    assert not wild.matches("a" * 5000)
    # Backtracking would take longer than the universe has; the margin is for slow machines.
    assert time.process_time() - done < 20


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("apps/staging/web", "apps/staging"),
        ("apps/staging", "apps/*"),
        ("clusters/*/apps", "clusters/*"),
        ("apps/stag*", "apps/*"),
        ("apps", "**"),
        ("a", ""),
    ],
)
def test_which_pattern_is_the_more_specific(more: str, less: str) -> None:
    assert globs.parse(more).specificity > globs.parse(less).specificity
