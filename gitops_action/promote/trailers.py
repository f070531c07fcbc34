"""The trailers at the end of a commit's message, as git-interpret-trailers reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

_TRAILER: Final = regex(r"(?P<key>[A-Za-z0-9-]+)[ \t]*:[ \t]*(?P<value>.*)")
_PARAGRAPH: Final = regex(r"\n[ \t]*\n")


def parse(message: str) -> list[tuple[str, str]]:
    """Return the keys and values of the last paragraph of a message, in order; none if it has other lines in it.

    A line that begins with a blank goes on with the value before it. A paragraph that is the whole message is no trailer:
    it is the subject.
    """
    paragraphs = _PARAGRAPH.split(message.replace("\r\n", "\n").strip("\n"))
    found: list[tuple[str, str]] = []
    # A squashed merge puts `Co-authored-by` and the like in paragraphs of their own behind ours.
    for paragraph in reversed(paragraphs[1:]):
        read = _paragraph(paragraph)
        if not read:
            break
        found = read + found
    return found


def _paragraph(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in text.strip("\n").split("\n"):
        match = _TRAILER.fullmatch(line)
        if match:
            found.append((match["key"], match["value"].strip()))
        elif line[:1] in {" ", "\t"} and found:
            key, value = found[-1]
            found[-1] = key, f"{value} {line.strip()}".strip()
        else:
            return []
    return found


def append(message: str, trailers: Iterable[tuple[str, str]]) -> str:
    """Return `message` with trailers at its end. Raises ValueError for one that is no single line."""
    lines = []
    for key, value in trailers:
        if not re.fullmatch(r"[A-Za-z0-9-]+", key) or not value.strip() or re.search(r"[\r\n\0]", value):
            raise ValueError(f"not a trailer: {key!r}: {value!r}")
        lines.append(f"{key}: {value.strip()}")
    return f"{message.strip()}\n\n" + "\n".join(lines) + "\n"
