"""What a branch of ours is to carry, and what became of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Step(StrEnum):
    """What was done for one branch."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CLOSED = "closed"
    DECLINED = "declined"
    TAKEN_OVER = "taken over"
    NOTHING = "nothing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one branch; `url` is its pull request's address, `notes` what could not be set as asked."""

    branch: str
    step: Step
    url: str = ""
    message: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Cargo:
    """What a branch is to carry, and what its pull request is to say.

    `status` is the state and the description of a commit status, None for none. `is_refused` tells from the message of the
    commit of a pull request that people closed (None: it cannot be read) whether they refused exactly this.
    """

    branch: str
    changes: Mapping[str, bytes | None]
    message: str
    title: str
    body: str
    is_refused: Callable[[str | None], bool]
    draft: bool = False
    status: tuple[str, str] | None = None
    said: str = ""
