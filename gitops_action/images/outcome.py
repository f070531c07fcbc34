"""What a run of image updates came to, for reports: what was found and what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.images.plan import Plan


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan, and what became of each branch (`pipeline.cargo.Done`); `notes` say what could not be looked at.

    `written` are the files that were written into the work tree, `commit` what was pushed to the main branch. `fails` says
    that a finding is as bad as the configuration's `failOn`.
    """

    plan: Plan
    done: Sequence[Any] = ()
    notes: Sequence[str] = ()
    written: Sequence[str] = ()
    commit: str = ""
    fails: bool = False

    @property
    def exit_code(self) -> int:
        """3 where something could not be done, 1 where a finding is bad enough, else 0."""
        if any(one.step.value == "failed" for one in self.done):
            return 3
        return int(self.fails)
