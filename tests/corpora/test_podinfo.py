"""The smallest real overlay: three objects in one folder, valid in every version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.corpora.repositories import built, changes, edit, names, report, repository
from tests.support import corpus

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gitrepo import GitRepo

pytestmark = [pytest.mark.corpora, pytest.mark.tools]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return repository("podinfo", tmp_path / "repo")


@pytest.mark.parametrize("command", [("validate",), ("validate", "kustomize"), ("check", "--all")])
def test_all_of_it(repo: GitRepo, command: tuple[str, ...]) -> None:
    found = report(*command, cwd=repo.path)
    assert (found["verdict"], found["findings"]) == ("passed", [])
    objects = len(built(corpus("podinfo") / "kustomize"))
    assert found["coverage"]["targets"] == 1
    assert found["coverage"]["engines"] == [{"engine": "schema", "found": objects, "checked": objects}]


def test_everything_is_new_where_nothing_was(repo: GitRepo) -> None:
    empty = repo.commit_tree(repo.git("hash-object", "-t", "tree", "-w", "--stdin", stdin=b""))
    repo.git("update-ref", "HEAD", repo.commit_tree(repo.git("rev-parse", "HEAD^{tree}"), empty))
    found = report("check", "--base", empty, cwd=repo.path)
    assert changes(found) == {("default", "create", name) for name in names(built(corpus("podinfo") / "kustomize"))}


def test_one_field(repo: GitRepo) -> None:
    edit(repo, "kustomize/hpa.yaml", "minReplicas: 2", "minReplicas: 3")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    assert changes(found) == {("default", "update", "HorizontalPodAutoscaler podinfo")}
    (change,) = (it for it in found["changes"] if it["outcome"] != "unchanged")
    assert [(field["path"], field["before"], field["after"]) for field in change["fields"]] == [
        ("spec.minReplicas", 2, 3)
    ]
