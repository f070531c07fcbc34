"""What the bodies of all our pull requests have in common."""

from __future__ import annotations

from typing import Final

from gitops_action.report.escape import message

WITHDRAWN: Final = "<!-- gitops-action: withdrawn -->"
"""In the body of a pull request that we closed ourselves."""
LONGEST: Final = 55_000
"""GitHub takes 65,536 characters, and counts them in its own way."""


def withdrawn(marker: str, reason: str) -> str:
    """Return what the body of a pull request says once we have closed it ourselves."""
    return f"{marker}\n{WITHDRAWN}\n\nClosed by gitops-action: {message(reason)}.\n"
