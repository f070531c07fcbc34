"""How long the steps of a run take."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitops_action.model import Timing

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """Collects the wall-clock time of each step; a step that is entered again adds up."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what runs inside."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - start

    @property
    def timings(self) -> tuple[Timing, ...]:
        """What was timed, in the order in which it began."""
        return tuple(Timing(name, round(seconds, 3)) for name, seconds in self._seconds.items())
