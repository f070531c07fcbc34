"""How a command ends: its result written, its exit code given."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from gitops_action.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from gitops_action.model import Report
    from gitops_action.report.excerpts import Sources


def finish(report: Report, output: str, file: Path | None, sources: Sources | None = None) -> NoReturn:
    """Write the report and end with its exit code; with `sources`, text has excerpts of them."""
    write(rendered(report, output, colour=file is None and colour(sys.stdout), sources=sources), file)
    sys.exit(report.verdict.exit_code)


def wants_excerpts(asked: bool | None, output: str, file: Path | None) -> bool:  # noqa: FBT001 - what an option says
    """Follow --excerpts; without it, excerpts are for a terminal."""
    if output != "text" or asked is not None:
        return output == "text" and bool(asked)
    return file is None and sys.stdout.isatty()


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


def write(text: str, file: Path | None = None) -> None:
    """Write to the file, as a whole or not at all; to standard output without one, or where the file cannot be had."""
    text = text if text.endswith("\n") or not text else text + "\n"
    if file is None:
        _print(text)
        return
    from gitops_action.adapters.files import write_text  # noqa: PLC0415 - a command imports what it needs

    try:
        write_text(file, text)
    except UsageError:
        # The work is done: its result must not be lost to a mistyped name.
        _print(text)
        raise


def _print(text: str) -> None:
    # No encoding of a terminal shall lose a result: what it cannot show is escaped.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="backslashreplace").decode(encoding))
    sys.stdout.flush()
