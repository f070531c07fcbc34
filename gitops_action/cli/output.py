"""How a command ends: its result written, its exit code given."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, NoReturn

from gitops_action.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from gitops_action.model import Report

EXIT_BROKEN_PIPE: Final = 141


def finish(report: Report, output: str, file: Path | None) -> NoReturn:
    """Write the report and end with its exit code."""
    write(rendered(report, output, colour=file is None and colour(sys.stdout)), file)
    sys.exit(report.verdict.exit_code)


def rendered(report: Report, output: str, *, colour: bool) -> str:
    """Return the report in one of the forms that `--output` names."""
    from gitops_action.report import render  # noqa: PLC0415 - a command imports what it needs

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
    try:
        sys.stdout.write(text.encode(encoding, errors="backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read along has read enough; Python would complain again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_BROKEN_PIPE)
