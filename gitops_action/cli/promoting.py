"""The commands of promotion, on the command line."""
# ruff: noqa: PLC0415 - a command imports what it needs when it runs

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from gitops_action.cli import options
from gitops_action.cli.groups import Implied, Implying, OfTwo
from gitops_action.cli.output import width, write
from gitops_action.cli.shared import dry_run, head, local, plain_form, remote
from gitops_action.cli.surroundings import place_of, progress
from gitops_action.inputs import COMMANDS, ONLY_IN_CLI, describe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gitops_action.pipeline.containment import Checked
    from gitops_action.pipeline.places import Place
    from gitops_action.pipeline.promoting import Wish

EXIT_DECIDE: Final = 1
_BETWEEN: Final = "between"


component = options.option("--component", metavar="NAME", help=describe("component"))
mode = click.option(
    "--mode", type=options.Word(["delta", "sync", "fields"]), default="", metavar="MODE", help=describe("mode")
)
since = options.option("--since", metavar="REVISION", help=describe("since"))
from_to = options.together(
    options.option("--from", "source", metavar="ENVIRONMENT", help=describe("from")),
    options.option("--to", "target", metavar="ENVIRONMENT", help="The target environment of a promotion, with --from."),
)


@click.group(
    cls=Implying,
    implied=_BETWEEN,
    help=COMMANDS["promote"],
    options_metavar="",
    subcommand_metavar="[plan|status|reconcile | FROM TO] [OPTIONS]",
)
def promote() -> None:
    """Promote changes."""


@promote.command(_BETWEEN, cls=Implied, hidden=True, help=COMMANDS["promote"])
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@options.repo
@options.config
@component
@mode
@since
@local
@dry_run
@remote
@plain_form
def between(  # noqa: PLR0913 - a command has the options it has
    *, source: str, target: str, repo: Path, config: str, component: str, mode: str, since: str, local: bool,
    dry_run: bool, remote: str, output: str,
) -> None:  # fmt: skip
    """Promote from one environment to another."""
    from gitops_action.pipeline import promotion as job
    from gitops_action.report import promotion_text

    place = place_of(repo, config, remote)
    wish = _wish(source, target, component, mode, since)
    if local:
        checked = job.write_locally(place, wish, progress(), dry_run=dry_run)
        _show(checked, output, verbose=True)
        if output == "text":
            files = {path for one in checked for path in one.proposal.merged.changes}
            write(promotion_text.written_text(files, dry_run=dry_run))
        sys.exit(_code(checked))
    _reconcile(place, wish, output, dry_run=dry_run)


@promote.command(cls=OfTwo, help=COMMANDS["promote plan"])
@options.repo
@options.config
@from_to
@component
@mode
@since
@click.option("--checked", is_flag=True, help="Build both environments before and after, and say what goes beyond.")
@click.option("--all", "everything", is_flag=True, help="Show what is up to date too.")
@head
@remote
@plain_form
def plan(  # noqa: PLR0913 - as above
    *, repo: Path, config: str, source: str, target: str, component: str, mode: str, since: str, checked: bool,
    everything: bool, head: str, remote: str, output: str,
) -> None:  # fmt: skip
    """Say what would be promoted."""
    from gitops_action.pipeline import promotion as job

    wish = _wish(source, target, component, mode, since)
    found = job.look(place_of(repo, config, remote), head, wish, progress(), checked=checked)
    _show(found.checked, output, verbose=everything)
    _note(found.notes)


@promote.command(help=COMMANDS["promote status"])
@options.repo
@options.config
@head
@remote
@plain_form
def status(*, repo: Path, config: str, head: str, remote: str, output: str) -> None:
    """Show the environments side by side."""
    from gitops_action.pipeline import promotion as job
    from gitops_action.report import promotion_text

    found = job.status(place_of(repo, config, remote), head)
    if output == "json":
        write(promotion_text.plan_json(found.proposals, found.versions))
    else:
        write(promotion_text.status_text(found.proposals, found.versions, width(sys.stdout)))
    _note(found.notes)


@promote.command(help=COMMANDS["promote reconcile"])
@options.repo
@options.config
@dry_run
@remote
@plain_form
def reconcile(*, repo: Path, config: str, dry_run: bool, remote: str, output: str) -> None:
    """Make pull requests what they should be."""
    from gitops_action.pipeline.promoting import Wish

    _reconcile(place_of(repo, config, remote), Wish(), output, dry_run=dry_run)


@click.command(help=ONLY_IN_CLI["lock"])
@click.argument("environment")
@click.argument("component", default="")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for those who find it locked.")
@click.option(
    "--for",
    "period",
    default="",
    metavar="TIME",
    help="For how long, such as 90m, 2h or 1d12h; until it is unlocked without.",
)
@options.repo
@remote
def lock(  # noqa: PLR0913 - a command has the options it has
    *, environment: str, component: str, reason: str, period: str, repo: Path, remote: str
) -> None:
    """Lock an environment."""
    from gitops_action.pipeline import lock_commands as job

    write(f"{job.lock(place_of(repo, '', remote), environment, component, reason, period)}\n")


@click.command(help=ONLY_IN_CLI["unlock"])
@click.argument("environment")
@click.argument("component", default="")
@click.option("--force", is_flag=True, help="Also where it is the lock of a pull request.")
@options.repo
@remote
def unlock(*, environment: str, component: str, force: bool, repo: Path, remote: str) -> None:
    """Unlock an environment."""
    from gitops_action.pipeline import lock_commands as job

    write(f"Unlocked: {job.unlock(place_of(repo, '', remote), environment, component, force=force)}\n")


def _reconcile(place: Place, wish: Wish, output: str, *, dry_run: bool) -> None:
    from gitops_action.pipeline import promotion as job
    from gitops_action.report import promotion_text

    if not place.token:
        raise click.UsageError("GitHub is asked with the token in GITHUB_TOKEN (or GH_TOKEN); --local needs none")
    done = job.reconcile(place, wish, progress(), dry_run=dry_run)
    if output == "json":
        write(promotion_text.reconciled_json(done.proposals, done.done))
    elif dry_run:
        write(promotion_text.plan_text(done.proposals))
    else:
        write(promotion_text.done_text(done.done))
    sys.exit(promotion_text.exit_code(done.done))


def _note(notes: Sequence[str]) -> None:
    for note in notes:
        click.echo(f"gitops-action: note: {note}", err=True)


def _show(checked: list[Checked], output: str, *, verbose: bool) -> None:
    from gitops_action.report import promotion_text

    proposals = [one.proposal for one in checked]
    text = (
        promotion_text.plan_json(proposals)
        if output == "json"
        else promotion_text.plan_text(proposals, verbose=verbose)
    )
    write(text)


def _code(checked: list[Checked]) -> int:
    return EXIT_DECIDE if any(one.proposal.is_draft for one in checked) else 0


def _wish(source: str, target: str, component: str, mode: str, since: str) -> Wish:
    from gitops_action.config.promotion import Mode
    from gitops_action.pipeline.promoting import Wish

    if bool(source) != bool(target):
        raise click.UsageError("give both environments, or neither")
    return Wish(source, target, component, Mode(mode) if mode else None, since)
