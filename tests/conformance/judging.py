"""What gitops-action says of mutants: the whole command, on files, as a user would run it."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitops_action.adapters.processes import run
from gitops_action.pipeline.trials import RELIED_ON
from tests.conformance.mutants import Mutant
from tests.conformance.oracle import Answer
from tests.conformance.seeds import CATALOG, Seed

CRD = "CustomResourceDefinition"
APISERVER = "apiserver"
_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Said:
    """One finding about a file."""

    severity: str
    code: str
    line: int | None
    message: str
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A mutant, what the server answered, and what was found."""

    mutant: Mutant
    answer: Answer
    found: tuple[Said, ...]

    @property
    def errors(self) -> list[Said]:
        return [said for said in self.found if said.severity == "error"]

    @property
    def caught(self) -> bool:
        return not self.answer.accepted and bool(self.errors)

    @property
    def missed(self) -> bool:
        return not self.answer.accepted and not self.errors

    @property
    def false_alarm(self) -> bool:
        return self.answer.accepted and bool(self.errors)

    @property
    def on_its_line(self) -> bool:
        """Whether a finding is where the mistake was made."""
        return any(said.line == self.mutant.line for said in self.errors)


def findings(mutants: Sequence[Mutant], crds: Iterable[Seed], engine: str = "schema") -> list[tuple[Said, ...]]:
    """Return what is found in each mutant, with `crds` in the tree.

    Mutants of definitions are in a tree of their own, and so are those of what an API server relies on when it judges
    others: they would be what the others are judged by.
    """
    definitions = list(crds)
    found: dict[int, tuple[Said, ...]] = {}
    trees: dict[str, dict[int, str]] = {}
    for number, one in enumerate(mutants):
        own = one.seed.kind if one.seed.kind == CRD or (engine == APISERVER and one.seed.kind in RELIED_ON) else ""
        trees.setdefault(own, {})[number] = one.text
    for own, texts in trees.items():
        found.update(_validate(texts, () if own == CRD else definitions, engine))
    return [found.get(number, ()) for number in range(len(mutants))]


def _validate(texts: dict[int, str], crds: Sequence[Seed], engine: str) -> dict[int, tuple[Said, ...]]:
    if not texts:
        return {}
    with tempfile.TemporaryDirectory(prefix="gitops-mutants-") as scratch:
        folder = Path(scratch)
        write(folder, {f"m{number:06}.yaml": text for number, text in texts.items()})
        write(folder / "crds", {f"{number}.yaml": crd.text for number, crd in enumerate(crds)})
        argv = [sys.executable, "-m", "gitops_action", "validate", str(folder), "--offline", "--output", "json"]
        argv += ["--kubernetes-version", CATALOG.version, "--engine", engine]
        done = run(argv, timeout=_SECONDS, permitted=(0, 1, 3))
    found: dict[int, list[Said]] = {}
    for finding in json.loads(done.stdout)["findings"]:
        name = Path(finding.get("file", "")).name
        # That a release could not be rendered is no verdict on the HelmRelease.
        if name.startswith("m") and finding.get("engine") != "render":
            said = Said(
                finding["severity"],
                finding["code"],
                finding.get("line"),
                finding["message"],
                finding.get("pointer", ""),
            )
            found.setdefault(int(name[1:7]), []).append(said)
    return {number: tuple(listed) for number, listed in found.items()}


def write(folder: Path, texts: dict[str, str]) -> None:
    """Write files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
