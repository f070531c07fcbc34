"""The command line: wiring only. What the commands do is in `pipeline`, how reports look in `report`.

A command imports what it needs when it runs: to start is most of the time that a small check takes.
"""
# ruff: noqa: PLC0415 - as said above

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gitops_action import __version__
from gitops_action.cli import options
from gitops_action.cli.output import colour, finish, rendered, wants_excerpts, write
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.garbage import collected_rarely
from gitops_action.inputs import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitops_action.ports import Progress

EXIT_UNEXPECTED: Final = 3
EXIT_INTERRUPTED: Final = 130


# The commands of other modules, by the module that has them.
_ELSEWHERE: Final = {
    **dict.fromkeys(("init", "create"), "scaffolding"),
    **dict.fromkeys(("promote", "lock", "unlock"), "promoting"),
    **dict.fromkeys(("deploy", "history", "drift", "rollback"), "deploying"),
    **dict.fromkeys(("status", "doctor"), "looking"),
    "image": "images",
}


class _Commands(click.Group):
    """A group that loads a command of another module when it is asked for: to make 250 options takes a while."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._load(_ELSEWHERE)
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            # Of a command that there is not, the one that was meant is looked for among all.
            self._load([cmd_name] if cmd_name in _ELSEWHERE else _ELSEWHERE)
        return super().get_command(ctx, cmd_name)

    def _load(self, names: Iterable[str]) -> None:
        for name in names:
            self.add_command(getattr(import_module(f"{__name__}.{_ELSEWHERE[name]}"), name))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration, 3 could not check.",
)
@click.version_option(__version__, message="gitops-action %(version)s", help="Print the version and exit.")
def app() -> None:
    """Check, promote and deploy Kubernetes configuration that is kept in Git."""


@app.group()
def report() -> None:
    """Work with reports that were written before."""


@app.command(help=COMMANDS["check"])
@options.repo
@options.revisions
@options.settings
@options.offline
@options.cluster
@options.shard
@options.result
@options.excerpts
@options.event_file
def check(  # noqa: PLR0913 - a command has the options it has
    *,
    repo: Path,
    base: str,
    head: str,
    everything: bool,
    config: str,
    engine: str,
    kubernetes_version: Sequence[str],
    fail_on: str,
    offline: bool,
    kubeconfig: str,
    context: Sequence[str],
    server: str,
    authority: str,
    shard: str,
    output: str,
    output_file: Path | None,
    excerpts: bool | None,
    event_file: Path | None,
) -> None:
    """Check a change."""
    from gitops_action.pipeline import check as job
    from gitops_action.pipeline.clusters import clusters
    from gitops_action.pipeline.request import overrides, revisions

    wanted = revisions(repo, base, head, event_file, everything=everything)
    live = clusters(kubeconfig, context, server=server, authority=authority, token=_token())
    said = overrides(config, engine, kubernetes_version, fail_on, offline=offline, clusters=live, shard=shard)
    found = job.check(repo, wanted, said, _progress())
    if wants_excerpts(excerpts, output, output_file):
        from gitops_action.pipeline.sources import of_revision

        with of_revision(repo, found.head) as sources:
            finish(found, output, output_file, sources)
    finish(found, output, output_file)


@app.command(help=COMMANDS["matrix"])
@options.repo
@options.revisions
@options.config
@options.by
@options.shards
@options.event_file
def matrix(  # noqa: PLR0913 - a command has the options it has
    *,
    repo: Path,
    base: str,
    head: str,
    everything: bool,
    config: str,
    by: str,
    shards: int,
    event_file: Path | None,
) -> None:
    """Print a matrix."""
    from gitops_action.pipeline import check as job
    from gitops_action.pipeline.request import overrides, revisions
    from gitops_action.shards import By, as_matrix

    wanted = revisions(repo, base, head, event_file, everything=everything)
    write(as_matrix(job.matrix(repo, wanted, overrides(config), by=By(by), number=shards)))


@app.command(help=COMMANDS["diff"])
@options.repo
@options.revisions
@options.config
@options.cluster
@options.shard
@options.result
@options.event_file
def diff(  # noqa: PLR0913 - a command has the options it has
    *,
    repo: Path,
    base: str,
    head: str,
    everything: bool,
    config: str,
    kubeconfig: str,
    context: Sequence[str],
    server: str,
    authority: str,
    shard: str,
    output: str,
    output_file: Path | None,
    event_file: Path | None,
) -> None:
    """Show what would change."""
    from gitops_action.pipeline import check as job
    from gitops_action.pipeline.clusters import clusters
    from gitops_action.pipeline.request import overrides, revisions

    wanted = revisions(repo, base, head, event_file, everything=everything)
    live = clusters(kubeconfig, context, server=server, authority=authority, token=_token())
    said = overrides(config, clusters=live, shard=shard)
    finish(job.diff(repo, wanted, said, _progress()), output, output_file)


@app.command(help=COMMANDS["validate"])
@options.paths
@options.changed_since
@options.allow_empty
@options.settings
@options.offline
@options.result
@options.excerpts
def validate(  # noqa: PLR0913 - a command has the options it has
    *,
    paths: Sequence[str],
    changed_since: str,
    allow_empty: bool,
    config: str,
    engine: str,
    kubernetes_version: Sequence[str],
    fail_on: str,
    offline: bool,
    output: str,
    output_file: Path | None,
    excerpts: bool | None,
) -> None:
    """Validate files."""
    from gitops_action.pipeline import validate as job
    from gitops_action.pipeline.request import overrides

    said = overrides(config, engine, kubernetes_version, fail_on, offline=offline)
    paths = paths or ["."]
    found = job.validate(paths, said, _progress(), since=changed_since, allow_empty=allow_empty)
    sources = None
    if wants_excerpts(excerpts, output, output_file) and job.STDIN not in paths:
        from gitops_action.pipeline.sources import of_paths

        sources = of_paths(paths)
    finish(found, output, output_file, sources)


@app.command(help=COMMANDS["render"])
@options.paths
@options.changed_since
@options.config
@options.offline
@click.option(
    "--show-secrets",
    is_flag=True,
    help="Print the values of Secrets and other credentials, which are hidden otherwise.",
)
@click.option(
    "--output",
    type=click.Choice(options.MANIFEST_OUTPUTS),
    default="text",
    show_default=True,
    help="text writes YAML, json a list of objects.",
)
@options.output_file
def render(  # noqa: PLR0913 - a command has the options it has
    *,
    paths: Sequence[str],
    changed_since: str,
    config: str,
    offline: bool,
    show_secrets: bool,
    output: str,
    output_file: Path | None,
) -> None:
    """Print manifests."""
    from gitops_action.pipeline import validate as job
    from gitops_action.pipeline.request import overrides

    said = overrides(config, offline=offline)
    manifests, found = job.render(paths or ["."], said, _progress(), since=changed_since, show_secrets=show_secrets)
    text = job.as_json(manifests) if output == "json" else job.as_yaml(manifests, fenced=output == "markdown")
    write(text, output_file)
    if found.findings:
        click.echo(rendered(found, "text", colour=colour(sys.stderr)), err=True)
    sys.exit(found.verdict.exit_code)


@report.command("render")
@click.argument("file", type=click.Path(path_type=Path))
@options.result
def report_render(*, file: Path, output: str, output_file: Path | None) -> None:
    """Write a JSON report, which --output json wrote, in another form."""
    from gitops_action.pipeline.merging import read_report
    from gitops_action.report.json_reading import ReportError, load

    try:
        found = load(read_report(file))
    except ReportError as error:
        raise UsageError(f"{file}: {error}") from error
    finish(found, output, output_file)


@report.command("merge", help=COMMANDS["report merge"])
@click.argument("reports", nargs=-1, required=True, metavar="REPORT...", type=click.Path(path_type=Path))
@options.matrix
@options.result
def report_merge(*, reports: Sequence[Path], matrix: str, output: str, output_file: Path | None) -> None:
    """Merge reports."""
    from gitops_action.pipeline.merging import merge

    finish(merge(reports, matrix), output, output_file)


@app.command()
@click.argument("code")
def explain(*, code: str) -> None:
    """Say what a reason code, such as unknown-field, means and what to do."""
    from gitops_action.codes import explain as explanation

    write(explanation(code))


def _token() -> str:
    """Return the token for --server: from the environment, as command lines are seen by everybody."""
    import os

    return os.environ.get("GITOPS_TOKEN", "")


def _progress() -> Progress:
    from gitops_action.adapters.terminal import progress

    return progress()


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        with collected_rarely():
            _run()
    except GitOpsError as error:
        sys.stderr.write(f"gitops-action: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except Exception:  # noqa: BLE001 - the last resort: say that it is our fault, and leave what a report needs
        from gitops_action.adapters.crash import describe_crash

        sys.stderr.write(describe_crash())
        sys.exit(EXIT_UNEXPECTED)


def _run() -> Any:
    try:
        # Not standalone: click would end the program on an interrupt, and on a broken pipe, in its own way.
        return app.main(prog_name="gitops-action", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        raise KeyboardInterrupt from None


if __name__ == "__main__":
    main()
