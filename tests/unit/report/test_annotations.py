from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitops_action.model import Finding, Severity
from gitops_action.report.annotations import Annotation, annotate
from gitops_action.report.workflow_commands import command
from tests.unit.report.hostile import HOSTILE, MANY
from tests.unit.report.sample import finding


def test_worst_first_and_no_more_than_github_shows() -> None:
    findings = [finding(severity=severity, line=line) for severity in reversed(Severity) for line in range(1, 13)]
    levels = [note.level for note in annotate(findings)]
    assert levels == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10


def test_the_same_problem_is_told_once() -> None:
    notes = annotate([finding("production"), finding("staging")], ("staging", "production"))
    assert notes == [
        Annotation(
            "error",
            "unknown-field",
            "`spec.replcas` is not a field of Deployment; did you mean `replicas`? (in staging, production)",
            "apps/base/podinfo/deployment.yaml",
            7,
            3,
        )
    ]


def test_an_environment_that_stands_for_none_is_not_named() -> None:
    (note,) = annotate([finding("default")], ("production", "default"))
    assert note.message.endswith("`replicas`?")


def test_as_a_command() -> None:
    (note,) = annotate([finding(file="a,b:c.yaml", message="100%\nsure", column=None)])
    assert command(note.level, note.message, **note.properties) == (
        "::error file=a%2Cb%3Ac.yaml,line=7,title=unknown-field::100%25 sure"
    )


@MANY
@given(st.builds(Finding, HOSTILE, st.sampled_from(Severity), HOSTILE, HOSTILE, environment=HOSTILE))
def test_one_line_whatever_is_in_it(found: Finding) -> None:
    (note,) = annotate([found])
    line = command(note.level, note.message, **note.properties)
    assert "\n" not in line
    assert "\r" not in line
    assert line.split("::")[1].split(" ")[0] == note.level
