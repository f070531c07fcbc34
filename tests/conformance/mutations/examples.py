"""Values of the type that a schema demands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.conformance.mutations.registry import typed
from tests.conformance.seeds import NO_SHAPE, Shape, field_shape, resolved

if TYPE_CHECKING:
    from random import Random

_TEXTS: Final = (
    "a",
    "example",
    "a.b",
    "example.com/a",
    "A",
    "a b",
    "",
    "/a",
    "80",
    "*",
    "x" * 70,
    "1Gi",
    "10.0.0.1",
    "5m",
    "a=b",
)
_NUMBERS: Final = (0, 1, 2, 5, 30, 80, 100, 101, 3600, 65535, 65536, -1, 100000)


_SCALARS: Final[dict[str, tuple[Any, ...]]] = {
    "quantity": ("1", "100m", "1Gi", "0", "-1", "2"),
    "int-or-string": (0, 1, 80, "25%", "http", "100%", -1, "150%", 70000),
    "integer": _NUMBERS,
    "number": _NUMBERS,
    "boolean": (True, False),
    "date-time": ("2026-01-01T00:00:00Z",),
    "byte": ("YQ==", "a", ""),
}


def example(shape: Shape, name: str, chance: Random, depth: int = 0) -> Any:
    """Return such a value, with what it requires and sometimes a little more."""
    kind = typed(shape)
    if kind == "array":
        if depth > 4 or chance.random() < 0.2:
            return []
        return [example(resolved(shape.get("items", NO_SHAPE)), name, chance, depth + 1)]
    if kind == "object" or "properties" in shape:
        return _object(shape, chance, depth)
    form = shape.get("format", "") if kind == "string" else kind
    return chance.choice(list(shape.get("enum") or _SCALARS.get(form, _TEXTS)))


def _object(shape: Shape, chance: Random, depth: int) -> dict[str, Any]:
    properties = shape.get("properties", NO_SHAPE)
    if not properties:
        values = shape.get("additionalProperties")
        return (
            {"a": example(resolved(values), "a", chance, depth + 1)} if isinstance(values, dict) and depth < 5 else {}
        )
    share = 0.35 if depth < 2 else 0.1
    chosen = [
        name
        for name in properties
        if name in shape.get("required", ()) or chance.random() * len(properties) < share * 5
    ]
    return {name: example(field_shape(shape, name), name, chance, depth + 1) for name in chosen if depth < 5}
