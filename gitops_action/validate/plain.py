"""Makes a value fit for JSON, and names what was not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import Problem, path_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitops_action.model import Pointer

_DEPTH: Final = 200


def plain(value: object) -> tuple[Any, list[Problem]]:
    """Return a copy that any JSON library takes, and a problem for each value that had to be replaced.

    Loaded YAML never has such values; this is for what is made in other ways, and for whatever is overlooked.
    """
    wrong: list[Problem] = []
    return _plain(value, (), wrong), wrong


def _plain(value: object, pointer: Pointer, wrong: list[Problem]) -> Any:
    def replace(reason: str, substitute: Any) -> Any:
        wrong.append(Problem("wrong-type", pointer, f"{path_text(pointer) or 'the object'} {reason}"))
        return substitute

    if len(pointer) > _DEPTH:
        wrong.append(Problem("wrong-type", pointer[:3], f"{path_text(pointer[:3])} is nested too deeply"))
        return None
    if isinstance(value, Mapping):
        if any(not isinstance(key, str) for key in value):
            replace("has a key that is no string", None)
        return {_text(str(key)): _plain(part, (*pointer, str(key)), wrong) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part, (*pointer, index), wrong) for index, part in enumerate(value)]
    if isinstance(value, str):
        return value if _text(value) == value else replace("is not valid Unicode", "")
    if value is None or (isinstance(value, bool | int | float) and math.isfinite(value)):
        return value
    shown = value if isinstance(value, float) else f"a {type(value).__name__}"
    return replace(f"is {shown}, which JSON has not", 0 if isinstance(value, float) else "")


def _text(text: str) -> str:
    """Replace lone surrogates, which no encoding has."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def without(value: Mapping[str, Any], pointers: Iterable[Pointer]) -> Mapping[str, Any]:
    """Return the object with None at each of `pointers`; what is not there is left so. `value` itself stays as it is."""
    result: Any = value
    for pointer in pointers:
        result = _without(result, pointer)
    changed: Mapping[str, Any] = result if isinstance(result, dict) else {}
    return value if result is value else changed


def _without(value: Any, pointer: Pointer) -> Any:
    if not pointer:
        return None
    part, rest = pointer[0], pointer[1:]
    if isinstance(value, dict) and part in value:
        return {**value, part: _without(value[part], rest)}
    if isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
        return [*value[:part], _without(value[part], rest), *value[part + 1 :]]
    return value
