from __future__ import annotations

import random
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from gitops_action.codes import CODES
from gitops_action.model import Coverage, EngineCoverage, Finding, Outcome, Report, ResourceId, Severity, Verdict
from gitops_action.report.junit import dump
from tests.unit.report.hostile import COMMAND, REPORTS, REPORTS_TRIED
from tests.unit.report.sample import ENVIRONMENTS, change, finding, minimal, sample

# The elements in which all readers agree, with the attributes that they may, and that they must have (after
# junit-10.xsd of jenkinsci/xunit-plugin; `file` and `line` after EnricoMi/publish-unit-test-result-action), and with
# what may be in them.
COUNTS: Final = {"tests", "failures", "errors", "skipped"}
DIALECT: Final[dict[str, tuple[set[str], set[str], set[str]]]] = {
    "testsuites": ({"name", *COUNTS}, {"tests"}, {"testsuite"}),
    "testsuite": ({"name", *COUNTS}, {"name", "tests"}, {"testcase"}),
    "testcase": (
        {"name", "classname", "file", "line"},
        {"name", "classname"},
        {"failure", "error", "skipped", "system-out"},
    ),
    "failure": ({"type", "message"}, {"message"}, set()),
    "error": ({"type", "message"}, {"message"}, set()),
    "skipped": ({"message"}, {"message"}, set()),
    "system-out": (set(), set(), set()),
}
CHECKED: Final = Coverage(resources=3, engines=(EngineCoverage("schema", 3, 3),))


def parsed(report: Report) -> ET.Element:
    """The report as it is read back, held to the dialect."""
    root = ET.fromstring(dump(report).encode())  # noqa: S314 - it reads what we wrote
    assert root.tag == "testsuites"
    for element in root.iter():
        may, must, children = DIALECT[element.tag]
        assert must <= set(element.keys()) <= may
        assert {child.tag for child in element} <= children
    for counted in (root, *root.iter("testsuite")):
        cases = list(counted.iter("testcase"))
        assert [counted.get(name) for name in ("tests", "failures", "errors", "skipped")] == [
            str(len(cases)),
            *(str(sum(case.find(name) is not None for case in cases)) for name in ("failure", "error", "skipped")),
        ]
    for case in root.iter("testcase"):
        assert sum(case.find(name) is not None for name in ("failure", "error", "skipped")) <= 1
    return root


def suite(root: ET.Element, name: str) -> ET.Element:
    (found,) = (one for one in root if one.get("name") == name)
    return found


def run_case(root: ET.Element) -> ET.Element:
    (case,) = root[0]
    return case


def text(element: ET.Element, tag: str) -> str:
    found = element.find(tag)
    return "" if found is None else found.text or ""


def test_a_suite_for_each_environment_and_for_each_file_without_one() -> None:
    root = parsed(sample())
    assert [one.get("name") for one in root] == ["gitops-action check", "staging", "production", "apps/w|dget.yaml"]
    (case,) = suite(root, "production")
    assert case.attrib == {
        "classname": "production: apps/base/podinfo/deployment.yaml",
        "name": "Deployment/web/podinfo",
        "file": "apps/base/podinfo/deployment.yaml",
        "line": "7",
    }
    (failure,) = case
    assert failure.attrib == {
        "type": "unknown-field",
        "message": "`spec.replcas` is not a field of Deployment; did you mean `replicas`?",
    }
    assert (failure.text or "").splitlines() == [
        f"apps/base/podinfo/deployment.yaml:7:3: error: {failure.get('message')} [unknown-field]",
        f"unknown-field: {CODES['unknown-field'].remedy}",
    ]


def test_what_does_not_make_a_run_fail_is_output() -> None:
    (case,) = suite(parsed(sample()), "apps/w|dget.yaml")
    assert [child.tag for child in case] == ["system-out"]
    assert "warning: no schema for Widget" in text(case, "system-out")


def test_one_case_for_all_findings_of_an_object() -> None:
    findings = [finding(line=7), finding(line=9, code="invalid-name"), finding(severity=Severity.WARNING, line=1)]
    (case,) = suite(parsed(minimal(verdict=Verdict.FAILED, findings=findings)), "apps/base/podinfo/deployment.yaml")
    failure = case.find("failure")
    assert failure is not None
    assert (failure.get("message") or "").endswith(" (and 1 more)")
    assert "deployment.yaml:9:3: error: " in (failure.text or "")
    assert "deployment.yaml:1:3: warning: " in text(case, "system-out")


def test_objects_of_one_file_are_cases_of_their_own() -> None:
    other = ResourceId("v1", "Service", "web", "podinfo")
    root = parsed(minimal(verdict=Verdict.FAILED, findings=[finding(), finding(line=20, resource=other)]))
    names = [case.get("name") for case in suite(root, "apps/base/podinfo/deployment.yaml")]
    assert names == ["Deployment/web/podinfo", "Service/web/podinfo"]


@pytest.mark.parametrize("severity", Severity)
def test_only_a_run_that_failed_has_failures(severity: Severity) -> None:
    findings = [finding(severity=severity)]
    for verdict in Verdict:
        root = parsed(minimal(verdict=verdict, findings=findings, coverage=CHECKED))
        assert root.get("failures") == ("1" if verdict is Verdict.FAILED else "0")


def test_an_incomplete_run_is_an_error_with_its_reasons() -> None:
    gone = change(Outcome.FORBIDDEN, ResourceId("v1", "ConfigMap", "web", "a"), message="may not get configmaps")
    root = parsed(minimal(verdict=Verdict.INCOMPLETE, changes=[gone], coverage=CHECKED))
    assert root.get("errors") == "1"
    error = run_case(root).find("error")
    assert error is not None
    assert error.get("message") == "Something could not be checked, so nothing is promised."
    assert "1 object in staging forbidden: may not get configmaps" in (error.text or "")


def test_a_run_that_failed_and_could_not_render_everything_says_both() -> None:
    coverage = replace(CHECKED, targets=3, targets_failed=1)
    root = parsed(minimal(verdict=Verdict.FAILED, findings=[finding()], coverage=coverage))
    assert (root.get("errors"), root.get("failures")) == ("1", "1")
    assert "1 of 3 overlays could not be rendered" in text(run_case(root), "error")


def test_a_clean_run_has_one_case_that_counts_what_was_checked() -> None:
    root = parsed(minimal("validate", coverage=CHECKED))
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("1", "0", "0", "0")
    said = text(run_case(root), "system-out")
    assert said.startswith("passed: no problems found\n")
    assert "3 objects" in said
    assert "Objects without findings have no test case." in said


@pytest.mark.parametrize("coverage", [Coverage(), Coverage(resources=3, engines=(EngineCoverage("schema", 3, 0),))])
def test_what_judged_nothing_has_not_passed(coverage: Coverage) -> None:
    root = parsed(minimal("validate", coverage=coverage))
    assert root.get("skipped") == "1"
    skipped = run_case(root).find("skipped")
    assert skipped is not None
    assert (skipped.get("message") or "").startswith("Nothing was ")


def test_a_finding_about_no_file() -> None:
    root = parsed(minimal(verdict=Verdict.FAILED, findings=[Finding("no-manifests", Severity.ERROR, "nothing there")]))
    (case,) = suite(root, "no file")
    assert case.attrib == {"classname": "no file", "name": "no-manifests"}


def test_a_finding_that_says_nothing() -> None:
    root = parsed(minimal(verdict=Verdict.FAILED, findings=[finding(message="", code="")]))
    assert next(root.iter("failure")).attrib == {"message": "no message"}


def test_characters_that_xml_cannot_write() -> None:
    message = "a\x00b\x0bc\x1b[31m\ufffe\ud800<&>\"']]>\r\n\u202e😀"
    root = parsed(minimal(verdict=Verdict.FAILED, findings=[finding(message=message)]))
    failure = next(root.iter("failure"))
    shown = failure.get("message") or ""
    assert "<&>\"']]>" in shown
    assert shown.endswith("😀")
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_the_same_report_gives_the_same_bytes() -> None:
    report = sample()
    mixed = random.Random(7).sample(report.findings, len(report.findings))  # noqa: S311 - a test's order
    assert dump(replace(report, findings=mixed)) == dump(report)
    assert report.environments == ENVIRONMENTS


@REPORTS_TRIED
@given(REPORTS)
def test_whatever_is_in_it(report: Report) -> None:
    written = dump(report)
    assert not COMMAND.search(written)
    root = parsed(report)
    assert (int(root.get("failures") or 0) > 0) == (report.verdict is Verdict.FAILED and bool(report.findings))
    everything = "".join(text for element in root.iter() for text in (*element.attrib.values(), element.text or ""))
    for code in {one.code for one in report.findings if one.code in CODES}:
        assert code in everything
    assert "\u202e" not in everything
    assert "\x1b" not in everything
