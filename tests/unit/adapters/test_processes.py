"""Other programs get little to see, a limited time and a limited say, and leave nothing running."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.processes import Child, ChildEndedError, find_tool, run, tool_cache
from gitops_action.errors import ToolFailedError, ToolMissingError

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = 60.0
SH = "/bin/sh"


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def is_gone(pid: int) -> bool:
    """Whether a process has ended; a zombie that nobody has waited for is none that runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state in {"Z", "X"}


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait for what another process does; the limit only keeps a failing test from hanging."""
    end = time.monotonic() + LONG
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


# What it says, and how it ends


def test_both_streams_and_the_exit_code() -> None:
    done = run([SH, "-c", "echo out; echo err >&2; exit 3"], timeout=LONG, permitted=(3,))
    assert (done.exit_code, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
    assert not done.timed_out
    assert not done.overflowed


def test_an_exit_code_that_is_not_permitted() -> None:
    with pytest.raises(ToolFailedError, match=r"^sh ended with exit code 4: the reason$"):
        run([SH, "-c", "echo the reason >&2; exit 4"], timeout=LONG)


def test_of_a_long_complaint_the_end_is_told() -> None:
    with pytest.raises(ToolFailedError) as caught:
        run(python("import sys; sys.stderr.write('x' * 100_000 + 'the end'); sys.exit(1)"), timeout=LONG)
    assert str(caught.value).endswith("the end")
    assert len(str(caught.value)) < 3000


def test_a_signal_is_an_exit_code() -> None:
    done = run([SH, "-c", "kill -TERM $$"], timeout=LONG, permitted=(-signal.SIGTERM,))
    assert done.exit_code == -signal.SIGTERM


def test_much_in_and_much_out_at_the_same_time() -> None:
    """More than any pipe holds, both ways and on both streams: neither side waits for the other."""
    data = os.urandom(3_000_000)
    code = (
        "import sys\nfor part in iter(lambda: sys.stdin.buffer.read(8192), b''):\n"
        "    sys.stdout.buffer.write(part); sys.stderr.buffer.write(part)\n"
    )
    done = run(python(code), stdin=data, timeout=LONG)
    assert done.stdout == data
    assert done.stderr == data


def test_a_program_that_does_not_listen() -> None:
    done = run([SH, "-c", "exec <&-; echo done"], stdin=b"x" * 1_000_000, timeout=LONG)
    assert done.stdout == b"done\n"


def test_without_input_there_is_none_to_wait_for() -> None:
    assert run(["/bin/cat"], timeout=LONG).stdout == b""


# What it sees


def test_the_environment_is_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "INPUT_GITHUB-TOKEN", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD", "HOME", "PYTHONPATH"):
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("TZ", "UTC")
    done = run(["/usr/bin/env"], timeout=LONG, env={"ONLY": "this"})
    seen = dict(line.partition("=")[::2] for line in done.stdout.decode().splitlines())
    assert seen.keys() <= {"PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "ONLY"}
    assert (seen["PATH"], seen["TZ"], seen["ONLY"]) == (os.environ["PATH"], "UTC", "this")


def test_what_is_given_stands_above_what_is_inherited() -> None:
    assert run([SH, "-c", "echo $PATH"], timeout=LONG, env={"PATH": "/nowhere"}).stdout == b"/nowhere\n"


def test_arguments_are_no_shell_s() -> None:
    odd = "$(touch x); `id` 'a' \"b\" * \n -- é"
    assert run(["/bin/echo", "-n", "--", odd], timeout=LONG).stdout.decode() == f"-- {odd}"


def test_the_folder_that_it_runs_in(tmp_path: Path) -> None:
    assert run(["/bin/pwd"], cwd=tmp_path, timeout=LONG).stdout.decode() == f"{tmp_path}\n"


def test_it_is_no_part_of_our_terminal_s_group() -> None:
    # Ctrl-C is for us; what we started is ended by us.
    done = run(python("import os; print(os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid())"), timeout=LONG)
    assert done.stdout == b"True True\n"


# Limits


def test_the_time_limit_ends_everything_that_was_started(tmp_path: Path) -> None:
    """A child and a grandchild in the background: both are gone, and what was said until then is there."""
    pids = tmp_path / "pids"
    script = f"({SH} -c 'echo $$ >> {pids}; exec sleep 600') & echo $$ >> {pids}; echo said; wait"
    done = run([SH, "-c", script], timeout=1.0)
    assert (done.exit_code, done.timed_out, done.stdout) == (None, True, b"said\n")
    started = [int(line) for line in pids.read_text().split()]
    assert len(started) == 2
    assert eventually(lambda: all(map(is_gone, started)))


def test_the_time_limit_ends_what_ignores_signals() -> None:
    done = run([SH, "-c", "trap '' TERM INT HUP; while :; do sleep 600; done"], timeout=0.2)
    assert done.timed_out


def test_a_child_that_holds_the_pipe_does_not_hold_us(tmp_path: Path) -> None:
    """In a session of its own it is out of reach; waiting for the end of its output would be waiting for it."""
    pid = tmp_path / "pid"
    code = (
        "import os, sys, time\nif os.fork() == 0:\n    os.setsid()\n"
        f"    open({str(pid)!r}, 'w').write(str(os.getpid()))\n    time.sleep(600)\n"
        "print('said', flush=True)\n"
    )
    try:
        done = run(python(code), timeout=1.0)
        assert (done.timed_out, done.stdout) == (True, b"said\n")
    finally:
        assert eventually(pid.exists)
        os.kill(int(pid.read_text()), signal.SIGKILL)


def test_a_timeout_is_no_failure_of_its_own() -> None:
    # Whoever asked decides what it means, also where no exit code is permitted.
    assert run(["/bin/sleep", "600"], timeout=0.05, permitted=()).exit_code is None


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_endless_output_is_cut_off(stream: str) -> None:
    code = f"import sys\nwhile True: sys.{stream}.buffer.write(b'x' * 65536)\n"
    done = run(python(code), timeout=LONG, permitted=(-signal.SIGKILL,), max_output=1_000_000)
    assert (done.overflowed, done.timed_out, done.exit_code) == (True, False, -signal.SIGKILL)
    assert 1_000_000 < len(done.stdout + done.stderr) < 2_000_000
    with pytest.raises(ToolFailedError, match=r"was ended as it wrote more than 1,000,000 bytes"):
        run(python(code), timeout=LONG, max_output=1_000_000)


def test_what_was_cut_off_never_looks_complete() -> None:
    """It may have come to its end by itself, with exit code 0, while we read what was left of it."""
    done = run(python("print('x' * 2000, end='')"), timeout=LONG, permitted=(0, -signal.SIGKILL), max_output=1999)
    assert (done.overflowed, done.exit_code) == (True, -signal.SIGKILL)
    exact = run(python("print('x' * 2000, end='')"), timeout=LONG, max_output=2000)
    assert (exact.overflowed, len(exact.stdout)) == (False, 2000)


def test_an_interrupt_ends_the_program(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = f"""
import os, signal, sys, threading, time
from pathlib import Path
from gitops_action.adapters.processes import run
def interrupt():
    while not Path({str(pid)!r}).exists() or not Path({str(pid)!r}).read_text().endswith("\\n"):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=interrupt).start()
run([{SH!r}, "-c", "echo $$ > {pid}; exec sleep 600"], timeout=600)
"""
    done = run([sys.executable, "-c", code], timeout=LONG, permitted=range(-64, 256), cwd=Path(__file__).parents[3])
    assert b"KeyboardInterrupt" in done.stderr
    assert eventually(lambda: is_gone(int(pid.read_text())))


# Programs that are none


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(ToolMissingError, match=r"^cannot run no-such-program: not found$"):
        run(["no-such-program"], timeout=LONG)


def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("text")
    with pytest.raises(ToolMissingError, match="Permission denied"):
        run([str(file)], timeout=LONG)
    file.chmod(0o755)
    with pytest.raises(ToolMissingError, match="Exec format error"):
        run([str(file)], timeout=LONG)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ToolFailedError, match=r"the folder .*gone does not exist"):
        run(["/bin/true"], cwd=tmp_path / "gone", timeout=LONG)


# Long-lived programs


def test_a_child_answers_line_by_line_and_byte_by_byte() -> None:
    child = Child(["/bin/cat"])
    try:
        child.write(b"one\ntwo\nthree")
        assert child.read_line(LONG) == b"one"
        assert child.read(6, LONG) == b"two\nth"
        child.write(b"\n")
        assert child.read_line(LONG) == b"ree"
    finally:
        child.close()
    child.close()


def test_a_child_that_ends_says_how() -> None:
    child = Child([SH, "-c", "read line; echo gone wrong >&2; exit 7"])
    child.write(b"go\n")
    with pytest.raises(
        ChildEndedError, match=r"^sh ended with exit code 7 before it had answered: gone wrong$"
    ) as caught:
        child.read_line(LONG)
    assert caught.value.exit_code == 7
    # It can be asked again, and says the same.
    with pytest.raises(ChildEndedError, match="gone wrong"):
        child.write(b"more\n")


def test_a_child_that_was_killed_says_so() -> None:
    child = Child([SH, "-c", "kill -9 $$"])
    with pytest.raises(ChildEndedError, match="was ended by signal 9 before it had answered: it said nothing"):
        child.read(1, LONG)


def test_a_silent_child_is_ended_with_all_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    child = Child([SH, "-c", f"sleep 600 & echo $! > {pids}; echo $$ >> {pids}; echo ready; wait"])
    assert child.read_line(LONG) == b"ready"
    with pytest.raises(ToolFailedError, match=r"^sh gave no answer for 0\.1 seconds$"):
        child.read_line(0.1)
    assert eventually(lambda: all(is_gone(int(line)) for line in pids.read_text().split()))


def test_a_child_sees_as_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "canary")
    child = Child([SH, "-c", "env; echo END"], env={"ONLY": "this"})
    try:
        lines = list(iter(lambda: child.read_line(LONG), b"END"))
    finally:
        child.close()
    assert b"ONLY=this" in lines
    assert not any(b"canary" in line for line in lines)


# Where tools are


def program(folder: Path, name: str = "kustomize", mode: int = 0o755) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def test_tools_are_looked_for_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assets, on_path, cached = (tmp_path / name for name in ("assets", "path", "cache"))
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    monkeypatch.setenv("PATH", str(on_path))
    monkeypatch.setenv("GITOPS_TOOL_CACHE", str(cached))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv/bin/python"))
    assert find_tool("kustomize") is None
    for folder in (tmp_path / "venv/bin", cached / "bin", on_path, assets):
        expected = program(folder)
        assert find_tool("kustomize") == expected
    program(assets, mode=0o644)
    assert find_tool("kustomize") == on_path / "kustomize"


def test_the_cache_is_the_user_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITOPS_TOOL_CACHE", str(tmp_path / "own"))
    assert tool_cache() == tmp_path / "own"
    monkeypatch.delenv("GITOPS_TOOL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert tool_cache() == tmp_path / "xdg/gitops-action"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert tool_cache() == tmp_path / "home/.cache/gitops-action"
