"""Group commit: the items that arrive while one batch is being written are the next batch.

A batch takes one write and one sync. In a quiet room a batch is one message and waits for nothing; under load it grows
without a timer or a setting.
"""

import asyncio
import contextlib
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import accumulate
from typing import Generic, TypeVar

from chat.metrics import counted
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.eager_task import eager_task
from chat.rooms.storage_pool import SerialExecutor

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
        on_batch_done: Callable[[list[Item], Outcome | BaseException], Awaitable[None]],
        executor: SerialExecutor,
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
        self._on_disk = contextlib.ExitStack()  # ends when the batch that is being written is durable, or refused
        self._reporting = asyncio.Lock()
        self._idle: asyncio.Event | None = None  # None: it is

    @property
    def busy(self) -> bool:
        """Whether a batch is being written or queued."""
        return self._idle is not None

    def enqueue(self, item: Item, size_estimate: int) -> bool:
        """Add to the next batch; False when the queue is full. `size_estimate`: bytes that each connection is sent."""
        if self._queued_bytes + size_estimate > MAX_QUEUED_BYTES:
            return False
        self._queue.append(item)
        self._sizes.append(size_estimate)
        self._queued_bytes += size_estimate
        if self._idle is None:
            self._idle = asyncio.Event()
            self._batch_priority.begin_batch()
            asyncio.get_running_loop().call_soon(self._begin_write)  # what arrives in this iteration goes with it
        return True

    @property
    def queued(self) -> tuple[int, int]:
        """How many items wait for the next batch, and their estimated bytes."""
        return len(self._queue), self._queued_bytes

    async def wait_until_idle(self) -> None:
        """Return when nothing is queued and nothing is being written."""
        while self._idle is not None:
            await self._idle.wait()

    def _begin_write(self) -> bool:
        """Hand the next batch to the executor; False if there is none."""
        if not self._queue:
            return False
        batch = self._next_batch()
        counted.BATCHES.observe(len(batch))
        self._on_disk.enter_context(counted.COMMITS.timed())
        self._on_disk.enter_context(self._batch_priority.waiting_for_disk())
        on_written = partial(self._on_written, batch)
        try:
            self._executor.call(partial(self._write, batch), on_written)
        except RuntimeError as error:  # the threads were shut down
            asyncio.get_running_loop().call_soon(on_written, error)
        return True

    def _next_batch(self) -> list[Item]:
        sizes = list(accumulate(self._sizes))
        count = max(1, bisect_right(sizes, self._batch_bytes))
        self._queued_bytes -= sizes[count - 1]
        batch = self._queue[:count]
        del self._queue[:count], self._sizes[:count]
        return batch

    def _on_written(self, batch: list[Item], outcome: Outcome | BaseException) -> None:
        self._on_disk.close()
        eager_task(self._report(batch, outcome))

    async def _report(self, batch: list[Item], outcome: Outcome | BaseException) -> None:
        """Tell the outcome; the disk works at the next batch meanwhile, and at no further one."""
        async with self._reporting:
            is_writing = self._begin_write()
            try:
                await self._on_batch_done(batch, outcome)
            except Exception:  # a fault of ours must not stop the batches that follow
                logger.exception("the outcome of a batch of %d could not be reported", len(batch))
            finally:
                if not is_writing and not self._begin_write():
                    self._become_idle()

    def _become_idle(self) -> None:
        assert self._idle is not None, "a batch was in progress"
        self._idle.set()
        self._idle = None
        self._batch_priority.end_batch()
