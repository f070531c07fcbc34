"""What differs between two states of one object, redacted: as fields, and as a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitops_action.diff.canonical import to_yaml
from gitops_action.diff.fields import field_changes
from gitops_action.diff.normalise import same
from gitops_action.diff.redact import redact
from gitops_action.diff.unified import unified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.diff.sensitive import Redaction
    from gitops_action.model import FieldChange

ONLY_ORDER = "only the order of redacted values changes"
"""What is to be said of a difference without a text."""


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any], rules: Redaction
) -> tuple[tuple[FieldChange, ...], str] | None:
    """Return the fields that differ and the unified diff of two normalised objects; None if they are the same."""
    if same(before, after):
        return None
    before, after = redact(before, after, rules)
    return field_changes(before, after), unified(to_yaml(before), to_yaml(after))
