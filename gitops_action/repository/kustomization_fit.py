"""What in a kustomization does not fit the types of its fields, so that kustomize refuses it.

It decodes with Go's encoding/json (types/kustomization.go: Unmarshal): null fits everything, names may be in any case, and no
value becomes another by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_action.records import dataclass
from gitops_action.repository.kustomization_types import KUSTOMIZATION, Fields, ListOf, MapOf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.model import JSONValue, Pointer
    from gitops_action.repository.kustomization_types import Type


@dataclass(frozen=True, slots=True)
class Unfit:
    """A value that does not fit, or with `key` the key there.

    `unknown` is the name of a field that there is none of, and `known` those that there are.
    """

    pointer: Pointer
    message: str
    key: bool = False
    unknown: str = ""
    known: tuple[str, ...] = ()


def unfit(value: JSONValue, wanted: Type = KUSTOMIZATION, pointer: Pointer = ()) -> Iterator[Unfit]:
    """Yield what in a kustomization kustomize does not decode, in order; no message shows a value."""
    if value is None or wanted == "anything":
        return
    if isinstance(wanted, ListOf) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from unfit(item, wanted.item, (*pointer, index))
    elif isinstance(wanted, MapOf) and isinstance(value, dict):
        for name, item in value.items():
            yield from unfit(item, wanted.item, (*pointer, name))
    elif isinstance(wanted, Fields) and isinstance(value, dict):
        known = {name.casefold(): one for name, one in wanted.of.items()}
        for name, item in value.items():
            found = known.get(name.casefold())
            if found is None:
                message = f"there is no field `{_path((*pointer, name))}` in a kustomization"
                yield Unfit((*pointer, name), message, key=True, unknown=name, known=tuple(wanted.of))
            else:
                yield from unfit(item, found, (*pointer, name))
    elif not _fits(value, wanted):
        message = f"`{_path(pointer)}` must be {_noun(wanted)}, not {_found(value)}{_advice(value, wanted)}"
        # Of what begins on a line below its key, the key is what is wrong.
        yield Unfit(pointer, message, key=isinstance(value, dict | list) and isinstance((pointer or (0,))[-1], str))


def _fits(value: JSONValue, wanted: Type) -> bool:
    match wanted:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            # YAML's 1.0 comes to be 1 in JSON.
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            return whole and not isinstance(value, bool)
        case _:
            return False


def _noun(wanted: Type) -> str:
    match wanted:
        case ListOf():
            return "a list"
        case MapOf() | Fields():
            return "a mapping"
        case "integer":
            return "a whole number"
    return f"a {wanted}"


def _found(value: JSONValue) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
    return "a mapping"


def _advice(value: JSONValue, wanted: Type) -> str:
    """Say what to do, where it is plain what was meant."""
    match wanted, value:
        case "string", bool() | int() | float():
            what = "word" if isinstance(value, bool) else "text"
            advice = f"YAML reads this {what} as one; put it in quotes"
        case (("integer" | "boolean"), str()) if value.lstrip("-").isdigit() or value in {"true", "false"}:
            advice = "take the quotes away"
        case ListOf(), str():
            advice = "begin each entry with `- ` on a line of its own"
        case ListOf(), dict():
            advice = "begin each entry with `- `"
        case Fields(), str() if wanted.hint:
            advice = f"write `{wanted.hint}`"
        case _:
            return ""
    return f": {advice}"


def _path(pointer: Pointer) -> str:
    text = ""
    for part in pointer:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text if text.isprintable() else ascii(text)[1:-1]
