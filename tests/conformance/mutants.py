"""Makes mutants of manifests: each is one manifest with one mistake. The same seed gives the same mutants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from gitops_action.model import Finding
from gitops_action.repository.documents import load
from tests.conformance.mutations import forms, general, relations, slips
from tests.conformance.mutations.registry import MUTATIONS, Make
from tests.conformance.seeds import Place, Seed
from tests.conformance.splices import Splice, applied

assert {forms, general, relations, slips}  # they fill the table
_TRIES: Final = 60


@dataclass(frozen=True, slots=True)
class Mutant:
    """A manifest with a mistake: `mutation` is its kind, `pointer` the place it was made at, `line` where a finding belongs.

    That is the mutated line (1-based), or its parent's where something was dropped.
    """

    seed: Seed
    mutation: str
    pointer: str
    text: str
    line: int

    @property
    def kind(self) -> str:
        return self.seed.kind


def mutants(seeds: Sequence[Seed], count: int, seed: int, only: Sequence[str] = ()) -> Iterator[Mutant]:
    """Yield up to `count` different mutants: the kinds of mutation in turn, spread over the kinds of object."""
    chance = Random(seed)  # noqa: S311 - the same each time
    by_kind: dict[str, list[Place]] = {}
    for one in seeds:
        by_kind.setdefault(one.kind, []).extend(one.places)
    names = sorted(only or MUTATIONS)
    seen: set[str] = {one.text for one in seeds}
    barren: dict[str, int] = dict.fromkeys(names, 0)
    made = 0
    while made < count and names:
        for name in list(names):
            mutant = _one(by_kind, name, MUTATIONS[name], chance, seen)
            if mutant is None:
                barren[name] += 1
                if barren[name] > 50:
                    names.remove(name)
                continue
            seen.add(mutant.text)
            yield mutant
            made += 1
            if made == count:
                return


def _one(by_kind: dict[str, list[Place]], name: str, make: Make, chance: Random, seen: set[str]) -> Mutant | None:
    kinds = sorted(kind for kind, places in by_kind.items() if places)
    # As often as there is material, but a kind with few manifests not much seldomer than one with many.
    weights = [len(by_kind[kind]) ** 0.4 for kind in kinds]
    for kind in dict.fromkeys(chance.choices(kinds, weights, k=30)):
        for _ in range(_TRIES):
            place = chance.choice(by_kind[kind])
            change = make(place, chance)
            splices = [change] if isinstance(change, Splice) else change
            if not splices:
                continue
            text, line = applied(place.seed.text, splices)
            if text not in seen and _differs(text, place.seed):
                return Mutant(place.seed, name, "/".join(map(str, place.pointer)), text, line)
    return None


def _differs(text: str, seed: Seed) -> bool:
    read = load(text.encode(), seed.file)
    return len(read) != 1 or isinstance(read[0], Finding) or read[0].value != seed.value
