"""Flux's own example repositories, unmodified, waited for in a real API server without a line of configuration.

Their charts, artifacts and signatures cannot be had here, and two of Flux's controllers cannot be built: what Flux would
write into statuses is written by hand, for the very objects that the repositories have.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import pytest
import yaml

from gitops_action.deploy.flux import REQUESTED
from tests.cluster import flux
from tests.cluster.components import cluster, until
from tests.cluster.fleet import Fleet
from tests.corpora.repositories import built
from tests.support import corpus, tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.corpora, pytest.mark.slow, pytest.mark.xdist_group("flux-examples")]

_GROUPS: Final = {
    "GitRepository": "source.toolkit.fluxcd.io/v1",
    "ExternalArtifact": "source.toolkit.fluxcd.io/v1",
    "OCIRepository": "source.toolkit.fluxcd.io/v1",
    "HelmRepository": "source.toolkit.fluxcd.io/v1",
    "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
    "HelmRelease": "helm.toolkit.fluxcd.io/v2",
}
# What Flux's Kustomizations deploy in each repository, by name: the folders, as its files have them.
_HELM_EXAMPLE: Final = {
    "infra-controllers": "infrastructure/controllers",
    "infra-configs": "infrastructure/configs",
    "apps": "apps/{cluster}",
}
_TENANCY: Final = {
    "kyverno": "infrastructure/kyverno",
    "kyverno-policies": "infrastructure/kyverno-policies",
    "tenants": "tenants/{cluster}",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("flux-examples")) as found:
        for name in ("source-controller", "kustomize-controller"):
            for path in sorted((tool(name).resolve().parent / "share").glob("*.yaml")):
                found.send("POST", flux._CRDS, yaml.safe_load(path.read_text(encoding="utf-8")))
        found.send("POST", flux._CRDS, flux._HELM_RELEASE)
        found.kubectl("create", "namespace", flux.NAMESPACE)
        until(lambda: all(found.get(_all(kind)) for kind in _GROUPS))
        yield found


def _all(kind: str) -> str:
    plural = {
        "GitRepository": "gitrepositories",
        "OCIRepository": "ocirepositories",
        "HelmRepository": "helmrepositories",
    }
    return f"/apis/{_GROUPS[kind]}/{plural.get(kind, f'{kind.lower()}s')}"


@dataclass
class ByHand:
    """Writes what Flux would: that it has fetched and applied `revision`, of each object as it is asked for it."""

    cluster: Cluster
    revision: str
    applied: Mapping[str, list[dict[str, Any]]]
    wrong: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self.ended.wait(0.2):
            for kind in _GROUPS:
                for live in (self.cluster.get(_all(kind)) or {}).get("items", []):
                    self._say(kind, live)

    def _say(self, kind: str, live: dict[str, Any]) -> None:
        metadata = live["metadata"]
        reason, message = self.wrong.get(metadata["name"], ("Succeeded", "done"))
        ready = {
            "type": "Ready", "status": "True" if reason == "Succeeded" else "False", "reason": reason, "message": message,
            "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": metadata["generation"],
        }  # fmt: skip
        status: dict[str, Any] = {"conditions": [ready]}
        if kind != "ExternalArtifact":
            status["observedGeneration"] = metadata["generation"]
            status["lastHandledReconcileAt"] = metadata.get("annotations", {}).get(REQUESTED, "")
        if kind in {"GitRepository", "ExternalArtifact"}:
            mine = self.revision if kind == "GitRepository" else f"latest@sha256:{'1' * 64}"
            artifact: dict[str, Any] = {
                "revision": mine,
                "digest": f"sha256:{'1' * 64}",
                "path": "x",
                "url": "http://example.invalid/x.tar.gz",
            }
            artifact |= {
                "lastUpdateTime": "2026-01-01T00:00:00Z",
                "metadata": {"org.opencontainers.image.revision": self.revision},
            }
            status["artifact"] = artifact
        if kind == "Kustomization":
            external = live["spec"]["sourceRef"]["kind"] == "ExternalArtifact"
            revision = f"latest@sha256:{'1' * 64}" if external else self.revision
            status |= {"lastAttemptedRevision": revision, "lastAppliedRevision": revision}
            status |= {"lastAppliedOriginRevision": self.revision} if external else {}
            status["inventory"] = {"entries": [_entry(one) for one in self.applied.get(metadata["name"], [])]}
        if live.get("status") != status:
            space = f"/namespaces/{metadata['namespace']}"
            *start, plural = _all(kind).split("/")
            path = f"{'/'.join(start)}{space}/{plural}/{metadata['name']}/status"
            self.cluster.send("PUT", path, {**live, "status": status})


def _entry(one: Mapping[str, Any]) -> dict[str, str]:
    group, _, version = one["apiVersion"].rpartition("/")
    metadata = one["metadata"]
    return {"id": f"{metadata.get('namespace', '')}_{metadata['name']}_{group}_{one['kind']}", "v": version}


def begun(made: Cluster, tmp_path: Path, name: str, folders: Mapping[str, str], where: str) -> tuple[Fleet, ByHand]:
    """Put what Flux would have applied of a repository into the cluster, as it is written."""
    root = corpus(name)
    files = {str(file.relative_to(root)): file.read_text() for file in root.rglob("*") if file.is_file()}
    fleet = Fleet.begin(tmp_path, made, files, name=f"fluxcd/{name}")
    applied = {kustomization: built(root / folder.format(cluster=where)) for kustomization, folder in folders.items()}
    known = {*_GROUPS, "Namespace", "ServiceAccount", "RoleBinding"}
    applied = {
        key: [one for one in values if one["kind"] in known and "v1beta" not in one["apiVersion"]]
        for key, values in applied.items()
    }
    own = {
        "apiVersion": _GROUPS["GitRepository"],
        "kind": "GitRepository",
        "metadata": {"name": "flux-system", "namespace": "flux-system"},
    }
    address = f"https://example.com/fluxcd/{name}"
    fleet.clone.git("remote", "set-url", "origin", f"{address}.git")
    values: list[dict[str, Any]] = [{**own, "spec": {"url": address, "interval": "1m", "ref": {"branch": "main"}}}]
    for artifact in ("infrastructure", "apps") if "ArtifactGenerator" in "".join(files.values()) else ():
        kind = {"apiVersion": _GROUPS["ExternalArtifact"], "kind": "ExternalArtifact"}
        source = {
            "apiVersion": "source.extensions.fluxcd.io/v1beta1",
            "kind": "ArtifactGenerator",
            "name": "flux-system",
        }
        values.append(
            {**kind, "metadata": {"name": artifact, "namespace": "flux-system"}, "spec": {"sourceRef": source}}
        )
    for file in sorted((root / "clusters" / where).glob("*.yaml")):
        values += [one for one in yaml.safe_load_all(file.read_text()) if one["kind"] in _GROUPS]
    values += [one for each in applied.values() for one in each]
    spaces = {one["metadata"].get("namespace", "") for one in values} - {"", "flux-system"}
    namespaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}} for space in sorted(spaces)]
    made.kubectl("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all(namespaces))
    made.kubectl("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all(values))
    return fleet, ByHand(made, f"main@sha1:{fleet.clone.git('rev-parse', 'HEAD').strip()}", applied)


def gone(made: Cluster) -> None:
    for kind in (
        "Kustomization",
        "HelmRelease",
        "ExternalArtifact",
        "GitRepository",
        "OCIRepository",
        "HelmRepository",
    ):
        for live in (made.get(_all(kind)) or {}).get("items", []):
            metadata = live["metadata"]
            *start, plural = _all(kind).split("/")
            made.send("DELETE", f"{'/'.join(start)}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}")


def deploy(fleet: Fleet, where: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable, "-m", "gitops_action", "deploy", where, "--via", "flux", "--timeout", "60s",
            "--kubeconfig", str(fleet.cluster.kubeconfig),
        ],
        cwd=fleet.clone.path, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "folders"),
    [("flux2-kustomize-helm-example", _HELM_EXAMPLE), ("flux2-multi-tenancy", _TENANCY)],
    ids=["helm-example", "multi-tenancy"],
)
@pytest.mark.parametrize("where", ["staging", "production"])
def test_the_examples_are_waited_for(
    made: Cluster, tmp_path: Path, name: str, folders: Mapping[str, str], where: str
) -> None:
    fleet, by_hand = begun(made, tmp_path, name, folders, where)
    try:
        with by_hand:
            done = deploy(fleet, where)
        assert done.returncode == 0, done.stdout + done.stderr
        shown = done.stdout + done.stderr
        assert all(f"flux-system/{kustomization}" in shown for kustomization in folders)
    finally:
        gone(made)


def test_a_release_that_fails_is_named(made: Cluster, tmp_path: Path) -> None:
    fleet, by_hand = begun(made, tmp_path, "flux2-kustomize-helm-example", _HELM_EXAMPLE, "staging")
    by_hand.wrong = {"podinfo": ("UpgradeFailed", "timed out waiting for the condition")}
    try:
        with by_hand:
            done = deploy(fleet, "staging")
        assert done.returncode == 1, done.stdout + done.stderr
        assert "HelmRelease/podinfo/podinfo" in done.stdout + done.stderr
        assert "timed out waiting for the condition" in done.stdout + done.stderr
    finally:
        gone(made)
