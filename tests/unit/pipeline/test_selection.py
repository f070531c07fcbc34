from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.config import load
from gitops_action.model import Severity
from gitops_action.pipeline.plain import candidates
from gitops_action.pipeline.selection import select, unchecked
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
