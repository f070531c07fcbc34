"""The commands that set a repository up, on the command line."""
# ruff: noqa: PLC0415 - a command imports what it needs when it runs

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gitops_action.cli import options
from gitops_action.cli.creating import create_kustomization, create_source_git
from gitops_action.cli.groups import Implied, Implying
from gitops_action.cli.output import write
from gitops_action.cli.shared import dry_run
from gitops_action.cli.surroundings import token
from gitops_action.errors import UsageError
from gitops_action.inputs import ONLY_IN_CLI

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.scaffold.plan import Plan

_REPOSITORY: Final = "repository"
_LOOK: Final = "Look at it (`git status`), commit it, and run `gitops-action check --all`.\n"

yes = click.option("--yes", is_flag=True, help="Do not ask before writing.")


@click.group(
    cls=Implying,
    implied=_REPOSITORY,
    alone=True,
    help=ONLY_IN_CLI["init"],
    options_metavar="",
    subcommand_metavar="[flux] [OPTIONS]",
)
def init() -> None:
    """Set up a repository."""


@init.command(_REPOSITORY, cls=Implied, hidden=True, help=ONLY_IN_CLI["init"])
@options.option(
    "--environments",
    metavar="NAMES",
    help="The environments, separated by commas, in the order in which a change travels.",
)
@click.option(
    "--via",
    type=options.Word(["apply", "flux"]),
    default="",
    metavar="apply|flux",
    help="Who writes to the clusters: the job itself, or Flux.",
)
@click.option("--app", default="web", show_default=True, metavar="NAME", help="The name of the first application.")
@click.option(
    "--adopt", is_flag=True, help="Look at what the repository has, and write the configuration and workflows only."
)
@options.option(
    "--branch", metavar="NAME", help="The main branch, on which workflows run. The repository's where empty."
)
@options.option(
    "--action-ref",
    metavar="REF",
    help="The tag or commit of gitops-action that the workflows call. The tag of this version where empty.",
)
@click.option("--code-owner", multiple=True, metavar="@TEAM", help="Who has to approve changes of what grants power.")
@options.repo
@dry_run
@yes
def repository(  # noqa: PLR0913 - a command has the options it has
    *, environments: str, via: str, app: str, adopt: bool, branch: str, action_ref: str, code_owner: Sequence[str],
    repo: Path, dry_run: bool, yes: bool,
) -> None:  # fmt: skip
    """Set up a repository."""
    from gitops_action.pipeline import scaffolding as job
    from gitops_action.report.scaffold import done_text

    wish = job.Wish(environments, via, app, branch, action_ref, tuple(code_owner), adopt)
    plan = job.look(repo, wish)
    if _agreed(repo, plan, dry_run=dry_run, yes=yes):
        job.write(repo, plan)
        write(done_text(plan, _LOOK))


@init.command("flux", help=ONLY_IN_CLI["init flux"])
@click.option("--owner", required=True, metavar="NAME", help="The person or organisation on GitHub.")
@click.option("--repository", required=True, metavar="NAME", help="The repository.")
@click.option(
    "--branch", default="main", show_default=True, metavar="NAME", help="The branch that the cluster follows."
)
@click.option(
    "--path", required=True, metavar="FOLDER", help="The folder that the cluster follows, such as clusters/staging."
)
@click.option(
    "--components",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Flux's install manifest. The one that the folder has already where empty.",
)
@click.option("--hostname", default="github.com", show_default=True, metavar="HOST", help="GitHub's host.")
@click.option(
    "--ssh/--token",
    "ssh",
    default=True,
    help="How Flux is let in: by a key of its own (the default), or by a token over HTTPS.",
)
@options.cluster
@options.repo
@dry_run
@yes
def flux(  # noqa: PLR0913 - a command has the options it has
    *, owner: str, repository: str, branch: str, path: str, components: Path | None, hostname: str, ssh: bool,
    kubeconfig: str, context: Sequence[str], server: str, authority: str, repo: Path, dry_run: bool, yes: bool,
) -> None:  # fmt: skip
    """Write Flux's own files."""
    from gitops_action.doctor.lines import State
    from gitops_action.pipeline import flux_setup as job
    from gitops_action.pipeline.clusters import clusters
    from gitops_action.pipeline.scaffolding import write as written
    from gitops_action.report.doctor import lines_text
    from gitops_action.report.scaffold import done_text
    from gitops_action.scaffold.flux_sync import steps, sync

    wanted = sync(owner, repository, path, branch, host=hostname, token=not ssh)
    live = clusters(kubeconfig, context, server=server, authority=authority, token=token())
    plan, install = job.look(repo, wanted, components)
    checks = job.prerequisites_of(live, install, wanted.path)
    write(lines_text(checks))
    if any(one.state is State.MISSING for one in checks):
        click.echo("gitops-action: the cluster is not ready for Flux: nothing was written", err=True)
        sys.exit(1)
    if _agreed(repo, plan, dry_run=dry_run, yes=yes):
        written(repo, plan)
        write(done_text(plan, steps(wanted)))


def _agreed(repo: Path, plan: Plan, *, dry_run: bool, yes: bool) -> bool:
    """Show the plan, and whether it is to be done. Raises UsageError where nobody can be asked."""
    from gitops_action.report.scaffold import plan_text

    write(plan_text(repo.resolve().name or "/", plan))
    if dry_run or yes or not plan.new:
        return not dry_run
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: add --yes to write this, or --dry-run to only look")
    if not click.confirm("Write these files?", err=True):
        click.echo("gitops-action: nothing was written", err=True)
        sys.exit(1)
    return True


@click.group()
def create() -> None:
    """Write objects of Flux as files, instead of into a cluster."""


@create.group()
def source() -> None:
    """Write sources of Flux as files."""


source.add_command(create_source_git, "git")
create.add_command(create_kustomization, "kustomization")
