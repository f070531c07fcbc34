"""Mutants are what they say they are: text changes one place and nothing else, and the line is where that was done."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from gitops_action.model import Pointer
from gitops_action.repository.documents import Document, load
from tests.conformance.mutants import Mutant, mutants
from tests.conformance.mutations.registry import MUTATIONS
from tests.conformance.seeds import MANIFESTS, Place, Seed, documents, seeds
from tests.conformance.splices import (
    Splice,
    added,
    applied,
    dropped,
    inserted,
    parent_index,
    renamed,
    repeated,
    replaced,
)

AN_ITEM = """\
# a comment
apiVersion: v1
kind: Pod
metadata:
  name: x   # named
  labels: {a: b, "c": 'd'}
spec:
  containers:
  - name: a
    image: b
    args: ["-x", "y z"]
    command:
      - sh
      - |
        echo
        done
  -   name: second
      image: c
  volumes: []
  nodeName:
"""


def own() -> list[Seed]:
    found = [seed for path in sorted(MANIFESTS.glob("*.yaml")) for seed in documents(path.read_text(), path.name)]
    return [*documents(AN_ITEM, "item.yaml"), *found]


def places() -> Iterator[Place]:
    """All places of the small one, some of the others."""
    small, *others = own()
    yield from small.places
    yield from [place for seed in others for place in seed.places][::11]


def value_of(text: str) -> Any:
    (read,) = load(text.encode(), "mutant.yaml")
    assert isinstance(read, Document), (read, text)
    return read.value


def at(value: Any, pointer: Pointer) -> Any:
    for part in pointer:
        value = value[part]
    return value


def line_of(text: str, pointer: Pointer, *, key: bool = False) -> int | None:
    (read,) = load(text.encode(), "mutant.yaml")
    assert isinstance(read, Document)
    return read.locate(pointer, key=key).line


def changed(place: Place, splice: Splice) -> tuple[str, int, Any]:
    text, line = applied(place.seed.text, [splice])
    return text, line, copy.deepcopy(place.seed.value)


def test_a_replaced_value_is_the_only_change_and_on_its_line() -> None:
    for place in places():
        text, line, expected = changed(place, replaced(place, "[zz]"))
        at(expected, place.pointer[:-1])[place.pointer[-1]] = ["zz"]
        assert value_of(text) == expected
        assert line_of(text, place.pointer) == line


def test_a_dropped_value_is_gone_and_the_line_is_its_parents() -> None:
    for place in places():
        text, line, expected = changed(place, dropped(place))
        del at(expected, place.pointer[:-1])[place.pointer[-1]]
        assert value_of(text) == expected
        if len(place.pointer) > 1:
            assert line_of(text, place.pointer[:-1], key=True) == line
            assert text.count("\n", 0, parent_index(place)) + 1 == line


def test_a_renamed_field_keeps_its_value() -> None:
    for place in places():
        if place.key is not None:
            text, line, expected = changed(place, renamed(place, "zz"))
            parent = at(expected, place.pointer[:-1])
            parent["zz"] = parent.pop(place.pointer[-1])
            assert value_of(text) == expected
            assert line_of(text, (*place.pointer[:-1], "zz"), key=True) == line


def test_a_repeated_field_is_a_duplicate_key_on_its_line() -> None:
    for place in places():
        text, line = applied(place.seed.text, [repeated(place)])
        read = load(text.encode(), "mutant.yaml")
        if place.key is not None:
            assert [(item.code, item.line) for item in read if not isinstance(item, Document)] == [
                ("yaml-duplicate-key", line)
            ]
        else:
            expected = copy.deepcopy(place.seed.value)
            listed = at(expected, place.pointer[:-1])
            index = place.pointer[-1]
            assert isinstance(index, int)
            listed.insert(index, listed[index])
            assert value_of(text) == expected
            assert line_of(text, (*place.pointer[:-1], index + 1)) == line


@pytest.mark.parametrize("before", [0, 1, 2])
def test_an_inserted_field_is_there_on_its_line(before: int) -> None:
    done = 0
    for place in places():
        if isinstance(place.value, dict) and (splice := inserted(place.node, "zz", "{a: b}", before)):
            text, line, expected = changed(place, splice)
            at(expected, place.pointer)["zz"] = {"a": "b"}
            assert value_of(text) == expected
            assert line_of(text, (*place.pointer, "zz"), key=True) == line
            done += 1
    assert done > 2


def test_an_added_item_is_there_on_its_line() -> None:
    done = 0
    for place in places():
        if isinstance(place.value, list) and (splice := added(place.node, place.seed.text, "{a: b}")):
            text, line, expected = changed(place, splice)
            at(expected, place.pointer).append({"a": "b"})
            assert value_of(text) == expected
            assert line_of(text, (*place.pointer, len(place.value))) == line
            done += 1
    assert done > 2


def test_several_changes_at_once_keep_the_line_of_the_first() -> None:
    (seed,) = documents(AN_ITEM, "item.yaml")
    by_pointer = {place.pointer: place for place in seed.places}
    kind, name = by_pointer["kind",], by_pointer["metadata", "name"]
    text, line = applied(seed.text, [renamed(name, "a"), replaced(kind, "Pod # Pod")])
    assert (line, value_of(text)["metadata"]["a"]) == (5, "x")


@pytest.mark.corpora
def test_the_same_seed_gives_the_same_mutants_and_another_one_others() -> None:
    chosen = seeds()[::7]
    assert _texts(chosen, 1) == _texts(chosen, 1)
    assert _texts(chosen, 1) != _texts(chosen, 2)


@pytest.mark.corpora
def test_every_mutation_can_be_made_and_changes_something() -> None:
    made = list(mutants(seeds(), 9 * len(MUTATIONS), 3))
    assert {mutant.mutation for mutant in made} == set(MUTATIONS)
    for mutant in made:
        assert mutant.text != mutant.seed.text
        assert 1 <= mutant.line <= mutant.text.count("\n") + 1


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_a_mutation_returns_nothing_where_it_cannot_be_made(name: str) -> None:
    (seed,) = documents("apiVersion: v1\nkind: Odd\nmetadata: {}\n", "odd.yaml")
    for place in seed.places:
        change = MUTATIONS[name](place, Random(1))  # noqa: S311 - the same each time
        assert change is None or applied(seed.text, [change] if isinstance(change, Splice) else change)


def _texts(chosen: tuple[Seed, ...], seed: int) -> list[str]:
    found: list[Mutant] = list(mutants(chosen, 200, seed))
    assert len({mutant.text for mutant in found}) == 200
    return [mutant.text for mutant in found]
