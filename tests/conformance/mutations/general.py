"""Mistakes that can be made in any object, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from gitops_action.validate.catalog import every_kind
from tests.conformance.mutations.registry import Change, is_number, mutation, text_of, typed
from tests.conformance.seeds import CATALOG, NO_SHAPE
from tests.conformance.splices import Splice, added, dropped, inserted, renamed, repeated, replaced, written

if TYPE_CHECKING:
    from random import Random

    from tests.conformance.seeds import Place

_UNKNOWN: Final = ("zz", "extra", "comment", "_note", "x-anchor", "Enabled", "replica", "container", "label", "type2")
_VALUES: Final = ("x", "1", "true", "{}", "[]", '""', "{a: b}", "[a]")


@mutation("typo")
def typo(place: Place, chance: Random) -> Change:
    if place.key is None or place.name not in place.inside.get("properties", NO_SHAPE) or len(place.name) < 3:
        return None
    at = chance.randrange(1, len(place.name))
    name = place.name
    wrong = chance.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + name[at - 1] + name[at:],
            name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :],
            name[:at] + chance.choice("aeinrst") + name[at:],
            name + "s",
        ]
    )
    return renamed(place, wrong) if wrong not in place.inside["properties"] else None


@mutation("field-case")
def field_case(place: Place, chance: Random) -> Change:
    if place.key is None or place.name not in place.inside.get("properties", NO_SHAPE):
        return None
    name = place.name
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return renamed(place, chance.choice([name[0].upper() + name[1:], name.lower(), name.upper(), snake]))


@mutation("unknown-field")
def unknown_field(place: Place, chance: Random) -> Change:
    if isinstance(place.node, yaml.MappingNode) and "properties" in place.shape:
        name, value = chance.choice(_UNKNOWN), chance.choice(_VALUES)
        return inserted(place.node, name, value, chance.randrange(9))
    return None


@mutation("unknown-field-at-top")
def unknown_at_top(place: Place, chance: Random) -> Change:
    if len(place.pointer) != 1:
        return None
    return inserted(place.parent, chance.choice(_UNKNOWN), chance.choice(_VALUES), chance.randrange(9))


@mutation("field-of-another-type")
def of_another_type(place: Place, chance: Random) -> Change:
    """Put a field where it does not belong: one of a type that stands beside, above or below."""
    if not isinstance(place.node, yaml.MappingNode) or "properties" not in place.shape:
        return None
    names = {name for other in place.seed.places for name in other.shape.get("properties", NO_SHAPE)}
    strange = sorted(names - set(place.shape["properties"]))
    if not strange:
        return None
    return inserted(place.node, chance.choice(strange), chance.choice(_VALUES), chance.randrange(9))


@mutation("moved-field")
def moved(place: Place, _: Random) -> Change:
    """Write a field one level further out than it belongs, as wrong indentation does."""
    if place.key is None or place.above is None or place.above.key is None or place.above.parent.flow_style:
        return None
    if isinstance(place.node, yaml.CollectionNode) and not place.node.flow_style:
        return None
    if len(place.siblings) < 2 or any(key.value == place.name for key, _ in place.above.siblings):
        return None
    put = inserted(place.above.parent, place.name, written(place))
    return [put, dropped(place)] if put else None


@mutation("wrong-type")
def wrong_type(place: Place, chance: Random) -> Change:
    others: list[Any] = [7, "word", True, ["a"], {"a": "b"}, 1.5, [], [{"a": 1}]]
    return replaced(place, text_of(chance.choice([value for value in others if type(value) is not type(place.value)])))


@mutation("quoted-scalar")
def quoted_scalar(place: Place, _: Random) -> Change:
    if isinstance(place.value, bool | int | float):
        return replaced(place, f'"{written(place)}"')
    return None


@mutation("unquoted-scalar")
def unquoted_scalar(place: Place, chance: Random) -> Change:
    if isinstance(place.value, str):
        return replaced(place, chance.choice(["true", "7", "1.5", "no", "2026-01-01", "1e3", "0x1F", "~"]))
    return None


@mutation("dropped-field")
def dropped_field(place: Place, _: Random) -> Change:
    return dropped(place) if place.key is not None else None


@mutation("dropped-required-field")
def dropped_required(place: Place, _: Random) -> Change:
    return dropped(place) if place.key is not None and place.name in place.inside.get("required", ()) else None


@mutation("dropped-item")
def dropped_item(place: Place, _: Random) -> Change:
    return dropped(place) if place.key is None else None


@mutation("null")
def null(place: Place, chance: Random) -> Change:
    return replaced(place, chance.choice(["null", "~"])) if place.value is not None else None


@mutation("null-item")
def null_item(place: Place, _: Random) -> Change:
    return added(place.node, place.seed.text, "null") if isinstance(place.node, yaml.SequenceNode) else None


@mutation("empty-string")
def empty_string(place: Place, _: Random) -> Change:
    return replaced(place, '""') if isinstance(place.value, str) and place.value else None


@mutation("empty-collection")
def empty_collection(place: Place, _: Random) -> Change:
    if isinstance(place.value, dict | list) and place.value:
        return replaced(place, "{}" if isinstance(place.value, dict) else "[]")
    return None


@mutation("empty-item")
def empty_item(place: Place, _: Random) -> Change:
    if isinstance(place.value, list) and place.value:
        return added(place.node, place.seed.text, "{}" if isinstance(place.value[0], dict) else '""')
    return None


@mutation("item-for-list")
def item_for_list(place: Place, _: Random) -> Change:
    if isinstance(place.value, list) and place.value and not isinstance(place.value[0], dict | list):
        return replaced(place, text_of(place.value[0]))
    return None


@mutation("duplicate-yaml-key")
def duplicate_key(place: Place, _: Random) -> Change:
    return repeated(place) if place.key is not None else None


@mutation("duplicate-item")
def duplicate_item(place: Place, _: Random) -> Change:
    return repeated(place) if place.key is None else None


@mutation("swapped-values")
def swapped(place: Place, chance: Random) -> Change:
    """Let two fields beside each other have each other's values."""
    if place.key is None or isinstance(place.value, dict | list | None):
        return None
    others = [
        other
        for other in place.seed.places
        if other.parent is place.parent
        and other is not place
        and not isinstance(other.value, dict | list | None)
        and other.value != place.value
        and other.node.style not in {"|", ">"}
    ]
    if not others or place.node.style in {"|", ">"}:
        return None
    other = chance.choice(others)
    first, second = sorted((place, other), key=lambda one: one.node.start_mark.index)
    return [replaced(first, text_of(second.value)), replaced(second, text_of(first.value))]


@mutation("value-of-a-namesake")
def namesakes_value(place: Place, chance: Random) -> Change:
    """Take the value of a field of the same name elsewhere in the document."""
    if place.key is None or isinstance(place.value, dict | list | None):
        return None
    values = [
        other.value
        for other in place.seed.places
        if other.name == place.name and not isinstance(other.value, dict | list) and other.value != place.value
    ]
    return replaced(place, text_of(chance.choice(values))) if values else None


@mutation("wrong-kind")
def wrong_kind(place: Place, chance: Random) -> Change:
    if place.pointer != ("kind",):
        return None
    kind = place.seed.kind
    others = sorted({name for group, name in every_kind() if group == place.seed.api_version} - {kind})
    return replaced(place, chance.choice([kind.lower(), kind + "s", kind[:-1], kind.upper(), *others[:5]]))


@mutation("wrong-api-version")
def wrong_api_version(place: Place, chance: Random) -> Change:
    if place.pointer != ("apiVersion",):
        return None
    group, _, version = place.seed.api_version.rpartition("/")
    changed = [f"{group}s/{version}", f"{group}/v9", f"{group}/{version}beta1", version, f"{group}/", f"/{version}"]
    known = sorted({api_version for api_version, _ in CATALOG.kinds})
    return replaced(place, chance.choice(changed if group else ["v2", "core/v1", "V1", *known[:4]]))


@mutation("negative-number")
def negative(place: Place, chance: Random) -> Change:
    return replaced(place, chance.choice(["-1", "-7", "-2147483648"])) if _counts(place) else None


@mutation("zero")
def zero(place: Place, _: Random) -> Change:
    return replaced(place, "0") if _counts(place) and place.value != 0 else None


@mutation("large-number")
def large(place: Place, chance: Random) -> Change:
    numbers = ["101", "1001", "65536", "100000", "2147483647", "2147483648", "9223372036854775808", "1" + "0" * 25]
    return replaced(place, chance.choice(numbers)) if _counts(place) else None


@mutation("fraction")
def fraction(place: Place, chance: Random) -> Change:
    return replaced(place, chance.choice(["1.5", "0.1", "2.0", "1e-1"])) if _counts(place) else None


@mutation("number-notation")
def notation(place: Place, chance: Random) -> Change:
    """Write a number as YAML's dialects differ about it."""
    if not _counts(place):
        return None
    return replaced(place, chance.choice(["0o17", "0x1F", "017", "1_000", "1e3", ".5", "+3", "1:30", "0b11", "08"]))


@mutation("boolean-notation")
def boolean(place: Place, chance: Random) -> Change:
    if isinstance(place.value, bool):
        return replaced(place, chance.choice(["yes", "no", "on", "Off", "TRUE", "y", "N", "tru", "1"]))
    return None


def _counts(place: Place) -> bool:
    return is_number(place) or (typed(place.shape) == "int-or-string" and isinstance(place.value, int))


@mutation("indentation")
def indentation(place: Place, chance: Random) -> Change:
    """Shift one line by a blank."""
    if place.key is None or place.parent.flow_style or place.key.start_mark.column < 2:
        return None
    start = place.key.start_mark.index
    if place.seed.text[start - 1] != " ":
        return None
    return Splice(start, start, " ") if chance.random() < 0.5 else Splice(start - 1, start, "", 1)


@mutation("tab")
def tab(place: Place, _: Random) -> Change:
    start = place.key.start_mark.index if place.key is not None else 0
    column = place.key.start_mark.column if place.key is not None else 0
    if place.parent.flow_style or column < 2 or place.seed.text[start - column : start].strip():
        return None
    return Splice(start - column, start, "\t")
