"""Progress on a terminal's standard error; silence everywhere else, so that logs and pipes stay clean."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitops_action.ports import Progress, Step


class SilentProgress:
    """Progress that nobody watches."""

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Step]:
        """Begin a step."""
        del title, total
        yield self

    def advance(self, count: int = 1) -> None:
        """Note that `count` more parts are done."""


class BarProgress:
    """A rich progress bar on standard error, removed when its step is over."""

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Step]:
        """Begin a step of `total` parts."""
        # Imported here: rich costs a quarter of a start, and only a terminal needs it.
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import Progress as RichProgress  # noqa: PLC0415

        with RichProgress(console=Console(stderr=True), transient=True) as bar:
            yield _BarStep(bar, title, total)


class _BarStep:
    """One bar."""

    def __init__(self, bar: object, title: str, total: int | None) -> None:
        from rich.progress import Progress as RichProgress  # noqa: PLC0415 - see above

        assert isinstance(bar, RichProgress)  # noqa: S101 - for the type checker; rich is not imported at the top
        self._bar = bar
        self._task = bar.add_task(title, total=total)

    def advance(self, count: int = 1) -> None:
        """Note that `count` more parts are done."""
        self._bar.advance(self._task, count)


def progress() -> Progress:
    """Return a bar where standard error is a terminal, else silence."""
    return BarProgress() if sys.stderr.isatty() else SilentProgress()


@contextmanager
def screen() -> Iterator[Callable[[str], None]]:
    """Return what shows a text on a terminal's standard output in place of the one before; the last one stays."""
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    with Live(console=Console(), auto_refresh=False) as live:

        def show(text: str) -> None:
            shown = Text.from_ansi(text.rstrip("\n"))
            # A table that is wider than the terminal is cut, so that one line stays one line.
            shown.no_wrap, shown.overflow = True, "ellipsis"
            live.update(shown, refresh=True)

        yield show
