"""No form of a report leaves out how much was checked: without it, "no findings" means nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gitops_action.model import Change, Coverage, EngineCoverage, Outcome, Report, ResourceId, Verdict
from gitops_action.report import RENDERERS, render
from gitops_action.report.json_reading import load
from gitops_action.report.markdown import comment
from gitops_action.report.merge import Merger
from tests.unit.report.sample import sample

ENGINES = (EngineCoverage("schema", 7043, 7041), EngineCoverage("kubeconform", 7043, 6999))
CHECKED = Report(
    "validate", Verdict.PASSED, coverage=Coverage(37, {}, 7043, 0, 0, ENGINES, suppressed=5021, suppressed_inline=4017)
)


def forms(report: Report) -> dict[str, str]:
    written = {name: render(report, name) for name in RENDERERS}
    return {**written, "comment": comment(report, marker="<!-- test -->")}


@pytest.mark.parametrize("form", [*RENDERERS, "comment"])
@pytest.mark.parametrize("report", [CHECKED, replace(sample(), coverage=CHECKED.coverage)], ids=["clean", "full"])
def test_every_form_says_how_much_each_engine_checked_and_what_is_suppressed(form: str, report: Report) -> None:
    text = forms(report)[form]
    for said in ("schema", "kubeconform", "7041", "6999", "7043", "5021", "4017"):
        assert said in text, said


@pytest.mark.parametrize("form", sorted(set(RENDERERS) - {"json"} | {"comment"}))
def test_forms_for_people_say_that_nothing_was_checked(form: str) -> None:
    nothing = Report("validate", Verdict.PASSED, coverage=Coverage(engines=(EngineCoverage("schema", 0, 0),)))
    assert "nothing was checked" in forms(nothing)[form].lower()
    unjudged = Report(
        "validate", Verdict.PASSED, coverage=Coverage(resources=3, engines=(EngineCoverage("schema", 3, 0),))
    )
    assert "no engine judged any of 3 objects" in forms(unjudged)[form]
    gone = Change("dev", Outcome.DELETE, ResourceId("v1", "ConfigMap", "", "a"))
    emptied = Report(
        "check", Verdict.PASSED, changes=[gone], coverage=Coverage(engines=(EngineCoverage("schema", 0, 0),))
    )
    assert "there was no Kubernetes object to judge" in forms(emptied)[form]


def test_json_says_it_in_numbers() -> None:
    coverage = json.loads(render(CHECKED, "json"))["coverage"]
    assert coverage["engines"][0] == {"engine": "schema", "found": 7043, "checked": 7041}
    assert (coverage["suppressed"], coverage["suppressedByComments"]) == (5021, 4017)


RELEASED = replace(CHECKED, coverage=replace(CHECKED.coverage, releases=517, releases_unknown=13))


@pytest.mark.parametrize("form", [*RENDERERS, "comment"])
def test_every_form_says_how_many_releases_are_not_known(form: str) -> None:
    text = forms(RELEASED)[form]
    if form == "json":
        coverage = json.loads(text)["coverage"]
        assert (coverage["releases"], coverage["releasesUnknown"]) == (517, 13)
        assert load(text).coverage == RELEASED.coverage
    else:
        assert "504 of 517 releases rendered" in text


@pytest.mark.parametrize("form", sorted(set(RENDERERS) - {"json", "junit", "sarif"} | {"comment"}))
def test_releases_that_are_not_known_are_not_to_be_overlooked(form: str) -> None:
    assert "13 of 517 releases could not be rendered" in forms(RELEASED)[form]
    assert "could not be rendered" not in forms(CHECKED)[form]


def test_legs_of_a_matrix_add_up() -> None:
    merger = Merger()
    for name in ("a", "b"):
        merger.add(name, replace(RELEASED, command="check", shard=f"environment/{name}"))
    coverage = merger.merged().coverage
    assert (coverage.releases, coverage.releases_unknown) == (2 * 517, 2 * 13)
