"""`make docs`: write the parts of README and docs/ that follow from the code and the schemas.

Whole pages are replaced; in README only what lies between the markers. `tests/unit/test_docs.py` fails where a file is
not what this gives.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from docs.tables import plain, schema_tables, table
from gitops_action.cli import app
from gitops_action.codes import markdown_page
from gitops_action.inputs import COMMANDS, INPUTS, ONLY_IN_ACTION, OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent
# Where to read on about a command; the page of its own name else.
_PAGES: Final = {
    "report render": "report.md",
    "report merge": "matrix.md",
    "comment": "forks.md",
    "explain": "codes.md",
    "history": "deploy.md",
    "rollback": "rollback.md",
    "image plan": "images.md",
    "image update": "images.md",
    "image set": "images.md",
    "drift": "drift.md",
    "lock": "chat.md",
    "unlock": "chat.md",
    "chat": "chat.md",
    "init flux": "init.md#flux",
    "create source git": "init.md#objects-of-flux-as-files",
    "create kustomization": "init.md#objects-of-flux-as-files",
}
_HELP_COLUMNS: Final = 80

_CLI: Final = """\
# Command line

The help of each command, as `--help` prints it. Data goes to standard output, progress to standard error and only to a
terminal. `NO_COLOR` switches colours off, `FORCE_COLOR` on. `--event-file` replays a pull request on your machine: the
event is what a job finds at `$GITHUB_EVENT_PATH`. This page is generated from `gitops_action/cli/`.

Completion of commands and options, for bash (in `~/.bashrc`), zsh (`zsh_source`) and fish (`fish_source`):

    eval "$(_GITOPS_ACTION_COMPLETE=bash_source gitops-action)"
"""
_REPORT: Final = """\
# The JSON report

Every run of `check`, `validate` and `diff` gives one report. The comment, the job summary, the annotations and the text
on the terminal are made from it, and so can be what you build yourself.

    gitops-action check --base origin/main --output-file report.json
    gitops-action report render report.json --output markdown
    jq -r '.findings[] | "\\(.file):\\(.line) \\(.message)"' report.json

[Other forms](formats.md) are made from it: HTML, SARIF, JUnit, Markdown and text.

`report render` ends with the exit code that the run had; `-` in place of a file is standard input. The action writes the report to the files that its input
`output-file` names, each as its ending says; its output `report-path` is the first of them.

`schemaVersion` grows when a reader of the earlier format would go wrong; new fields may come without that. A value that
is a credential is never in the report, only that it changed. The format as a JSON schema is
[schemas/report.schema.json](../schemas/report.schema.json), from which this page is generated.
"""
_CONFIGURATION: Final = """\
# Configuration reference

Every setting of `.gitops.yaml`. [Configuration](configuration.md) explains them. This page is generated from
[schemas/gitops.schema.json](../schemas/gitops.schema.json), which editors understand as well.
"""


def pages() -> dict[Path, str]:
    """Return each generated file, by its path from the repository's root, with what it must contain."""
    return {
        Path("README.md"): readme((ROOT / "README.md").read_text(encoding="utf-8")),
        Path("docs/cli.md"): cli_page(),
        Path("docs/codes.md"): markdown_page(),
        Path(
            "docs/configuration-reference.md"
        ): f"{_CONFIGURATION}\n{schema_tables(_schema('gitops'), 'Settings', settings=True)}",
        Path("docs/report.md"): f"{_REPORT}\n{schema_tables(_schema('report'), 'Fields', settings=False)}",
    }


def readme(text: str) -> str:
    """Return README's text with its generated parts written again. Raises ValueError where a marker is missing."""
    for name, part in {"commands": commands(), "inputs": inputs(), "outputs": outputs()}.items():
        text = between(text, name, part)
    return text


def between(text: str, name: str, part: str) -> str:
    """Put `part` between the two markers called `name`. Raises ValueError unless there is exactly one such pair."""
    begin, end = f"<!-- {name}: written by `make docs` -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    text, count = pattern.subn(lambda _: f"{begin}\n{part.strip()}\n{end}", text)
    if count != 1:
        raise ValueError(f"README needs the markers `{begin}` and `{end}` once, not {count} times")
    return text


def inputs() -> str:
    """Return the table of the action's inputs."""
    rows = [
        (f"`{entry.name}`", plain(entry.description), f"`{entry.default}`" if entry.default else "") for entry in INPUTS
    ]
    return table(("Input", "Meaning", "Default"), rows)


def outputs() -> str:
    """Return the table of the action's outputs."""
    return table(("Output", "Meaning"), [(f"`{entry.name}`", plain(entry.description)) for entry in OUTPUTS])


def commands() -> str:
    """Return the table of the commands, and which of them the action knows."""
    rows = []
    for words, command in leaves():
        name = " ".join(words)
        page = _PAGES.get(name, f"{words[0]}.md")
        rows.append((f"[`{name}`](docs/{page})", plain(command.help or ""), "yes" if name in COMMANDS else ""))
    rows += [(f"[`{name}`](docs/{_PAGES[name]})", plain(text), "only there") for name, text in ONLY_IN_ACTION.items()]
    return table(("Command", "What it does", "In the action"), rows)


def leaves() -> list[tuple[tuple[str, ...], Any]]:
    """Return every command that does something, with its words: ("report", "render")."""
    return [(words, command) for words, command in _walk((), app) if not children(command)]


def cli_page() -> str:
    """Return docs/cli.md: the help of the program and of each command, 80 columns wide."""
    parts = [_CLI]
    for words, command in _walk((), app):
        # The hidden ones are known by their arguments; one without any is in the help of its group.
        what = [*words, *(_arguments(command) if command.hidden else [])]
        if command.hidden and not _arguments(command):
            continue
        title = f"`{' '.join(('gitops-action', *what))}`"
        parts.append(f"## {title}\n\n```text\n{_help(words, command)}\n```\n")
    return "\n".join(parts)


def _walk(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield words, command
    for name, child in children(command).items():
        # A hidden command is what its group does without a further word.
        yield from _walk(words if child.hidden else (*words, name), child)


def children(command: Any) -> dict[str, Any]:
    """Return the commands of a group by their names; some are loaded by being asked for."""
    if not isinstance(command, click.Group):
        return {}
    context = click.Context(command)
    return {name: command.get_command(context, name) for name in command.list_commands(context)}


def _arguments(command: Any) -> list[str]:
    return [one.metavar for one in command.params if one.param_type_name == "argument"]


def _help(words: Sequence[str], command: Any) -> str:
    name = " ".join(("gitops-action", *words))
    # The environment of whoever generates must play no part, least of all the width of the terminal.
    context = command.make_context(
        name, [], resilient_parsing=True, terminal_width=_HELP_COLUMNS, max_content_width=_HELP_COLUMNS
    )
    return "\n".join(line.rstrip() for line in str(command.get_help(context)).strip().splitlines())


def _schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return loaded


def main() -> int:
    """Write each file that differs, and say so."""
    for path, text in pages().items():
        target = ROOT / path
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            sys.stdout.write(f"docs: wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
