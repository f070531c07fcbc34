"""Custom resources whose definition comes out of a chart: judged again where a change lets the chart make another."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from gitops_action.pipeline.settings import Overrides
from gitops_action.shards import parse
from tests.charts import below, chart
from tests.gitrepo import GitRepo, init
from tests.unit.pipeline.jobs import changed, check, codes
from tests.unit.pipeline.releasing import release, use_own_cache

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.tools

DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties: {size: {type: integer, maximum: {{ .Values.most }}}}
"""
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: shop}\nspec: {size: 7}\n"
FILES = {
    **below("charts/web", {**chart(), "templates/crd.yaml": dedent(DEFINITION)}),
    "staging/web.yaml": release(most=10),
    "staging/app/kustomization.yaml": "resources: [w.yaml]\n",
    "staging/app/w.yaml": WIDGET,
    "staging/plain.yaml": WIDGET.replace("name: w", "name: plain"),
    "staging/other.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: 1}\n",
    "production/w.yaml": WIDGET.replace("name: w", "name: p"),
}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    use_own_cache(tmp_path, monkeypatch)
    made = init(tmp_path / "repo")
    made.commit(FILES)
    return made


def test_a_definition_that_a_release_makes_otherwise(repo: GitRepo) -> None:
    repo.commit({"staging/web.yaml": release(most=5)})
    report = check(repo, "HEAD~1")
    files = {"staging/app/w.yaml", "staging/plain.yaml", "production/w.yaml"}
    assert codes(report) == {("invalid-value", file) for file in files}
    assert changed(report) == {("staging", "update", "web"), ("staging", "update", "widgets.example.com")}


def test_a_definition_that_stays_reaches_nothing(repo: GitRepo) -> None:
    repo.commit({"staging/web.yaml": release(most=10, replicas=2)})
    report = check(repo, "HEAD~1")
    assert codes(report) == set()
    assert {change.resource.name for change in report.changes} == {"web", "widgets.example.com"}


def test_a_leg_looks_at_its_own_environments(repo: GitRepo) -> None:
    repo.commit({"staging/web.yaml": release(most=5)})
    report = check(repo, "HEAD~1", overrides=Overrides(shard=parse("environment=staging")))
    assert {file for _, file in codes(report)} == {"staging/app/w.yaml", "staging/plain.yaml"}
