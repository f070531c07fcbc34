"""What the pure middle asks of the edges, as protocols; `adapters` has what fulfils them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gitops_action.cluster.answers import Answer, Request
    from gitops_action.cluster.kinds import Kinds


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended. `exit_code` is None when it was ended because its time was over.

    `overflowed`: it was ended because it wrote too much.
    """

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    overflowed: bool = False

    @property
    def timed_out(self) -> bool:
        """Whether the time limit ended it."""
        return self.exit_code is None


class Run(Protocol):
    """Runs another program with a scrubbed environment (no token, no input of the action) and a time limit."""

    def __call__(  # noqa: PLR0913 - these are what a process has
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        stdin: bytes | None = None,
        timeout: float,
        env: Mapping[str, str] | None = None,
        permitted: Container[int] = (0,),
    ) -> Completed:
        """Return how `argv` ended, within `timeout` seconds.

        Raises ToolMissingError if the program cannot be started, ToolFailedError for an exit code outside `permitted`.
        A program that was ended by the time limit is returned, not raised.
        """
        ...


class Progress(Protocol):
    """Told how far a long step is; silent by default."""

    def step(self, title: str, total: int | None = None) -> AbstractContextManager[Step]:
        """Begin a step of `total` parts (None: not known)."""
        ...


class Step(Protocol):
    """One step under way."""

    def advance(self, count: int = 1) -> None:
        """Note that `count` more parts are done."""
        ...


@dataclass(frozen=True, slots=True)
class Download:
    """What became of one address: its content; or None where there is nothing, for which `problem` is "" if that is sure.

    With `offline` nobody was asked, because that was not wanted.
    """

    content: bytes | None = None
    problem: str = ""
    offline: bool = False


class Fetch(Protocol):
    """Fetches JSON documents: over HTTPS only, without credentials, within limits of time and size."""

    def __call__(self, url: str) -> Download:
        """Return what is at `url`. An address that cannot be reached is a Download with a `problem`, not an exception."""
        ...


class ApiServer(Protocol):
    """An API server, reached with one account."""

    @property
    def kinds(self) -> Kinds:
        """What it serves; asked for once."""
        ...

    def discover(self) -> Kinds:
        """Ask again what it serves. Raises ClusterError if it cannot be asked."""
        ...

    def send(self, request: Request) -> Answer:
        """Return the answer. A server that does not answer gives an Answer with a `problem`, not an exception."""
        ...

    def send_all(self, requests: Iterable[Request]) -> list[Answer]:
        """Return the answers in order; several requests are under way at once."""
        ...
