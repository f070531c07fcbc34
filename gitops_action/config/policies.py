"""What the configuration makes of findings: severities of its own, and suppressions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitops_action.codes import finding_at
from gitops_action.config.comments import Comment
from gitops_action.model import Finding, Severity
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from gitops_action.config.model import Config
    from gitops_action.config.suppressions import Suppression

# What only server-side apply refuses.
_OF_APPLY: Final = "apply-conflict"


@dataclass(frozen=True, slots=True)
class Applied:
    """The findings that remain, and how many do not; `inline` of these because of comments, not of the configuration."""

    findings: list[Finding]
    suppressed: int = 0
    inline: int = 0


def apply_policies(
    findings: Iterable[Finding],
    config: Config,
    today: date,
    *,
    comments: Sequence[Comment] = (),
    complete: bool = False,
) -> Applied:
    """Return the findings that remain, in their order and with the configuration's severities.

    What the suppressions themselves give rise to comes last: one that has expired and would still be needed, a comment
    that the configuration gives no effect, and, if everything was checked (`complete`), those that matched nothing. A
    pull request shows a part, in which an unmatched suppression says nothing.
    """
    ledger = _Ledger(config, today)
    placed: dict[tuple[str, int | None], list[Comment]] = {}
    for comment in comments:
        placed.setdefault((comment.location.file, comment.line), []).append(comment)
    kept: list[Finding] = []
    suppressed = inline = 0
    for finding in findings:
        configured = ledger.holds(finding, config.suppressions)
        commented = ledger.holds(finding, placed.get((finding.file, finding.line), ()))
        suppressed += configured or commented
        inline += commented and not configured
        if not configured and not commented:
            kept.append(finding)
    kept += ledger.about([*config.suppressions, *comments], complete=complete)
    return Applied([_weighed(finding, config) for finding in kept], suppressed, inline)


class _Ledger:
    """Notes what became of each suppression."""

    def __init__(self, config: Config, today: date) -> None:
        self._policy = config.inline_suppressions
        self._today = today
        self._used: set[int] = set()
        self._expired: set[int] = set()
        self._refused: set[int] = set()

    def holds(self, finding: Finding, entries: Iterable[Suppression | Comment]) -> bool:
        """Whether one of `entries` suppresses `finding`."""
        held = False
        late: set[int] = set()
        for entry in entries:
            if not entry.matches(finding):
                continue
            self._used.add(id(entry))
            if isinstance(entry, Comment) and not self._permits(entry):
                self._refused.add(id(entry))
            elif entry.expires is not None and entry.expires < self._today:
                late.add(id(entry))
            else:
                held = True
        if not held:
            self._expired |= late
        return held

    def _permits(self, comment: Comment) -> bool:
        return self._policy.allow and comment.code not in self._policy.never

    def about(self, entries: Iterable[Suppression | Comment], *, complete: bool) -> Iterator[Finding]:
        """Say what is to be said of the suppressions."""
        for entry in entries:
            name = f"the {'comment' if isinstance(entry, Comment) else 'suppression'} that ignores `{entry.code}`"
            if id(entry) in self._refused:
                yield _about(entry, "suppression-refused", f"{name} has no effect: the configuration does not allow it")
            elif id(entry) in self._expired:
                yield _about(
                    entry, "suppression-expired", f"{name} expired on {entry.expires} and what it hid is still there"
                )
            elif complete and id(entry) not in self._used:
                yield _about(entry, "suppression-unused", f"{name} matches nothing any more: remove it")


def _about(entry: Suppression | Comment, code: str, message: str) -> Finding:
    said = f"{message} (reason given: {entry.reason})"
    return finding_at(code, said, entry.location)


def _weighed(finding: Finding, config: Config) -> Finding:
    severity = config.severity.get(finding.code)
    if severity is None and finding.code == _OF_APPLY and config.applies_server_side(finding.environment):
        severity = Severity.ERROR
    return finding if severity is None else replace(finding, severity=severity)
