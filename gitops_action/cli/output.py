"""How a command ends: its result written, its exit code given."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, NoReturn

from gitops_action.errors import UsageError
from gitops_action.report import form_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import TextIO

    from gitops_action.model import Report
    from gitops_action.report.excerpts import Sources


def finish(
    report: Report, output: str, files: Sequence[Path] = (), sources: Sources | None = None, *, hint: str = ""
) -> NoReturn:
    """Write the report and end with its exit code; with `sources`, text has excerpts of them.

    Each file is written as its ending says, or as `output` where that says nothing; without one, standard output is.
    A hint comes after it, on standard error.
    """

    def as_form(form: str) -> str:
        return rendered(report, form, colour=not files and colour(sys.stdout), sources=sources)

    write_all(as_form, output, files)
    if hint:
        sys.stderr.write(f"gitops-action: hint: {hint}\n")
    sys.exit(report.verdict.exit_code)


def wants_excerpts(asked: bool | None, output: str, files: Sequence[Path]) -> bool:  # noqa: FBT001 - what an option says
    """Follow --excerpts; without it, excerpts are for a terminal."""
    if "text" not in ({form_of(file.name, output) for file in files} or {output}):
        return False
    return not files and sys.stdout.isatty() if asked is None else asked


def rendered(report: Report, output: str, *, colour: bool, sources: Sources | None = None) -> str:
    """Return the report in one of the forms that `--output` names; text with excerpts of `sources`."""
    if output == "text":
        from gitops_action.report.text import render as as_text  # noqa: PLC0415 - a command imports what it needs

        return as_text(report, colour=colour, sources=sources)
    from gitops_action.report import render  # noqa: PLC0415 - as above

    return render(report, output, colour=colour)


def colour(stream: TextIO) -> bool:
    """Follow NO_COLOR and FORCE_COLOR (https://no-color.org), else whether a terminal reads along."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def width(stream: TextIO) -> int | None:
    """Return how many columns a terminal has that reads along; None for a pipe or a file, whose lines stay whole."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def write(text: str) -> None:
    """Write to standard output. Raises GitOpsError where it cannot be written."""
    _print(_ended(text))


def write_all(render: Callable[[str], str], output: str, files: Sequence[Path]) -> None:
    """Write each file, as a whole or not at all, as `finish` says of its form; to standard output without any.

    Raises UsageError where one cannot be written, after the others were.
    """
    from gitops_action.adapters.files import write_text  # noqa: PLC0415 - a command imports what it needs

    if not files:
        write(render(output))
    failed: UsageError | None = None
    for file in files:
        text = _ended(render(form_of(file.name, output)))
        try:
            write_text(file, text)
        except UsageError as error:
            if failed is None:
                # The work is done: its result must not be lost to a mistyped name.
                _print(text)
            failed = failed or error
    if failed is not None:
        raise failed


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"


def _print(text: str) -> None:
    # No encoding of a terminal shall lose a result: what it cannot show is escaped.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="backslashreplace").decode(encoding))
    sys.stdout.flush()
