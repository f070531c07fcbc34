from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.model import (
    Change,
    Coverage,
    EngineCoverage,
    FieldChange,
    Finding,
    Outcome,
    Report,
    ResourceId,
    Severity,
    Timing,
    Verdict,
)
from gitops_action.report.json_report import ReportError, dump, load, ordered
from tests.unit.report.sample import sample

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.integers(0, 2**40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PLACE = st.none() | st.integers(1, 10**6)
RESOURCES = st.builds(ResourceId, TEXT, TEXT, TEXT, TEXT)
FINDINGS = st.builds(
    Finding, TEXT, st.sampled_from(Severity), TEXT, TEXT, PLACE, PLACE, st.none() | RESOURCES, TEXT, TEXT, TEXT, TEXT
)
FIELDS = st.one_of(
    st.builds(FieldChange, TEXT, JSON, JSON, redacted=st.booleans()),
    st.builds(FieldChange, TEXT, st.none(), JSON, present_before=st.just(value=False)),
    st.builds(FieldChange, TEXT, JSON, st.none(), present_after=st.just(value=False)),
)
CHANGES = st.builds(
    Change, TEXT, st.sampled_from(Outcome), RESOURCES, TEXT, TEXT, st.lists(FIELDS, max_size=3).map(tuple), TEXT, TEXT
)
COVERAGES = st.builds(
    Coverage, NUMBER, st.dictionaries(TEXT, NUMBER, max_size=3), NUMBER, NUMBER, NUMBER,
    st.lists(st.builds(EngineCoverage, TEXT, NUMBER, NUMBER), max_size=2).map(tuple),
    NUMBER, NUMBER,
)  # fmt: skip
REPORTS = st.builds(
    Report, TEXT, st.sampled_from(Verdict), st.lists(FINDINGS, max_size=3).map(tuple),
    st.lists(CHANGES, max_size=3).map(tuple), COVERAGES,
    st.lists(st.builds(Timing, TEXT, st.floats(0, 1e6)), max_size=2).map(tuple), TEXT, TEXT,
    st.lists(TEXT, max_size=3).map(tuple),
)  # fmt: skip


@given(REPORTS)
def test_round_trip(report: Report) -> None:
    assert load(dump(report)) == ordered(report)


def test_the_order_of_findings_and_changes_does_not_show() -> None:
    report = sample()
    shuffle = random.Random(7)  # noqa: S311 - a test's order
    mixed = replace(
        report,
        findings=shuffle.sample(report.findings, len(report.findings)),
        changes=shuffle.sample(report.changes, len(report.changes)),
    )
    assert dump(mixed) == dump(report)


def test_shape() -> None:
    value = json.loads(dump(sample()))
    assert list(value) == [
        "schemaVersion", "tool", "command", "verdict", "base", "head", "environments", "findings", "changes", "coverage",
        "timings",
    ]  # fmt: skip
    assert value["schemaVersion"] == 1
    assert value["tool"]["name"] == "gitops-action"
    assert value["findings"][0] == {
        "code": "unknown-field",
        "severity": "error",
        "message": "`spec.replcas` is not a field of Deployment; did you mean `replicas`?",
        "file": "apps/base/podinfo/deployment.yaml",
        "line": 7,
        "column": 3,
        "resource": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "web", "name": "podinfo"},
        "environment": "production",
        "target": "apps/production",
        "engine": "schema",
        "pointer": "",
    }
    change = next(item for item in value["changes"] if item["resource"]["kind"] == "Deployment")
    assert change["environment"] == "staging"
    assert change["outcome"] == "update"
    assert change["fields"] == [{"path": "spec.replicas", "before": 1, "after": 2, "redacted": False}]
    assert value["coverage"]["engines"] == [{"engine": "schema", "found": 43, "checked": 41}]


def test_a_report_of_an_earlier_release_is_read() -> None:
    value = json.loads(dump(sample()))
    for finding in value["findings"]:
        del finding["pointer"]
    del value["coverage"]["suppressed"], value["coverage"]["suppressedByComments"]
    assert load(json.dumps(value)) == ordered(sample())


def test_what_cannot_be_written_as_json_or_would_be_a_command_is_not() -> None:
    text = dump(replace(sample(), base="a\ud800b", head="##[error]x\n::error::y"))
    text.encode()
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.split("\n"))
    assert json.loads(text)["base"] == "a\ufffdb"
    assert json.loads(text)["head"] == "##[error]x\n::error::y"


def broken(path: list[str | int], value: Any) -> str:
    report = json.loads(dump(sample()))
    inner = report
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(report)


@pytest.mark.parametrize(("text", "message"), [
    ("", "not JSON"), ("[]", "its top"), ("null", "its top"), ("{}", "its top"), ("[" * 100_000, "not JSON"),
    ('{"a": NaN}', "NaN is no JSON"),
    (broken(["schemaVersion"], 2), "has version 2; this program reads version 1: update it"),
    (broken(["schemaVersion"], "1"), "schemaVersion"),
    (broken(["verdict"], "fine"), "verdict"),
    (broken(["extra"], 1), "extra"),
    (broken(["findings", 0, "line"], 0), "findings/0/line"),
    (broken(["findings", 0, "line"], "7"), "findings/0/line"),
    (broken(["findings", 0, "severity"], "fatal"), "findings/0/severity"),
    (broken(["changes", 1, "outcome"], "vanish"), "changes/1/outcome"),
    (broken(["changes", 0, "resource"], None), "changes/0/resource"),
    (broken(["coverage", "files"], -1), "coverage/files"),
])  # fmt: skip
def test_what_is_no_report_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        load(text)


def test_half_a_surrogate_pair_in_a_report_is_replaced() -> None:
    assert load(broken(["changes", 0, "resource", "name"], "\ud800x😀")).changes[0].resource.name == "\ufffdx😀"


def test_a_report_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitops_action.report.json_report.MAX_LENGTH", 10)
    with pytest.raises(ReportError, match="longer than 10 characters"):
        load(dump(sample()))
