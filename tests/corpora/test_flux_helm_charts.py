"""Flux's own example as it is, with the charts that its releases name: from a repository over HTTP and from a registry.

The real charts are out of reach of tests, so small ones of our own stand in, under the names and versions that the example asks for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.charts import chart, packed, push, serve_index
from tests.corpora.repositories import changes, codes, edit, repository
from tests.gitrepo import init
from tests.hosts import running
from tests.registry import serve
from tests.support import ROOT, tool

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.corpora, pytest.mark.tools]
NAME = "flux2-kustomize-helm-example"

PODINFO = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: {{ .Release.Name }}}
spec: {hostnames: {{ toJson .Values.httpRoute.hostnames }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-cache}
data: {image: "{{ .Values.redis.repository }}:{{ .Values.redis.tag }}"}
"""
CERTIFICATES = """\
{{- if .Values.crds.enabled }}
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: clusterissuers.cert-manager.io}
spec:
  group: cert-manager.io
  scope: Cluster
  names: {kind: ClusterIssuer, plural: clusterissuers, singular: clusterissuer, listKind: ClusterIssuerList}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
{{- end }}
"""
# What each release gives, in each cluster, besides what the example's own files say.
MADE = {
    "HTTPRoute podinfo/podinfo",
    "ConfigMap podinfo/podinfo-cache",
    "CustomResourceDefinition /clusterissuers.cert-manager.io",
    "Deployment envoy-gateway-system/envoy-gateway",
}


@pytest.fixture(scope="module")
def mirrors() -> Iterator[str]:
    """Serve the charts, and return what stands in for the addresses of the example."""
    podinfo = {"templates__deployment_yaml": PODINFO}
    with running() as host, serve() as registry:
        versions = ("6.9.0", "6.10.0-rc.1")
        archives = {("podinfo", one): packed(chart("podinfo", one, **podinfo), "podinfo") for one in versions}
        url = serve_index(host, archives, "/podinfo")
        manager = chart("cert-manager", "1.20.0", templates__deployment_yaml=CERTIFICATES)
        push(registry, "jetstack/charts/cert-manager", "v1.20.0", packed(manager, "cert-manager"))
        gateway = packed(chart("gateway-helm", "1.8.0"), "gateway-helm")
        push(registry, "envoyproxy/gateway-helm", "1.8.0", gateway)
        yield " ".join((
            f"https://stefanprodan.github.io/podinfo={url}",
            f"oci://quay.io/jetstack/charts=oci://{registry.host}/jetstack/charts",
            f"oci://docker.io/envoyproxy=oci://{registry.host}/envoyproxy",
        ))  # fmt: skip


def run(repo: Path, mirrors: str, cache: Path, *arguments: str) -> dict[str, Any]:
    """Run a command with the mirrors set for the machine, and return its report."""
    folders = {str(tool(name).parent) for name in ("helm", "kustomize")}
    done = subprocess.run(
        [sys.executable, "-m", "gitops_action", *arguments, "--output", "json"],
        cwd=repo, capture_output=True, text=True, check=False, timeout=240,
        env={
            "PATH": os.pathsep.join([*folders, "/usr/bin", "/bin"]), "HOME": str(repo), "PYTHONPATH": str(ROOT),
            "GITOPS_TOOL_CACHE": str(cache), "GITOPS_CHART_MIRRORS": mirrors,
        },
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_object_of_every_release_is_known_in_each_cluster(tmp_path: Path, mirrors: str) -> None:
    repo = init(tmp_path / "repo")
    repo.commit({"README.md": "nothing yet"})
    whole = repository(NAME, tmp_path / "whole")
    listed = whole.git("ls-tree", "-r", "--name-only", "HEAD").splitlines()
    repo.commit({path: (whole.path / path).read_text() for path in listed})
    found = run(repo.path, mirrors, tmp_path / "cache", "check", "--base", "HEAD~1")
    made = {
        (it["environment"], f"{it['resource']['kind']} {it['resource']['namespace']}/{it['resource']['name']}")
        for it in found["changes"]
        if it["outcome"] == "create" and it["target"].startswith("HelmRelease/")
    }
    assert made == {(cluster, name) for cluster in ("staging", "production") for name in MADE}
    assert (found["coverage"]["releases"], found["coverage"]["releasesUnknown"]) == (6, 0)
    assert codes(found, "error") == set()
    assert "chart-unavailable" not in {it["code"] for it in found["findings"]}


def test_each_cluster_has_the_values_of_its_own(tmp_path: Path, mirrors: str) -> None:
    repo = repository(NAME, tmp_path / "repo")
    edit(repo, "apps/base/podinfo/release.yaml", "tag: 8.6.2", "tag: 8.6.3")
    edit(repo, "apps/staging/podinfo-values.yaml", "podinfo.staging", "podinfo.elsewhere")
    found = run(repo.path, mirrors, tmp_path / "cache", "check", "--base", "HEAD~2")
    assert changes(found) == {
        *((cluster, "update", "HelmRelease podinfo") for cluster in ("staging", "production")),
        *((cluster, "update", "ConfigMap podinfo-cache") for cluster in ("staging", "production")),
        ("staging", "update", "HTTPRoute podinfo"),
    }
    (field,) = next(it["fields"] for it in found["changes"] if it["resource"]["kind"] == "HTTPRoute" and it["fields"])
    assert (field["before"], field["after"]) == ("podinfo.staging", "podinfo.elsewhere")
