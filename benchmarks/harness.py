"""Run whole processes side by side and compare their medians."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def _environment() -> dict[str, str]:
    """Return what the runs see: bytecode is kept, as wherever the package is installed."""
    return {**{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}, "NO_COLOR": "1"}


@dataclass(slots=True)
class Contender:
    """One command, and what its runs took. `permitted` are the exit codes of a run that did its work.

    `prepare` is called before each run, in no time of its own. `environment` is what the runs see beside ours.
    """

    name: str
    argv: Sequence[str]
    cwd: Path
    permitted: frozenset[int] = frozenset({0, 1})
    seconds: list[float] = field(default_factory=list)
    memory: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None

    @property
    def median(self) -> float:
        """The median of the runs, in seconds."""
        return statistics.median(self.seconds)

    def run(self, *, weigh: bool = False) -> None:
        """Run once, whole process; output is thrown away. With `weigh` its memory is measured, else its time."""
        self.prepare()
        start = time.perf_counter()
        process = subprocess.Popen(
            self.argv,
            cwd=self.cwd,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**_environment(), **self.environment},
        )
        assert process.stderr is not None
        if weigh:
            while process.poll() is None:
                self.memory = max(self.memory, _weight(process.pid))
                time.sleep(0.02)
        error = process.stderr.read()
        code = process.wait()
        if not weigh:
            self.seconds.append(time.perf_counter() - start)
        if code not in self.permitted:
            raise SystemExit(f"{self.name} ended with exit code {code}: {error.decode(errors='replace')[-500:]}")


def _weight(pid: int) -> int:
    """Return the memory of a process and its descendants in KiB, what they share counted once; 0 when it is gone."""
    total = 0
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return total
    return total + sum(_weight(int(child)) for child in children)


def alternate(contenders: Sequence[Contender], rounds: int) -> None:
    """Run all once to warm the page cache and to see their memory, then `rounds` times in turn."""
    for contender in contenders:
        contender.run(weigh=True)
    for _ in range(rounds):
        for contender in contenders:
            contender.run()


def table(title: str, contenders: Sequence[Contender], aim: str) -> str:
    """Return the result as text; ratios are to the last contender."""
    reference = contenders[-1]
    lines = [title]
    lines += [
        f"  {contender.name:<40} {contender.median:8.3f} s  (min {min(contender.seconds):.3f}, "
        f"max {max(contender.seconds):.3f}, n={len(contender.seconds)}, peak {contender.memory / 1024:.0f} MB)  "
        f"ratio {contender.median / reference.median:.2f}"
        for contender in contenders
    ]
    return "\n".join([*lines, f"  aim: {aim}", ""])


def machine(versions: Mapping[str, str]) -> str:
    """Return what the figures were measured on and with."""
    memory = resource.getpagesize() * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({model}), {memory:.0f} GiB, Python {platform.python_version()}; {named}\n"
