"""What is prepared while others are waited for changes no verdict, and is not prepared again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.config import Config, Engine
from gitops_action.pipeline import release_job
from gitops_action.pipeline.judging import Ahead, Judges
from gitops_action.validate import lookup
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.crds import Crds
from tests.charts import below, chart
from tests.gitrepo import init
from tests.manifests import manifests
from tests.unit.pipeline.jobs import check, codes
from tests.unit.pipeline.releasing import release, use_own_cache

if TYPE_CHECKING:
    from pathlib import Path

_ODD: list[dict[str, Any]] = [
    {}, {"apiVersion": {}, "kind": []}, {"apiVersion": "v1", "kind": None}, {"apiVersion": "no/such", "kind": "Thing"},
    {"apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition"},
]  # fmt: skip
_RELEASE = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease"}
_WRONG = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: Web}
spec: {replicas: many, template: {}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec: {interval: 1m, chart: {spec: {chart: web}}, chartRef: {kind: OCIRepository, name: web}}
"""


def test_any_object_can_be_prepared_for() -> None:
    Ahead(Config())("staging", [*_ODD, _RELEASE])


def test_it_changes_no_verdict() -> None:
    found = manifests(_WRONG)
    before = Judges(Config(), Crds()).judge(found).findings
    Ahead(Config())("", [one.value for one in found])
    assert Judges(Config(), Crds()).judge(found).findings == before
    assert len(before) >= 4


def test_a_kind_is_prepared_once_for_an_environment_and_only_where_schemas_judge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setattr(
        "gitops_action.pipeline.judging.prepare", lambda _, version, kind: asked.append((version, kind))
    )
    ahead = Ahead(Config())
    ahead("staging", [_RELEASE, _RELEASE])
    ahead("staging", [_RELEASE])
    assert asked == [("helm.toolkit.fluxcd.io/v2", "HelmRelease")]
    Ahead(Config(engines=(Engine.KUBECONFORM,)))("staging", [_RELEASE])
    assert len(asked) == 1


def test_a_definition_in_the_tree_holds_whatever_was_prepared() -> None:
    lookup.prepare(Catalog.newest(), _RELEASE["apiVersion"], _RELEASE["kind"])
    definition = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: helmreleases.helm.toolkit.fluxcd.io}
spec:
  group: helm.toolkit.fluxcd.io
  scope: Namespaced
  names: {kind: HelmRelease, plural: helmreleases}
  versions:
  - name: v2
    served: true
    storage: true
    schema:
      openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {only: {type: string}}}}}
"""
    crds = Crds.from_manifests(manifests(definition))
    found = Judges(Config(), crds).judge(manifests(_WRONG)[1:]).findings
    assert {one.code for one in found} == {"unknown-field"}


@pytest.mark.tools
def test_objects_are_told_of_while_others_are_being_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_own_cache(tmp_path, monkeypatch)
    said: list[str] = []
    real = release_job.Job._take

    def take(self: release_job.Job, *given: Any) -> None:
        said.append("all are rendered")
        real(self, *given)

    monkeypatch.setattr(release_job.Job, "_take", take)
    monkeypatch.setattr("gitops_action.pipeline.judging.prepare", lambda _catalog, _version, kind: said.append(kind))
    repo = init(tmp_path / "repo")
    repo.commit({**below("charts/web", chart()), "staging/web.yaml": release(replicas=1)})
    assert not codes(check(repo, everything=True))
    assert said[-1] == "all are rendered"
    assert {"HelmRelease", "Deployment"} <= set(said)
