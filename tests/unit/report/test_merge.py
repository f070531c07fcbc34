"""Reports of legs become one, whatever their order, and what is missing is said."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.errors import UsageError
from gitops_action.model import Change, Coverage, EngineCoverage, Outcome, Report, ResourceId, Severity, Timing, Verdict
from gitops_action.report.json_reading import load
from gitops_action.report.json_report import dump
from gitops_action.report.merge import Merger
from tests.unit.report.sample import change, finding, minimal

if TYPE_CHECKING:
    from collections.abc import Sequence

OBJECT = ResourceId("v1", "ConfigMap", "web", "settings")


def leg(shard: str, environment: str, verdict: Verdict = Verdict.PASSED, **more: Any) -> Report:
    values: dict[str, Any] = {
        "changes": [change(Outcome.CREATE, OBJECT, environment)],
        "coverage": Coverage(1, {"manifest": 1}, 1, 2, 0, (EngineCoverage("schema", 1, 1),), 3, 2),
        "timings": [Timing("render", 0.5)],
        "environments": (environment,),
        "base": "a" * 40,
        "head": "b" * 40,
        **more,
    }
    return replace(minimal(), verdict=verdict, shard=shard, **values)


def merged(reports: Sequence[Report], legs: Sequence[str] = ()) -> Report:
    merger = Merger(legs)
    for number, report in enumerate(reports):
        merger.add(f"file-{number}", report)
    return merger.merged()


def codes(report: Report) -> list[tuple[str, Severity]]:
    return [(one.code, one.severity) for one in report.findings]


def test_the_whole_is_the_sum() -> None:
    shared = finding("", file="README.md", severity=Severity.WARNING, target="")
    report = merged(
        [
            leg("1/2", "staging", findings=[finding("staging"), shared], verdict=Verdict.FAILED),
            leg("2/2", "production", findings=[shared]),
        ]
    )
    assert report.verdict is Verdict.FAILED
    assert report.shard == ""
    assert [one.environment for one in report.changes] == ["staging", "production"]
    assert codes(report) == [("unknown-field", Severity.ERROR), ("unknown-field", Severity.WARNING)]
    assert report.coverage == Coverage(2, {"manifest": 2}, 2, 4, 0, (EngineCoverage("schema", 2, 2),), 6, 4)
    assert list(report.timings) == [Timing("render", 1.0)]
    assert list(report.environments) == ["staging", "production"]


def test_the_order_of_files_does_not_matter_but_for_the_environments() -> None:
    reports = [
        leg("1/3", "a", findings=[finding("a")]),
        leg("2/3", "b", Verdict.INCOMPLETE),
        leg("3/3", "c", findings=[finding("c", line=8)]),
    ]
    found = [replace(merged(chosen), environments=("a", "b", "c")) for chosen in permutations(reports)]
    assert {dump(report) for report in found} == {dump(found[0])}


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((Verdict.PASSED, Verdict.PASSED), Verdict.PASSED),
        ((Verdict.PASSED, Verdict.INCOMPLETE), Verdict.INCOMPLETE),
        ((Verdict.FAILED, Verdict.INCOMPLETE), Verdict.FAILED),
    ],
)
def test_the_worst_verdict_counts(verdicts: tuple[Verdict, Verdict], expected: Verdict) -> None:
    assert merged([leg("1/2", "a", verdicts[0]), leg("2/2", "b", verdicts[1])]).verdict is expected


def test_a_missing_part_is_named_without_a_matrix() -> None:
    report = merged([leg("1/3", "a"), leg("3/3", "c")])
    assert report.verdict is Verdict.INCOMPLETE
    assert [(one.code, one.message) for one in report.findings] == [
        ("leg-missing", "leg `2/3` gave no report: what it would have checked is not known")
    ]


def test_missing_legs_are_named_with_a_matrix() -> None:
    report = merged([leg("environment=a", "a")], ["environment=a", "environment=b", "environment=c"])
    assert [one.message.split("`")[1] for one in report.findings] == ["environment=b", "environment=c"]
    assert report.verdict is Verdict.INCOMPLETE


def test_an_incomplete_leg_is_named() -> None:
    report = merged([leg("1/2", "a"), leg("2/2", "b", Verdict.INCOMPLETE)])
    assert codes(report) == [("leg-incomplete", Severity.WARNING)]
    assert "`2/2`" in report.findings[0].message


def test_an_unusable_report_is_no_pass() -> None:
    merger = Merger()
    merger.add("one", leg("1/1", "a"))
    merger.unusable("two", "it is not JSON")
    report = merger.merged()
    assert report.verdict is Verdict.INCOMPLETE
    assert codes(report) == [("leg-missing", Severity.ERROR)]


def test_that_one_leg_had_nothing_is_said_only_if_all_had_nothing() -> None:
    nothing = finding("", code="nothing-affected", severity=Severity.INFO, file="", line=None, resource=None, target="")
    idle = leg("environment=b", "b", findings=[nothing], changes=[], coverage=Coverage())
    assert codes(merged([leg("environment=a", "a"), idle])) == []
    assert codes(merged([idle])) == [("nothing-affected", Severity.INFO)]


@pytest.mark.parametrize("what", ["command", "base", "head"])
def test_reports_of_different_runs_are_not_mixed(what: str) -> None:
    different: dict[str, Any] = {what: "c" * 40}
    other = replace(leg("2/2", "b"), **different)
    with pytest.raises(UsageError, match=rf"file-1 and file-0 are not of one run: their `{what}`"):
        merged([leg("1/2", "a"), other])


def test_a_leg_is_not_counted_twice() -> None:
    with pytest.raises(UsageError, match="file-1 and file-0 are both of leg `1/2`"):
        merged([leg("1/2", "a"), leg("1/2", "a")])


def test_nothing_to_merge() -> None:
    with pytest.raises(UsageError, match="no report"):
        merged([])


def test_reports_without_legs_are_merged_too() -> None:
    """Such as those of two folders of a repository."""
    report = merged([leg("", "a"), leg("", "b")])
    assert {one.environment for one in report.changes} == {"a", "b"}
    assert report.verdict is Verdict.PASSED


def test_the_leg_survives_the_file() -> None:
    assert load(dump(leg("2/8", "a"))).shard == "2/8"
    assert '"shard"' not in dump(leg("", "a"))


def test_each_change_is_one_line() -> None:
    report = leg("1/2", "a", changes=[change(Outcome.CREATE, replace(OBJECT, name=str(n))) for n in range(50)])
    text = dump(report)
    assert sum('"outcome"' in line for line in text.splitlines()) == 50
    assert all(isinstance(one, Change) for one in load(text).changes)
