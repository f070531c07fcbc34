"""Our verdicts on the table of rules and formats, which a server has judged."""

from __future__ import annotations

import json

import pytest

from gitops_action.model import Severity
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.crds import Crds
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import manifests
from tests.unit.validate.cel.cases import Case, cases, definition

CASES = cases()


def refused(case: Case, value: object) -> list[str]:
    crd = json.dumps(definition({f"field{case.number}": case.schema}))
    engine = SchemaEngine(Catalog(36), Crds.from_manifests(manifests(crd, "crd.json")))
    found = engine.validate(manifests(case.manifest(value), "x.json")).findings
    return [finding.message for finding in found if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_verdicts(case: Case) -> None:
    assert not [found for value in case.good if (found := refused(case, value))]
    assert not [value for value in case.bad if not refused(case, value)]


@pytest.mark.parametrize("case", [case for case in CASES if case.missed], ids=lambda case: case.name)
def test_what_is_missed(case: Case) -> None:
    """A value that is found now belongs to `bad`."""
    assert not [value for value in case.missed if refused(case, value)]


def test_the_table_is_large() -> None:
    assert sum(len(case.good) for case in CASES) > 300
    assert sum(len(case.bad) for case in CASES) > 300
    assert sum(len(case.missed) for case in CASES) < 15
