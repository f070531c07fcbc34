"""Runs programs that must not outlive whoever needs them. A script of its own: `python -I -S guard.py REQUEST`.

REQUEST is JSON: `parent` (the process that needs the programs), `folder` (where they run) and `programs` (their command
lines). The guard ends them all, and deletes the folder, as soon as its standard input is closed, its parent is gone (also
where other processes still hold the other end of its input), one of them ends, or it is told to end itself. Should the
guard be killed, Linux kills the programs. Their output goes to NAME.log in the folder; of the one that ended too early
the last lines are told on standard error, and the exit code is 1.

Only the standard library, and little of it: this process starts before the programs do.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOOK_SECONDS: Final = 0.2
_TAIL_BYTES: Final = 2000
_PR_SET_PDEATHSIG: Final = 1


def main(request: str) -> int:
    """Run the programs of `request` until they are no longer needed; return the exit code."""
    asked = json.loads(request)
    folder = Path(asked["folder"])
    signal.signal(signal.SIGTERM, _end)
    # Ctrl-C is for the parent, which then closes our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: list[tuple[str, subprocess.Popen[bytes]]] = []
    try:
        for argv in asked["programs"]:
            name = Path(argv[0]).name
            running.append((name, _start(argv, folder)))
        ended = _wait(running, asked["parent"])
        if ended is not None:
            sys.stderr.write(_epitaph(*ended, folder))
        return 0 if ended is None else 1
    finally:
        # A second SIGTERM shall not leave anything behind.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _, process in running:
            process.kill()
        for _, process in running:
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _start(argv: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    linux = ctypes.CDLL(None) if sys.platform == "linux" else None
    guard = os.getpid()

    def end_with_guard() -> None:
        if linux is not None:
            linux.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != guard:
            os._exit(1)  # it was gone before it could take us along

    with (folder / f"{Path(argv[0]).name}.log").open("wb") as log:
        # The guard has one thread, so running code between fork and exec is safe.
        return subprocess.Popen(
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=end_with_guard,  # noqa: PLW1509 - see above
        )


def _wait(running: Sequence[tuple[str, subprocess.Popen[bytes]]], parent: int) -> tuple[str, int] | None:
    """Return when the programs are no longer needed (None), or the one that ended while it was, with its exit code."""
    while os.getppid() == parent:
        readable, _, _ = select.select([sys.stdin], [], [], _LOOK_SECONDS)
        if readable:
            return None
        for name, process in running:
            code = process.poll()
            if code is not None:
                return name, code
    return None


def _epitaph(name: str, code: int, folder: Path) -> str:
    said = ""
    with contextlib.suppress(OSError), (folder / f"{name}.log").open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
        said = log.read().decode(errors="replace").strip()
    how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return f"{name} {how}: {said or 'it said nothing'}\n"


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
