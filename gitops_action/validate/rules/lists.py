"""Lists whose items are told apart by a key, or may not occur twice: `x-kubernetes-list-type: map` and `set`.

A custom resource with such an item twice is refused when it is created, see
https://github.com/kubernetes/apiextensions-apiserver/tree/master/pkg/apiserver/schema/listtype. A built-in object is
refused by server-side apply only, see https://github.com/kubernetes-sigs/structured-merge-diff (typed/helpers.go);
where create refuses it as well, a rule of its own says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.problems import path_text
from gitops_action.validate.rules.metadata import embedded_meta

if TYPE_CHECKING:
    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_TYPE: Final = "x-kubernetes-list-type"
_KEYS: Final = "x-kubernetes-list-map-keys"
_EMBEDDED: Final = "x-kubernetes-embedded-resource"
# The schemas inside of CustomResourceDefinitions are deep and large, and no one writes a rule of theirs twice.
_PASSED_OVER: Final = "JSONSchemaProps"
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


def of_structural(schema: Mapping[str, Any]) -> Keyed | None:
    """Return what a custom resource's structural schema says of lists; None if nothing."""
    properties = {name: part for name, part in schema.get("properties", {}).items() if name != _METADATA}
    return _structural({**schema, "properties": properties}) or None


def of_definition(name: str, definitions: Callable[[str], Mapping[str, Any]]) -> Keyed | None:
    """Return what the OpenAPI definition of a built-in kind says of lists; `$ref` names another definition."""
    return _OpenApi(definitions).definition(name) or None


def twice(check: Check, value: Mapping[str, Any], keyed: Keyed) -> None:
    """Check an object's lists (ValidateListSetsAndMaps for a custom resource); nulls are passed over."""
    for at, keys in _found(keyed, value):
        if keys is None:
            embedded_meta(check, _at(value, at), at)
        elif check.kind.built_in:
            _conflict(check, value, at, keys)
        elif len(keys) > 1:
            check.wrong("duplicate-item", at, f"{path_text(at)} has the same {' and '.join(keys)} as another item")
        else:
            place = (*at, *keys)
            check.duplicate(place, _at(value, place))


def _conflict(check: Check, value: Mapping[str, Any], at: Pointer, keys: Sequence[str]) -> None:
    """Note what server-side apply refuses, unless it is known that create refuses it too."""
    place = (*at, *keys[:1])
    for problem in check.problems:
        if problem.code == "duplicate-item" and problem.pointer[: len(at)] == at:
            return
    what = f"{path_text(at)} has the same {' and '.join(keys)} as another item"
    if len(keys) < 2:  # noqa: PLR2004 - one key is worth showing
        what = f"{path_text(place)} is there twice: {check.shown(_at(value, place))}"
    check.wrong("apply-conflict", place, f"{what}; server-side apply refuses that")


def _found(keyed: Keyed, value: Any) -> Iterator[tuple[Pointer, tuple[str, ...] | None]]:
    """Yield each item that is there for the second time and its keys, and each embedded object's metadata and None."""
    if isinstance(value, dict):
        if keyed.embedded and isinstance(value.get(_METADATA), dict):
            yield (_METADATA,), None
        yield from _found_in_fields(keyed, value)
    elif isinstance(value, list):
        if keyed.kind and len(value) > 1:
            for index in _repeated(keyed, value):
                yield (index,), keyed.keys
        if keyed.items is not None:
            for index, part in enumerate(value):
                for at, keys in _found(keyed.items, part):
                    yield (index, *at), keys


def _found_in_fields(keyed: Keyed, value: Mapping[str, Any]) -> Iterator[tuple[Pointer, tuple[str, ...] | None]]:
    fields, others = keyed.fields, keyed.others
    for name, part in value.items():
        inner = fields.get(name, others)
        if inner is not None and part:
            for at, keys in _found(inner, part):
                yield (name, *at), keys


def _repeated(keyed: Keyed, items: Sequence[Any]) -> Iterator[int]:
    """Yield the index of the second of several equal items."""
    seen: dict[Any, int] = {}
    for index, item in enumerate(items):
        identity = _identity(keyed, item)
        if identity is not None:
            count = seen[identity] = seen.get(identity, 0) + 1
            if count == 2:  # noqa: PLR2004 - once for all that follow
                yield index


def _identity(keyed: Keyed, item: Any) -> Any:
    """Return what tells an item apart; None if that is null or absent, which is another rule's to say."""
    if keyed.kind == "set":
        return _comparable(item)
    if not isinstance(item, dict):
        return None
    if len(keyed.keys) == 1:
        key = keyed.keys[0]
        return _comparable(item.get(key, keyed.defaults.get(key)))
    parts = tuple([_comparable(item.get(key, keyed.defaults.get(key))) for key in keyed.keys])
    return None if None in parts else parts


def _comparable(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, default=str), list
    return value, type(value)


def _at(value: Any, pointer: Pointer) -> Any:
    for part in pointer:
        if isinstance(value, dict) and part not in value:
            return None
        value = value[part]
    return value


def _structural(schema: Any) -> Keyed:
    if not isinstance(schema, Mapping):
        return Keyed()
    items, others = schema.get("items"), schema.get("additionalProperties")
    properties = schema.get("properties") or {}
    keyed = Keyed(
        {name: inner for name, part in properties.items() if (inner := _structural(part))},
        (_structural(others) or None) if isinstance(others, Mapping) else None,
        (_structural(items) or None) if isinstance(items, Mapping) else None,
        embedded=bool(schema.get(_EMBEDDED)),
    )
    _add_keys(keyed, schema)
    return keyed


def _add_keys(keyed: Keyed, schema: Mapping[str, Any]) -> None:
    if schema.get(_TYPE) == "set":
        keyed.kind = "set"
    elif schema.get(_TYPE) == "map" and schema.get(_KEYS):
        keyed.kind, keyed.keys = "map", tuple(schema[_KEYS])


class _OpenApi:
    """Reads definitions, each once. Where one contains itself, the inner one is not followed."""

    def __init__(self, definitions: Callable[[str], Mapping[str, Any]]) -> None:
        self._definitions = definitions
        self._known: dict[str, Keyed] = {}

    def definition(self, name: str) -> Keyed:
        if name not in self._known:
            self._known[name] = Keyed()
            if not name.endswith(_PASSED_OVER):
                self._known[name] = self._schema(self._definitions(name))
        return self._known[name]

    def _schema(self, schema: Mapping[str, Any]) -> Keyed:
        if "$ref" in schema:
            return self.definition(schema["$ref"])
        items, others = schema.get("items"), schema.get("additionalProperties")
        keyed = Keyed(
            {name: inner for name, part in schema.get("properties", {}).items() if (inner := self._schema(part))},
            (self._schema(others) or None) if isinstance(others, Mapping) else None,
            (self._schema(items) or None) if isinstance(items, Mapping) else None,
        )
        _add_keys(keyed, schema)
        if keyed.kind == "map" and isinstance(items, Mapping):
            target = self._definitions(items["$ref"]) if "$ref" in items else items
            fields = target.get("properties", {})
            keyed.defaults = {key: fields[key]["default"] for key in keyed.keys if "default" in fields.get(key, ())}
        return keyed
