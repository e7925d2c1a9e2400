"""Pages of one room's history: read by the room's executor, rendered in a thread beside it.

Rendering takes longer than reading. In a thread of its own it does not delay the next batch.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime

from chat.rooms.history_renderer import HistoryRenderer, QueueKey
from chat.rooms.moments import first_since
from chat.rooms.storage_pool import SerialExecutor
from chat.storage import Record, RoomLog
from chat.wire import protocol
from chat.wire.events import event_from_record
from chat.wire.fanout import max_frame_bytes


class HistoryReader:
    """Reads one log. A page has at most `max_bytes` on the wire, or one event."""

    def __init__(self, log: RoomLog, executor: SerialExecutor, renderer: HistoryRenderer, max_bytes: int) -> None:
        self._log = log
        self._executor = executor
        self._renderer = renderer
        self._max_bytes = max_bytes

    async def page(
        self, *, before: int | None = None, after: int | None = None, limit: int, key: QueueKey | None = None
    ) -> protocol.HistoryFrame:
        """At most `limit` events next to an id, fewer if they are large. Raises `StorageError`.

        With a `key` rendering waits in the renderer's queue of that client; without one it begins immediately, because
        every client waits for the result.
        """
        page = await self._executor.run(lambda: self._log.page(before=before, after=after, limit=limit))
        lazy_events = _lazy_events_that_fit(page.records, self._max_bytes, newest_first=after is None)
        rendered = await (self._renderer.render(lazy_events, key) if key else asyncio.to_thread(list, lazy_events))
        complete = page.complete and len(rendered) == len(page.records)
        in_order = rendered[::-1] if after is None else rendered
        return protocol.HistoryFrame(events=in_order, complete=complete, before=before, after=after)

    async def first_since(self, moment: datetime) -> int | None:
        """See `moments.first_since`. Raises `StorageError`."""
        return await self._executor.run(lambda: first_since(self._log, moment))


def _lazy_events_that_fit(
    records: list[Record], max_bytes: int, *, newest_first: bool
) -> Iterator[protocol.StoredEvent]:
    """The events of as many records, from one end, as `max_bytes` holds; of one record at least."""
    size = 0
    for record in reversed(records) if newest_first else records:
        event = event_from_record(record)
        length = max_frame_bytes(protocol.encode(event))
        if size and size + length > max_bytes:
            return
        size += length
        yield event
