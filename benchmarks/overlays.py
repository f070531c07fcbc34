"""Rendering of many overlays, beside the builds in turn that it stands for."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from benchmarks.harness import Contender, alternate, table

if TYPE_CHECKING:
    from pathlib import Path

_COUNT: Final = 200
_ROUNDS: Final = 5
_BASE: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - name: main
        image: example.invalid/{name}:1.0.0
        ports: [{{name: http, containerPort: 8080}}]
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  selector: {{app: {name}}}
  ports: [{{name: http, port: 80, targetPort: http}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: {name}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}}}
data: {{level: info}}
"""
_PATCH: Final = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{replicas: {count}}}\n"
_OVERLAY: Final = """\
namespace: {name}-{environment}
resources: [../base]
labels: [{{pairs: {{environment: {environment}}}}}]
patches: [{{path: patch.yaml}}]
images: [{{name: example.invalid/{name}, newTag: 1.{count}.0}}]
"""


def overlays(scratch: Path, kustomize: Path) -> str:
    """Measure `render` and `validate` of 200 overlays beside `kustomize build` of each."""
    repository = scratch / "overlays"
    folders = _repository(repository)
    script = " && ".join(f'"{kustomize}" build {folder} > /dev/null' for folder in folders)
    ours = (sys.executable, "-m", "gitops_action")
    contenders = [
        Contender("kustomize build, in turn", ["sh", "-c", script], repository),
        Contender("render", [*ours, "render", ".", "--output", "json"], repository),
        Contender("validate", [*ours, "validate", "."], repository),
    ]
    alternate(contenders, _ROUNDS)
    return table(f"{len(folders)} overlays of four objects each", contenders, "render at most 0.6")


def _repository(folder: Path) -> list[str]:
    """Write the overlays, two for each base; return their folders."""
    folders = []
    for number in range(_COUNT // 2):
        name = f"app-{number:03}"
        app = folder / "apps" / name
        (app / "base").mkdir(parents=True)
        (app / "base/app.yaml").write_text(_BASE.format(name=name), encoding="utf-8")
        (app / "base/kustomization.yaml").write_text("resources: [app.yaml]\n", encoding="utf-8")
        for count, environment in enumerate(("staging", "production"), 1):
            where = app / environment
            where.mkdir()
            (where / "patch.yaml").write_text(_PATCH.format(name=name, count=count), encoding="utf-8")
            text = _OVERLAY.format(name=name, environment=environment, count=count)
            (where / "kustomization.yaml").write_text(text, encoding="utf-8")
            folders.append(where.relative_to(folder).as_posix())
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    subprocess.run(["git", "-C", folder, "add", "--all"], check=True)
    return folders
