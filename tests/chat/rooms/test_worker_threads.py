"""The threads of the storage: few of them, and each call in the one that became idle last."""

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from chat.rooms.worker_threads import WorkerThreads
from tests.support.core.doubles import TIME_LIMIT


@pytest.fixture
def threads() -> Iterator[WorkerThreads]:
    threads = WorkerThreads(3, "worker")
    yield threads
    threads.shutdown()


def name_of_thread() -> str:
    return threading.current_thread().name


def result(threads: WorkerThreads, function: Callable[[], str]) -> str:
    """What a function returns in one of the threads, which is idle again."""
    found: list[str] = []
    done = threading.Event()
    threads.submit(lambda: (found.append(function()), done.set())[0])
    assert done.wait(TIME_LIMIT)
    wait_until_idle(threads)
    return found[0]


def wait_until_idle(threads: WorkerThreads) -> None:
    for _ in range(int(TIME_LIMIT * 1000)):
        with threads._lock:
            if len(threads._idle) == len(threads._workers):
                return
        threading.Event().wait(0.001)
    raise AssertionError("a thread is busy")


def occupy(threads: WorkerThreads, count: int) -> list[threading.Event]:
    """So many calls run, each until its event is set."""
    events = [threading.Event() for _ in range(count)]
    started = threading.Barrier(count + 1)
    for event in events:
        threads.submit(lambda event=event: (started.wait(TIME_LIMIT), event.wait(TIME_LIMIT))[0])
    started.wait(TIME_LIMIT)
    return events


def test_a_call_gets_the_thread_that_became_idle_last(threads: WorkerThreads) -> None:
    """Regression: the threads took turns, and none found its data in the processor's caches."""
    for event in occupy(threads, 3):
        event.set()
    wait_until_idle(threads)
    assert len({result(threads, name_of_thread) for _ in range(20)}) == 1


def test_calls_beyond_the_limit_wait_and_begin_in_their_order(threads: WorkerThreads) -> None:
    events, order = occupy(threads, 3), list[int]()
    for number in range(5):
        threads.submit(partial(order.append, number))
    assert not order
    events[0].set()  # one thread runs them all
    threads.submit((done := threading.Event()).set)
    assert done.wait(TIME_LIMIT)
    assert order == [0, 1, 2, 3, 4]
    for event in events:
        event.set()


def test_shutdown_runs_what_was_submitted_and_refuses_more(threads: WorkerThreads) -> None:
    order: list[int] = []
    for number in range(50):
        threads.submit(partial(order.append, number))
    threads.shutdown()
    assert sorted(order) == list(range(50))
    with pytest.raises(RuntimeError):
        threads.submit(lambda: None)
    assert not any(thread.name.startswith("worker_") for thread in threading.enumerate())


def test_a_call_that_fails_is_logged_and_its_thread_goes_on(
    threads: WorkerThreads, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> str:
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR):
        threads.submit(fail)  # type: ignore[arg-type]
        wait_until_idle(threads)
        assert result(threads, name_of_thread) == "worker_0"
    assert "ZeroDivisionError" in caplog.text
