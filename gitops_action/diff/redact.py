"""Hides credentials structurally, on both sides of a comparison, before any text is made of it.

A hidden value leaves a `Mask`: the same on both sides where it did not change, two different ones where it did, and
neither says anything of its length or content. Equality is judged on the real values first.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.diff.masks import ABSENT, SAME, Walk, kind_of, masked
from gitops_action.diff.sensitive import Redaction, credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitops_action.model import Finding

# Shorter values are no credentials, and hiding them would blot ordinary words out of messages.
_MIN_SCRUBBED: Final = 4
# Values shorter than this are replaced only where they stand alone: "prod" must not blot out "production".
_MIN_ANYWHERE: Final = 8


def redact(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, rules: Redaction) -> tuple[Any, Any]:
    """Return both sides with credentials hidden; None for a side that was None.

    Give normalised manifests, so that a value written in another way does not show as changed.
    """
    kind = kind_of(before if after is None else after)
    old = ABSENT if before is None else before
    new = ABSENT if after is None else after
    left, right = Walk(rules, kind).both(old, new, (), hidden=False)
    return (None if left is ABSENT else left, None if right is ABSENT else right)


def secret_values(manifests: Iterable[Mapping[str, Any]], rules: Redaction | None = None) -> frozenset[str]:
    """Return every value that is hidden in some manifest, as written and, in Secrets, decoded: what `scrub` takes."""
    values: set[str] = set()
    for manifest in manifests:
        found = _hidden(manifest, rules or Redaction())
        values |= found
        for copy in filter(None, map(_copied, found)):
            values |= _hidden(copy, rules or Redaction())
    return frozenset(values | {text for value in values if (text := _decoded(value))})


def _hidden(manifest: Mapping[str, Any], rules: Redaction) -> set[str]:
    walk = Walk(rules, kind_of(manifest))
    walk.collect(manifest, (), hidden=False)
    return walk.values


def _copied(value: str) -> dict[str, Any] | None:
    """Return the object that an annotation keeps a copy of."""
    if not value.startswith("{"):
        return None
    try:
        copy = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return copy if isinstance(copy, dict) else None


def _decoded(value: str) -> str:
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


class Scrubber:
    """Hides credentials in free text: known values (also quoted, escaped, or one line of them) and telling shapes.

    Values of fewer than 4 characters are left: they cannot be told from ordinary words.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    def __call__(self, text: str) -> str:
        """Return the text without credentials."""
        for form in self._forms:
            if form in text:
                if len(form) >= _MIN_ANYWHERE:
                    text = text.replace(form, SAME)
                else:
                    text = re.sub(rf"(?<![\w-]){re.escape(form)}(?![\w-])", SAME, text)
        parts = {span: text[slice(*span)] for span in credentials(text)}
        return str(masked(text, parts, parts, SAME))

    def findings(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings with their messages scrubbed."""
        return [self._finding(finding) for finding in findings]

    def _finding(self, finding: Finding) -> Finding:
        message = self(finding.message)
        return finding if message == finding.message else replace(finding, message=message)


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Hide credentials in one text; see `Scrubber`, which is faster for many."""
    return Scrubber(secrets)(text)


def _forms(secret: str) -> Iterable[str]:
    """How a value may appear in a message."""
    for form in {secret, secret.strip(), *(line.strip() for line in secret.split("\n"))}:
        if len(form) >= _MIN_SCRUBBED and form not in {"true", "false", "null", str(SAME)}:
            yield form
            yield repr(form)[1:-1]
            yield json.dumps(form)[1:-1]
            yield json.dumps(form, ensure_ascii=False)[1:-1]
