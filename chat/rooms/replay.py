"""What a client missed: the newest page for a new one, and every event after its last id for one that resumes."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from chat.rooms.feed import Feed
from chat.rooms.history_reader import HistoryReader, MessageAndTexts, Reader
from chat.rooms.history_renderer import QueueKey
from chat.wire import protocol
from chat.wire.fanout import Frames, Writer, wait_until_drained
from chat.wire.protocol import HistoryFrame


class ResumePosition(NamedTuple):
    """The last id that a client has seen, and the epoch; without an epoch the room is taken to be the same."""

    since: int
    epoch: str | None


class Replay:
    """Reads one room's past for single clients."""

    def __init__(self, feed: Feed, reader: HistoryReader, *, resume_max: int, max_bytes: int) -> None:
        self._feed = feed
        self._reader = reader
        self._resume_max = resume_max
        self._max_bytes = max_bytes

    async def delivered_page(
        self, *, before: int | None, after: int | None, limit: int, key: QueueKey, author: str | None = None
    ) -> HistoryFrame:
        """A page without the events that are stored but not delivered: they follow live. Raises `StorageError`.

        It belongs to the feed's epoch. `author`: of the reader, whose own reactions are marked.
        """
        read = partial(self._reader.page, before=before, after=after, limit=limit, key=key, author=author)
        return await self._delivered(read)

    async def first_since(self, moment: datetime) -> int | None:
        """The id of the first message since a moment; None if there is none. Raises `StorageError`."""
        return await self._reader.first_since(moment)

    async def message(self, message_id: int, reader: Reader) -> MessageAndTexts | None:
        """A message that was delivered, and its texts; None if there is none. Raises `StorageError`."""
        while message_id <= self._feed.last_delivered_id:
            found = await self._reader.message(message_id, key=QueueKey(reader.address), author=reader.author)
            if not self._feed.is_of_another_epoch:
                return found
            await self._feed.deliver_from_log()
        return None

    async def newest_page(self, reader: Reader) -> tuple[HistoryFrame, int]:
        """The newest page for a client that joins, and the id up to which it is complete. Raises `StorageError`.

        Both belong to the feed's epoch at the moment of return.
        """
        feed, key = self._feed, QueueKey(reader.address, joining=True)
        while True:
            resets, last_id = feed.resets, feed.last_delivered_id
            page = await self.delivered_page(
                before=last_id + 1, after=None, limit=protocol.DEFAULT_HISTORY_EVENTS, key=key, author=reader.author
            )
            if feed.resets == resets:
                return HistoryFrame(events=page.events, complete=page.complete), last_id

    async def _delivered(self, read: Callable[[], Awaitable[HistoryFrame]]) -> HistoryFrame:
        """What `read` reads, up to the last event that was delivered.

        If the log has taken in another history meanwhile, all clients are reset first.
        """
        page = await read()
        while self._feed.is_of_another_epoch:
            await self._feed.deliver_from_log()
            page = await read()
        last_id = self._feed.last_delivered_id
        if not page.events or page.events[-1].id <= last_id:
            return page
        delivered = [event for event in page.events if event.id <= last_id]
        complete = page.complete and page.after is None  # otherwise a client would take the events left out for cleared
        return HistoryFrame(events=delivered, complete=complete, before=page.before, after=page.after)

    def can_resume(self, position: ResumePosition) -> bool:
        """Whether a client may resume: the epoch is the same, and every event that it missed can be replayed."""
        return position.epoch in {None, self._feed.epoch} and self._can_replay_from(position.since)

    def _can_replay_from(self, last_id: int) -> bool:
        """Whether an id is at most CHAT_RESUME_MAX events behind, and no event after it was compacted away."""
        behind = self._feed.last_delivered_id - last_id
        return 0 <= behind <= self._resume_max and (not behind or last_id >= self._feed.compacted_id)

    async def replay_from(self, last_id: int, writer: Writer, address: str) -> bool:
        """Send every event after `last_id`; False if the client has to begin anew. Raises `StorageError`.

        False after a reset of the room or a compaction, or when it has gained more than CHAT_RESUME_MAX events. On True
        every event up to `last_delivered_id` is written at the moment of return. So a caller that makes the connection
        live before its next await misses no event and repeats none: the last part comes from memory, without an await.

        Older events are read in small pages, each after the client has read most of the one before. Reading stops
        when the client disconnects.
        """
        feed, key = self._feed, QueueKey(address, joining=True)
        resets = feed.resets
        while not writer.disconnected:
            await wait_until_drained(writer, self._max_bytes)
            if feed.resets != resets or not self._can_replay_from(last_id):
                return False
            if feed.recent.covers(last_id):
                _write(writer, feed.recent.texts_after(last_id))
                break
            through = feed.last_delivered_id
            read = partial(self._reader.events, after=last_id, limit=protocol.MAX_HISTORY_EVENTS, key=key)
            page = await self._delivered(read)
            if feed.resets != resets:
                return False
            last_id = page.events[-1].id if page.events else through
            _write(writer, [protocol.encode(event) for event in page.events])
        return True


def _write(writer: Writer, texts: list[str]) -> None:
    if texts:
        writer.write(Frames(texts))
