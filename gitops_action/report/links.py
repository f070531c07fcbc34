"""Where a report leads its reader: the one place that knows addresses, and the hidden line that finds our comment."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from gitops_action.records import dataclass

HOME_PAGE: Final = "https://github.com/gitops-action/gitops-action"
"""Where the program comes from."""

CODES_PAGE: Final = f"{HOME_PAGE}/blob/main/docs/codes.md"
"""The page that explains the reason codes, each under its own name."""

_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Links:
    """Where a reader can go on; "" is nowhere.

    `blob` is the address of the head's files (…/blob/COMMIT), `report` of the whole result, `codes` of the page of
    reason codes.
    """

    blob: str = ""
    report: str = ""
    codes: str = CODES_PAGE


def marker_line(*parts: str) -> str:
    """Return the hidden first line by which a comment of ours is found again, whatever the parts are."""
    name = " ".join(part.encode("unicode_escape").decode() for part in ("gitops-action", *parts))
    hidden = name.replace("--", "-\\x2d").replace(">", "\\x3e")
    if len(hidden) > _LONGEST_NAME:
        hidden = f"{hidden[:_LONGEST_NAME]} {sha256(name.encode()).hexdigest()}"
    return f"<!-- {hidden} -->"
