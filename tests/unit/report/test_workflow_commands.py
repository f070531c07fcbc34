"""Workflow commands: the runner reads back what was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.report.workflow_commands import command, may_command
from tests.unit.adapters.runner_model import parse_command

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAME = st.sampled_from(["error", "warning", "notice", "group", "add-mask"])


@given(NAME, TEXT, st.dictionaries(st.sampled_from(["file", "line", "col", "title"]), TEXT))
def test_the_runner_reads_back_what_was_meant(name: str, message: str, properties: dict[str, str]) -> None:
    line = command(name, message, **properties)
    assert "\n" not in line
    assert "\r" not in line
    given_ones = {key: value for key, value in properties.items() if value}
    assert parse_command(line) == (name, given_ones, message)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (command("error", "no: such, field\n100 %", file="a,b:c.yaml", line=3, col=None, title=""),
         "::error file=a%2Cb%3Ac.yaml,line=3::no: such, field%0A100 %25"),
        (command("endgroup"), "::endgroup::"),
        (command("add-mask", "%0A"), "::add-mask::%250A"),
    ],
)  # fmt: skip
def test_commands_as_text(line: str, expected: str) -> None:
    assert line == expected


@given(NAME, TEXT, TEXT, st.sampled_from(["", " ", "\t", "\u00a0", "text "]))
def test_whatever_the_runner_would_obey_is_seen(name: str, before: str, after: str, blanks: str) -> None:
    text = f"{before}\n{blanks}::{name}::{after}"
    assert may_command(text)
    assert may_command(f"{before}##[{name}]{after}")


def test_plain_text_is_left_alone() -> None:
    assert not may_command("apps/base/deployment.yaml:3:5: error: replicas: 'x' is not a number\n## [heading]")
