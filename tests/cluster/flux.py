"""Flux out of cluster: source-controller and kustomize-controller, as real programs beside a real API server.

helm-controller and source-watcher cannot be built from their modules: what they would write is written by the tests.
"""

from __future__ import annotations

import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.cluster.components import HOST, Component, free_port, until
from tests.support import tool

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.components import Cluster

NAMESPACE: Final = "flux-system"
SOURCES: Final = f"/apis/source.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}"
KUSTOMIZATIONS: Final = f"/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/kustomizations"
RELEASES: Final = f"/apis/helm.toolkit.fluxcd.io/v2/namespaces/{NAMESPACE}/helmreleases"
_CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_ANYTHING: Final = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_HELM_RELEASE: Final = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "helmreleases.helm.toolkit.fluxcd.io"},
    "spec": {
        "group": "helm.toolkit.fluxcd.io",
        "names": {
            "kind": "HelmRelease",
            "listKind": "HelmReleaseList",
            "plural": "helmreleases",
            "singular": "helmrelease",
        },
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v2",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {"type": "object", "properties": {"spec": _ANYTHING, "status": _ANYTHING}}
                },
            }
        ],
    },
}


@dataclass
class Flux:
    """Flux beside a cluster."""

    cluster: Cluster

    def git_repository(self, name: str, url: str, *, interval: str = "1h", **spec: Any) -> None:
        """Make a GitRepository of the main branch."""
        value = {"url": url, "interval": interval, "ref": {"branch": "main"}, "timeout": "20s", **spec}
        self.cluster.send("POST", f"{SOURCES}/gitrepositories", _object("source", "GitRepository", name, value))

    def kustomization(self, name: str, path: str, source: str = "fleet", **spec: Any) -> None:
        """Make a Kustomization of a GitRepository."""
        value = {
            "path": path, "interval": "1h", "prune": True, "timeout": "20s", "retryInterval": "5s",
            "sourceRef": {"kind": "GitRepository", "name": source}, **spec,
        }  # fmt: skip
        self.cluster.send("POST", KUSTOMIZATIONS, _object("kustomize", "Kustomization", name, value))

    def applied(self, name: str) -> str:
        """Return the revision that a Kustomization has applied."""
        found = self.cluster.get(f"{KUSTOMIZATIONS}/{name}") or {}
        return str(found.get("status", {}).get("lastAppliedRevision", ""))


def _object(group: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": f"{group}.toolkit.fluxcd.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    }


def begin(cluster: Cluster, folder: Path) -> Flux:
    """Install Flux's kinds and start its controllers; they end with the cluster."""
    for name in ("source-controller", "kustomize-controller"):
        for path in sorted((tool(name).resolve().parent / "share").glob("*.yaml")):
            cluster.send("POST", _CRDS, yaml.safe_load(path.read_text(encoding="utf-8")))
    cluster.send("POST", _CRDS, _HELM_RELEASE)
    cluster.send(
        "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    )
    until(lambda: all(cluster.get(path) for path in (f"{SOURCES}/gitrepositories", KUSTOMIZATIONS, RELEASES)))
    folder.mkdir(parents=True, exist_ok=True)
    storage = f"{HOST}:{free_port()}"
    _start(
        cluster,
        "source-controller",
        [f"--storage-path={folder}", f"--storage-addr={storage}", f"--storage-adv-addr={storage}"],
    )
    _start(cluster, "kustomize-controller", ["--requeue-dependency=2s", "--feature-gates=ExternalArtifact=true"])
    return Flux(cluster)


def _start(cluster: Cluster, name: str, flags: list[str]) -> None:
    health = f"{HOST}:{free_port()}"
    argv = [
        str(tool(name)), *flags, "--events-addr=", f"--health-addr={health}", f"--metrics-addr={HOST}:{free_port()}",
        "--enable-leader-election=false", "--log-level=info",
    ]  # fmt: skip
    env = {"KUBECONFIG": str(cluster.kubeconfig), "RUNTIME_NAMESPACE": NAMESPACE}

    def ready() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://{health}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
        return False

    cluster.add(name, Component(argv, ready, env))
