"""The threads that touch the storage: the event loop never waits for a disk, and no room for another room's disk.

The calls of one room run one after the other, in their order, each in any free thread (`SerialExecutor`). So a log
needs no locks within a process, and a sync that is slow, or a lock that somebody holds, delays one room only.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from threading import Lock
from typing import Any, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from chat.rooms.worker_threads import WorkerThreads
from chat.storage.yielding import yield_while

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


class _Call(NamedTuple):
    future: "Future[Any]"
    function: Callable[[], Any]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.function()
        except BaseException as error:
            self.future.set_exception(error)
            del self  # or the future would refer to itself, through the traceback of its exception
        else:
            self.future.set_result(result)


class SerialExecutor(Executor):
    """Runs calls one after the other, in the order of their submission. Between two calls others get the thread."""

    def __init__(self, fast: WorkerThreads, slow: WorkerThreads) -> None:
        self._fast = fast
        self._slow = slow
        self._is_slow = False
        self._lock = Lock()
        self._calls: deque[_Call] = deque()  # the first one runs, or waits for a thread

    @property
    def calls(self) -> int:
        """Calls that run or wait."""
        return len(self._calls)

    def run(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Call a function in a thread; the future has its result or its exception."""
        return asyncio.get_running_loop().run_in_executor(self, function)

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Add a call; its result is set in the thread."""
        future: Future[T] = Future()
        with self._lock:
            self._calls.append(_Call(future, lambda: function(*args, **kwargs)))
            if len(self._calls) == 1:
                self._next_pool().submit(self._run_first)
        return future

    def _next_pool(self) -> WorkerThreads:
        return self._slow if self._is_slow else self._fast

    def _run_first(self) -> None:
        while True:
            begin = time.monotonic()
            self._calls[0].run()
            self._is_slow = time.monotonic() - begin > SLOW_SECONDS
            with self._lock:
                self._calls.popleft()
                if not self._calls or self._handed_on():
                    return

    def _handed_on(self) -> bool:
        """Let another thread run the next call. False during shutdown: this one goes on."""
        try:
            self._next_pool().submit(self._run_first)
        except RuntimeError:
            return False
        return True
