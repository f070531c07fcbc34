"""Flux's variable substitution (`spec.postBuild`) in one object: written as YAML, filled in as text, and read again.

So where a value stands, in quotes or not, decides what becomes of it: `${PORT}` alone comes to be a number.

Upstream: github.com/fluxcd/pkg/kustomize v1.35.7 `kustomize_varsub.go`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from gitops_action.model import Finding, JSONValue, Location, Pointer
from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.render import goyaml
from gitops_action.render.envsubst import BadSubstitutionError, parse
from gitops_action.render.expansion import Expansion, ExpansionError
from gitops_action.repository.documents import BESIDE, load
from gitops_action.repository.scalars import json_value

# A label or annotation; with the value `disabled` it keeps an object as it is.
SUBSTITUTE: Final = "kustomize.toolkit.fluxcd.io/substitute"
VARIABLE_NAME: Final = regex(r"[_a-zA-Z][_a-zA-Z0-9]*")
_MARKS: Final = ("${", "$$")
_EXACT_TO: Final = 2**53
# Private characters stand around the name of an unknown variable while the text is worked on.
_PRIVATE: Final = range(0xE000, 0xF8FF)


@dataclass(frozen=True, slots=True)
class AllBut:
    """All variables but these are unknown: for a source of variables that is not in Git."""

    known: frozenset[str] = frozenset()

    def __contains__(self, name: object) -> bool:
        return name not in self.known


@dataclass(frozen=True, slots=True)
class Substituted:
    """What became of one object."""

    value: Mapping[str, Any]
    """The object afterwards: the same one where nothing is to be done, or where Flux would refuse it."""
    missing: tuple[str, ...] = ()
    """Variables without value and default, for which Flux puts nothing, in the order of the text."""
    missing_at: tuple[Pointer, ...] = ()
    """Where each of them is used first, in the object as it was."""
    used: frozenset[str] = frozenset()
    unknown_at: tuple[Pointer, ...] = ()
    """The values (of keys: the entries) of the result that hold a placeholder for an unknown variable."""
    problem: str = ""
    """Why Flux refuses the object, or why that cannot be told."""
    problem_at: Pointer = ()
    """Where that is, in the object as it was."""


def placeholder(name: str) -> str:
    """Return what stands for a value that only the cluster knows."""
    return f"<unknown:{name}>"


def clean(value: str) -> str:
    """Return the value of a variable as Flux takes it from a source of variables: on one line."""
    return value.replace("\n", "")


def is_exempt(value: Mapping[str, Any]) -> bool:
    """Whether a label or an annotation says that nothing is to be put into the object."""
    metadata = value.get("metadata")
    parts = [metadata.get(name) for name in ("labels", "annotations")] if isinstance(metadata, Mapping) else []
    return any(isinstance(part, Mapping) and part.get(SUBSTITUTE) == "disabled" for part in parts)


def substitute(
    value: Mapping[str, Any],
    variables: Mapping[str, str],
    unknown: Collection[str] | AllBut = frozenset(),
    *,
    always: bool = False,
) -> Substituted:
    """Put variables into an object, keys and all, as Flux does between the build and the apply.

    Nothing is done without variables, unless `always` (`substituteStrategy: Always`). Values are to be `clean`. Variables
    that are `unknown` have a value in the cluster; what uses one gets a placeholder, its default notwithstanding.
    """
    if is_exempt(value) or not (variables or unknown or always):
        return Substituted(value)
    wrong = sorted(name for name in variables if not VARIABLE_NAME.fullmatch(name))
    if wrong:
        rule = "letters, digits and underscores, no digit first"
        return Substituted(value, problem=f"`{wrong[0]}` cannot be the name of a variable: it has to be of {rule}")
    if not _is_touched(value):
        return Substituted(value)
    written = goyaml.write(value)
    opening, closing = _private_pair(written.text, variables)
    expansion = Expansion(variables, unknown, opening.encode(), closing.encode())
    try:
        pieces = expansion.expand(parse(written.text))
    except (BadSubstitutionError, ExpansionError) as error:
        return Substituted(value, problem=str(error), problem_at=_pointer(written, error.offset))
    result = _read(value, written, pieces)
    marks = _Marks(opening, closing)
    found = result.value if result.problem else marks.shown(result.value, ())
    return replace(
        result,
        value=found,
        problem=marks.text(result.problem),
        missing=tuple(expansion.missing),
        missing_at=tuple(_pointer(written, offset) for offset in expansion.missing.values()),
        used=frozenset(expansion.used),
        unknown_at=tuple(marks.pointers),
    )


def _is_touched(value: JSONValue | Mapping[str, Any]) -> bool:
    """Whether anything could come out of it differently than it goes in."""
    if isinstance(value, str):
        return any(mark in value for mark in _MARKS) or _begins_with_tab(value)
    if isinstance(value, Mapping):
        return any(_is_touched(key) or _is_touched(part) for key, part in value.items())
    if isinstance(value, list):
        return any(map(_is_touched, value))
    return isinstance(value, int) and abs(value) > _EXACT_TO


def _private_pair(text: str, variables: Mapping[str, str]) -> tuple[str, str]:
    """Return two characters that occur nowhere else, so that nobody can feign a placeholder."""
    taken = set(text).union(*variables.values())
    free = (character for character in map(chr, _PRIVATE) if character not in taken)
    return next(free, ""), next(free, "")


def _read(value: Mapping[str, Any], written: goyaml.Written, pieces: list[tuple[int, bytes]]) -> Substituted:
    """Read the text again, and say where what is wrong with it comes from."""
    data = b"".join(piece for _, piece in pieces)
    found = next((one for one in load(data, "") if not _is_harmless(one)), None)
    if isinstance(found, Finding):
        origin = _pointer(written, _origin(data, pieces, found.location))
        return Substituted(value, problem=f"after substitution it is no valid YAML: {found.message}", problem_at=origin)
    if found is None or not isinstance(found.value, dict):
        return Substituted(value, problem="after substitution it is no object")
    unwritable = next(_unwritable(found.value, ()), None)
    if unwritable is not None:
        why = "Flux cannot write what it has substituted: a text of several lines that begins with a tab"
        return Substituted(value, problem=why, problem_at=unwritable)
    return Substituted(_rounded(found.value))


def _unwritable(value: JSONValue, pointer: Pointer) -> Iterator[Pointer]:
    """Yield where kyaml writes a block scalar that begins with a tab, which it cannot read again."""
    if isinstance(value, str):
        if _begins_with_tab(value):
            yield pointer
    elif isinstance(value, dict):
        for key, part in value.items():
            if _begins_with_tab(key):
                yield (*pointer, key)
            yield from _unwritable(part, (*pointer, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _unwritable(part, (*pointer, index))


def _begins_with_tab(text: str) -> bool:
    return text[:1] == "\t" and "\n" in text and goyaml.may_be_block(text.replace("\t", "."))


def _is_harmless(found: object) -> bool:
    """Whether it is a finding about something that Flux reads all the same."""
    return isinstance(found, Finding) and found.code in BESIDE


def _origin(data: bytes, pieces: list[tuple[int, bytes]], place: Location) -> int:
    """Return where in the template comes from what is at a place of the result."""
    lines = data.splitlines(keepends=True)
    before = (place.line or 1) - 1
    line = lines[before] if before < len(lines) else b""
    blank = len(line) - len(line.lstrip(b" "))
    column = len(line.decode(errors="replace")[: (place.column or 1) - 1].encode())
    start = sum(map(len, lines[:before])) + max(blank, column)
    end = 0
    for offset, piece in pieces:
        end += len(piece)
        if end > start:
            return offset + len(piece[: len(piece) - (end - start)].decode(errors="replace"))
    return pieces[-1][0]


def _pointer(written: goyaml.Written, offset: int) -> Pointer:
    number = bisect_right(written.offsets, offset) - 1
    return written.pointers[number] if number >= 0 else ()


def _rounded(value: Any) -> Any:
    """Make integers what is left of them on the way through a float: Flux reads the result as JSON with these."""
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return json_value(float(value)) if type(value) is int and abs(value) > _EXACT_TO else value


class _Marks:
    """Makes placeholders of the marks of unknown variables, and remembers where."""

    def __init__(self, opening: str, closing: str) -> None:
        self.opening = opening
        self.pointers: list[Pointer] = []
        self._mark = re.compile(f"{opening}(.*?){closing}" if opening else r"(?!)")

    def text(self, text: str) -> str:
        return self._mark.sub(lambda found: placeholder(found[1]), text)

    def shown(self, value: Any, pointer: Pointer) -> Any:
        if isinstance(value, dict):
            shown = {}
            for key, part in value.items():
                name = self.text(key)
                if name != key:
                    self.pointers.append((*pointer, name))
                shown[name] = self.shown(part, (*pointer, name))
            return shown
        if isinstance(value, list):
            return [self.shown(part, (*pointer, index)) for index, part in enumerate(value)]
        if isinstance(value, str) and self.opening and self.opening in value:
            self.pointers.append(pointer)
            return self.text(value)
        return value
