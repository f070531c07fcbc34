"""Deployments beside `kubectl apply --server-side`, drift beside a diff, and what waiting for Flux adds."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import yaml

from benchmarks.harness import Contender, alternate, table
from gitops_action.adapters.api_server import Access, HttpApiServer
from gitops_action.adapters.control_plane import control_plane
from gitops_action.adapters.processes import find_tool
from gitops_action.cluster.answers import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitops_action.adapters.control_plane import ControlPlane

_COUNT: Final = 500
_ROUNDS: Final = 5
_NAMESPACES: Final = 10
_OURS: Final = (sys.executable, "-m", "gitops_action")
_FOLDER: Final = "environments/production"
_TEXT: Final = "2026-01-01T00:00:00Z"


def deployments(scratch: Path, kubectl: Path) -> str:
    """Measure an empty cluster, the same once more, and drift, each on a server of its own."""
    repository = _repository(scratch / "deployment")
    configs = {name: scratch / f"kubeconfig-{name}" for name in ("kubectl", "ours")}
    theirs = [str(kubectl), "--kubeconfig", str(configs["kubectl"]), "apply", "--server-side", "-R", "-f", _FOLDER]
    ours = [*_OURS, "deploy", "production", "--via", "apply", "--kubeconfig", str(configs["ours"]), "--output", "json"]
    # Ratios are to the last.
    empty = [
        Contender("gitops-action deploy", ours, repository),
        Contender("kubectl apply --server-side", theirs, repository),
    ]
    places = [configs["ours"], configs["kubectl"]]
    for _ in range(_ROUNDS):
        for contender, config in zip(empty, places, strict=True):
            with control_plane() as plane:
                config.write_text(plane.kubeconfig(), encoding="utf-8")
                contender.run()
    shown = [table(f"an empty cluster to {_COUNT} objects", empty, "at most 1.0")]
    with control_plane() as first, control_plane() as second:
        for config, plane in zip(places, (first, second), strict=True):
            config.write_text(plane.kubeconfig(), encoding="utf-8")
        again = [Contender(one.name, one.argv, repository) for one in empty]
        for one in again:
            one.run()
            one.seconds.clear()
        alternate(again, _ROUNDS)
        shown.append(table(f"deployment of {_COUNT} objects, all unchanged", again, "at most 0.9"))
        common = ["--kubeconfig", str(configs["ours"]), "--output", "json"]
        looks = [
            Contender("gitops-action drift", [*_OURS, "drift", "production", *common], repository),
            Contender("gitops-action diff --all", [*_OURS, "diff", "--all", "--base", "HEAD~", *common], repository),
        ]
        alternate(looks, _ROUNDS)
        shown.append(table(f"drift of {_COUNT} objects, none of which has", looks, "about 1.0"))
    return "\n".join(shown)


def waiting(scratch: Path) -> str:
    """Measure how long after Flux has said that it is ready `deploy` ends; Flux's words are written by hand."""
    program = find_tool("kustomize-controller"), find_tool("source-controller")
    if None in program:
        raise SystemExit("Flux's controllers are missing: run `make tools`")
    repository = _repository(scratch / "waiting")
    sha = _git(repository, "rev-parse", "HEAD")
    _git(repository, "remote", "add", "origin", "https://example.com/octo/fleet.git")
    config = scratch / "kubeconfig-waiting"
    with control_plane() as plane, _client(plane) as server:
        config.write_text(plane.kubeconfig(), encoding="utf-8")
        for tool in program:
            for path in sorted((Path(str(tool)).resolve().parent / "share").glob("*.yaml")):
                _send(
                    server,
                    "POST",
                    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                    yaml.safe_load(path.read_text(encoding="utf-8")),
                )
        time.sleep(2)
        seconds = [_waited(server, repository, config, sha, number) for number in range(_ROUNDS)]
    return (
        "waiting for Flux: from its word that it is ready to the end of the process\n"
        f"  {'gitops-action deploy --via flux':<40} {median(seconds):8.3f} s  (min {min(seconds):.3f}, max {max(seconds):.3f}, "
        f"n={len(seconds)})\n  aim: at most 2 s\n"
    )


def _waited(server: HttpApiServer, repository: Path, config: Path, sha: str, number: int) -> float:
    name = f"fleet-{number}"
    source, kustomization = _flux(server, name)
    argv = [*_OURS, "deploy", "production", "--via", "flux", "--kubeconfig", str(config), "--kustomization", name]
    process = subprocess.Popen(argv, cwd=repository, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Anywhere between two looks.
    time.sleep(3 + number * 0.23)
    _say(
        server,
        source,
        {
            "artifact": {
                "revision": f"main@sha1:{sha}",
                "digest": f"sha256:{'0' * 64}",
                "lastUpdateTime": _TEXT,
                "path": "x",
                "url": "http://x.invalid/x",
            }
        },
    )
    _say(
        server, kustomization, {"lastAppliedRevision": f"main@sha1:{sha}", "lastAttemptedRevision": f"main@sha1:{sha}"}
    )
    start = time.perf_counter()
    if process.wait(60) != 0:
        raise SystemExit(f"deploy ended with exit code {process.returncode}")
    return time.perf_counter() - start


def _flux(server: HttpApiServer, name: str) -> tuple[str, str]:
    source = "/apis/source.toolkit.fluxcd.io/v1/namespaces/default/gitrepositories"
    kustomization = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/default/kustomizations"
    spec: dict[str, Any] = {"url": "https://example.com/octo/fleet.git", "interval": "1h"}
    _send(server, "POST", source, _object("source", "GitRepository", name, spec))
    spec = {
        "path": f"./{_FOLDER}",
        "interval": "1h",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": name},
    }
    _send(server, "POST", kustomization, _object("kustomize", "Kustomization", name, spec))
    return f"{source}/{name}", f"{kustomization}/{name}"


def _object(group: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    version = f"{group}.toolkit.fluxcd.io/v1"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def _say(server: HttpApiServer, path: str, status: dict[str, Any]) -> None:
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Succeeded",
        "message": "ok",
        "lastTransitionTime": _TEXT,
        "observedGeneration": 1,
    }
    body = {"status": {"observedGeneration": 1, "conditions": [ready], **status}}
    answer = server.send(Request("PATCH", f"{path}/status", {}, body, "application/merge-patch+json"))
    if not answer.ok:
        raise SystemExit(answer.message)


def _send(server: HttpApiServer, method: str, path: str, body: Any) -> None:
    answer = server.send(Request(method, path, {}, body))
    if not answer.ok:
        raise SystemExit(f"{path}: {answer.message}")


def _client(plane: ControlPlane) -> HttpApiServer:
    return HttpApiServer(Access(plane.url, plane.tls(), partial(str, f"Bearer {plane.token}")))


def _objects() -> Iterator[dict[str, Any]]:
    """Yield objects that no controller has to make healthy: there is none beside these servers."""
    for number in range(_NAMESPACES):
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"team-{number}"}}
    for number in range(_COUNT - _NAMESPACES):
        metadata = {"name": f"app-{number:05}", "namespace": f"team-{number % _NAMESPACES}"}
        if number % 3 == 0:
            yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": str(number)}}
        elif number % 3 == 1:
            spec = {"selector": {"app": metadata["name"]}, "ports": [{"port": 80, "targetPort": 8080}]}
            yield {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
        else:
            rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]
            yield {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata, "rules": rules}


def _repository(folder: Path) -> Path:
    place = folder / _FOLDER
    place.mkdir(parents=True)
    _git(folder, "init", "--quiet", "--initial-branch", "main")
    for number, one in enumerate(_objects()):
        # kubectl applies files in the order of their names.
        (place / f"{number:04}.yaml").write_text(yaml.safe_dump(one, sort_keys=False), encoding="utf-8")
    for text in ("one", "two"):
        (folder / "README.md").write_text(text, encoding="utf-8")
        _git(folder, "add", "--all")
        _git(folder, "commit", "--quiet", "--message", text)
    return folder


def _git(folder: Path, *arguments: str) -> str:
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", *arguments]
    return subprocess.run(git, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
