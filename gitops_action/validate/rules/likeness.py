"""How much a thing is like its name: of two places that disagree, the one that is unlike the rest is probably wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gitops_action.regex import regex

_SEPARATORS: Final = regex(r"[^a-z0-9]+")
_SHORTEST: Final = 3


def likeness(name: str, part: Any) -> int:
    """Count the words of a name that a part of an object has in its keys or texts."""
    texts = _texts(part)
    return sum(any(word in text for text in texts) for word in _words(name))


def share(name: str, part: Any) -> float:
    """Return which share of the words of a name a part of an object has in its keys or texts."""
    return likeness(name, part) / max(len(_words(name)), 1)


def _words(name: str) -> set[str]:
    return {word for word in _SEPARATORS.split(name.lower()) if len(word) >= _SHORTEST}


def _texts(part: Any) -> list[str]:
    texts: list[str] = []
    pending = [part]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            pending += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, str):
            texts.append(value.lower())
    return texts
