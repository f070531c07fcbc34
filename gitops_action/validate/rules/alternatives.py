"""Fields of which only one may be set: which of two is probably too many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NAME: Final = "name"


def kept_and_excess(part: Mapping[str, Any], one: str, other: str) -> tuple[str, str]:
    """Return two fields, the one last that is probably too many."""
    wrong = excess(part, one, other)
    return (other, one) if wrong == one else (one, other)


def excess(part: Mapping[str, Any], one: str, other: str) -> str:
    """Return which of two fields is too many: the one that says less, as nobody writes much by mistake; else the later one.

    Of two plain values the length says nothing.
    """
    if not any(isinstance(part.get(field), Mapping | list) for field in (one, other)):
        return later(part, (one, other))
    first, second = _said(part.get(one)), _said(part.get(other))
    if first == second:
        return later(part, (one, other))
    return one if first < second else other


def before_the_name(part: Mapping[str, Any], one: str, other: str, beside: Iterable[Mapping[str, Any] | None]) -> str:
    """Return which of two fields alone stands above the name, where all items `beside` it begin with theirs; "" if none.

    Somebody put it in there who did not write the rest.
    """
    fields = list(part)
    if _NAME not in part or not all(next(iter(item)) == _NAME for item in beside if item):
        return ""
    above = [field for field in (one, other) if fields.index(field) < fields.index(_NAME)]
    return above[0] if len(above) == 1 else ""


def later(part: Mapping[str, Any], fields: Sequence[str]) -> str:
    """Return which of several fields is written last; the last of `fields` if none is."""
    written = [field for field in part if field in fields]
    return written[-1] if written else fields[-1]


def _said(value: Any) -> int:
    """Count the letters of a value, and of the fields in it."""
    count, pending = 0, [value]
    while pending:
        part = pending.pop()
        if isinstance(part, Mapping):
            pending += [*part.keys(), *part.values()] if part else ()
        elif isinstance(part, list):
            pending += part
        elif part is not None:
            count += len(str(part))
    return count
