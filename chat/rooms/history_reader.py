"""Reads one room's history: by the room's executor, and rendered in a thread beside it.

Rendering takes longer than reading. In a thread of its own it does not delay the next batch. There are two ways to
read: pages have messages with their amendments folded in, for people; `events` are what was stored, for clients that
resume.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Set
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import NamedTuple, TypeVar

import msgspec

from chat.metrics import counted
from chat.rooms.history_renderer import HistoryRenderer, QueueKey
from chat.rooms.moments import first_since
from chat.rooms.replies import replies_in
from chat.rooms.storage_pool import SerialExecutor
from chat.storage import FoldedMessage, HistoryPage, Item, Record, RecordPage, Reply, RoomLog
from chat.wire import protocol
from chat.wire.events import event_from_item, event_from_record
from chat.wire.fanout import MAX_FRAME_HEADER_BYTES
from chat.wire.protocol import EditEvent, HistoryFrame, MessageEvent, StoredEvent

Stored = TypeVar("Stored", Item, Record)
MessageAndTexts = tuple[MessageEvent, list[MessageEvent | EditEvent]]  # the texts are those of these events


class Reader(NamedTuple):
    """Who a page is for: the address that its rendering counts for, and the author whose reactions are marked."""

    address: str = ""
    author: str | None = None


class SharedPage(NamedTuple):
    """A page for many readers. `reacted`: by author, for those who put an emoji on its messages, where these are."""

    frame: HistoryFrame
    reacted: Mapping[str, list[tuple[int, int]]]  # places of a message on the page, and of an emoji on that

    def for_reader(self, author: str) -> HistoryFrame:
        """The page with the reader's own reactions marked; `frame` itself if there are none."""
        if author not in self.reacted:
            return self.frame
        events = [*self.frame.events]
        for place, number in self.reacted[author]:
            events[place] = _marked(events[place], number)
        return msgspec.structs.replace(self.frame, events=events)


class HistoryReader:
    """Reads one log. What it returns has at most `max_bytes` on the wire, or one event."""

    def __init__(self, log: RoomLog, executor: SerialExecutor, renderer: HistoryRenderer, max_bytes: int) -> None:
        self._log = log
        self._executor = executor
        self._renderer = renderer
        self._max_bytes = max_bytes

    async def page(
        self,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int,
        key: QueueKey | None = None,
        author: str | None = None,
    ) -> HistoryFrame:
        """At most `limit` folded events next to an id, fewer if they are large. Raises `StorageError`.

        `author`: of the reader, whose own reactions are marked. With a `key` rendering waits in the renderer's queue of
        that client; without one it begins immediately, because every client waits for the result.
        """
        page = await self._executor.run(lambda: self._items(before=before, after=after, limit=limit))
        events, is_whole = await self._rendered(page.items, partial(event_from_item, reader=author), key, after is None)
        return HistoryFrame(events=events, complete=page.complete and is_whole, before=before, after=after)

    async def shared_page(self, *, before: int, limit: int, readers: Set[str]) -> SharedPage:
        """The page before an id, rendered immediately for all `readers`, which are authors. Raises `StorageError`."""
        page = await self._executor.run(lambda: self._items(before=before, limit=limit))
        events, is_whole = await self._rendered(page.items, event_from_item, None, True)
        items = page.items[len(page.items) - len(events) :]
        reacted = await asyncio.to_thread(_reacted, items, readers)
        return SharedPage(HistoryFrame(events=events, complete=page.complete and is_whole), reacted)

    async def events(self, *, after: int, limit: int, key: QueueKey | None = None) -> HistoryFrame:
        """At most `limit` events behind an id as they were stored, without those that were deleted.

        As `page` otherwise.
        """
        page, replies = await self._executor.run(lambda: self._read(after, limit))
        events, is_whole = await self._rendered(page.records, partial(event_from_record, replies=replies), key, False)
        return HistoryFrame(events=events, complete=page.complete and is_whole, after=after)

    async def message(self, message_id: int, *, key: QueueKey, author: str | None = None) -> MessageAndTexts | None:
        """A message as it is now, and its texts, the newest of them if they are large. Raises `StorageError`."""
        message, texts = await self._executor.run(lambda: self._message(message_id))
        if message is None:
            return None
        (event,), _ = await self._rendered([message], partial(event_from_item, reader=author), key, False)
        events, _ = await self._rendered(texts, event_from_record, key, True)
        assert isinstance(event, MessageEvent), "it was folded"
        return event, [each for each in events if isinstance(each, MessageEvent | EditEvent)]

    def _items(self, *, before: int | None, after: int | None = None, limit: int) -> HistoryPage:
        with counted.QUERIES["page"].timed():
            return self._log.items(before=before, after=after, limit=limit)

    def _read(self, after: int, limit: int) -> tuple[RecordPage, Mapping[int, Reply]]:
        with counted.QUERIES["events"].timed():
            page = self._log.page(after=after, limit=limit)
            return page, replies_in(self._log, page.records)

    def _message(self, message_id: int) -> tuple[FoldedMessage | None, list[Record]]:
        with counted.QUERIES["message"].timed():
            return self._log.message(message_id), _without_copies(self._log.texts(message_id))

    async def _rendered(
        self, stored: list[Stored], render: Callable[[Stored], StoredEvent], key: QueueKey | None, newest_first: bool
    ) -> tuple[list[StoredEvent], bool]:
        """The events that fit, from one end, in the order of their ids; whether these are all."""
        lazy_events = _that_fit(stored, render, self._max_bytes, newest_first=newest_first)
        events = await (self._renderer.render(lazy_events, key) if key else asyncio.to_thread(list, lazy_events))
        return events[::-1] if newest_first else events, len(events) == len(stored)

    async def first_since(self, moment: datetime) -> int | None:
        """See `moments.first_since`. Raises `StorageError`."""
        return await self._executor.run(lambda: first_since(self._log, moment))


def _without_copies(texts: list[Record]) -> list[Record]:
    """Without a text that the next one repeats: a history that was compacted or imported has the newest text twice."""
    newest = texts[-1:]
    return [text for text, later in pairwise(texts) if text.message != later.message] + newest


def _that_fit(
    stored: list[Stored], render: Callable[[Stored], StoredEvent], max_bytes: int, *, newest_first: bool
) -> Iterator[StoredEvent]:
    """As many events, from one end, as `max_bytes` holds; one at least."""
    size = 0
    for each in reversed(stored) if newest_first else stored:
        event = render(each)
        length = MAX_FRAME_HEADER_BYTES + protocol.encoded_bytes(event)
        if size and size + length > max_bytes:
            return
        size += length
        yield event


def _reacted(items: list[Item], readers: Set[str]) -> dict[str, list[tuple[int, int]]]:
    """Where each of the readers has reacted."""
    found: dict[str, list[tuple[int, int]]] = {}
    for place, item in enumerate(items):
        for number, reaction in enumerate(() if isinstance(item, Record) else item.reactions):
            for author in readers & set(reaction.authors):
                found.setdefault(author, []).append((place, number))
    return found


def _marked(event: StoredEvent, number: int) -> StoredEvent:
    assert isinstance(event, MessageEvent), "only messages have reactions"
    reactions = [*event.reactions]
    reactions[number] = msgspec.structs.replace(reactions[number], mine=True)
    return msgspec.structs.replace(event, reactions=tuple(reactions))
