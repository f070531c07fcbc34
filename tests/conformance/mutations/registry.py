"""The table of mutations, and what they are made with."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final, TypeAlias

from tests.conformance.seeds import Place, Shape
from tests.conformance.splices import Splice

Change: TypeAlias = "Splice | Sequence[Splice] | None"
Make: TypeAlias = Callable[[Place, Random], Change]
MUTATIONS: Final[dict[str, Make]] = {}


def mutation(name: str) -> Callable[[Make], Make]:
    """List a function as the mutation `name`. It returns None where its mistake cannot be made."""

    def register(make: Make) -> Make:
        assert name not in MUTATIONS
        MUTATIONS[name] = make
        return make

    return register


def typed(shape: Shape) -> str:
    """Return what a schema says that a value is: a JSON type, "quantity", "int-or-string", or "" if it does not say."""
    if shape.get("name") == "Quantity":
        return "quantity"
    if shape.get("name") == "IntOrString" or shape.get("x-kubernetes-int-or-string"):
        return "int-or-string"
    return str(shape.get("type", ""))


def text_of(value: Any) -> str:
    """Write a value as YAML on one line."""
    return json.dumps(value)


def is_text(place: Place) -> bool:
    """Whether the value is a string, and one that the kind's schema has no enumeration for."""
    return isinstance(place.value, str) and typed(place.shape) in {"", "string"} and "enum" not in place.shape


def is_number(place: Place) -> bool:
    """Whether the value is a number."""
    return isinstance(place.value, int | float) and not isinstance(place.value, bool)
