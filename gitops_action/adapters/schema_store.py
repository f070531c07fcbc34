"""Fetches schemas over HTTPS, and keeps them: the only part of validation that talks to a network.

Addresses come from the configuration of the base branch, with names from the manifests under check in their paths. So
nothing but documents is asked for: no credentials, no compression that could unfold, limits of time, size and number, and no
redirection into a private network (`https`).
"""

from __future__ import annotations

import json
import time
from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gitops_action.adapters.https import AGAIN, Answer, get, wait
from gitops_action.adapters.keeping import Keep
from gitops_action.ports import Download
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ATTEMPTS: Final = 3
FOUND_FOR: Final = 24 * 3600.0
"""Seconds that a schema is kept."""
ABSENT_FOR: Final = 3600.0
"""Seconds for which it is remembered that there is none."""
MAX_DOWNLOADS: Final = 2_000
_ABSENT: Final = frozenset({404, 410})


@dataclass(slots=True)
class SchemaStore:
    """Fulfils `ports.Fetch`. `cache` is a folder of its own, None for none; times are in seconds.

    `timeout` is for one request as a whole, `patience` for all waiting between requests together. A host that does not
    answer is not asked again.
    """

    cache: Path | None
    offline: bool = False
    timeout: float = 20.0
    patience: float = 60.0
    max_bytes: int = 8 * 2**20
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    _known: dict[str, Download] = field(default_factory=dict)
    _silent: dict[str, str] = field(default_factory=dict)
    _asked: int = 0

    def __call__(self, url: str) -> Download:
        """Return what is at `url`, from memory, from the cache or from the network."""
        if url not in self._known:
            self._known[url] = self._get(url)
        return self._known[url]

    def _get(self, url: str) -> Download:
        kept = self._kept(url)
        if kept is not None:
            return kept
        host = urlsplit(url).netloc
        if self.offline:
            return Download(problem=f"{url} is not in the cache, and nothing is fetched offline", offline=True)
        if host in self._silent:
            return Download(problem=f"{url} was not asked for: {self._silent[host]}")
        if self._asked >= MAX_DOWNLOADS:
            return Download(problem=f"{url} was not asked for: {MAX_DOWNLOADS} schemas were asked for already")
        self._asked += 1
        return self._judged(url, self._ask(url))

    def _judged(self, url: str, answer: Answer) -> Download:
        if answer.status in _ABSENT:
            self._keep.put(url, None)
            return Download()
        problem = answer.problem or _refused(answer)
        if not problem:
            self._keep.put(url, answer.content)
            return Download(answer.content)
        if not answer.status or answer.status in AGAIN:
            self._silent[urlsplit(url).netloc] = problem
        return Download(problem=f"{url}: {problem}")

    def _ask(self, url: str) -> Answer:
        """Ask until there is an answer that another attempt would not change."""
        for attempt in range(ATTEMPTS):
            answer = get(url, timeout=self.timeout, max_bytes=self.max_bytes)
            seconds = wait(answer, attempt, self.now())
            if seconds is None or attempt + 1 == ATTEMPTS:
                break
            if seconds > self.patience:
                return Answer(answer.status, problem=f"the host asks to wait {seconds:.0f} s")
            self.patience -= seconds
            self.sleep(seconds)
        return answer

    def _kept(self, url: str) -> Download | None:
        """Return what the cache has, if it is whole and not too old."""
        kept = self._keep.get(url)
        if kept is None:
            return None
        if not self.offline and not 0 <= kept.age < (ABSENT_FOR if kept.content is None else FOUND_FOR):
            return None
        return Download(kept.content)

    @property
    def _keep(self) -> Keep:
        return Keep(self.cache, self.now)


def _refused(answer: Answer) -> str:
    """Say why an answer is no schema; "" if it is one."""
    if answer.status != 200:  # noqa: PLR2004 - OK
        return f"the host answered with status {answer.status}"
    try:
        json.loads(answer.content)
    except (ValueError, RecursionError):
        kind = answer.headers.get("content-type", "").partition(";")[0].strip()[:50]
        return f"the host answered with something that is not JSON ({kind or 'of no known type'})"
    return ""
