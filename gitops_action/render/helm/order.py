"""In which order releases are installed: after those that they depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def layers(needs: Mapping[str, Sequence[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """Return the names in layers, each after those it needs, and the circles, each from its first name by alphabet.

    What is needed and is not there is passed over. Those in a circle, and those that wait for one, come last.
    """
    waiting = {name: {one for one in needed if one in needs and one != name} for name, needed in needs.items()}
    found: list[list[str]] = []
    while ready := sorted(name for name, needed in waiting.items() if not needed):
        found.append(ready)
        for name in ready:
            del waiting[name]
        for needed in waiting.values():
            needed.difference_update(ready)
    circles = _circles(waiting)
    circles += [[name] for name, needed in sorted(needs.items()) if name in needed]
    if waiting:
        found.append(sorted(waiting))
    return found, circles


def _circles(waiting: Mapping[str, set[str]]) -> list[list[str]]:
    """Return one circle through each group of names that wait for each other."""
    circles: list[list[str]] = []
    seen: set[str] = set()
    for start in sorted(waiting):
        if start in seen:
            continue
        path: list[str] = []
        name = start
        # Each that is left waits for another that is left, so the way never ends.
        while name not in path and name not in seen:
            path.append(name)
            name = min(waiting[name])
        seen.update(path)
        if name in path:
            circle = path[path.index(name) :]
            first = circle.index(min(circle))
            circles.append(circle[first:] + circle[:first])
    return circles
