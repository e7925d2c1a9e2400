"""A group of rooms that one request searches together: their hits in one order, newest first."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from chat.rooms.room import Room
from chat.rooms.room_hits import RoomHits
from chat.rooms.search_cursor import Cursor, Place
from chat.search.budget import MAX_WORK, Budget
from chat.search.query import Query
from chat.search.texts import milliseconds
from chat.storage import FoldedMessage, RoomInfo, StorageError

MAX_TEXT = 2**17  # characters of the messages of one answer together, or one message
ROOM_WORK = 2  # of the budget, to open a room
FIRST_HITS = 5  # asked of each room at a time: most rooms contribute few
logger = logging.getLogger(__name__)
OpenRoom = Callable[[str], AbstractAsyncContextManager[Room]]
HitsIn = Callable[[Room, Query, int | None, Budget], RoomHits]


class Hit(NamedTuple):
    """A message, and the room that it is in: its slug and its name for people."""

    room: str
    name: str
    message: FoldedMessage

    @property
    def place(self) -> Place:
        """Where it stands among the messages of all rooms."""
        return Place(milliseconds(self.message.record.timestamp), self.room, self.message.record.id)


class Page(NamedTuple):
    """Hits, newest first, and where to go on; None if that was all. It may be empty and not the last.

    `not_searched`: the rooms whose storage could not be read, or not to the end, by slug and name.
    """

    hits: list[Hit]
    cursor: str | None
    not_searched: list[tuple[str, str]] = []  # noqa: RUF012 - never changed


class SearchGroup:
    """The rooms that one request searches together."""

    def __init__(
        self, open_room: OpenRoom, hits_in: HitsIn, budget: Callable[[float], Budget], query: Query, cursor: Cursor
    ) -> None:
        self._open_room = open_room
        self._hits_in = hits_in
        self._query = query if cursor.shown is None else query.until(cursor.shown.time)
        self._cursor = cursor
        self._budget = budget(MAX_WORK if not cursor.last else 4 * MAX_WORK)  # a known group was within it before
        self._rooms: dict[str, tuple[Room, RoomHits]] = {}
        self._heap: list[tuple[tuple[int, str, int], Hit]] = []
        self._buffers: dict[str, list[Hit]] = {}
        self._following = ""  # the room that begins the next group
        self._not_searched: list[tuple[str, str]] = []

    async def fill(self, infos: list[RoomInfo], stack: AsyncExitStack) -> None:
        """Search rooms for their first hits, as many as the budget allows. They stay open until the stack is closed."""
        for info in infos:
            is_behind = self._cursor.last and info.room > self._cursor.last
            if is_behind or (self._rooms and self._budget.is_spent):
                self._following = info.room
                return
            try:
                if not await self._add(info.room, stack):
                    self._following = info.room
                    return
            except StorageError as error:  # it does not keep the others from being searched
                self._give_up(info.room, info.name, error)

    async def _add(self, slug: str, stack: AsyncExitStack) -> bool:
        """Search a room. False if the budget does not suffice, and there are others in the group."""
        room = await stack.enter_async_context(self._open_room(slug))
        self._budget.spend(messages=100 * ROOM_WORK)
        below = self._cursor.below if slug == self._cursor.first else None
        hits = self._hits_in(room, self._query, below, self._budget)
        found = await self._next(room, hits)
        if not found and not hits.is_done and self._rooms:
            return False
        self._rooms[slug], self._buffers[slug] = (room, hits), found
        return True

    async def _next(self, room: Room, hits: RoomHits) -> list[Hit]:
        """The next hits of a room that were not shown yet."""
        while messages := await hits.next(FIRST_HITS):
            found = [Hit(room.log.room, room.name, message) for message in messages]
            found = [hit for hit in found if self._cursor.shown is None or hit.place.rank > self._cursor.shown.rank]
            if found:
                return found
        return []

    async def page(self, limit: int) -> Page:
        """The newest hits of the group."""
        self._heap = [_entry(found.pop(0)) for found in self._buffers.values() if found]
        heapify(self._heap)
        shown: list[Hit] = []
        while self._heap and len(shown) < limit and size_of(shown) < MAX_TEXT:
            hit = heappop(self._heap)[1]
            shown.append(hit)
            if not await self._refill(hit.room):
                break
        return Page(shown, self._next_cursor(shown), self._not_searched)

    async def _refill(self, slug: str) -> bool:
        """Put the next hit of a room into the heap. False if the budget does not suffice to find it."""
        room, hits = self._rooms[slug]
        try:
            found = self._buffers[slug] or await self._next(room, hits)
        except StorageError as error:
            self._give_up(slug, room.name, error)
            return True
        if found:
            heappush(self._heap, _entry(found[0]))
        self._buffers[slug] = found[1:]
        return bool(found) or hits.is_done

    def _give_up(self, slug: str, name: str, error: StorageError) -> None:
        logger.warning("not searched: %s", error)
        self._not_searched.append((slug, name))
        self._rooms.pop(slug, None)
        self._buffers.pop(slug, None)

    def _next_cursor(self, shown: list[Hit]) -> str | None:
        last = max(self._rooms, default="")
        is_done = not self._heap and all(hits.is_done for _, hits in self._rooms.values())
        if is_done:
            return str(Cursor(self._following)) if self._following else None
        first = min(self._rooms)
        if len(self._rooms) > 1:
            return str(Cursor(first, last, shown[-1].place if shown else self._cursor.shown))
        return str(Cursor(first, last, below=shown[-1].message.record.id if shown else self._rooms[first][1].below))


def _entry(hit: Hit) -> tuple[tuple[int, str, int], Hit]:
    """For a heap. Ranks differ, so hits are never compared."""
    return hit.place.rank, hit


def size_of(hits: list[Hit]) -> int:
    return sum(len(hit.message.record.message or "") for hit in hits)
