"""kubeconform's own fixtures with `-schema-location`: the same templates find the same schemas, and give its verdicts."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.files import DirectoryTree
from gitops_action.adapters.processes import run
from gitops_action.config.locations import parse
from gitops_action.model import Manifest
from gitops_action.ports import Download
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.kubeconform import KubeconformEngine
from gitops_action.validate.locations import Locations
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import loaded
from tests.support import corpus, tool

if TYPE_CHECKING:
    from gitops_action.validate.engine import Engine

# Fixture, and the location that its acceptance tests give.
CASES = [
    ("test_crd.yaml", "registry/{{ .ResourceKind }}{{ .KindSuffix }}.json"),
    ("grafana-alert-rule-group-sample.yaml", "{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json"),
]


def nobody(url: str) -> Download:
    raise AssertionError(f"{url} was asked for")


def manifest(name: str) -> Manifest:
    [found], _ = loaded((corpus("kubeconform-fixtures") / name).read_bytes(), name)
    return found


def engines(template: str) -> list[Engine]:
    location = parse(template)
    assert location is not None
    locations = Locations([location], DirectoryTree(corpus("kubeconform-fixtures")), nobody)
    return [
        SchemaEngine(Catalog(36), None, locations),
        KubeconformEngine(run, tool("kubeconform"), Catalog(36), locations=locations),
    ]


@pytest.mark.corpora
@pytest.mark.tools
@pytest.mark.parametrize(("name", "template"), CASES)
def test_the_fixture_is_valid_as_it_is_to_kubeconform(name: str, template: str) -> None:
    said = subprocess.run(
        [tool("kubeconform"), "-strict", "-summary", "-schema-location", template, name],
        cwd=corpus("kubeconform-fixtures"), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Valid: 1" in said.stdout, said.stdout
    for engine in engines(template):
        result = engine.validate([manifest(name)])
        assert result.findings == []
        assert (result.found, result.checked) == (1, 1)


@pytest.mark.corpora
@pytest.mark.tools
@pytest.mark.parametrize(("name", "template"), CASES)
def test_both_engines_find_the_same_in_changed_copies(name: str, template: str) -> None:
    original = manifest(name)
    changes: list[dict[str, Any]] = [
        {"spec": {}},
        {"spec": []},
        {"spec": {**original.value["spec"], "zz": 1}},
        {"sepc": {}},
    ]
    for change in changes:
        changed = Manifest({**original.value, **change}, original.locator)
        ours, theirs = ({(f.code, f.line) for f in e.validate([changed]).findings} for e in engines(template))
        assert ours == theirs
        assert ours
