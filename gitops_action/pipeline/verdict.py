"""From what was found to a Report: policies, redaction, and an honest verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gitops_action.config import Config, apply_policies
from gitops_action.config.comments import read as read_comments
from gitops_action.diff.redact import Scrubber, secret_values
from gitops_action.environments import order
from gitops_action.model import Change, Coverage, Finding, Manifest, Outcome, Report, Verdict
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitops_action.pipeline.clock import Clock
    from gitops_action.repository.tree import Tree

# What leaves open what would happen to an object.
_OPEN = frozenset({Outcome.UNKNOWN, Outcome.ERROR, Outcome.FORBIDDEN, Outcome.WEBHOOK_BLOCKED})
_JUDGING = frozenset({"check", "validate"})
_EFFECTS = frozenset({Outcome.CREATE, Outcome.UPDATE, Outcome.REPLACE, Outcome.DELETE})


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a job found out. `complete` is False where it had nothing that it could judge although it should have."""

    findings: Sequence[Finding]
    coverage: Coverage
    changes: Sequence[Change] = ()
    complete: bool = True


def effects(changes: Iterable[Change]) -> list[Change]:
    """Return the changes that would alter the cluster."""
    return [change for change in changes if change.outcome in _EFFECTS]


def report(  # noqa: PLR0913 - a report has these parts
    command: str,
    outcomes: Outcomes,
    config: Config,
    clock: Clock,
    *,
    manifests: Iterable[Manifest] = (),
    tree: Tree | None = None,
    commented: Iterable[str] = (),
    everything: bool = False,
    base: str = "",
    head: str = "",
) -> Report:
    """Make the report. `manifests` are those whose secret values must not appear in any message.

    Comments that suppress findings are looked for in those files of `tree` that something is found in, and in the
    `commented` ones, which are known to have some.
    """
    found = _unique(outcomes.findings)
    comments, wrong = ([], []) if tree is None else read_comments(tree, [*commented, *(it.file for it in found)])
    # Other jobs find nothing of what is suppressed, so that nothing would look used.
    complete = everything and command in _JUDGING
    applied = apply_policies([*found, *wrong], config, datetime.now(UTC).date(), comments=comments, complete=complete)
    # To look at all objects takes long, and is for nothing where nothing is said.
    says_something = applied.findings or any(one.message for one in outcomes.changes)
    secrets = secret_values(manifest.value for manifest in manifests) if says_something else frozenset()
    scrubber = Scrubber(secrets)
    findings = sorted(scrubber.findings(applied.findings), key=lambda finding: finding.sort_key)
    # A server may repeat what it refuses.
    changes = [replace(one, message=scrubber(one.message)) if one.message else one for one in outcomes.changes]
    environments = {change.environment for change in outcomes.changes} | {finding.environment for finding in findings}
    return Report(
        command=command,
        verdict=_verdict(outcomes, findings, config),
        findings=findings,
        changes=changes,
        coverage=replace(outcomes.coverage, suppressed=applied.suppressed, suppressed_inline=applied.inline),
        timings=clock.timings,
        base=base,
        head=head,
        environments=order(environments - {""}, config),
    )


def _verdict(outcomes: Outcomes, findings: Sequence[Finding], config: Config) -> Verdict:
    if config.failed_by(findings):
        return Verdict.FAILED
    if (
        not outcomes.complete
        or outcomes.coverage.targets_failed
        or any(change.outcome in _OPEN for change in outcomes.changes)
    ):
        return Verdict.INCOMPLETE
    return Verdict.PASSED


def _unique(findings: Iterable[Finding]) -> list[Finding]:
    """Leave out what was found twice: a file that is read for two reasons is broken once."""
    seen: dict[tuple[Any, ...], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.sort_key, finding.resource), finding)
    return list(seen.values())
