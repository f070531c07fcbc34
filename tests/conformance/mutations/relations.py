"""Values that are good by themselves and wrong beside others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from tests.conformance.mutations.examples import example
from tests.conformance.mutations.registry import Change, mutation, text_of, typed
from tests.conformance.seeds import NO_SHAPE, Place, field_shape, resolved
from tests.conformance.splices import added, inserted, replaced

if TYPE_CHECKING:
    from random import Random

_SOURCES: Final = (
    ("emptyDir", "{}"), ("hostPath", "{path: /x}"), ("secret", "{secretName: s}"), ("configMap", "{name: c}"),
    ("persistentVolumeClaim", "{claimName: c}"), ("downwardAPI", "{items: []}"), ("projected", "{sources: []}"),
    ("nfs", "{server: s, path: /p}"), ("csi", "{driver: d.example.com}"), ("ephemeral", "{}"), ("image", "{reference: a}"),
)  # fmt: skip
_HANDLERS: Final = (
    ("exec", "{command: [a]}"), ("httpGet", "{port: 80}"), ("tcpSocket", "{port: 80}"), ("grpc", "{port: 80}"), ("exec", "{}"),
    ("httpGet", "{port: 0}"), ("httpGet", "{path: a, port: 80, scheme: http}"), ("tcpSocket", "{port: UPPER}"), ("exec", "{command: []}"),
)  # fmt: skip
_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist", "Equals", "in", "Gt", "Lt", "")
_SYSTEM: Final = (
    ("resourceVersion", '"1"'), ("uid", "abc"), ("generation", "-1"), ("generation", "3"), ("finalizers", "[a b]"),
    ("finalizers", "[a]"), ("finalizers", "[example.com/a]"), ("ownerReferences", "[{}]"), ("selfLink", "x"),
    ("ownerReferences", "[{apiVersion: v1, kind: Pod, name: a, uid: b}]"), ("managedFields", "[{}]"), ("generateName", "Bad_"),
    ("ownerReferences", "[{apiVersion: v1, kind: '', name: a, uid: b}]"), ("deletionTimestamp", '"2026-01-01T00:00:00Z"'),
    ("deletionGracePeriodSeconds", "-1"), ("clusterName", "x"), ("generateName", "good-"), ("namespace", "default"), ("labels", "[a]"),
    ("annotations", "{a: 1}"), ("labels", "{a: null}"), ("finalizers", "[kubernetes]"), ("managedFields", "[{operation: Apply}]"),
    ("ownerReferences", "[{apiVersion: a/b/c, kind: Pod, name: a, uid: b, controller: true}]"),
)  # fmt: skip


@mutation("selector-mismatch")
def selector_mismatch(place: Place, chance: Random) -> Change:
    """Change a label that a selector asks for, on either side."""
    above = place.above
    if (
        above is None
        or place.key is None
        or above.name not in {"matchLabels", "labels"}
        or "template" not in place.seed.text
    ):
        return None
    if above.name == "labels" and "template" not in place.pointer:
        return None
    return replaced(place, text_of(f"{place.value}-{chance.choice('abc')}"))


@mutation("selector-key")
def selector_key(place: Place, chance: Random) -> Change:
    if place.name not in {"matchLabels", "labels"} or not isinstance(place.value, dict) or not place.value:
        return None
    return inserted(place.node, chance.choice(["tier", "example.com/part"]), "other")


@mutation("selector-expression")
def selector_expression(place: Place, chance: Random) -> Change:
    if (
        place.shape.get("name") != "LabelSelector"
        or not isinstance(place.value, dict)
        or "matchExpressions" in place.value
    ):
        return None
    values = chance.choice(["", ", values: []", ", values: [a]", ", values: [a b]", ", values: ['']"])
    key = chance.choice(["app", "a b", "", "x" * 64])
    item = f"[{{key: {text_of(key)}, operator: {text_of(chance.choice(_OPERATORS))}{values}}}]"
    return inserted(place.node, "matchExpressions", item)


@mutation("bad-operator")
def operator(place: Place, chance: Random) -> Change:
    if place.name != "operator" or not isinstance(place.value, str):
        return None
    return replaced(place, text_of(chance.choice([name for name in _OPERATORS if name != place.value])))


@mutation("request-above-limit")
def above_limit(place: Place, chance: Random) -> Change:
    if typed(place.shape) != "quantity" or place.above is None or place.above.name not in {"limits", "requests"}:
        return None
    return replaced(place, chance.choice(["1m", "1", "4000", "100Ti", "0"]))


@mutation("renamed-reference")
def renamed_reference(place: Place, _: Random) -> Change:
    """Give one of two things that belong together another good name."""
    if place.name not in {"name", "serviceName", "claimName", "key", "containerName", "container"} or not isinstance(
        place.value, str
    ):
        return None
    return replaced(place, text_of(f"{place.value[:50]}x")) if place.pointer[0] != "metadata" else None


@mutation("name-of-a-sibling")
def name_of_sibling(place: Place, chance: Random) -> Change:
    """Let two items of a list have the same key."""
    if place.key is None or place.above is None or place.above.key is not None or isinstance(place.value, dict | list):
        return None
    *start, index, name = place.pointer
    values = [
        other.value
        for other in place.seed.places
        if len(other.pointer) == len(place.pointer)
        and other.pointer[-1] == name
        and list(other.pointer[:-2]) == start
        and other.pointer[-2] != index
        and other.value != place.value
    ]
    return replaced(place, text_of(chance.choice(values))) if values else None


@mutation("two-volume-sources")
def two_sources(place: Place, chance: Random) -> Change:
    inside = len(place.pointer) > 1 and place.pointer[-2] == "volumes" and place.key is None
    return _another(place, _SOURCES, chance) if inside else None


@mutation("probe-handlers")
def probe_handlers(place: Place, chance: Random) -> Change:
    if place.name not in {"livenessProbe", "readinessProbe", "startupProbe", "postStart", "preStop"}:
        return None
    if chance.random() < 0.3:
        return replaced(
            place,
            chance.choice(["{}", "{periodSeconds: 5}", "{exec: {}}", "{httpGet: {}}", "{initialDelaySeconds: -1}"]),
        )
    return _another(place, _HANDLERS, chance)


@mutation("extra-mount")
def extra_mount(place: Place, chance: Random) -> Change:
    if place.name != "volumeMounts" or not isinstance(place.value, list) or not place.value:
        return None
    known = place.value[0].get("name") if isinstance(place.value[0], dict) else "x"
    mounts = [
        "{name: nowhere, mountPath: /nowhere}",
        f"{{name: {known}, mountPath: /zz, subPath: ../x}}",
        f"{{name: {known}}}",
    ]
    return added(
        place.node,
        place.seed.text,
        chance.choice([*mounts, text_of(place.value[0]), f"{{name: {known}, mountPath: /zz}}"]),
    )


@mutation("system-field")
def system_field(place: Place, chance: Random) -> Change:
    return _another(place, _SYSTEM, chance) if place.pointer == ("metadata",) else None


def _another(place: Place, fields: tuple[tuple[str, str], ...], chance: Random) -> Change:
    """Put one of the fields in that are not there yet."""
    if not isinstance(place.value, dict):
        return None
    absent = [field for field in fields if field[0] not in place.value]
    return inserted(place.node, *chance.choice(absent), chance.randrange(5)) if absent else None


@mutation("another-known-field")
def another_field(place: Place, chance: Random) -> Change:
    """Put in a field that the schema knows, with some value of its type: often good, often not."""
    properties = place.shape.get("properties", NO_SHAPE)
    if not isinstance(place.value, dict) or place.pointer[0] in {"status", "metadata"}:
        return None
    absent = sorted(set(properties) - place.value.keys() - {"status"})
    if not absent:
        return None
    name = chance.choice(absent)
    return inserted(
        place.node,
        name,
        text_of(example(field_shape(place.shape, name), name, chance)),
        chance.randrange(5),
    )


@mutation("another-known-item")
def another_item(place: Place, chance: Random) -> Change:
    """Put an item of the right type into a list."""
    if not isinstance(place.node, yaml.SequenceNode) or "items" not in place.shape:
        return None
    return added(place.node, place.seed.text, text_of(example(resolved(place.shape["items"]), place.name, chance)))
