"""Hides, in a live object, what Git does not know of it: where placeholders stand, the cluster may have a Secret's values."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gitops_action.diff.lists import is_keyed, pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops_action.model import Manifest, Pointer


def veiled(live: Mapping[str, Any], manifest: Manifest | None) -> Mapping[str, Any]:
    """Return a live object with the placeholders of `manifest` in place of the values that they stand for.

    Items of lists are found by their keys. Where it is not certain which item is meant, the whole list is replaced.
    """
    if manifest is None or not manifest.unknown:
        return live
    result: dict[str, Any] = copy.deepcopy(dict(live))
    for pointer in sorted(manifest.unknown, key=repr):
        _veil(result, *_as_sent(manifest.value, pointer))
    return result


def _as_sent(value: Mapping[str, Any], pointer: Pointer) -> tuple[Any, Pointer]:
    """Return an object and a pointer as the server has them: what is in `stringData` comes to be in `data`."""
    if value.get("kind") == "Secret" and pointer[:1] == ("stringData",):
        return {"data": value["stringData"]}, ("data", *pointer[1:])
    return value, pointer


def _veil(live: Any, guide: Any, pointer: Pointer) -> None:
    holder: Any = None
    place: Any = None
    field = ""
    for part in pointer:
        if isinstance(guide, Mapping) and isinstance(live, dict):
            if part not in live:
                return
            holder, place, field = live, part, str(part)
        elif isinstance(guide, list) and isinstance(live, list) and isinstance(part, int):
            index = _index(field, guide, live, part)
            if index is None:
                return
            if index < 0:
                break
            holder, place = live, index
        else:
            break
        live, guide = holder[place], guide[part]
    if holder is not None:
        holder[place] = copy.deepcopy(guide)


def _index(field: str, guide: Sequence[Any], live: Sequence[Any], index: int) -> int | None:
    """Return where an item of one list is in another; None if it is not there, -1 if that cannot be told."""
    if not is_keyed(field, guide, live):
        return index if len(guide) == len(live) else -1
    return next((one.after for one in pair(field, guide, live) if one.before == index), None)
