"""Flux out of cluster: source-controller and kustomize-controller, as real programs beside a real API server.

helm-controller and source-watcher cannot be built from their modules: what they would write is written by the tests.
"""

from __future__ import annotations

import threading
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import yaml

from gitops_action.deploy.flux import REQUESTED
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


@dataclass
class HelmController:
    """What helm-controller would write: it handles each version of a HelmRelease, and each request, as it was told to.

    `says` has, for each release by its name, the status, reason and message of Ready, and `slow` how long that takes;
    `tries` the version of the chart that it installs.
    """

    cluster: Cluster
    namespace: str
    says: dict[str, tuple[str, str, str]]
    slow: float = 0.0
    chart: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._thread.join()

    def _run(self) -> None:
        handled: dict[str, Any] = {}
        path = RELEASES.replace(NAMESPACE, self.namespace)
        while not self.ended.wait(0.2):
            for live in (self.cluster.get(path) or {}).get("items", []):
                name, metadata = live["metadata"]["name"], live["metadata"]
                asked = metadata.get("annotations", {}).get(REQUESTED, "")
                chart = self.cluster.get(f"{SOURCES}/helmcharts/{self.chart}") if self.chart else None
                packed = ((chart or {}).get("status") or {}).get("artifact", {}).get("revision", "")
                version = (metadata["generation"], asked, self.says.get(name), packed)
                if name in self.says and handled.get(name) != version and not self.ended.wait(self.slow):
                    self._say(f"{path}/{name}", version)
                    handled[name] = version

    def _say(self, path: str, version: tuple[int, str, tuple[str, str, str] | None, str]) -> None:
        generation, asked, said, packed = version
        assert said is not None
        condition = {
            **dict(zip(("status", "reason", "message"), said, strict=True)),
            "type": "Ready",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
            "observedGeneration": generation,
        }
        status: dict[str, Any] = {"observedGeneration": generation, "conditions": [condition]}
        status |= {"lastHandledReconcileAt": asked} if asked else {}
        status |= {"helmChart": f"{NAMESPACE}/{self.chart}", "lastAttemptedRevision": packed} if self.chart else {}
        live = self.cluster.get(path)
        if live is not None:
            self.cluster.send("PUT", f"{path}/status", {**live, "status": status})


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
