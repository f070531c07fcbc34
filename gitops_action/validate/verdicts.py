"""Reads what kubeconform says of one object and turns it into our problems."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gitops_action.regex import regex
from gitops_action.validate.problems import Problem, holds_secrets, path_text, pointer_into

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.lookup import Schemas

# A manifest with one of these was not judged.

_CAUSE: Final = regex(r"\s+- at '((?:[^'\\]|\\.)*)': ")
_NAME: Final = regex(r"'((?:[^'\\]|\\.)*)'")
_ESCAPE: Final = regex(r"\\(.)")
_NO_SCHEMA: Final = "could not find schema for "
_MISSING_KEY: Final = regex(r"missing '(\w+)' key")
# What it reads of the metadata by itself, before the schema.
_UNREADABLE: Final = regex(r"cannot unmarshal (\w+) into Go struct field \.(Metadata[.\w]*) of type")
# Texts of https://github.com/santhosh-tekuri/jsonschema/blob/v6.0.2/kind/kind.go, which kubeconform passes on.
_KINDS: Final = (
    (re.compile(r"additional properties "), "unknown-field"),
    (re.compile(r"missing propert(?:y|ies) "), "required-field"),
    (re.compile(r"got null, want "), "required-field"),
    (re.compile(r"got \w+, want "), "wrong-type"),
    (re.compile(r"value must be "), "invalid-enum"),
    (re.compile(r".* does not match pattern |.* is not valid "), "invalid-format"),
)
# These merely introduce the causes that follow them.
_HEADINGS: Final = (
    "validation failed",
    "allOf failed",
    "'allOf' failed",
    "'anyOf' failed",
    "'oneOf' failed, none matched",
)


def problems(answer: Mapping[str, Any], value: Mapping[str, Any], schemas: Schemas) -> Iterator[Problem]:
    """Turn one entry of `resources` into problems; none for a valid object."""
    status, text = answer.get("status"), str(answer.get("msg", ""))
    if status == "statusValid":
        return
    if status == "statusInvalid":
        yield from _causes(text, value)
    elif _NO_SCHEMA in text:
        api_version, kind = str(value.get("apiVersion")), str(value.get("kind"))
        problem = schemas.find(api_version, kind).problem
        yield problem or _failed(f"it found no schema for {api_version} {kind}")
    elif match := _MISSING_KEY.search(text):
        yield Problem("required-field", (match[1],), f"{match[1]} is required")
    elif match := _UNREADABLE.search(text):
        pointer = tuple(part[:1].lower() + part[1:] for part in match[2].split("."))
        yield Problem("wrong-type", pointer, f"{path_text(pointer)}: got {match[1]}")
        problem = schemas.find(str(value.get("apiVersion")), str(value.get("kind"))).problem
        if problem:
            yield problem
    else:
        yield _failed("" if holds_secrets(value) else text.partition("\n")[0][:200] or str(status))


def deprecation(value: Mapping[str, Any], schemas: Schemas) -> Iterator[Problem]:
    """Say that the API version is deprecated, which kubeconform does not know."""
    api_version, kind = value.get("apiVersion"), value.get("kind")
    if isinstance(api_version, str) and isinstance(kind, str):
        problem = schemas.find(api_version, kind).deprecated
        if problem:
            yield problem


def _failed(said: str) -> Problem:
    return Problem("engine-failed", (), f"kubeconform could not judge the object: {said}".rstrip(": "))


def _causes(text: str, value: Mapping[str, Any]) -> Iterator[Problem]:
    """Read the causes out of the text; its line ends have been replaced, so it is cut where the next cause begins."""
    parts = _CAUSE.split(text)
    found = 0
    for path, said in zip(parts[1::2], parts[2::2], strict=True):
        said = said.strip()  # noqa: PLW2901 - the same text without what the indentation left
        if said not in _HEADINGS:
            found += 1
            yield from _cause(_pointer(path, value), said, value)
    if not found:
        yield Problem("invalid-value", (), "the object does not fit its schema")


def _cause(pointer: Pointer, said: str, value: Mapping[str, Any]) -> Iterator[Problem]:
    code = next((code for pattern, code in _KINDS if pattern.match(said)), "invalid-value")
    names = [_ESCAPE.sub(r"\1", name) for name in _NAME.findall(said)]
    where = path_text(pointer) or "the object"
    if code == "unknown-field":
        inside = f" in {where}" if pointer else ""
        for name in names:
            yield Problem(code, (*pointer, name), f'unknown field "{name}"{inside}', key=True)
    elif code == "required-field" and names:
        for name in names:
            yield Problem(code, (*pointer, name), f"{path_text((*pointer, name))} is required")
    elif holds_secrets(value) and code not in {"wrong-type", "required-field"}:
        yield Problem(code, pointer, f"{where} is not as its schema demands")
    else:
        yield Problem(code, pointer, f"{where}: {said}")


def _pointer(path: str, value: Any) -> Pointer:
    """Read a JSON pointer."""
    parts = _ESCAPE.sub(r"\1", path).split("/")[1:]
    return pointer_into(value, (part.replace("~1", "/").replace("~0", "~") for part in parts))
