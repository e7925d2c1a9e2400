"""Search in one room and in all, fair between addresses: one search at a time, and one of each address in the queue.

Attack: a search is much work for a short request. So a request has a budget (search/budget.py) and goes on where the
one before it stopped; an address has a rate of searches (entrance/limits.py); and what holds the interpreter does so
for less than a millisecond.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import NamedTuple
from weakref import WeakValueDictionary

from chat.metrics import counted
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.directory import RoomDirectory
from chat.rooms.history_reader import Reader
from chat.rooms.history_renderer import HistoryRenderer, QueueKey
from chat.rooms.open_rooms import OpenRooms
from chat.rooms.room import Room
from chat.rooms.room_hits import RoomHits
from chat.rooms.search_cursor import Cursor
from chat.rooms.search_group import MAX_TEXT, Hit, Page, SearchGroup, size_of
from chat.rooms.storage_pool import StoragePool
from chat.search.budget import MAX_WORK, Budget
from chat.search.excerpt import Part, excerpt
from chat.search.query import Query
from chat.storage import RoomInfo, StorageUnavailable
from chat.storage.yielding import let_others_run, pause_while
from chat.wire.events import event_from_item
from chat.wire.protocol import MessageEvent

MAX_HITS = 50  # messages of one answer
MAX_PAUSE_SECONDS = 0.005  # for a batch, between two pieces: a search gets on in a busy room too


class RenderedHit(NamedTuple):
    """The same with its event, and a part of its text, with what was found."""

    room: str
    name: str
    event: MessageEvent
    excerpt: list[Part]


class Searcher:
    """One for the process; belongs to the event loop that uses it first."""

    def __init__(
        self,
        open_rooms: OpenRooms,
        directory: RoomDirectory,
        storage_pool: StoragePool,
        renderer: HistoryRenderer,
        batch_priority: BatchPriority,
    ) -> None:
        self._open_rooms = open_rooms
        self._directory = directory
        self._storage_pool = storage_pool
        self._renderer = renderer
        self._batch_priority = batch_priority
        self._places: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # of the waiting addresses
        self._turn = asyncio.Lock()

    async def in_room(self, slug: str, query: Query, below: int | None, limit: int, address: str) -> Page:
        """What a query finds in a room in front of an id. Raises `StorageError`."""
        async with self._its_turn(address), self._open_rooms.pinned(slug) as room:
            with contextlib.suppress(StorageUnavailable):  # a disk that refuses writes can still be read
                await room.poll_log()
            found = self._hits(room, query, below, self._budget(MAX_WORK))
            hits: list[Hit] = []
            while len(hits) < limit and size_of(hits) < MAX_TEXT:
                messages = await found.next(limit - len(hits))
                hits += [Hit(slug, room.name, message) for message in messages]
                if not messages:
                    break
            return Page(hits, None if found.is_done else str(found.below))

    async def everywhere(self, query: Query, cursor: Cursor, limit: int, address: str) -> Page:
        """What a query finds in all rooms. Raises `StorageError`."""
        async with self._its_turn(address), AsyncExitStack() as stack:
            group = SearchGroup(self._open_rooms.pinned, self._hits, self._budget, query, cursor)
            await group.fill(await self._rooms(query, cursor), stack)
            return await group.page(limit)

    async def rendered(self, hits: list[Hit], query: Query, reader: Reader) -> list[RenderedHit]:
        """The hits as events, without those that have no link or code after all."""
        events = await self._renderer.render((_rendered(hit, query, reader) for hit in hits), QueueKey(reader.address))
        return [
            hit
            for hit in events
            if ("<a " in hit.event.html or not query.has_link) and ("<code" in hit.event.html or not query.has_code)
        ]

    def _budget(self, work: float) -> Budget:
        return Budget(work, self._pause)

    def _pause(self) -> None:
        """In the thread of a search: while messages are on their way they have the interpreter for themselves."""
        let_others_run()
        pause_while(self._batch_priority.is_busy, MAX_PAUSE_SECONDS)

    def _hits(self, room: Room, query: Query, below: int | None, budget: Budget) -> RoomHits:
        return RoomHits(room.search, self._storage_pool.of_room(room.log.room), query, below, budget)

    async def _rooms(self, query: Query, cursor: Cursor) -> list[RoomInfo]:
        """The rooms that may have hits, from that of the cursor on, by slug."""
        rooms = [info for info in await self._directory.stored() if info.room >= cursor.first]
        return [info for info in rooms if not info.changed_ns or info.changed_ns // 1_000_000 >= query.after]

    @contextlib.asynccontextmanager
    async def _its_turn(self, address: str) -> AsyncIterator[None]:
        place = self._places.setdefault(address, asyncio.Lock())
        with counted.SEARCHES.timed():
            async with place, self._turn:
                yield


def _rendered(hit: Hit, query: Query, reader: Reader) -> RenderedHit:
    event = event_from_item(hit.message, reader.author)
    assert isinstance(event, MessageEvent), "it was found by its text"
    return RenderedHit(hit.room, hit.name, event, excerpt(event.message, query.words))
