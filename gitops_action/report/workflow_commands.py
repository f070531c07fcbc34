"""Workflow commands as text: what a GitHub Actions runner reads from the log. Pure; `adapters.runner` prints them.

Escaping is as the runner undoes it (actions/runner, ActionCommand): in a message `%`, CR and LF; in a property `:` and
`,` too.
"""

from __future__ import annotations

import re
from typing import Final

_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = {**_DATA, ":": "%3A", ",": "%2C"}


def escape_data(text: str) -> str:
    """Escape a command's message."""
    return re.sub(r"[%\r\n]", lambda found: _DATA[found[0]], text)


def escape_property(text: str) -> str:
    """Escape the value of a command's property."""
    return re.sub(r"[%\r\n:,]", lambda found: _PROPERTY[found[0]], text)


def command(name: str, message: str = "", **properties: str | int | None) -> str:
    """Return one command as one line without its end; properties that are None or "" are left out."""
    given = (f"{key}={escape_property(str(value))}" for key, value in properties.items() if value not in {None, ""})
    head = " ".join(filter(None, (name, ",".join(given))))
    return f"::{head}::{escape_data(message)}"


def may_command(text: str) -> bool:
    """Tell whether a runner may find a command in `text`, so that it has to be fenced with `stop-commands`.

    `::name::` begins a line, after blanks; the older `##[name]` is found anywhere in it. Rather once too often.
    """
    return "::" in text or "##[" in text
