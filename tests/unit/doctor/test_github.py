"""Answers of something that is not GitHub; what GitHub itself answers is in tests/github/test_doctor.py."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.doctor.github import Kind, Reply, Seen, judge, questions
from gitops_action.doctor.lines import State
from gitops_action.doctor.rules import Wanted
from gitops_action.doctor.rules import judge as judge_rules

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "name",
                    "parameters",
                    "required_status_checks",
                    "protection",
                    "contexts",
                    "errors",
                    "environments",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@pytest.mark.parametrize("value", ["<html>", None, 5])
def test_what_is_not_githubs_api_is_not_known(value: Any) -> None:
    (found,) = judge(Seen(Kind.OTHER, Reply(200, value)))
    assert found.state is State.UNKNOWN
    assert "is not GitHub's API" in found.message


@given(st.dictionaries(st.sampled_from(sorted(questions("a/b", "main", "x"))), anything.map(lambda it: Reply(200, it))))
def test_odd_answers_give_lines_and_no_crash(replies: dict[str, Reply]) -> None:
    seen = Seen(Kind.CLASSIC, Reply(200, {"full_name": "a/b"}, {"x-oauth-scopes": "repo"}), replies)
    wanted = Wanted("main", ("production",), "squash", "CODEOWNERS")
    assert [*judge(seen), *judge_rules(seen, wanted)]
