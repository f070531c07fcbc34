"""The commands for reports that were written before, on the command line."""
# ruff: noqa: PLC0415 - a command imports what it needs when it runs

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_action.cli import options
from gitops_action.cli.output import finish
from gitops_action.errors import UsageError
from gitops_action.inputs import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group()
def report() -> None:
    """Work with reports that were written before."""


@report.command("render")
@click.argument("file", type=click.Path(path_type=Path))
@options.result
def report_render(*, file: Path, output: str, output_files: Sequence[Path]) -> None:
    """Write a JSON report, which --output json wrote, in another form; `-` reads standard input."""
    from gitops_action.pipeline.merging import read_report
    from gitops_action.report.json_reading import ReportError, load

    try:
        found = load(read_report(file))
    except ReportError as error:
        raise UsageError(f"{file}: {error}") from error
    finish(found, output, output_files)


@report.command("merge", help=COMMANDS["report merge"])
@click.argument("reports", nargs=-1, required=True, metavar="REPORT...", type=click.Path(path_type=Path))
@options.matrix
@options.result
def report_merge(*, reports: Sequence[Path], matrix: str, output: str, output_files: Sequence[Path]) -> None:
    """Merge reports."""
    from gitops_action.pipeline.merging import merge

    finish(merge(reports, matrix), output, output_files)
