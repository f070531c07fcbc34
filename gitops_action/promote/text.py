"""The three-way merge of a text that has no structure that we know: line by line, and only where nothing touches."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_LINES: Final = 5_000
_Change = tuple[int, int, list[bytes]]


def merge(old: bytes, new: bytes, target: bytes) -> bytes | None:
    """Return `target` with the change from `old` to `new`; None where both changed the same or neighbouring lines."""
    olds, news, targets = (text.splitlines(keepends=True) for text in (old, new, target))
    if max(len(olds), len(news), len(targets)) > _MAX_LINES or b"\0" in old + new + target:
        return None
    ours, theirs = _changes(olds, news), _changes(olds, targets)
    changes = [change for change in ours if change not in theirs]
    # Neighbours count as touching: what stands beside a changed line often belongs to it.
    if any(a[0] <= b[1] and b[0] <= a[1] for a in changes for b in theirs):
        return None
    result: list[bytes] = []
    at = 0
    for start, end, lines in sorted([*changes, *theirs], key=lambda change: change[:2]):
        result += olds[at:start] + lines
        at = end
    return b"".join(result + olds[at:])


def _changes(before: Sequence[bytes], after: Sequence[bytes]) -> list[_Change]:
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(start, end, list(after[first:last])) for tag, start, end, first, last in codes if tag != "equal"]
