"""Spread work over the processors: this process does its share, forked ones do the rest."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import struct
import traceback
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, Final, Generic, NoReturn, TypeVar

from gitops_action.errors import GitOpsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

_NUMBER: Final = struct.Struct("=I")
MOST: Final = 4_000
"""So many tasks at most: their numbers have to fit into a pipe."""
# What a process says, if it is not the result of a task: that it is done, which one that dies does not, or an error.
_DONE: Final = -1
_FAILED: Final = -2


@contextmanager
def begun(work: Callable[[_Task], _Result], tasks: Sequence[_Task]) -> Iterator[Iterator[_Result]]:
    """Have other processes begin with the tasks at once, and give the results of all, in order.

    This process does its share when it asks for the first result. What it loads before that the others do not have.
    Raises what `work` raises, wherever it runs, when results are asked for; GitOpsError if a process dies.
    """
    helpers = min(_processors(), len(tasks)) - 1 if hasattr(os, "fork") else 0
    if helpers <= 0:
        yield map(work, tasks)
        return
    with _numbers(len(tasks)) as numbers:
        crew = _Crew[_Result]()
        try:
            # All that there is stays shared between the processes, as nobody looks for garbage among it.
            gc.freeze()
            crew.fork(helpers, partial(_help, work, tasks, numbers))
            yield _together(work, tasks, numbers, crew)
        finally:
            gc.unfreeze()
            crew.end()


def _together(
    work: Callable[[_Task], _Result], tasks: Sequence[_Task], numbers: int, crew: _Crew[_Result]
) -> Iterator[_Result]:
    results = crew.results
    at = 0
    for number in _taken(numbers):
        results[number] = work(tasks[number])
        crew.check()
        while at in results:
            yield results.pop(at)
            at += 1
    crew.wait()
    for rest in range(at, len(tasks)):
        yield results.pop(rest)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _numbers(count: int) -> Iterator[int]:
    """Offer the numbers of the tasks in a pipe, from which each process takes the next when it is free."""
    if count > MOST:
        raise ValueError(f"{count} tasks are too many")
    source, sink = os.pipe()
    try:
        os.write(sink, b"".join(map(_NUMBER.pack, range(count))))
        os.close(sink)
        yield source
    finally:
        os.close(source)


def _taken(numbers: int) -> Iterator[int]:
    while taken := os.read(numbers, _NUMBER.size):
        yield _NUMBER.unpack(taken)[0]


class _Crew(Generic[_Result]):
    """The forked processes, each with a thread here that takes in what it says: `results` by the number of their task."""

    def __init__(self) -> None:
        self.results: dict[int, _Result] = {}
        self._processes: list[int] = []
        self._listeners: list[Thread] = []
        self._failures: list[Exception] = []

    def fork(self, count: int, work: Callable[[BinaryIO], None]) -> None:
        """Begin `count` processes: forked ones share what is loaded already, and start in milliseconds."""
        sources = []
        for _ in range(count):
            source, sink = os.pipe()
            sources.append(source)
            process = os.fork()
            if process == 0:
                _end_with(work, sink)
            os.close(sink)
            self._processes.append(process)
        # Not before: a process that has threads should not be forked.
        for source in sources:
            listener = Thread(target=self._listen, args=(os.fdopen(source, "rb"),), daemon=True)
            listener.start()
            self._listeners.append(listener)

    def _listen(self, stream: BinaryIO) -> None:
        with stream:
            try:
                while True:
                    number, said = pickle.load(stream)  # noqa: S301 - our own words
                    if number == _DONE:
                        return
                    if number == _FAILED:
                        self._failures.append(said)
                    else:
                        self.results[number] = said
            except (EOFError, OSError, pickle.UnpicklingError):
                self._failures.append(GitOpsError("a worker process died; the machine may be out of memory"))

    def check(self) -> None:
        """Raise what a process failed with, if one did."""
        if self._failures:
            raise self._failures[0]

    def wait(self) -> None:
        """Wait until all is done. Raises as `check`."""
        for listener in self._listeners:
            listener.join()
        self.check()

    def end(self) -> None:
        """End those that are not done, and leave nothing behind."""
        for process in self._processes:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        for listener in self._listeners:
            listener.join()


def _end_with(work: Callable[[BinaryIO], None], sink: int) -> NoReturn:
    """Do the work of a forked process, which ends here whatever happens."""
    code = 1
    try:
        # Ctrl-C reaches every process of a terminal; the first one ends the others, and speaks for them.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with os.fdopen(sink, "wb") as stream:
            work(stream)
        code = 0
    finally:
        os._exit(code)


def _help(work: Callable[[_Task], _Result], tasks: Sequence[_Task], numbers: int, stream: BinaryIO) -> None:
    """Do tasks, and tell what came of them."""
    try:
        for number in _taken(numbers):
            pickle.dump((number, work(tasks[number])), stream)
            stream.flush()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the results are waited for
        pickle.dump((_FAILED, _portable(error)), stream)
    pickle.dump((_DONE, None), stream)


def _portable(error: Exception) -> Exception:
    """Return an error that can be handed over, with where it was raised."""
    error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own words
    except Exception:  # noqa: BLE001 - anything can be wrong with how an error is made
        return GitOpsError(f"{type(error).__name__}: {error}")
    return error
