"""Group commit: whatever waits while the last batch is being written goes out together.

One write and one sync carry the whole batch. When the room is quiet a batch is one message and waits for nothing;
under load it grows by itself.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from itertools import accumulate
from typing import Generic, TypeVar

from chat.rooms.batch_priority import BatchPriority

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
MAX_QUEUED_BYTES = 2**24  # bytes, about; past it the disk is not keeping up, and senders are told so
logger = logging.getLogger(__name__)


class GroupCommit(Generic[Item, Outcome]):
    """Carries batches of one room to the storage thread and hands on what became of them, in order.

    `write` runs in the storage thread. `done` runs on the event loop, with the batch and its outcome, or with the
    exception that `write` raised. A batch has `batch_bytes` at most, or one item, for it goes out to every connection
    at once.
    """

    def __init__(
        self,
        write: Callable[[list[Item]], Outcome],
        done: Callable[[list[Item], Outcome | Exception], Awaitable[None]],
        worker: Executor,
        batch_bytes: int,
        batch_priority: BatchPriority,
    ) -> None:
        self._write = write
        self._done = done
        self._worker = worker
        self._batch_bytes = batch_bytes
        self._batch_priority = batch_priority
        self._waiting: list[Item] = []
        self._weights: list[int] = []  # of those that wait
        self._weight = 0  # of all of them
        self._running: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a batch is being written or waits for it."""
        return self._running is not None

    def put(self, item: Item, weight: int) -> bool:
        """Into the next batch; False when too many wait already. It will be `weight` bytes for each reader, about."""
        if self._weight + weight > MAX_QUEUED_BYTES:
            return False
        self._waiting.append(item)
        self._weights.append(weight)
        self._weight += weight
        if self._running is None:
            self._batch_priority.begin_batch()  # at once: before the task begins, others have their turn
            self._running = asyncio.create_task(self._run())
            self._running.add_done_callback(lambda _: self._batch_priority.end_batch())
        return True

    async def drained(self) -> None:
        """Return when nothing waits and nothing is being written."""
        while self._running is not None:
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._carry(self._next_batch())
        finally:
            self._running = None

    def _next_batch(self) -> list[Item]:
        weights = list(accumulate(self._weights))
        count = max(1, bisect_right(weights, self._batch_bytes))
        self._weight -= weights[count - 1]
        batch = self._waiting[:count]
        del self._waiting[:count], self._weights[:count]
        return batch

    async def _carry(self, batch: list[Item]) -> None:
        try:
            await self._done(batch, await self._outcome(batch))
        except Exception:  # a fault of ours must not leave the others waiting
            logger.exception("a batch of %d could not be handed on", len(batch))

    async def _outcome(self, batch: list[Item]) -> Outcome | Exception:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, self._write, batch)
        except Exception as error:  # everybody in the batch hears the outcome, whatever it is
            return error
