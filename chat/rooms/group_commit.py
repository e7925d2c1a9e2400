"""Group commit: the items that arrive while one batch is being written are the next batch.

A batch takes one write and one sync. In a quiet room a batch is one message and waits for nothing; under load it grows
without a timer or a setting.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from itertools import accumulate
from typing import Generic, TypeVar

from chat.entrance.request_id import shared_task
from chat.metrics import counted
from chat.rooms.batch_priority import BatchPriority

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
MAX_QUEUED_BYTES = 2**24  # estimated bytes in the queue; past it the disk is too slow, and senders are refused
logger = logging.getLogger(__name__)


class GroupCommit(Generic[Item, Outcome]):
    """Carries batches of one room to its executor, one at a time, and reports their outcomes in order.

    `write` runs in the executor. `on_batch_done` runs on the event loop, with the batch and its outcome, or with
    the exception that `write` raised. A batch has at most `batch_bytes` (estimated), or one item, because it is written
    to every connection in one step.
    """

    def __init__(
        self,
        write: Callable[[list[Item]], Outcome],
        on_batch_done: Callable[[list[Item], Outcome | Exception], Awaitable[None]],
        executor: Executor,
        batch_bytes: int,
        batch_priority: BatchPriority,
    ) -> None:
        self._write = write
        self._on_batch_done = on_batch_done
        self._executor = executor
        self._batch_bytes = batch_bytes
        self._batch_priority = batch_priority
        self._queue: list[Item] = []
        self._sizes: list[int] = []  # estimated bytes, of each item in the queue
        self._queued_bytes = 0  # estimated, of all of them
        self._running: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a batch is being written or queued."""
        return self._running is not None

    def enqueue(self, item: Item, size_estimate: int) -> bool:
        """Add to the next batch; False when the queue is full. `size_estimate`: bytes that each connection is sent."""
        if self._queued_bytes + size_estimate > MAX_QUEUED_BYTES:
            return False
        self._queue.append(item)
        self._sizes.append(size_estimate)
        self._queued_bytes += size_estimate
        if self._running is None:
            self._batch_priority.begin_batch()  # now, not in the task: other tasks may run before it starts
            self._running = shared_task(self._run())
            self._running.add_done_callback(lambda _: self._batch_priority.end_batch())
        return True

    @property
    def queued(self) -> tuple[int, int]:
        """How many items wait for the next batch, and their estimated bytes."""
        return len(self._queue), self._queued_bytes

    async def wait_until_idle(self) -> None:
        """Return when nothing is queued and nothing is being written."""
        while self._running is not None:
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        try:
            while self._queue:
                await self._commit_batch(self._next_batch())
        finally:
            self._running = None

    def _next_batch(self) -> list[Item]:
        sizes = list(accumulate(self._sizes))
        count = max(1, bisect_right(sizes, self._batch_bytes))
        self._queued_bytes -= sizes[count - 1]
        batch = self._queue[:count]
        del self._queue[:count], self._sizes[:count]
        return batch

    async def _commit_batch(self, batch: list[Item]) -> None:
        try:
            await self._on_batch_done(batch, await self._outcome(batch))
        except Exception:  # a fault of ours must not stop the batches that follow
            logger.exception("the outcome of a batch of %d could not be reported", len(batch))

    async def _outcome(self, batch: list[Item]) -> Outcome | Exception:
        counted.BATCHES.observe(len(batch))
        try:
            with counted.COMMITS.timed(), self._batch_priority.waiting_for_disk():
                return await asyncio.get_running_loop().run_in_executor(self._executor, self._write, batch)
        except Exception as error:  # every sender of the batch gets the outcome
            return error
