"""What becomes of each file: written, there already, or left as it is because somebody else wrote it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class State(StrEnum):
    """What becomes of a file."""

    NEW = "new"
    UNCHANGED = "unchanged"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, order=True)
class Planned:
    """One file. `content` is what it is to hold; `note` says why a file that is there is left as it is."""

    path: str
    state: State
    content: bytes
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All files, by path; what else is to be said before anything is done, and what is left to do afterwards."""

    files: tuple[Planned, ...]
    notes: tuple[str, ...] = ()
    steps: str = ""

    @property
    def new(self) -> dict[str, bytes]:
        """What is to be written."""
        return {one.path: one.content for one in self.files if one.state is State.NEW}

    def state(self, path: str) -> State | None:
        """Return what becomes of a file; None if it is not among them."""
        return next((one.state for one in self.files if one.path == path), None)

    def of(self, state: State) -> list[Planned]:
        """Return the files of one state."""
        return [one for one in self.files if one.state is state]


def plan(files: Mapping[str, str], present: Mapping[str, bytes | None], notes: Sequence[str] = ()) -> Plan:
    """Decide what becomes of each of `files`. `present` has what lies at a path: bytes, or None for what is no file.

    Nothing is ever overwritten.
    """
    return Plan(tuple(_planned(path, files[path].encode(), present) for path in sorted(files)), tuple(notes))


def _planned(path: str, content: bytes, present: Mapping[str, bytes | None]) -> Planned:
    if path not in present:
        return Planned(path, State.NEW, content)
    there = present[path]
    if there == content:
        return Planned(path, State.UNCHANGED, content)
    if there is None:
        return Planned(path, State.KEPT, content, "something that is no file has this name")
    return Planned(path, State.KEPT, content, "it is there with other content")
