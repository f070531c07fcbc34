"""The command line: wiring only. What the commands do is in `pipeline`, how reports look in `report`.

A command imports what it needs when it runs: to start is most of the time that a small check takes.
"""
# ruff: noqa: PLC0415 - as said above

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from gitops_action import __version__
from gitops_action.adapters.streams import watch
from gitops_action.cli.output import write
from gitops_action.errors import GitOpsError
from gitops_action.garbage import collected_rarely

if TYPE_CHECKING:
    from collections.abc import Iterable

EXIT_UNEXPECTED: Final = 3
EXIT_INTERRUPTED: Final = 130


# The commands, by the module that has them.
_ELSEWHERE: Final = {
    **dict.fromkeys(("check", "matrix", "diff", "validate", "render"), "checking"),
    "report": "reports",
    **dict.fromkeys(("init", "create"), "scaffolding"),
    **dict.fromkeys(("promote", "lock", "unlock"), "promoting"),
    **dict.fromkeys(("deploy", "history", "drift", "rollback"), "deploying"),
    **dict.fromkeys(("status", "doctor"), "looking"),
    "image": "images",
}


class _Commands(click.Group):
    """A group that loads the module of a command when it is asked for: to make 250 options takes a while."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._load(_ELSEWHERE)
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            # Of a command that there is not, the one that was meant is looked for among all.
            self._load([cmd_name] if cmd_name in _ELSEWHERE else _ELSEWHERE)
        return super().get_command(ctx, cmd_name)

    def _load(self, names: Iterable[str]) -> None:
        for name in names:
            self.add_command(getattr(import_module(f"{__name__}.{_ELSEWHERE[name]}"), name))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration, 3 could not check.",
)
@click.version_option(__version__, message="gitops-action %(version)s", help="Print the version and exit.")
def app() -> None:
    """Check, promote and deploy Kubernetes configuration that is kept in Git."""


@app.command()
@click.argument("code", default="")
def explain(*, code: str) -> None:
    """Say what a reason code, such as unknown-field, means and what to do; without one, list all."""
    from gitops_action.codes import explain as explanation
    from gitops_action.codes import overview

    write(explanation(code) if code else overview())


def main() -> None:
    """Run the command line and end the process with its exit code."""
    watch()
    try:
        with collected_rarely():
            _run()
    except GitOpsError as error:
        _complain(f"gitops-action: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except Exception:  # noqa: BLE001 - the last resort: say that it is our fault, and leave what a report needs
        from gitops_action.adapters.crash import describe_crash

        _complain(describe_crash())
        sys.exit(EXIT_UNEXPECTED)


def _complain(text: str) -> None:
    # Where it cannot be said, the exit code is all that there is.
    with suppress(GitOpsError):
        sys.stderr.write(text)
        sys.stderr.flush()


def _run() -> Any:
    try:
        # Not standalone: click would end the program on an interrupt, and on a broken pipe, in its own way.
        return app.main(prog_name="gitops-action", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        raise KeyboardInterrupt from None


if __name__ == "__main__":
    main()
