"""From the paths that a server writes, such as `spec.ports[0].name` or `data[a.b]`, to pointers into an object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex

if TYPE_CHECKING:
    import re

    from gitops_action.model import Pointer

_STEP: Final = regex(r"\.?(?P<name>[^.\[\]]+)|\[(?P<index>[^\]]*)\]|\.")
ABSENT: Final = object()
_KEY: Final = regex(r'^(\w+)="?([^"]*)"?$')


def pointer(text: str, value: Any) -> Pointer:
    """Return the pointer that a path means in `value`; what the object does not have stays as it is written.

    Keys with dots are told from several steps by the object itself. An item of a list may be given by its key
    (`[name="web"]`), as server-side apply does.
    """
    steps = [match["name"] if match["name"] is not None else f"[{match['index']}]" for match in _steps(text)]
    found: list[str | int] = []
    while steps:
        step, taken = _next(steps, value)
        found.append(step)
        steps = steps[taken:]
        value = child(value, step)
    return tuple(found)


def _steps(text: str) -> list[re.Match[str]]:
    if text in {"<nil>", "<unknown>"}:
        return []
    return [match for match in _STEP.finditer(text) if match.group() != "."]


def _next(steps: Sequence[str], value: Any) -> tuple[str | int, int]:
    first = steps[0]
    if isinstance(value, Mapping):
        # The longest key wins: a step may be one part of a key with dots in it.
        for count in range(len(steps), 0, -1):
            key = ".".join(_bare(step) for step in steps[:count])
            if key in value:
                return key, count
        return _bare(first), 1
    bare = _bare(first)
    if isinstance(value, list):
        if bare.isdecimal():
            return int(bare), 1
        for index, item in enumerate(value):
            if isinstance(item, Mapping) and _has_key(item, bare):
                return index, 1
    return bare, 1


def _bare(step: str) -> str:
    return step[1:-1] if step.startswith("[") else step


def _has_key(item: Mapping[str, Any], text: str) -> bool:
    parts = [_KEY.match(part.strip()) for part in text.split(",")]
    return all(part is not None and str(item.get(part[1])) == part[2] for part in parts)


def child(value: Any, step: str | int) -> Any:
    """Return what a mapping or list has at one step of a pointer, ABSENT if it has nothing there."""
    if isinstance(value, Mapping):
        return value.get(step, ABSENT)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return value[step]
    return ABSENT


def value_at(value: Any, at: Pointer) -> Any:
    """Return what there is at a pointer, ABSENT if there is nothing."""
    for step in at:
        value = child(value, step)
    return value


def without_indices(text: str, value: Any) -> list[Pointer]:
    """Return every pointer that a path without indices may mean, as `spec.containers.image` means one of each container.

    Such paths come from Go's JSON decoder, whose messages begin with the type that was being filled.
    """
    found: list[tuple[Pointer, Any]] = [((), value)]
    for name in text.split("."):
        found = [
            ((*start, *more, name), item.get(name))
            for start, held in found
            for more, item in _items(held)
            if isinstance(item, Mapping) and name in item
        ]
    return [one for one, _ in found]


def _items(value: Any) -> list[tuple[Pointer, Any]]:
    return [((index,), item) for index, item in enumerate(value)] if isinstance(value, list) else [((), value)]
