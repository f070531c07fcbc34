"""How faithful the engine `schema` is to a real API server, measured on mutants of real manifests.

    python -m tests.conformance.fidelity                              the table, by kind of mutation
    python -m tests.conformance.fidelity --misses 50 --kind Deployment   what is missed and what are false alarms
    python -m tests.conformance.fidelity --count 20000 --seed 7 --misses 0

A mutant that the server refuses for what its cluster has (a namespace that is not there, a port outside of its range) is
left out: no file can tell. So is one that the server accepts: it counts for false alarms only.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.conformance.judging import CRD, Judged, findings
from tests.conformance.mutants import Mutant, mutants
from tests.conformance.oracle import oracle
from tests.conformance.seeds import seeds

if TYPE_CHECKING:
    pass

SEED = 20261124
COUNT = 3000


@dataclass(frozen=True, slots=True)
class Measured:
    """Mutants with both verdicts; `originals` are the manifests that they were made of, as mutants without a mistake."""

    version: str
    judged: Sequence[Judged]
    originals: Sequence[Judged]

    @property
    def rejected(self) -> list[Judged]:
        return [one for one in self.judged if not one.answer.accepted]

    @property
    def false_alarms(self) -> list[Judged]:
        return [one for one in (*self.originals, *self.judged) if one.false_alarm]

    @property
    def accepted(self) -> list[Judged]:
        return [one for one in (*self.originals, *self.judged) if one.answer.accepted]

    @property
    def caught(self) -> list[Judged]:
        return [one for one in self.judged if one.caught]

    @property
    def on_their_line(self) -> list[Judged]:
        return [one for one in self.caught if one.on_its_line]


def measure(
    count: int, seed: int, *, kinds: Iterable[str] = (), mutations: Sequence[str] = (), files: str = ""
) -> Measured:
    """Make mutants, ask the server, and look what we find."""
    every = seeds()
    wanted = set(kinds)
    with oracle(every) as server:
        answers = list(server.judge(one.text for one in every))
        good = [one for one, answer in zip(every, answers, strict=True) if answer.accepted]
        chosen = [one for one in good if (not wanted or one.kind in wanted) and re.search(files, one.file)]
        made = list(mutants(chosen, count, seed, mutations))
        verdicts = list(server.judge(one.text for one in made))
        version = server.version
    crds = [one for one in good if one.kind == CRD]
    asked = [(one, answer) for one, answer in zip(made, verdicts, strict=True) if not answer.of_the_cluster]
    originals = [Mutant(one, "none", "", one.text, 1) for one in chosen]
    found = findings([*(one for one, _ in asked), *originals], crds)
    judged = [Judged(one, answer, said) for (one, answer), said in zip(asked, found, strict=False)]
    accepted = {id(one): answer for one, answer in zip(every, answers, strict=True)}
    return Measured(
        version,
        judged,
        [
            Judged(original, accepted[id(original.seed)], said)
            for original, said in zip(originals, found[len(asked) :], strict=True)
        ],
    )


def summary(measured: Measured) -> str:
    """Return the figures in three lines."""
    caught, rejected = len(measured.caught), len(measured.rejected)
    placed, alarms = len(measured.on_their_line), len(measured.false_alarms)
    return (
        f"kube-apiserver {measured.version} rejects {rejected} of {len(measured.judged)} mutants\n"
        f"caught {caught} of {rejected}: {caught / max(rejected, 1):.1%}; on the mutated line {placed} of {caught}: "
        f"{placed / max(caught, 1):.1%}\n"
        f"false alarms {alarms} of {len(measured.accepted)} that are accepted"
    )


def misses(measured: Measured, limit: int) -> str:
    """Return the false alarms, what is missed by the server's message, and what is found on other lines."""
    lines = ["", f"== false alarms ({len(measured.false_alarms)})"]
    lines += [_described(one, one.errors[0].message, one.errors[0].code) for one in measured.false_alarms]
    missed = [one for one in measured.rejected if one.missed]
    lines += ["", f"== missed ({len(missed)}), by what the server says"]
    groups: dict[str, list[Judged]] = {}
    for one in missed:
        groups.setdefault(pattern(one.answer.message), []).append(one)
    for text, group in sorted(groups.items(), key=lambda entry: -len(entry[1]))[: limit or None]:
        lines += [f"{len(group):4} {text}"]
        lines += [_described(one, one.answer.message, "server") for one in group[:2]]
    elsewhere = [one for one in measured.caught if not one.on_its_line]
    lines += ["", f"== found on another line ({len(elsewhere)})"]
    for one in elsewhere[: limit or None]:
        where = ", ".join(f"{said.line}: {said.message}" for said in one.errors[:2])
        lines.append(_described(one, f"{where}\n       server: {one.answer.message[:300]}", "found"))
    return "\n".join(lines)


def pattern(message: str) -> str:
    """Return a server's message without what differs from object to object."""
    text = re.sub(r'^[\w.]+ "[^"]*" is invalid: ', "", message.replace("\n", " "))
    text = re.sub(r"\[(\d+|[^\[\]]*)\]", "[]", text)
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '"…"', text)
    return re.sub(r"\d+", "0", text)[:160]


def _described(one: Judged, message: str, who: str) -> str:
    mutant = one.mutant
    line = mutant.text.splitlines()[mutant.line - 1 : mutant.line]
    shown = line[0].strip()[:100] if line else ""
    return (
        f"     {mutant.kind} {mutant.mutation} at {mutant.pointer} ({mutant.seed.file}), line {mutant.line}: {shown}\n"
        f"       {who}: {message[:400]}"
    )


def table(measured: Measured) -> str:
    """Return the figures by kind of mutation."""
    rejected = Counter(one.mutant.mutation for one in measured.rejected)
    caught = Counter(one.mutant.mutation for one in measured.caught)
    placed = Counter(one.mutant.mutation for one in measured.on_their_line)
    lines = [f"{'mutation':<26} rejected caught  on its line"]
    lines += [f"{name:<26} {rejected[name]:8} {caught[name]:6} {placed[name]:8}" for name in sorted(rejected)]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help="how many mutants")
    parser.add_argument("--seed", type=int, default=SEED, help="another number gives other mutants")
    parser.add_argument("--misses", type=int, metavar="N", help="list misses (N groups; 0: all) and false alarms")
    parser.add_argument("--kind", action="append", default=[], help="mutate only objects of this kind")
    parser.add_argument("--mutation", action="append", default=[], help="make only mutations of this name")
    parser.add_argument("--files", default="", metavar="REGEX", help="mutate only files whose path matches")
    options = parser.parse_args(arguments)
    measured = measure(options.count, options.seed, kinds=options.kind, mutations=options.mutation, files=options.files)
    if options.misses is not None:
        print(misses(measured, options.misses))
    else:
        print(table(measured))
    print(f"\n{summary(measured)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
