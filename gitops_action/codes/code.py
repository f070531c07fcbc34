"""What a reason code is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from gitops_action.model import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """A stable name for one kind of problem.

    `summary` is one line; `cause` and `remedy` are a few sentences for a person who sees it first.
    """

    name: str
    severity: Severity
    summary: str
    cause: str
    remedy: str
