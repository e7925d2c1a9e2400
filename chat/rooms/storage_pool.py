"""The threads that touch the storage: the event loop never waits for a disk, and no room for another room's disk.

The calls of one room run one after the other, in their order, each in any free thread (`SerialExecutor`). So a log
needs no locks within a process, and a sync that is slow, or a lock that somebody holds, delays one room only.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from chat.rooms.worker_threads import WorkerThreads
from chat.storage.yielding import hurry_while, yield_while

T = TypeVar("T")
MAX_THREADS = 32  # of each of the two pools, made when needed. Further calls wait for a thread, in the order of arrival
SLOW_SECONDS = 0.25  # an executor whose last call took longer takes threads of the second pool


class StoragePool:
    """A bounded number of threads, and one `SerialExecutor` for each room.

    A room that waits (for a lock, for a file system that hangs) keeps a thread. Such rooms could take all threads; so
    their next calls run in the second pool, until one of them is fast again.
    """

    def __init__(self, is_busy: Callable[[], bool] = lambda: False) -> None:
        """`is_busy`: whether long computations in the threads are to pause (chat/storage/yielding.py)."""
        initialize = partial(yield_while, is_busy)
        self._fast = WorkerThreads(MAX_THREADS, "storage", initialize)
        self._slow = WorkerThreads(MAX_THREADS, "slow-storage", initialize)
        self._rooms: WeakValueDictionary[str, SerialExecutor] = WeakValueDictionary()

    def of_room(self, slug: str) -> "SerialExecutor":
        """The executor of every call that touches this room's data."""
        return self._rooms.setdefault(slug, self.new_executor())

    def new_executor(self) -> "SerialExecutor":
        """An executor for calls that belong to no room."""
        return SerialExecutor(self._fast, self._slow)

    @property
    def calls(self) -> int:
        """Calls of all rooms that run, or wait for a thread."""
        return sum(executor.calls for executor in list(self._rooms.values()))

    def shutdown(self) -> None:
        """Run every call that was submitted, and end the threads."""
        self._fast.shutdown()
        self._slow.shutdown()


class SerialExecutor(Executor):
    """Runs calls one after the other, in the order of their submission. Between two calls others get the thread."""

    def __init__(self, fast: WorkerThreads, slow: WorkerThreads) -> None:
        self._fast = fast
        self._slow = slow
        self._is_slow = False
        self._lock = Lock()
        self._calls: deque[Callable[[], None]] = deque()  # raise nothing; the first one runs, or waits for a thread

    @property
    def calls(self) -> int:
        """Calls that run or wait."""
        return len(self._calls)

    def run(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Call a function in a thread; the future has its result or its exception."""
        return asyncio.get_running_loop().run_in_executor(self, function)

    def call(self, function: Callable[[], T], on_done: Callable[[T | BaseException], None]) -> None:
        """Call a function in a thread, and `on_done` with its result or exception on the event loop.

        Cheaper than `run`, and one iteration of the loop earlier. Raises RuntimeError after `shutdown`.
        """
        self._add(partial(_call, function, asyncio.get_running_loop(), on_done))

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Add a call; its result is set in the thread."""
        future: Future[T] = Future()
        self._add(partial(_fulfil, future, partial(function, *args, **kwargs)))
        return future

    def _add(self, call: Callable[[], None]) -> None:
        with self._lock:
            self._calls.append(call)
            if len(self._calls) > 1:
                return
            try:
                self._next_pool().submit(self._run_first)
            except RuntimeError:
                self._calls.clear()
                raise

    def _next_pool(self) -> WorkerThreads:
        return self._slow if self._is_slow else self._fast

    def _run_first(self) -> None:
        hurry_while(self._is_awaited)
        while True:
            begin = time.monotonic()
            self._calls[0]()
            self._is_slow = time.monotonic() - begin > SLOW_SECONDS
            with self._lock:
                self._calls.popleft()
                if not self._calls or self._handed_on():
                    break
        hurry_while(None)  # the idle thread keeps no executor

    def _is_awaited(self) -> bool:
        return len(self._calls) > 1

    def _handed_on(self) -> bool:
        """Let another thread run the next call. False during shutdown: this one goes on."""
        try:
            self._next_pool().submit(self._run_first)
        except RuntimeError:
            return False
        return True


def _call(function: Callable[[], T], loop: asyncio.AbstractEventLoop, on_done: Callable[[Any], None]) -> None:
    try:
        outcome: Any = function()
    except BaseException as error:
        outcome = error
    with contextlib.suppress(RuntimeError):  # the loop was closed: nobody is there to be told
        loop.call_soon_threadsafe(on_done, outcome)


def _fulfil(future: "Future[Any]", function: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function()
    except BaseException as error:
        future.set_exception(error)
        del future  # or it would refer to itself, through the traceback of its exception
    else:
        future.set_result(result)
