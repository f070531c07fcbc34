"""Which elements of three versions of a list belong together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gitops_action.diff.lists import keys_of

# Lists of a kustomization whose elements are paths or settings of their own: a set, in an order that is kept.
_SETS: Final = frozenset(
    {
        *("resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators"),
        *("patchesStrategicMerge", "patchesJson6902", "replacements", "vars", "openapi", "buildMetadata", "labels"),
        *("files", "envs", "literals"),
    }
)


def labels(field: str, lists: Sequence[Sequence[Any]], *, kustomization: bool) -> list[dict[str, int]] | None:
    """Return for each list its elements' labels and indices; None where the lists can only be taken as a whole."""
    if kustomization and field == "patches":
        return _all(lists, _patch)
    if kustomization and field in _SETS:
        return _all(lists, _itself)
    for keys in keys_of(field):
        found = _all(lists, lambda item, keys=keys: _keyed(item, keys))
        if found is not None:
            return found
    return None


def _all(lists: Sequence[Sequence[Any]], label: Any) -> list[dict[str, int]] | None:
    result = []
    for items in lists:
        names = [label(item) for item in items]
        if None in names or len(set(names)) != len(names):
            return None
        result.append({name: index for index, name in enumerate(names)})
    return result


def _keyed(item: Any, keys: tuple[str, ...]) -> str | None:
    if not isinstance(item, Mapping):
        return None
    values = [item.get(key) for key in keys]
    if not isinstance(values[0], str | int) or isinstance(values[0], bool):
        return None
    return ",".join(f"{key}={value}" for key, value in zip(keys, values, strict=True) if value is not None)


def _itself(item: Any) -> str | None:
    return item if isinstance(item, str) else json.dumps(item, sort_keys=True)


def _patch(item: Any) -> str | None:
    if not isinstance(item, Mapping):
        return None
    if isinstance(item.get("path"), str):
        return f"path={item['path']}"
    return f"target={json.dumps(item.get('target'), sort_keys=True)}"
