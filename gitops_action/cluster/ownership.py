"""Who owns which field of a live object, as `managedFields` has it.

The format: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management, and FieldsV1 of
https://github.com/kubernetes-sigs/structured-merge-diff/blob/master/fieldpath/serialize.go.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster.fields import child
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from gitops_action.model import Pointer

_APPLY: Final = "Apply"
# Who deploys what is in Git, by the name it applies with.
DEPLOYERS: Final = ("kustomize-controller", "gitops-action", "argocd-controller", "helm-controller", "kubectl")


@dataclass(frozen=True, slots=True)
class Manager:
    """One owner. `subresource` is that through which it wrote, such as `scale`; `applies` tells server-side apply."""

    name: str
    subresource: str = ""
    applies: bool = False


def managers(live: Mapping[str, Any]) -> Iterator[tuple[Manager, Mapping[str, Any]]]:
    """Yield each manager with the set of fields it owns."""
    metadata = live.get("metadata")
    listed = metadata.get("managedFields") if isinstance(metadata, Mapping) else None
    for entry in listed if isinstance(listed, list) else ():
        fields = entry.get("fieldsV1") if isinstance(entry, Mapping) else None
        if isinstance(fields, Mapping):
            name, subresource = str(entry.get("manager", "")), str(entry.get("subresource", ""))
            yield Manager(name, subresource, entry.get("operation") == _APPLY), fields


def deployer(live: Mapping[str, Any]) -> str | None:
    """Return the name under which the object is applied, None if nobody known applies it."""
    found = {manager.name for manager, _ in managers(live) if manager.applies and not manager.subresource}
    return next((name for name in DEPLOYERS if name in found), None)


def owners(live: Mapping[str, Any], pointer: Pointer) -> list[Manager]:
    """Return who owns the value at `pointer`, or one that it is in."""
    return [manager for manager, fields in managers(live) if _owns(fields, live, pointer)]


def _owns(fields: Mapping[str, Any], value: Any, pointer: Pointer) -> bool:
    if not pointer:
        return True
    for inner, part in _children(fields, value):
        if part == pointer[0]:
            # A field without fields of its own is owned with all that is in it.
            return not inner or _owns(inner, child(value, part), pointer[1:])
    return False


def pointers(live: Mapping[str, Any], wanted: Callable[[Manager], bool]) -> list[Pointer]:
    """Return the values in `live` that only managers own who are wanted."""
    mine = {pointer for manager, fields in managers(live) if wanted(manager) for pointer in _leaves(fields, live, ())}
    others = {
        pointer for manager, fields in managers(live) if not wanted(manager) for pointer in _leaves(fields, live, ())
    }
    return sorted(mine - others, key=repr)


def _leaves(fields: Mapping[str, Any], value: Any, at: Pointer) -> Iterator[Pointer]:
    for inner, part in _children(fields, value):
        below = (*at, part)
        if any(key != "." for key in inner):
            yield from _leaves(inner, child(value, part), below)
        else:
            yield below


def _children(fields: Mapping[str, Any], value: Any) -> Iterator[tuple[Mapping[str, Any], str | int]]:
    for key, inner in fields.items():
        kind, _, rest = key.partition(":")
        if not isinstance(inner, Mapping) or kind == ".":
            continue
        if kind == "f":
            yield inner, rest
        elif isinstance(value, list) and kind in {"k", "v"}:
            for index, item in enumerate(value):
                if _matches(kind, rest, item):
                    yield inner, index
                    break


def _matches(kind: str, text: str, item: Any) -> bool:
    try:
        told = json.loads(text)
    except ValueError:
        return False
    if kind == "v":
        return bool(told == item)
    return isinstance(item, Mapping) and isinstance(told, Mapping) and all(item.get(k) == v for k, v in told.items())


def is_applied(live: Mapping[str, Any], sent: Mapping[str, Any], manager: str) -> bool:
    """Whether the live object is what `manager` would make of it by applying `sent`: nothing would change.

    True only if that is certain: the manager owns exactly the fields of `sent`, and all have the same values in the same
    order. A value that the server writes in another way (a quantity) makes it False.
    """
    entries = [fields for owner, fields in managers(live) if owner == Manager(manager, applies=True)]
    rest = _unidentified(sent)
    # Who sets nothing owns nothing, and is not listed.
    return not entries if not rest else len(entries) == 1 and _is_same(entries[0], live, rest)


def _unidentified(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without what identifies it, which nobody owns."""
    rest = {key: value for key, value in sent.items() if key not in {"apiVersion", "kind"}}
    metadata = rest.get("metadata")
    if isinstance(metadata, Mapping):
        left = {key: value for key, value in metadata.items() if key not in {"name", "namespace"}}
        rest = {**rest, "metadata": left} if left else {key: rest[key] for key in rest if key != "metadata"}
    return rest


def _is_same(fields: Mapping[str, Any], live: Any, sent: Any) -> bool:
    inner = {key: child for key, child in fields.items() if key != "."}
    if not inner:
        return type(live) is type(sent) and bool(live == sent)
    if isinstance(sent, Mapping) and isinstance(live, Mapping):
        return {f"f:{key}" for key in sent} == inner.keys() and all(
            key in live and _is_same(inner[f"f:{key}"], live[key], value) for key, value in sent.items()
        )
    if isinstance(sent, list) and isinstance(live, list):
        return len(inner) == len(sent) and _are_same(inner, live, sent)
    return False


def _are_same(fields: Mapping[str, Any], live: list[Any], sent: list[Any]) -> bool:
    """Compare the items of a list that the server tells apart by keys or values; their order counts."""
    last = -1
    places = {part: child for child, part in _children(fields, live) if isinstance(part, int)}
    for item in sent:
        place = next((i for i in sorted(places) if i > last and _is_item(live[i], item)), None)
        if place is None or not _is_same(places[place], live[place], item):
            return False
        last = place
    return True


def _is_item(live: Any, sent: Any) -> bool:
    if isinstance(live, Mapping) and isinstance(sent, Mapping):
        return all(
            key in live and (isinstance(value, Mapping | list) or live[key] == value) for key, value in sent.items()
        )
    return bool(live == sent)


def with_values_of(source: Mapping[str, Any], target: Mapping[str, Any], at: list[Pointer]) -> dict[str, Any]:
    """Return `target` with what `source` has at each pointer, absence included, so that they do not differ there."""
    result: dict[str, Any] = copy.deepcopy(dict(target))
    for pointer in at:
        if pointer:
            _copy(source, result, pointer)
    return result


def _copy(source: Any, target: Any, pointer: Pointer) -> None:
    for part in pointer[:-1]:
        source, target = child(source, part), child(target, part)
    last = pointer[-1]
    if isinstance(target, dict) and isinstance(source, Mapping):
        if last in source:
            target[last] = copy.deepcopy(source[last])
        else:
            target.pop(last, None)
    elif isinstance(target, list) and isinstance(source, list) and isinstance(last, int):
        target[last : last + 1] = copy.deepcopy(source[last : last + 1])
