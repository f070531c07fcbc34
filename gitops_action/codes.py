"""Every reason code that a finding can carry: what it means and what to do. `explain CODE` prints it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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


_ALL: Final = (
    # Loading
    Code(
        "yaml-syntax", Severity.ERROR, "The file is not well-formed YAML.",
        "The YAML parser stopped at the line and column given; nothing after it in the file was read.",
        "Mend the syntax there. Frequent reasons: a tab used to indent, a missing colon or space after it, an unclosed "
        "quote or bracket.",
    ),
)

CODES: Final = {code.name: code for code in _ALL}
