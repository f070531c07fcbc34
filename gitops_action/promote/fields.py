"""One field in three versions, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitops_action.promote.decisions import MISSING, Missing
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from gitops_action.model import Pointer
    from gitops_action.promote.rules import Path


class Label(str):
    """The part of a path that tells an element of a list."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the merge is: the field's path, and its pointers in the target's and in the new source's document."""

    path: Path = ()
    target: Pointer = ()
    source: Pointer = ()

    def at(self, label: str, target: str | int, source: str | int) -> Place:
        """Return the place of a member or element."""
        return Place((*self.path, label), (*self.target, target), (*self.source, source))


@dataclass(frozen=True, slots=True)
class Versions:
    """The three values of one field; `MISSING` where there is none."""

    old: Any
    new: Any
    target: Any

    @property
    def all(self) -> tuple[Any, Any, Any]:
        """Old, new, target."""
        return self.old, self.new, self.target

    def each(self, kind: type) -> bool:
        """Whether those that are there are of this kind, and at least the new and the target's are there."""
        return isinstance(self.new, kind) and isinstance(self.target, kind) and isinstance(self.old, kind | Missing)

    def member(self, key: str) -> Versions:
        """Return the versions of a member of mappings."""
        return Versions(*(value.get(key, MISSING) if isinstance(value, Mapping) else MISSING for value in self.all))


def position(label: str, order: Sequence[str], targets: Mapping[str, int], end: int) -> int:
    """Return where a new element goes: behind the one that it follows in the source, else before the one that follows it."""
    at = order.index(label)
    for before in reversed(order[:at]):
        if before in targets:
            return targets[before] + 1
    return next((targets[after] for after in order[at + 1 :] if after in targets), end)


def as_typed(value: Any, present: Any) -> Any:
    """Return a text or number in the type that the target gives it: `1234` and "1234" are the same tag."""
    if isinstance(value, bool) or isinstance(present, bool):
        return value
    if isinstance(value, int) and isinstance(present, str):
        return str(value)
    if isinstance(value, str) and isinstance(present, int) and value.isdecimal() and str(int(value)) == value:
        return int(value)
    return value


def keys(label: str, item: Mapping[str, Any]) -> list[str]:
    """Return the keys by which an element of a list is told, as its label has them."""
    return [key for part in label.split(",") if (key := part.partition("=")[0]) in item]


def readable(path: Path) -> str:
    """Write a path as people do: `spec.containers[name=app].image`."""
    text = ""
    for part in path:
        if isinstance(part, Label):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
