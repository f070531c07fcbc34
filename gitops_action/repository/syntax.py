"""What libyaml's errors mean to the person who wrote the file: what, where, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yaml.reader import ReaderError

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.repository.indentation import misplaced
from gitops_action.repository.slips import slip

if TYPE_CHECKING:
    import yaml

    from gitops_action.model import Location
    from gitops_action.repository.parts import Part

_NOT_YAML: Final = regex("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEMPLATE: Final = regex(r"\{\{|\{%|<%")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What it means when libyaml `says` something while it reads `what`.

    `opening`: the fault is where that begins; `columns`: it may be that a line near it begins in a wrong column.
    """

    what: str
    says: str
    message: str
    opening: bool = False
    columns: bool = False


_MEANINGS: Final = (
    _Meaning("quoted scalar", "unexpected end of stream", "the quote that opens here is never closed", opening=True),
    _Meaning(
        "quoted scalar",
        "unexpected document indicator",
        "the quote that opens here is not closed before the document ends",
        opening=True,
    ),
    _Meaning(
        "quoted scalar",
        "escape",
        "a backslash in double quotes begins an escape that YAML does not know: use single quotes, or double the backslash",
    ),
    _Meaning(
        "simple key",
        "could not find expected ':'",
        "this line is no `key: value`: a colon, or the space after it, is missing, or text that goes on from the line above is not indented",
        opening=True,
    ),
    _Meaning(
        "",
        "mapping values are not allowed",
        "a colon and a space inside a value, or a key indented deeper than its neighbours: quote the value, or align the key",
        columns=True,
    ),
    _Meaning(
        "block mapping",
        "did not find expected key",
        "this does not fit the mapping that begins on line {context}: check the indentation, and the quotes and brackets before it",
        columns=True,
    ),
    _Meaning(
        "block collection",
        "did not find expected '-'",
        "this does not fit the list that begins on line {context}: each of its items has to begin with `- ` in the same column",
        columns=True,
    ),
    _Meaning(
        "flow",
        "did not find expected ',' or",
        "the bracket that opens on line {context} is not closed, or a comma is missing",
    ),
    _Meaning(
        "flow node",
        "did not find expected node content",
        "a value is missing inside the brackets, or they are not closed",
    ),
    _Meaning(
        "block node",
        "did not find expected node content",
        "a value is missing here, or it begins with a character that needs quotes",
    ),
    _Meaning(
        "",
        "did not find expected <document start>",
        "text after the end of a document: put a line `---` between documents, and align what belongs together",
    ),
    _Meaning(
        "",
        "found undefined alias",
        "the alias refers to an anchor (`&name`) that is not set before it; text that begins with `*` needs quotes",
    ),
    _Meaning("", "tab character", "a tab is used to indent: YAML wants spaces"),
    _Meaning(
        "block scalar",
        "indentation",
        "the indentation of this block of text is not valid: indent it deeper than its key, with spaces",
    ),
    _Meaning("block scalar", "comment or line break", "after `|` or `>` the text has to begin on a line of its own"),
    _Meaning(
        "",
        "block sequence entries are not allowed",
        "a list cannot begin here: put `- ` on a line of its own, below the key",
    ),
    _Meaning(
        "",
        "alphabetic or numeric character",
        "an anchor or alias has no name; text that begins with `&` or `*` needs quotes",
        opening=True,
    ),
    _Meaning("tag", "", "text that begins with `!` is a tag; quote it if it is meant as text", opening=True),
    _Meaning("", "undefined tag handle", "text that begins with `!` is a tag; quote it if it is meant as text"),
    _Meaning(
        "directive",
        "",
        "a line that begins with `%` is a directive of YAML; quote or indent it if it is meant as text",
        opening=True,
    ),
)


def explain(error: yaml.YAMLError, part: Part) -> tuple[str, Location]:
    """Return what is wrong with `part` in plain words, and where."""
    if isinstance(error, ReaderError):
        return _control_character(part)
    context: str = getattr(error, "context", None) or ""
    problem: str = getattr(error, "problem", None) or str(error)
    context_mark, mark = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
    index = _index(mark or context_mark, part)
    meaning = _meaning(context, problem, part, index)
    message = meaning.message
    never_closed = "parsing a flow" in context and mark is not None and mark.index >= len(part.text.rstrip())
    if wrong := slip(part.text, index):
        index, message = wrong.index, wrong.message
    elif meaning.columns and (line := misplaced(part.text, index)):
        index = line.index
        message = (
            f"this line is indented by {line.column} where {line.fitting} would fit: align it with what belongs to it"
        )
    elif (meaning.opening or never_closed) and context_mark is not None:
        index = _index(context_mark, part)
    if "{context}" in message:
        message = message.format(context=part.place(_index(context_mark or mark, part)).line)
    place = part.place(index)
    if _TEMPLATE.search(_line(part, index)):
        message += "; it looks like a template, which is no YAML before it is rendered"
    return message, place


def _index(mark: Any, part: Part) -> int:
    """Return where a mark is; the end of the content stands for whatever comes after it."""
    return min(mark.index, max(len(part.text.rstrip()) - 1, 0)) if mark is not None else 0


def _meaning(context: str, problem: str, part: Part, index: int) -> _Meaning:
    if "cannot start any token" in problem:
        character = part.text[index : index + 1]
        if character == "\t":
            return _Meaning("", problem, "a tab is used to indent: YAML wants spaces")
        return _Meaning("", problem, f"a value cannot begin with {character!r}: put it in quotes")
    for meaning in _MEANINGS:
        if meaning.what in context and meaning.says in problem:
            return meaning
    return _Meaning("", problem, " ".join(filter(None, (problem, context))))


def _line(part: Part, index: int) -> str:
    end = part.text.find("\n", index)
    return part.text[part.text.rfind("\n", 0, index) + 1 : end if end >= 0 else len(part.text)]


def _control_character(part: Part) -> tuple[str, Location]:
    match = _NOT_YAML.search(part.text)
    index = match.start() if match else 0
    what = f"U+{ord(part.text[index]):04X}" if match else "of an unknown kind"
    return f"the file has a control character ({what}), which YAML does not allow: remove it", part.place(index)
