"""The report as SARIF 2.1.0, for GitHub's code scanning and for editors.

What GitHub takes is narrower than the standard, and it refuses a file as a whole: a result without a location, more
than 25,000 of them, more than 10 MB compressed (docs.github.com, "SARIF support for code scanning").
"""

from __future__ import annotations

import zlib
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from gitops_action import __version__
from gitops_action.codes import CODES
from gitops_action.config.names import FILE_NAMES
from gitops_action.model import Severity, Verdict
from gitops_action.regex import regex
from gitops_action.report import wording
from gitops_action.report.escape import clip, one_line, uri_path
from gitops_action.report.grouping import group_findings, meant
from gitops_action.report.json_report import defused, written
from gitops_action.report.links import CODES_PAGE, HOME_PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.model import Finding, Report
    from gitops_action.report.grouping import FindingGroup

SHOWN: Final = 5_000
"""How many results GitHub shows; those beyond it would only be stored."""

MAX_COMPRESSED: Final = 10_000_000
"""GitHub refuses a file that is larger when compressed, in bytes."""

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_LONGEST_TEXT: Final = 1_024
_LONGEST_NAME: Final = 255
_MOST_ENVIRONMENTS: Final = 100
# Positions that a message tells: they move with every edit above them.
_POSITION: Final = regex(r"\b(line|column) [0-9]+")
# A viewer makes a link of [text](address) in any message, and nothing is meant to be one.
_LINK: Final = regex(r"\](?=\()")
_GAP: Final = "\u200b"


def dump(report: Report) -> str:
    """Write the report's findings as SARIF, worst first, and only as many as GitHub takes.

    How many are left out, what was checked, and what is not known are notifications of the invocation. A finding about
    no file is placed at its overlay's folder, or at `.gitops.yaml`, which decides what is checked: a result without a
    place would cost all the others.
    """
    report = meant(report)
    groups = group_findings(report.findings, report.environments)
    marks = _fingerprints([group.finding for group in groups])
    shown = min(len(groups), SHOWN)
    while True:
        text = _text(report, groups, marks, shown)
        if not shown or _fits(text):
            return text
        shown //= 2


def _fits(text: str) -> bool:
    data = text.encode()
    return len(data) <= MAX_COMPRESSED or len(zlib.compress(data, 6)) + 1_000 <= MAX_COMPRESSED


def _text(report: Report, groups: Sequence[FindingGroup], marks: Sequence[str], shown: int) -> str:
    """Write the one run, with a line for each result."""
    codes = {name: place for place, name in enumerate(sorted({_code(group.finding) for group in groups[:shown]}))}
    driver = {
        "name": "gitops-action",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": HOME_PAGE,
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report, len(groups) - shown)],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "properties": {
            "command": one_line(report.command),
            "verdict": report.verdict.value,
            "base": one_line(report.base),
            "head": one_line(report.head),
        },
    }
    lines = [f"{written(name)}: {written(value)}," for name, value in run.items()]
    results = ",\n".join(
        written(_result(group, mark, codes)) for group, mark in zip(groups[:shown], marks, strict=False)
    )
    head = f'{{"$schema": {written(_SCHEMA)}, "version": "2.1.0", "runs": [{{'
    return defused("\n".join((head, *lines, '"results": [', results, "]}]}"))) + "\n"


def _invocation(report: Report, left: int) -> dict[str, Any]:
    """Say what the results alone do not tell; a run that could not check everything was not successful."""
    said: list[tuple[str, str]] = []
    if report.verdict is Verdict.INCOMPLETE:
        said.append(("error", "Something could not be checked, so nothing is promised."))
    if left:
        said.append(
            ("warning", f"{wording.count(left, 'result')} left out: GitHub takes no more. The JSON report has all.")
        )
    said += [("warning", text) for text in wording.statements(report, one_line)]
    said.append(("note", wording.headline(report, one_line)))
    said.append(("note", wording.coverage_line(report, one_line)))
    return {
        "executionSuccessful": report.verdict is not Verdict.INCOMPLETE,
        "exitCode": report.verdict.exit_code,
        "exitCodeDescription": report.verdict.value,
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": _unlinked(text)}} for level, text in said if text
        ],
    }


def _rule(name: str) -> dict[str, Any]:
    code = CODES.get(name)
    if code is None:  # written by another version
        nothing = {"text": name}
        return {"id": name, "shortDescription": nothing, "fullDescription": nothing, "help": nothing}
    address = f"{CODES_PAGE}#{name}"
    return {
        "id": name,
        "shortDescription": {"text": clip(code.summary, _LONGEST_TEXT)},
        "fullDescription": {"text": clip(code.cause, _LONGEST_TEXT)},
        "help": {
            "text": f"Cause: {code.cause}\n\nRemedy: {code.remedy}",
            "markdown": f"**Cause**: {code.cause}\n\n**Remedy**: {code.remedy}\n\n[{name}]({address})",
        },
        "helpUri": address,
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
        "properties": {"tags": ["kubernetes"], "precision": "high", "problem.severity": _PROBLEMS[code.severity]},
    }


def _result(group: FindingGroup, mark: str, codes: dict[str, int]) -> dict[str, Any]:
    finding = group.finding
    text = one_line(finding.message, _LONGEST_TEXT) or _code(finding)
    if group.environments:
        text += f" (in {wording.listed(group.environments, one_line, 'environment')})"
    fingerprints = {"gitopsAction/v1": mark}
    if not finding.file:
        # The one that GitHub goes by. Where a file is named, the upload takes it from the file's lines, and warns of
        # any other.
        fingerprints["primaryLocationLineHash"] = mark
    return {
        "ruleId": _code(finding),
        "ruleIndex": codes[_code(finding)],
        "level": _LEVELS[finding.severity],
        "message": {"text": _unlinked(text)},
        "locations": [_location(finding)],
        "partialFingerprints": fingerprints,
        "properties": _properties(group),
    }


def _location(finding: Finding) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding), "uriBaseId": _ROOT}}
    if finding.file and finding.line:
        physical["region"] = {"startLine": finding.line, **({"startColumn": finding.column} if finding.column else {})}
    resource = finding.resource
    if resource is None:
        return {"physicalLocation": physical}
    name = f"{resource.api_version}/{resource}" + (f"#{finding.pointer}" if finding.pointer else "")
    logical = {
        "name": one_line(resource.name, _LONGEST_NAME),
        "fullyQualifiedName": one_line(name, _LONGEST_TEXT),
        "kind": "resource",
    }
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _uri(finding: Finding) -> str:
    """Return the place's path as a relative reference; an empty one, or one of another root, GitHub takes for none."""
    return uri_path((finding.file or finding.target).lstrip("/") or FILE_NAMES[0])


def _properties(group: FindingGroup) -> dict[str, Any]:
    finding, resource = group.finding, group.finding.resource
    said: dict[str, Any] = {"environments": [one_line(name) for name in group.environments[:_MOST_ENVIRONMENTS]]}
    said["targets"] = [one_line(name) for name in group.targets[:_MOST_ENVIRONMENTS]]
    said["engine"] = one_line(finding.engine)
    said["pointer"] = one_line(finding.pointer, _LONGEST_TEXT)
    if resource is not None:
        said |= {"apiVersion": one_line(resource.api_version), "kind": one_line(resource.kind)}
        said |= {"namespace": one_line(resource.namespace), "name": one_line(resource.name)}
    return {name: value for name, value in said.items() if value}


def _fingerprints(findings: Sequence[Finding]) -> list[str]:
    """Return what tells each finding from the others, and stays while lines move and environments come and go.

    It is made of the code, the file, the object (without its API's version and its namespace, which overlays set), the
    pointer and the message without positions; those that are equal in all of these are numbered.
    """
    seen: Counter[str] = Counter()
    marks = []
    for finding in findings:
        resource = finding.resource
        identity = (resource.group, resource.kind, resource.name) if resource else ()
        message = _POSITION.sub(r"\1", finding.message)
        place = finding.file or finding.target
        parts = repr((finding.code, place, identity, finding.pointer, message))
        seen[parts] += 1
        marks.append(sha256(f"{parts} {seen[parts]}".encode(errors="backslashreplace")).hexdigest())
    return marks


def _code(finding: Finding) -> str:
    return one_line(finding.code, _LONGEST_NAME) or "unnamed"


def _unlinked(text: str) -> str:
    return _LINK.sub("]" + _GAP, text)
