"""What a program is told and says through its pipes, within limits of time and size."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from enum import Enum
from typing import Final, Self

from gitops_action.records import dataclass

_READ_BYTES: Final = 1 << 18
_WRITE_BYTES: Final = 1 << 16


class Stop(Enum):
    """Which limit was reached before the program was done."""

    TIME = "time"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Said:
    """What a program wrote; `stop` is None if that is all, and the program has ended."""

    stdout: bytes
    stderr: bytes
    stop: Stop | None = None


def talk(process: subprocess.Popen[bytes], stdin: bytes | None, *, timeout: float, max_bytes: int) -> Said:
    """Give `stdin` to a program and take what it says, until it has ended or a limit is reached; it is not ended here.

    `timeout` is in seconds and for everything; `max_bytes` counts both streams together. What the program left running,
    and still holds a pipe, counts as the program.
    """
    deadline = time.monotonic() + timeout
    with _Pipes(process, stdin or b"") as pipes:
        while pipes.open:
            if not pipes.work(max(deadline - time.monotonic(), 0)) and time.monotonic() >= deadline:
                return pipes.said(Stop.TIME)
            if pipes.size > max_bytes:
                return pipes.said(Stop.SIZE)
        try:
            process.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            return pipes.said(Stop.TIME)
        return pipes.said()


class _Pipes:
    """The pipes of one program. `size` is how many bytes it wrote."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes) -> None:
        self.size = 0
        self._stdin = memoryview(stdin)
        self._process = process
        self._stdout: list[bytes] = []
        self._stderr: list[bytes] = []
        self._selector = selectors.DefaultSelector()
        for stream, parts in ((process.stdout, self._stdout), (process.stderr, self._stderr)):
            if stream is not None:
                self._selector.register(stream, selectors.EVENT_READ, parts)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            self._selector.register(process.stdin, selectors.EVENT_WRITE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()

    @property
    def open(self) -> bool:
        """Whether there is still something to read or to write."""
        return bool(self._selector.get_map())

    def work(self, timeout: float) -> bool:
        """Read and write what can be without waiting longer than `timeout`; False if that was nothing."""
        ready = self._selector.select(timeout)
        for key, _ in ready:
            more = self._write(key.fd) if key.data is None else self._read(key.fd, key.data)
            if not more:
                self._selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]  # it is a pipe, not a number
        return bool(ready)

    def said(self, stop: Stop | None = None) -> Said:
        """Return what the program wrote so far."""
        return Said(b"".join(self._stdout), b"".join(self._stderr), stop)

    def _read(self, descriptor: int, parts: list[bytes]) -> bool:
        data = os.read(descriptor, _READ_BYTES)
        parts.append(data)
        self.size += len(data)
        return bool(data)

    def _write(self, descriptor: int) -> bool:
        try:
            self._stdin = self._stdin[os.write(descriptor, self._stdin[:_WRITE_BYTES]) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            # It ended, or wants to hear no more.
            return False
        return bool(self._stdin)
