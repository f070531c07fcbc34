"""Fields of which only one may be set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def later(part: Mapping[str, Any], one: str, other: str) -> str:
    """Return which of two fields is written later: the one that is probably too many."""
    written = [field for field in part if field in {one, other}]
    return written[-1] if written else other
