"""The report as JUnit XML, in the dialect that Jenkins, GitLab and GitHub actions for test results have in common.

There is no standard. What is written follows jenkinsci/xunit-plugin (junit-10.xsd), with `file` and `line` of a test case
as EnricoMi/publish-unit-test-result-action and GitLab read them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES
from gitops_action.model import Severity, Verdict
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.report import wording
from gitops_action.report.escape import defuse, one_line
from gitops_action.report.grouping import NOT_KNOWN, group_findings, meant, silences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.model import Finding, Report

_LONGEST: Final = 2_000
# What XML 1.0 has no way to write, not even as a reference.
_ILLEGAL: Final = regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)
_TEXT_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_RESULTS: Final = ("failure", "error", "skipped")


@dataclass(frozen=True, slots=True)
class _Case:
    """One test case; `result` is one of _RESULTS, or "" for one that passed."""

    name: str
    group: str
    result: str = ""
    type: str = ""
    message: str = ""
    text: str = ""
    output: str = ""
    file: str = ""
    line: int | None = None


def dump(report: Report) -> str:
    """Write the report as JUnit XML: a suite for each environment, a case for each object, or file, with findings.

    Findings of no environment are in a suite of their file. What made the run fail is a failure: as a report does not
    name `--fail-on`, that is the worst there is if the run failed, and nothing if it did not; other findings are
    output. The first suite is about the run: it counts what was checked, since objects without findings have no case;
    an incomplete run is an error in it, and one that judged nothing is skipped.
    """
    report = meant(report)
    suites: dict[str, list[_Case]] = {f"gitops-action {_plain(report.command)}".strip(): [_run(report)]}
    for name, cases in _suites(report).items():
        suites.setdefault(name, []).extend(cases)
    every = [case for cases in suites.values() for case in cases]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites{_attributes({'name': 'gitops-action', **_counts(every)})}>")
    for name, cases in suites.items():
        lines.append(f"  <testsuite{_attributes({'name': name, **_counts(cases)})}>")
        lines += (_written(case) for case in cases)
        lines.append("  </testsuite>")
    return "\n".join((*lines, "</testsuites>")) + "\n"


def _run(report: Report) -> _Case:
    """Return the case of the run itself, which says what was checked, and what is not known."""
    said = [*wording.statements(report, _plain)]
    for silence in silences(report):
        if silence.outcome in NOT_KNOWN:
            where = f" in {_plain(silence.environment)}" if silence.environment else ""
            reason = f": {_plain(silence.message)}" if silence.message else ""
            said.append(f"{wording.count(silence.count, 'object')}{where} {silence.outcome.value}{reason}")
    headline, coverage = wording.headline(report, _plain), wording.coverage_line(report, _plain)
    note = "Objects without findings have no test case."
    output = _lines((f"{report.verdict.value}: {headline}".removesuffix(": "), *said, coverage, note))
    case = _Case("everything could be checked", "gitops-action", output=output)
    if report.verdict is Verdict.INCOMPLETE or report.coverage.targets_failed:
        message = "Something could not be checked, so nothing is promised."
        return _with_result(case, "error", "incomplete", message, _lines(said))
    if wording.nothing_checked(report) or wording.nothing_judged(report):
        return _with_result(case, "skipped", "", said[0])
    return case


def _suites(report: Report) -> dict[str, list[_Case]]:
    """Return the cases of all findings, by environment in the report's order, then by file."""
    objects: dict[tuple[str, str], dict[tuple[str, str], list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for group in group_findings(report.findings, report.environments):
        finding = group.finding
        what = str(finding.resource) if finding.resource else ""
        for suite in [(name, "") for name in group.environments] or [("", finding.file)]:
            objects[suite][finding.file, what].append(finding)
    failing = _failing(report)
    places = {name: place for place, name in enumerate(report.environments)}
    order = sorted(objects, key=lambda suite: (not suite[0], places.get(suite[0], len(places)), suite))
    result: dict[str, list[_Case]] = defaultdict(list)
    for environment, file in order:
        # Names that only differ in what cannot be written are the same here.
        cases = result[_plain(environment or file) or "no file"]
        cases += (_case(environment, found, failing) for found in objects[environment, file].values())
    return dict(result)


def _failing(report: Report) -> Severity | None:
    """Return the severity that made the run fail, as far as the report tells."""
    if report.verdict is not Verdict.FAILED or not report.findings:
        return None
    return min((finding.severity for finding in report.findings), key=lambda severity: severity.rank)


def _case(environment: str, found: Sequence[Finding], failing: Severity | None) -> _Case:
    """Return the case of one object, or of a file without one; `found` is worst first."""
    first = found[0]
    wrong = [finding for finding in found if finding.severity is failing]
    other = [finding for finding in found if finding.severity is not failing]
    group = _plain(first.file) or "no file"
    case = _Case(
        _plain(str(first.resource)) if first.resource else _plain(first.file) or _plain(first.code) or "no file",
        # Readers that pass over suites would otherwise take the same object of two environments for one.
        f"{_plain(environment)}: {group}" if environment else group,
        file=_plain(first.file),
        line=first.line if first.file else None,
        output=_lines(map(_said, other)),
    )
    if not wrong:
        return case
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    text = _lines([*map(_said, wrong), *_remedies(wrong)])
    message = (one_line(wrong[0].message, _LONGEST) or "no message") + more
    return _with_result(case, "failure", _plain(wrong[0].code), message, text)


def _with_result(case: _Case, result: str, kind: str, message: str, text: str = "") -> _Case:
    return _Case(case.name, case.group, result, kind, message, text, output=case.output, file=case.file, line=case.line)


def _said(finding: Finding) -> str:
    place = _plain(str(finding.location))
    lead = f"{place}: " if finding.file else ""
    return f"{lead}{finding.severity.value}: {one_line(finding.message, _LONGEST)} [{_plain(finding.code)}]"


def _remedies(findings: Iterable[Finding]) -> Iterable[str]:
    names = dict.fromkeys(finding.code for finding in findings)
    return (f"{name}: {CODES[name].remedy}" for name in names if name in CODES)


def _counts(cases: Sequence[_Case]) -> dict[str, int]:
    failures, errors, skipped = (sum(case.result == result for case in cases) for result in _RESULTS)
    return {"tests": len(cases), "failures": failures, "errors": errors, "skipped": skipped}


def _written(case: _Case) -> str:
    known = {"classname": case.group, "name": case.name, "file": case.file, "line": case.line or ""}
    children = []
    if case.result:
        attributes = _attributes({"type": case.type, "message": case.message})
        children.append(f"      <{case.result}{attributes}>{_text(case.text)}</{case.result}>")
    if case.output:
        children.append(f"      <system-out>{_text(case.output)}</system-out>")
    if not children:
        return f"    <testcase{_attributes(known)}/>"
    return "\n".join((f"    <testcase{_attributes(known)}>", *children, "    </testcase>"))


def _attributes(values: Mapping[str, str | int]) -> str:
    given = ((name, defuse(_legal(str(value)))) for name, value in values.items() if value != "")
    return "".join(f' {name}="{value.translate(_ESCAPES)}"' for name, value in given)


def _text(text: str) -> str:
    return defuse(_legal(text)).translate(_TEXT_ESCAPES)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(filter(None, lines))


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


def _plain(text: str) -> str:
    return one_line(text, 500)
