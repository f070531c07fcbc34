"""Real Git repositories for tests: the same content always gives the same object names."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ENV = {
    "GIT_AUTHOR_NAME": "A. Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.com",
    "GIT_COMMITTER_NAME": "A. Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.com",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_FIRST_DATE = 1_700_000_000


@dataclass(frozen=True)
class Link:
    """A symbolic link, for the value of a path in `commit`."""

    target: str


@dataclass(frozen=True)
class Submodule:
    """A submodule at a commit, for the value of a path in `commit`."""

    commit: str = "1" * 40


Content = str | bytes | Link | Submodule | None


def git(folder: Path, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run Git in `folder` with a fixed author and no configuration of the machine's; return what it prints."""
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607 - the machine's Git
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"], **_ENV, **(env or {})},
    )
    if done.returncode:
        raise AssertionError(f"git {' '.join(arguments)} failed: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="surrogateescape").strip()


@dataclass
class GitRepo:
    """A repository under construction. Commits are made from objects, so the work tree can be left alone."""

    path: Path
    commits: list[str] = field(default_factory=list)

    def git(self, *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run Git in this repository."""
        return git(self.path, *arguments, stdin=stdin, env=env)

    def commit(self, files: Mapping[Any, Content], message: str = "change", *, checkout: bool = True) -> str:
        """Commit `files` (path, text or bytes, to content; None deletes) on top of the present branch and return the commit's object name.

        `checkout` brings the work tree and the index up to date where there is a work tree.
        """
        index = self.path / "tests-index"
        env = {"GIT_INDEX_FILE": str(index)}
        parents = self.git("rev-parse", "--verify", "HEAD").split() if self._born() else []
        if parents:
            self.git("read-tree", "HEAD", env=env)
        zero = "0" * len(self.git("hash-object", "--stdin", stdin=b""))
        lines = []
        for path, content in files.items():
            raw = path if isinstance(path, bytes) else path.encode()
            match content:
                case None:
                    lines.append(b"0 " + zero.encode() + b"\t" + raw)
                    continue
                case Link(target):
                    mode, data = b"120000", target.encode()
                case Submodule(commit):
                    lines.append(b"160000 " + commit.encode() + b"\t" + raw)
                    continue
                case str():
                    mode, data = b"100644", content.encode()
                case bytes():
                    mode, data = b"100644", content
            name = self.git("hash-object", "-w", "--stdin", stdin=data)
            lines.append(mode + b" " + name.encode() + b"\t" + raw)
        self.git("update-index", "-z", "--index-info", stdin=b"".join(line + b"\0" for line in lines), env=env)
        tree = self.git("write-tree", env=env)
        index.unlink()
        commit = self.commit_tree(tree, *parents, message=message)
        self.git("update-ref", "HEAD", commit)
        if checkout and self.git("rev-parse", "--is-bare-repository") == "false":
            self.git("reset", "--quiet", "--hard")
        return commit

    def commit_tree(self, tree: str, *parents: str, message: str = "change") -> str:
        """Make a commit of a tree object, a minute after the one before; no branch moves."""
        date = f"{_FIRST_DATE + 60 * len(self.commits)} +0000"
        arguments = [argument for parent in parents for argument in ("-p", parent)]
        commit = self.git(
            "commit-tree", tree, *arguments, "-m", message, env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        )
        self.commits.append(commit)
        return commit

    def branch(self, name: str, start: str = "HEAD") -> None:
        """Create a branch at `start` and switch to it."""
        self.git("branch", "--force", name, start)
        self.git("symbolic-ref", "HEAD", f"refs/heads/{name}")

    def clone(self, path: Path, *arguments: str) -> Path:
        """Clone this repository as over a network (so that depth and filters work)."""
        self.git("config", "uploadpack.allowFilter", "true")
        git(path.parent, "clone", "--quiet", *arguments, f"file://{self.path}", str(path))
        return path

    def _born(self) -> bool:
        try:
            self.git("rev-parse", "--verify", "--quiet", "HEAD")
        except AssertionError:
            return False
        return True


def init(path: Path, *, bare: bool = False, object_format: Literal["sha1", "sha256"] = "sha1") -> GitRepo:
    """Make an empty repository with the branch `main`."""
    path.mkdir(parents=True, exist_ok=True)
    extra = ["--bare"] if bare else []
    git(path, "init", "--quiet", "--initial-branch=main", f"--object-format={object_format}", *extra)
    return GitRepo(path)
