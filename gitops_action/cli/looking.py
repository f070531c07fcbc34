"""The commands that only look, on the command line: `status` and `doctor`."""
# ruff: noqa: PLC0415 - a command imports what it needs when it runs

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from gitops_action.cli import options
from gitops_action.cli.output import colour, width, write
from gitops_action.cli.shared import form, plain_form, remote
from gitops_action.cli.surroundings import place_of, progress, token
from gitops_action.doctor.lines import words
from gitops_action.inputs import COMMANDS, describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gitops_action.deploy.flux_status import Snapshot

_KINDS = ("sources", "kustomizations", "helmreleases")


@click.command(help=COMMANDS["status"])
@click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only these; all where none is named.")
@options.option("--namespace", metavar="NAME", help="Only this namespace of the cluster.")
@click.option("--watch", is_flag=True, help="Go on showing what changes, until Ctrl-C.")
@options.option(
    "--revision", default="HEAD", metavar="REVISION", help="The commit of Git that the cluster is compared with."
)
@options.repo
@options.config
@options.cluster
@remote
@plain_form
def status(  # noqa: PLR0913 - a command has the options it has
    *, kinds: Sequence[str], namespace: str, watch: bool, revision: str, repo: Path, config: str, kubeconfig: str,
    context: Sequence[str], server: str, authority: str, remote: str, output: str,
) -> None:  # fmt: skip
    """Show how Flux stands."""
    from gitops_action.pipeline import flux_status as job
    from gitops_action.pipeline.clusters import clusters
    from gitops_action.report import flux_status as report

    live = clusters(kubeconfig, context, server=server, authority=authority, token=token())
    wish = job.Wish(kinds, namespace, revision)
    place = place_of(repo, config, remote)
    if watch:
        _follow(job.watch(place, live, wish), output)
        return
    found = job.status(place, live, wish)
    write(report.as_json(found) if output == "json" else _table(found))
    sys.exit(found.exit_code)


@click.command(help=COMMANDS["doctor"])
@click.option(
    "--job",
    "jobs",
    multiple=True,
    type=click.Choice(words()),
    metavar="JOB",
    help=f"{describe('job')} JOB: {', '.join(words())}.",
)
@click.option("--offline", is_flag=True, help="Ask neither GitHub nor the remote repository, even with a token.")
@options.repo
@options.config
@options.cluster
@remote
@form
def doctor(  # noqa: PLR0913 - as above
    *, jobs: Sequence[str], offline: bool, repo: Path, config: str, kubeconfig: str, context: Sequence[str], server: str,
    authority: str, remote: str, output: str,
) -> None:  # fmt: skip
    """Say what is missing."""
    from gitops_action.pipeline import doctor as job
    from gitops_action.pipeline.clusters import clusters
    from gitops_action.report import doctor as report

    live = clusters(kubeconfig, context, server=server, authority=authority, token=token())
    wish = job.Wish(jobs, offline, bool(os.environ.get("GITHUB_ACTIONS")))
    found = job.doctor(place_of(repo, config, remote), live, wish, progress())
    if output == "text":
        write(report.text(found, colour=colour(sys.stdout), width=width(sys.stdout)))
    else:
        write(report.as_json(found) if output == "json" else report.markdown(found))
    sys.exit(found.exit_code)


def _follow(snapshots: Iterator[Snapshot], output: str) -> None:
    """Show each snapshot: in place on a terminal, else what has changed, line by line."""
    from gitops_action.adapters.interrupts import interruptible

    with interruptible():
        if output == "text" and sys.stdout.isatty():
            _redraw(snapshots)
        else:
            _append(snapshots, output)


def _redraw(snapshots: Iterator[Snapshot]) -> None:
    from gitops_action.adapters.terminal import screen

    with screen() as show:
        for snapshot in snapshots:
            show(_table(snapshot))


def _table(snapshot: Snapshot) -> str:
    from gitops_action.report import flux_status as report

    return report.text(snapshot, datetime.now(UTC), colour=colour(sys.stdout), width=width(sys.stdout))


def _append(snapshots: Iterator[Snapshot], output: str) -> None:
    from gitops_action.deploy.flux_status import Snapshot
    from gitops_action.report import flux_status as report

    first = True
    shown = Snapshot(())
    for snapshot in snapshots:
        now = datetime.now(UTC)
        if first and output == "text":
            write(report.text(snapshot, now))
        else:
            lines = [
                report.change_json(what, row) if output == "json" else report.change_line(what, row, now)
                for what, row in report.changed(shown.rows, snapshot.rows)
            ]
            write("".join(f"{line}\n" for line in lines))
            for kind, reason in snapshot.unknown.items():
                if shown.unknown.get(kind) != reason:
                    click.echo(f"gitops-action: unknown: {kind}: {reason}", err=True)
        first, shown = False, snapshot
