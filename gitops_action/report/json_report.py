"""The report as JSON: a versioned format with its own schema, `schemas/report.schema.json`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gitops_action import __version__
from gitops_action.data import schemas_folder
from gitops_action.errors import GitOpsError
from gitops_action.model import (
    Change,
    Claim,
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
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMA_VERSION: Final = 1
_SURROGATE: Final = regex("[\ud800-\udfff]")
_ESCAPED_SURROGATE: Final = regex(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")

MAX_LENGTH: Final = 256 * 1024 * 1024
"""No report is read that has more characters; the artifact of another job may be anything."""


class ReportError(GitOpsError):
    """A report cannot be read: it is no JSON, of another version, or not what the schema says."""


def dump(report: Report) -> str:
    """Write a report as JSON, in one order whatever the order of the findings and changes."""
    # One line for each finding and change: to be compared line by line, and an eighth of the time that indenting takes.
    return defused("\n".join(_lines(as_json(report)))) + "\n"


def defused(text: str) -> str:
    """Return JSON as text that is valid UTF-8 and that no runner takes for a command."""
    # What a runner would take for a command in its log is only ever inside a string, where it may be escaped. A lone
    # half of a surrogate pair is no text in UTF-8.
    return _SURROGATE.sub("\ufffd", text.replace("##[", "\\u0023#["))


def _lines(value: dict[str, Any]) -> Iterator[str]:
    yield "{"
    last = len(value) - 1
    for place, (name, item) in enumerate(value.items()):
        end = "" if place == last else ","
        if isinstance(item, list) and item and isinstance(item[0], dict):
            yield f"{written(name)}: ["
            yield from (written(entry) + ("" if entry is item[-1] else ",") for entry in item)
            yield f"]{end}"
        else:
            yield f"{written(name)}: {written(item)}{end}"
    yield "}"


def written(value: Any) -> str:
    """Write a JSON-like value on one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as JSON-like values."""
    report = ordered(report)
    coverage = report.coverage
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": {"name": "gitops-action", "version": __version__},
        "command": report.command,
        "verdict": report.verdict.value,
        "base": report.base,
        "head": report.head,
        **({"shard": report.shard} if report.shard else {}),
        "environments": list(report.environments),
        "findings": [_finding(finding) for finding in report.findings],
        "changes": [_change(change) for change in report.changes],
        "coverage": {
            "files": coverage.files,
            "filesByClass": dict(sorted(coverage.files_by_class.items())),
            "resources": coverage.resources,
            "targets": coverage.targets,
            "targetsFailed": coverage.targets_failed,
            "engines": [{"engine": e.engine, "found": e.found, "checked": e.checked} for e in coverage.engines],
            "suppressed": coverage.suppressed,
            "suppressedByComments": coverage.suppressed_inline,
            "releases": coverage.releases,
            "releasesUnknown": coverage.releases_unknown,
        },
        "timings": [{"step": timing.step, "seconds": timing.seconds} for timing in report.timings],
    }


def ordered(report: Report) -> Report:
    """Return the report with its findings worst first, and its changes by environment and object."""
    places = {name: place for place, name in enumerate(report.environments)}
    return replace(
        report,
        findings=tuple(sorted(report.findings, key=_finding_order)),
        changes=tuple(
            sorted(
                report.changes,
                key=lambda change: (
                    places.get(change.environment, len(places)),
                    change.environment,
                    change.resource,
                    change.target,
                    change.outcome,
                    change.diff,
                ),
            )
        ),
        timings=tuple(report.timings),
        environments=tuple(report.environments),
    )


def _finding_order(finding: Finding) -> tuple[Any, ...]:
    resource = finding.resource
    return (*finding.sort_key, () if resource is None else (resource,))


def _resource(resource: ResourceId) -> dict[str, str]:
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "namespace": resource.namespace,
        "name": resource.name,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "resource": None if finding.resource is None else _resource(finding.resource),
        "environment": finding.environment,
        "target": finding.target,
        "engine": finding.engine,
        "pointer": finding.pointer,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "environment": change.environment,
        "outcome": change.outcome.value,
        "resource": _resource(change.resource),
        "target": change.target,
        "file": change.file,
        "fields": [_field(field) for field in change.fields],
        "diff": change.diff,
        "message": change.message,
        **({"drift": [_field(field) for field in change.drift]} if change.drift else {}),
        **({"driftDiff": change.drift_diff} if change.drift_diff else {}),
        **({"claims": [_claim(claim) for claim in change.claims]} if change.claims else {}),
        **({"leftovers": [_claim(claim) for claim in change.leftovers]} if change.leftovers else {}),
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {"manager": claim.manager, "path": claim.path}


def _field(field: FieldChange) -> dict[str, Any]:
    return {
        "path": field.path,
        **({"before": field.before} if field.present_before else {}),
        **({"after": field.after} if field.present_after else {}),
        "redacted": field.redacted,
    }


def load(text: str) -> Report:
    """Read a report, trusting nothing in it; raises ReportError for whatever is not one.

    Files may be given as they are in the job that wrote them: relative to the root of the repository.
    """
    if len(text) > MAX_LENGTH:
        raise ReportError(f"the report is longer than {MAX_LENGTH} characters")
    try:
        value = json.loads(text, parse_constant=_no_constant)
        if _ESCAPED_SURROGATE.search(text):
            value = json.loads(_SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False)))
    except (ValueError, RecursionError) as error:
        raise ReportError(f"the report is not JSON: {error}") from error
    version = value.get("schemaVersion") if isinstance(value, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ReportError(f"the report has version {version}; this program reads version {SCHEMA_VERSION}: update it")
    _require_valid(value)
    return _report(value)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


@cache
def _validator() -> Any:
    import jsonschema_rs  # noqa: PLC0415 - only reading a report needs it

    return jsonschema_rs.validator_for(json.loads((schemas_folder() / "report.schema.json").read_text("utf-8")))


def _require_valid(value: Any) -> None:
    try:
        error = next(iter(_validator().iter_errors(value)), None)
    except ValueError as problem:  # what the library cannot take in, such as a lone surrogate
        raise ReportError(f"the report cannot be checked: {problem}") from problem
    if error is not None:
        place = "/".join(map(str, error.instance_path)) or "its top"
        raise ReportError(f"not a report of gitops-action: at {place}: {error.message[:500]}")


def _report(value: dict[str, Any]) -> Report:
    coverage = value["coverage"]
    return Report(
        command=value["command"],
        verdict=Verdict(value["verdict"]),
        findings=tuple(_read_finding(item) for item in value["findings"]),
        changes=tuple(_read_change(item) for item in value["changes"]),
        coverage=Coverage(
            files=coverage["files"],
            files_by_class=coverage["filesByClass"],
            resources=coverage["resources"],
            targets=coverage["targets"],
            targets_failed=coverage["targetsFailed"],
            engines=tuple(EngineCoverage(**item) for item in coverage["engines"]),
            suppressed=coverage.get("suppressed", 0),
            suppressed_inline=coverage.get("suppressedByComments", 0),
            releases=coverage.get("releases", 0),
            releases_unknown=coverage.get("releasesUnknown", 0),
        ),
        timings=tuple(Timing(**item) for item in value["timings"]),
        base=value["base"],
        head=value["head"],
        environments=_names(value["environments"]),
        shard=value.get("shard", ""),
    )


def _names(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(sys.intern, values))


def _read_resource(value: dict[str, str]) -> ResourceId:
    return ResourceId(sys.intern(value["apiVersion"]), sys.intern(value["kind"]), value["namespace"], value["name"])


def _read_finding(value: dict[str, Any]) -> Finding:
    resource = value["resource"]
    return Finding(
        **{
            **value,
            "severity": Severity(value["severity"]),
            "resource": None if resource is None else _read_resource(resource),
        }
    )


def _read_change(value: dict[str, Any]) -> Change:
    return Change(
        environment=sys.intern(value["environment"]),
        outcome=Outcome(value["outcome"]),
        resource=_read_resource(value["resource"]),
        target=sys.intern(value["target"]),
        file=value["file"],
        fields=tuple(map(_read_field, value["fields"])),
        diff=value["diff"],
        message=value["message"],
        drift=tuple(map(_read_field, value.get("drift", ()))),
        drift_diff=value.get("driftDiff", ""),
        claims=tuple(Claim(**item) for item in value.get("claims", ())),
        leftovers=tuple(Claim(**item) for item in value.get("leftovers", ())),
    )


def _read_field(field: dict[str, Any]) -> FieldChange:
    return FieldChange(
        field["path"],
        field.get("before"),
        field.get("after"),
        present_before="before" in field,
        present_after="after" in field,
        redacted=field["redacted"],
    )
