from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gitops_action import environments
from gitops_action.adapters.processes import find_tool
from gitops_action.config import load
from tests.support import ROOT, require

if TYPE_CHECKING:
    from types import ModuleType

EXAMPLES = ROOT / "examples"
FLEET = EXAMPLES / "fleet"
ENVIRONMENTS = ("staging", "production")


def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("examples_demo", EXAMPLES / "demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def revisions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give the fleet before and after the change, as folders."""
    folder = tmp_path_factory.mktemp("demo")
    base, head = demo().make_repository(folder / "head")
    demo().git(folder / "head", "worktree", "add", "--quiet", str(folder / "base"), base)
    assert base != head
    return folder / "base", folder / "head"


def render(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    kubectl = find_tool("kubectl")
    require(kubectl, "kubectl (in the locked requirements)")
    built = subprocess.run([str(kubectl), "kustomize", str(path)], check=True, capture_output=True)
    objects = list(yaml.safe_load_all(built.stdout))
    return {(entry["kind"], entry["metadata"]["name"]): entry for entry in objects}


def test_the_fleet_holds_what_a_team_keeps(revisions: tuple[Path, Path]) -> None:
    base, _ = revisions
    kinds = {kind for environment in ENVIRONMENTS for kind, _ in render(base / "environments" / environment)}
    assert kinds >= {
        "Namespace",
        "Deployment",
        "StatefulSet",
        "CronJob",
        "Service",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "NetworkPolicy",
        "ConfigMap",
        "Secret",
        "Backup",
    }


def test_the_configuration_of_the_fleet_is_right() -> None:
    config = load((FLEET / ".gitops.yaml").read_bytes(), ".gitops.yaml")
    assert tuple(environment.name for environment in config.environments) == ENVIRONMENTS
    for name in ENVIRONMENTS:
        assert environments.of_directory(f"environments/{name}", config) == name
    assert environments.of_file("crds/backups.yaml", config) == environments.DEFAULT


def test_its_modeline_names_the_schema() -> None:
    first = (FLEET / ".gitops.yaml").read_text(encoding="utf-8").splitlines()[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert match is not None
    assert (FLEET / match[1]).resolve() == ROOT / "schemas" / "gitops.schema.json"


def test_the_change_does_what_it_is_for(revisions: tuple[Path, Path]) -> None:
    """One image in the base, seen in both environments with their own numbers; a typo; a deletion; a Secret."""
    objects = {
        (revision, name): render(folder / "environments" / name)
        for revision, folder in zip(("base", "head"), revisions, strict=True)
        for name in ENVIRONMENTS
    }
    changed = {
        name: {
            key
            for key in objects["base", name].keys() | objects["head", name].keys()
            if objects["base", name].get(key) != objects["head", name].get(key)
        }
        for name in ENVIRONMENTS
    }
    both = {("Deployment", "web"), ("StatefulSet", "worker")}
    assert changed["staging"] == both | {("Deployment", "mail-catcher"), ("Service", "mail")}
    assert changed["production"] == both | {("Secret", "worker-database")}
    assert ("Service", "mail") not in objects["head", "staging"]
    for name, replicas in zip(ENVIRONMENTS, (1, 3), strict=True):
        web, worker = objects["head", name]["Deployment", "web"], objects["head", name]["StatefulSet", "worker"]
        assert web["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":1.5.0")
        assert worker["spec"]["replicas"] == replicas
        assert worker["spec"]["minReadySecond"] == 10
    secrets = [objects[revision, "production"]["Secret", "worker-database"] for revision in ("base", "head")]
    differing = [
        key for key in secrets[0]["stringData"] if secrets[0]["stringData"][key] != secrets[1]["stringData"][key]
    ]
    assert differing == ["DATABASE_PASSWORD"]


def test_the_demo_repository_is_the_same_each_time(tmp_path: Path, revisions: tuple[Path, Path]) -> None:
    again = demo().make_repository(tmp_path / "again")
    assert again == tuple(demo().git(folder, "rev-parse", "HEAD") for folder in revisions)


@pytest.mark.slow
def test_the_demo_shows_the_comment_and_writes_the_report(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "demo.py")], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "gitops-report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "failed"
    line = (FLEET / "base/worker/statefulset.yaml").read_text(encoding="utf-8").splitlines().index("  replicas: 1") + 2
    errors = {
        (finding["file"], finding["line"], finding["column"])
        for finding in report["findings"]
        if finding["severity"] == "error"
    }
    assert errors == {("base/worker/statefulset.yaml", line, 3)}
    outcomes = {
        (change["environment"], change["resource"]["kind"], change["resource"]["name"]): change["outcome"]
        for change in report["changes"]
        if change["outcome"] != "unchanged"
    }
    assert outcomes == {
        ("staging", "Deployment", "web"): "update",
        ("staging", "StatefulSet", "worker"): "update",
        ("staging", "Deployment", "mail-catcher"): "delete",
        ("staging", "Service", "mail"): "delete",
        ("production", "Deployment", "web"): "update",
        ("production", "StatefulSet", "worker"): "update",
        ("production", "Secret", "worker-database"): "update",
    }
    for text in (done.stdout, done.stderr, json.dumps(report)):
        assert "stand-in" not in text
    assert "registry.example.com/shop/web:1.5.0" in done.stdout
    assert f"base/worker/statefulset.yaml:{line}:3" in done.stdout
    assert "minReadySeconds" in done.stdout
