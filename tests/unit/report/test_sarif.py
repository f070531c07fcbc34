from __future__ import annotations

import json
import random
import re
import zlib
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given

from gitops_action.codes import CODES
from gitops_action.model import Coverage, Finding, Report, ResourceId, Severity, Verdict
from gitops_action.report.links import CODES_PAGE
from gitops_action.report.sarif import MAX_COMPRESSED, SHOWN, dump
from tests.npm.fetch import descriptions
from tests.unit.report.hostile import COMMAND, REPORTS, REPORTS_TRIED
from tests.unit.report.sample import finding, minimal, sample

RELATIVE = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})*")


@cache
def validator() -> Any:
    schema = json.loads(descriptions().sarif.read_text(encoding="utf-8"))
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema)


def run_of(report: Report) -> dict[str, Any]:
    """The one run of a report's SARIF, which is what the standard's schema says."""
    log = json.loads(dump(report))
    validator().validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def results_of(*findings: Finding, **more: Any) -> list[dict[str, Any]]:
    results = run_of(minimal(findings=findings, **more))["results"]
    assert isinstance(results, list)
    return results


def mark(one: Finding, **changed: Any) -> str:
    (result,) = results_of(replace(one, **changed))
    return str(result["partialFingerprints"]["gitopsAction/v1"])


def notes(run: dict[str, Any]) -> list[tuple[str, str]]:
    return [(note["level"], note["message"]["text"]) for note in run["invocations"][0]["toolExecutionNotifications"]]


def test_the_schema_tells_right_from_wrong() -> None:
    log = json.loads(dump(sample()))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    with pytest.raises(jsonschema.ValidationError, match="0 is less than the minimum of 1"):
        validator().validate(log)


def test_a_finding_of_two_environments_is_one_result() -> None:
    results = run_of(sample())["results"]
    assert [result["ruleId"] for result in results] == ["unknown-field", "build-failed", "schema-missing"]
    assert [result["level"] for result in results] == ["error", "error", "warning"]
    assert results[0] == {
        "ruleId": "unknown-field",
        "ruleIndex": 2,
        "level": "error",
        "message": {
            "text": "`spec.replcas` is not a field of Deployment; did you mean `replicas`? (in staging, production)"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "apps/base/podinfo/deployment.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 7, "startColumn": 3},
                },
                "logicalLocations": [
                    {
                        "name": "podinfo",
                        "fullyQualifiedName": "apps/v1/Deployment/web/podinfo",
                        "kind": "resource",
                    }
                ],
            }
        ],
        "partialFingerprints": {"gitopsAction/v1": mark(finding("staging"))},
        "properties": {
            "environments": ["staging", "production"],
            "targets": ["apps/production", "apps/staging"],
            "engine": "schema",
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "namespace": "web",
            "name": "podinfo",
        },
    }


def test_only_rules_that_occur_are_described() -> None:
    driver = run_of(sample())["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == ["build-failed", "schema-missing", "unknown-field"]
    rule, code = driver["rules"][2], CODES["unknown-field"]
    assert rule["shortDescription"]["text"] == code.summary
    assert code.cause in rule["fullDescription"]["text"]
    assert code.remedy in rule["help"]["text"]
    assert code.remedy in rule["help"]["markdown"]
    assert rule["helpUri"] == f"{CODES_PAGE}#unknown-field"
    assert rule["defaultConfiguration"]["level"] == "error"


def test_every_code_can_be_told_within_what_github_shows() -> None:
    run = run_of(minimal(findings=[finding(code=name) for name in CODES]))
    rules = run["tool"]["driver"]["rules"]
    assert len(rules) == len(CODES)
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_notes_and_a_code_of_another_version() -> None:
    (result,) = results_of(finding(severity=Severity.INFO, code="of-tomorrow"))
    assert (result["level"], result["ruleId"]) == ("note", "of-tomorrow")


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("apps/a b#c?.yaml", "apps/a%20b%23c%3F.yaml"),
        ("c:/x.yaml", "c%3A/x.yaml"),
        ("ü/ä.yaml", "%C3%BC/%C3%A4.yaml"),
        ("//host/x.yaml", "host/x.yaml"),
        ("100%.yaml", "100%25.yaml"),
    ],
)
def test_paths_are_relative_references(file: str, uri: str) -> None:
    (result,) = results_of(finding(file=file))
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_without_a_line_there_is_no_region_and_without_a_column_none() -> None:
    whole, line = (
        result["locations"][0]["physicalLocation"]
        for result in results_of(finding(line=None, column=None), finding(line=7, column=None))
    )
    assert "region" not in whole
    assert line["region"] == {"startLine": 7}


@pytest.mark.parametrize(("target", "uri"), [("apps/staging", "apps/staging"), ("", ".gitops.yaml")])
def test_a_finding_about_no_file_has_a_place_all_the_same(target: str, uri: str) -> None:
    (result,) = results_of(finding(file="", line=None, column=None, target=target, resource=None))
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}}]
    # There are no lines of which the upload could make it.
    assert result["partialFingerprints"]["primaryLocationLineHash"] == result["partialFingerprints"]["gitopsAction/v1"]


def test_the_object_and_the_value_in_it() -> None:
    (result,) = results_of(finding(pointer="/spec/replcas"))
    (logical,) = result["locations"][0]["logicalLocations"]
    assert logical["fullyQualifiedName"] == "apps/v1/Deployment/web/podinfo#/spec/replcas"
    assert result["properties"]["pointer"] == "/spec/replcas"


@pytest.mark.parametrize(
    "changed",
    [
        {"line": 90, "column": 1},
        {"environment": "production", "target": "apps/production"},
        {"resource": ResourceId("apps/v1beta1", "Deployment", "web-production", "podinfo")},
        {"severity": Severity.WARNING},
        {"message": "the key `a` is set again; it is set first on line 88 (column 12)"},
    ],
)
def test_a_fingerprint_stays_where_the_problem_does(changed: dict[str, Any]) -> None:
    one = finding("staging", message="the key `a` is set again; it is set first on line 3 (column 5)")
    assert mark(one, **changed) == mark(one)


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "unknown-kind"},
        {"file": "b.yaml"},
        {"pointer": "/spec"},
        {"message": "another with nginx:1.25"},
        {"resource": ResourceId("apps/v1", "Deployment", "web", "other")},
        {"resource": None},
    ],
)
def test_another_problem_has_another_fingerprint(changed: dict[str, Any]) -> None:
    assert mark(finding(), **changed) != mark(finding())


def test_equal_problems_are_numbered_in_the_order_of_their_lines() -> None:
    marks = [
        [
            result["partialFingerprints"]["gitopsAction/v1"]
            for result in results_of(*(finding(line=line) for line in lines))
        ]
        for lines in ([3, 5, 7], [30, 50, 70], [9])
    ]
    assert len({*marks[0]}) == 3
    assert marks[0] == marks[1]
    assert marks[2] == marks[0][:1]


def test_worst_first_no_more_than_github_shows_and_what_is_left_is_counted() -> None:
    findings = [finding(severity=Severity.WARNING, line=line, file="a.yaml") for line in range(1, SHOWN + 1)]
    findings += [finding(line=line, file="z.yaml", code="invalid-name") for line in range(1, 101)]
    run = run_of(minimal(findings=findings))
    assert len(run["results"]) == SHOWN
    assert {result["level"] for result in run["results"][:100]} == {"error"}
    assert ("warning", "100 results left out: GitHub takes no more. The JSON report has all.") in notes(run)


def test_a_rule_that_only_what_is_left_out_names_is_not_described() -> None:
    findings = [finding(line=line) for line in range(1, SHOWN + 1)]
    run = run_of(minimal(findings=[*findings, finding(severity=Severity.INFO, code="nothing-affected")]))
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["unknown-field"]


def test_not_larger_than_github_takes() -> None:
    noise = random.Random(7)  # noqa: S311 - text that hardly can be compressed
    signs = [chr(number) for number in range(0x4E00, 0x9FFF)]
    findings = [finding(line=line, message="".join(noise.choices(signs, k=1_000))) for line in range(1, SHOWN + 1)]
    text = dump(minimal(findings=findings))
    assert len(zlib.compress(text.encode(), 6)) < MAX_COMPRESSED
    run = json.loads(text)["runs"][0]
    assert len(run["results"]) == SHOWN // 2
    assert any("2500 results left out" in said for _, said in notes(run))


@pytest.mark.parametrize("verdict", Verdict)
def test_only_a_complete_run_was_successful(verdict: Verdict) -> None:
    run = run_of(minimal(verdict=verdict, coverage=Coverage(resources=3, targets=2, targets_failed=1)))
    invocation = run["invocations"][0]
    incomplete = verdict is Verdict.INCOMPLETE
    assert invocation["executionSuccessful"] is not incomplete
    assert invocation["exitCode"] == verdict.exit_code
    assert (("error", "Something could not be checked, so nothing is promised.") in notes(run)) is incomplete
    assert any("1 of 2 overlays could not be rendered" in said for _, said in notes(run))


def test_a_message_makes_no_link() -> None:
    (result,) = results_of(finding(message="[click](https://example.com) and a[0](1)", environment="[a](b)"))
    assert "](" not in result["message"]["text"]


def test_the_same_report_gives_the_same_bytes() -> None:
    report = sample()
    mixed = random.Random(7).sample(report.findings, len(report.findings))  # noqa: S311 - a test's order
    assert dump(replace(report, findings=mixed)) == dump(report)


@REPORTS_TRIED
@given(REPORTS)
def test_whatever_is_in_it(report: Report) -> None:
    text = dump(report)
    log = json.loads(text)
    validator().validate(log)
    assert not COMMAND.search(text)
    text.encode()
    (run,) = log["runs"]
    for result in run["results"]:
        assert result["message"]["text"]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert RELATIVE.fullmatch(uri)
        assert unquote(uri) in {
            ".gitops.yaml",
            *(
                place.lstrip("/").encode(errors="replace").decode()
                for one in report.findings
                for place in (one.file, one.target)
            ),
        }
    for said in strings(log):
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert "\x00" not in said


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for child in children for text in strings(child)]
