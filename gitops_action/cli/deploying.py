"""The commands of deployment, on the command line."""
# ruff: noqa: PLC0415 - a command imports what it needs when it runs

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gitops_action.cli import options
from gitops_action.cli.output import width, write
from gitops_action.cli.shared import dry_run, form, remote
from gitops_action.cli.surroundings import place_of, progress, token
from gitops_action.inputs import COMMANDS, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta
    from pathlib import Path

    from gitops_action.model import Change


@click.command(help=COMMANDS["deploy"])
@click.argument("environment")
@click.option("--via", type=options.Word(["apply", "flux"]), default="", metavar="apply|flux", help=describe("via"))
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

    live = clusters(kubeconfig, context, server=server, authority=authority, token=token())
    wish = job.Wish(
        environment, via, revision, length(timeout), dry_run, force_conflicts, older, prune, kustomization,
        confirm=_asker() if confirm else None,
    )  # fmt: skip
    record = job.deploy(place_of(repo, config, remote), live, wish, progress(), tell)
    forms = {"text": deployment.text, "json": deployment.as_json, "markdown": deployment.markdown}
    write(forms[output](record))
    sys.exit(record.result.exit_code)


@click.command(help=COMMANDS["drift"])
@click.argument("environments", nargs=-1, metavar="[ENVIRONMENT]...")
@options.option("--revision", default="HEAD", metavar="REVISION", help=describe("revision"))
@options.repo
@options.config
@options.cluster
@options.option("--settle", default="60s", show_default=True, metavar="TIME", help=describe("settle"))
@click.option("--undeclared", is_flag=True, help=describe("undeclared"))
@click.option("--heal", is_flag=True, help=describe("heal"))
@click.option("--heal-limit", type=click.IntRange(min=1), default=10, show_default=True, help=describe("heal-limit"))
@click.option("--issue", is_flag=True, help=describe("issue"))
@remote
@form
def drift(  # noqa: PLR0913 - a command has the options it has
    *, environments: Sequence[str], revision: str, repo: Path, config: str, kubeconfig: str, context: Sequence[str],
    server: str, authority: str, settle: str, undeclared: bool, heal: bool, heal_limit: int, issue: bool, remote: str,
    output: str,
) -> None:  # fmt: skip
    """Look for drift."""
    from gitops_action.pipeline import drifting as job
    from gitops_action.pipeline.clusters import clusters
    from gitops_action.report import drift as report

    live = clusters(kubeconfig, context, server=server, authority=authority, token=token())
    later = length(settle) if settle not in {"0", "0s"} else None
    wish = job.Wish(
        environments, revision, later.total_seconds() if later else 0.0, undeclared, heal, heal_limit, report=issue
    )
    looks = job.drift(place_of(repo, config, remote), live, wish, progress(), tell)
    forms = {"text": report.text, "json": report.as_json, "markdown": report.markdown}
    write(forms[output](looks))
    sys.exit(job.exit_code(looks))


@click.command(help=COMMANDS["rollback"])
@click.argument("environment")
@options.option("--to", metavar="REVISION", help="The commit to go back to. The last healthy deployment where empty.")
@options.option("--reason", metavar="TEXT", help=describe("reason"))
@options.repo
@options.config
@dry_run
@remote
@click.option(
    "--output", type=click.Choice(("text", "json")), default="text", show_default=True, help="How to write the result."
)
def rollback(  # noqa: PLR0913 - a command has the options it has
    *, environment: str, to: str, reason: str, repo: Path, config: str, dry_run: bool, remote: str, output: str
) -> None:
    """Roll an environment back."""
    from gitops_action.pipeline import rolling_back as job
    from gitops_action.report import rollback as report

    place = place_of(repo, config, remote)
    if not place.token:
        raise click.UsageError("GitHub is asked with the token in GITHUB_TOKEN (or GH_TOKEN)")
    done = job.rollback(place, job.Wish(environment, to, reason, dry_run=dry_run), report.body)
    write(report.as_json(done) if output == "json" else report.text(done))


@click.command(help=COMMANDS["history"])
@click.argument("environment")
@options.repo
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help=describe("limit"))
@remote
@click.option(
    "--output", type=click.Choice(("text", "json")), default="text", show_default=True, help="How to write the result."
)
def history(*, environment: str, repo: Path, limit: int, remote: str, output: str) -> None:
    """Show what was deployed."""
    from gitops_action.pipeline import history as job
    from gitops_action.report import history as report

    entries = job.history(place_of(repo, "", remote), environment, limit)
    write(report.as_json(entries) if output == "json" else report.text(entries, width(sys.stdout)))


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
