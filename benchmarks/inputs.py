"""What the benchmarks run on: copies of real manifests, and a generated repository of many overlays."""

from __future__ import annotations

import re
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = re.compile(r"^(\s*(?:- )?\"?name\"?:\s*\"?)([a-z][a-z0-9-]{1,40})(\"?,?\s*)$", re.MULTILINE)
_REPLICAS: Final = re.compile(r"^(\s*\"?replicas\"?:\s*)(\d{1,2})(,?\s*)$", re.MULTILINE)
_TAG: Final = re.compile(r"^(\s*(?:- )?\"?image\"?:\s*\"?[^\s\":]+):([\w.]+)(\"?,?\s*)$", re.MULTILINE)


def copies(source: Path, destination: Path, count: int) -> int:
    """Copy each YAML and JSON file `count` times, with names and values of its own; return how many there are.

    Kustomizations are left out, so that nobody builds anything: all judge the same files as they are.
    """
    files = [
        path
        for path in sorted(source.rglob("*"))
        if path.suffix in {".yaml", ".yml", ".json"} and path.is_file() and path.stem != "kustomization"
    ]
    for number in range(count):
        for path in files:
            target = destination / f"copy-{number:03}" / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            text = _NAME.sub(rf"\g<1>\g<2>-{number}\g<3>", text)
            text = _REPLICAS.sub(partial(_more, number), text)
            text = _TAG.sub(rf"\g<1>:\g<2>-{number}\g<3>", text)
            target.write_text(text, encoding="utf-8")
    return len(files) * count


def _more(number: int, match: re.Match[str]) -> str:
    return f"{match[1]}{int(match[2]) + number}{match[3]}"


def fleet(destination: Path, apps: int = 125, files_per_app: int = 38) -> tuple[str, str]:
    """Make a Git repository of `apps` applications with two overlays each; return its base and head revision.

    The head changes three files: a base, an overlay and a plain manifest.
    """
    for app in range(apps):
        _app(destination / f"apps/app-{app:03}", f"app-{app:03}", files_per_app)
    plain = destination / "clusters/staging/namespace.yaml"
    plain.parent.mkdir(parents=True)
    plain.write_text("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: one\n", encoding="utf-8")
    _git(destination, "init", "--quiet", "--initial-branch=main")
    base = _commit(destination, "base")
    for changed, old, new in (
        (destination / "apps/app-001/base/config-00.yaml", "value-0", "value-1"),
        (destination / "apps/app-002/overlays/staging/kustomization.yaml", "count: 2", "count: 3"),
        (plain, "name: one", "name: two"),
    ):
        text = changed.read_text(encoding="utf-8")
        if old not in text:
            raise SystemExit(f"{changed}: nothing to change")
        changed.write_text(text.replace(old, new), encoding="utf-8")
    return base, _commit(destination, "head")


def clusters(destination: Path, count: int, objects: int, changed: int) -> tuple[str, str]:
    """Make a Git repository of `count` clusters built from one base of `objects`; return its base and head revision.

    The head changes `changed` of them, and so as many in each cluster.
    """
    base = destination / "base"
    base.mkdir(parents=True)

    def write(value: str) -> None:
        for first in range(0, objects, 25):
            documents = [
                f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-{number:05}\ndata:\n"
                f"  one: value-{value if number < changed else 'old'}\n  two: something that stays as it is\n"
                for number in range(first, min(first + 25, objects))
            ]
            (base / f"settings-{first:05}.yaml").write_text("---\n".join(documents), encoding="utf-8")

    write("old")
    _kustomization(base, "resources:\n" + "".join(f"- {path.name}\n" for path in sorted(base.glob("settings-*.yaml"))))
    for number in range(count):
        name = f"cluster-{number:03}"
        _kustomization(destination / "clusters" / name, f"namespace: {name}\nresources:\n- ../../base\n")
    _git(destination, "init", "--quiet", "--initial-branch=main")
    first = _commit(destination, "base")
    write("new")
    return first, _commit(destination, "head")


def _app(folder: Path, name: str, files: int) -> None:
    base = folder / "base"
    base.mkdir(parents=True)
    resources = ["deployment.yaml"]
    (base / "deployment.yaml").write_text(
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: 1\n"
        f"  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n"
        f"    spec:\n      containers:\n      - name: main\n        image: example.invalid/{name}:1.0.0\n",
        encoding="utf-8",
    )
    for number in range(files - 4):
        resources.append(f"config-{number:02}.yaml")
        (base / resources[-1]).write_text(
            f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}-{number}\ndata:\n  key: value-{number}\n",
            encoding="utf-8",
        )
    _kustomization(base, "resources:\n" + "".join(f"- {resource}\n" for resource in resources))
    for environment, count in (("staging", 2), ("production", 5)):
        _kustomization(
            folder / "overlays" / environment,
            f"namespace: {name}-{environment}\nresources:\n- ../../base\nreplicas:\n- name: {name}\n  count: {count}\n",
        )


def _kustomization(folder: Path, fields: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n{fields}"
    (folder / "kustomization.yaml").write_text(text, encoding="utf-8")


def _commit(folder: Path, message: str) -> str:
    _git(folder, "add", "--all")
    _git(folder, "-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "commit", "--quiet", "-m", message)
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout
