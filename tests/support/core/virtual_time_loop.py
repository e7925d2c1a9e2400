"""Event loops on virtual time: the clock jumps to the next timer, so that seconds of waiting take milliseconds."""

import asyncio
import contextlib
import functools
import selectors
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

from chat.rooms.storage_pool import SerialExecutor

T = TypeVar("T")
CALL_SECONDS = 0.002  # virtual time of a call in a thread, such as a write or the rendering of a page


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """When all that is left to do is to wait for a timer, the clock jumps to the next timer.

    The clock stands still while a thread works for the loop (on the disk, or to render a page). So a test in which six
    seconds pass takes a few milliseconds, and every timer that is due has run. Without a timer, a call in a thread or
    pending input the loop would wait for ever: that is an error.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.running_calls = 0  # in threads
        super().__init__(_JumpingSelector(self))
        self._executor = ThreadPoolExecutor(2)
        self.set_default_executor(self._executor)

    def time(self) -> float:
        return self.now

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        self.running_calls += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._call_done)
        return future

    def _call_done(self, _: object) -> None:
        self.running_calls -= 1

    def advance(self, seconds: float) -> None:
        """Run everything that happens within so many seconds."""
        self.run_until_complete(asyncio.sleep(seconds))

    def cancel_tasks(self) -> None:
        """Cancel every task wherever it is, as the end of a process does."""
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    def cancel_and_close(self) -> None:
        """Cancel every task, and close the loop and its threads."""
        self.cancel_tasks()
        self._executor.shutdown()
        self.close()


class ProcessKilled(BaseException):
    """Raised in a call of a thread: the process dies in the middle of it."""


class ThreadlessLoop(VirtualTimeLoop):
    """Runs the calls of threads itself, one after the other, each in the middle of its virtual time.

    So everything is deterministic, and a test can stop before a call has begun, or before its result is known. A call
    that raises `ProcessKilled` has no result.
    """

    def __init__(self) -> None:
        super().__init__()
        self._busy_until = 0.0

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self.create_future()
        self._busy_until = max(self.now, self._busy_until) + CALL_SECONDS
        self.call_at(self._busy_until - CALL_SECONDS / 2, self._run_call, future, functools.partial(func, *args))
        return future

    def _run_call(self, future: asyncio.Future[T], function: Callable[[], T]) -> None:
        complete: Callable[[Any], None] = future.set_result
        outcome: Any = None
        if future.cancelled():
            return
        try:
            outcome = function()
        except ProcessKilled:
            return
        except Exception as error:
            complete, outcome = future.set_exception, error
        self.call_later(CALL_SECONDS / 2, lambda: None if future.cancelled() else complete(outcome))


@contextlib.contextmanager
def virtual_time() -> Iterator[VirtualTimeLoop]:
    """A loop for one test. What is made between its runs finds it as the current one."""
    loop = VirtualTimeLoop()
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        loop.cancel_and_close()


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._loop.running_calls and (timeout is None or timeout > 0):
            return super().select()  # the thread wakes the loop when it is done
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("the loop waits for something that can never happen")
        if not ready:
            self._loop.now += max(0.0, timeout or 0.0)
        return ready


_call = SerialExecutor.call


def _call_by_loop(executor: SerialExecutor, function: Callable[[], T], on_done: Callable[[Any], None]) -> None:
    """`SerialExecutor.call`: on virtual time it is the loop that calls, as in `run_in_executor`."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, VirtualTimeLoop):
        return _call(executor, function, on_done)
    future = loop.run_in_executor(executor, function)
    future.add_done_callback(lambda done: None if done.cancelled() else on_done(done.exception() or done.result()))
    return None


SerialExecutor.call = _call_by_loop  # type: ignore[method-assign]
