"""Suppressions written into the files themselves, as a comment beside the line of a finding or above it.

    # gitops-action: ignore CODE[, CODE…] [until YYYY-MM-DD] -- REASON

Such a comment comes with the change that it speaks for. So it reaches only what validation says of the object it stands
in, never what could not be checked, and never what the configuration of the base keeps from it.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from gitops_action.codes import CODES, closest, finding_at
from gitops_action.model import Finding, Location
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitops_action.repository.tree import Tree

MARK: Final = b"gitops-action:"
"""No file without these bytes has such a comment."""
REACHED: Final = frozenset(
    {
        *("required-field", "unknown-field", "wrong-type", "invalid-enum", "invalid-format", "invalid-value"),
        *("invalid-name", "invalid-label", "invalid-reference", "selector-mismatch", "duplicate-item"),
        *(
            "apply-conflict",
            "forbidden-field",
            "limit-exceeded",
            "unknown-kind",
            "kind-mismatch",
            "api-deprecated",
            "api-removed",
        ),
        *("schema-missing", "rule-violated", "rule-unchecked", "encrypted"),
        *("immutable-field", "server-warning"),
    }
)
"""The codes that a comment may name."""
_COMMENT: Final = regex(r"(?P<before>^|.*?[ \t])#[ \t]*gitops-action:(?P<said>.*)", re.DOTALL)
_SAID: Final = regex(
    r"[ \t]*ignore[ \t]+(?P<codes>[\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)(?:[ \t]+until[ \t]+(?P<until>[\w-]+))?"
    r"[ \t]+--[ \t]*(?P<reason>\S.*)"
)
_FORM: Final = "# gitops-action: ignore CODE until 2027-01-31 -- REASON"
_SKIPPED: Final = regex(r"[ \t]*(?:#.*)?|---[ \t]*(?:#.*)?")
_LINE_END: Final = regex(r"\r?\n")


@dataclass(frozen=True, slots=True)
class Comment:
    """Accepts the findings of one code on one line of its file; `expires` is the last day on which it holds."""

    code: str
    reason: str
    line: int
    location: Location
    expires: date | None = None

    def matches(self, finding: Finding) -> bool:
        """Whether `finding` is meant, expired or not."""
        return (finding.file, finding.line, finding.code) == (self.location.file, self.line, self.code)


def read(tree: Tree, paths: Iterable[str]) -> tuple[list[Comment], list[Finding]]:
    """Return the comments in those of `paths` that the tree has, and what is wrong with them."""
    comments: list[Comment] = []
    findings: list[Finding] = []
    for path, data in tree.read(sorted({path for path in paths if path in tree.entries})):
        if isinstance(data, bytes) and MARK in data:
            for entry in parse(data.decode(errors="replace"), path):
                if isinstance(entry, Comment):
                    comments.append(entry)
                else:
                    findings.append(entry)
    return comments, findings


def parse(text: str, file: str) -> Iterator[Comment | Finding]:
    """Yield what each comment of a file accepts; one that cannot be understood is a finding, and accepts nothing."""
    lines = _LINE_END.split(text.removeprefix("\ufeff"))
    for number, line in enumerate(lines, 1):
        match = _COMMENT.match(line) if "gitops-action:" in line else None
        if match is None:
            continue
        beside = match["before"].strip(" \t") not in {"", "-"}
        target = number if beside else _next(lines, number)
        location = Location(file, number, len(match["before"]) + 1)
        yield from _accepted(match["said"], target, location)


def _next(lines: list[str], number: int) -> int:
    """Return the number of the first line below `number` that has content."""
    for index in range(number, len(lines)):
        if not _SKIPPED.fullmatch(lines[index]):
            return index + 1
    return number


def _accepted(said: str, line: int, location: Location) -> Iterator[Comment | Finding]:
    match = _SAID.fullmatch(said.rstrip())
    if match is None:
        yield _wrong(f"the comment is not understood: write `{_FORM}`", location)
        return
    expires = None
    if match["until"]:
        try:
            expires = date.fromisoformat(match["until"])
        except ValueError:
            yield _wrong(f"`{match['until']}` is no day: write it as 2027-01-31", location)
            return
    for code in re.split(r"[ \t]*,[ \t]*", match["codes"]):
        if code in REACHED:
            yield Comment(code, match["reason"], line, location, expires)
        elif code in CODES:
            yield _wrong(f"no comment can suppress `{code}`; the configuration can", location, "suppression-refused")
        else:
            near = closest(code, REACHED)
            hint = f"did you mean `{near}`?" if near else "docs/codes.md lists them"
            yield _wrong(f"there is no reason code `{code[:60]}`: {hint}", location)


def _wrong(message: str, place: Location, code: str = "suppression-invalid") -> Finding:
    return finding_at(code, message, place)
