"""The fields that differ between two (already redacted) manifests, as paths a person would write."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitops_action.diff.canonical import key_order
from gitops_action.diff.lists import is_keyed, pair
from gitops_action.diff.masks import is_masked
from gitops_action.diff.normalise import same
from gitops_action.model import FieldChange, JSONValue
from gitops_action.regex import regex

_WORD: Final = regex(r"[A-Za-z_$][\w$-]*", re.ASCII)
_MAX_BITS: Final = 4096


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Return what differs, in canonical order; a subtree that is new or gone is one change.

    Elements of associative lists are named by their key (`containers[name=app]`); where only the order of such a
    list differs, the change is one of the list, between the lists of keys.
    """
    return tuple(_mappings(before, after, ""))


def _mappings(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[FieldChange]:
    for key in sorted({*before, *after}, key=key_order):
        child = step(path, key)
        if key not in before:
            yield _change(child, after=after[key])
        elif key not in after:
            yield _change(child, before=before[key])
        else:
            yield from _values(before[key], after[key], child, key)


def _values(before: Any, after: Any, path: str, field: str) -> Iterator[FieldChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mappings(before, after, path)
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple):
        yield from _lists(before, after, path, field)
    elif not same(before, after):
        yield _change(path, before=before, after=after)


def _lists(before: Any, after: Any, path: str, field: str) -> Iterator[FieldChange]:
    if not before or not after:
        if len(before) != len(after):
            yield _change(path, before=before, after=after)
        return
    pairs = pair(field, before, after)
    for match in pairs:
        child = f"{path}[{match.label}]"
        if match.before is None:
            yield _change(child, after=after[match.after])
        elif match.after is None:
            yield _change(child, before=before[match.before])
        else:
            yield from _values(before[match.before], after[match.after], child, "")
    kept = [match for match in pairs if match.before is not None and match.after is not None]
    by_after = sorted(kept, key=lambda match: match.after or 0)
    if kept != by_after and is_keyed(field, before, after):
        yield _change(path, before=[match.label for match in kept], after=[match.label for match in by_after])


_NONE: Final = object()


def _change(path: str, before: Any = _NONE, after: Any = _NONE) -> FieldChange:
    return FieldChange(
        path,
        before=None if before is _NONE else plain(before),
        after=None if after is _NONE else plain(after),
        present_before=before is not _NONE,
        present_after=after is not _NONE,
        redacted=is_masked(before) or is_masked(after),
    )


def step(path: str, key: str) -> str:
    """Add a key to a path: with a dot if it is a word, else quoted in brackets."""
    if not _WORD.fullmatch(key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key


def plain(value: Any) -> JSONValue:
    """Return a copy that any JSON reader takes: no NaN, no integer beyond what can be written in digits."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return hex(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)
