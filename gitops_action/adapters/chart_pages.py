"""What a repository of charts has at its addresses: asked for within limits, again where that may help, and once only."""

from __future__ import annotations

import threading
from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitops_action.images.credentials import Logins

_TIMEOUT: Final = 30.0
_PATIENCE: Final = 60.0
_ATTEMPTS: Final = 3
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class UnavailableError(Exception):
    """A chart cannot be had; the message says why, and `code` is the reason code to say it under."""

    def __init__(self, message: str, code: str = "chart-unavailable") -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Pages:
    """Asks hosts; safe to use from several threads. A host that does not answer is not asked again."""

    logins: Logins | None
    sleep: Callable[[float], None]
    now: Callable[[], float]
    _contents: dict[str, bytes] = field(default_factory=dict)
    _silent: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, url: str, max_bytes: int, *, again: bool = False) -> bytes:
        """Return what is at an address, and remember it if it is wanted `again`. Raises UnavailableError."""
        from gitops_action.adapters import https  # noqa: PLC0415 - most runs fetch nothing

        with self._lock:
            if url in self._contents:
                return self._contents[url]
        host = split(url).netloc
        if host in self._silent:
            raise UnavailableError(f"{url} was not asked for: {self._silent[host]}")
        login = self.logins.find(host) if self.logins else None
        how = https.Asking({"Authorization": login.basic} if login else {})
        patience = _PATIENCE
        for attempt in range(_ATTEMPTS):
            answer = https.get(url, timeout=_TIMEOUT, max_bytes=max_bytes, how=how)
            wait = https.wait(answer, attempt, self.now())
            if wait is None or attempt + 1 == _ATTEMPTS or wait > patience:
                break
            patience -= wait
            self.sleep(wait)
        if answer.problem or answer.status != 200:  # noqa: PLR2004 - OK
            problem = answer.problem or f"the host answered with status {answer.status}"
            if not answer.status:
                self._silent[host] = problem
            raise UnavailableError(f"{url}: {problem}")
        if again:
            with self._lock:
                self._contents[url] = answer.content
        return answer.content


def split(url: str) -> SplitResult:
    """Take an address apart. Raises UnavailableError for what is none."""
    try:
        return urlsplit(url)
    except ValueError:
        raise UnavailableError(f"`{url[:200]}` is no address") from None


def require_safe(url: str) -> None:
    """Raise UnavailableError for an address that is not encrypted, but for this machine's own, or has credentials in it."""
    parts = split(url)
    if parts.username or parts.password:
        raise UnavailableError("an address with credentials in it is not asked")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise UnavailableError(f"{url} is not encrypted: only https:// is asked")
