"""The commands of image updates, on the command line."""
# ruff: noqa: PLC0415 - a command imports what it needs when it runs

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_action.cli import options
from gitops_action.cli.output import write
from gitops_action.cli.shared import dry_run, form, head, local, remote
from gitops_action.cli.surroundings import place_of
from gitops_action.errors import UsageError
from gitops_action.inputs import COMMANDS, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.images.credentials import Logins
    from gitops_action.images.outcome import Outcome
    from gitops_action.pipeline.places import Place

CREDENTIALS = "REGISTRY_CREDENTIALS"
"""The variable that has the credentials of registries."""

policies = click.option("--policy", "policies", multiple=True, metavar="NAME", help=describe("policies"))
registry_config = click.option(
    "--registry-config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"Credentials of registries: docker's config.json. The variable {CREDENTIALS} has them without.",
)


@click.group()
def image() -> None:
    """Keep images up to date."""


@image.command(help=COMMANDS["image plan"])
@options.repo
@options.config
@policies
@head
@registry_config
@remote
@form
def plan(  # noqa: PLR0913 - a command has the options it has
    *,
    repo: Path,
    config: str,
    policies: Sequence[str],
    head: str,
    registry_config: Path | None,
    remote: str,
    output: str,
) -> None:
    """Say what would be updated."""
    from gitops_action.pipeline import image_updating as job

    wish = job.Wish(policies, _logins(registry_config))
    _finish(job.plan(place_of(repo, config, remote), head, wish), output)


@image.command(help=COMMANDS["image update"])
@options.repo
@options.config
@policies
@local
@dry_run
@registry_config
@remote
@form
def update(  # noqa: PLR0913 - as above
    *, repo: Path, config: str, policies: Sequence[str], local: bool, dry_run: bool, registry_config: Path | None,
    remote: str, output: str,
) -> None:  # fmt: skip
    """Make pull requests what they should be."""
    from gitops_action.pipeline import image_updating as job

    place = place_of(repo, config, remote)
    wish = job.Wish(policies, _logins(registry_config))
    if local:
        _finish(job.write_locally(place, wish, dry_run=dry_run), output)
    _require_token(place)
    _finish(job.update(place, wish, dry_run=dry_run), output)


@image.command("set", help=COMMANDS["image set"])
@click.argument("images", nargs=-1, required=True, metavar="APP=REF...")
@options.option("--environment", metavar="NAME", help="The environment; needed where several have the image.")
@options.repo
@options.config
@local
@click.option("--push", is_flag=True, help=describe("push"))
@dry_run
@remote
@form
def set_images(  # noqa: PLR0913 - as above
    *, images: Sequence[str], environment: str, repo: Path, config: str, local: bool, push: bool, dry_run: bool,
    remote: str, output: str,
) -> None:  # fmt: skip
    """Set images to what was just built."""
    from gitops_action.images.wishes import parse_all
    from gitops_action.pipeline import image_setting as job

    if local and push:
        raise click.UsageError("--local writes and --push pushes: give one of them")
    place = place_of(repo, config, remote)
    wish = job.Wish(parse_all(images), environment, push)
    if local:
        _finish(job.set_locally(place, wish, dry_run=dry_run), output)
    _require_token(place)
    _finish(job.set_remotely(place, wish, dry_run=dry_run), output)


def _logins(file: Path | None) -> Logins:
    from gitops_action.images.credentials import parse

    if file is None:
        return parse(os.environ.get(CREDENTIALS, ""))
    try:
        return parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"--registry-config: {file} cannot be read: {reason}") from error


def _require_token(place: Place) -> None:
    if not place.token:
        raise click.UsageError("GitHub is asked with the token in GITHUB_TOKEN (or GH_TOKEN); --local needs none")


def _finish(outcome: Outcome, output: str) -> None:
    from gitops_action.report import images_text

    forms = {"text": images_text.text, "json": images_text.as_json, "markdown": images_text.markdown}
    write(forms[output](outcome))
    sys.exit(outcome.exit_code)
