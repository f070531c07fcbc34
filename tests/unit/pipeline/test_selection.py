from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import load
from gitops_action.model import Severity
from gitops_action.pipeline.plain import candidates
from gitops_action.pipeline.selection import select, unchecked
from gitops_action.pipeline.settings import Overrides
from gitops_action.pipeline.validate import validate
from gitops_action.repository.discovery import discover
from tests.gitrepo import GitRepo, Link, init

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = init(tmp_path / "repo")
    made.commit(
        {
            "apps/kustomization.yaml": "resources: [web.yaml]\nconfigMapGenerator: [{name: c, files: [notes.txt]}]\n",
            "apps/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
            "apps/notes.txt": "used\n",
            "plain.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n",
            "manifest": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n",
            "ignored/x.yaml": "a: 1\n",
            "link.yaml": Link("plain.yaml"),
            ".gitops.yaml": "version: 1\nignore: [ignored]\n",
        }
    )
    return made


def said(repo: GitRepo, *names: str) -> list[tuple[str, str]]:
    selection = select([str(repo.path / name) for name in names])
    graph = discover(selection.tree)
    config = load((repo.path / ".gitops.yaml").read_bytes())
    found = unchecked(selection, graph, frozenset(candidates(selection.tree, graph, config)))
    assert all((finding.code, finding.severity) == ("file-unchecked", Severity.WARNING) for finding in found)
    return [(finding.file, finding.message.partition("not checked: ")[2]) for finding in found]


def test_files_that_are_looked_at_are_not_worth_a_word(repo: GitRepo) -> None:
    assert said(repo, "plain.yaml", "apps/web.yaml", "apps/kustomization.yaml", "apps/notes.txt", ".gitops.yaml") == []
    assert said(repo, ".", "apps") == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("manifest", "its name ends neither in .yaml, .yml nor in .json"),
        ("ignored/x.yaml", "the configuration ignores it"),
        ("link.yaml", "it is a symlink, which is not followed: name the file that it leads to"),
    ],
)
def test_a_named_file_is_not_passed_over_in_silence(repo: GitRepo, name: str, reason: str) -> None:
    assert said(repo, "plain.yaml", name) == [(name, reason)]


@pytest.fixture
def partly_ignored(tmp_path: Path) -> GitRepo:
    made = init(tmp_path / "partly")
    made.commit({".gitignore": "build/\n*.dec.yaml\n", "apps/a.yaml": "a: 1\n", "apps/nested/b.yaml": "b: 1\n"})
    for name in ("apps/new.yaml", "apps/secret.dec.yaml", "build/c.yaml", "build/deep/d.yaml"):
        path = made.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("c: 1\n")
    return made


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ([""], {"apps/a.yaml", "apps/nested/b.yaml", "apps/new.yaml"}),
        (["apps"], {"apps/a.yaml", "apps/nested/b.yaml", "apps/new.yaml"}),
        (
            ["apps", "apps/secret.dec.yaml"],
            {"apps/a.yaml", "apps/nested/b.yaml", "apps/new.yaml", "apps/secret.dec.yaml"},
        ),
        (["apps/secret.dec.yaml"], {"apps/secret.dec.yaml"}),
        (["build"], {"build/c.yaml", "build/deep/d.yaml"}),
        (["build/deep"], {"build/deep/d.yaml"}),
    ],
)
def test_what_git_ignores_counts_only_where_it_is_named(
    partly_ignored: GitRepo, named: list[str], found: set[str]
) -> None:
    selection = select([str(partly_ignored.path / name) for name in named])
    assert {path for path in selection.tree.entries if selection.has(path)} - {".gitignore"} == found


def test_a_folder_outside_of_git_counts_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.yaml\n")
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert "a.yaml" in select([str(tmp_path)]).tree.entries


def test_without_git_everything_counts(
    partly_ignored: GitRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert "build/c.yaml" in select([str(partly_ignored.path)]).tree.entries


@pytest.fixture
def loose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files that are in no repository, in the current folder."""
    files = {
        "apps/base/kustomization.yaml": "resources: [web.yaml]\n",
        "apps/base/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndat: {}\n",
        "apps/prod/kustomization.yaml": "resources: [../base]\n",
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.tools
def test_without_git_an_overlay_builds_from_the_folders_beside_it(loose: Path) -> None:
    report = validate(["apps/prod"], Overrides(), SilentProgress())
    assert [(one.code, one.file, one.line) for one in report.findings] == [("unknown-field", "apps/base/web.yaml", 4)]
    assert report.coverage.targets == 1
    assert loose.samefile(select(["apps/prod"]).tree.name)


@pytest.mark.parametrize("paths", [["apps/base/web.yaml"], ["./apps/base", "apps/prod/kustomization.yaml"]])
def test_without_git_places_are_told_from_here(loose: Path, paths: list[str]) -> None:
    selection = select(paths)
    assert loose.samefile(selection.tree.name)
    assert "apps/base/web.yaml" in selection.tree.entries
    assert {*selection.files, *selection.folders} == {path.removeprefix("./") for path in paths}


def test_without_git_a_configuration_marks_the_top(loose: Path) -> None:
    (loose / "apps/.gitops.yaml").write_text("version: 1\n", encoding="utf-8")
    assert (loose / "apps").samefile(select(["apps/base/web.yaml"]).tree.name)
    (loose / "apps/base/.gitops.yml").write_text("version: 1\n", encoding="utf-8")
    assert (loose / "apps/base").samefile(select(["apps/base/web.yaml"]).tree.name)
    assert (loose / "apps").samefile(select(["apps/base/web.yaml", "apps/prod"]).tree.name)


def test_without_git_the_top_is_what_paths_from_elsewhere_share(loose: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = loose / "apps/base"
    assert base.samefile(select([str(base / "web.yaml")]).tree.name)
    monkeypatch.chdir(loose / "apps/prod")
    assert base.samefile(select(["../base"]).tree.name)


def test_without_git_nobodys_home_is_listed(loose: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(loose))
    assert (loose / "apps").samefile(select(["apps"]).tree.name)


CIRCLES = {
    "h/kustomization.yaml": "resources: [../i]\n",
    "i/kustomization.yaml": "resources: [../h]\n",
    "j/kustomization.yaml": "resources: [../k]\n",
    "k/kustomization.yaml": "resources: [../l]\n",
    "l/kustomization.yaml": "resources: [../j]\n",
    "m/kustomization.yaml": "resources: [.]\n",
    "into/kustomization.yaml": "resources: [../o]\n",
    "n/kustomization.yaml": "resources: [../o]\n",
    "o/kustomization.yaml": "resources: [../n]\n",
    "parts/a/kustomization.yaml": "kind: Component\ncomponents: [../b]\n",
    "parts/b/kustomization.yaml": "kind: Component\ncomponents: [../a]\n",
}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ([""], ["h", "into", "j", "m"]),
        (["h", "i"], ["h"]),
        (["i"], ["i"]),
        (["k", "l"], ["k"]),
        (["n", "o"], ["n"]),
        (["i/kustomization.yaml"], ["h"]),
        (["parts"], []),
    ],
)
def test_a_circle_without_an_entrance_is_built_to_be_found(
    tmp_path: Path, named: list[str], expected: list[str]
) -> None:
    made = init(tmp_path / "repo")
    made.commit(CIRCLES)
    selection = select([str(made.path / name) for name in named])
    assert selection.targets(discover(selection.tree)) == expected
