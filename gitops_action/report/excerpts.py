"""The lines of a file that a finding is about, for a terminal, and which files may be shown at all.

A report is redacted, its sources are not. So a file is shown only if nothing in it is hidden elsewhere, and nothing looks
as if it should be; where in doubt there is no excerpt. Comments are left out: no rule says what is hidden in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from gitops_action.diff.canonical import visible
from gitops_action.diff.redact import secret_values
from gitops_action.diff.sensitive import Redaction, credentials
from gitops_action.model import Finding
from gitops_action.regex import regex
from gitops_action.report.columns import cells_of
from gitops_action.report.escape import defuse

Sources: TypeAlias = Callable[[str], Sequence[str] | None]
"""Gives the lines of a file that may be shown, None for any other."""

MOST: Final = 50
"""How many findings of a report have an excerpt; each file is read again for it."""

_SUFFIXES: Final = (".yaml", ".yml", ".json")
_MAX_BYTES: Final = 2**20
_WIDTH: Final = 96
_LEAD: Final = 48
_ELLIPSIS: Final = "…"
_RESET: Final = "\x1b[0m"
_DIM: Final = "\x1b[2m"
_COMMENT: Final = regex(r"(?:^|(?<=\s))#.*$")

# In any file: objects and generators of Secrets, also within a patch or a list that is written as text; SOPS; patches of
# single values, which say nothing of whose they are; literals of generators.
_TELLING: Final = regex(
    r"(?<![A-Za-z])(?:Sealed)?Secret(?:List)?(?![A-Za-z])|secretGenerator|stringData|ENC\[|\bsops\b|\bop[\"']?\s*:|literals"
)
_GIVEN: Final = regex(r"([\w.-]+)[\"']?[ \t]*[:=][ \t]*([^\s{]\S*)")
_HARMLESS: Final = frozenset({"true", "false", "null", "~", "true,", "false,", "null,"})
# In a file that cannot be read as YAML, so that nobody knows what is what in it; an escape could write any of them.
_SUSPECT: Final = regex(r"secret|passw|token|credential|private|BEGIN|\\|[A-Za-z0-9+/_-]{24}", re.IGNORECASE)
_WORD: Final = regex(r"[\w.-]+")


def presentable(data: bytes, file: str) -> Sequence[str] | None:
    """Return the lines of a file if all of them may be shown."""
    if not file.endswith(_SUFFIXES) or len(data) > _MAX_BYTES:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    rules = Redaction()
    if _TELLING.search(text) or any(True for _ in credentials(text)) or _gives_credentials(text, rules):
        return None
    from gitops_action.repository.documents import load  # noqa: PLC0415 - reports are also made where nothing is read

    documents = load(data, file)
    for document in documents:
        if isinstance(document, Finding):
            if _is_suspect(text, rules):
                return None
        elif _holds_credentials(document.value, rules):
            return None
    return tuple(line.removesuffix("\r") for line in text.split("\n"))


def _gives_credentials(text: str, rules: Redaction) -> bool:
    """Whether `name: value` or `name=value` gives something named like a credential, be it in a text within the file."""
    return any(rules.hides_name(name) and value not in _HARMLESS for name, value in _GIVEN.findall(text))


def _is_suspect(text: str, rules: Redaction) -> bool:
    return bool(_SUSPECT.search(text)) or any(rules.hides_name(word, variable=True) for word in _WORD.findall(text))


def _holds_credentials(value: object, rules: Redaction) -> bool:
    manifest = value if isinstance(value, Mapping) else {"": value}
    return any(secret_values([manifest], rules)) or _has_telling_key(value, rules)


def _has_telling_key(value: object, rules: Redaction) -> bool:
    """Whether any key, wherever it is, is named like a credential and has a value of its own (as in chart values)."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            for key, inner in item.items():
                if not isinstance(inner, Mapping | bool | None) and inner != "" and rules.hides_name(key):
                    return True
                waiting.append(inner)
        elif isinstance(item, list | tuple):
            waiting += item
    return False


def may_show(finding: Finding) -> bool:
    """Whether a finding may have an excerpt, its file allowing."""
    if not finding.file or not finding.line:
        return False
    return finding.resource is None or "secret" not in finding.resource.kind.lower()


def excerpt(lines: Sequence[str], line: int, column: int | None, *, colour: str = "") -> list[str]:
    """Return the line (1-based), the one before it, and a caret below the column; [] where there is no such place.

    A long line is cut around the column, comments are, and what is invisible is shown. With `colour`, an ANSI sequence,
    the caret has it.
    """
    if not 0 < line <= len(lines):
        return []
    written = lines[line - 1]
    shown = _COMMENT.sub("#" + _ELLIPSIS, written)
    offset = None if column is None or not 0 < column <= len(written) + 1 else column - 1
    if offset is not None and written[:offset] != shown[:offset]:
        return []
    text, lead = _clipped(shown, offset or 0)
    gutter = len(str(line))
    result = []
    if line > 1 and (before := _COMMENT.sub("#" + _ELLIPSIS, lines[line - 2])).strip():
        result.append(_numbered(str(line - 1), _clipped(before, 0)[0], gutter, colour))
    result.append(_numbered(str(line), text, gutter, colour))
    if offset is not None:
        caret = f"{colour}^{_RESET}" if colour else "^"
        result.append(_numbered("", " " * lead + caret, gutter, colour))
    return result


def _numbered(number: str, text: str, gutter: int, colour: str) -> str:
    lead = f"  {number:>{gutter}} |"
    return (f"{_DIM}{lead}{_RESET}" if colour else lead) + (f" {text}" if text else "")


def _clipped(line: str, offset: int) -> tuple[str, int]:
    """Return the part of a line around `offset`, as shown, and how many columns of the terminal are before it there."""
    start = offset
    room = _LEAD
    while start > 0 and (room := room - cells_of(_shown(line[start - 1]))) >= 0:
        start -= 1
    end, room = start, _WIDTH
    while end < len(line) and (room := room - cells_of(_shown(line[end]))) >= 0:
        end += 1
    before = (_ELLIPSIS if start else "") + "".join(map(_shown, line[start:offset]))
    after = "".join(map(_shown, line[offset:end])) + (_ELLIPSIS if end < len(line) else "")
    return defuse(before + after), cells_of(before)


def _shown(character: str) -> str:
    return "→" if character == "\t" else visible(character) if character != "\n" else _ELLIPSIS
