"""The requests that judge an object without changing anything, and the few that put something in place."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster.answers import APPLY, JSON_PATCH, Request

if TYPE_CHECKING:
    from gitops_action.cluster.kinds import ResourceType

MANAGER: Final = "gitops-action"
# Written by the server or its controllers; in a repository they are leftovers of an export. Sent back, they are refused or
# taken for preconditions.
SERVER_METADATA: Final = frozenset(
    {"managedFields", "creationTimestamp", "resourceVersion", "uid", "generation", "selfLink"}
)
_FIXED: Final = frozenset({"apiVersion", "kind", "metadata", "status"})
_STRICT: Final = {"fieldValidation": "Strict"}
_DRY: Final = {"dryRun": "All"}


def create(kind: ResourceType, value: Mapping[str, Any], *, dry_run: bool = True) -> Request:
    """Return the creation of an object as it is written; strict if it is a dry run, lenient if it is real."""
    query = {"fieldManager": MANAGER, **(_DRY | _STRICT if dry_run else {})}
    return Request("POST", kind.path(namespace_of(kind, value)), query, value)


def apply(
    kind: ResourceType,
    value: Mapping[str, Any],
    *,
    dry_run: bool = True,
    manager: str = MANAGER,
    force: bool = True,
) -> Request:
    """Return the server-side apply of an object that has a name."""
    query = {"fieldManager": manager, "force": "true" if force else "false", **(_DRY | _STRICT if dry_run else {})}
    return Request("PATCH", object_path(kind, value), query, for_apply(value), APPLY)


def become(
    kind: ResourceType, live: Mapping[str, Any], wanted: Mapping[str, Any], *, manager: str = MANAGER
) -> Request:
    """Return the dry run of a patch that makes a live object what is wanted: as a whole, but for its identity and status."""
    operations: list[dict[str, Any]] = []
    parts = [(f"/{key}", live.get(key), wanted.get(key)) for key in {**live, **wanted} if key not in _FIXED]
    old, new = _metadata(live), _metadata(wanted)
    parts += [(f"/metadata/{key}", old.get(key), new.get(key)) for key in ("labels", "annotations")]
    for path, before, after in parts:
        if before != after:
            operations.append(
                {"op": "remove", "path": path} if after is None else {"op": "add", "path": path, "value": after}
            )
    query = {"fieldManager": manager, **_DRY, **_STRICT}
    return Request("PATCH", object_path(kind, live), query, operations, JSON_PATCH)


def read(kind: ResourceType, value: Mapping[str, Any]) -> Request:
    """Return the question for the object of that name."""
    return Request("GET", object_path(kind, value))


def object_path(kind: ResourceType, value: Mapping[str, Any]) -> str:
    """Return the path of an object that has a name."""
    return kind.path(namespace_of(kind, value), name_of(value))


def namespace_of(kind: ResourceType, value: Mapping[str, Any]) -> str:
    """Return where an object goes: `default` where none is written, "" for what has no namespace."""
    if not kind.namespaced:
        return ""
    namespace = _metadata(value).get("namespace")
    return namespace if isinstance(namespace, str) and namespace else "default"


def name_of(value: Mapping[str, Any]) -> str:
    """Return the name of an object, "" if it has none."""
    name = _metadata(value).get("name")
    return name if isinstance(name, str) else ""


def for_apply(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object as those who apply it send it: without what the server writes, without status and nulls.

    A null in an applied object makes conflicts: https://github.com/kubernetes/kubernetes/issues/119747.
    """
    sent: dict[str, Any] = without_nulls(value)
    sent.pop("status", None)
    metadata = sent.get("metadata")
    if isinstance(metadata, dict):
        sent["metadata"] = {key: part for key, part in metadata.items() if key not in SERVER_METADATA}
    return sent


def with_data(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Secret with its `stringData` in `data`, as Flux sends it; anything else as it is.

    The server forgets who set what through `stringData`: a key that leaves it would stay, and nothing would ever be unchanged.
    https://github.com/kubernetes/kubernetes/issues/108008.
    """
    texts, data = value.get("stringData"), value.get("data")
    if value.get("kind") != "Secret" or value.get("apiVersion") != "v1" or not isinstance(texts, Mapping):
        return dict(value)
    if not all(isinstance(text, str) for text in texts.values()) or not isinstance(data, Mapping | None):
        return dict(value)  # the server says what is wrong with it
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    return {**{key: part for key, part in value.items() if key != "stringData"}, "data": {**(data or {}), **encoded}}


def _metadata(value: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = value.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def without_nulls(value: Any) -> Any:
    """Return a copy without the nulls in mappings, which mean the same as absence."""
    if isinstance(value, Mapping):
        return {key: without_nulls(part) for key, part in value.items() if part is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(part) for part in value]
    return value
