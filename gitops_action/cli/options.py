"""The options that several commands share; an option that is also an input of the action has that one's description."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from gitops_action.inputs import describe
from gitops_action.report import ENDINGS
from gitops_action.shards import By

if TYPE_CHECKING:
    from collections.abc import Callable

_Command = TypeVar("_Command", bound="Callable[..., Any]")

OUTPUTS: Final = ("text", "json", "markdown", "sarif", "junit", "html")
MANIFEST_OUTPUTS: Final = ("text", "json", "markdown")
"""The forms of objects, which `render` prints; the others are forms of a report."""


def option(*names: str, **settings: Any) -> Callable[[_Command], _Command]:
    """Return an option whose default is the empty text, if it has no other."""
    return click.option(*names, default=settings.pop("default", ""), **settings)


class Word(click.Choice[str]):
    """One of some words, or none, which is the empty text: as a variable that is not set gives it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word; complains of another one."""
        return "" if value == "" else super().convert(value, param, ctx)


class OutputFile(click.Path):
    """A file to write at the end, of which the folder has to be there before the work begins."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Return the file; complains where there is no folder to write it to."""
        from gitops_action.adapters.files import unwritable  # noqa: PLC0415 - few runs need it

        if problem := unwritable(Path(value)):
            self.fail(f"{os.fspath(value)}: {problem}", param, ctx)
        return super().convert(value, param, ctx)


repo = click.option(
    "--repo", type=click.Path(path_type=Path), default=Path(), metavar="FOLDER", help="Folder of the Git repository."
)
config = option("--config", metavar="FILE", help=describe("config"))
engine = option("--engine", metavar="NAMES", help=describe("engine"))
kubernetes_version = click.option(
    "--kubernetes-version", multiple=True, metavar="VERSIONS", help=describe("kubernetes-version")
)
fail_on = option("--fail-on", metavar="SEVERITY", help=describe("fail-on"))
base = option("--base", metavar="REVISION", help=describe("base"))
head = option("--head", metavar="REVISION", help=describe("head"))
everything = click.option("--all", "everything", is_flag=True, help=describe("all"))
kubeconfig = option("--kubeconfig", metavar="FILE", help=describe("kubeconfig"))
context = click.option("--context", multiple=True, metavar="[ENV=]CONTEXT", help=describe("context"))
server = option("--server", metavar="URL", help=describe("server"))
authority = option("--certificate-authority", "authority", metavar="FILE", help=describe("certificate-authority"))
shard = option("--shard", metavar="LEG", help=describe("shard"))
by = click.option(
    "--by",
    type=click.Choice([one.value for one in By]),
    default=By.ENVIRONMENT.value,
    show_default=True,
    help=describe("by"),
)
shards = click.option("--shards", type=click.IntRange(min=0), default=0, metavar="NUMBER", help=describe("shards"))
matrix = option("--matrix", metavar="JSON", help=describe("matrix"))
event_file = click.option(
    "--event-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A GitHub event to take the revisions from, to replay it locally.",
)
changed_since = option(
    "--changed-since", metavar="REVISION", help="Only what changed since this revision, and what that affects."
)
offline = click.option(
    "--offline", is_flag=True, help="Use no network: schemas and charts come from the cache, or are missing."
)
allow_empty = click.option(
    "--allow-empty", is_flag=True, help="Take it that nothing named is a manifest; an error otherwise."
)
paths = click.argument("paths", nargs=-1, metavar="[PATH]...")
output = click.option(
    "--output", type=click.Choice(OUTPUTS), default="text", show_default=True, help="How to write the result."
)
output_file = click.option(
    "--output-file",
    "output_files",
    type=OutputFile(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Where to write it instead of standard output; several of them. "
    f"The ending says how: {', '.join(ENDINGS)}; --output does where it is another.",
)
excerpts = click.option(
    "--excerpts/--no-excerpts",
    default=None,
    help="With text, show the lines that findings are about; by default on a terminal. No file with credentials is shown.",
)


def together(*options: Callable[[Any], Any]) -> Callable[[_Command], _Command]:
    """Join options into one decorator; help lists them in this order."""

    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


revisions = together(base, head, everything)
settings = together(config, engine, kubernetes_version, fail_on)
result = together(output, output_file)
cluster = together(kubeconfig, context, server, authority)
