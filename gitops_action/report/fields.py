"""One changed field in a few words. What is hidden stays hidden: only that it changes is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.diff.canonical import scalar
from gitops_action.regex import regex
from gitops_action.report.escape import clip

if TYPE_CHECKING:
    from gitops_action.model import FieldChange

ARROW: Final = " → "
_LONGEST_PATH: Final = 400
_LONGEST_VALUE: Final = 60
# A path's last name with what is in brackets behind it, and also the one before where the name alone says little.
_LAST: Final = regex(r"(?:^|\.)(?P<last>(?:[^.\[\]]+\[[^\[\]]+\]\.(?=values?$))?[^.\[\]]+(?:\[[^\[\]]*\])*)$")


def brief(field: FieldChange) -> tuple[str, str]:
    """Return what happens to a field as a verb and a text to be shown as code: ("", "image: nginx:1.25 → 1.26").

    The verb is "" where both values are in the text, else "adds", "removes" or "changes". Neither is escaped.
    """
    name = last_name(field.path)
    if not field.present_before or not field.present_after:
        verb, value = ("removes", field.before) if field.present_before else ("adds", field.after)
        shown = None if field.redacted else _inline(value)
        return verb, name if shown is None else f"{name}: {clip(shown, _LONGEST_VALUE)}"
    before, after = _inline(field.before), _inline(field.after)
    if field.redacted or before is None or after is None or before == after:
        return "changes", name
    return "", f"{name}: {_arrow(before, after, image=name.endswith('image'))}"


def last_name(path: str) -> str:
    """Return how a reader knows a field: `image`, `env[name=LOG_LEVEL].value`, `annotations["a/b"]`."""
    found = _LAST.search(path[-_LONGEST_PATH:])
    return clip(found["last"] if found else path, _LONGEST_VALUE)


def _inline(value: object) -> str | None:
    """Write a value that has room on a line; None for any other."""
    if isinstance(value, dict | list):
        return None if value else scalar(value)
    if isinstance(value, str):
        # Masks come as plain texts from a report that was read.
        return None if "\n" in value or "<redacted" in value else scalar(value)
    return scalar(value)


def _arrow(before: str, after: str, *, image: bool) -> str:
    name, colon, tag = after.rpartition(":")
    if image and colon and "/" not in tag and before.startswith(f"{name}:") and "/" not in before[len(name) :]:
        short = name if len(name) <= _LONGEST_VALUE else f"…/{clip(name.rpartition('/')[2], _LONGEST_VALUE)}"
        old, new = shortened(before[len(name) + 1 :], tag, _LONGEST_VALUE // 2)
        return f"{short}:{old}{ARROW}{new}"
    return ARROW.join(shortened(before, after, _LONGEST_VALUE))


def shortened(before: str, after: str, width: int) -> tuple[str, str]:
    """Cut two texts to `width` code points each, so that where they first differ is still seen."""
    if len(before) > width or len(after) > width:
        pairs = zip(before, after, strict=False)
        same = next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(before), len(after)))
        start = same - width // 3
        if start > 1:
            before, after = f"…{before[start:]}", f"…{after[start:]}"
    return clip(before, width), clip(after, width)
