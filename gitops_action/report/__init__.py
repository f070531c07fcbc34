"""Writes a Report in the forms that people and programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitops_action.model import Report


def _json(report: Report, *, colour: bool) -> str:  # noqa: ARG001 - a renderer's signature
    from gitops_action.report.json_report import dump  # noqa: PLC0415 - each form loads its own module only

    return dump(report)


def _markdown(report: Report, *, colour: bool) -> str:  # noqa: ARG001 - a renderer's signature
    from gitops_action.report.markdown import summary  # noqa: PLC0415 - as above

    return summary(report)


def _text(report: Report, *, colour: bool) -> str:
    from gitops_action.report.text import render as as_text  # noqa: PLC0415 - as above

    return as_text(report, colour=colour)


def _sarif(report: Report, *, colour: bool) -> str:  # noqa: ARG001 - a renderer's signature
    from gitops_action.report.sarif import dump  # noqa: PLC0415 - as above

    return dump(report)


def _junit(report: Report, *, colour: bool) -> str:  # noqa: ARG001 - a renderer's signature
    from gitops_action.report.junit import dump  # noqa: PLC0415 - as above

    return dump(report)


def _html(report: Report, *, colour: bool) -> str:  # noqa: ARG001 - a renderer's signature
    from gitops_action.report.html_report import render as as_page  # noqa: PLC0415 - as above

    return as_page(report)


RENDERERS: Final[Mapping[str, Callable[..., str]]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "sarif": _sarif,
    "junit": _junit,
    "html": _html,
}
"""The forms of `--output`; each takes the report and whether to colour."""


ENDINGS: Final[Mapping[str, str]] = {
    ".json": "json",
    ".html": "html",
    ".sarif": "sarif",
    ".xml": "junit",
    ".md": "markdown",
    ".txt": "text",
}
"""The form of a file, by the ending of its name."""


def form_of(file: str, otherwise: str = "") -> str:
    """Return the form that a file's name asks for, `otherwise` for an ending that says nothing.

    Raises UsageError where there is nothing else to go by.
    """
    for ending, form in ENDINGS.items():
        if file.endswith(ending):
            return form
    if otherwise:
        return otherwise
    raise UsageError(f"what to write to {file} is not known: let its name end in one of {', '.join(ENDINGS)}")


def render(report: Report, form: str, *, colour: bool = False) -> str:
    """Write the report in one of the forms of RENDERERS; raises UsageError for another."""
    if form not in RENDERERS:
        raise UsageError(f"no form of output is called {form!r}; there are {', '.join(RENDERERS)}")
    return RENDERERS[form](report, colour=colour)
