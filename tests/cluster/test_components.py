"""That the components of the tests do what a cluster does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cluster import flux
from tests.cluster.components import cluster, until
from tests.gitrepo import init
from tests.gitserver import GitServer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.tools, pytest.mark.slow]
_DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "example.com/web:1"}]}
"""


def test_pods_become_ready_and_the_data_outlives_the_api_server(tmp_path: Path) -> None:
    with cluster(tmp_path / "cluster", controllers=True) as found:
        found.kubectl("apply", "-f", "-", stdin=_DEPLOYMENT)
        path = "/apis/apps/v1/namespaces/default/deployments/web"
        until(lambda: found.get(path)["status"].get("availableReplicas") == 3)
        found.kill("kube-apiserver")
        found.start("kube-apiserver")
        assert found.get(path)["spec"]["replicas"] == 3


def test_flux_applies_a_commit(tmp_path: Path) -> None:
    repository = init(tmp_path / "git/octo/fleet.git", bare=True)
    sha = repository.commit(
        {"web/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: default}\n"}
    )
    with GitServer(tmp_path / "git", {"": "read"}) as server, cluster(tmp_path / "cluster") as found:
        made = flux.begin(found, tmp_path / "artifacts")
        made.git_repository("fleet", f"{server.url}/octo/fleet.git")
        made.kustomization("web", "./web")
        until(lambda: made.applied("web") == f"main@sha1:{sha}")
        assert found.get("/api/v1/namespaces/default/configmaps/web")
