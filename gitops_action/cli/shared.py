"""Options that commands of several modules have, besides those of checks."""

from __future__ import annotations

import click

from gitops_action.cli import options
from gitops_action.inputs import describe

remote = options.option(
    "--remote", default="origin", metavar="NAME", help="The remote repository: a remote of the clone, or an address."
)
dry_run = click.option("--dry-run", is_flag=True, help=describe("dry-run"))
head = options.option(
    "--head", default="HEAD", metavar="REVISION", help="The revision of the main branch to plan from."
)
local = click.option("--local", is_flag=True, help="Write into the work tree instead, and touch nothing else.")
plain_form = click.option(
    "--output", type=click.Choice(("text", "json")), default="text", show_default=True, help="How to write the result."
)
form = click.option(
    "--output",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    show_default=True,
    help="How to write the result.",
)
