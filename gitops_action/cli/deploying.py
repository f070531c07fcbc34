"""The commands of deployment, on the command line."""
# ruff: noqa: PLC0415 - a command imports what it needs when it runs

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from gitops_action.cli import options
from gitops_action.cli.output import write
from gitops_action.cli.promoting import place_of, progress, remote
from gitops_action.inputs import COMMANDS, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta
    from pathlib import Path

    from gitops_action.model import Change

form = click.option(
    "--output",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    show_default=True,
    help="How to write the result.",
)
dry_run = click.option("--dry-run", is_flag=True, help=describe("dry-run"))


@click.command(help=COMMANDS["deploy"])
@click.argument("environment")
@click.option("--via", type=click.Choice(["", "apply", "flux"]), default="", metavar="apply|flux", help=describe("via"))
@options.option("--revision", default="HEAD", metavar="REVISION", help=describe("revision"))
@options.repo
@options.config
@options.cluster
@options.option("--timeout", metavar="TIME", help=describe("timeout"))
@dry_run
@click.option("--confirm", is_flag=True, help="Show what would be done, and ask before doing it.")
@click.option("--force-conflicts", is_flag=True, help=describe("force-conflicts"))
@click.option("--older", is_flag=True, help=describe("older"))
@click.option("--prune", multiple=True, metavar="KIND", help=describe("prune"))
@click.option("--kustomization", multiple=True, metavar="NAMESPACE/NAME", help=describe("kustomization"))
@remote
@form
def deploy(  # noqa: PLR0913 - a command has the options it has
    *, environment: str, via: str, revision: str, repo: Path, config: str, kubeconfig: str, context: Sequence[str],
    server: str, authority: str, timeout: str, dry_run: bool, confirm: bool, force_conflicts: bool, older: bool,
    prune: Sequence[str], kustomization: Sequence[str], remote: str, output: str,
) -> None:  # fmt: skip
    """Deploy an environment."""
    from gitops_action.pipeline import deploying as job
    from gitops_action.pipeline.clusters import clusters
    from gitops_action.report import deployment

    live = clusters(kubeconfig, context, server=server, authority=authority, token=os.environ.get("GITOPS_TOKEN", ""))
    wish = job.Wish(
        environment, via, revision, length(timeout), dry_run, force_conflicts, older, prune, kustomization,
        confirm=_asker() if confirm else None,
    )  # fmt: skip
    record = job.deploy(place_of(repo, config, remote), live, wish, progress(), tell)
    forms = {"text": deployment.text, "json": deployment.as_json, "markdown": deployment.markdown}
    write(forms[output](record))
    sys.exit(record.result.exit_code)


def tell(text: str) -> None:
    """Say how far it is, beside the result."""
    from gitops_action.report.escape import one_line

    click.echo(f"gitops-action: {one_line(text)}", err=True)


def length(text: str) -> timedelta | None:
    """Read a length of time, None where none is given. Raises a usage error for what is none."""
    from gitops_action.config.promotion_reading import duration

    found = duration(text) if text else None
    if text and not found:
        raise click.UsageError(f"`{text}` is no length of time: write 90s, 10m or 1h")
    return found


def _asker() -> Callable[[Sequence[Change]], bool]:
    if not sys.stdin.isatty():
        raise click.UsageError("--confirm asks a person: there is no terminal to ask on")

    def ask(changes: Sequence[Change]) -> bool:
        from gitops_action.report.deployment import plan_text

        click.echo(plan_text(changes), err=True)
        return click.confirm("Deploy this?", err=True)

    return ask
