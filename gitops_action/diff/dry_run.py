"""Puts what a dry run said over what two renderings look like: defaults, merged lists, fields that may not change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.cluster import refusal
from gitops_action.diff.difference import ONLY_ORDER, difference
from gitops_action.diff.normalise import normalise
from gitops_action.diff.sensitive import Redaction
from gitops_action.model import Change, Outcome, ResourceId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitops_action.cluster.answers import Answer
    from gitops_action.cluster.trials import Trial

_Key: TypeAlias = tuple[str, str, ResourceId]
_LONGEST: Final = 3


def refined(changes: Iterable[Change], trials: Iterable[Trial], *, redaction: Redaction | None = None) -> list[Change]:
    """Return the changes as the server that tried them would make them; those it was not asked about as they are.

    An update is the difference between what the server has and what it would have. What it would refuse because a field
    may not change is a replacement.
    """
    rules = redaction or Redaction()
    tried: dict[_Key, list[Trial]] = defaultdict(list)
    for trial in trials:
        manifest = trial.manifest
        tried[manifest.environment, manifest.target, manifest.id].append(trial)
    return [_refined(change, tried, rules) for change in changes]


def _refined(change: Change, tried: Mapping[_Key, list[Trial]], rules: Redaction) -> Change:
    found = tried.get((change.environment, change.target, change.resource), [])
    # Of two objects of one identity nobody knows which is meant.
    if change.outcome is not Outcome.UPDATE or len(found) != 1:
        return change
    live, applied = found[0].live, found[0].applied
    if live is None or applied is None:
        return change
    if refusal.needs_replacement(applied):
        return replace(change, outcome=Outcome.REPLACE, message=why_replaced(applied))
    if not applied.ok or not isinstance(applied.body, dict):
        return change
    return updated(change, live, applied.body, rules)


def updated(change: Change, live: Mapping[str, Any], merged: Mapping[str, Any], rules: Redaction) -> Change:
    """Return the change with the difference between what is there and what would be."""
    found = difference(normalise(live), normalise(merged), rules)
    if found is None:
        message = change.message or "written otherwise, but the same to the server"
        return replace(change, outcome=Outcome.UNCHANGED, fields=(), diff="", message=message)
    fields, text = found
    return replace(change, fields=fields, diff=text, message=change.message if text else ONLY_ORDER)


def why_replaced(answer: Answer) -> str:
    """Say which fields may not change."""
    fields = list(dict.fromkeys(cause.field for cause in answer.causes if cause.field))
    named = ", ".join(f"`{field}`" for field in fields[:_LONGEST]) or "a field"
    more = f" and {len(fields) - _LONGEST} more" if len(fields) > _LONGEST else ""
    verb = "is" if len(fields) <= 1 else "are"
    return f"the apply will fail: {named}{more} {verb} immutable; it needs to be replaced"
