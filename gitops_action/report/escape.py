"""Text of a pull request inside our own Markdown: it stays text, whatever is in it.

Nothing given to these functions can become HTML, a link, an image, a mention, a reference, an emoji, a table cell or
the end of a fence in what they return, nor a command to a runner that reads it in its log. GitHub finds mentions,
references and emoji in the rendered page, so escapes alone do not stop those: a zero-width space does.
"""

from __future__ import annotations

import html
import re
import string
from typing import TYPE_CHECKING, Final

from gitops_action.diff.canonical import visible
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_GAP: Final = "\u200b"
_SPECIAL: Final = regex(r"[&<>|\[\]!*_~`\\$]")
# What becomes a link or an image without any markup: mentions and addresses, references, URLs, emoji, commits. The gap
# goes behind what is found.
_BREAK: Final = regex(r"@|#|GH(?=-\d)|:(?=//)|www(?=\.)|:(?=[\w+-]+:)", re.IGNORECASE)
_HEXES: Final = regex(r"(?<![0-9A-Za-z])[0-9a-fA-F]{7,40}(?![0-9A-Za-z])")
_COMMAND: Final = regex(r"^(?P<lead>[+-]?\s*):(?=:)|#(?=#\[)", re.MULTILINE)
_CODE: Final = regex(r"`([^`\n]+)`")
_RUNS: Final = regex(r"`+")
# GitHub's parser forgets how long a run of backticks is: a code span's is of 80 at most, a fence counts as one of 255.
_LONGEST_SPAN: Final = 40
_LONG_RUN: Final = regex("`{40}(?=`)")
_IN_PATH: Final = frozenset((string.ascii_letters + string.digits + "/._-~").encode())
_IN_URL: Final = _IN_PATH | frozenset(b":?#=&%+@,;")
_ELLIPSIS: Final = "…"


def one_line(text: str, limit: int = 300) -> str:
    """Return the text on one line, its invisible characters shown, and no longer than `limit` code points."""
    return clip(visible(" ".join(text.split())), limit)


def clip(text: str, limit: int) -> str:
    """Cut a text to `limit` code points, and show that."""
    return text if len(text) <= limit else text[: limit - 1] + _ELLIPSIS


def fitted(write: Callable[[str], str], text: str, size: int) -> str:
    """Return what `write` makes of a text, or of its beginning where that would be longer than `size` code points.

    Escapes make a text longer, up to 18 times; so only what is written can be measured.
    """
    shown, length = write(text), len(text)
    while len(shown) > size and length > 1:
        length //= 2
        shown = write(clip(text, length))
    return shown


def defuse(text: str) -> str:
    """Keep a runner from reading a command where a line begins with `::` or has `##[` in it."""
    return _COMMAND.sub(lambda match: match.group() + _GAP, text)


def prose(text: str, limit: int = 300) -> str:
    """Return text for running Markdown or a table cell; never at the start of a line."""
    broken = _HEXES.sub(lambda match: _GAP.join(re.findall(".{1,6}", match.group())), one_line(text, limit))
    broken = _BREAK.sub(lambda match: match.group() + _GAP, broken)
    escaped = _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", broken)
    # GitHub's own way to write a dollar sign that begins no formula.
    return escaped.replace("&#36;", "<span>&#36;</span>")


def message(text: str, limit: int = 600) -> str:
    """Return a message for running Markdown or a table cell: what it has in backticks is shown as code."""
    said = plain = ""
    for place, part in enumerate(_CODE.split(one_line(text, limit))):
        if place % 2 and _may_be_code(part):
            said += _within(plain) + code(part)
            plain = ""
        else:
            # Escaped together with what stands beside it, or the two might be read as one thing.
            plain += part
    return said + _within(plain)


def _within(text: str) -> str:
    """Escape a part of a sentence without losing the blanks at its ends."""
    lead = " " if text[:1] == " " else ""
    tail = " " if text[-1:] == " " and text.strip() else ""
    return lead + prose(text, len(text)) + tail


def code(text: str, limit: int = 200) -> str:
    """Return a code span, also for a table cell; "" for nothing."""
    text = one_line(text, limit)
    if not _may_be_code(text):
        return prose(text, limit)
    ticks = "`" * (_longest_run(text) + 1)
    blank = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{ticks}{blank}{defuse(text)}{blank}{ticks}"


def _may_be_code(text: str) -> bool:
    # A table ends its cells before it looks for code; there is no way to write a pipe in both.
    return bool(text.strip()) and "|" not in text and _longest_run(text) < _LONGEST_SPAN


def _longest_run(text: str) -> int:
    return max(map(len, _RUNS.findall(text)), default=0)


def html_code(text: str, limit: int = 200) -> str:
    """Return a code element for a place where HTML is read as such, as in a summary."""
    return f"<code>{html.escape(defuse(one_line(text, limit)))}</code>" if text.strip() else ""


def fence(lines: Sequence[str], info: str) -> str:
    """Return a fenced block of `visible_lines`, its fence longer than any run of backticks in it; no newline ends it."""
    body = "\n".join(lines)
    ticks = "`" * max(3, max(map(len, _RUNS.findall(body)), default=0) + 1)
    return f"{ticks}{info}\n{body}\n{ticks}"


def visible_lines(text: str) -> list[str]:
    """Return the lines of a text as a fence may hold them."""
    text = _LONG_RUN.sub(lambda match: match.group() + _GAP, defuse(visible(text)))
    return text.removesuffix("\n").split("\n")


def link(label: str, url: str) -> str:
    """Return a link; the label must be escaped already. Whatever could end the address is encoded."""
    return f"[{label}]({_percent(url, _IN_URL)})"


def blob_url(base: str, file: str, line: int | None) -> str:
    """Return the address of a line of a file, below `base`: https://github.com/OWNER/REPOSITORY/blob/COMMIT."""
    return f"{base.rstrip('/')}/{uri_path(file)}" + (f"#L{line}" if line else "")


def uri_path(file: str) -> str:
    """Return a path as part of a URI (RFC 3986): no character of it has a meaning there but the slash."""
    return _percent(file, _IN_PATH)


def _percent(text: str, kept: frozenset[int]) -> str:
    return "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in text.encode(errors="replace"))
