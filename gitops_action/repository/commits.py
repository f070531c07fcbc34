"""Commits as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from datetime import datetime

OURS: Final = ("gitops-action", "gitops-action@users.noreply.github.com")
"""Name and address of the committer of what we make; whoever amends it takes its place."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. `message` is whole; `committed_at` has a time zone."""

    sha: str
    parents: tuple[str, ...]
    tree: str
    author_name: str
    author_email: str
    committer_email: str
    committed_at: datetime
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]
