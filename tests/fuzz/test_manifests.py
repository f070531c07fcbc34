"""Good manifests of every kind, with hostile values where they hurt."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_action.repository.documents import Document, load
from tests.conformance.seeds import MANIFESTS
from tests.fuzz import hostile
from tests.fuzz.running import judged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hypothesis.strategies import DrawFn

_TOO_DEEP: Final = 12


@cache
def seeds() -> list[dict[str, Any]]:
    """Return the objects that conformance is measured with."""
    found = [
        document.value
        for path in sorted(MANIFESTS.glob("*.yaml"))
        for document in load(path.read_bytes(), path.name)
        if isinstance(document, Document) and isinstance(document.value, dict)
    ]
    assert len(found) > 50
    return found


def places(value: Any, pointer: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the pointers of all that is in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*pointer, key)
        if len(pointer) < _TOO_DEEP:
            yield from places(part, (*pointer, key))


@st.composite
def mutants(draw: DrawFn) -> dict[str, Any]:
    """Draw one of the manifests with a few things changed."""
    manifest: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(seeds())))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(list(places(manifest))))
        parent: Any = manifest
        for part in way:
            parent = parent[part]
        match draw(st.sampled_from(["value", "value", "value", "key", "many"])):
            case "value":
                parent[last] = copy.deepcopy(draw(hostile.values))
            case "key" if isinstance(parent, dict):
                parent[draw(st.sampled_from(hostile.KEYS))] = parent.pop(last)
            case _:
                parent[last] = [copy.deepcopy(parent[last])] * draw(st.sampled_from([2, 300]))
    return manifest


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(mutants())
def test_mutants(tmp_path: Path, manifest: dict[str, Any]) -> None:
    judged(tmp_path, {"a.yaml": hostile.write(manifest).encode("utf-8", "surrogatepass")})
