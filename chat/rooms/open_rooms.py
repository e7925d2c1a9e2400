"""The rooms that are open in this process: opened on first use, kept while in use, closed when idle."""

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import AsyncIterator, Iterator

from channels.layers import BaseChannelLayer

from chat.conf import Conf
from chat.entrance.loop_clock import loop_time
from chat.entrance.request_id import shared_task
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.history_renderer import HistoryRenderer
from chat.rooms.processes import Processes
from chat.rooms.room import Room
from chat.rooms.room_news import RoomNews
from chat.rooms.storage_pool import StoragePool
from chat.storage import Store

IDLE_SECONDS = 60.0  # from its last use until a room is closed
MESSAGES_PER_IDLE_SECOND = 1000  # one more second for so many messages: opening a large room again reads all of them
MAX_IDLE_SECONDS = 1800.0
MAX_IDLE_ROOMS = 200  # open without anybody in them: a program that reads all rooms opens each
MAX_MAINTENANCE_CALLS = 40  # in a row; each takes some milliseconds, and the room is not polled meanwhile
SEARCH_CACHE_SECONDS = 0.4  # in a row; the room is polled in between
EMPTY_ROOM_IDLE_SECONDS = 2.0  # the same for a room that is not stored: a visitor can open any number of those


class OpenRooms:
    """A registry of rooms by slug. Each is opened once, however many callers ask for it."""

    def __init__(
        self,
        store: Store,
        storage_pool: StoragePool,
        layer: BaseChannelLayer,
        renderer: HistoryRenderer,
        conf: Conf,
        batch_priority: BatchPriority,
        processes: Processes,
    ) -> None:
        self._store = store
        self._storage_pool = storage_pool
        self._layer = layer
        self._renderer = renderer
        self._conf = conf
        self._batch_priority = batch_priority
        self._processes = processes
        self.news = RoomNews(self, batch_priority)
        self._openings: dict[str, asyncio.Future[Room]] = {}
        self._last_used: dict[str, float] = {}
        self._pins: Counter[str] = Counter()

    def __iter__(self) -> Iterator[tuple[str, Room]]:
        """The slugs and rooms whose opening is complete, as they are now."""
        return iter([(slug, room) for slug in self._openings if (room := self.peek(slug)) is not None])

    def peek(self, slug: str) -> Room | None:
        """The room if it is open; does not open it."""
        opening = self._openings.get(slug)
        return None if opening is None or not opening.done() or opening.exception() else opening.result()

    @contextlib.asynccontextmanager
    async def pinned(self, slug: str) -> AsyncIterator[Room]:
        """The room, which is not closed within the block. Raises `StorageError`."""
        self._pins[slug] += 1
        try:
            yield await self.open(slug)
        finally:
            self._pins[slug] -= 1
            if not self._pins[slug]:
                del self._pins[slug]
                self.release_file(slug)

    def release_file(self, slug: str) -> None:
        """Close the file of a room that nobody uses; the room keeps its index, and its next use opens the file."""
        room = self.peek(slug)
        if room is not None and self._is_unused(slug, room):
            self._storage_pool.of_room(slug).run(room.log.close)

    def _is_unused(self, slug: str, room: Room) -> bool:
        return not room.busy and not self._pins[slug]

    async def open(self, slug: str) -> Room:
        """The room, opened if necessary. Raises `StorageError`."""
        self._last_used[slug] = loop_time()
        if slug not in self._openings:
            self._openings[slug] = shared_task(self._make(slug))
        opening = self._openings[slug]
        try:
            return await asyncio.shield(opening)
        except Exception:  # the next caller tries again
            if self._openings.get(slug) is opening:
                del self._openings[slug], self._last_used[slug]
            raise

    async def _make(self, slug: str) -> Room:
        executor = self._storage_pool.of_room(slug)
        log = await executor.run(lambda: self._store.open(slug))
        return Room(
            log,
            executor,
            self._renderer,
            self._layer,
            self._conf,
            self._batch_priority,
            self._processes,
            self.news.changed,
        )

    async def maintain(self, slug: str, room: Room) -> None:
        """Let storage prepare the next opening of a room, for a moment; other calls of the room run in between."""
        executor = self._storage_pool.of_room(slug)
        for _ in range(MAX_MAINTENANCE_CALLS):
            if not await executor.run(room.log.maintain):
                break

    async def continue_search_cache(self, slug: str, room: Room) -> None:
        """Make a part of the search cache of a room, with a pause as long as each piece."""
        executor, until = self._storage_pool.of_room(slug), loop_time() + SEARCH_CACHE_SECONDS
        while room.search.wants_maintenance and loop_time() < until:
            begin = loop_time()
            if not await executor.run(room.search.advance):
                break
            await asyncio.sleep(loop_time() - begin)

    async def close_if_idle(self, slug: str, room: Room) -> None:
        """Close a room that nobody has used for a while."""
        if self.is_idle(slug, room):
            await self.close(slug, room)

    def is_idle(self, slug: str, room: Room) -> bool:
        """Whether a room has no connections, no batch and no pins, and was not used for a while."""
        if self.peek(slug) is not room:
            return False  # it was closed
        if not self._is_unused(slug, room) or room.people.number_here:
            self._last_used[slug] = loop_time()
            return False
        return loop_time() - self._last_used[slug] > _idle_seconds(room)

    def expire_excess(self) -> None:
        """Let the least recently used of the rooms that nobody uses count as idle, if there are too many."""
        unused = [slug for slug, room in self if self._is_unused(slug, room) and not room.people.number_here]
        unused.sort(key=self._last_used.__getitem__)
        for slug in unused[: max(0, len(unused) - MAX_IDLE_ROOMS)]:
            self._last_used[slug] = -math.inf

    async def close(self, slug: str, room: Room) -> None:
        """Close a room and its log."""
        del self._openings[slug], self._last_used[slug]
        await room.stop()
        await self._storage_pool.of_room(slug).run(room.log.close)


def _idle_seconds(room: Room) -> float:
    """How long a room stays open that nobody uses."""
    if not room.log.exists:
        return EMPTY_ROOM_IDLE_SECONDS
    return min(IDLE_SECONDS + room.log.last_id / MESSAGES_PER_IDLE_SECOND, MAX_IDLE_SECONDS)
