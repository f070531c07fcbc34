"""Which elements of two lists belong together: by their associative key where the list is a map in disguise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from gitops_action.records import dataclass

# The keys by which the API server merges its lists (`x-kubernetes-list-map-keys` of the built-in types); where the
# first alone is unique it is enough, since the second has a default.
_KEYS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "volumeMounts": (("mountPath",), ("mountPath", "subPath")),
    "volumeDevices": (("devicePath",),),
    "ports": (("containerPort",), ("containerPort", "protocol"), ("port",), ("port", "protocol"), ("name",)),
    "hostAliases": (("ip",),),
    "topologySpreadConstraints": (("topologyKey",), ("topologyKey", "whenUnsatisfiable")),
    "conditions": (("type",),),
    "ownerReferences": (("uid",),),
}
_BY_NAME: Final = (("name",),)

# Beyond this many pairs of elements the longest common subsequence is not looked for: elements pair by place.
_MAX_PAIRS: Final = 250_000


@dataclass(frozen=True, slots=True)
class Pair:
    """Two elements that belong together. `label` is what stands in brackets in a path; an index is None if absent."""

    label: str
    before: int | None
    after: int | None


def keys_of(field: str) -> tuple[tuple[str, ...], ...]:
    """Return the keys by which elements of the list `field` may be told apart, the first that fits counts."""
    return _KEYS.get(field, _BY_NAME)


def pair(field: str, before: Sequence[Any], after: Sequence[Any]) -> list[Pair]:
    """Pair the elements of the list `field`: by associative key, else as the shortest edit of the list."""
    for keys in keys_of(field):
        left, right = _labels(before, keys), _labels(after, keys)
        if left is not None and right is not None:
            return _by_label(left, right)
    return _by_place(before, after)


def is_keyed(field: str, before: Sequence[Any], after: Sequence[Any]) -> bool:
    """Whether `pair` goes by keys, so that the order of elements can change on its own."""
    return any(_labels(before, keys) is not None and _labels(after, keys) is not None for keys in keys_of(field))


def _labels(items: Sequence[Any], keys: tuple[str, ...]) -> dict[str, int] | None:
    """Return each element's label and index; None unless all are mappings with those keys, and unique."""
    labels: dict[str, int] = {}
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            return None
        values = [item.get(key) for key in keys]
        if not isinstance(values[0], str | int) or isinstance(values[0], bool):
            return None
        label = ",".join(f"{key}={value}" for key, value in zip(keys, values, strict=True) if value is not None)
        if label in labels:
            return None
        labels[label] = index
    return labels


def _by_label(before: Mapping[str, int], after: Mapping[str, int]) -> list[Pair]:
    kept = [Pair(label, index, after.get(label)) for label, index in before.items()]
    return kept + [Pair(label, None, index) for label, index in after.items() if label not in before]


def _by_place(before: Sequence[Any], after: Sequence[Any]) -> list[Pair]:
    if len(before) == len(after) or len(before) * len(after) > _MAX_PAIRS:
        blocks = [("replace", 0, len(before), 0, len(after))]
    else:
        matcher = SequenceMatcher(
            None, [_frozen(item) for item in before], [_frozen(item) for item in after], autojunk=False
        )
        blocks = list(matcher.get_opcodes())
    pairs: list[Pair] = []
    for _, start, end, new_start, new_end in blocks:
        for offset in range(max(end - start, new_end - new_start)):
            old = start + offset if start + offset < end else None
            new = new_start + offset if new_start + offset < new_end else None
            pairs.append(Pair(str(new if new is not None else old), old, new))
    return pairs


def _frozen(value: Any) -> Any:
    """Return a hashable stand-in, equal exactly where the values are."""
    if isinstance(value, Mapping):
        return ("map", tuple(sorted((key, _frozen(item)) for key, item in value.items())))
    if isinstance(value, list | tuple):
        return ("list", tuple(_frozen(item) for item in value))
    return (type(value).__name__, value)
