"""kubeconform's own fixtures through both engines: its verdicts, or the difference that docs/engines.md explains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.processes import run
from gitops_action.model import Finding, Manifest, Severity
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.kubeconform import KubeconformEngine
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import loaded
from tests.support import ROOT, corpus, tool

if TYPE_CHECKING:
    from gitops_action.validate.engine import Engine

# Objects that are valid, wrong (kubeconform's "invalid" and its errors), and without a schema, as `kubeconform -strict`
# counts them.
Verdict = tuple[int, int, int]
EXPECTED: dict[str, Verdict] = {
    "blank.yaml": (0, 0, 0),
    "comment.yaml": (0, 0, 0),
    "list_empty_valid.yaml": (0, 0, 0),
    "valid.yaml": (1, 0, 0),
    "valid.json": (1, 0, 0),
    "valid_version.yaml": (1, 0, 0),
    "folder": (7, 0, 0),
    "multi_valid.yaml": (6, 0, 0),
    "multi_valid_source.yaml": (6, 0, 0),
    "list_valid.yaml": (6, 0, 0),
    "multi_with_list.yaml": (2, 0, 0),
    "int_or_string.yaml": (1, 0, 0),
    "quantity.yaml": (1, 0, 0),
    "null_string.yaml": (1, 0, 0),
    "null_array.yaml": (1, 0, 0),
    "generate_name.yaml": (1, 0, 0),
    "unconventional_keys.yaml": (1, 0, 0),
    "full_domain_group.yaml": (1, 0, 0),
    "duplicates.yaml": (2, 0, 0),
    "duplicates-non-namespaced.yaml": (2, 0, 0),
    "duplicates-with-namespace.yaml": (2, 0, 0),
    "duplicates-with-namespace-default.yaml": (2, 0, 0),
    "duplicates-skipped-kinds.yaml": (0, 0, 2),
    "same-object-different-namespace.yaml": (2, 0, 0),
    "same-object-different-namespace-default.yaml": (2, 0, 0),
    "same-kind-different-api.yaml": (1, 0, 1),
    "invalid.yaml": (0, 1, 0),
    "list_invalid.yaml": (1, 1, 0),
    "multi_invalid.yaml": (5, 1, 0),
    "multi_invalid_resources.yaml": (0, 5, 0),
    "missing_kind.yaml": (0, 1, 0),
    "missing_kind_value.yaml": (0, 1, 0),
    "missing_apiversion.yaml": (0, 1, 0),
    "extra_property.yaml": (0, 1, 0),
    "duplicate_property.yaml": (0, 1, 0),
    "test_crd.yaml": (0, 0, 1),
    "httpproxy.yaml": (0, 0, 1),
    "grafana-alert-rule-group-sample.yaml": (0, 0, 1),
    "crd_schema.yaml": (0, 0, 1),
}
DIFFERENT: dict[str, Verdict] = {
    "crd_schema.yaml": (0, 1, 0),
    "same-kind-different-api.yaml": (1, 1, 0),
    "duplicates-skipped-kinds.yaml": (0, 2, 0),
}
NO_MANIFESTS = {"LICENSE", "registry", "grafanaalertrulegroup_v1beta1.json"}  # schemas for -schema-location
CATALOG = Catalog(36)


def engine(name: str) -> Engine:
    if name == "schema":
        return SchemaEngine(CATALOG)
    return KubeconformEngine(run, tool("kubeconform"), CATALOG)


def objects(fixture: str) -> tuple[list[Manifest], list[Finding]]:
    path = corpus("kubeconform-fixtures") / fixture
    found: list[Manifest] = []
    findings: list[Finding] = []
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        more, wrong = loaded(file.read_bytes(), file.name)
        found += more
        findings += wrong
    return found, findings


def verdict(judge: Engine, found: list[Manifest]) -> Verdict:
    counts = [0, 0, 0]
    for manifest in found:
        result = judge.validate([manifest])
        wrong = any(finding.severity is Severity.ERROR for finding in result.findings)
        counts[2 if not result.checked else 1 if wrong else 0] += 1
    return counts[0], counts[1], counts[2]


@pytest.mark.corpora
def test_every_fixture_has_an_expectation() -> None:
    assert {path.name for path in corpus("kubeconform-fixtures").iterdir()} == set(EXPECTED) | NO_MANIFESTS


def test_every_difference_is_explained() -> None:
    text = (ROOT / "docs" / "engines.md").read_text()
    section = text.partition("## Where we differ from kubeconform on its own\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([\w.-]+)` \|", section, re.MULTILINE)) == set(DIFFERENT)


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["schema", pytest.param("kubeconform", marks=pytest.mark.tools)])
@pytest.mark.parametrize("fixture", EXPECTED)
def test_the_verdict_is_kubeconforms_or_a_listed_difference(fixture: str, name: str) -> None:
    found, findings = objects(fixture)
    assert verdict(engine(name), found) == DIFFERENT.get(fixture, EXPECTED[fixture])
    expected = [("yaml-duplicate-key", 16)] if fixture == "duplicate_property.yaml" else []
    assert [(finding.code, finding.line) for finding in findings] == expected


def test_a_listed_difference_is_one() -> None:
    assert all(DIFFERENT[fixture] != EXPECTED[fixture] for fixture in DIFFERENT)


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["schema", pytest.param("kubeconform", marks=pytest.mark.tools)])
@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("invalid.yaml", [("wrong-type", 6, 13), ("unknown-field", 9, 3)]),
        ("list_invalid.yaml", [("wrong-type", 26, 15), ("unknown-field", 29, 5)]),
        ("multi_invalid.yaml", [("wrong-type", 12, 11)]),
        ("extra_property.yaml", [("unknown-field", 7, 3)]),
        ("missing_apiversion.yaml", [("required-field", 1, 1)]),
    ],
)
def test_errors_have_their_place_in_the_file(fixture: str, expected: list[tuple[str, int, int]], name: str) -> None:
    # The server's own validation, which only our engine follows, finds more in some.
    beyond = {
        "invalid.yaml": [("required-field", 5, 1)],
        "list_invalid.yaml": [("required-field", 25, 3)],
        "extra_property.yaml": [("selector-mismatch", 11, 3)],
    }
    result = engine(name).validate(objects(fixture)[0])
    found = [(f.code, f.line, f.column) for f in result.findings]
    assert sorted(found) == sorted(expected + (beyond.get(fixture, []) if name == "schema" else []))


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["schema", pytest.param("kubeconform", marks=pytest.mark.tools)])
def test_files_without_objects_are_not_valid_but_empty(name: str) -> None:
    for fixture in ("blank.yaml", "comment.yaml", "list_empty_valid.yaml"):
        result = engine(name).validate(objects(fixture)[0])
        assert (result.found, result.checked, result.findings) == (0, 0, [])
