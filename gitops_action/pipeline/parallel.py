"""Spread work over processes without reading ahead of them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gitops_action.errors import GitOpsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_AHEAD: Final = 3


def spread(
    work: Callable[[_Task], _Result], tasks: Iterable[_Task], prepare: Callable[..., None], *given: Any
) -> Iterator[_Result]:
    """Yield the result of `work` on each task, in order; `prepare(*given)` runs first in each process.

    At most a few tasks per process are taken from `tasks` ahead of time, so that memory does not grow with them.
    Raises GitOpsError if a process dies.
    """
    jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Forked children share what is loaded already, and start in milliseconds.
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    pending: deque[Future[_Result]] = deque()
    with ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context(method), initializer=_begin, initargs=(prepare, *given)
    ) as pool:
        try:
            for task in tasks:
                pending.append(pool.submit(work, task))
                if len(pending) >= jobs * _AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        except BrokenProcessPool as error:
            raise GitOpsError("a worker process died; the machine may be out of memory") from error
        finally:
            for future in pending:
                future.cancel()


def _begin(prepare: Callable[..., None], *given: Any) -> None:
    # What is shared with the parent stays shared, and documents have no cycles: looking for some cost a tenth of the time.
    gc.freeze()
    gc.set_threshold(100_000)
    # Ctrl-C reaches every process of a terminal; the first one ends the others, and speaks for them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare(*given)
