"""A report read from its JSON, in which nothing is trusted: another job wrote it, or anybody."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Final

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
from gitops_action.report.json_report import SCHEMA_VERSION, SURROGATE

if TYPE_CHECKING:
    from collections.abc import Sequence

_ESCAPED_SURROGATE: Final = regex(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")

MAX_LENGTH: Final = 256 * 1024 * 1024
"""No report is read that has more characters; the artifact of another job may be anything."""


class ReportError(GitOpsError):
    """A report cannot be read: it is no JSON, of another version, or not what the schema says."""


def load(text: str) -> Report:
    """Read a report, trusting nothing in it; raises ReportError for whatever is not one.

    Files may be given as they are in the job that wrote them: relative to the root of the repository.
    """
    if len(text) > MAX_LENGTH:
        raise ReportError(f"the report is longer than {MAX_LENGTH} characters")
    try:
        value = json.loads(text, parse_constant=_no_constant)
        if _ESCAPED_SURROGATE.search(text):
            value = json.loads(SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False)))
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
