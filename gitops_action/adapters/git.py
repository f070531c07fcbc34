"""Git, read only: revisions, their files and what differs between them, from its objects alone.

Nothing here runs a hook or a filter, asks for a password or fetches, and only `work_tree_files` looks at the work tree:
the repository under check is hostile input, and it stays as it was.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.git_calls import environment
from gitops_action.adapters.git_objects import GitTree, Objects, decode_path
from gitops_action.adapters.git_opening import probe
from gitops_action.adapters.git_output import COMMIT_FORMAT, changed_files, commits, last_line, listed_objects
from gitops_action.adapters.processes import Child, run
from gitops_action.errors import GitOpsError, ToolFailedError, UsageError
from gitops_action.regex import regex
from gitops_action.repository.tree import MAX_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from gitops_action.ports import Completed
    from gitops_action.repository.commits import Commit
    from gitops_action.repository.tree import ChangedFile

_TIMEOUT: Final = 120.0
# From so many folders of one commit on, all are listed at once.
_FEW: Final = 20
_OBJECT_NAME: Final = regex(rb"(?:[0-9a-f]{40}|[0-9a-f]{64})\n")
_DEEPEN: Final = (
    "this clone is shallow: in the workflow give actions/checkout the input `fetch-depth: 0`, "
    "elsewhere run `git fetch --unshallow` (or `git fetch --deepen=100 origin`)"
)


class Repository:
    """One Git repository: with a work tree, a linked one, or bare; shallow and partial clones too."""

    def __init__(self, path: Path, *, shallow: bool, bare: bool, max_bytes: int = MAX_FILE_BYTES) -> None:
        """Use `open` instead."""
        self._path = path
        self._env: Mapping[str, str] = environment(path)
        self._shallow = shallow
        self._bare = bare
        # Names of commits that are known to be here, of which Git need not be asked again.
        self._resolved: set[str] = set()
        self._objects = Objects(
            lambda: Child(["git", "cat-file", "--batch"], cwd=path, env=self._env), max_bytes=max_bytes
        )

    @classmethod
    def open(cls, path: Path, *, max_bytes: int = MAX_FILE_BYTES) -> Repository:
        """Open the repository at `path`; files over `max_bytes` will be findings.

        Raises UsageError if there is none, ToolMissingError without a Git that is new enough.
        """
        if not path.is_dir():
            raise UsageError(f"{path} is not a folder")
        path = path.resolve()
        is_shallow, is_bare = probe(path)
        return cls(path, shallow=is_shallow, bare=is_bare, max_bytes=max_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The folder it was opened at."""
        return self._path

    @property
    def environment(self) -> Mapping[str, str]:
        """What Git is told of itself for each call."""
        return self._env

    @property
    def objects_folder(self) -> Path:
        """Where its objects lie."""
        return self._path_of("--path-format=absolute", "--git-path", "objects")

    def with_objects(self, env: Mapping[str, str]) -> Repository:
        """Return the same repository with the objects that `env` (GIT_OBJECT_DIRECTORY) brings besides."""
        other = Repository(self._path, shallow=self._shallow, bare=self._bare, max_bytes=self._objects.max_bytes)
        # Its helper process is started with these once it is asked something.
        other._env = {**self._env, **env}
        return other

    def remote_url(self, name: str) -> str:
        """Return the address of a remote, "" if there is none of this name."""
        return self.setting(f"remote.{name}.url")

    def symbolic(self, ref: str) -> str:
        """Return the ref that a ref stands for, "" if it stands for none."""
        done = self._git("symbolic-ref", "--quiet", ref, permitted=(0, 1, 128))
        return done.stdout.decode(errors="replace").strip()

    def setting(self, name: str) -> str:
        """Return a setting of the repository's own configuration, "" if it is not set there."""
        done = self._git("config", "--get", name, permitted=(0, 1))
        return done.stdout.decode(errors="replace").strip()

    @property
    def top(self) -> Path:
        """The uppermost folder of the work tree. Raises UsageError for a bare repository."""
        if self._bare:
            raise UsageError(f"{self._path} is a bare repository: it has no work tree")
        return self._path_of("--show-toplevel")

    def main_branch(self) -> str:
        """Return the main branch: what the remote `origin` calls so, else the branch that is checked out, else `main`."""
        for name, lead in (("refs/remotes/origin/HEAD", "refs/remotes/origin/"), ("HEAD", "refs/heads/")):
            told = self.symbolic(name)
            if told.startswith(lead):
                return told.removeprefix(lead)
        return "main"

    @property
    def is_shallow(self) -> bool:
        """Whether the history is cut off."""
        return self._shallow

    @property
    def is_bare(self) -> bool:
        """Whether it has no work tree."""
        return self._bare

    def resolve(self, revision: str) -> str:
        """Return the full object name of the commit that `revision` names.

        Raises UsageError if it is malformed or names no commit here, saying so where the clone is shallow or empty.
        """
        if revision in self._resolved:
            return revision
        if not revision or revision.startswith("-") or re.search(r"[\x00-\x1f\x7f]", revision):
            raise UsageError(f"{revision!r} is not a revision")
        done = self._git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}", permitted=(0, 128))
        if done.exit_code == 0 and _OBJECT_NAME.fullmatch(done.stdout):
            name = done.stdout.decode("ascii").strip()
            self._resolved.add(name)
            return name
        if not self._git("rev-list", "--max-count=1", "--all", permitted=(0, 128)).stdout:
            head = self._git("rev-parse", "--verify", "--quiet", "HEAD", permitted=(0, 1, 128))
            if head.exit_code != 0:
                raise UsageError(f"{self._path} has no commits yet, so there is no revision {revision!r}")
        message = f"unknown revision {revision!r} in {self._path}"
        if self._shallow:
            raise UsageError(f"{message}; {_DEEPEN}")
        raise UsageError(f"{message}; fetch it first if it is on the remote ({last_line(done)})")

    def merge_base(self, a: str, b: str) -> str | None:
        """Return the best common ancestor of two revisions, None if their histories are unrelated.

        Raises GitOpsError where a shallow clone leaves that open.
        """
        done = self._git("merge-base", self.resolve(a), self.resolve(b), permitted=(0, 1))
        if done.exit_code == 0:
            return done.stdout.decode("ascii").strip()
        if self._shallow:
            raise GitOpsError(f"no common ancestor of {a!r} and {b!r} is in this clone; {_DEEPEN}")
        return None

    def distance(self, revision: str, other: str) -> tuple[int, int] | None:
        """Return how many commits of `other` a revision lacks, and how many it has that `other` lacks.

        None where a shallow clone leaves that open. Raises UsageError for a revision that is not here.
        """
        if self._shallow:
            return None
        pair = f"{self.resolve(other)}...{self.resolve(revision)}"
        lacks, has = self._git("rev-list", "--count", "--left-right", pair).stdout.split()
        return int(lacks), int(has)

    def parents(self, revision: str) -> tuple[str, ...]:
        """Return the object names of a commit's parents as it records them; a shallow clone may lack them."""
        name = self.resolve(revision)
        commit = self._objects.fetch([name], b"commit")[0]
        if isinstance(commit, str):
            raise GitOpsError(f"cannot read commit {name}: {commit}")
        header = commit.partition(b"\n\n")[0]
        return tuple(line[7:].decode("ascii") for line in header.split(b"\n") if line.startswith(b"parent "))

    def tree(self, revision: str, only: Sequence[str] = ()) -> GitTree:
        """Return the files of a revision, or `only` these of it: files, and folders by names that end in a slash.

        Raises what `resolve` raises, GitOpsError if Git cannot list them.
        """
        name = self.resolve(revision)
        where = ("--", *only) if only else ()
        listed = self._git("ls-tree", "-r", "-z", "-l", "--full-tree", name, *where, permitted=(0, 1, 128))
        if listed.exit_code != 0:
            # A partial clone has no sizes of what it lacks, and Git gives up there.
            sized = listed
            listed = self._git("ls-tree", "-r", "-z", "--full-tree", name, *where, permitted=(0, 1, 128))
            if listed.exit_code != 0:
                raise GitOpsError(f"Git cannot list the files of {name}: {last_line(sized)}")
        return GitTree(self._objects, name, listed.stdout)

    def history(
        self,
        head: str,
        *,
        since: str | None,
        paths: Sequence[str] = (),
        first_parent: bool = True,
        limit: int | None = None,
    ) -> list[Commit]:
        """Return the commits up to `head`, the newest first: those that `since` does not have, and that touch `paths`.

        With `first_parent` a merge is one change of the branch that it was merged into. Raises UsageError for a revision
        that is not here, GitOpsError where a shallow clone has not all that was asked for.
        """
        if self._shallow and limit is None:
            raise GitOpsError(f"the history is not all here: {_DEEPEN}")
        newest = self.resolve(head)
        arguments = ["log", "-z", f"--format={COMMIT_FORMAT}", "--no-show-signature", "--no-color"]
        arguments += ["--first-parent"] * first_parent + ([f"--max-count={limit}"] if limit else [])
        arguments += [newest, *([f"^{self.resolve(since)}"] if since else []), "--", *paths]
        found = commits(self._git(*arguments).stdout)
        self._resolved |= {commit.sha for commit in found}
        return found

    def directories(self, wanted: Iterable[tuple[str, str]]) -> list[str]:
        """Return what identifies the content of each (commit, folder from the root), in order; "" where there is none.

        Two folders with one identity have the same files.
        """
        asked = list(wanted)
        listed = {
            commit: self._directories_of(commit)
            for commit, count in Counter(commit for commit, _ in asked).items()
            if count > _FEW
        }
        others = [one for one in asked if one[0] not in listed]
        told = self._git(
            "cat-file",
            "--batch-check=%(objecttype) %(objectname)",
            stdin="".join(f"{commit}:{folder}\n" for commit, folder in others).encode(),
        ).stdout.decode(errors="replace") if others else ""  # fmt: skip
        found = dict(zip(others, told.splitlines(), strict=False))
        return [
            listed[commit].get(folder, "") if commit in listed else found[commit, folder].partition("tree ")[2]
            for commit, folder in asked
        ]

    def _directories_of(self, commit: str) -> dict[str, str]:
        # To look each folder up by its path would search the trees above it anew each time.
        told = self._git("ls-tree", "-r", "-d", "-z", "--full-tree", self.resolve(commit)).stdout
        return listed_objects(told)

    def changed(self, base: str, head: str) -> Sequence[ChangedFile]:
        """Return what differs between two revisions, sorted by path; a change of permissions alone is none."""
        raw = self._git(
            "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-relative", "--no-ext-diff",
            "--ignore-submodules=none", self.resolve(base), self.resolve(head),
        ).stdout  # fmt: skip
        return changed_files(raw)

    def work_tree_files(self, named: Iterable[str] = ()) -> frozenset[str]:
        """Return the files below the opened folder that are tracked, or that Git would not ignore, relative to it.

        Ignored ones count where they are `named` (files, or folders with all below them; "" is the folder itself). What
        is ignored is the repository's to say (`.gitignore`, `.git/info/exclude`), not this user's own settings, so that
        everybody gets the same. Listed files may be gone from the disk; those of submodules and of repositories
        inside this one are not listed. Raises UsageError for a bare repository.
        """
        if self._bare:
            raise UsageError(f"{self._path} is a bare repository: it has no work tree")
        listings = [self._git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--").stdout]
        paths = [path or "." for path in named]
        if paths:
            listings.append(self._git("ls-files", "-z", "--others", "--", *paths).stdout)
        # Another repository inside of this one is listed as a folder.
        found = {raw for listing in listings for raw in listing.split(b"\0") if raw and not raw.endswith(b"/")}
        return frozenset(map(decode_path, found))

    def close(self) -> None:
        """End the helper process; harmless when done twice."""
        self._objects.close()

    def _path_of(self, *question: str) -> Path:
        told = self._git("rev-parse", *question).stdout
        return Path(told.decode("utf-8", "surrogateescape").rstrip("\n"))

    def _git(self, *arguments: str, permitted: Container[int] = (0,), stdin: bytes | None = None) -> Completed:
        command = ["git", *arguments]
        done = run(command, cwd=self._path, timeout=_TIMEOUT, env=self._env, permitted=permitted, stdin=stdin)
        if done.timed_out:
            raise ToolFailedError(f"git {arguments[0]} was not done after {_TIMEOUT:g} seconds in {self._path}")
        return done
