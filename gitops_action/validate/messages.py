"""Says in one line what a schema error means for the person who wrote the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.native import BASE64, MICRO_TIME, QUANTITY, TIME
from gitops_action.validate.problems import (
    Problem,
    did_you_mean,
    holds_secrets,
    listed,
    path_text,
    pointer_into,
    quoted,
    value_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jsonschema_rs import ValidationError

    from gitops_action.model import Pointer

_NOUNS: Final = {
    "object": "a mapping", "array": "a list", "string": "a string", "integer": "an integer", "number": "a number",
    "boolean": "true or false",
}  # fmt: skip
_GRAMMARS: Final = {
    QUANTITY: "a quantity such as 500m, 2 or 1.5Gi",
    BASE64: "base64",
    TIME: "a time such as 2026-01-31T12:00:00Z",
    MICRO_TIME: "a time with six decimals such as 2026-01-31T12:00:00.000000Z",
    "date": "a date such as 2026-01-31",
    "date-time": "a time such as 2026-01-31T12:00:00Z",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    # Of Flux, as its definitions have them.
    r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$": "a duration such as 10m or 1h30m",
    r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$": "a duration such as 90s or 10m, without hours",
    "^(http|https)://.*$": "an address such as https://HOST/PATH",
    "^(http|https|ssh)://.*$": "an address such as https://HOST/PATH or ssh://git@HOST/PATH",
    "^(http|https|oci)://.*$": "an address such as https://HOST/PATH or oci://HOST/PATH",
    "^oci://.*$": "an address such as oci://HOST/PATH",
}
# Where plain text goes instead of bytes.
_PLAIN: Final = {"Secret": ("data", "stringData"), "ConfigMap": ("binaryData", "data")}
_LIMITS: Final = {
    "minimum": "must be at least {}", "maximum": "must be at most {}", "exclusiveMinimum": "must be greater than {}",
    "exclusiveMaximum": "must be less than {}", "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters", "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} items", "maxItems": "must have at most {} items",
    "minProperties": "must have at least {} fields", "maxProperties": "must have at most {} fields",
}  # fmt: skip
# The types of bytes in JSON: see `native`.
_BYTES: Final = frozenset({"string", "array"})
_OPTIONS: Final = 12
_NUMERIC: Final = regex(r"[+-]?\d+(\.\d+)?")


def all_problems(errors: Iterable[ValidationError], schema: Any, value: Mapping[str, Any]) -> list[Problem]:
    """Turn the checker's errors about `value` into problems; `schema` is the whole schema that they were found with.

    A value of the wrong type is reported as that, and not for its form too.
    """
    secret = holds_secrets(value)
    found = [problem for error in errors for problem in _problems(error, schema, value, secret=secret)]
    untyped = {problem.pointer for problem in found if problem.code == "wrong-type"}
    return [problem for problem in found if problem.code == "wrong-type" or problem.pointer not in untyped]


def _problems(error: ValidationError, schema: Any, value: Mapping[str, Any], *, secret: bool) -> Iterator[Problem]:
    kind = error.kind
    name = kind.name
    pointer = pointer_into(value, error.instance_path)
    where = path_text(pointer) or "the object"
    if name == "additionalProperties":
        known = list(_at(schema, error.schema_path[:-1]).get("properties", ()))
        yield from (_unknown(pointer, field, known) for field in kind.as_dict()["unexpected"])
    elif name == "required":
        field = kind.as_dict()["property"]
        yield Problem("required-field", (*pointer, field), f"{path_text((*pointer, field))} is required")
    elif name in {"anyOf", "oneOf"}:
        yield from _of_branches(error, schema, value, secret=secret)
    elif _is_octet(error, schema):
        # Nobody means the list of numbers that bytes may be: it is the whole list that should be text.
        yield wrong_type(pointer[:-1], ["string"], [], secret=secret)
    elif name == "type":
        types = kind.as_dict()["types"]
        yield wrong_type(pointer, ["string"] if {*types} - {"null"} == _BYTES else types, error.instance, secret=secret)
    elif name in {"enum", "const"}:
        details = kind.as_dict()
        options = details["options"] if name == "enum" else [details["expected_value"]]
        yield _not_an_option(pointer, where, options, error.instance, secret=secret)
    elif name in {"pattern", "format"}:
        rule = _form(kind.value)
        text = value_text(error.instance, secret=secret)
        # Its type says nothing, as that is right.
        shown = f"not {text}" if text.startswith("the ") else "which this text is not"
        hint = _plain_hint(value, pointer) if kind.value == BASE64 else ""
        yield Problem("invalid-format", pointer, f"{where} must be {rule}, {shown}{hint}")
    elif name in _LIMITS:
        rule = _LIMITS[name].format(kind.value)
        shown = "" if isinstance(error.instance, list | dict) else f", not {value_text(error.instance, secret=secret)}"
        yield Problem("invalid-value", pointer, f"{where} {rule}{shown}")
    elif name == "uniqueItems":
        yield Problem("invalid-value", pointer, f"{where} has an item twice")
    else:
        yield Problem("invalid-value", pointer, f"{where} is not as its schema demands ({name})")


def _plain_hint(value: Mapping[str, Any], pointer: Pointer) -> str:
    field, other = _PLAIN.get(str(value.get("kind")), ("", ""))
    return f"; plain text goes under {other}" if pointer[:1] == (field,) else ""


def _is_octet(error: ValidationError, schema: Any) -> bool:
    """Whether an error is about an item of bytes that are written as a list."""
    *owner, last, _ = error.schema_path if len(error.schema_path) > 1 else ("", "")
    return last == "items" and _at(schema, owner).get("pattern") == BASE64


def _form(expected: str) -> str:
    if expected in _GRAMMARS:
        return _GRAMMARS[expected]
    from gitops_action.validate.formats import EXPECTED  # noqa: PLC0415 - start-up time of built-in kinds

    return EXPECTED.get(expected, f"of the form {expected}")


def _at(schema: Any, path: Sequence[str | int]) -> dict[str, Any]:
    for part in path:
        schema = schema[part]
    return schema if isinstance(schema, dict) else {}


def _unknown(pointer: Pointer, field: str, known: Sequence[str]) -> Problem:
    inside = f" in {path_text(pointer)}" if pointer else ""
    hint = did_you_mean(field, known)
    return Problem("unknown-field", (*pointer, field), f"unknown field {quoted(field)}{inside}{hint}", key=True)


def wrong_type(pointer: Pointer, types: Sequence[str], value: Any, *, secret: bool) -> Problem:
    """Say that a value is of none of the JSON types that it may be of."""
    where = path_text(pointer) or "the object"
    expected = listed([_NOUNS[name] for name in _NOUNS if name in types])
    if value is None:
        return Problem("required-field", pointer, f"{where} must be {expected}, not null")
    hint = ""
    if "string" in types and isinstance(value, bool):
        hint = f"; put it in quotes: YAML reads {'yes, y and on as true' if value else 'no, n and off as false'}"
    elif "string" in types and isinstance(value, int | float):
        hint = "; put it in quotes"
    elif isinstance(value, str) and (
        ({"integer", "number"} & set(types) and _NUMERIC.fullmatch(value))
        or ("boolean" in types and value in {"true", "false"})
    ):
        hint = "; take the quotes away"
    return Problem("wrong-type", pointer, f"{where} must be {expected}, not {value_text(value, secret=secret)}{hint}")


def _not_an_option(pointer: Pointer, where: str, options: Sequence[Any], value: Any, *, secret: bool) -> Problem:
    written = [option for option in options if option not in ("", None)]
    names = [option if isinstance(option, str) else str(option) for option in written]
    listed = ", ".join(names[:_OPTIONS]) + (f" … ({len(names)} in all)" if len(names) > _OPTIONS else "")
    hint = did_you_mean(value, names) if isinstance(value, str) and not secret else ""
    shown = value_text(value, secret=secret)
    one_of = "one of " if len(names) > 1 else ""
    return Problem("invalid-enum", pointer, f"{where} must be {one_of}{listed}, not {shown}{hint}")


def _of_branches(error: ValidationError, schema: Any, value: Mapping[str, Any], *, secret: bool) -> Iterator[Problem]:
    """Take the branch that was probably meant: the one whose errors lie deepest, then the one with fewest."""
    pointer = pointer_into(value, error.instance_path)
    where = path_text(pointer) or "the object"
    branches = [branch for branch in error.kind.as_dict()["context"] if branch]
    if not branches or len(branches) < len(error.kind.as_dict()["context"]):
        yield Problem(
            "invalid-value", pointer, f"{where} fits more than one of the alternatives that exclude each other"
        )
        return
    alternatives = [part for branch in branches if (part := _only_missing(branch, len(pointer)))]
    if len(alternatives) == len(branches):
        names = sorted({name for part in alternatives for name in part})
        yield Problem("required-field", pointer, f"{where} needs {listed(names)}")
        return
    wrong = [set(of.kind.as_dict()["types"]) for branch in branches if (of := _only_type(branch, len(pointer)))]
    if len(wrong) == len(branches):
        yield wrong_type(pointer, sorted(set.union(*wrong)), error.instance, secret=secret)
        return
    best = max(branches, key=lambda branch: (min(len(part.instance_path) for part in branch), -len(branch)))
    for part in best:
        yield from _problems(part, schema, value, secret=secret)


def _only_missing(branch: Sequence[ValidationError], depth: int) -> list[str]:
    if all(part.kind.name == "required" and len(part.instance_path) == depth for part in branch):
        return [part.kind.as_dict()["property"] for part in branch]
    return []


def _only_type(branch: Sequence[ValidationError], depth: int) -> ValidationError | None:
    if len(branch) == 1 and branch[0].kind.name == "type" and len(branch[0].instance_path) == depth:
        return branch[0]
    return None
