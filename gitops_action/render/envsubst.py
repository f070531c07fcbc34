"""The expressions in braces that Flux puts variables in for: `${name}`, `${name:=default}`, `${name//from/to}` and so on.

Upstream: github.com/fluxcd/pkg/envsubst v1.7.1 `parse/parse.go`, `parse/scan.go`. It looks like the shell's and is not: there
is no `${name-default}`, `:?` and `:+` are defaults too, and the pattern of a replacement ends with a slash only, wherever
in the text the next one is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    import re

# Where the text of a template ends, or has `$$`, which stands for `$`.
_DOLLAR: Final = regex(r"\$[${]")
_WORD: Final = regex(r"\w+")
# Text of an argument; `${` begins an expression in it.
_TO_BRACE: Final = regex(r"(?:[^}$]|\$(?!\{))+")
_TO_COLON: Final = regex(r"(?:[^:}$]|\$(?!\{))+")
_ESCAPING_TO_SLASH: Final = regex(r"(?:[^/\\$]|\$\$|\$(?!\{)|\\[/\\]|\\)+")
_ESCAPING_TO_BRACE: Final = regex(r"(?:[^}\\$]|\$\$|\$(?!\{)|\\[/\\]|\\)+")
_ESCAPED: Final = regex(r"\$\$|\\[/\\]")

_DEFAULTS: Final = regex(r":[=\-?+]|=")
_CASES: Final = regex(r"[,^]{1,2}")
_REPLACEMENTS: Final = regex(r"/[/#%]?")
_REMOVALS: Final = regex(r"##?|%%?")
_COLONS: Final = regex(r":+")
_SLASHES: Final = regex(r"/+")

# Deeper than anybody writes, and far from where Python gives up.
_MAX_DEPTH: Final = 50
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression: its first character in the text, the variable, the operator ("" if none) and what follows it."""

    offset: int
    name: str
    operator: str = ""
    arguments: tuple[Argument, ...] = ()

    @property
    def is_default(self) -> bool:
        """Whether the arguments stand in for a value that is absent or empty."""
        return self.operator[:1] == "=" or (self.operator[:1] == ":" and len(self.operator) == 2)  # noqa: PLR2004 - `:=`


Argument: TypeAlias = "str | Expression"
Template: TypeAlias = "list[tuple[int, Argument]]"


class BadSubstitutionError(ValueError):
    """An expression that Flux refuses, or that is not read here; the message says why, `offset` where it begins."""

    def __init__(self, message: str, offset: int) -> None:
        """Take the message and the index of the expression's first character."""
        super().__init__(message)
        self.offset = offset


def parse(text: str) -> Template:
    """Return the pieces of a text, each with its offset: what stands as it is, and the expressions.

    Raises BadSubstitutionError.
    """
    pieces: Template = []
    at = 0
    while found := _DOLLAR.search(text, at):
        if found.start() > at:
            pieces.append((at, text[at : found.start()]))
        if found[0] == "$$":
            pieces.append((found.start(), "$"))
            at = found.end()
            continue
        reader = _Reader(text, found.end(), found.start())
        pieces.append((found.start(), reader.expression(_MAX_DEPTH)))
        at = reader.at
    if at < len(text):
        pieces.append((at, text[at:]))
    return pieces


class _Reader:
    """Reads one expression, and those in it; `at` is the next character."""

    def __init__(self, text: str, at: int, start: int) -> None:
        self.text = text
        self.at = at
        self.start = start

    def expression(self, depth: int) -> Expression:
        """Read on after `${`, up to and with the brace that closes it."""
        offset = self.at - 2
        if depth == 0:
            raise self._refused(f"expressions are nested deeper than {_MAX_DEPTH} levels, which is not looked into")
        if self._take("#"):
            return self._closed(Expression(offset, self._name(), "#"))
        return self._operation(offset, self._name(), depth)

    def _operation(self, offset: int, name: str, depth: int) -> Expression:
        ahead = self.text[self.at : self.at + 2]
        if ahead[:1] == "=" or (ahead[:1] == ":" and ahead[1:] and ahead[1] in "=-?+"):
            return self._default(Expression(offset, name, self._matched(_DEFAULTS)), depth)
        if ahead[:1] == ":":
            return self._substring(Expression(offset, name, ":"), depth)
        if ahead[:1] == "/":
            return self._replacement(Expression(offset, name, self._matched(_REPLACEMENTS)), depth)
        if operator := self._matched(_CASES):
            return self._closed(Expression(offset, name, operator))
        if operator := self._matched(_REMOVALS):
            argument = self._argument(_TO_BRACE, depth, "a pattern")
            return self._closed(Expression(offset, name, operator, (argument,)))
        if ahead[:1] in {"-", "+", "?"}:
            instead = ": write `:-`" if ahead[:1] == "-" else ""
            raise self._refused(f"Flux does not know the operator `{ahead[:1]}`{instead}")
        return self._closed(Expression(offset, name))

    def _default(self, found: Expression, depth: int) -> Expression:
        arguments: list[Argument] = []
        while self.text[self.at : self.at + 1] != "}":
            arguments.append(self._argument(_TO_BRACE, depth, "`}`"))
        return self._closed(Expression(found.offset, found.name, found.operator, tuple(arguments)))

    def _substring(self, found: Expression, depth: int) -> Expression:
        if self.text[self.at + 1 : self.at + 2] > "\x7f":
            # Upstream goes back by the width of this character to read the colon again, and misses it.
            raise self._refused("a position has to follow the colon")
        self.at += 1
        arguments = [self._argument(_TO_COLON, depth, "a position")]
        if self._matched(_COLONS):
            arguments.append(self._argument(_TO_BRACE, depth, "a length"))
        return self._closed(Expression(found.offset, found.name, found.operator, tuple(arguments)))

    def _replacement(self, found: Expression, depth: int) -> Expression:
        arguments = [self._argument(_ESCAPING_TO_SLASH, depth, "what is to be replaced")]
        if not self._matched(_SLASHES):
            raise self._refused("a second slash has to follow what is to be replaced")
        if self.text[self.at : self.at + 1] != "}":
            arguments.append(self._argument(_ESCAPING_TO_BRACE, depth, "`}`"))
        return self._closed(Expression(found.offset, found.name, found.operator, tuple(arguments)))

    def _argument(self, extent: re.Pattern[str], depth: int, what: str) -> Argument:
        if self._take("${"):
            return self.expression(depth - 1)
        text = self._matched(extent)
        if not text:
            raise self._refused(f"{what} is missing")
        escapes = extent in (_ESCAPING_TO_SLASH, _ESCAPING_TO_BRACE)
        return _ESCAPED.sub(lambda found: found[0][1], text) if escapes else text

    def _name(self) -> str:
        word = self._matched(_WORD)
        # Letters and decimal digits; Python has other numbers in a word too.
        length = next((i for i, c in enumerate(word) if not (c == "_" or c.isalpha() or c.isdecimal())), len(word))
        self.at -= len(word) - length
        if not length:
            raise self._refused("the name of a variable is missing; write `$${` for braces that are none of Flux's")
        return word[:length]

    def _closed(self, found: Expression) -> Expression:
        if not self._take("}"):
            raise self._refused("it is not closed by `}`, or has something that Flux does not know before that")
        return found

    def _take(self, text: str) -> bool:
        taken = self.text.startswith(text, self.at)
        self.at += len(text) * taken
        return taken

    def _matched(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def _refused(self, why: str) -> BadSubstitutionError:
        line = self.text[self.start : self.start + _SHOWN].splitlines()[0]
        more = "…" if len(line) < len(self.text[self.start :].splitlines()[0]) else ""
        return BadSubstitutionError(f"bad substitution at `{line}{more}`: {why}", self.start)
