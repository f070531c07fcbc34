"""Hides credentials structurally, on both sides of a comparison, before any text is made of it.

A hidden value leaves a `Mask`: the same on both sides where it did not change, two different ones where it did, and
neither says anything of its length or content. Equality is judged on the real values first.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.diff.lists import pair
from gitops_action.diff.normalise import is_encrypted, is_secret, is_secret_list, same
from gitops_action.diff.sensitive import Redaction, credentials

if TYPE_CHECKING:
    from gitops_action.model import Finding, Pointer

# What is shown of a Secret; anything else in it, known or misspelt, is hidden.
_SHOWN_OF_SECRET: Final = frozenset({"apiVersion", "kind", "metadata", "type", "immutable", "sops"})

# Shorter values are no credentials, and hiding them would blot ordinary words out of messages.
_MIN_SCRUBBED: Final = 4
# Values shorter than this are replaced only where they stand alone: "prod" must not blot out "production".
_MIN_ANYWHERE: Final = 8


class Mask(str):
    """A text in which something has been hidden."""

    __slots__ = ()


SAME: Final = Mask("<redacted>")
OLD: Final = Mask("<redacted, old value>")
NEW: Final = Mask("<redacted, new value>")

_ABSENT: Final = object()


def redact(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, rules: Redaction) -> tuple[Any, Any]:
    """Return both sides with credentials hidden; None for a side that was None.

    Give normalised manifests, so that a value written in another way does not show as changed.
    """
    kind = _kind(before if after is None else after)
    old = _ABSENT if before is None else before
    new = _ABSENT if after is None else after
    left, right = _Walk(rules, kind).both(old, new, (), hidden=False)
    return (None if left is _ABSENT else left, None if right is _ABSENT else right)


def _kind(value: Mapping[str, Any] | None) -> str:
    kind = None if value is None else value.get("kind")
    return kind if isinstance(kind, str) else ""


class _Walk:
    """One pass over two values side by side. `values` collects what it hides."""

    def __init__(self, rules: Redaction, kind: str) -> None:
        self._rules = rules
        self._kind = kind
        self.values: set[str] = set()

    def both(self, before: Any, after: Any, pointer: Pointer, *, hidden: bool) -> tuple[Any, Any]:
        """Hide what is to be hidden in two values at one place; either may be `_ABSENT`."""
        sides = [side for side in (before, after) if side is not _ABSENT]
        if all(isinstance(side, Mapping) for side in sides):
            return self._objects(before, after, pointer, hidden=hidden)
        if all(isinstance(side, list | tuple) for side in sides):
            return self._lists(before, after, pointer, hidden=hidden)
        if len(sides) > 1 and any(isinstance(side, Mapping | list | tuple) for side in sides):
            # Different shapes have nothing in common: each is walked on its own.
            return (
                self.both(before, _ABSENT, pointer, hidden=hidden)[0],
                self.both(_ABSENT, after, pointer, hidden=hidden)[1],
            )
        return self._leaves(before, after, hidden=hidden)

    def _objects(self, before: Any, after: Any, pointer: Pointer, *, hidden: bool) -> tuple[Any, Any]:
        """Walk two mappings; an object inside another (an item of a List) is judged by its own kind and pointers."""
        inner = after if after is not _ABSENT else before
        if pointer and all(key in inner for key in ("apiVersion", "kind", "metadata")):
            walk = _Walk(self._rules, _kind(inner))
            walk.values = self.values
            return walk._mappings(before, after, (), hidden=hidden)
        return self._mappings(before, after, pointer, hidden=hidden)

    def _mappings(self, before: Any, after: Any, pointer: Pointer, *, hidden: bool) -> tuple[Any, Any]:
        old: Mapping[str, Any] = {} if before is _ABSENT else before
        new: Mapping[str, Any] = {} if after is _ABSENT else after
        keys = self._hidden_keys(old, pointer) | self._hidden_keys(new, pointer)
        left: dict[str, Any] = {}
        right: dict[str, Any] = {}
        for key in {**old, **new}:
            one, other = self.both(
                old.get(key, _ABSENT), new.get(key, _ABSENT), (*pointer, key), hidden=hidden or key in keys
            )
            if one is not _ABSENT:
                left[key] = one
            if other is not _ABSENT:
                right[key] = other
        return (_ABSENT if before is _ABSENT else left, _ABSENT if after is _ABSENT else right)

    def _hidden_keys(self, value: Mapping[str, Any], pointer: Pointer) -> set[str]:
        hidden = self._rules.hidden_keys(self._kind, pointer, value)
        if is_secret(value):
            hidden |= set(value) - _SHOWN_OF_SECRET
        if is_secret_list(value):
            hidden.add("items")
        return hidden

    def _lists(self, before: Any, after: Any, pointer: Pointer, *, hidden: bool) -> tuple[Any, Any]:
        old = [] if before is _ABSENT else list(before)
        new = [] if after is _ABSENT else list(after)
        for match in pair(str(pointer[-1]) if pointer else "", old, new):
            index = match.after if match.after is not None else match.before or 0
            left, right = self.both(
                _ABSENT if match.before is None else old[match.before],
                _ABSENT if match.after is None else new[match.after],
                (*pointer, index),
                hidden=hidden,
            )
            if match.before is not None:
                old[match.before] = left
            if match.after is not None:
                new[match.after] = right
        return (_ABSENT if before is _ABSENT else old, _ABSENT if after is _ABSENT else new)

    def _leaves(self, before: Any, after: Any, *, hidden: bool) -> tuple[Any, Any]:
        if not hidden:
            return self._texts(before, after)
        unchanged = before is _ABSENT or after is _ABSENT or same(before, after)
        return (self._leaf(before, SAME if unchanged else OLD), self._leaf(after, SAME if unchanged else NEW))

    def _leaf(self, value: Any, mask: Mask) -> Any:
        if value is _ABSENT or is_encrypted(value):
            return value
        if isinstance(value, str):
            self.values.add(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.values.add(repr(value) if not isinstance(value, int) or value.bit_length() < 4096 else hex(value))  # noqa: PLR2004 - see canonical
        return mask

    def _texts(self, before: Any, after: Any) -> tuple[Any, Any]:
        """Hide the parts of two ordinary texts that have the shape of a credential."""
        old, new = self._parts(before), self._parts(after)
        if not old and not new:
            return before, after
        if before is _ABSENT or after is _ABSENT:
            return _masked(before, old, old, OLD), _masked(after, new, new, NEW)
        return _masked(before, old, new, OLD), _masked(after, new, old, NEW)

    def _parts(self, text: Any) -> dict[tuple[int, int], str]:
        if not isinstance(text, str):
            return {}
        parts = {(start, end): text[start:end] for start, end in credentials(text)}
        self.values.update(parts.values())
        return parts


def _masked(text: Any, parts: Mapping[tuple[int, int], str], other: Mapping[tuple[int, int], str], mask: Mask) -> Any:
    if not parts:
        return text
    known = set(other.values())
    result, done = "", 0
    for (start, end), part in parts.items():
        result += text[done:start] + (SAME if part in known else mask)
        done = end
    return Mask(result + text[done:])


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
    walk = _Walk(rules, _kind(manifest))
    walk.both(manifest, _ABSENT, (), hidden=False)
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
        return str(_masked(text, parts, parts, SAME))

    def findings(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings with their messages scrubbed."""
        return [replace(finding, message=self(finding.message)) for finding in findings]


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


def is_masked(value: Any) -> bool:
    """Whether anything in a value has been hidden."""
    if isinstance(value, Mapping):
        return any(is_masked(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(is_masked(item) for item in value)
    return isinstance(value, Mask)
