"""Every reason code that a finding can carry: what it means and what to do. `explain CODE` prints it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from gitops_action.errors import UsageError
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
        "yaml-syntax",
        Severity.ERROR,
        "The file is not well-formed YAML.",
        "The YAML parser stopped at the line and column given; nothing after it in the file was read.",
        "Mend the syntax there. Frequent reasons: a tab used to indent, a missing colon or space after it, an unclosed "
        "quote or bracket.",
    ),
    # Configuration
    Code(
        "config-invalid",
        Severity.ERROR,
        "The configuration file is wrong.",
        "`.gitops.yaml` has a setting that is not known, a value of the wrong kind, or settings that contradict each "
        "other. It does not come into force like this.",
        "Do what the message says at its line and column. The settings are described in docs/configuration.md; an "
        "editor that knows schemas/gitops.schema.json shows such mistakes while you type.",
    ),
    Code(
        "config-base-invalid",
        Severity.WARNING,
        "The configuration of the base revision cannot be read.",
        "A pull request is judged by the configuration of its base, and that file is broken there. So the defaults "
        "hold, which ignore nothing, suppress nothing and allow no remote bases.",
        "Mend the file on the base branch. If this pull request does so, merge it.",
    ),
    Code(
        "config-change-not-in-force",
        Severity.INFO,
        "A change of the configuration does not hold yet.",
        "The pull request changes settings that decide how it is judged itself. Such settings are read from the base "
        "revision, or anyone who can open a pull request could switch the check off.",
        "Nothing is wrong. The settings hold from the merge on; merge them first if the rest of the pull request needs "
        "them.",
    ),
    Code(
        "suppression-expired",
        Severity.WARNING,
        "A suppression has expired, and what it hid is still there.",
        "The suppression in the configuration had a last day, which is over. The findings it hid are shown again.",
        "Mend what is found. If it has to wait longer, set a new `expires` with a reason.",
    ),
    Code(
        "suppression-unused",
        Severity.INFO,
        "A suppression matches nothing.",
        "Everything was checked and no finding matches the suppression: the problem is gone, or the file, kind or name "
        "that the suppression gives has changed.",
        "Remove the suppression, so that it cannot hide a later problem.",
    ),
)

CODES: Final = {code.name: code for code in _ALL}


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that was probably meant by `word`: the same letters first, then few differences."""
    candidates = list(known)
    plain = {_letters(candidate): candidate for candidate in candidates}
    near = plain.get(_letters(word)) or next(iter(get_close_matches(word, candidates, n=1, cutoff=0.7)), None)
    return near if near != word else None


def _letters(word: str) -> str:
    return re.sub(r"[\W_]", "", word).lower()


def explain(name: str) -> str:
    """Return what the code `name` means and what to do, as text of at most 80 columns.

    Raises UsageError for a name that is no code, with the one that was probably meant.
    """
    code = CODES.get(name)
    if code is None:
        near = closest(name, CODES)
        hint = f"did you mean `{near}`?" if near else f"the codes are: {', '.join(sorted(CODES))}"
        raise UsageError(f"there is no reason code `{name}`: {hint}")
    paragraphs = [f"{code.name} ({code.severity})", code.summary]
    paragraphs += [f"Cause: {code.cause}", f"Remedy: {code.remedy}"]
    return "\n\n".join(_wrapped(paragraph) for paragraph in paragraphs) + "\n"


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, width=80, break_long_words=False, break_on_hyphens=False)


def markdown_page() -> str:
    """Return docs/codes.md: all codes in a table, then each with its cause and remedy."""
    codes = sorted(CODES.values(), key=lambda code: code.name)
    lines = [
        "# Reason codes",
        "",
        "Every finding carries one of these codes. `gitops-action explain CODE` prints the same text. Severities can be",
        "changed, and findings suppressed, in the [configuration](configuration.md). This page is generated from",
        "`gitops_action/codes.py`.",
        "",
        "| Code | Severity | Meaning |",
        "|---|---|---|",
        *(f"| [{code.name}](#{code.name}) | {code.severity} | {_cell(code.summary)} |" for code in codes),
    ]
    for code in codes:
        lines += ["", f"## {code.name}", "", f"**{code.severity}**: {code.summary}", "", f"Cause: {code.cause}", ""]
        lines.append(f"Remedy: {code.remedy}")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
