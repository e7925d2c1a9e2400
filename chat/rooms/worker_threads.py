"""A bounded number of threads. A call gets the thread that became idle last.

The threads of `ThreadPoolExecutor` take turns. With 32 of them each one has lost its place in the processor's caches
when its turn comes: batches of 200 rooms took a sixth more CPU time.
"""

import logging
from collections import deque
from collections.abc import Callable
from threading import Lock, Thread

Call = Callable[[], None]
logger = logging.getLogger(__name__)


class WorkerThreads:
    """Threads are made when needed. A call that finds none waits. Calls begin in the order of arrival. Thread-safe."""

    def __init__(self, limit: int, name: str, initialize: Call = lambda: None) -> None:
        """`initialize` is called first in each thread."""
        self.closed = False
        self._limit = limit
        self._name = name
        self._initialize = initialize
        self._lock = Lock()
        self._calls: deque[Call] = deque()  # that have not begun
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []

    def submit(self, call: Call) -> None:
        """Run a function in a thread. It raises nothing. Raises RuntimeError after `shutdown`."""
        with self._lock:
            if self.closed:
                raise RuntimeError("the threads were shut down")
            self._calls.append(call)
            if self._idle:
                self._idle.pop().wake()
            elif len(self._workers) < self._limit:
                self._workers.append(self._new_worker())

    def _new_worker(self) -> "_Worker":
        return _Worker(self._initialize, self._next_call, f"{self._name}_{len(self._workers)}")

    def _next_call(self, worker: "_Worker") -> Call | None:
        """What this thread does next, or waits for; None: it ends.

        A thread that has just ended a call takes the next one, before one that has to wake up.
        """
        while True:
            with self._lock:
                if self._calls:
                    return self._calls.popleft()
                if self.closed:
                    return None
                self._idle.append(worker)
            worker.wait()

    def shutdown(self) -> None:
        """Run every call that was submitted, and end the threads."""
        with self._lock:
            self.closed = True
            while self._idle:
                self._idle.pop().wake()
        for worker in self._workers:
            worker.thread.join()


class _Worker:
    """One thread. The end of the process does not wait for it: a disk that hangs must not prevent it."""

    def __init__(self, initialize: Call, next_call: "Callable[[_Worker], Call | None]", name: str) -> None:
        self._initialize = initialize
        self._next_call = next_call
        self._wakes = Lock()  # released to wake the thread
        self._wakes.acquire()
        self.thread = Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def wake(self) -> None:
        """End the `wait` of the thread: once for each."""
        self._wakes.release()

    def wait(self) -> None:
        """Wait to be woken."""
        self._wakes.acquire()

    def _run(self) -> None:
        self._initialize()
        while (call := self._next_call(self)) is not None:
            try:
                call()
            except BaseException:
                logger.exception("a call failed")
            del call  # it may hold the last reference to a room
