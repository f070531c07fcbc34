"""A repository with a pull request, checked out and described as GitHub does it for a job."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.gitrepo import GitRepo, git, init

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REPOSITORY = "octo/fleet"
NUMBER = 7


@dataclass
class Workspace:
    """The job's workspace. The branches are `main` and `topic`; what is checked out is what the test asked for."""

    repo: GitRepo
    event_file: Path
    base: str = ""
    head: str = ""
    source: str = field(default=REPOSITORY)

    @property
    def path(self) -> Path:
        """The folder."""
        return self.repo.path

    def on_main(self, files: Mapping[str, str | None]) -> str:
        """Commit to the branch that the pull request wants to go to."""
        self.repo.git("symbolic-ref", "HEAD", "refs/heads/main")
        self.base = self.repo.commit(files, checkout=False)
        return self.base

    def on_topic(self, files: Mapping[str, str | None]) -> str:
        """Commit to the pull request's branch, which begins where `main` is by now."""
        if not self.head:
            self.repo.git("branch", "topic", self.base)
        self.repo.git("symbolic-ref", "HEAD", "refs/heads/topic")
        self.head = self.repo.commit(files, checkout=False)
        return self.head

    def checkout(self, commit: str) -> str:
        """Check a commit out with a detached HEAD, as actions/checkout does, and without what an earlier job left."""
        self.repo.git("update-ref", "--no-deref", "HEAD", commit)
        (self.path / ".git/HEAD").write_text(f"{commit}\n", encoding="ascii")
        self.repo.git("reset", "--quiet", "--hard", commit)
        self.repo.git("clean", "--quiet", "-fdx")
        return commit

    def merged(self) -> str:
        """Return the merge that GitHub makes to try the pull request out: base first, head second."""
        tree = self.repo.git("merge-tree", "--write-tree", self.base, self.head)
        return self.repo.commit_tree(tree, self.base, self.head, message=f"Merge {self.head} into {self.base}")

    def pull_request(self, action: str) -> None:
        """Something happens to the pull request: its merge is checked out, and the event says so."""
        self.checkout(self.merged())
        self.say_pull_request(action)

    def say_pull_request(self, action: str) -> None:
        """Write the event alone."""
        pull = {
            "number": NUMBER,
            "base": {"ref": "main", "sha": self.base, "repo": {"full_name": REPOSITORY}},
            "head": {"ref": "topic", "sha": self.head, "repo": {"full_name": self.source}},
        }
        self.say({"action": action, "number": NUMBER, "pull_request": pull})

    def say(self, payload: Mapping[str, Any]) -> None:
        """Write an event; the repository is in each."""
        repository = {"full_name": REPOSITORY, "default_branch": "main"}
        self.event_file.write_text(json.dumps({**payload, "repository": repository}), encoding="utf-8")


def workspace(folder: Path, files: Mapping[str, str]) -> Workspace:
    """Make a repository whose branch `main` has these files."""
    repo = init(folder / "workspace")
    # act takes the repository's name from here.
    git(repo.path, "remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
    made = Workspace(repo, folder / "event.json")
    made.on_main(files)
    return made
