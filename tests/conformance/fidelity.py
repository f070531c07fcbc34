"""How faithful the engine `schema` is to a real API server, measured on mutants of real manifests.

    python -m tests.conformance.fidelity                              the table, by kind of mutation
    python -m tests.conformance.fidelity --misses 50 --kind Deployment   what is missed and what are false alarms
    python -m tests.conformance.fidelity --count 20000 --seed 7 --misses 0
    python -m tests.conformance.fidelity --count 9000 --page docs/fidelity.md   the page that README links to

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
from pathlib import Path

from docs import tables
from tests.conformance.judging import CRD, Judged, findings
from tests.conformance.mutants import Mutant, mutants
from tests.conformance.oracle import oracle
from tests.conformance.peers import kubeconform
from tests.conformance.seeds import seeds

SEED = 20261124
COUNT = 3000
# The mistake is a disagreement of two places, or a structure that only what follows contradicts. A finding names one of
# the places, and no reader of the file alone could say which one was changed.
TWO_PLACES = frozenset(
    {
        "another-enum-value", "another-known-field", "another-known-item", "bad-operator", "bad-resource-name",
        "indentation", "name-of-a-sibling", "probe-handlers", "renamed-reference", "request-above-limit", "selector-key",
        "selector-mismatch", "shifted-block", "swapped-values", "two-volume-sources", "value-of-a-namesake", "wrong-kind",
    }
)  # fmt: skip


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
    def in_one_place(self) -> list[Judged]:
        """Those caught whose mistake is in one place."""
        return [one for one in self.caught if one.mutant.mutation not in TWO_PLACES]

    @property
    def on_their_line(self) -> list[Judged]:
        return [one for one in self.caught if one.on_its_line]


def measure(
    count: int,
    seed: int,
    *,
    kinds: Iterable[str] = (),
    mutations: Sequence[str] = (),
    files: str = "",
    engine: str = "schema",
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
    found = findings([*(one for one, _ in asked), *originals], crds, engine)
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
    """Return the figures in a few lines."""
    caught, rejected, single = len(measured.caught), len(measured.rejected), len(measured.in_one_place)
    placed, alarms = len(measured.on_their_line), len(measured.false_alarms)
    placed_single = sum(one.on_its_line for one in measured.in_one_place)
    return (
        f"kube-apiserver {measured.version} rejects {rejected} of {len(measured.judged)} mutants\n"
        f"caught {caught} of {rejected}: {caught / max(rejected, 1):.1%}\n"
        f"on the mutated line {placed_single} of {single} whose mistake is in one place: "
        f"{placed_single / max(single, 1):.1%}; {placed} of all {caught}: {placed / max(caught, 1):.1%}\n"
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


def page(measured: Measured, count: int, seed: int) -> str:
    """Return docs/fidelity.md: the figures beside kubeconform's."""
    refused = dict(zip(map(id, measured.judged), kubeconform([one.mutant for one in measured.judged]), strict=True))
    rejected = measured.rejected
    theirs = sum(refused[id(one)] for one in rejected)
    accepted = [one for one in measured.judged if one.answer.accepted]
    alarms = sum(one.false_alarm for one in accepted)
    their_alarms = sum(refused[id(one)] for one in accepted)
    rows = []
    for name in sorted({one.mutant.mutation for one in rejected}):
        of_it = [one for one in rejected if one.mutant.mutation == name]
        caught = [one for one in of_it if one.caught]
        placed = sum(one.on_its_line for one in caught)
        mark = " (two places)" if name in TWO_PLACES else ""
        row = (f"{name}{mark}", len(of_it), len(caught), placed, sum(refused[id(one)] for one in of_it))
        rows.append([str(part) for part in row])
    head = ("Mutation", "The server rejects", "`schema` catches", "on the mutated line", "kubeconform catches")
    single = measured.in_one_place
    on_line = sum(one.on_its_line for one in single)
    figures = [
        [
            "Caught of what the server rejects",
            _share(len(measured.caught), len(rejected)),
            _share(theirs, len(rejected)),
        ],
        ["False alarms of what it accepts", _share(alarms, len(accepted)), _share(their_alarms, len(accepted))],
        ["On the mutated line, the mistake being in one place", _share(on_line, len(single)), "names no line"],
        ["On the mutated line, of all", _share(len(measured.on_their_line), len(measured.caught)), "names no line"],
    ]
    return _PAGE.format(
        version=measured.version,
        count=len(measured.judged),
        seed=seed,
        asked=count,
        figures=tables.table(("", "engine `schema`", "kubeconform -strict"), figures),
        mutations=tables.table(head, rows),
    )


def _share(part: int, whole: int) -> str:
    return f"{part / max(whole, 1):.1%} ({part:,} of {whole:,})"


_PAGE = """\
# How faithful engine `schema` is

{count:,} mutants of real manifests, each with one mistake, were given to a real kube-apiserver {version} (a dry run of
their creation, strict field validation), to engine `schema`, and to kubeconform with the same schemas of the built-in
kinds (it has none of the custom resources here). The manifests are those of public repositories and of
`tests/conformance/manifests/`. What the server refuses for what its own cluster holds is left out.

{figures}
Some mistakes are a disagreement of two places: a selector and a label, a mount and a volume, two fields that exclude each
other. A finding names one of them, the one that is unlike the rest of the object where that can be told; which one was
changed no reader of the file can know. They are marked in the table.

What is missed: versions of custom kinds that no schema is known of, which is said as `schema-missing` and not counted as
caught; CEL expressions in which only a name or a type is wrong; what null or a huge number becomes in a few fields.

`python -m tests.conformance.fidelity --count {asked} --seed {seed} --page docs/fidelity.md` wrote this page; it needs what
`make tools` builds, and the corpora. A test holds the thresholds on a smaller set: at least 95 % caught, no false alarm,
at least 98 % of these on their line. `--misses 0` lists each miss.

{mutations}"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help="how many mutants")
    parser.add_argument("--seed", type=int, default=SEED, help="another number gives other mutants")
    parser.add_argument("--misses", type=int, metavar="N", help="list misses (N groups; 0: all) and false alarms")
    parser.add_argument("--kind", action="append", default=[], help="mutate only objects of this kind")
    parser.add_argument("--mutation", action="append", default=[], help="make only mutations of this name")
    parser.add_argument("--files", default="", metavar="REGEX", help="mutate only files whose path matches")
    parser.add_argument("--engine", default="schema", help="which engine is measured")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the figures as a page, beside kubeconform's")
    options = parser.parse_args(arguments)
    measured = measure(
        options.count,
        options.seed,
        kinds=options.kind,
        mutations=options.mutation,
        files=options.files,
        engine=options.engine,
    )
    if options.page is not None:
        options.page.write_text(page(measured, options.count, options.seed), encoding="utf-8")
    if options.misses is not None:
        print(misses(measured, options.misses))
    else:
        print(table(measured))
    print(f"\n{summary(measured)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
