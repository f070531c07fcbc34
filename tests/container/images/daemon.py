"""Docker on this machine: installed where root may, started where none runs, ended only by whoever started it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gitops_action.adapters.processes import tool_cache

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTS_WITHIN = 60.0
ENDS_WITHIN = 30.0


class DockerUnavailableError(Exception):
    """There is no Docker here, and none could be had; the message says why."""


def state() -> Path:
    """Return the folder of the daemon's pid and log, and of the cached root file systems."""
    folder = tool_cache() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one process at a time through, as test workers and clones share the daemon."""
    with (state() / f"{name}.lock").open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def answers() -> bool:
    """Tell whether a Docker daemon answers this user."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    asked = subprocess.run([docker, "version", "--format", "{{.Server.Version}}"], capture_output=True, check=False)
    return asked.returncode == 0


def install(*programs: str) -> None:
    """Install Debian's packages of programs that are absent; the package of dockerd is named docker.io."""
    packages = [{"dockerd": "docker.io"}.get(program, program) for program in programs if not shutil.which(program)]
    if not packages:
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise DockerUnavailableError(f"{', '.join(packages)}: not installed, and only root on Debian can be helped")
    say(f"installing {', '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in ([apt, "update"], [apt, "install", "--yes", "--no-install-recommends", *packages]):
        ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if ran.returncode != 0:
            raise DockerUnavailableError(f"{' '.join(command)}: {ran.stderr.strip()[-400:]}")


def docker(*arguments: str, stdin: IO[bytes] | None = None) -> str:
    """Run a docker command and return what it printed."""
    program = shutil.which("docker")
    if program is None:
        raise DockerUnavailableError("docker is not installed")
    # The classic builder is what every daemon has, and what act uses.
    environment = os.environ | {"DOCKER_BUILDKIT": "0"}
    source = stdin or subprocess.DEVNULL
    ran = subprocess.run([program, *arguments], stdin=source, capture_output=True, env=environment, check=False)
    if ran.returncode != 0:
        tail = (ran.stdout + ran.stderr).decode(errors="replace").strip()[-1500:]
        raise DockerUnavailableError(f"docker {arguments[0]} failed: {tail}")
    return ran.stdout.decode(errors="replace").strip()


def ensure() -> int | None:
    """Make Docker answer; return the pid of the daemon if that took starting one."""
    with alone("dockerd"):
        if answers():
            return None
        install("dockerd")
        if os.geteuid() != 0:
            raise DockerUnavailableError("no Docker daemon answers, and only root can start one")
        return _start()


def _start() -> int:
    dockerd = shutil.which("dockerd")
    if dockerd is None:
        raise DockerUnavailableError("dockerd is not installed")
    log = state() / "dockerd.log"
    with log.open("w", encoding="utf-8") as output:
        daemon = subprocess.Popen(
            [dockerd], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and daemon.poll() is None:
        if answers():
            _pid_file().write_text(str(daemon.pid), encoding="ascii")
            say(f"started dockerd, pid {daemon.pid}")
            return daemon.pid
        time.sleep(0.2)
    if daemon.poll() is None:
        daemon.terminate()
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise DockerUnavailableError(f"dockerd does not start: {' '.join(last)}")


def stop() -> bool:
    """End the daemon that `ensure` started, and only that one; False if there is none."""
    with alone("dockerd"):
        pid = _started_pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + ENDS_WITHIN
        while time.monotonic() < deadline and _started_pid() is not None:
            _reap(pid)
            time.sleep(0.1)
        _pid_file().unlink(missing_ok=True)
        return True


def _started_pid() -> int | None:
    """Return the recorded pid as long as it is still a dockerd; pids are used again."""
    try:
        pid = int(_pid_file().read_text(encoding="ascii"))
        name = Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
        zombie = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except (OSError, ValueError):
        return None
    return pid if name == "dockerd" and not zombie else None


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):  # another process may have started it
        os.waitpid(pid, os.WNOHANG)


def _pid_file() -> Path:
    return state() / "dockerd.pid"


def say(message: str) -> None:
    """Tell the person who waits what takes the time."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
