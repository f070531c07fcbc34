"""The one place that starts other programs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Final

from gitops_action.errors import ToolFailedError, ToolMissingError
from gitops_action.ports import Completed

# What a program may see of our environment. Everything else (tokens, INPUT_*, cloud credentials) stays here:
# what renders is told what to do by the pull request.
_INHERITED: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")
_ERROR_TAIL: Final = 2000


def run(  # noqa: PLR0913 - these are what a process has
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    timeout: float,
    env: Mapping[str, str] | None = None,
    permitted: Container[int] = (0,),
) -> Completed:
    """Run `argv` as `ports.Run` describes: own process group, scrubbed environment, time limit in seconds."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**inherited, **(env or {})},
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        if cwd is not None and not cwd.is_dir():
            raise ToolFailedError(f"cannot run {argv[0]}: the folder {cwd} does not exist") from error
        raise ToolMissingError(f"cannot run {argv[0]}: not found") from error
    except OSError as error:
        raise ToolMissingError(f"cannot run {argv[0]}: {error.strerror}") from error
    with process:
        try:
            stdout, stderr = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            stdout, stderr = process.communicate()
            return Completed(None, stdout, stderr)
        except BaseException:
            _end(process)
            raise
    if process.returncode not in permitted:
        detail = stderr.decode(errors="replace").strip()[-_ERROR_TAIL:]
        raise ToolFailedError(f"{Path(argv[0]).name} ended with exit code {process.returncode}: {detail}")
    return Completed(process.returncode, stdout, stderr)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


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
