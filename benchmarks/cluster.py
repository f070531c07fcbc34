"""Previews of a real API server beside kubectl's, and the embedded check from start to end."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import yaml

from benchmarks.harness import Contender, alternate, table
from gitops_action.adapters.api_server import Access, HttpApiServer
from gitops_action.adapters.control_plane import control_plane
from gitops_action.cluster import requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ROUNDS: Final = 5
_NAMESPACES: Final = 10
_OURS: Final = (sys.executable, "-m", "gitops_action")


def preview(scratch: Path, kubectl: Path) -> str:
    """Measure 500 and 5,000 live objects of which a tenth changes, against the same API server."""
    shown = []
    for count, rounds in ((500, _ROUNDS), (5_000, 1)):
        with control_plane() as plane:
            access = Access(plane.url, plane.tls(), partial(str, f"Bearer {plane.token}"))
            repository = _repository(scratch / f"live-{count}", count)
            with HttpApiServer(access) as server:
                _deploy(server, list(_objects(count)))
            config = scratch / f"kubeconfig-{count}"
            config.write_text(plane.kubeconfig(), encoding="utf-8")
            ours = ["diff", "--all", "--base", "HEAD~", "--kubeconfig", str(config), "--output", "json"]
            contenders = [
                Contender("kubectl diff", [str(kubectl), "--kubeconfig", str(config), *_KUBECTL], repository),
                Contender("gitops-action diff", [*_OURS, *ours], repository),
            ]
            # kubectl's second run on so many would tell nothing new.
            alternate(contenders if count == 500 else contenders[1:], rounds)  # noqa: PLR2004
        aim = "at most 0.5" if count == 500 else "at most 10.5 times the line of ours above, and 350 MB"  # noqa: PLR2004
        title = f"preview of {count:,} live objects, {count // 10} of them changed"
        shown.append(table(title, contenders if count == 500 else contenders[1:], aim))  # noqa: PLR2004
    return "\n".join(shown)


_KUBECTL: Final = ("diff", "--server-side", "--field-manager=gitops-action", "--filename", "production", "--recursive")


def embedded(scratch: Path) -> str:
    """Measure a check of 200 changed objects by an API server that is started for it."""
    repository = _repository(scratch / "embedded", 200, changed=1)
    argv = [*_OURS, "check", "--base", "HEAD~", "--engine", "schema,apiserver", "--output", "json"]
    contenders = [Contender("gitops-action check", argv, repository)]
    alternate(contenders, _ROUNDS)
    return table("check of 200 changed objects by an embedded API server", contenders, "at most 8 s")


def _objects(count: int, changed: int = 0) -> Iterator[dict[str, Any]]:
    """Yield Deployments, Services and ConfigMaps; every `changed`-th has another value, none with 0."""
    for number in range(count):
        metadata: dict[str, Any] = {"name": f"app-{number:05}", "namespace": f"team-{number % _NAMESPACES}"}
        labels = {"app": metadata["name"]}
        value = "2" if changed and number % changed == 0 else "1"
        if number % 3 == 0:
            container = {"name": "web", "image": f"registry.example/web:1.{value}", "ports": [{"containerPort": 8080}]}
            template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
            spec: dict[str, Any] = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
            yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
        elif number % 3 == 1:
            spec = {"selector": labels, "ports": [{"port": 80, "targetPort": 8000 + int(value)}]}
            yield {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
        else:
            yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": value}}


def _repository(folder: Path, count: int, changed: int = 10) -> Path:
    """Make a repository whose last commit changes every `changed`-th object."""
    (folder / "production").mkdir(parents=True)
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    subprocess.run([*git, "init", "--quiet", "--initial-branch", "main"], cwd=folder, check=True)
    for every in (0, changed):
        for one in _objects(count, every):
            path = folder / "production" / f"{one['kind'].lower()}-{one['metadata']['name']}.yaml"
            path.write_text(yaml.safe_dump(one, sort_keys=False), encoding="utf-8")
        subprocess.run([*git, "add", "--all"], cwd=folder, check=True)
        subprocess.run([*git, "commit", "--quiet", "--message", f"every {every}"], cwd=folder, check=True)
    return folder


def _deploy(server: HttpApiServer, objects: list[dict[str, Any]]) -> None:
    spaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"team-{number}"}}
        for number in range(_NAMESPACES)
    ]
    for group in (spaces, objects):
        answers = server.send_all(
            requests.apply(kind, one, dry_run=False)
            for one in group
            if (kind := server.kinds.find(str(one["apiVersion"]), str(one["kind"]))) is not None
        )
        wrong = next((answer for answer in answers if not answer.ok), None)
        if wrong is not None:
            raise SystemExit(f"the objects could not be deployed: {wrong.message}")
