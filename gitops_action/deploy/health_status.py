"""The words of kstatus for what an object is."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from gitops_action.records import dataclass


class Status(StrEnum):
    """What an object is, in kstatus' words."""

    CURRENT = "current"
    IN_PROGRESS = "in-progress"
    FAILED = "failed"
    TERMINATING = "terminating"
    NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True)
class Health:
    """The status of an object, and why it is not `current` ("" where it is)."""

    status: Status
    message: str = ""

    @property
    def is_current(self) -> bool:
        """Whether the object is what it was asked to be."""
        return self.status is Status.CURRENT

    @property
    def is_final(self) -> bool:
        """Whether waiting makes no sense any more."""
        return self.status in {Status.CURRENT, Status.FAILED}


CURRENT: Final = Health(Status.CURRENT)


def in_progress(message: str) -> Health:
    """Return the health of what may yet become what it was asked to be."""
    return Health(Status.IN_PROGRESS, message)
