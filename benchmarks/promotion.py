"""Plans of promotions in a large repository, and what the check of their containment costs beside the same builds in turn."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from benchmarks.harness import Contender, alternate, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ROUNDS: Final = 5
_CHANGED: Final = 50
_ENVIRONMENTS: Final = ("dev", "staging", "production")
_OURS: Final = (sys.executable, "-m", "gitops_action")
_CONFIG: Final = """\
version: 1
environments:
  dev: {paths: ["apps/*/dev"]}
  staging: {paths: ["apps/*/staging"]}
  production: {paths: ["apps/*/production"]}
promotion:
  paths:
    - {from: dev, to: staging}
    - {from: staging, to: production}
"""
_BASE: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  selector:
    matchLabels: {app: app}
  template:
    metadata:
      labels: {app: app}
    spec:
      containers:
        - name: app
          image: registry.example/app:0
          ports: [{name: http, containerPort: 8080}]
          resources: {requests: {cpu: 50m, memory: 64Mi}}
---
apiVersion: v1
kind: Service
metadata:
  name: app
spec:
  selector: {app: app}
  ports: [{name: http, port: 80, targetPort: http}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: app
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: app}
  minReplicas: 1
  maxReplicas: 5
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: app
data:
  level: info
"""
_PATCH: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: app
          image: registry.example/app:{tag}
"""
_OVERLAY: Final = """\
namespace: {environment}
resources:
  - ../base
patches:
  - path: release.yaml
labels:
  - pairs: {{environment: {environment}}}
"""


def plans(scratch: Path, kustomize: Path) -> str:
    """Measure plans of 1,000 and 2,000 components, and the check of 50 promotions beside the builds that it makes."""
    repositories = {count: _repository(scratch / f"promotion-{count}", count) for count in (1_000, 2_000)}
    contenders = [
        Contender(f"promote plan, {count:,} components", _plan(repository), repository)
        for count, repository in repositories.items()
    ]
    alternate(contenders, _ROUNDS)
    aim = "at most 5 s and 300 MB; the second at most 1 s more"
    shown = table(
        f"promote plan: 3 environments, {_CHANGED} components changed, without the containment check", contenders, aim
    )
    return f"{shown}\n{_containment(repositories[1_000], kustomize)}"


def _containment(repository: Path, kustomize: Path) -> str:
    """Measure the check beside the builds that it stands for: of source and target, before and after."""
    script = (
        f"for each in $(seq 0 {_CHANGED - 1}); do for e in staging production; do for t in a b; do "
        f'"{kustomize}" build apps/app-$(printf %04d $each)/$e > /dev/null || exit 1; done; done; done'
    )
    contenders = [
        Contender("kustomize build, in turn", ["sh", "-c", script], repository),
        Contender("promote plan --checked", [*_plan(repository), "--checked"], repository),
        Contender("promote plan", _plan(repository), repository),
    ]
    alternate(contenders, _ROUNDS)
    title = f"containment of {_CHANGED} promotions: {4 * _CHANGED} builds"
    return table(title, contenders, "checked less plan at most 0.6 of the builds in turn")


def _plan(repository: Path) -> Sequence[str]:
    assert repository.is_dir()
    return [*_OURS, "promote", "plan", "--from", "staging", "--to", "production", "--output", "json"]


def _repository(folder: Path, count: int) -> Path:
    """Make a repository with so many components, of which 50 were changed in staging, each by a commit."""
    (folder / ".git").parent.mkdir(parents=True)
    (folder / ".gitops.yaml").write_text(_CONFIG, encoding="utf-8")
    for number in range(count):
        for place, environment in enumerate(_ENVIRONMENTS):
            _write(folder, number, environment, "1.0", place + 1)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _commit(folder, "Begin")
    for number in range(_CHANGED):
        _write(folder, number, "staging", "1.1", 2)
        _commit(folder, f"Release app {number}")
    return folder


def _write(folder: Path, number: int, environment: str, tag: str, replicas: int) -> None:
    """Write an overlay as people have them: a base of four objects, a patch, a namespace, labels."""
    app = folder / f"apps/app-{number:04}"
    for where in (app / "base", app / environment):
        where.mkdir(parents=True, exist_ok=True)
    (app / "base/app.yaml").write_text(_BASE, encoding="utf-8")
    (app / "base/kustomization.yaml").write_text("resources:\n  - app.yaml\n", encoding="utf-8")
    (app / environment / "release.yaml").write_text(_PATCH.format(tag=tag, replicas=replicas), encoding="utf-8")
    (app / environment / "kustomization.yaml").write_text(_OVERLAY.format(environment=environment), encoding="utf-8")


def _commit(folder: Path, message: str) -> None:
    _git(folder, "add", "--all")
    _git(folder, "-c", "user.name=Bench", "-c", "user.email=bench@example.com", "commit", "--quiet", "-m", message)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)
