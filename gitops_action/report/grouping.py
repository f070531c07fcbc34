"""Puts together what a person would read as one thing, and in the order of what is at stake."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Change, Finding, Outcome, Report, ResourceId
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

# The riskiest first.
_RISK: Final = (
    Outcome.DELETE,
    Outcome.REPLACE,
    Outcome.ERROR,
    Outcome.CONFLICT,
    Outcome.FORBIDDEN,
    Outcome.WEBHOOK_BLOCKED,
    Outcome.UNKNOWN,
    Outcome.UNVALIDATED,
    Outcome.UPDATE,
    Outcome.CREATE,
    Outcome.UNCHANGED,
)
RISK: Final = {outcome: place for place, outcome in enumerate(_RISK)}

# Kinds whose loss takes data or many other objects with it.
_STATEFUL: Final = frozenset(
    {"CustomResourceDefinition", "Namespace", "PersistentVolume", "PersistentVolumeClaim", "StatefulSet"}
)

CHANGING: Final = frozenset({Outcome.CREATE, Outcome.UPDATE, Outcome.REPLACE, Outcome.DELETE})
NOT_KNOWN: Final = frozenset(RISK) - CHANGING - {Outcome.UNCHANGED}

NO_ENVIRONMENT: Final = "default"
"""The environment of what none is known of: `environments.DEFAULT`, whose module takes long to load."""

_PRODUCTION: Final = regex(r"(?:prod|production|prd|live)\d*")
_NO_PRODUCTION: Final = frozenset({"non", "not", "pre"})


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """One problem at one place, and the environments and targets it shows in."""

    finding: Finding
    environments: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """Objects of which nothing can be shown, all for one reason. `names` are a few of them."""

    outcome: Outcome
    environment: str
    message: str
    count: int
    names: tuple[str, ...]


def group_findings(findings: Sequence[Finding], environments: Sequence[str] = ()) -> list[FindingGroup]:
    """Return the findings worst first, with those that differ in environment, target or engine only as one.

    `environments` is the order in which a group names its own; others follow by name. A group that is only in the
    environment of things which none is known of names none.
    """
    groups: dict[tuple[Any, ...], list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=lambda finding: finding.sort_key):
        key = (finding.severity, finding.file, finding.line, finding.column, finding.code, finding.message)
        # Without a place, only the object tells one problem from another.
        groups[(*key, None if finding.line else finding.resource)].append(finding)
    names = {finding.environment for finding in findings}
    places = {
        name: place for place, name in enumerate([*dict.fromkeys(environments), *sorted(names - {*environments})])
    }
    return [
        FindingGroup(
            same[0],
            _named(sorted({finding.environment for finding in same} - {""}, key=places.__getitem__)),
            tuple(sorted({finding.target for finding in same} - {""})),
        )
        for same in groups.values()
    ]


def _named(environments: Sequence[str]) -> tuple[str, ...]:
    return () if list(environments) == [NO_ENVIRONMENT] else tuple(environments)


def silences(report: Report) -> list[Silence]:
    """Return what would change, or is not known, without a diff to show for it."""
    groups: dict[tuple[Outcome, str, str], list[Change]] = defaultdict(list)
    for change in report.changes:
        if change.outcome is not Outcome.UNCHANGED and not change.diff:
            groups[change.outcome, change.environment, change.message].append(change)
    places = environment_places(report)
    return [
        Silence(outcome, environment, message, len(same), tuple(sorted({str(change.resource) for change in same}))[:3])
        for (outcome, environment, message), same in sorted(
            groups.items(), key=lambda item: (RISK[item[0][0]], places[item[0][1]], item[0][2])
        )
    ]


def unaffected(report: Report) -> list[Change]:
    """Return what the change alters in Git and not in the cluster, as others own the fields that it removes."""
    return [change for change in report.changes if change.leftovers and not change.diff]


def meant(report: Report) -> Report:
    """Return the report without any environment if the only one is that of things which none is known of."""
    names = {*report.environments, *(change.environment for change in report.changes)}
    names |= {finding.environment for finding in report.findings}
    if NO_ENVIRONMENT not in names or not names <= {NO_ENVIRONMENT, ""}:
        return report
    return replace(
        report,
        findings=tuple(replace(finding, environment="") for finding in report.findings),
        changes=tuple(replace(change, environment="") for change in report.changes),
        environments=(),
    )


def is_production(environment: str) -> bool:
    """Whether an environment's name says that people depend on it."""
    words = re.split(r"[^a-z0-9]+", environment.lower())
    return any(map(_PRODUCTION.fullmatch, words)) and not _NO_PRODUCTION.intersection(words)


def is_stateful(resource: ResourceId) -> bool:
    """Whether the loss of an object of this kind takes data or many other objects with it."""
    return resource.kind in _STATEFUL


def environment_places(report: Report) -> dict[str, int]:
    """Return where each environment stands: as the report lists them, then any other by name."""
    listed = list(dict.fromkeys(report.environments))
    others = sorted({change.environment for change in report.changes} - set(listed))
    return {environment: place for place, environment in enumerate([*listed, *others])}


def counts(changes: Sequence[Change]) -> dict[str, dict[Outcome, int]]:
    """Return how many objects of each environment have each outcome."""
    result: dict[str, dict[Outcome, int]] = defaultdict(lambda: defaultdict(int))
    for change in changes:
        result[change.environment][change.outcome] += 1
    return {environment: dict(numbers) for environment, numbers in result.items()}
