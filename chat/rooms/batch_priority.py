"""Message batches take priority over HTML pages, API answers and the rendering of history.

Attack: a client requests pages as fast as it may. The event loop does one thing at a time, and a message that arrives
while a page is made would wait for the whole page. So a page is made in steps of a millisecond or less. Before each
step it yields to the batches that have begun: a message waits for one step, or for a few in a busy room.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import TypeVar

from chat.entrance.loop_clock import loop_time

STEP_SECONDS = 0.0005  # how long `in_steps` works before it yields
MAX_YIELD_SECONDS = 0.005  # how long a step waits for batches, so that pages are made in a busy room too
MAX_DISK_SECONDS = 0.1  # how long a batch that is being written counts: a lock that is held must not slow all pages
LOOP_ITERATIONS = 3  # from bytes on a socket to the beginning of their batch: read, dispatch, receive
Item = TypeVar("Item")


class BatchPriority:
    """One for the process; belongs to the event loop that uses it first."""

    def __init__(self) -> None:
        self._batches = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._step_lock = asyncio.Lock()

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """A batch is in progress within the block."""
        self.begin_batch()
        try:
            yield
        finally:
            self.end_batch()

    @contextlib.contextmanager
    def waiting_for_disk(self) -> Iterator[None]:
        """Around the part of a batch that waits for a disk: pages yield to it for `MAX_DISK_SECONDS` at most."""
        overdue = False

        def stop_yielding() -> None:
            nonlocal overdue
            overdue = True
            self.end_batch()

        timer = asyncio.get_running_loop().call_later(MAX_DISK_SECONDS, stop_yielding)
        try:
            yield
        finally:
            timer.cancel()
            if overdue:
                self.begin_batch()

    def is_busy(self) -> bool:
        """Whether a batch is in progress; for any thread."""
        return self._batches > 0

    def begin_batch(self) -> None:
        """A batch is in progress, until `end_batch`."""
        self._batches += 1
        self._idle.clear()

    def end_batch(self) -> None:
        """A batch was delivered, or has failed."""
        self._batches -= 1
        if not self._batches:
            self._idle.set()

    async def yield_to_batches(self) -> None:
        """Return when a step may run. Steps run one after the other, with iterations of the event loop between them.

        A step that has waited for `MAX_YIELD_SECONDS` waits for no further batch, only for the steps in front of it.
        """
        deadline = loop_time() + MAX_YIELD_SECONDS
        async with self._step_lock:
            for _ in range(LOOP_ITERATIONS):  # frames that have arrived by now become batches first
                await asyncio.sleep(0)
            await self._until_idle(deadline)

    async def in_steps(self, items: Iterable[Item]) -> AsyncIterator[Item]:
        """The items, with a call of `yield_to_batches` before the first and after every `STEP_SECONDS` of work."""
        step_ends_at = 0.0
        for item in items:
            if time.perf_counter() > step_ends_at:
                await self.yield_to_batches()
                step_ends_at = time.perf_counter() + STEP_SECONDS
            yield item

    async def wait_for_batches(self, max_seconds: float) -> None:
        """Return when no batch is in progress; after `max_seconds` or `MAX_YIELD_SECONDS` at the latest.

        For callers that have a queue of their own, and do not take part in that of `yield_to_batches`.
        """
        await self._until_idle(loop_time() + min(max_seconds, MAX_YIELD_SECONDS))

    async def _until_idle(self, deadline: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                while not self._idle.is_set():
                    await self._idle.wait()
