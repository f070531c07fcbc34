"""What the configuration makes of findings: severities of its own, and suppressions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_action.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from gitops_action.config.model import Config, Suppression


def apply_policies(
    findings: Iterable[Finding], config: Config, today: date, *, complete: bool = False
) -> list[Finding]:
    """Return the findings that remain, in their order and with the configuration's severities.

    What the suppressions themselves give rise to comes last: one that has expired and would still be needed, and,
    if everything was checked (`complete`), those that matched nothing. A pull request shows a part, in which an
    unmatched suppression says nothing.
    """
    kept: list[Finding] = []
    used: set[int] = set()
    expired: set[int] = set()
    for finding in findings:
        matching = [index for index, entry in enumerate(config.suppressions) if entry.matches(finding)]
        holding = [index for index in matching if not _has_expired(config.suppressions[index], today)]
        used.update(matching)
        if holding:
            continue
        expired.update(matching)
        kept.append(finding)
    for index, entry in enumerate(config.suppressions):
        if index in expired:
            message = f"the suppression of `{entry.code}` expired on {entry.expires} and what it hid is still there"
            kept.append(_about(entry, "suppression-expired", Severity.WARNING, message))
        elif complete and index not in used:
            message = f"the suppression of `{entry.code}` matches nothing any more: remove it"
            kept.append(_about(entry, "suppression-unused", Severity.INFO, message))
    return [_weighed(finding, config) for finding in kept]


def _has_expired(suppression: Suppression, today: date) -> bool:
    return suppression.expires is not None and suppression.expires < today


def _about(suppression: Suppression, code: str, severity: Severity, message: str) -> Finding:
    place = suppression.location
    return Finding(
        code, severity, f"{message} (reason given: {suppression.reason})", place.file, place.line, place.column
    )


def _weighed(finding: Finding, config: Config) -> Finding:
    severity = config.severity.get(finding.code, finding.severity)
    return finding if severity is finding.severity else replace(finding, severity=severity)
