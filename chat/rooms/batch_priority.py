"""What is being said goes first: pages, answers and readers take their next step when no batch is on its way.

Attack: somebody asks for pages as fast as they may. The event loop does one thing after another, and whatever is said
while it makes a page would wait for all of it. So a page is made in steps of a millisecond or less, each of which lets
the batches go first that have begun by then: what is said waits for one step, or for a few where people speak all the
time.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import TypeVar

STEP_SECONDS = 0.0005  # after which what is made one by one gives way
MAX_WAIT_SECONDS = 0.005  # seconds that a step waits: where somebody speaks all the time, pages are made nevertheless
# Turns of the event loop between what has come to a socket and its batch: the socket is read, the consumer hears of it.
LOOP_ITERATIONS = 3
Item = TypeVar("Item")


class BatchPriority:
    """One for the process; belongs to the event loop that uses it first."""

    def __init__(self) -> None:
        self._batches = 0
        self._free = asyncio.Event()
        self._free.set()
        self._turn = asyncio.Lock()

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """A batch is on its way in this block."""
        self.begin_batch()
        try:
            yield
        finally:
            self.end_batch()

    def begin_batch(self) -> None:
        """A batch is on its way, until `end_batch`."""
        self._batches += 1
        self._free.clear()

    def end_batch(self) -> None:
        """It has arrived, or never will."""
        self._batches -= 1
        if not self._batches:
            self._free.set()

    async def yield_to_batches(self) -> None:
        """Return when a step may be taken; steps are taken one after the other, with turns of the event loop between.

        Whoever has waited for `PATIENCE` seconds waits for no batch any more, only for those in front.
        """
        deadline = asyncio.get_running_loop().time() + MAX_WAIT_SECONDS
        async with self._turn:
            for _ in range(LOOP_ITERATIONS):  # what has come by now goes first as well
                await asyncio.sleep(0)
            await self._until_free(deadline)

    async def in_steps(self, items: Iterable[Item]) -> AsyncIterator[Item]:
        """The items, for something to be made of each: whenever that has taken long enough for a step, give way."""
        end = 0.0
        for item in items:
            if time.perf_counter() > end:
                await self.yield_to_batches()
                end = time.perf_counter() + STEP_SECONDS
            yield item

    async def wait_for_batches(self, seconds: float) -> None:
        """Return when no batch is on its way, after so long or after `PATIENCE`, whichever is first.

        For those who take turns already, and do not stand in the queue of `yield_to_batches`.
        """
        await self._until_free(asyncio.get_running_loop().time() + min(seconds, MAX_WAIT_SECONDS))

    async def _until_free(self, deadline: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                while not self._free.is_set():
                    await self._free.wait()
