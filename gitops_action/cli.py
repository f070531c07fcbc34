"""The command line: wiring only. What the commands do is in `pipeline`, how reports look in `report`."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gitops_action import __version__
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.inputs import COMMANDS, describe
from gitops_action.model import Verdict

if TYPE_CHECKING:
    from typing import TextIO

    from gitops_action.model import Report
    from gitops_action.ports import Progress

EXIT_CODES: Final = {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.INCOMPLETE: 3}
EXIT_UNEXPECTED: Final = 3
EXIT_BROKEN_PIPE: Final = 141
EXIT_INTERRUPTED: Final = 130

app = typer.Typer(
    name="gitops-action",
    help="Check, promote and deploy Kubernetes configuration that is kept in Git.",
    epilog="Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration, 3 could not check.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
reports = typer.Typer(help="Work with reports that were written before.", no_args_is_help=True)
app.add_typer(reports, name="report")


class Output(StrEnum):
    """How a result is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


Repo = Annotated[Path, typer.Option("--repo", help=describe("repo"))]
ConfigFile = Annotated[str, typer.Option("--config", help=describe("config"))]
Engines = Annotated[str, typer.Option("--engine", help=describe("engine"))]
Versions = Annotated[list[str] | None, typer.Option("--kubernetes-version", help=describe("kubernetes-version"))]
Threshold = Annotated[str, typer.Option("--fail-on", help=describe("fail-on"))]
Format = Annotated[Output, typer.Option("--output", help="How to write the result.")]
OutputFile = Annotated[Path | None, typer.Option("--output-file", help="Where to write it; standard output if absent.")]
EventFile = Annotated[
    Path | None, typer.Option("--event-file", help="A GitHub event to take the revisions from, to replay it locally.")
]
Base = Annotated[str, typer.Option("--base", help=describe("base"))]
Head = Annotated[str, typer.Option("--head", help=describe("head"))]
All = Annotated[bool, typer.Option("--all", help=describe("all"))]
ChangedSince = Annotated[
    str, typer.Option("--changed-since", help="Only what changed since this revision, and what that affects.")
]
Paths = Annotated[
    list[str] | None, typer.Argument(help="Files or folders; `-` is standard input; the current folder if absent.")
]


def _version(wanted: bool) -> None:  # noqa: FBT001 - the form that typer calls
    if wanted:
        typer.echo(f"gitops-action {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that stand before the command."""


@app.command(help=COMMANDS["check"])
def check(  # noqa: PLR0913 - a command has the options it has
    *,
    repo: Repo = Path(),
    base: Base = "",
    head: Head = "",
    everything: All = False,
    config: ConfigFile = "",
    engine: Engines = "",
    kubernetes_version: Versions = None,
    fail_on: Threshold = "",
    output: Format = Output.TEXT,
    output_file: OutputFile = None,
    event_file: EventFile = None,
) -> None:
    """Check a change."""
    from gitops_action.pipeline import check as job  # noqa: PLC0415 - a command imports what it needs
    from gitops_action.pipeline.request import overrides, revisions  # noqa: PLC0415

    wanted = revisions(repo, base, head, event_file, everything=everything)
    report = job.check(repo, wanted, overrides(config, engine, kubernetes_version, fail_on), _progress())
    _finish(report, output, output_file)


@app.command(help=COMMANDS["diff"])
def diff(  # noqa: PLR0913 - a command has the options it has
    *,
    repo: Repo = Path(),
    base: Base = "",
    head: Head = "",
    everything: All = False,
    config: ConfigFile = "",
    output: Format = Output.TEXT,
    output_file: OutputFile = None,
    event_file: EventFile = None,
) -> None:
    """Show what would change."""
    from gitops_action.pipeline import check as job  # noqa: PLC0415 - see check
    from gitops_action.pipeline.request import overrides, revisions  # noqa: PLC0415

    wanted = revisions(repo, base, head, event_file, everything=everything)
    _finish(job.diff(repo, wanted, overrides(config), _progress()), output, output_file)


@app.command(help=COMMANDS["validate"])
def validate(  # noqa: PLR0913 - a command has the options it has
    paths: Paths = None,
    *,
    changed_since: ChangedSince = "",
    config: ConfigFile = "",
    engine: Engines = "",
    kubernetes_version: Versions = None,
    fail_on: Threshold = "",
    output: Format = Output.TEXT,
    output_file: OutputFile = None,
) -> None:
    """Validate files."""
    from gitops_action.pipeline import validate as job  # noqa: PLC0415 - see check
    from gitops_action.pipeline.request import overrides  # noqa: PLC0415

    wanted = overrides(config, engine, kubernetes_version, fail_on)
    report = job.validate(paths or ["."], wanted, _progress(), since=changed_since)
    _finish(report, output, output_file)


@app.command(help=COMMANDS["render"])
def render(  # noqa: PLR0913 - a command has the options it has
    paths: Paths = None,
    *,
    changed_since: ChangedSince = "",
    config: ConfigFile = "",
    show_secrets: Annotated[
        bool,
        typer.Option(
            "--show-secrets", help="Print the values of Secrets and other credentials, which are hidden otherwise."
        ),
    ] = False,
    output: Annotated[Output, typer.Option("--output", help="text writes YAML, json a list of objects.")] = Output.TEXT,
    output_file: OutputFile = None,
) -> None:
    """Print manifests."""
    from gitops_action.pipeline import validate as job  # noqa: PLC0415 - see check
    from gitops_action.pipeline.request import overrides  # noqa: PLC0415

    manifests, report = job.render(
        paths or ["."], overrides(config), _progress(), since=changed_since, show_secrets=show_secrets
    )
    text = job.as_json(manifests) if output is Output.JSON else job.as_yaml(manifests, fenced=output is Output.MARKDOWN)
    _write(text, output_file)
    if report.findings:
        typer.echo(_rendered(report, Output.TEXT, colour=_colour(sys.stderr)), err=True)
    _exit(report)


@reports.command("render", help="Write a JSON report in another form.")
def report_render(
    file: Annotated[Path, typer.Argument(help="A report that --output json wrote.")],
    *,
    output: Format = Output.TEXT,
    output_file: OutputFile = None,
) -> None:
    """Write a report again."""
    from gitops_action.report.json_report import load  # noqa: PLC0415

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read: {error}") from error
    _finish(load(text), output, output_file)


@app.command(help="Say what a reason code means and what to do.")
def explain(code: Annotated[str, typer.Argument(help="A reason code, such as unknown-field.")]) -> None:
    """Explain a reason code."""
    from gitops_action.codes import explain as explanation  # noqa: PLC0415 - see check

    _write(explanation(code), None)


def _progress() -> Progress:
    from gitops_action.adapters.terminal import progress  # noqa: PLC0415 - see check

    return progress()


def _finish(report: Report, output: Output, file: Path | None) -> None:
    """Write the report and end with its exit code."""
    _write(_rendered(report, output, colour=file is None and _colour(sys.stdout)), file)
    _exit(report)


def _exit(report: Report) -> None:
    raise typer.Exit(EXIT_CODES[report.verdict])


def _rendered(report: Report, output: Output, *, colour: bool) -> str:
    from gitops_action.report import render as in_form  # noqa: PLC0415 - see check

    return in_form(report, output.value, colour=colour)


def _colour(stream: TextIO) -> bool:
    """Follow NO_COLOR and FORCE_COLOR (https://no-color.org), else whether a terminal reads along."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def _write(text: str, file: Path | None) -> None:
    """Write to the file, as a whole or not at all; to standard output without one, or where the file cannot be had."""
    text = text if text.endswith("\n") or not text else text + "\n"
    if file is None:
        _print(text)
        return
    from gitops_action.adapters.files import write_text  # noqa: PLC0415 - see check

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
        raise typer.Exit(EXIT_BROKEN_PIPE) from None


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        app()
    except GitOpsError as error:
        sys.stderr.write(f"gitops-action: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except Exception:  # noqa: BLE001 - the last resort: say that it is our fault, and leave what a report needs
        from gitops_action.adapters.crash import describe_crash  # noqa: PLC0415

        sys.stderr.write(describe_crash())
        sys.exit(EXIT_UNEXPECTED)


if __name__ == "__main__":
    main()
