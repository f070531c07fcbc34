"""One other Git repository, asked over HTTPS: its refs, single commits, single files; in a folder that ends with the work.

Nobody's credentials or settings but those that are given for its host, no hooks, no other protocol, no other host, and
limits of size and time. Nothing is checked out.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

from gitops_action.adapters.chart_pages import UnavailableError
from gitops_action.adapters.git_calls import SHA, environment, only_protocols, with_settings, words_of
from gitops_action.adapters.processes import run
from gitops_action.errors import ToolMissingError
from gitops_action.regex import regex
from gitops_action.repository.tree import MAX_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitops_action.images.credentials import Login
    from gitops_action.ports import Completed

SECONDS: Final = 120.0
"""How long a server may take for one answer."""
_LOCAL_SECONDS: Final = 120.0
MAX_PACK: Final = 256 * 2**20
"""Bytes that come at one time: those of all files of a commit, from a server that cannot leave any out."""
_MAX_LISTING: Final = 64 * 2**20
_MAX_READ: Final = 128 * 2**20
_ATTEMPTS: Final = 3
_ENDING: Final = ".git"
_PASSING: Final = regex(r"error: (?:429|5\d\d)\b|early EOF|hung up|reset by peer|timed out|RPC failed", re.IGNORECASE)
_DENIED: Final = regex(r"could not read Username|authentication failed|error: 40[13]\b", re.IGNORECASE)
_REFUSED: Final = regex(r"returned error: \d+", re.IGNORECASE)
_MOVED: Final = regex(r"returned error: 30[1278]\b", re.IGNORECASE)
_SILENT: Final = regex(r"unable to access", re.IGNORECASE)


class Fetched:
    """A repository at an address, and what of it was fetched. Methods raise UnavailableError, with the reason."""

    def __init__(self, url: str, login: Login | None, sleep: Callable[[float], None], silent: dict[str, str]) -> None:
        """Take an address that may be asked; `login` is shown to its host alone.

        Hosts that do not answer are noted in `silent`, with the reason, and not asked again.
        """
        self._url = url
        self._host = urlsplit(url).netloc
        self._silent = silent
        self._sleep = sleep
        self._folder = tempfile.TemporaryDirectory(prefix="gitops-action-git-", ignore_cleanup_errors=True)
        self._path = Path(self._folder.name).resolve() / "bare.git"
        self._local = environment(self._path)
        self._asking = {**with_settings(self._local, _settings(url, login)), **_proxies()}
        self._commits: set[str] = set()
        self._failure = ""
        try:
            done = [self._git("init", "--quiet", "--bare", "--template=", str(self._path), cwd=self._path.parent)]
        except ToolMissingError as error:
            raise UnavailableError(f"{url} is a Git repository, and there is no `git`") from error
        settings = (("url", url), ("promisor", "true"), ("partialclonefilter", "blob:none"))
        done += [self._git("config", f"remote.origin.{name}", value) for name, value in settings]
        if any(one.exit_code != 0 for one in done):
            raise UnavailableError(f"{url} was not asked for: Git says {'; '.join(map(words_of, done))[:300]}")

    def close(self) -> None:
        """Forget what was fetched."""
        self._folder.cleanup()

    def refs(self, patterns: Iterable[str]) -> dict[str, str]:
        """Return the refs of these full names, or without any all tags; what a tag leads to ends in `^{}`."""
        wanted = list(patterns)
        done = self._ask("ls-remote", *([] if wanted else ["--tags"]), "origin", *wanted)
        pairs = (line.partition("\t") for line in done.stdout.decode(errors="replace").splitlines())
        return {ref: sha for sha, _, ref in pairs if SHA.fullmatch(sha)}

    def commit(self, sha: str, ref: str = "") -> None:
        """Fetch one commit and its folders. `ref`, if there is one, is where servers find it that do not give it by name."""
        if sha in self._commits:
            return
        how = ("--depth=1", "--filter=blob:none")
        try:
            self._fetch(*how, "origin", sha)
        except UnavailableError:
            if not ref:
                raise
            self._fetch(*how, "origin", ref)
        if self._git("cat-file", "-e", f"{sha}^{{commit}}").exit_code:
            raise UnavailableError(f"{self._url} has no commit {sha[:12]}, or gives it no longer")
        self._commits.add(sha)

    def listing(self, sha: str) -> bytes:
        """Return all files of a commit that was fetched, as `git ls-tree -r -z` prints them."""
        done = self._git("ls-tree", "-r", "-z", "--full-tree", sha, max_output=_MAX_LISTING)
        if done.overflowed:
            raise UnavailableError(
                f"{self._url}: it has more files than are listed ({_MAX_LISTING // 2**20} MiB of names)"
            )
        if done.exit_code:
            raise UnavailableError(f"{self._url}: its files cannot be listed: {words_of(done)[:200]}")
        return done.stdout

    def files(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of files by their objects' names."""
        wanted = set(names)
        missing = wanted - self._sizes().keys()
        if missing:
            self._fetch("--filter=blob:none", "--stdin", "origin", stdin="".join(f"{one}\n" for one in sorted(missing)))
        sizes = self._sizes()
        if not wanted <= sizes.keys():
            raise UnavailableError(f"{self._url} does not give all files that the chart has")
        if (
            max(map(sizes.__getitem__, wanted), default=0) > MAX_FILE_BYTES
            or sum(map(sizes.__getitem__, wanted)) > _MAX_READ
        ):
            raise UnavailableError(f"{self._url}: the files of the chart are larger than any chart's")
        asked = sorted(wanted)
        done = self._git("cat-file", "--batch", stdin="".join(f"{one}\n" for one in asked))
        return dict(_contents(done.stdout, asked))

    def _sizes(self) -> dict[str, int]:
        """Return the objects that are here, with their sizes."""
        told = self._git("cat-file", "--batch-check", "--batch-all-objects").stdout.split(b"\n")
        lines = (line.split() for line in told if line)
        return {name.decode(): int(size) for name, kind, size in lines if kind == b"blob"}

    def _fetch(self, *arguments: str, stdin: str | None = None) -> None:
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules")
        self._ask("fetch", *options, *arguments, stdin=stdin)

    def _ask(self, command: str, *arguments: str, stdin: str | None = None) -> Completed:
        """Ask the server, again where that may help; but one that did not answer is not asked again."""
        if self._failure:
            raise UnavailableError(self._failure)
        if self._host in self._silent:
            raise UnavailableError(f"{self._url} was not asked for: {self._silent[self._host]}")
        for attempt in range(_ATTEMPTS):
            done = self._git(command, *arguments, stdin=stdin, asking=True)
            if not done.exit_code and not done.timed_out and not done.overflowed:
                return done
            words = words_of(done)
            if _MOVED.search(words) and self._takes_ending():
                continue
            if done.timed_out or done.overflowed or not _PASSING.search(words):
                break
            if attempt + 1 < _ATTEMPTS:
                self._sleep(2.0**attempt)
        raise self._failed(done)

    def _takes_ending(self) -> bool:
        """Ask at the address that ends in `.git` from now on, which some servers lead to; return whether that is new.

        No other redirection is followed: it could lead to a host that nobody has allowed.
        """
        if self._url.endswith(_ENDING):
            return False
        self._url += _ENDING
        return self._git("config", "remote.origin.url", self._url).exit_code == 0

    def _failed(self, done: Completed) -> UnavailableError:
        words = words_of(done)
        if done.timed_out:
            reason = f"it was not done within {SECONDS:g} s"
        elif done.overflowed or self._is_full():
            reason = f"it has more than {MAX_PACK // 2**20} MiB, and is not taken"
        elif _DENIED.search(words):
            reason = "it is not there, or wants to know who asks: give credentials for its host"
        else:
            reason = re.sub(r"^fatal: |(?<=; )fatal: ", "", words)[:300]
        message = f"{self._url}: {reason}"
        if done.timed_out or _DENIED.search(words) or _SILENT.search(words):
            self._failure = message
        if done.timed_out or (_SILENT.search(words) and not _REFUSED.search(words)):
            self._silent[self._host] = reason
        return UnavailableError(message)

    def _is_full(self) -> bool:
        """Whether Git was ended as a file became too large."""
        parts = (self._path / "objects" / "pack").glob("tmp_*")
        return any(part.stat().st_size >= MAX_PACK * 0.9 for part in parts)

    def _git(
        self,
        *arguments: str,
        stdin: str | None = None,
        asking: bool = False,
        cwd: Path | None = None,
        max_output: int = _MAX_READ * 2,
    ) -> Completed:
        return run(
            [*_limited(), "git", *arguments] if asking else ["git", *arguments],
            cwd=cwd or self._path,
            timeout=SECONDS if asking else _LOCAL_SECONDS,
            env=self._asking if asking else self._local,
            stdin=None if stdin is None else stdin.encode(),
            permitted=range(-64, 256),
            max_output=max_output,
        )


def _limited() -> tuple[str, ...]:
    """Return what starts a program whose files, and those of what it starts, have no more than `MAX_PACK` bytes."""
    # `ulimit` counts in blocks of 512 bytes; some shells in such of 1024.
    return ("sh", "-c", f'ulimit -c 0; ulimit -f {MAX_PACK // 512} && exec "$@"', "sh")


def _settings(url: str, login: Login | None) -> list[tuple[str, str]]:
    """Return what Git is told to ask one host, and no other."""
    parts = urlsplit(url)
    settings = [
        *only_protocols(parts.scheme),
        ("credential.helper", ""),
        ("core.askPass", ""),
        ("http.followRedirects", "false"),
        ("http.lowSpeedLimit", "1000"),
        ("http.lowSpeedTime", "30"),
        ("fetch.negotiationAlgorithm", "noop"),
        # As packs, whose size is limited.
        ("fetch.unpackLimit", "1"),
        # A larger file is read piece by piece: some bytes of a pack can unfold to any size.
        ("core.bigFileThreshold", str(MAX_FILE_BYTES)),
    ]
    if login is not None:
        settings.append((f"http.{parts.scheme}://{parts.netloc}/.extraHeader", f"Authorization: {login.basic}"))
    if bundle := os.environ.get("SSL_CERT_FILE"):
        settings.append(("http.sslCAInfo", bundle))
    return settings


def _proxies() -> Mapping[str, str]:
    """Return the machine's proxy, which is not among what programs get to know."""
    return {f"{name}_proxy": value for name, value in getproxies().items() if name in {"https", "no"}}


def _contents(told: bytes, names: Iterable[str]) -> Iterable[tuple[str, bytes]]:
    """Read what `git cat-file --batch` printed for objects that are there."""
    place = 0
    for name in names:
        end = told.index(b"\n", place)
        size = int(told[place:end].split()[2])
        yield name, told[end + 1 : end + 1 + size]
        place = end + 2 + size
