"""`make corpora` fetches what the tests read: files at a commit, and of a large repository only what is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.corpora.fetch import Corpus, fetch
from tests.gitrepo import init

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = init(tmp_path / "hub/org/repo")
    repo.git("config", "uploadpack.allowFilter", "true")
    commit = repo.commit({"a/x.yaml": "1", "b/c/y.yaml": "2", "README.md": ""})
    repo.commit({"a/x.yaml": "later"})
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "file://{tmp_path}/hub/"]\n\tinsteadOf = https://github.com/\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    into = tmp_path / "corpora"
    into.mkdir()
    for corpus in (
        Corpus("all", "org/repo", commit[:12]),
        Corpus("part", "org/repo", commit, "a"),
        Corpus("only", "org/repo", commit, only="b/c"),
    ):
        fetch(corpus, into)
    found = {path.relative_to(into).as_posix(): path.read_text() for path in into.rglob("*") if path.is_file()}
    assert found == {
        "all/README.md": "",
        "all/a/x.yaml": "1",
        "all/b/c/y.yaml": "2",
        "part/x.yaml": "1",
        "only/b/c/y.yaml": "2",
    }
    # What is there is left alone.
    (into / "all/a/x.yaml").write_text("mine")
    fetch(Corpus("all", "org/repo", commit), into)
    assert (into / "all/a/x.yaml").read_text() == "mine"
