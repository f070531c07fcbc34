"""Public repositories as real Git repositories, and counts of what they hold that owe nothing to our own reader."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.gitrepo import GitRepo, init
from tests.support import ROOT, corpus, tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_SUFFIXES = (".yaml", ".yml", ".json")


def repository(name: str, path: Path, *, without: str = "") -> GitRepo:
    """Commit a corpus as it is to a new repository; `without` leaves out what lies below a folder."""
    repo = init(path)
    root = corpus(name)
    for file in sorted(root.rglob("*")):
        relative = file.relative_to(root)
        if file.is_file() and ".git" not in relative.parts and not (without and relative.is_relative_to(without)):
            (path / relative).parent.mkdir(parents=True, exist_ok=True)
            (path / relative).write_bytes(file.read_bytes())
    repo.git("add", "--all", "--force")
    repo.git("update-ref", "HEAD", repo.commit_tree(repo.git("write-tree")))
    return repo


def edit(repo: GitRepo, path: str, old: str, new: str) -> None:
    """Commit a file with one piece of it replaced, which must be there."""
    text = (repo.path / path).read_text()
    assert text.count(old) >= 1, f"{path} has no {old!r}"
    repo.commit({path: text.replace(old, new, 1)})


def cli(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a process, as it is checked out here."""
    return subprocess.run(
        [sys.executable, "-m", "gitops_action", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={"PATH": str(tool("kustomize").parent) + ":/usr/bin:/bin", "HOME": str(cwd), "PYTHONPATH": str(ROOT)},
    )


def report(*arguments: str, cwd: Path) -> dict[str, Any]:
    """Return the JSON report of a command; its exit code must be that of its verdict."""
    done = cli(*arguments, "--output", "json", cwd=cwd)
    assert not done.stderr, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == {"passed": 0, "failed": 1, "incomplete": 3}[found["verdict"]]
    return found


def created_from_nothing(name: str, path: Path) -> set[tuple[str, str]]:
    """Return environment and "Kind namespace/name" of all that a corpus creates where nothing was before."""
    repo = init(path)
    repo.commit({"README.md": "nothing yet"})
    root = corpus(name)
    repo.commit({str(file.relative_to(root)): file.read_text() for file in root.rglob("*") if file.is_file()})
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert found["verdict"] == "passed"
    resources = [(it["environment"], it["resource"]) for it in found["changes"] if it["outcome"] == "create"]
    return {(where, f"{it['kind']} {it['namespace']}/{it['name']}") for where, it in resources}


def changes(found: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Return environment, outcome and "Kind name" of what does not stay as it is."""
    return {
        (it["environment"], it["outcome"], f"{it['resource']['kind']} {it['resource']['name']}")
        for it in found["changes"]
        if it["outcome"] != "unchanged"
    }


def codes(found: dict[str, Any], severity: str) -> set[tuple[str, str]]:
    """Return code and file of the findings of a severity."""
    return {(it["code"], it["file"]) for it in found["findings"] if it["severity"] == severity}


def unread(path: Path) -> bool:
    """Whether PyYAML cannot compose a file."""
    try:
        list(yaml.compose_all(path.read_text(), Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return True
    return False


def count(root: Path, left_out: Callable[[str], bool]) -> int:
    """Count the objects in the files of a folder with PyYAML's nodes: what has apiVersion and kind, lists item by item."""
    files = (path for path in sorted(root.rglob("*")) if path.suffix in _SUFFIXES)
    return sum(
        _objects(node)
        for path in files
        if not left_out(path.relative_to(root).as_posix())
        for node in yaml.compose_all(path.read_text(), Loader=yaml.SafeLoader)
    )


def _objects(node: yaml.Node | None) -> int:
    if not isinstance(node, yaml.MappingNode):
        return 0
    members = {key.value: value for key, value in node.value}
    if not all(
        isinstance(members.get(name), yaml.ScalarNode) and members[name].value for name in ("apiVersion", "kind")
    ):
        return 0
    items = members.get("items")
    if members["kind"].value.endswith("List") and isinstance(items, yaml.SequenceNode):
        return sum(map(_objects, items.value))
    return 1


def built(folder: Path) -> list[dict[str, Any]]:
    """Return what the kustomize program itself makes of a folder."""
    done = subprocess.run([tool("kustomize"), "build", folder], capture_output=True, text=True, check=True)
    return [value for value in yaml.safe_load_all(done.stdout) if value]


def kustomizations(root: Path) -> Iterator[str]:
    """Yield the folders that have a kustomization, relative to `root`."""
    for path in sorted(root.rglob("kustomization.yaml")):
        yield path.parent.relative_to(root).as_posix()


def names(values: Iterable[dict[str, Any]]) -> set[str]:
    """Return "Kind name" of each object."""
    return {f"{value['kind']} {value['metadata']['name']}" for value in values}
