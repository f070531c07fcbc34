"""Embedded control planes one after another, each with a fresh store; the next starts while one is in use."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Final, Self

from gitops_action.adapters.api_server import Access, HttpApiServer
from gitops_action.adapters.control_plane import ControlPlane, control_plane
from gitops_action.errors import GitOpsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_THREADS: Final = 6


class Planes:
    """Gives out API servers that nobody has used. What was started and is not needed ends with the block."""

    def __init__(self) -> None:
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="control-plane")
        self._next: Future[tuple[AbstractContextManager[ControlPlane], ControlPlane]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._next is not None and not self._next.cancel():
            try:
                running, _ = self._next.result()
            except GitOpsError:
                pass  # nobody needed it
            else:
                running.__exit__(None, None, None)
        self._starter.shutdown()

    def prepare(self) -> None:
        """Begin to start the next one."""
        if self._next is None:
            self._next = self._starter.submit(_start)

    @contextmanager
    def take(self) -> Iterator[HttpApiServer]:
        """Wait for a fresh server and use it.

        Raises ToolMissingError where its programs are nowhere to be found, ToolFailedError if it does not get ready.
        """
        self.prepare()
        if self._next is None:  # pragma: no cover - just prepared
            raise AssertionError
        running, plane = self._next.result()
        self._next = None
        try:
            access = Access(plane.url, plane.tls(), lambda: f"Bearer {plane.token}")
            with HttpApiServer(access, threads=_THREADS) as server:
                yield server
        finally:
            running.__exit__(None, None, None)


def _start() -> tuple[AbstractContextManager[ControlPlane], ControlPlane]:
    running = control_plane()
    return running, running.__enter__()
