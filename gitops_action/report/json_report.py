"""The report as JSON: a versioned format with its own schema, `schemas/report.schema.json`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action import __version__
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.model import Change, Claim, FieldChange, Finding, Report, ResourceId

SCHEMA_VERSION: Final = 1
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
SURROGATE: Final = regex("[\ud800-\udfff]")
"""Half a surrogate pair, which is no text in UTF-8."""


def dump(report: Report) -> str:
    """Write a report as JSON, in one order whatever the order of the findings and changes."""
    # One line for each finding and change: to be compared line by line, and an eighth of the time that indenting takes.
    return defused("\n".join(_lines(as_json(report)))) + "\n"


def defused(text: str) -> str:
    """Return JSON as text that is valid UTF-8 and that no runner takes for a command."""
    # What a runner would take for a command in its log is only ever inside a string, where it may be escaped.
    return SURROGATE.sub("\ufffd", text.replace("##[", "\\u0023#["))


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
    return _ENCODER.encode(value)


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
