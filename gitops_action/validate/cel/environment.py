"""Compiles and evaluates expressions with Google's own CEL, https://github.com/cel-expr/cel-python.

Compared with the other libraries it checks types, knows the optional syntax and the same libraries as the server, gives
up after 10,000 steps of loops, and matches patterns with RE2. It is imported when a schema has rules.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol

from gitops_action.regex import regex
from gitops_action.validate.cel.functions import FUNCTIONS
from gitops_action.validate.cel.refusal import REFUSED

# Of those which the server has; `regex` does the work for `find` and `findAll`.
_EXTENSIONS: Final = ("optional", "strings", "sets", "lists", "two-var-comprehensions", "bindings", "regex")
_CONFIG: Final = "name: rules\nextensions:\n" + "".join(f"- name: {name}\n" for name in _EXTENSIONS)
_LONGEST: Final = 20_000
_GROUPS: Final = regex(r"\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]])*\]|\((?:\?P?<\w+>|(?!\?))", re.DOTALL)
_CLASS: Final = regex(r"(?:[A-Z_]+: )?(?:ERROR: <input>:\d+:\d+: )?")
# Errors of an evaluation that the server would have too.
_SAME: Final = regex(
    r"NOT_FOUND: Key not found|OUT_OF_RANGE: (?:integer|u?int64|double|string|timestamp|duration)|UNKNOWN: Index error|INVALID_ARGUMENT: (?:divide by zero|modulus by zero|cannot convert"
    r"|Type conversion error|String to |cannot slice|optional.none|Applying SELECT|<string>\.)|UNKNOWN: No matching overloads found|UNKNOWN: "
    + REFUSED
)


class NotInstalledError(Exception):
    """There is no CEL library for this platform."""


class CompileError(Exception):
    """An expression that does not compile here."""


class EvaluationError(Exception):
    """An expression that has no value; `certain` if it had none on the server either."""

    def __init__(self, message: str, *, certain: bool) -> None:
        super().__init__(message)
        self.certain = certain


class _Value(Protocol):
    def type(self) -> Any: ...
    def value(self) -> Any: ...


class _Expression(Protocol):
    def eval(self, activation: Any) -> _Value: ...
    def serialize(self) -> bytes: ...


class Program:
    """A compiled expression."""

    __slots__ = ("_expression", "source")

    def __init__(self, source: str, expression: _Expression) -> None:
        self.source = source
        self._expression = expression

    def evaluate(self, activation: Any) -> Any:
        """Return the value, with the variables of `activation` (see `bind`). Raises EvaluationError."""
        try:
            result = self._expression.eval(activation)
            value = result.value()
        except (RuntimeError, TypeError, ValueError, MemoryError) as error:
            raise EvaluationError(_first_line(error), certain=False) from None
        if str(result.type()) == "ERROR":
            raise EvaluationError(_reason(str(value)), certain=_is_same(str(value), self.source))
        if isinstance(value, bool | str):
            return value
        raise EvaluationError(f"its value is of the type {result.type()}", certain=False)

    def serialized(self) -> bytes:
        """Return the checked expression, which `syntax.parse` reads. Raises RuntimeError."""
        return self._expression.serialize()


def bind(value: Any, type_name: str = "dyn") -> Any:
    """Return what an expression is evaluated with: `self`. Raises EvaluationError for a value that CEL has not."""
    try:
        return _environment(type_name).Activation({"self": value})
    except (RuntimeError, TypeError, ValueError) as error:
        raise EvaluationError(_first_line(error), certain=False) from None


def compile_rule(source: str, type_name: str = "dyn", *, optional_old: bool = False) -> Program:
    """Compile an expression over `self` and `oldSelf`.

    They are of any type but for `timestamp` and `duration`, which the library takes only if it is told. Types are not
    checked else, as the server has done that when it took the definition. With `optional_old`, `oldSelf` is an
    optional value, and there is none as the object is created. Raises CompileError, NotInstalledError.
    """
    if len(source) > _LONGEST:
        raise CompileError("it is too long")
    text = f"cel.bind(oldSelf, optional.none(), (\n{source}\n))" if optional_old else source
    try:
        return Program(source, _environment(type_name).compile(text))
    except (RuntimeError, TypeError, ValueError) as error:
        raise CompileError(_first_line(error)) from None


def _library() -> Any:
    try:
        return import_module("cel_expr_python.cel")
    except ImportError:
        raise NotInstalledError from None


@cache
def _environment(type_name: str) -> Any:
    cel = _library()
    variables = dict.fromkeys(("self", "oldSelf"), _type(cel, type_name))
    config = cel.NewEnvConfigFromYaml(_CONFIG)
    return cel.NewEnv(config=config, variables=variables, extensions=[_extension(cel)])


@cache
def _extension(cel: Any) -> Any:
    overloads: dict[str, list[Any]] = {}
    find = ("find", True, "string", ("string", "string"), _find)
    find_all = ("findAll", True, "strings", ("string", "string"), _find_all)
    some = ("findAll", True, "strings", ("string", "string", "int"), _find_all)
    for name, member, result, parameters, function in (*FUNCTIONS, find, find_all, some):
        overloads.setdefault(name, []).append(
            cel.Overload(
                f"kubernetes_{name}_{'member' if member else 'global'}_{'_'.join(parameters)}",
                _type(cel, result),
                [_type(cel, parameter) for parameter in parameters],
                is_member=member,
                impl=function,
            )
        )
    return cel.CelExtension("kubernetes", [cel.FunctionDecl(name, parts) for name, parts in overloads.items()])


def _type(cel: Any, name: str) -> Any:
    match name:
        case "list":
            return cel.Type.List(cel.Type.DYN)
        case "strings":
            return cel.Type.List(cel.Type.STRING)
        case "map":
            return cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
        case "any":
            return cel.Type.DYN
    return getattr(cel.Type, name.upper())


@cache
def _finder(function: str) -> Any:
    """Return a program that does what Python's `re` does not: search in linear time."""
    cel = _library()
    environment = cel.NewEnv(
        config=cel.NewEnvConfigFromYaml("name: patterns\nextensions:\n- name: optional\n- name: regex\n"),
        variables={"text": cel.Type.STRING, "pattern": cel.Type.STRING},
    )
    return environment.compile(function)


def _find(text: str, pattern: str) -> str:
    found = _searched("regex.extract(text, pattern).orValue('')", text, pattern)
    return str(found)


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    if _searched("''.matches(pattern)", text, pattern):
        raise ValueError("a pattern that matches the empty text is not searched for")
    found = [str(part.value()) for part in _searched("regex.extractAll(text, pattern)", text, pattern)]
    return found if limit < 0 else found[:limit]


def _searched(function: str, text: str, pattern: str) -> Any:
    """Search for the whole match: a group would be returned instead."""
    bare = _GROUPS.sub(lambda match: "(?:" if match[0].startswith("(") else match[0], pattern)
    result = _finder(function).eval(data={"text": text, "pattern": bare})
    if str(result.type()) == "ERROR":
        raise ValueError(_reason(str(result.value())))
    return result.value()


def _is_same(error: str, source: str) -> bool:
    if not _SAME.match(error):
        return False
    # A function of ours takes texts where the server's takes another type.
    return "No matching overloads" not in error or not _uses_ours(source)


@cache
def _ours() -> re.Pattern[str]:
    names = {name.partition(".")[0] for name, *_ in FUNCTIONS} | {"find", "findAll"}
    return re.compile(rf"\b(?:{'|'.join(sorted(names))})\b")


def _uses_ours(source: str) -> bool:
    return _ours().search(source) is not None


def _reason(text: str) -> str:
    """Return the text of an error without its class."""
    _, _, reason = text.partition(": ")
    return (reason or text).removeprefix(REFUSED).splitlines()[0]


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return _CLASS.sub("", lines[0]) if lines else type(error).__name__
