"""Lists whose items are told apart by a key, or may not occur twice: `x-kubernetes-list-type: map` and `set`.

A custom resource with such an item twice is refused when it is created, see
https://github.com/kubernetes/apiextensions-apiserver/tree/master/pkg/apiserver/schema/listtype. A built-in object is
refused by server-side apply only, see https://github.com/kubernetes-sigs/structured-merge-diff (typed/helpers.go);
where create refuses it as well, a rule of its own says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.records import dataclass
from gitops_action.validate.problems import path_text, value_at
from gitops_action.validate.rules.metadata import embedded

if TYPE_CHECKING:
    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

    _Place: TypeAlias = tuple[Pointer, tuple[str, ...] | None]

_TYPE: Final = "x-kubernetes-list-type"
_KEYS: Final = "x-kubernetes-list-map-keys"
_EMBEDDED: Final = "x-kubernetes-embedded-resource"
# What the server sets; metadata, but for that of the object itself; and the schemas inside of definitions, which are deep
# and large. No one writes an item of theirs twice, and to look at all of it takes time.
_PASSED_OVER: Final = ("Status", "ObjectMeta", "JSONSchemaProps")
_METADATA: Final = "metadata"


@dataclass(slots=True)
class Keyed:
    """What of a schema leads to lists with keys, and nothing else of it.

    `kind` is "map", "set" or "" for the list itself; `keys` are those of its items, with `defaults` for absent ones.
    `embedded` marks an object within a custom resource.
    """

    fields: dict[str, Keyed] = field(default_factory=dict)
    others: Keyed | None = None
    items: Keyed | None = None
    kind: str = ""
    keys: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    embedded: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.fields or self.others or self.items or self.kind or self.embedded)


_NOTHING: Final = Keyed()
_INNER: Final = ("properties", "additionalProperties", "items", _TYPE)


def of_structural(schema: Mapping[str, Any]) -> Keyed | None:
    """Return what a custom resource's structural schema says of lists; None if nothing. What is no schema says nothing."""
    properties = {name: part for name, part in _mapping(schema, "properties").items() if name != _METADATA}
    return _structural({**schema, "properties": properties}) or None


def of_definition(name: str, definitions: Callable[[str], Mapping[str, Any]]) -> Keyed | None:
    """Return what the OpenAPI definition of a built-in kind says of lists; `$ref` names another definition."""
    return _open_api(definitions).kind(name) or None


def twice(check: Check, value: Mapping[str, Any], keyed: Keyed) -> None:
    """Check an object's lists (ValidateListSetsAndMaps for a custom resource); nulls are passed over."""
    for at, keys in _found(keyed, value):
        if keys is None:
            embedded(check, value_at(value, at), at)
        elif check.kind.built_in:
            _conflict(check, value, at, keys)
        elif len(keys) > 1:
            check.wrong("duplicate-item", at, f"{path_text(at)} has the same {' and '.join(keys)} as another item")
        else:
            place = (*at, *keys)
            check.duplicate(place, value_at(value, place))


def _conflict(check: Check, value: Mapping[str, Any], at: Pointer, keys: Sequence[str]) -> None:
    """Note what server-side apply refuses, unless it is known that create refuses it too."""
    place = (*at, *keys[:1])
    for problem in check.problems:
        if problem.code == "duplicate-item" and problem.pointer[: len(at)] == at:
            return
    what = f"{path_text(at)} has the same {' and '.join(keys)} as another item"
    if len(keys) < 2:  # noqa: PLR2004 - one key is worth showing
        what = f"{path_text(place)} is there twice: {check.shown(value_at(value, place))}"
    check.wrong("apply-conflict", place, f"{what}; server-side apply refuses that")


def _found(keyed: Keyed, value: Any) -> Sequence[_Place]:
    """Return each item that is there for the second time and its keys, and each embedded object and None."""
    found: Sequence[_Place] = ()
    if value.__class__ is dict:
        fields, others = keyed.fields, keyed.others
        if keyed.embedded:
            found = [((), None)]
        # Few of the fields that lead to lists are written as a rule, or few of those written lead to lists.
        for name in fields if others is None and len(fields) < len(value) else value:
            part = value.get(name)
            if part and (inner := fields.get(name, others)) is not None and (below := _found(inner, part)):
                found = [*found, *(((name, *at), keys) for at, keys in below)]
    elif value.__class__ is list:
        if keyed.kind and len(value) > 1:
            found = [((index,), keyed.keys) for index in _repeated(keyed, value)]
        if keyed.items is not None:
            for index, part in enumerate(value):
                if below := _found(keyed.items, part):
                    found = [*found, *(((index, *at), keys) for at, keys in below)]
    return found


def _repeated(keyed: Keyed, items: Sequence[Any]) -> Sequence[int]:
    """Return the index of the second of each few equal items."""
    if _are_plainly_different(keyed, items):
        return ()
    seen: dict[Any, int] = {}
    repeated = []
    for index, item in enumerate(items):
        identity = _identity(keyed, item)
        # Null and absent keys are another rule's to say.
        if identity is not None:
            count = seen[identity] = seen.get(identity, 0) + 1
            if count == 2:  # noqa: PLR2004 - the others would only say it again
                repeated.append(index)
    return repeated


def _are_plainly_different(keyed: Keyed, items: Sequence[Any]) -> bool:
    """Tell it of almost all lists, at little cost; of mappings in sets, and where something is null, it cannot be told."""
    keys, defaults = keyed.keys, keyed.defaults
    try:
        if len(keys) == 1:
            key, default = keys[0], defaults.get(keys[0])
            different = {item.get(key, default) for item in items}
        elif keys:
            different = {tuple([item.get(key) or defaults.get(key) for key in keys]) for item in items}
        else:
            different = set(items)
    except (AttributeError, TypeError):
        return False
    return len(different) == len(items)


def _identity(keyed: Keyed, item: Any) -> Any:
    if keyed.kind == "set":
        return _comparable(item)
    if not isinstance(item, dict):
        return None
    parts = tuple([_comparable(item.get(key, keyed.defaults.get(key))) for key in keyed.keys])
    return None if None in parts else parts


def _comparable(value: Any) -> Any:
    """Return something that can be compared as JSON is, where 1 is not true."""
    if value is None or value.__class__ is str:
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, default=str), list
    return value, value.__class__


def _structural(schema: Mapping[str, Any]) -> Keyed:
    if not schema:
        return Keyed()
    keyed = Keyed(
        {
            name: inner
            for name, part in _mapping(schema, "properties").items()
            if isinstance(part, Mapping) and (inner := _structural(part))
        },
        _structural(_mapping(schema, "additionalProperties")) or None,
        _structural(_mapping(schema, "items")) or None,
        embedded=schema.get(_EMBEDDED) is True,
    )
    _add_keys(keyed, schema)
    return keyed


def _mapping(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = schema.get(name)
    return part if isinstance(part, Mapping) else {}


def _add_keys(keyed: Keyed, schema: Mapping[str, Any]) -> None:
    keys = schema.get(_KEYS)
    if schema.get(_TYPE) == "set":
        keyed.kind = "set"
    elif schema.get(_TYPE) == "map" and isinstance(keys, list) and keys and all(isinstance(key, str) for key in keys):
        keyed.kind, keyed.keys = "map", tuple(keys)


@cache
def _open_api(definitions: Callable[[str], Mapping[str, Any]]) -> _OpenApi:
    """Keep what was read: kinds share most of their parts."""
    return _OpenApi(definitions)


class _OpenApi:
    """Reads definitions, each once. Where one contains itself, the inner one is not followed."""

    def __init__(self, definitions: Callable[[str], Mapping[str, Any]]) -> None:
        self._definitions = definitions
        self._known: dict[str, Keyed] = {}

    def kind(self, name: str) -> Keyed:
        keyed = self.definition(name)
        metadata = _mapping(_mapping(self._definitions(name), "properties"), _METADATA).get("$ref")
        if metadata and (inner := self._schema(self._definitions(metadata))):
            return replace(keyed, fields={**keyed.fields, _METADATA: inner})
        return keyed

    def definition(self, name: str) -> Keyed:
        if name not in self._known:
            self._known[name] = Keyed()
            if not name.endswith(_PASSED_OVER):
                self._known[name] = self._schema(self._definitions(name))
        return self._known[name]

    def _schema(self, schema: Mapping[str, Any]) -> Keyed:
        if "$ref" in schema:
            return self.definition(schema["$ref"])
        if schema.keys().isdisjoint(_INNER):
            return _NOTHING
        items = _mapping(schema, "items")
        keyed = Keyed(
            {name: inner for name, part in _mapping(schema, "properties").items() if (inner := self._schema(part))},
            self._schema(_mapping(schema, "additionalProperties")) or None,
            self._schema(items) or None,
        )
        _add_keys(keyed, schema)
        if keyed.kind == "map":
            target = self._definitions(items["$ref"]) if "$ref" in items else items
            fields = _mapping(target, "properties")
            keyed.defaults = {key: fields[key]["default"] for key in keyed.keys if "default" in _mapping(fields, key)}
        return keyed
