"""Groups in which words can stand where a command could, and commands that say what else was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence


class Implying(click.Group):
    """A group that does something without the name of a command: `init --via flux`, `promote staging production`.

    `implied` is the name of the command that does it, hidden, and `alone` whether it does so without any word.
    """

    def __init__(self, *args: Any, implied: str, alone: bool = False, **settings: Any) -> None:
        """Take what a group takes."""
        super().__init__(*args, **settings)
        self._implied = implied
        self._alone = alone

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command that is implied before words that are none."""
        words = ({*self.commands} - {self._implied}) | {*ctx.help_option_names}
        if args[0] not in words if args else self._alone:
            args = [self._implied, *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options of the command that is implied: it is what most people look for."""
        click.Command.format_options(self.commands[self._implied], ctx, formatter)
        self.format_commands(ctx, formatter)


class _NoName(click.Context):
    @property
    def command_path(self) -> str:
        """The group's: nobody has written the command's own name."""
        return self.parent.command_path if self.parent else ""


class Implied(click.Command):
    """The command of an `Implying` group that nobody names."""

    context_class = _NoName


class OfRevisions(click.Command):
    """A command that compares revisions, and takes neither ranges nor files."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Say of words too many what they are in the options of this command."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            ctx.fail(f"unexpected `{' '.join(rest)}`: {_meant(rest)}")
        return rest


class OfTwo(click.Command):
    """A command that names two environments by options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Say of words too many which options they belong to."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            source, target = rest if len(rest) == 2 else ("FROM", "TO")  # noqa: PLR2004 - source and target
            ctx.fail(f"unexpected `{' '.join(rest)}`: name environments with --from {source} --to {target}")
        return rest


def _meant(rest: Sequence[str]) -> str:
    from gitops_action.pipeline.request import range_of  # noqa: PLC0415 - few runs need it

    found = range_of(rest[0])
    if found:
        return f"name the ends of a range with --base {found[0]} --head {found[1]}"
    return "revisions are named with --base and --head, and files are for `gitops-action validate`"
