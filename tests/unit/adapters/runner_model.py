"""How the runner reads what a step leaves behind (actions/runner: ActionCommand, FileCommandManager), as an oracle."""

from __future__ import annotations

import re

Command = tuple[str, dict[str, str], str]


def parse_command(line: str) -> Command | None:
    """Return a line's command: its name, properties and message; None if it has none."""
    text = line.lstrip()
    end = text.find("::", 2)
    if not text.startswith("::") or end < 0:
        old = re.search(r"##\[([^\]]+)\](.*)", line)
        return (old[1].split(" ")[0], {}, old[2]) if old else None
    name, _, rest = text[2:end].partition(" ")
    pairs = (pair.partition("=") for pair in rest.split(",") if pair)
    properties = {key.strip(): _unescape(value, ",:") for key, _, value in pairs}
    return name, properties, _unescape(text[end + 2 :], "")


def _unescape(text: str, more: str) -> str:
    for code in ["\r", "\n", *more, "%"]:
        text = text.replace(f"%{ord(code):02X}", code)
    return text


def obeyed(log: str) -> list[Command]:
    """Return the commands that the runner carries out when a step writes `log`."""
    found, token = [], None
    for line in re.split(r"\r\n|\r|\n", log):
        parsed = parse_command(line)
        if parsed is None:
            continue
        if token is not None:
            token = None if parsed[0] == token else token
        elif parsed[0] == "stop-commands":
            token = parsed[2]
        else:
            found.append(parsed)
    return found


def outputs(data: bytes) -> dict[str, str]:
    """Return what a file of GITHUB_OUTPUT sets; raises ValueError where the runner would fail the step."""
    lines = data.decode().split("\n")
    if lines.pop() != "":
        raise ValueError("the last line has no end")
    found: dict[str, str] = {}
    rest = iter(lines)
    for line in rest:
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            found[line[:equals]] = line[equals + 1 :]
        elif heredoc > 0:
            name, delimiter = line[:heredoc], line[heredoc + 2 :]
            if not delimiter:
                raise ValueError("no delimiter")
            value = []
            for inner in rest:
                if inner == delimiter:
                    break
                value.append(inner)
            else:
                raise ValueError(f"delimiter {delimiter} not found")
            found[name] = "\n".join(value)
        else:
            raise ValueError(f"not understood: {line}")
    return found
