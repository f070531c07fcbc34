"""The pieces of a YAML file, one document each, so that a broken one hides no other; found without a parser."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from gitops_action.model import Location
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

# What begins a line with `---` or `...` and then a blank is a document's start or end wherever it stands, so cutting there
# is safe. The line of an end belongs to what it ends.
_SEPARATOR: Final = regex(r"^(?:(---)|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)
_NEWLINE: Final = regex("\n")
_NEAR: Final = 4096
# To YAML a line also ends at these, and a comment with it: what follows could be content.
_REST: Final = r"[^\n\r\x85\u2028\u2029]*\r?\n"
_COMMENT_LINE: Final = rf"[ \t]*(?:#{_REST}|\r?\n)"
_DIRECTIVE_LINE: Final = rf"%{_REST}"
_ONLY_COMMENTS: Final = regex(f"(?:{_COMMENT_LINE})*")
_ONLY_DIRECTIVES: Final = regex(f"(?:{_COMMENT_LINE}|{_DIRECTIVE_LINE})*")
_VERSION: Final = regex(rf"(?:{_COMMENT_LINE}|(?!%YAML){_DIRECTIVE_LINE})*%YAML[ \t]+(?!1\.1\s)")
_MAX_DIRECTIVES: Final = 100
_BYTE_ORDER_MARK: Final = regex("^\ufeff", re.MULTILINE)


class Part:
    """A piece of a file that holds one document, seldom more; `line` and `column` are where it begins."""

    __slots__ = ("_newlines", "column", "file", "line", "text")

    def __init__(self, file: str, text: str, line: int = 1, column: int = 1) -> None:
        self.file = file
        self.text = text
        self.line = line
        self.column = column
        self._newlines: list[int] | None = None

    def place(self, index: int) -> Location:
        """Return where the character at `index` of the text is. Lines end as editors and GitHub see them, at a newline."""
        if index < _NEAR:
            # Cheaper than to find all lines, as an object's own place is asked for most.
            newlines = self.text.count("\n", 0, index)
            return Location(self.file, self.line + newlines, self._column(index, newlines))
        if self._newlines is None:
            self._newlines = [match.start() for match in _NEWLINE.finditer(self.text)]
        before = bisect_left(self._newlines, index)
        return Location(self.file, self.line + before, self._column(index, before))

    def _column(self, index: int, newlines: int) -> int:
        return index - self.text.rfind("\n", 0, index) if newlines else self.column + index

    def piece(self, start: int, end: int) -> Part:
        """Return the part of this one between two indices."""
        place = self.place(start)
        return Part(self.file, self.text[start:end], place.line or 1, place.column or 1)


def split(text: str, file: str) -> Iterator[Part]:
    """Cut `text` where documents begin or end; a part without anything but comments is left out.

    A directive (`%TAG`) stays with the document that it precedes.
    """
    if "\n---" not in text and "\n..." not in text and not text.startswith("..."):
        # As most files are.
        yield from _part(file, text, 1)
        return
    start, line = 0, 1
    for match in _SEPARATOR.finditer(text):
        if match[1]:
            end = match.start()
            if end == start or ("%" in text[start:end] and _ONLY_DIRECTIVES.fullmatch(text, start, end)):
                continue
        else:
            newline = text.find("\n", match.end())
            end = len(text) if newline < 0 else newline + 1
            if _ONLY_COMMENTS.fullmatch(text, start, match.start()):
                # YAML lets an end be marked again; libyaml does not, when it is all there is.
                line += text.count("\n", start, end)
                start = end
                continue
        yield from _part(file, text[start:end], line)
        line += text.count("\n", start, end)
        start = end
    yield from _part(file, text[start:] if start else text, line)


def _part(file: str, text: str, line: int) -> Iterator[Part]:
    # A tab alone is an error in YAML, so it is no blank here.
    if text.strip(" \r\n") if text.isspace() else text:
        yield Part(file, text, line)


def refused(part: Part) -> tuple[str, Location] | None:
    """Return why Kubernetes would not read `part`, or not as it is meant, though libyaml would; None if nothing is wrong."""
    if "%" not in part.text and "\ufeff" not in part.text:
        return None
    if "\ufeff" in part.text and (match := _BYTE_ORDER_MARK.search(part.text)):
        return "a byte order mark stands here, which is read as part of the text: remove it", part.place(match.start())
    if part.text.count("%TAG") > _MAX_DIRECTIVES:
        return f"more than {_MAX_DIRECTIVES} directives `%TAG`, which take too long to read", part.place(0)
    if "%YAML" in part.text and (match := _VERSION.match(part.text)):
        return "Kubernetes reads YAML 1.1 only: remove this line", part.place(part.text.index("%YAML"))
    return None
