"""Every reason code that a finding can carry: what it means and what to do. `explain CODE` prints it."""

from __future__ import annotations

import re
import textwrap
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from gitops_action.codes.charts import CHARTS
from gitops_action.codes.code import Code
from gitops_action.codes.deploying_by_flux import FLUX
from gitops_action.codes.images import IMAGES
from gitops_action.codes.loading import LOADING
from gitops_action.codes.rendering import RENDERING
from gitops_action.codes.running import RUNNING
from gitops_action.codes.validating import VALIDATING
from gitops_action.errors import UsageError
from gitops_action.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitops_action.model import Location

__all__ = ["CODES", "Code", "closest", "explain", "finding_at", "markdown_page", "overview"]

CODES: Final = {code.name: code for code in (*RUNNING, *LOADING, *RENDERING, *FLUX, *CHARTS, *VALIDATING, *IMAGES)}


def finding_at(code: str, message: str, place: Location) -> Finding:
    """Return what a code says of a place, with the code's own severity."""
    return Finding(code, CODES[code].severity, message, place.file, place.line, place.column)


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

    Its letters count, not how it is written. Raises UsageError for a name that is no code, with the one that was probably meant.
    """
    code = next((code for code in CODES.values() if _letters(code.name) == _letters(name)), None)
    if code is None:
        near = closest(name, CODES)
        hint = f"did you mean `{near}`?" if near else "`gitops-action explain` lists all"
        raise UsageError(f"there is no reason code `{name}`: {hint}")
    paragraphs = [f"{code.name} ({code.severity})", code.summary]
    paragraphs += [f"Cause: {code.cause}", f"Remedy: {code.remedy}"]
    return "\n\n".join(_wrapped(paragraph) for paragraph in paragraphs) + "\n"


def overview() -> str:
    """Return all codes, each with what it says in one sentence, as text of at most 80 columns."""
    lead = max(map(len, CODES)) + 2
    return "".join(
        f"{textwrap.fill(code.summary, width=80, initial_indent=code.name.ljust(lead), subsequent_indent=' ' * lead)}\n"
        for code in sorted(CODES.values(), key=lambda code: code.name)
    )


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
        "`gitops_action/codes/`.",
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
