"""The commands that check and show files, on the command line."""
# ruff: noqa: PLC0415 - a command imports what it needs when it runs

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gitops_action.cli import options
from gitops_action.cli.groups import OfRevisions
from gitops_action.cli.output import colour, finish, rendered, wants_excerpts, write, write_all
from gitops_action.cli.surroundings import progress, token
from gitops_action.inputs import COMMANDS
from gitops_action.report import form_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gitops_action.model import Report


@click.command(cls=OfRevisions, help=COMMANDS["check"])
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
    output_files: Sequence[Path],
    excerpts: bool | None,
    event_file: Path | None,
) -> None:
    """Check a change."""
    from gitops_action.pipeline import check as job
    from gitops_action.pipeline.clusters import clusters
    from gitops_action.pipeline.request import overrides, revisions

    wanted = revisions(repo, base, head, event_file, everything=everything)
    live = clusters(kubeconfig, context, server=server, authority=authority, token=token())
    said = overrides(config, engine, kubernetes_version, fail_on, offline=offline, clusters=live, shard=shard)
    found = job.check(repo, wanted, said, progress())
    reader = output == "text" and not output_files and sys.stderr.isatty()
    hint = _hint(found) if reader and not engine else ""
    if wants_excerpts(excerpts, output, output_files):
        from gitops_action.pipeline.sources import of_revision

        with of_revision(repo, found.head) as sources:
            finish(found, output, output_files, sources, hint=hint)
    finish(found, output, output_files, hint=hint)


def _hint(found: Report) -> str:
    """Return what to tell a person at a terminal where an API server would be there for the asking."""
    from gitops_action.pipeline.servers import within_reach

    server = within_reach(found)
    text = f"no API server has judged this; --engine schema,apiserver has {server} do it, as in the container image"
    return text if server else ""


@click.command(cls=OfRevisions, help=COMMANDS["matrix"])
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


@click.command(cls=OfRevisions, help=COMMANDS["diff"])
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
    output_files: Sequence[Path],
    event_file: Path | None,
) -> None:
    """Show what would change."""
    from gitops_action.pipeline import check as job
    from gitops_action.pipeline.clusters import clusters
    from gitops_action.pipeline.request import overrides, revisions

    wanted = revisions(repo, base, head, event_file, everything=everything)
    live = clusters(kubeconfig, context, server=server, authority=authority, token=token())
    said = overrides(config, clusters=live, shard=shard)
    finish(job.diff(repo, wanted, said, progress()), output, output_files)


@click.command(help=COMMANDS["validate"])
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
    output_files: Sequence[Path],
    excerpts: bool | None,
) -> None:
    """Validate files."""
    from gitops_action.pipeline import validate as job
    from gitops_action.pipeline.request import overrides

    said = overrides(config, engine, kubernetes_version, fail_on, offline=offline)
    paths = paths or ["."]
    found = job.validate(paths, said, progress(), since=changed_since, allow_empty=allow_empty)
    sources = None
    if wants_excerpts(excerpts, output, output_files) and "-" not in paths:
        from gitops_action.pipeline.sources import of_paths

        sources = of_paths(paths)
    finish(found, output, output_files, sources)


@click.command(help=COMMANDS["render"])
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
    output_files: Sequence[Path],
) -> None:
    """Print manifests."""
    from gitops_action.pipeline import validate as job
    from gitops_action.pipeline.request import overrides

    for file in output_files:
        if (form := form_of(file.name, output)) not in options.MANIFEST_OUTPUTS:
            raise click.UsageError(f"--output-file {file}: manifests have no form {form}; name it .yaml, .json or .md")
    said = overrides(config, offline=offline)
    manifests, found = job.render(paths or ["."], said, progress(), since=changed_since, show_secrets=show_secrets)

    def as_form(form: str) -> str:
        return job.as_json(manifests) if form == "json" else job.as_yaml(manifests, fenced=form == "markdown")

    write_all(as_form, output, output_files)
    if found.findings:
        click.echo(rendered(found, "text", colour=colour(sys.stderr)), err=True)
    sys.exit(found.verdict.exit_code)
