"""A claim template takes the place of a volume of its name. Each case was tried on a kube-apiserver 1.36.3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitops_action.validate.catalog import Catalog
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import manifests
from tests.unit.validate.rules import cases_workloads
from tests.unit.validate.rules.variants import Table


def codes(volume: dict[str, Any]) -> list[str]:
    table = Table("changed", cases_workloads.stateful_set.cases[0].manifest)
    table.good("volume", {"spec.template.spec.volumes.1": volume})
    result = SchemaEngine(Catalog(36)).validate(manifests(json.dumps(table.cases[1].manifest)))
    return [finding.code for finding in result.findings]


@pytest.mark.parametrize(
    "source", [{"persistentVolumeClaim": {}}, {"hostPath": {"path": "/a", "type": "Bad"}}, {"flexVolume": {}}]
)
def test_nothing_is_asked_of_a_volume_that_is_replaced(source: dict[str, Any]) -> None:
    assert codes({"name": "data", **source}) == []
    assert codes({"name": "other", **source}) != []


@pytest.mark.parametrize(
    ("source", "code"),
    [({"hostPat": {}}, "unknown-field"), ({"hostPath": {"path": 5}}, "wrong-type")],
)
def test_it_is_read_nevertheless(source: dict[str, Any], code: str) -> None:
    assert codes({"name": "data", **source}) == [code]
