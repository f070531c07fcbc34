"""Work that is shared between processes comes back whole and in order, or as the error that it ended with."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import pytest

from gitops_action.errors import GitOpsError, UsageError
from gitops_action.pipeline import parallel

if TYPE_CHECKING:
    from pathlib import Path

HERE = os.getpid()
T = TypeVar("T")
R = TypeVar("R")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the processes that are forked."""
    original, processes = os.fork, list[int]()

    def fork() -> int:
        processes.append(original())
        return processes[-1]

    monkeypatch.setattr(os, "fork", fork)
    return processes


@pytest.fixture(autouse=True)
def three_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_processors", lambda: 3)


def who(task: int) -> tuple[int, int]:
    """Say which process has done a task; the first tasks take long, so that they end last."""
    time.sleep(0.3 if task < 3 else 0.001)
    return task, os.getpid()


def spread(work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
    with parallel.begun(work, tasks) as results:
        yield from results


def elsewhere(act: Callable[[], None]) -> Callable[[int], int]:
    """Act in every process but this one, which is slow."""

    def work(task: int) -> int:
        if os.getpid() != HERE:
            act()
        time.sleep(0.01)
        return task

    return work


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_results_come_in_order_from_several_processes() -> None:
    results = list(spread(who, range(100)))
    assert [task for task, _ in results] == list(range(100))
    processes = {process for _, process in results}
    assert HERE in processes
    assert len(processes) == 3
    assert all(gone(process) for process in processes - {HERE})


def test_more_results_than_a_pipe_holds() -> None:
    results = spread(lambda task: str(task) * 50_000, range(50))
    assert [len(result) for result in results] == [len(str(task)) * 50_000 for task in range(50)]


def test_no_more_processes_than_tasks(begun: list[int]) -> None:
    assert list(spread(who, [7])) == [(7, HERE)]
    assert list(spread(who, [])) == []
    assert not begun
    assert len(list(spread(who, range(2)))) == 2
    assert len(begun) == 1


def test_one_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_processors", lambda: 1)
    assert {process for _, process in spread(who, range(9))} == {HERE}


def test_an_error_elsewhere_is_raised_here_and_says_where_it_was() -> None:
    def fail() -> None:
        raise UsageError("no such version")

    with pytest.raises(UsageError, match="no such version") as caught:
        list(spread(elsewhere(fail), range(100)))
    assert "test_parallel.py" in "".join(caught.value.__notes__)


def test_an_error_that_cannot_be_handed_over_is_named() -> None:
    class OddError(Exception):
        def __init__(self, one: str, other: str) -> None:
            super().__init__(one + other)

    def fail() -> None:
        raise OddError("a", "b")

    with pytest.raises(GitOpsError, match="OddError: ab"):
        list(spread(elsewhere(fail), range(100)))


def test_an_error_here_ends_the_others(begun: list[int]) -> None:
    def work(task: int) -> None:
        if os.getpid() != HERE:
            time.sleep(60)
        elif task:
            raise UsageError("here")

    with pytest.raises(UsageError, match="here"):
        list(spread(work, range(100)))
    assert len(begun) == 2
    assert all(map(gone, begun))


@pytest.mark.parametrize("end", [lambda: os._exit(0), lambda: os.kill(os.getpid(), signal.SIGKILL)])
def test_a_process_that_dies_is_said(end: Callable[[], None]) -> None:
    with pytest.raises(GitOpsError, match="died"):
        list(spread(elsewhere(end), range(100)))


def test_whoever_stops_listening_leaves_no_process(begun: list[int]) -> None:
    results = spread(who, range(1000))
    assert next(results)[0] == 0
    assert not any(map(gone, begun))
    results.close()  # type: ignore[attr-defined]
    assert len(begun) == 2
    assert all(map(gone, begun))


def test_more_tasks_than_have_room() -> None:
    with pytest.raises(ValueError, match="too many"):
        list(spread(who, range(parallel.MOST + 1)))


def test_others_begin_before_anybody_asks(begun: list[int], tmp_path: Path) -> None:
    def work(task: int) -> int:
        (tmp_path / str(task)).touch()
        return os.getpid()

    with parallel.begun(work, range(100)) as results:
        assert len(begun) == 2
        end = time.monotonic() + 60
        while not (tmp_path / "99").exists() and time.monotonic() < end:
            time.sleep(0.01)
        found = list(results)
    assert len(found) == 100
    assert HERE not in found
    assert all(map(gone, begun))


def test_whoever_never_asks_leaves_no_process(begun: list[int]) -> None:
    with pytest.raises(UsageError), parallel.begun(who, range(100)):
        raise UsageError("something else went wrong")
    assert len(begun) == 2
    assert all(map(gone, begun))


def test_what_begins_without_others_is_done_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_processors", lambda: 1)
    done: list[int] = []
    with parallel.begun(done.append, range(3)) as results:
        assert not done
        assert len(list(results)) == 3
    assert done == [0, 1, 2]
