from __future__ import annotations

import json
import random
from dataclasses import replace

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
from gitops_action.report.json_reading import load
from gitops_action.report.json_report import dump, ordered
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


def test_what_cannot_be_written_as_json_or_would_be_a_command_is_not() -> None:
    text = dump(replace(sample(), base="a\ud800b", head="##[error]x\n::error::y"))
    text.encode()
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.split("\n"))
    assert json.loads(text)["base"] == "a\ufffdb"
    assert json.loads(text)["head"] == "##[error]x\n::error::y"
