"""Step 5 on the path of a message: the stored events of one room, delivered in order to the connections here.

A `Feed` remembers the last id that it delivered. The channel layer brings the following batches, and may lose some;
before a later event goes out, the missing ones are read from the log. So a loss in the layer, or a write by another
process, is a delay and never a gap.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from chat.metrics import counted
from chat.rooms.answers import Answer, OwedAnswers
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.channel_group import EncodedBatch, batch_of
from chat.rooms.connections import Connections
from chat.rooms.early_batches import EarlyBatches
from chat.rooms.history_reader import HistoryReader, SharedPage
from chat.rooms.recent import EncodedEvent, RecentEvents, encoded
from chat.rooms.reset_delay import ResetDelay
from chat.rooms.storage_pool import SerialExecutor
from chat.storage import ROOM_RECORD_ID, RoomLog
from chat.wire import protocol
from chat.wire.errors import ErrorCode, ProtocolError
from chat.wire.fanout import Frames, broadcast

OnReset = Callable[[str, int, SharedPage], None]  # gets epoch, last delivered id, newest page


class Feed:
    """The order of events in one room of this process.

    `resets` counts how often the clients were reset. If it changes while a page is read, that page is outdated.
    """

    def __init__(
        self,
        log: RoomLog,
        executor: SerialExecutor,
        reader: HistoryReader,
        connections: Connections,
        batch_priority: BatchPriority,
        *,
        resume_max: int,
        max_bytes: int,
        on_reset: OnReset,
        on_change: Callable[[], None],
        on_overdue: Callable[[], None] | None = None,
    ) -> None:
        """`on_overdue`: is told when a batch waited in vain for those in front of it; without it none waits."""
        self.epoch = log.epoch
        self.last_delivered_id = log.deliverable_id
        self.resets = 0
        self.recent = RecentEvents(log.deliverable_id, max_bytes)
        self._log = log
        self._executor = executor
        self._reader = reader
        self._connections = connections
        self._batch_priority = batch_priority
        self._resume_max = resume_max
        self._max_bytes = max_bytes
        self._on_reset = on_reset
        self._owed = OwedAnswers()
        self._last_reset: tuple[int, set[int]] = (
            ROOM_RECORD_ID,
            set(),
        )  # the last id, and the ids that its page showed
        self._own_events = 0  # how many this process has stored
        self._untold = False
        self._reset_delay = ResetDelay()
        self._on_change = on_change
        self._early = EarlyBatches(on_overdue)
        self._delivering = asyncio.Lock()

    def expect(self, answers: Sequence[Answer], epoch: str) -> None:
        """A batch was stored, and is about to be published: its senders have to be answered.

        They are now, if the clients were reset meanwhile to an id behind the batch: it is broadcast to nobody any more.
        """
        self._own_events += len(answers)
        self._untold = True
        self._owed.add(answers)
        if epoch == self.epoch:
            self._owed.send(*self._last_reset)

    async def on_message(self, message: dict[str, Any]) -> None:
        """Deliver the batch in a message of the channel layer. Raises `StorageError`."""
        await self.on_batch(batch_of(message))

    async def on_batch(self, batch: EncodedBatch) -> None:
        """Deliver a batch of the channel layer, after the events in front of it. Raises `StorageError`."""
        async with self._delivering:
            is_early = batch.epoch == self.epoch and batch.first_id > self.last_delivered_id + 1
            if is_early and not self._reset_delay.is_running and self._early.keep(batch):
                return
            following: EncodedBatch | None = batch
            while following is not None:
                await self._on_next_batch(following)
                following = self._early.pop(self.last_delivered_id + 1)

    async def _on_next_batch(self, batch: EncodedBatch) -> None:
        if batch.epoch != self.epoch:
            if batch.epoch == self._log.epoch:
                await self._executor.run(self._log.refresh)
                await self._sync_with_log()
            return  # if the log does not know the epoch yet, the next poll finds the batch
        expected_id = self.last_delivered_id + 1
        if batch.first_id > expected_id or (batch.first_id == expected_id and not batch.texts):
            await self._executor.run(self._log.refresh)  # the missing events may be another process's
            await self._sync_with_log()
            if batch.epoch != self.epoch:
                return
        if self._reset_delay.is_running:
            return
        events = [EncodedEvent(event_id, text) for event_id, text in enumerate(batch.texts, batch.first_id)]
        await self._deliver([event for event in events if event.id > self.last_delivered_id], batch.deleted)

    def take_untold(self) -> bool:
        """Whether there were events, since the last call, that no other process tells of: own ones, or of the log."""
        untold, self._untold = self._untold, False
        return untold

    async def answer_repeat(self, epoch: str, answer: Answer) -> None:
        """Send the event of a repeat to its sender: now, if it was delivered or while a reset is put off, or then."""
        async with self._delivering:
            is_delivered = epoch == self.epoch and answer.event.id <= self.last_delivered_id
            if is_delivered or self._reset_delay.is_running:
                answer.send()
            else:
                self._owed.add_repeat(answer)

    @property
    def known_id(self) -> int:
        """No client knows a greater id. Who was answered alone knows what is not delivered yet."""
        return max(self.last_delivered_id, self._log.last_id)

    @property
    def is_behind_log(self) -> bool:
        """Whether the log holds events that were not delivered. For a thread: one stat call, which can hang."""
        log = self._log
        return log.last_id != self.last_delivered_id or log.epoch != self.epoch or log.changed()

    @property
    def is_of_another_epoch(self) -> bool:
        """Whether the log has taken in another history: its ids no longer mean the events that were delivered."""
        return self._log.epoch != self.epoch

    @property
    def compacted_id(self) -> int:
        """Who has not seen every event up to this id cannot resume: some are not there any more."""
        return self._log.compacted_id

    async def deliver_from_log(self) -> None:
        """Read what other processes wrote, and deliver it. Raises `StorageError`."""
        await self._executor.run(self._log.refresh)
        async with self._delivering:
            await self._sync_with_log()

    async def _sync_with_log(self) -> None:
        if self.last_delivered_id == ROOM_RECORD_ID and self.epoch != self._log.epoch:
            self._adopt_epoch()
        missing = self._log.deliverable_id - self.last_delivered_id
        if self._log.epoch != self.epoch or self._log.last_id < self.last_delivered_id:
            self._owed.clear()
            await self._reset()
        elif missing > 0 and self.last_delivered_id < self._log.compacted_id:
            await self._reset()
        elif missing > self._resume_max:
            await self._reset_when_quiet()
        elif missing > 0 and not len(self._connections):
            self._skip()
        elif missing > 0:
            await self._catch_up(self._log.deliverable_id)

    async def _reset_when_quiet(self) -> None:
        """Another process has written too much to send it all, and may go on. Senders are answered meanwhile."""
        if self._connections.live_writers() and self._reset_delay.must_wait(
            self._log.deliverable_id - self._own_events
        ):
            self._owed.send(self._log.deliverable_id)
            self.recent = RecentEvents(self.last_delivered_id, self._max_bytes)  # it would miss what is deleted now
        else:
            await self._reset()

    def _adopt_epoch(self) -> None:
        """Another process made the room's file. No event was delivered, but clients need its epoch to resume."""
        self.epoch = self._log.epoch
        self._reset_clients(SharedPage(protocol.HistoryFrame(events=[], complete=True), {}))

    def _skip(self) -> None:
        """Nobody is here: the events need not be read."""
        self.last_delivered_id = self._log.deliverable_id
        self.recent = RecentEvents(self.last_delivered_id, self._max_bytes)
        self._owed.delivered(self.last_delivered_id)
        self._on_change()

    async def _catch_up(self, last_id: int) -> None:
        """Deliver every event up to an id that the log knows. `recent` restarts, because it would hold placeholders."""
        counted.CATCH_UPS.value += 1
        self._untold = True
        while self.last_delivered_id < last_id:
            page = await self._reader.events(after=self.last_delivered_id, limit=self._resume_max)
            if self.is_of_another_epoch or not (page.events or page.complete):  # the next poll resets, or tries again
                break
            through = last_id if page.complete else page.events[-1].id
            removed = {*range(self.last_delivered_id + 1, through + 1)}.difference(event.id for event in page.events)
            self._owed.answer_alone(removed)
            await self._deliver(_without_gaps(page.events, self.last_delivered_id, through))
        self.recent = RecentEvents(self.last_delivered_id, self._max_bytes)

    async def _reset(self) -> None:
        """The log is another one, or too far ahead: every client is reset to the newest page."""
        self._untold = True
        epoch = None
        while epoch != self._log.epoch:  # the page belongs to it
            epoch, last_id = self._log.epoch, self._log.deliverable_id
            page = await self._reader.shared_page(
                before=last_id + 1, limit=protocol.DEFAULT_HISTORY_EVENTS, readers=self._connections.authors()
            )
        self.epoch, self.last_delivered_id = epoch, last_id
        self._last_reset = last_id, {event.id for event in page.frame.events}
        self.recent = RecentEvents(last_id, self._max_bytes)
        self._reset_delay.end()
        self._reset_clients(page)
        self._owed.send(*self._last_reset)
        if not self._log.exists:
            self._connections.send_error(ProtocolError(ErrorCode.ROOM_REMOVED))

    def _reset_clients(self, page: SharedPage) -> None:
        self.resets += 1
        self._early.clear()
        counted.RESETS.value += 1
        self._on_change()
        self._on_reset(self.epoch, self.last_delivered_id, page)

    async def _deliver(self, events: list[EncodedEvent], deleted: Sequence[int] = ()) -> None:
        """Broadcast events. A connection that joins during the broadcast finds them in `recent`.

        What the messages `deleted` by them said is forgotten: nobody who comes back is sent that.
        """
        if events:
            self.recent.extend(events)
            if deleted:
                self.recent.forget(deleted)
            self.last_delivered_id = events[-1].id
            self._owed.delivered(self.last_delivered_id)
            self._on_change()
            writers, begin = self._connections.live_writers(), time.perf_counter()
            with self._batch_priority.batch():
                await broadcast(writers, Frames([event.text for event in events]))
            counted.FAN_OUTS.observe(time.perf_counter() - begin)
            counted.DELIVERED.value += len(events) * len(writers)
            self._owed.send_repeats(events)


def _without_gaps(events: list[protocol.StoredEvent], after: int, through: int) -> list[EncodedEvent]:
    """Every id up to `through`, with a placeholder for each event that was removed before it was delivered.

    Live clients take a missing id for a lost event, and would connect again.
    """
    by_id = {event.id: event for event in events}
    timestamp = events[-1].timestamp if events else ""
    ids = range(after + 1, through + 1)
    return [encoded(by_id.get(each) or protocol.UnknownEvent(id=each, timestamp=timestamp)) for each in ids]
