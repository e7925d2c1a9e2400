"""Batches that the channel layer brought before those in front of them: two processes stored them almost at once.

They wait a moment for these. Reading those from the log instead would render every event again. After a wait in vain
nothing waits until the log was read: in a room that is never idle the housekeeper does not look.
"""

import asyncio
from collections.abc import Callable

from chat.rooms.channel_group import EncodedBatch

WAIT_SECONDS = 0.1  # then the batches in front are lost
MAX_WAITING = 64  # past it nobody waits either


class EarlyBatches:
    """Of one room. `on_overdue` is called when a batch has waited in vain; without it none waits."""

    def __init__(self, on_overdue: Callable[[], None] | None) -> None:
        self._on_overdue = on_overdue
        self._batches: dict[int, EncodedBatch] = {}  # by first id
        self._timer: asyncio.TimerHandle | None = None
        self._is_overdue = False

    def keep(self, batch: EncodedBatch) -> bool:
        """Let a batch wait; False if it cannot, and the log has to be read."""
        if self._on_overdue is None or self._is_overdue or len(self._batches) >= MAX_WAITING:
            return False
        self._batches[batch.first_id] = batch
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WAIT_SECONDS, self._end_wait)
        return True

    def pop(self, next_id: int) -> EncodedBatch | None:
        """The batch whose turn it is, if it is here. Batches that are too old by now are forgotten."""
        if not self._batches:
            return None
        self._batches = {first: batch for first, batch in self._batches.items() if first >= next_id}
        batch = self._batches.pop(next_id, None)
        if not self._batches:
            self._stop_timer()
        return batch

    def clear(self) -> None:
        """Forget all."""
        self._batches.clear()
        self._stop_timer()

    def _end_wait(self) -> None:
        self._timer = None
        if self._batches and self._on_overdue is not None:
            self._is_overdue = True
            self._on_overdue()

    def _stop_timer(self) -> None:
        self._is_overdue = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
