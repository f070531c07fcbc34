from __future__ import annotations

import json
from typing import Any

import pytest

from gitops_action.report.json_reading import ReportError, load
from gitops_action.report.json_report import dump, ordered
from tests.unit.report.sample import sample


def test_a_report_of_an_earlier_release_is_read() -> None:
    value = json.loads(dump(sample()))
    for finding in value["findings"]:
        del finding["pointer"]
    del value["coverage"]["suppressed"], value["coverage"]["suppressedByComments"]
    assert load(json.dumps(value)) == ordered(sample())


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
    monkeypatch.setattr("gitops_action.report.json_reading.MAX_LENGTH", 10)
    with pytest.raises(ReportError, match="longer than 10 characters"):
        load(dump(sample()))
