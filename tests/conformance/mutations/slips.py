"""Slips of the pen in the text, which change what YAML makes of it, and values written in other ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from tests.conformance.mutations.registry import Change, is_number, is_text, mutation, text_of
from tests.conformance.splices import Splice, end_of, replaced, written

if TYPE_CHECKING:
    from random import Random

    from tests.conformance.seeds import Place

_KEYS: Final = frozenset({"name", "containerPort", "port", "mountPath", "key", "topologyKey", "ip"})
_COLON_AND_BLANK: Final = 2


@mutation("missing-colon")
def missing_colon(place: Place, _: Random) -> Change:
    if place.key is None or place.parent.flow_style:
        return None
    end = place.key.end_mark.index
    return Splice(end, end + 1, "")


@mutation("missing-blank")
def missing_blank(place: Place, _: Random) -> Change:
    if place.key is None or place.parent.flow_style or isinstance(place.node, yaml.CollectionNode):
        return None
    end = place.key.end_mark.index
    return Splice(end + 1, end + 2, "") if place.seed.text[end : end + _COLON_AND_BLANK] == ": " else None


@mutation("double-dash")
def double_dash(place: Place, _: Random) -> Change:
    if place.key is not None or place.parent.flow_style:
        return None
    return Splice(place.node.start_mark.index, place.node.start_mark.index, "- ")


@mutation("unclosed")
def unclosed(place: Place, chance: Random) -> Change:
    """Open a quote or a bracket before a text, and leave it so."""
    if not is_text(place) or place.key is None or place.parent.flow_style or place.node.style:
        return None
    return replaced(place, chance.choice("\"'[{") + place.value) if place.value else None


@mutation("special-character")
def special_character(place: Place, chance: Random) -> Change:
    """Begin a text with a character that YAML keeps for itself."""
    if not is_text(place) or not place.value or place.node.style or "\n" in place.value:
        return None
    return replaced(place, chance.choice("@%*&!`") + place.value)


@mutation("block-of-another-type")
def block_of_another_type(place: Place, chance: Random) -> Change:
    """Put a mapping or a list below the key of a scalar."""
    scalar = isinstance(place.node, yaml.ScalarNode) and place.node.style not in {"|", ">"}
    if place.key is None or place.parent.flow_style or not scalar:
        return None
    splice, indent = replaced(place, "x"), "\n" + " " * place.key.start_mark.column
    lines = chance.choice([f"{indent}  a: b", f"{indent}- a", f"{indent}  - a{indent}  - b"])
    return Splice(splice.start, splice.end, lines)


@mutation("number-with-unit")
def number_with_unit(place: Place, chance: Random) -> Change:
    return (
        replaced(place, f"{written(place)}{chance.choice(['s', 'm', '%', ' replicas', 'Gi'])}")
        if is_number(place)
        else None
    )


@mutation("kind-for-version")
def kind_for_version(place: Place, _: Random) -> Change:
    """Let apiVersion and kind have each other's values."""
    if place.pointer != ("apiVersion",):
        return None
    other = next(one for one in place.seed.places if one.pointer == ("kind",))
    first, second = sorted((place, other), key=lambda one: int(one.node.start_mark.index))
    return [replaced(first, text_of(second.value)), replaced(second, text_of(first.value))]


@mutation("key-of-the-first-item")
def key_of_first(place: Place, _: Random) -> Change:
    """Let an item have the key of the first one."""
    if place.name not in _KEYS or place.above is None or place.above.key is not None or not place.pointer[-2]:
        return None
    at = (*place.pointer[:-2], 0, place.name)
    first = next((other for other in place.seed.places if other.pointer == at), None)
    return replaced(place, text_of(first.value)) if first is not None and first.value != place.value else None


@mutation("shifted-block")
def shifted_block(place: Place, chance: Random) -> Change:
    """Shift a field with all of its value by two."""
    if place.key is None or place.parent.flow_style or place.key.start_mark.column < 2:
        return None
    text, start = place.seed.text, place.key.start_mark.index - place.key.start_mark.column
    if text[start : place.key.start_mark.index].strip():
        return None
    end = end_of(place.node, text)
    rows, wider = text[start:end].split("\n"), chance.random() < 0.5
    return Splice(start, end, "\n".join(f"  {row}" if wider else row.removeprefix("  ") for row in rows))
