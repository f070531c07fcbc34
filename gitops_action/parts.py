"""Parts of values that may be anything, as those of objects and answers are: what is of another kind is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def part(value: Any, key: str) -> Mapping[str, Any]:
    """Return the mapping at a key, empty where there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def mappings(value: Any, key: str) -> list[Mapping[str, Any]]:
    """Return the mappings in the list at a key."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def text(value: Any) -> str:
    """Return a text, "" for all else."""
    return value if isinstance(value, str) else ""
