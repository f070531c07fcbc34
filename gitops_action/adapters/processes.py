"""The one place that starts other programs."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NoReturn

from gitops_action.adapters.pipes import Stop, talk
from gitops_action.errors import ToolFailedError, ToolMissingError
from gitops_action.ports import Completed

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

# What a program may see of our environment. Everything else (tokens, INPUT_*, cloud credentials) stays here:
# what renders is told what to do by the pull request.
_INHERITED: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")
_ERROR_TAIL: Final = 2000
# More than any overlay or listing comes to, and what several at a time still fit in memory with.
_MAX_OUTPUT: Final = 256 * 2**20
_READ_BYTES: Final = 1 << 18
_CLOSE_SECONDS: Final = 5.0


def run(  # noqa: PLR0913 - these are what a process has
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    timeout: float,
    env: Mapping[str, str] | None = None,
    permitted: Container[int] = (0,),
    max_output: int = _MAX_OUTPUT,
) -> Completed:
    """Run `argv` as `ports.Run` describes: own process group, scrubbed environment, limits of seconds and bytes."""
    process = _start(
        argv,
        cwd=cwd,
        env=env,
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            said = talk(process, stdin, timeout=timeout, max_bytes=max_output)
        except BaseException:
            _end(process)
            raise
        if said.stop is not None:
            _end(process)
    if said.stop is Stop.TIME:
        return Completed(None, said.stdout, said.stderr)
    # It may have come to its end by itself meanwhile; what there is of its output is not all.
    exit_code = -signal.SIGKILL if said.stop is Stop.SIZE else process.returncode
    if exit_code not in permitted:
        if said.stop is Stop.SIZE:
            raise ToolFailedError(f"{Path(argv[0]).name} was ended as it wrote more than {max_output:,} bytes")
        detail = said.stderr.decode(errors="replace").strip()[-_ERROR_TAIL:]
        raise ToolFailedError(f"{Path(argv[0]).name} ended with exit code {exit_code}: {detail}")
    return Completed(exit_code, said.stdout, said.stderr, overflowed=said.stop is Stop.SIZE)


def _start(
    argv: Sequence[str], *, cwd: Path | None, env: Mapping[str, str] | None, stdin: int, stderr: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start `argv` in its own process group with the scrubbed environment; raise what `run` raises."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    try:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**inherited, **(env or {})},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        if cwd is not None and not cwd.is_dir():
            raise ToolFailedError(f"cannot run {argv[0]}: the folder {cwd} does not exist") from error
        raise ToolMissingError(f"cannot run {argv[0]}: not found") from error
    except OSError as error:
        raise ToolMissingError(f"cannot run {argv[0]}: {error.strerror}") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


class ChildEndedError(ToolFailedError):
    """A long-lived program ended before it had answered; `exit_code` is negative for a signal."""

    def __init__(self, name: str, exit_code: int, detail: str) -> None:
        self.exit_code = exit_code
        self.detail = detail
        how = f"was ended by signal {-exit_code}" if exit_code < 0 else f"ended with exit code {exit_code}"
        super().__init__(f"{name} {how} before it had answered: {detail or 'it said nothing'}")


class Child:
    """A program that answers on its standard output until it is closed.

    Write no more at a time than a pipe holds (4096 bytes is always safe) before reading the answers, or both wait.
    """

    def __init__(self, argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        """Start `argv` with the same scrubbed environment as `run`, raising the same errors."""
        self._name = Path(argv[0]).name
        # A file, not a pipe: nobody has to drain it while the program works.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the program runs
        try:
            self._process = _start(argv, cwd=cwd, env=env, stdin=subprocess.PIPE, stderr=self._stderr)
        except BaseException:
            self._stderr.close()
            raise
        self._buffer = bytearray()
        self._detail = ""

    def write(self, data: bytes) -> None:
        """Send `data`; raise ChildEndedError if the program is gone."""
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - started with a pipe
        try:
            stdin.write(data)
            stdin.flush()
        except (BrokenPipeError, ValueError):
            self._raise_ended()

    def read_line(self, timeout: float) -> bytes:
        """Return the next line without its end, waiting at most `timeout` seconds for each part of it."""
        while (end := self._buffer.find(b"\n")) < 0:
            self._fill(timeout)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def read(self, count: int, timeout: float) -> bytes:
        """Return the next `count` bytes, waiting at most `timeout` seconds for each part of them."""
        while len(self._buffer) < count:
            self._fill(timeout)
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def check(self) -> None:
        """Raise ChildEndedError if the program is gone."""
        if self._process.poll() is not None:
            self._raise_ended()

    def close(self) -> None:
        """End the program, at once if it does not end by itself; harmless when done twice."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            _end(self._process)
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._stderr.close()

    def kill(self) -> None:
        """End the program at once, whatever it is doing."""
        _end(self._process)
        self.close()

    def _fill(self, timeout: float) -> None:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - started with a pipe
        ready, _, _ = select.select([stdout], [], [], timeout)
        if not ready:
            self.kill()
            raise ToolFailedError(f"{self._name} gave no answer for {timeout:g} seconds")
        data = os.read(stdout.fileno(), _READ_BYTES)
        if not data:
            self._raise_ended()
        self._buffer += data

    def _raise_ended(self) -> NoReturn:
        try:
            exit_code = self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            _end(self._process)
            exit_code = self._process.wait()
        if not self._stderr.closed:
            self._stderr.seek(0)
            self._detail = self._stderr.read().decode(errors="replace").strip()[-_ERROR_TAIL:]
        self.close()
        raise ChildEndedError(self._name, exit_code, self._detail)


def tool_cache() -> Path:
    """Return the folder in which `make tools` leaves what it built (the cache of the machine's user)."""
    configured = os.environ.get("GITOPS_TOOL_CACHE")
    if configured:
        return Path(configured)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gitops-action"


def find_tool(name: str) -> Path | None:
    """Find a program: KUBEBUILDER_ASSETS, PATH, the tool cache, beside this Python; None if it is nowhere."""
    places = [os.environ.get("KUBEBUILDER_ASSETS"), os.environ.get("PATH"), str(tool_cache() / "bin")]
    places.append(str(Path(sys.executable).parent))
    for place in places:
        found = shutil.which(name, path=place) if place else None
        if found:
            return Path(found).absolute()
    return None
