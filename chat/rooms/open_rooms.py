"""The rooms that are open in this process: opened on first use, kept while in use, closed when idle."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator

from channels.layers import get_channel_layer

from chat.conf import Conf
from chat.entrance.limits import loop_time
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.renderer import Renderer
from chat.rooms.room import Room
from chat.rooms.storage_thread import StorageThread
from chat.storage import Store

IDLE_SECONDS = 60.0  # from its last use until a room is closed
EMPTY_ROOM_IDLE_SECONDS = 2.0  # the same for a room that is not stored: a visitor can open any number of those
logger = logging.getLogger(__name__)


class OpenRooms:
    """A registry of rooms by name. Each is opened once, however many callers ask for it."""

    def __init__(
        self, store: Store, storage: StorageThread, renderer: Renderer, conf: Conf, batch_priority: BatchPriority
    ) -> None:
        self._store = store
        self._storage = storage
        self._renderer = renderer
        self._conf = conf
        self._batch_priority = batch_priority
        self._rooms: dict[str, asyncio.Future[Room]] = {}
        self._last_used: dict[str, float] = {}
        self._pins: Counter[str] = Counter()

    def __iter__(self) -> Iterator[tuple[str, Room]]:
        """The names and rooms whose opening is complete, as they are now."""
        done = [(name, opening) for name, opening in self._rooms.items() if opening.done()]
        return iter([(name, opening.result()) for name, opening in done if not opening.exception()])

    def peek(self, name: str) -> Room | None:
        """The room if it is open; does not open it."""
        opening = self._rooms.get(name)
        return None if opening is None or not opening.done() or opening.exception() else opening.result()

    @contextlib.asynccontextmanager
    async def pinned(self, name: str) -> AsyncIterator[Room]:
        """The room, which is not closed within the block. Raises `StorageError`."""
        self._pins[name] += 1
        try:
            yield await self.open(name)
        finally:
            self._pins[name] -= 1
            if not self._pins[name]:
                del self._pins[name]

    async def open(self, name: str) -> Room:
        """The room, opened if necessary. Raises `StorageError`."""
        self._last_used[name] = loop_time()
        if name not in self._rooms:
            self._rooms[name] = asyncio.ensure_future(self._make(name))
        opening = self._rooms[name]
        try:
            return await asyncio.shield(opening)
        except Exception:  # the next caller tries again
            if self._rooms.get(name) is opening:
                del self._rooms[name], self._last_used[name]
            raise

    async def _make(self, name: str) -> Room:
        layer = get_channel_layer()
        assert layer is not None, "settings.CHANNEL_LAYERS has a default"
        log = await self._storage.run(lambda: self._store.open(name))
        try:
            room = Room(log, self._storage, self._renderer, layer, self._conf, self._batch_priority)
            await room.subscription.start()
        except BaseException:
            await self._storage.run(log.close)
            raise
        return room

    async def close_if_idle(self, name: str, room: Room) -> None:
        """Close a room that has no connections, no batch and no pins, and was not used for a while."""
        if room.busy or len(room.people) or self._pins[name]:
            self._last_used[name] = loop_time()
        elif loop_time() - self._last_used[name] > (IDLE_SECONDS if room.log.exists else EMPTY_ROOM_IDLE_SECONDS):
            await self.close(name, room)

    async def close(self, name: str, room: Room) -> None:
        """Close a room and its log."""
        del self._rooms[name], self._last_used[name]
        try:
            await room.stop()
        except Exception:  # a channel layer drops in time the members that did not leave
            logger.exception("room %s: the channel layer does not answer", name)
        finally:
            await self._storage.run(room.log.close)
