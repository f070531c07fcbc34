"""Volumes of a StatefulSet that its claims take the place of. `cases_workloads` asks a real server about such a one."""

from __future__ import annotations

import pytest

from gitops_action.validate.catalog import Catalog
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import manifests

STATEFUL_SET = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: shop}}
spec:
  serviceName: shop
  selector: {{matchLabels: {{app: shop}}}}
  template:
    metadata: {{labels: {{app: shop}}}}
    spec:
      containers: [{{name: shop, image: a}}]
      volumes:
        - name: data
          {source}
  volumeClaimTemplates: {claims}
"""
CLAIM = "{metadata: {name: %s}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}"
EMPTY = "persistentVolumeClaim: {}"


def codes(source: str, claims: str) -> list[str]:
    found = SchemaEngine(Catalog(36)).validate(manifests(STATEFUL_SET.format(source=source, claims=claims))).findings
    return [finding.code for finding in found]


def test_what_it_lacks_is_not_looked_at() -> None:
    assert codes(EMPTY, f"[{CLAIM % 'data'}]") == []
    assert codes("projected: {sources: [{serviceAccountToken: {}}]}", f"[{CLAIM % 'data'}]") == []
    assert codes("hostPath: {path: /a, type: Bad}", f"[{CLAIM % 'data'}]") == []


@pytest.mark.parametrize("claims", [f"[{CLAIM % 'date'}]", "[]", "null", f"[null, {CLAIM % 'other'}]"])
def test_that_of_any_other_is(claims: str) -> None:
    assert "required-field" in codes(EMPTY, claims)


def test_it_is_read_as_strictly_as_any() -> None:
    assert codes("persistentVolumeClaim: {claim: data}", f"[{CLAIM % 'data'}]") == ["unknown-field"]
    assert codes("persistentVolumeClaim: {claimName: [data]}", f"[{CLAIM % 'data'}]") == ["wrong-type"]
