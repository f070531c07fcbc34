"""Git, writing: commits made from objects and pushed to the remote repository, without touching the clone.

What is fetched or made lies in a folder of its own, which ends with the work: the user's refs, index and files stay.
Branches move by compare-and-swap only (`--force-with-lease`).
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from gitops_action.adapters.git_calls import SHA, only_protocols, with_settings, words_of
from gitops_action.adapters.git_credentials import credentials
from gitops_action.adapters.git_refusals import RefMovedError, fail, is_denied, is_moved, is_refused
from gitops_action.adapters.processes import run
from gitops_action.errors import GitHubUnavailableError, GitOpsError, UsageError
from gitops_action.regex import regex
from gitops_action.repository.commits import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitops_action.adapters.git import Repository
    from gitops_action.ports import Completed

_SECONDS: Final = 300.0
_MOST_NAMES: Final = 200
_ATTEMPTS: Final = 3
_REF: Final = regex(r"refs/[A-Za-z0-9%._+@=-]+(?:/[A-Za-z0-9%._+@=-]+)+")


class Remote:
    """One remote repository, as seen from a clone of it. Use as a context manager."""

    def __init__(self, repository: Repository, url: str, *, token: str = "", server: str = "") -> None:
        """Take its address. `token` goes to the host of `server` only, and never into an argument or a message."""
        self._home = repository
        self._url = url
        self._folder = tempfile.TemporaryDirectory(prefix="gitops-remote-")
        objects = Path(self._folder.name) / "objects"
        objects.mkdir()
        self._env = {**repository.environment, **_identity(), **_separate(repository, objects)}
        self._settings = credentials(url, token, server)
        self.repository = repository.with_objects(self._env)

    @classmethod
    def open(cls, repository: Repository, name: str = "origin", *, token: str = "", server: str = "") -> Self:
        """Open the remote of this name, or at this address. Raises UsageError if there is none."""
        url = repository.remote_url(name) or (name if "/" in name or ":" in name else "")
        if not url:
            raise UsageError(f"the clone has no remote `{name}`: name one, or give its address")
        return cls(repository, url, token=token, server=server)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget what was fetched and made, as far as it was not pushed."""
        self.repository.close()
        self._folder.cleanup()

    def refs(self, *patterns: str) -> dict[str, str]:
        """Return the refs that match, by their full names. Raises GitOpsError where the repository is not reached."""
        return self._listed(*patterns)

    def _listed(self, *patterns: str) -> dict[str, str]:
        done = self._remotely("ls-remote", "--refs", self._url, *patterns)
        if done.exit_code:
            fail(done, "read its branches")
        pairs = (line.partition("\t") for line in done.stdout.decode(errors="replace").splitlines())
        return {ref: sha for sha, _, ref in pairs if SHA.fullmatch(sha)}

    def fetch(self, *wants: str) -> None:
        """Get commits, by name or by ref, with all that they stand on."""
        missing = [want for want in wants if not (SHA.fullmatch(want) and self._has(want))]
        if missing:
            done = self._remotely(
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", self._url, *missing
            )
            if done.exit_code:
                fail(done, f"fetch {missing[0][:60]}")

    def bare(self) -> Path:
        """Return a bare repository with all that the clone has and all that was fetched, for as long as this is open."""
        folder = Path(self._folder.name) / "bare.git"
        if not folder.exists():
            self._locally("init", "--quiet", "--bare", str(folder))
            places = (self._env["GIT_OBJECT_DIRECTORY"], self._env["GIT_ALTERNATE_OBJECT_DIRECTORIES"])
            # Its own objects would go where everything goes that is made here, so that it has no folder for them.
            (folder / "objects/info").mkdir(parents=True, exist_ok=True)
            (folder / "objects/info/alternates").write_text("".join(f"{one}\n" for one in places), encoding="utf-8")
        return folder

    def commit(
        self,
        parent: str | None,
        changes: Mapping[str, bytes | None],
        message: str,
        *,
        author: tuple[str, str] | None = None,
        when: datetime | None = None,
    ) -> str:
        """Return a commit on `parent` in which the files of `changes` have this content, or with None are gone.

        A file keeps its mode. Nothing is pushed.
        """
        index = Path(self._folder.name) / "index"
        env = {"GIT_INDEX_FILE": str(index)}
        index.unlink(missing_ok=True)
        if parent is not None:
            self._locally("read-tree", parent, env=env)
            modes = dict(self._modes(parent, changes))
            zero = "0" * len(parent)
            lines = []
            for path, content in changes.items():
                if content is None:
                    lines.append(f"0 {zero}\t{path}")
                else:
                    name = self._locally("hash-object", "-w", "--stdin", stdin=content).stdout.decode().strip()
                    lines.append(f"{modes.get(path, '100644')} {name}\t{path}")
            listed = "".join(f"{line}\0" for line in lines).encode("utf-8", "surrogateescape")
            self._locally("update-index", "-z", "--index-info", env=env, stdin=listed)
            tree = self._locally("write-tree", env=env).stdout.decode().strip()
        else:
            tree = self._locally("mktree", stdin=b"").stdout.decode().strip()
        date = f"{int((when or datetime.now(UTC)).timestamp())} +0000"
        name, email = author or OURS
        env = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        parents = ["-p", parent] if parent else []
        done = self._locally("commit-tree", *parents, tree, env=env, stdin=message.encode())
        return done.stdout.decode().strip()

    def push(self, ref: str, new: str | None, expected: str | None) -> None:
        """Move `ref` from `expected` (None: it must not exist) to `new` (None: away), or raise and leave it.

        Raises RefMovedError where it is elsewhere by now, PushRefusedError where we may not, GitHubUnavailableError
        where the repository does not answer. A push whose answer was lost is looked for before it is made again.
        """
        if not _REF.fullmatch(ref) or ".." in ref or ref.endswith((".lock", "/", ".")) or "@{" in ref:
            raise GitOpsError(f"{ref!r} is not a name for a ref")
        done: Completed | None = None
        for _ in range(_ATTEMPTS):
            done = self._remotely(
                "push", "--quiet", "--porcelain", "--no-verify", f"--force-with-lease={ref}:{expected or ''}", self._url,
                f"{new or ''}:{ref}",
            )  # fmt: skip
            if done.exit_code == 0:
                return
            words = words_of(done)
            present = self._listed(ref).get(ref)
            if present == new:
                return
            if is_refused(words):
                break
            if present != expected or is_moved(words):
                raise RefMovedError(f"{ref} was moved by somebody else meanwhile: the next run takes that into account")
        assert done is not None  # noqa: S101 - the loop runs
        fail(done, f"write {ref}", pushing=True)

    def may_push(self, commit: str, ref: str) -> str:
        """Try to push without doing it; return why that is refused, "" if it is not.

        The repository's rules for branches are not asked. Raises GitHubUnavailableError where it does not answer.
        """
        done = self._remotely(
            "push", "--quiet", "--porcelain", "--no-verify", "--dry-run", self._url, f"+{commit}:{ref}"
        )
        if done.exit_code == 0:
            return ""
        words = words_of(done)
        if not is_denied(words):
            fail(done, f"find out whether {ref} may be written", pushing=True)
        return words

    def _modes(self, parent: str, changes: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        # A command line takes only so many names.
        names = ("--", *changes) if len(changes) <= _MOST_NAMES else ()
        listed = self._locally("ls-tree", "-r", "-z", "--full-tree", parent, *names).stdout
        for line in listed.decode("utf-8", "surrogateescape").split("\0"):
            about, _, path = line.partition("\t")
            if path:
                yield path, about.split()[0]

    def _has(self, sha: str) -> bool:
        done = self._locally("cat-file", "-e", f"{sha}^{{commit}}", permitted=(0, 1, 128))
        return done.exit_code == 0

    def _locally(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
        permitted: tuple[int, ...] = (0,),
    ) -> Completed:
        return run(
            ["git", *arguments],
            cwd=self._home.path,
            timeout=_SECONDS,
            env={**self._env, **(env or {})},
            stdin=stdin,
            permitted=permitted,
        )

    def _remotely(self, command: str, *arguments: str) -> Completed:
        """Run what talks to the remote repository: the only calls that know the token."""
        env = {**self._env, **(self._settings.personal or {})}
        if self._settings.personal is not None:
            env = {
                name: value for name, value in env.items() if name not in {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"}
            }
        settings = (*only_protocols("https", "http", "file", "ssh"), *self._settings.config)
        env = with_settings(env, settings)
        done = run(["git", command, *arguments], cwd=self._home.path, timeout=_SECONDS, env=env, permitted=range(256))
        if done.timed_out:
            raise GitHubUnavailableError(f"git {command} was not done after {_SECONDS:g} seconds; run it again")
        return done


def _identity() -> dict[str, str]:
    return {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in zip(("NAME", "EMAIL"), OURS, strict=True)
    }


def _separate(repository: Repository, objects: Path) -> dict[str, str]:
    return {"GIT_OBJECT_DIRECTORY": str(objects), "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(repository.objects_folder)}
