from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given

from gitops_action.model import FieldChange, Outcome, Report
from gitops_action.report.text import render
from tests.unit.report.sample import change, finding, minimal, sample, update
from tests.unit.report.test_escape import COMMAND
from tests.unit.report.test_markdown import REPORTS

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def test_check(snapshot: SnapshotAssertion) -> None:
    assert render(sample()) == snapshot


def test_diff(snapshot: SnapshotAssertion) -> None:
    assert render(replace(sample(), command="diff", findings=())) == snapshot


def test_a_finding_is_one_line_that_editors_can_jump_to() -> None:
    text = render(minimal(findings=(finding(message="a\nb\x1b[31m"),)))
    assert text.split("\n")[0] == "apps/base/podinfo/deployment.yaml:7:3: error: a b\\u001b[31m [unknown-field]"


def test_a_finding_about_an_object_without_a_file() -> None:
    text = render(minimal(findings=(finding(file="", line=None, column=None, message="x"),)))
    assert text.startswith("Deployment/web/podinfo: error: x [unknown-field]\n")


def test_values_that_are_long_or_deep_are_shortened() -> None:
    fields = (
        FieldChange("a", None, {"x": 1, "y": 2}, present_before=False),
        FieldChange("b", "z" * 200, after=True),
        *(FieldChange(f"c{number}", 1, 2) for number in range(30)),
    )
    lines = render(minimal(changes=(replace(update("staging", 1, 2), fields=fields),))).split("\n")
    assert lines[1] == "    a: (absent) → (2 keys)"
    assert lines[2] == "    b: " + "z" * 79 + "… → true"
    assert lines[21] == "    and 12 more fields"


def test_colours_only_when_asked() -> None:
    plain, coloured = render(sample()), render(sample(), colour=True)
    assert "\x1b" not in plain
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@given(REPORTS)
def test_nothing_commands_the_terminal_or_the_runner(report: Report) -> None:
    for command in ("check", "diff"):
        text = render(replace(report, command=command))
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
        assert not COMMAND.search(text)


def test_the_last_line_is_the_verdict() -> None:
    assert render(minimal()).split("\n")[-2] == "passed: nothing was checked · no object changes"
    unknown = change(Outcome.UNKNOWN, sample().changes[0].resource, message="why")
    assert "? unknown in staging: Deployment/web/podinfo: why\n" in render(minimal(changes=(unknown,)))
