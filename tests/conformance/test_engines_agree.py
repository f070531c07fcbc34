"""Engine `schema` and engine `kubeconform` say the same of every manifest, at the same place, or docs/engines.md says why not."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import gitops_action.validate.schema
from gitops_action.adapters.processes import run
from gitops_action.model import Finding, Manifest
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.crds import Crds
from gitops_action.validate.kubeconform import KubeconformEngine
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import loaded
from tests.support import ROOT, corpus, tool

CORPORA = [
    "flux2-kustomize-helm-example",
    "flux2-multi-tenancy",
    "kubeconform-fixtures",
    "kubernetes-examples",
    "podinfo",
]
CATALOG = Catalog(36)
Place = tuple[str, str, int | None, int | None, str]


def _lacks_a_kind_too(finding: Finding, _: list[Finding]) -> bool:
    return finding.message == "apiVersion is required" and finding.resource is not None and not finding.resource.kind


def _has_unreadable_metadata(_: Finding, theirs: list[Finding]) -> bool:
    return bool(re.fullmatch(r"metadata(\.\w+)?: got \w+", theirs[0].message)) if len(theirs) == 1 else False


def _is_metadata_without_a_schema(finding: Finding, theirs: list[Finding]) -> bool:
    unknown = {"schema-missing", "unknown-kind", "api-removed"}
    return (
        finding.code == "wrong-type"
        and finding.message.startswith("metadata")
        and any(other.code in unknown for other in theirs)
    )


# What only engine `schema` finds, by the name that docs/engines.md explains it under; told by the finding and by what
# kubeconform has to say of the same object.
ONLY_SCHEMA: dict[str, Callable[[Finding, list[Finding]], bool]] = {
    "name-required": lambda finding, _: finding.message.startswith("metadata.name is required"),
    "first-missing-key": _lacks_a_kind_too,
    "unreadable-metadata": _has_unreadable_metadata,
    "metadata-without-schema": _is_metadata_without_a_schema,
    "kind-mismatch": lambda finding, theirs: finding.code == "kind-mismatch" and bool(theirs),
}
# What the rules beyond the schemas find: known by being gone when no rules are judged by.
RULES = "rules"


def test_every_difference_is_explained() -> None:
    text = (ROOT / "docs" / "engines.md").read_text()
    section = text.partition("## Where the offline engines differ\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)) == {*ONLY_SCHEMA, RULES}


def differences(found: list[Manifest]) -> set[str]:
    """Let both engines judge, fail for a difference that is not explained, and return the names of those that are."""
    crds = Crds.from_manifests(found)
    ours = SchemaEngine(CATALOG, crds).validate(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gitops_action.validate.schema, "judge_by_rules", lambda *_, **__: [])
        bare = {_place(finding) for finding in SchemaEngine(CATALOG, crds).validate(found).findings}
    theirs = KubeconformEngine(run, tool("kubeconform"), CATALOG, crds).validate(found)
    assert (ours.found, ours.checked) == (theirs.found, theirs.checked)
    assert not [finding for finding in theirs.findings if finding.code == "engine-failed"]
    own, other = ({_place(finding): finding for finding in result.findings} for result in (ours, theirs))
    # One finding of ours stands for all of theirs.
    mistaken = {_object(finding) for finding in ours.findings if finding.code == "kind-mismatch"}
    assert [other[place] for place in other.keys() - own.keys() if _object(other[place]) not in mistaken] == []
    said: dict[object, list[Finding]] = {}
    for finding in theirs.findings:
        said.setdefault(_object(finding), []).append(finding)
    used = set()
    for place in sorted(own.keys() - other.keys()):
        finding = own[place]
        about = said.get(_object(finding), [])
        reasons = {name for name, applies in ONLY_SCHEMA.items() if applies(finding, about)}
        reasons |= set() if place in bare else {RULES}
        assert reasons, finding
        used |= reasons
    return used


def _object(finding: Finding) -> object:
    return finding.file, finding.target, finding.resource


def _place(finding: Finding) -> Place:
    return finding.file, finding.target, finding.line, finding.column, finding.code


def manifests_of(name: str) -> list[Manifest]:
    """Every object of a corpus, whatever its file is there for."""
    found: list[Manifest] = []
    folder = corpus(name)
    for path in sorted(path for suffix in ("yaml", "yml", "json") for path in folder.rglob(f"*.{suffix}")):
        found += loaded(path.read_bytes(), f"{name}/{path.relative_to(folder).as_posix()}")[0]
    return found


@pytest.mark.corpora
@pytest.mark.tools
def test_on_every_file_of_the_corpora() -> None:
    found = [manifest for name in CORPORA for manifest in manifests_of(name)]
    assert len(found) > 400
    assert differences(found) == {"name-required", "first-missing-key", RULES}


@pytest.mark.corpora
@pytest.mark.tools
def test_on_changed_copies_of_the_corpora() -> None:
    chance = random.Random(20)  # noqa: S311 - the same each time
    originals = [
        manifest for name in CORPORA for manifest in manifests_of(name) if manifest.id.kind and manifest.id.name
    ]
    mutants = [
        Manifest(value, manifest.locator, target=f"{index}-{copy_number}")
        for index, manifest in enumerate(originals)
        for copy_number, value in enumerate(_changed(manifest.value, chance))
    ]
    assert len(mutants) > 1000
    assert differences(mutants) == {*ONLY_SCHEMA, RULES} - {"first-missing-key", "kind-mismatch"}


@pytest.mark.tools
def test_on_an_object_under_the_name_of_another_kind() -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nspec: {ports: [{port: 80}]}\n"
    assert differences(loaded(text, "x.yaml")[0]) == {"kind-mismatch"}


VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    7,
    1.0,
    1.5,
    1e3,
    2**31,
    2**63,
    10**30,
    "",
    "x",
    "7",
    "true",
    [],
    {},
    [None],
    {"a": None},
    {"zz": 1},
]


def _changed(value: Any, chance: random.Random, times: int = 4) -> Iterator[dict[str, Any]]:
    """Put something else in one place of a manifest, add something there, or take it away."""
    for _ in range(times):
        mutant = copy.deepcopy(value)
        places = [place for place in _places(mutant) if place[1] not in {"apiVersion", "kind"}]
        parent, key = chance.choice(places)
        match chance.randrange(3):
            case 0:
                parent[key] = copy.deepcopy(chance.choice(VALUES))
            case 1 if isinstance(parent[key], dict):
                parent[key]["zz"] = copy.deepcopy(chance.choice(VALUES))
            case _:
                del parent[key]
        yield mutant


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


def test_changed_copies_differ_from_their_originals() -> None:
    value = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [{"name": "a"}]}}
    mutants = list(_changed(value, random.Random(1), times=50))  # noqa: S311 - the same each time
    assert sum(mutant != value for mutant in mutants) > 45
