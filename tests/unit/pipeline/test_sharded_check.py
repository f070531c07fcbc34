"""What separate jobs find is, merged, what one job finds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.model import Verdict
from gitops_action.pipeline import check as checking
from gitops_action.pipeline.merging import merge
from gitops_action.pipeline.request import Revisions
from gitops_action.pipeline.settings import Overrides
from gitops_action.report.json_report import as_json, dump
from gitops_action.shards import By, as_matrix, parse
from tests.gitrepo import GitRepo, init
from tests.unit.pipeline.jobs import check, codes, config_map

if TYPE_CHECKING:
    from pathlib import Path

    from gitops_action.model import Report

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1"}]}
"""
ENVIRONMENTS = [f"{region}-{stage}" for region in ("eu", "us", "ap") for stage in ("dev", "staging", "prod")]


@pytest.fixture
def fleet(tmp_path: Path) -> GitRepo:
    repo = init(tmp_path / "fleet")
    files = {"base/deployment.yaml": DEPLOYMENT, "base/kustomization.yaml": "resources: [deployment.yaml]\n"}
    for number, name in enumerate(ENVIRONMENTS):
        files[f"clusters/{name}/kustomization.yaml"] = "resources: [../../base, cm.yaml]\nnamespace: web\n"
        files[f"clusters/{name}/cm.yaml"] = config_map("cm", '"' + "x" * number * 100 + '"')
    files["clusters/eu-dev/plain/a.yaml"] = config_map("plain")
    repo.commit(files)
    repo.commit(
        {
            "base/deployment.yaml": DEPLOYMENT.replace("replicas: 1", "replcas: 2"),
            "clusters/eu-prod/cm.yaml": config_map("cm", "1"),  # a number where a text belongs
            "clusters/eu-dev/plain/a.yaml": config_map("plain", '"2"'),
        }
    )
    return repo


def leg(repo: GitRepo, name: str, base: str = "HEAD~1", *, everything: bool = False) -> Report:
    return check(repo, base, everything=everything, overrides=Overrides(shard=parse(name)))


def comparable(report: Report) -> dict[str, Any]:
    """Return what does not depend on how the work was divided."""
    return as_json(replace(report, timings=(), environments=tuple(sorted(report.environments))))


def legs(repo: GitRepo, by: By, number: int = 0, base: str = "HEAD~1") -> list[str]:
    found = checking.matrix(repo.path, Revisions("HEAD", base), Overrides(), by=by, number=number)
    return [str(shard) for shard in found]


@pytest.mark.parametrize(
    ("by", "number"), [(By.ENVIRONMENT, 0), (By.CLUSTER, 0), (By.ENVIRONMENT, 2), (By.ENVIRONMENT, 4)]
)
def test_merged_legs_are_the_whole(fleet: GitRepo, tmp_path: Path, by: By, number: int) -> None:
    whole = check(fleet, "HEAD~1")
    assert whole.verdict is Verdict.FAILED
    assert set(whole.environments) == {*ENVIRONMENTS}
    names = legs(fleet, by, number)
    assert len(names) == (number or len(ENVIRONMENTS))
    folder = tmp_path / "reports"
    names.reverse()
    for place, name in enumerate(names):
        file = folder / str(place) / "report.json"
        file.parent.mkdir(parents=True)
        file.write_text(dump(leg(fleet, name)))
    together = merge([folder], as_matrix([parse(name) for name in names]))
    assert comparable(together) == comparable(whole)


def test_only_affected_environments_have_a_leg(fleet: GitRepo) -> None:
    fleet.commit({"clusters/us-dev/cm.yaml": config_map("cm", '"new"')})
    assert legs(fleet, By.ENVIRONMENT) == ["environment=us-dev"]


def test_nothing_affected_is_one_leg_that_says_so(fleet: GitRepo) -> None:
    fleet.commit({"README.md": "hello\n"})
    assert legs(fleet, By.ENVIRONMENT) == ["1/1"]
    assert codes(leg(fleet, "1/1")) == {("nothing-affected", "")}


def test_a_part_that_is_left_without_anything_is_no_mistake(fleet: GitRepo) -> None:
    fleet.commit({"clusters/us-dev/cm.yaml": config_map("cm", '"new"')})
    idle = leg(fleet, "2/2")
    assert (idle.verdict, idle.findings, idle.changes) == (Verdict.PASSED, [], [])


def test_a_name_that_nothing_goes_by_is_said(fleet: GitRepo) -> None:
    assert codes(leg(fleet, "environment=eu-porduction")) == {("nothing-affected", "")}
    assert codes(leg(fleet, "environment=eu-porduction", everything=True)) == {("no-manifests", "")}


def test_environments_of_one_cluster_are_one_leg(fleet: GitRepo) -> None:
    text = "".join(f"  {name}: {{paths: ['clusters/{name}/**'], context: {name[:2]}}}\n" for name in ENVIRONMENTS)
    fleet.commit({".gitops.yaml": f"version: 1\nenvironments:\n{text}"})
    fleet.commit({"base/deployment.yaml": DEPLOYMENT.replace("replicas: 1", "replicas: 3")})
    assert sorted(legs(fleet, By.CLUSTER)) == ["cluster=ap", "cluster=eu", "cluster=us"]
    found = leg(fleet, "cluster=eu")
    assert {change.environment for change in found.changes} == {"eu-dev", "eu-staging", "eu-prod"}


def test_an_unreadable_report_hides_no_other(fleet: GitRepo, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "1.json").write_text(dump(leg(fleet, "1/2")))
    (folder / "2.json").write_text(json.dumps({"schemaVersion": 1}))
    report = merge([folder])
    assert {"leg-missing"} < {finding.code for finding in report.findings}
    assert any("2.json" in finding.message for finding in report.findings)
    assert any("leg `2/2`" in finding.message for finding in report.findings)
