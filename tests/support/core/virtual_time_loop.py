"""A server core that is driven step by step: an event loop whose clock only jumps, and clients without a network."""

import asyncio
import contextlib
import functools
import json
import selectors
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.support.core.asgi_clients import HOST

T = TypeVar("T")
THREAD_SECONDS = 0.002  # that a call of the disk, or a page that is rendered, takes


class SteppedLoop(asyncio.SelectorEventLoop):
    """When there is nothing left but to wait, it is at once as late as somebody waits for.

    While a thread works (the disk, a page that is rendered) the clock stands still. So a test that lets six seconds
    pass takes a few milliseconds, and everything that was due by then has happened. Waiting for what will never come
    is an error.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.threads = 0  # that work for this loop at the moment
        super().__init__(_JumpingSelector(self))
        self._helpers = ThreadPoolExecutor(2)
        self.set_default_executor(self._helpers)

    def time(self) -> float:
        return self.now

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        self.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: object) -> None:
        self.threads -= 1

    def let_pass(self, seconds: float) -> None:
        """Everything that happens in so many seconds."""
        self.run_until_complete(asyncio.sleep(seconds))

    def end(self) -> None:
        """Cancel what still runs, and close."""
        self.kill()
        self._helpers.shutdown()
        self.close()

    def kill(self) -> None:
        """Cancel everything that runs, wherever it is, as the end of a process does."""
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


class Killed(BaseException):
    """The process dies in the middle of what a thread of it does."""


class ThreadlessLoop(SteppedLoop):
    """One thread's work is done by the loop itself, in the middle of the time that it takes by the loop's clock.

    So nothing is left to chance, and a test can stop before the disk is asked, or before anybody knows the answer. What
    raises `Killed` is never answered.
    """

    def __init__(self) -> None:
        super().__init__()
        self._busy_until = 0.0

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self.create_future()
        self._busy_until = max(self.now, self._busy_until) + THREAD_SECONDS
        self.call_at(self._busy_until - THREAD_SECONDS / 2, self._work, future, functools.partial(func, *args))
        return future

    def _work(self, future: asyncio.Future[T], function: Callable[[], T]) -> None:
        tell: Callable[[Any], None] = future.set_result
        outcome: Any = None
        if future.cancelled():
            return
        try:
            outcome = function()
        except Killed:
            return
        except Exception as error:
            tell, outcome = future.set_exception, error
        self.call_later(THREAD_SECONDS / 2, lambda: None if future.cancelled() else tell(outcome))


@contextlib.contextmanager
def stepped() -> Iterator[SteppedLoop]:
    """A loop for one test."""
    loop = SteppedLoop()
    try:
        yield loop
    finally:
        loop.end()


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: SteppedLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._loop.threads and (timeout is None or timeout > 0):
            return super().select()  # the thread wakes the loop when it is done
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("the loop waits for something that will never happen")
        if not ready:
            self._loop.now += max(0.0, timeout or 0.0)
        return ready


class Wire:
    """A WebSocket of the application, seen from the client: what it was sent, and how it was closed."""

    def __init__(self, loop: SteppedLoop, application: Any, cookie: str | None = None, **query: Any) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed: int | None = None
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._inbox.put_nowait({"type": "websocket.connect"})
        headers = [HOST] + ([(b"cookie", cookie.encode())] if cookie else [])
        self.task = loop.create_task(application(_scope(headers, query), self._inbox.get, self._take))

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            assert self.closed is None, "a frame came behind the close"
            self.frames.append(json.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.closed = message["code"]
            self.hang_up()

    def send(self, frame: str | bytes) -> None:
        kind = "text" if isinstance(frame, str) else "bytes"
        self._inbox.put_nowait({"type": "websocket.receive", kind: frame})

    def hang_up(self) -> None:
        """Leave, behind everything that was sent."""
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})

    def cut(self) -> None:
        """Be gone, whatever is under way."""
        self.task.cancel()


def _scope(headers: list[tuple[bytes, bytes]], query: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "websocket",
        "path": "/ws/chat/lobby/",
        "raw_path": b"/ws/chat/lobby/",
        "query_string": urlencode(query).encode(),
        "headers": headers,
        "subprotocols": [],
    }
