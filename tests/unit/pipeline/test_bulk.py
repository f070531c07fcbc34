"""Many files come to the same whoever judges them, and when it is known which of them are wanted."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import Config
from gitops_action.model import Manifest
from gitops_action.pipeline import parallel
from gitops_action.pipeline.bulk import Files
from gitops_action.pipeline.settings import Overrides
from gitops_action.pipeline.validate import validate
from gitops_action.repository.discovery import discover
from gitops_action.repository.documents import Document
from gitops_action.repository.parts import Part
from gitops_action.repository.places import Surroundings
from tests.memorytree import MemoryTree
from tests.unit.pipeline.test_following import flux, text

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.model import Report
    from gitops_action.pipeline.bulk import Judged

MANY = 400
# One file in seven is wrong, and one has an object of a kind that the tree defines.
WRONG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: n{0}\ndat: {{}}\n"
RIGHT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: n{0}\n"
CUSTOM = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: n{0}\n"


def files(folder: str) -> dict[str, str]:
    found = {f"{folder}/{number:03}.yaml": (RIGHT if number % 7 else WRONG).format(number) for number in range(MANY)}
    return {**found, f"{folder}/custom.yaml": CUSTOM.format(0)}


@pytest.fixture
def three_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_processors", lambda: 3)


def judged(wanted: frozenset[str], *, wait: float) -> Judged:
    """Judge the files of two folders, of which some are wanted, when others have had some time to begin."""
    tree = MemoryTree({path: content.encode() for path, content in {**files("a"), **files("b")}.items()})
    surroundings = Surroundings(tree.entries, discover(tree))
    reading = Files(tree, tuple(tree.entries), surroundings, Config(), None)
    with reading.built_in_begun():
        time.sleep(wait)
        return reading.judge_built_in(wanted, SilentProgress())


@pytest.mark.usefixtures("three_processors")
@pytest.mark.parametrize("wait", [0, 0.5])
@pytest.mark.parametrize("folders", ["", "a", "b", "ab"])
def test_only_what_is_wanted_counts(folders: str, wait: float) -> None:
    wanted = frozenset(path for folder in folders for path in files(folder))
    # So that the last of one folder and the first of the next are judged together, and only one of them counts.
    found = judged(wanted, wait=wait)
    assert sorted(found.paths) == sorted(wanted)
    assert found.resources == len(wanted)
    assert found.waiting == [f"{folder}/custom.yaml" for folder in folders]
    assert sum(found.classes.values()) == len(wanted)
    wrong = {one.file for one in found.judgement.findings}
    assert wrong == {path for path in wanted if path[2:5].isdigit() and int(path[2:5]) % 7 == 0}


DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Thing", "plural": "things"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"size": {"type": "integer"}}}},
            }
        ],
    },
}


@pytest.mark.usefixtures("three_processors")
@pytest.mark.parametrize("count", [3, MANY])
@pytest.mark.parametrize("by", ["nobody", "the files", "an overlay", "a release"])
def test_custom_resources_are_judged_by_whoever_defines_them(by: str, count: int) -> None:
    definition = Manifest(DEFINITION, Document(Part("crd.yaml", ""), 0, 0, index=0, value=None))
    tree = {f"{number:03}.yaml": f"{CUSTOM.format(number)}size: big\n" for number in range(count)}
    if by == "the files":
        tree["zzz.yaml"] = json.dumps(DEFINITION)
    held = MemoryTree(tree)
    surroundings = Surroundings(held.entries, discover(held))
    reading = Files(held, tuple(held.entries), surroundings, Config(), None)
    with reading.built_in_begun():
        reading.judge_built_in(frozenset(tree), SilentProgress())
    with reading.custom_begun([definition] if by == "an overlay" else []):
        time.sleep(0.2)
        reading.judge_custom([definition] if by == "a release" else [], SilentProgress())
    found = [(one.code, one.file) for one in reading.judged.judgement.findings]
    code = "schema-missing" if by == "nobody" else "wrong-type"
    assert sorted(found) == [(code, f"{number:03}.yaml") for number in range(count)]


def test_flux_is_left_what_it_deploys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = {**files("apps"), **files("other"), "clusters/prod/flux.yaml": text(flux("apps", "./apps"))}
    for path, content in tree.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")

    def run(processors: int) -> Report:
        monkeypatch.setattr(parallel, "_processors", lambda: processors)
        return replace(validate([str(tmp_path)], Overrides(), SilentProgress()), timings=())

    alone, together = run(1), run(3)
    assert together == alone
    # Each object once: those of both folders, and the Kustomization.
    assert alone.coverage.resources == 2 * (MANY + 1) + 1
