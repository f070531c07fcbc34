"""Holds the configuration to `schemas/gitops.schema.json`, and says in plain words where it differs.

jsonschema-rs does the work because validation has it loaded anyway; python-jsonschema would add 0.15 s to each start.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gitops_action.codes import closest
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jsonschema_rs import ValidationError

    from gitops_action.model import JSONValue, Pointer

_FILE: Final = "gitops.schema.json"
# A person mends that many before looking again, and a hostile file cannot make us write a book.
ENOUGH: Final = 50
_NAMES: Final = {
    "array": "a list", "object": "a mapping", "string": "a text", "integer": "a whole number", "number": "a number",
    "boolean": "true or false", "null": "empty",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, at the value (or the key, if `at_key`) under `pointer`."""

    pointer: Pointer
    message: str
    at_key: bool = False


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """Return the schema, from the installed package or from the repository's folder."""
    package = Path(__file__).parents[1]
    for folder in (package / "schemas", package.parent / "schemas"):
        if (folder / _FILE).is_file():
            loaded: dict[str, Any] = json.loads((folder / _FILE).read_text(encoding="utf-8"))
            return loaded
    raise FileNotFoundError(f"{_FILE} is not part of this installation")


def problems(value: JSONValue) -> list[Problem]:
    """Return in what `value` differs from the schema: everything, unless it is far more than a person can mean."""
    import jsonschema_rs  # noqa: PLC0415 - costs 0.09 s, and most runs of `explain` or `render` need no schema

    # Names of environments are judged when they are read (`wrong_name`): the validator would make an error for each
    # wrong one that holds all of them, and not say which it is.
    properties = {**schema()["properties"]}
    properties["environments"] = {**properties["environments"], "propertyNames": True}
    found: list[Problem] = []
    for error in jsonschema_rs.Draft7Validator({**schema(), "properties": properties}).iter_errors(value):
        found += _explain(error, value)
        if len(found) >= ENOUGH:
            break
    return found


def name(pointer: Sequence[str | int]) -> str:
    """Write a pointer as people do: ``environments.staging.paths[0]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in pointer)
    return f"`{text.removeprefix('.')}`" if text else "the configuration"


def _explain(error: ValidationError, root: JSONValue) -> list[Problem]:
    pointer = tuple(error.instance_path)
    instance: Any = root
    for part in pointer:
        instance = instance[part]
    # The path has references resolved; its last step is the keyword that was not met.
    rule: Any = schema()
    *parents, keyword = error.schema_path
    for step in parents:
        rule = rule[step]
    explain = _EXPLAIN.get(str(keyword))
    if explain is None:
        return [Problem(pointer, f"{name(pointer)}: {error.message}")]
    return explain(pointer, instance, rule)


def _unknown(pointer: Pointer, instance: Any, rule: Mapping[str, Any]) -> list[Problem]:
    known = list(rule["properties"])
    where = f" in {name(pointer)}" if pointer else ""
    found = []
    unknown = (key for key in instance if key not in known and (pointer or not key.startswith("x-")))
    for key in islice(unknown, ENOUGH):
        near = closest(key, known)
        hint = f"did you mean `{near}`?" if near else f"known are {', '.join(known)}"
        found.append(Problem((*pointer, key), f"unknown setting {_shown(key)}{where}: {hint}", at_key=True))
    return found


def _missing(pointer: Pointer, instance: Any, rule: Mapping[str, Any]) -> list[Problem]:
    found = []
    for key in rule["required"]:
        if key not in instance:
            wanted = rule["properties"][key]
            example = f": {wanted['const']}" if "const" in wanted else ""
            where = f" to {name(pointer)}" if pointer else ""
            about = wanted.get("description", "")
            found.append(Problem(pointer, f"`{key}` is missing: add `{key}{example}`{where}. {about}".strip()))
    return found


def _type(pointer: Pointer, instance: Any, rule: Mapping[str, Any]) -> list[Problem]:
    wanted = _NAMES[rule["type"]]
    if instance is None:
        return [Problem(pointer, f"{name(pointer)} is empty: give it a value ({wanted}), or remove it")]
    message = f"{name(pointer)} must be {wanted}, not {_kind(instance)}"
    if rule["type"] == "string" and isinstance(instance, int | float):
        # YAML has read `1.30` as 1.3 by now, so what was written cannot be repeated here.
        message += ": put it in quotes"
    elif rule["type"] == "array" and isinstance(instance, str):
        message += f": write `[{instance}]`"
    elif rule["type"] == "object" and isinstance(instance, list):
        message += ": remove the dashes"
    return [Problem(pointer, message)]


def _enum(pointer: Pointer, instance: Any, rule: Mapping[str, Any]) -> list[Problem]:
    choices = ", ".join(rule["enum"])
    near = closest(instance, rule["enum"]) if isinstance(instance, str) else None
    hint = f"did you mean `{near}`? It is one of {choices}" if near else f"it is one of {choices}"
    return [Problem(pointer, f"{name(pointer)} is {_shown(instance)}: {hint}")]


def _const(pointer: Pointer, instance: Any, rule: Mapping[str, Any]) -> list[Problem]:
    return [Problem(pointer, f"{name(pointer)} is {_shown(instance)}: this release reads {rule['const']}")]


def _described(pointer: Pointer, instance: Any, rule: Mapping[str, Any]) -> list[Problem]:
    return [Problem(pointer, f"{name(pointer)} is {_shown(instance)}, which is not understood. {rule['description']}")]


def wrong_name(text: str) -> str | None:
    """Say what is wrong with `text` as the name of an environment; None if nothing is."""
    import re  # noqa: PLC0415 - keeps the schema the only place of the pattern

    rule = schema()["definitions"]["environmentName"]
    if text in rule["not"]["enum"]:
        return f"`{text}` cannot name an environment: it is a word of the command line (`promote {text}`)"
    if not re.search(rule["pattern"], text):
        return f"{_shown(text)} cannot name an environment. {rule['description']}"
    return None


def _bounds(pointer: Pointer, instance: Any, rule: Mapping[str, Any]) -> list[Problem]:
    low, high = rule["minimum"], rule["maximum"]
    return [Problem(pointer, f"{name(pointer)} is {_shown(instance)}: it is from {low} to {high}")]


def _too_few(pointer: Pointer, _instance: Any, _rule: Mapping[str, Any]) -> list[Problem]:
    return [Problem(pointer, f"{name(pointer)} is empty: give it a value, or remove it")]


def _too_long(pointer: Pointer, _instance: Any, rule: Mapping[str, Any]) -> list[Problem]:
    return [Problem(pointer, f"{name(pointer)} is longer than {rule['maxLength']} characters")]


def _repeated(pointer: Pointer, instance: Any, _rule: Mapping[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    seen: set[str] = set()
    for index, value in enumerate(instance):
        text = json.dumps(value, sort_keys=True)
        if text in seen and len(found) < ENOUGH:
            found.append(Problem((*pointer, index), f"{name(pointer)} has {_shown(value)} twice: remove one"))
        seen.add(text)
    return found


def _kind(instance: Any) -> str:
    for kind, known in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(instance, kind):
            return _NAMES[known]
    return _NAMES["object"]


def _shown(instance: Any) -> str:
    text = instance if isinstance(instance, str) else json.dumps(instance)
    text = text.replace("\n", " ").replace("`", "'")
    return f"`{text[:60]}…`" if len(text) > 60 else f"`{text}`"  # noqa: PLR2004 - what fits in a line


_EXPLAIN: Final[Mapping[str, Callable[[Pointer, Any, Mapping[str, Any]], list[Problem]]]] = {
    "additionalProperties": _unknown,
    "required": _missing,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _described,
    "minimum": _bounds,
    "maximum": _bounds,
    "minItems": _too_few,
    "minLength": _too_few,
    "maxLength": _too_long,
    "uniqueItems": _repeated,
}
