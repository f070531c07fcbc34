"""Which values fit the fields of a kustomization: held to kustomize itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.processes import run
from gitops_action.repository.kustomization_fit import unfit
from gitops_action.repository.kustomization_types import KUSTOMIZATION, Fields, ListOf, MapOf
from gitops_action.repository.kustomizations import parse
from tests.support import tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitops_action.repository.kustomization_types import Type

SAMPLES = {"string": "x", "integer": 1, "boolean": True, "anything": [1, {"a": None}]}
OTHERS: list[Any] = ["1", 1, True, ["x"], {"path": "x"}]


def fitting(wanted: Type) -> Any:
    match wanted:
        case ListOf(item):
            return [fitting(item), None]
        case MapOf(item):
            return {"allowNameChange": fitting(item)}
        case Fields(of):
            return {name.upper(): fitting(one) for name, one in of.items()}
    return SAMPLES[wanted]


def variations(wanted: Type, inside: Any = lambda value: value) -> Iterator[Any]:
    """Yield kustomizations of which one value is another than it may be, or happens to fit too."""
    yield from (inside(value) for value in OTHERS)
    match wanted:
        case ListOf(item):
            yield from variations(item, lambda value: inside([value]))
        case MapOf(item):
            yield from variations(item, lambda value: inside({"allowKindChange": value}))
        case Fields(of):
            for name, one in of.items():
                yield from variations(one, lambda value, name=name: inside({name: value}))


def refusal(folder: Path, value: Any) -> str:
    (folder / "kustomization.yaml").write_text(json.dumps(value))
    done = run([str(tool("kustomize")), "build", "."], cwd=folder, timeout=30, permitted=range(256))
    text = done.stderr.decode()
    return text if "invalid Kustomization" in text else ""


@pytest.mark.tools
def test_what_fits_is_decoded_by_kustomize(tmp_path: Path) -> None:
    everything = fitting(KUSTOMIZATION)
    assert list(unfit(everything)) == []
    assert refusal(tmp_path, everything) == ""


@pytest.mark.tools
@pytest.mark.parametrize("name", sorted(KUSTOMIZATION.of))
def test_kustomize_refuses_the_same(tmp_path: Path, name: str) -> None:
    said = {}
    for value in variations(KUSTOMIZATION.of[name]):
        whole = {name: value}
        if (key := json.dumps(whole)) not in said:
            said[key] = (any(unfit(whole)), bool(refusal(tmp_path, whole)))
    assert {key: both for key, both in said.items() if both[0] != both[1]} == {}


def test_a_whole_number_may_have_a_fraction_of_nothing() -> None:
    assert list(unfit({"replicas": [{"name": "a", "count": 1.0}]})) == []


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "images:\n  - name: web\n    newTag: 1.20\n",
            "4:13",
            "`images[0].newTag` must be a string, not a number: YAML reads this text as one; put it in quotes",
        ),
        ("namespace: n\n", "2:12", "`namespace` must be a string, not a boolean: YAML reads this word as one; put it in quotes"),
        ("components: ../x\n", "2:13", "`components` must be a list, not a string: begin each entry with `- ` on a line of its own"),
        ("labels:\n  pairs: {a: b}\n", "2:1", "`labels` must be a list, not a mapping: begin each entry with `- `"),
        ("patches:\n  - p.yaml\n", "3:5", "`patches[0]` must be a mapping, not a string: write `path: FILE`"),
        ("replicas: [{name: a, count: '3'}]\n", "2:29", "`replicas[0].count` must be a whole number, not a string: take the quotes away"),
        ("commonLabels: {a: [b]}\n", "2:16", "`commonLabels.a` must be a string, not a list"),
        ("secretGenerator: [{name: a, literals: hunter2}]\n", "2:39", "`secretGenerator[0].literals` must be a list, not a string"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_at_its_place(text: str, place: str, message: str) -> None:
    found = parse(f"resources: [a]\n{text}".encode(), "k/kustomization.yaml")
    assert found is not None
    assert found.unreadable is not None
    assert str(found.unreadable.location) == f"k/kustomization.yaml:{place}"
    assert found.unreadable.message.startswith(f"this is no kustomization that can be built: {message}")
    assert "hunter2" not in found.unreadable.message


def test_each_value_that_does_not_fit_is_named() -> None:
    found = parse(b"resources: a\nnameprefix: 1\nnamespace: true\n", "kustomization.yaml")
    assert found is not None
    assert found.unreadable is not None
    assert [one.line for one in (found.unreadable, *found.findings)] == [1, 2, 3]


def test_a_field_that_is_not_known_is_left_to_kustomize() -> None:
    found = parse(b"resources: [a]\nfuture: 1\n", "kustomization.yaml")
    assert found is not None
    assert found.unreadable is None
