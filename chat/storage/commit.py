"""Group commit: whatever waits while the last batch is being written goes out together.

One write and one sync carry the whole batch. When the room is quiet a batch is one message and waits for nothing;
under load it grows by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
MAX_WAITING = 10_000  # items; past it the disk is not keeping up, and senders are told so


class GroupCommit(Generic[Item, Outcome]):
    """Carries batches of one room to the storage thread and hands on what became of them, in order.

    `write` runs in the storage thread. `done` runs on the event loop, with the batch and its outcome, or with the
    exception that `write` raised.
    """

    def __init__(
        self,
        write: Callable[[list[Item]], Outcome],
        done: Callable[[list[Item], Outcome | Exception], Awaitable[None]],
        worker: Executor,
    ) -> None:
        self._write = write
        self._done = done
        self._worker = worker
        self._waiting: list[Item] = []
        self._running: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a batch is being written or waits for it."""
        return self._running is not None

    def put(self, item: Item) -> bool:
        """Into the next batch; False when too many wait already."""
        if len(self._waiting) >= MAX_WAITING:
            return False
        self._waiting.append(item)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return True

    async def drained(self) -> None:
        """Return when nothing waits and nothing is being written."""
        while self._running is not None:
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._done(batch, await self._outcome(batch))
        finally:
            self._running = None

    async def _outcome(self, batch: list[Item]) -> Outcome | Exception:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, self._write, batch)
        except Exception as error:  # everybody in the batch hears the outcome, whatever it is
            return error
