"""Where the values of an object that Helm made were written, as far as that can be told.

Helm does not say. A value of the release that is equal to what was rendered, and is called alike, is taken for its origin;
for a chart of this repository the template is the next best place, and then the line that names the chart.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from gitops_action.model import Location
from gitops_action.records import dataclass
from gitops_action.render.pointers import Absent, at, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.model import JSONValue, Pointer
    from gitops_action.render.helm.release import Release

_TELLING: Final = 5
_LARGE: Final = 1000
_MAX_VALUES: Final = 20_000


class Places:
    """The values of one release and where they are written, shared by the locators of its objects."""

    def __init__(self, release: Release, folder: str = "") -> None:
        """Take the release, and the chart's folder if it lies in the repository."""
        self.release = release
        self._folder = folder

    @cached_property
    def written(self) -> Sequence[tuple[Pointer, JSONValue]]:
        """Every value that is written in the release, and where."""
        return list(_walk(self.release.written))

    def template(self, source: str) -> Location | None:
        """Return the template in the repository that an object came from."""
        if not self._folder or not source:
            return None
        path = source.partition("/")[2]
        # Of a dependency it may lie in an archive.
        return (
            None if path.startswith("charts/") else Location(f"{self._folder}/{path}" if self._folder != "." else path)
        )


@dataclass(frozen=True)
class HelmLocator:
    """Finds where a value of one object was written (a `model.Locator`)."""

    places: Places
    value: Mapping[str, Any]
    source: str = ""

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        """Return the place of the value in the release that set the value at `pointer`, else that of its chart."""
        release = self.places.release
        found = self._origin(pointer) if pointer else None
        if found is not None:
            return release.locator.locate((*release.values_at, *found), key=key)
        return self.places.template(self.source) or release.place

    def _origin(self, pointer: Pointer) -> Pointer | None:
        """Return which of the release's values became the one at `pointer`; None where that is anybody's guess."""
        wanted = at(dict(self.value), pointer)
        if isinstance(wanted, Absent) or wanted in ("", None, {}, []):
            return None
        names = [step for step in pointer if isinstance(step, str)]
        ranked = []
        for place, held in self.places.written:
            if not same(held, wanted):
                continue
            common = _common_end(names, [step for step in place if isinstance(step, str)])
            if common or _is_telling(wanted):
                ranked.append((common, place))
        if not ranked:
            return None
        best = max(common for common, _ in ranked)
        nearest = [place for common, place in ranked if common == best]
        return nearest[0] if len(nearest) == 1 else None


def _is_telling(value: JSONValue) -> bool:
    """Whether a value is so peculiar that it is hardly equal by chance."""
    if isinstance(value, str):
        return len(value) >= _TELLING
    return isinstance(value, int) and abs(value) >= _LARGE


def _walk(values: Mapping[str, Any]) -> Iterator[tuple[Pointer, JSONValue]]:
    stack: list[tuple[Pointer, JSONValue]] = [((), dict(values))]
    count = 0
    while stack and count < _MAX_VALUES:
        pointer, value = stack.pop()
        if pointer:
            count += 1
            yield pointer, value
        if isinstance(value, dict):
            stack.extend(((*pointer, key), item) for key, item in reversed(list(value.items())))
        elif isinstance(value, list):
            stack.extend(((*pointer, index), item) for index, item in reversed(list(enumerate(value))))


def _common_end(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many names, from the last on, are the same but for case."""
    count = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left.casefold() != right.casefold():
            break
        count += 1
    return count
