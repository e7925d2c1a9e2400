"""Step 5 on the path of a message: the stored events of one room, in order, to every connection of this process.

A `Feed` remembers the last id that it handed out (`delivered`). What follows comes from the channel layer, which may
lose things; whatever it did not bring is read from storage before anything later goes out. So loss in the layer, and
anything that another process wrote into the file, is a delay and never a loss.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from typing import Any, NamedTuple, TypeVar

from channels.layers import BaseChannelLayer

from chat.rooms.batch_priority import BatchPriority
from chat.rooms.recent import EncodedEvent, RecentEvents
from chat.rooms.renderer import Renderer, RenderKey
from chat.storage import Record, RoomLog
from chat.wire import events, protocol
from chat.wire.fanout import Frames, Writer, broadcast, max_frame_bytes, wait_until_drained

RETRY_SECONDS = 1.0  # before a layer that failed is asked again; meanwhile events are found in the file
T = TypeVar("T")
logger = logging.getLogger(__name__)


class ResumePosition(NamedTuple):
    """Where a client that comes back has read to. Without an epoch it trusts that the room is still the same."""

    since: int
    epoch: str | None


class Batch(NamedTuple):
    """Events that became durable together: their ids follow `first` without a hole."""

    epoch: str
    first: int
    texts: list[str]


class Feed:
    """The ordered events of one room in this process."""

    def __init__(
        self,
        log: RoomLog,
        worker: Executor,
        layer: BaseChannelLayer,
        *,
        resume_max: int,
        send_buffer: int,
        renderer: Renderer,
        batch_priority: BatchPriority,
        writers: Callable[[], Iterable[Writer]],
        on_reset: Callable[[str], None],
    ) -> None:
        self.epoch = log.epoch
        self.delivered = log.last_id
        self._log = log
        self._worker = worker
        self._layer = layer
        self._group = f"room.{log.room}"
        self._resume_max = resume_max
        self._most = send_buffer // 2  # bytes sent to one connection at once: what follows must fit in as well
        self._renderer = renderer
        self._batch_priority = batch_priority
        self._writers = writers
        self._on_reset = on_reset  # called with the newest page when everybody has to begin anew
        self._recent = RecentEvents(self.delivered, self._most)
        self._order = asyncio.Lock()
        self._resets = 0
        self._channel = ""
        self._receiving: asyncio.Task[None] | None = None

    # The channel layer: once per process and room

    async def start(self) -> None:
        """Join the room's group, on behalf of every connection of this process."""
        self._channel = await self._layer.new_channel()
        await self.stay()
        self._receiving = asyncio.create_task(self._receive())

    async def stay(self) -> None:
        """Join again: a layer forgets members after a day, or when a message lay unread for a minute."""
        await self._layer.group_add(self._group, self._channel)

    async def stop(self) -> None:
        """Leave the group."""
        if self._receiving is not None:
            self._receiving.cancel()
            await asyncio.wait([self._receiving])
            self._receiving = None
        await self._layer.group_discard(self._group, self._channel)

    async def announce(self, batch: Batch) -> None:
        """Tell every process, this one too, about a batch that is on disk."""
        try:
            await self._layer.group_send(self._group, {"type": "room.batch", **batch._asdict()})
        except Exception:  # whatever a layer raises, the events are stored, and the next look at the file finds them
            logger.exception("%s: the channel layer did not take a batch", self._group)

    async def _receive(self) -> None:
        while True:
            try:
                message: dict[str, Any] = await self._layer.receive(self._channel)
            except Exception:  # whatever a layer raises, it may be well again later
                logger.exception("%s: the channel layer brings nothing", self._group)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            try:
                await self._take(Batch(message["epoch"], message["first"], message["texts"]))
            except Exception:  # what is missing could not be read: the next look tries again
                logger.exception("%s: a batch could not be delivered", self._group)

    async def _take(self, batch: Batch) -> None:
        async with self._order:
            if batch.epoch != self.epoch:  # one that this process has not seen yet is for the next look to find
                return await self._follow() if batch.epoch == self._log.epoch else None
            if batch.first > self.delivered + 1:
                await self._in_worker(self._log.refresh)  # what is missing may be another process's too
                await self._follow()
                if batch.epoch != self.epoch:
                    return
            entries = [EncodedEvent(number, text) for number, text in enumerate(batch.texts, batch.first)]
            await self._deliver([entry for entry in entries if entry.id > self.delivered])

    async def has_delivered(self, identity: int) -> bool:
        """Whether an event was handed out: to everybody who is here, not only to the first of them."""
        async with self._order:
            return identity <= self.delivered

    async def _deliver(self, entries: list[EncodedEvent]) -> None:
        """Hand events out. A connection that joins during the broadcast finds them in `_recent`."""
        if entries:
            self._recent.extend(entries)
            self.delivered = entries[-1].id
            with self._batch_priority.batch():
                await broadcast(list(self._writers()), Frames([entry.text for entry in entries]))

    # The file: what the layer did not bring

    @property
    def stale(self) -> bool:
        """Whether the file holds something that was not handed out. Cheap: one stat call."""
        return self._log.last_id != self.delivered or self._log.epoch != self.epoch or self._log.changed()

    async def look(self) -> None:
        """Take in and hand out what others wrote. Raises `StorageError`."""
        await self._in_worker(self._log.refresh)
        async with self._order:
            await self._follow()

    async def _follow(self) -> None:
        if self.delivered == 1 and self.epoch != self._log.epoch:
            self._take_epoch()
        missing = self._log.last_id - self.delivered
        if self._log.epoch != self.epoch or missing < 0 or missing > self._resume_max:
            await self._reset()
        elif missing:
            await self._catch_up(self._log.last_id)

    def _take_epoch(self) -> None:
        """Another process made the room's file. Nobody has seen anything yet, but all need its epoch to come back."""
        self.epoch = self._log.epoch
        self._resets += 1
        self._on_reset(protocol.encode(protocol.HistoryEvent(events=[], complete=True)))

    async def _catch_up(self, through: int) -> None:
        """Hand out everything up to an id that the log knows. What was cleared meanwhile is kept for nobody either."""
        while self.delivered < through:
            page = await self.page(after=self.delivered, limit=self._resume_max)
            if not page.events:
                break
            await self._deliver(_entries(page))
        self._recent = RecentEvents(self.delivered, self._most)

    async def _reset(self) -> None:
        """The file is another, or too far ahead: everybody begins anew with the newest page."""
        epoch, last_id = self._log.epoch, self._log.last_id
        page = await self.page(before=last_id + 1, limit=protocol.DEFAULT_HISTORY_EVENTS)
        self.epoch, self.delivered = epoch, last_id
        self._resets += 1
        self._recent = RecentEvents(last_id, self._most)
        self._on_reset(protocol.encode(protocol.HistoryEvent(events=page.events, complete=page.complete)))

    # Reading

    async def page(
        self, *, before: int | None = None, after: int | None = None, limit: int, reader: RenderKey | None = None
    ) -> protocol.HistoryEvent:
        """A page of events, fewer than `limit` if they are large. Raises `StorageError`.

        It is rendered beside the storage thread, not in it: whoever reads must not hold up those who write. What
        everybody waits for is rendered at once, what one `reader` waits for when it is their turn.
        """
        page = await self._in_worker(lambda: self._log.page(before=before, after=after, limit=limit))
        events = _events(page.records, self._most, newest=after is None)
        shown = await (self._renderer.render(events, reader) if reader else asyncio.to_thread(list, events))
        complete = page.complete and len(shown) == len(page.records)
        in_order = shown[::-1] if after is None else shown
        return protocol.HistoryEvent(events=in_order, complete=complete, before=before, after=after)

    async def delivered_page(
        self, *, before: int | None, after: int | None, limit: int, reader: RenderKey
    ) -> protocol.HistoryEvent:
        """For one reader: a page without what is stored but not handed out yet, which still comes, live."""
        page = await self.page(before=before, after=after, limit=limit, reader=reader)
        return page if not page.events or page.events[-1].id <= self.delivered else self._without_undelivered(page)

    def _without_undelivered(self, page: protocol.HistoryEvent) -> protocol.HistoryEvent:
        return protocol.HistoryEvent(
            events=[event for event in page.events if event.id <= self.delivered],
            complete=page.complete,
            before=page.before,
            after=page.after,
        )

    def can_continue(self, position: ResumePosition) -> bool:
        """Whether a client can go on from where it was: the same room, and not too far behind."""
        same = position.epoch in {None, self.epoch}
        return same and 0 <= self.delivered - position.since <= self._resume_max

    async def newest(self, address: str) -> tuple[protocol.HistoryEvent, int]:
        """The newest page for somebody who comes from an address, and the id up to which it is complete.

        Both belong to the epoch at the moment of return.
        """
        reader = RenderKey(address, comes=True)
        while True:
            resets, mark = self._resets, self.delivered
            page = await self.delivered_page(
                before=mark + 1, after=None, limit=protocol.DEFAULT_HISTORY_EVENTS, reader=reader
            )
            if self._resets == resets:
                return protocol.HistoryEvent(events=page.events, complete=page.complete), mark

    async def bring(self, writer: Writer, mark: int, address: str) -> bool:
        """Send every event after `mark` up to `delivered`; False if the reader has to begin anew.

        That is so if the room became another one meanwhile, or more is said than this reader can be brought. Else
        everything is sent at the moment this returns: whoever goes live before giving way to anything else hears every
        later event, and none twice. That holds because the last stretch comes from memory, in one step. What lies
        further back is read and sent in small pieces, at the pace of the reader: one who loses patience goes on from
        there, and one who is gone is not read for any longer.
        """
        resets, reader = self._resets, RenderKey(address, comes=True)
        while not writer.gone:
            await wait_until_drained(writer, self._most)
            if self._resets != resets or self.delivered - mark > self._resume_max:
                return False
            if self._recent.reaches(mark):
                _write(writer, self._recent.after(mark))
                break
            through = self.delivered
            page = await self.delivered_page(before=None, after=mark, limit=protocol.MAX_HISTORY_EVENTS, reader=reader)
            mark = page.events[-1].id if page.events else through
            _write(writer, [entry.text for entry in _entries(page)])
        return True

    async def _in_worker(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, function)


def _write(writer: Writer, texts: list[str]) -> None:
    if texts:
        writer.write(Frames(texts))


def _events(records: list[Record], most: int, *, newest: bool) -> Iterator[protocol.StoredEvent]:
    """The events of as many records from one end as fit into so many bytes, and of one at least."""
    size = 0
    for record in reversed(records) if newest else records:
        event = events.event_from_record(record)
        length = max_frame_bytes(protocol.encode(event))
        if size and size + length > most:
            return
        size += length
        yield event


def _entries(page: protocol.HistoryEvent) -> list[EncodedEvent]:
    return [EncodedEvent(event.id, protocol.encode(event)) for event in page.events]
