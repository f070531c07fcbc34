"""Files of commits of other Git repositories, fetched when they are read, and kept.

First come a commit's folders, then those files that are asked for, where the server can leave out the others
(https://git-scm.com/docs/partial-clone). What is kept is known by its own name: listings by the commit's, files by their
objects'. What LFS stands in for is not fetched, and submodules only by those who ask for them.
"""

from __future__ import annotations

import threading
import time
from dataclasses import field
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.chart_pages import UnavailableError, require_safe
from gitops_action.adapters.git_calls import SHA
from gitops_action.adapters.git_fetching import Fetched
from gitops_action.adapters.git_objects import GitTree
from gitops_action.adapters.keeping import EXACT_FOR, RANGE_FOR, Keep
from gitops_action.records import dataclass
from gitops_action.render.helm.commits import GitReferenceError
from gitops_action.repository.tree import MAX_FILE_BYTES, EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from gitops_action.images.credentials import Login
    from gitops_action.model import Finding
    from gitops_action.render.helm.commits import Reference

_MAX_KEPT: Final = 1 << 29


@dataclass(slots=True)
class ForeignGit:
    """Other Git repositories, by their addresses. Safe to use from several threads.

    `cache` is a folder of its own, None for none; `login` gives what to show the host of an address, None for nothing. `silent`
    are the hosts that did not answer, and why.
    """

    cache: Path | None
    login: Callable[[str], Login | None]
    offline: bool = False
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    silent: dict[str, str] = field(default_factory=dict)
    _repositories: dict[str, _Repository] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tree(self, url: str, reference: Reference) -> ForeignTree:
        """Return the files of the commit that `reference` means. Raises UnavailableError with the reason."""
        require_safe(url)
        with self._lock:
            repository = self._repositories.setdefault(url, _Repository(url, self))
        with repository.lock:
            return repository.tree(reference)

    def close(self) -> None:
        """Let go of what was fetched, and bound what is kept of it. It is fetched again if it is needed again."""
        for one in self._repositories.values():
            one.close()
        for kept in (self.commits, self.files):
            kept.trim(_MAX_KEPT)

    @property
    def commits(self) -> Keep:
        """What names meant, and the listings of commits."""
        return Keep(self.cache and self.cache / "commits", self.now)

    @property
    def files(self) -> Keep:
        """Contents of files."""
        return Keep(self.cache and self.cache / "files", self.now)


class ForeignTree(GitTree):
    """The files of a commit. Reading fetches: it raises UnavailableError for what cannot be had, and leaves nothing out."""

    def __init__(self, repository: _Repository, commit: str, listing: bytes) -> None:
        """Take what `git ls-tree -r -z` printed for the commit."""
        self._repository = repository
        super().__init__(repository, commit, listing)

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """Yield the content of each file in the order asked for."""
        wanted = list(paths)
        entries = [self.entries[path] for path in wanted if path in self.entries]
        self._repository.have(self.name, [one.digest for one in entries if one.kind is not EntryKind.SUBMODULE])
        yield from super().read(wanted)


class _Repository:
    """One repository: what is known of it, and what asks it. It has the contents of files as `git_objects` wants them."""

    max_bytes = MAX_FILE_BYTES

    def __init__(self, url: str, home: ForeignGit) -> None:
        self.lock = threading.RLock()
        self._url = url
        self._home = home
        self._trees: dict[Reference, ForeignTree] = {}
        self._contents: dict[str, bytes] = {}
        self._asked: Fetched | None = None

    def tree(self, reference: Reference) -> ForeignTree:
        if reference not in self._trees:
            try:
                ref, commit = self._commit(reference)
            except GitReferenceError as error:
                raise UnavailableError(f"{self._url}: {error}") from error
            self._trees[reference] = ForeignTree(self, commit, self._listing(ref, commit))
        return self._trees[reference]

    def have(self, commit: str, names: Sequence[str]) -> None:
        """See to it that files of a commit are here."""
        with self.lock:
            missing = [one for one in dict.fromkeys(names) if one not in self._contents and not self._has_kept(one)]
            if missing:
                asked = self._online()
                asked.commit(commit)
                for name, content in asked.files(missing).items():
                    self._contents[name] = content
                    self._home.files.put(name, content)

    def fetch(self, names: Sequence[str]) -> list[bytes | str]:
        """Return files that are here."""
        return [self._contents[name] for name in names]

    def close(self) -> None:
        with self.lock:
            if self._asked is not None:
                self._asked.close()
                self._asked = None

    def _has_kept(self, name: str) -> bool:
        kept = self._home.files.get(name)
        if kept is None or kept.content is None:
            return False
        self._contents[name] = kept.content
        return True

    def _commit(self, reference: Reference) -> tuple[str, str]:
        """Return the commit that is meant, and the ref that it was found at, "" for none."""
        if reference.commit:
            return "", reference.commit
        key = f"{self._url} {reference}"
        kept = self._home.commits.get(key)
        if kept is not None and kept.content is not None:
            known = kept.content.decode(errors="replace")
            if SHA.fullmatch(known) and (self._home.offline or 0 <= kept.age < _fresh_for(reference)):
                return "", known
        ref, commit = reference.pick(self._online().refs(reference.patterns))
        self._home.commits.put(key, commit.encode())
        return ref, commit

    def _listing(self, ref: str, commit: str) -> bytes:
        key = f"{self._url} {commit}"
        kept = self._home.commits.get(key)
        if kept is not None and kept.content is not None:
            return kept.content
        asked = self._online()
        asked.commit(commit, ref)
        listing = asked.listing(commit)
        self._home.commits.put(key, listing)
        return listing

    def _online(self) -> Fetched:
        if self._home.offline:
            raise UnavailableError(f"{self._url} is not in the cache, and nothing is fetched offline")
        if self._asked is None:
            self._asked = Fetched(self._url, self._home.login(self._url), self._home.sleep, self._home.silent)
        return self._asked


def _fresh_for(reference: Reference) -> float:
    # A branch moves, so it is asked about each time.
    if reference.semver:
        return RANGE_FOR
    return EXACT_FOR if reference.name.startswith("refs/tags/") else 0.0
