"""Everything that lives in this process, put together once in chatsite/asgi.py: all rooms, and the address limits."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from channels.layers import BaseChannelLayer, get_channel_layer

from chat.conf import Conf
from chat.entrance.limits import AddressRegistry
from chat.entrance.shared_limits import SharedLimits
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.carrier import carrier_of
from chat.rooms.connections import close_evenly
from chat.rooms.directory import RoomDirectory
from chat.rooms.history_renderer import HistoryRenderer
from chat.rooms.housekeeper import Housekeeper
from chat.rooms.look import look_for
from chat.rooms.open_rooms import OpenRooms
from chat.rooms.process_group import ProcessGroup
from chat.rooms.processes import Processes
from chat.rooms.readiness import Readiness
from chat.rooms.room import Room
from chat.rooms.searcher import Searcher
from chat.rooms.storage_pool import StoragePool
from chat.storage import Store
from chat.text.names import folded
from chat.wire.commands import NameRoom

NOTICE_SHARE, MAX_NOTICE_SECONDS = 0.2, 5.0  # of CHAT_DRAIN_SECONDS, for balancers to ask /readyz
DRAIN_SECONDS = 3.0  # for the queued batches, during shutdown
CLOSE_SECONDS = 1.0  # then, for clients to answer the close frame
CLOSE_POLL_SECONDS = 0.02
STOP_SECONDS = 1.0  # then, for leaving the groups of the channel layer


class Hub:
    """Belongs to the event loop that uses it first."""

    def __init__(self, store: Store, conf: Conf, layer: BaseChannelLayer | None = None) -> None:
        """`layer`: the channel layer; that of the settings by default."""
        layer = layer or get_channel_layer()
        assert layer is not None, "settings.CHANNEL_LAYERS has a default"
        self.conf = conf
        self.address_limiters = AddressRegistry(conf)
        self.batch_priority = BatchPriority()
        self._storage_pool = StoragePool(self.batch_priority.is_busy)
        self._renderer = HistoryRenderer(self.batch_priority)
        self.processes = Processes()
        self.open_rooms = OpenRooms(
            store, self._storage_pool, layer, self._renderer, conf, self.batch_priority, self.processes
        )
        self.directory = RoomDirectory(store, self._storage_pool, self.open_rooms, self.processes)
        self.searcher = Searcher(
            self.open_rooms, self.directory, self._storage_pool, self._renderer, self.batch_priority
        )
        self._readiness = Readiness(store, self._storage_pool)
        self._housekeeper = Housekeeper(self.open_rooms, look_for(store, self._storage_pool.new_executor()))
        self._carrier = carrier_of(layer)
        self._carrier.add_gap_listener(self._housekeeper.look_soon)
        self._process_group = ProcessGroup(
            layer, self._carrier, self.processes, self.open_rooms, SharedLimits(self.address_limiters)
        )
        self.shutting_down = False
        self.draining = False

    def pinned(self, slug: str) -> AbstractAsyncContextManager[Room]:
        """The room of a slug, open for the whole block. Raises `StorageError`."""
        self._housekeeper.ensure_running()
        self._carrier.start()
        self._process_group.ensure_running()
        return self.open_rooms.pinned(slug)

    async def check_new_room(self, room: Room) -> None:
        """Refuse to open a new room by its address if another room is called so, or looks as if it were.

        Raises `ProtocolError`, and `StorageError`.
        """
        if room.is_unnamed:
            await self.directory.check_new_address(room.log.room)

    async def claim_new_room(self, room: Room, client_id: str | None = None) -> None:
        """The same, before the first event creates it: another one may have been created since it was opened.

        Raises `ProtocolError`, and `StorageError`.
        """
        slug = room.log.room
        if room.is_unnamed:
            await self.directory.check_new_address(slug, client_id)
            self.directory.claim_name(slug, slug, client_id)

    async def check_new_name(self, room: Room, command: NameRoom) -> None:
        """Refuse a name that another room has, or that looks like it or is its address.

        A room may always be called as its own address is. Raises `ProtocolError`, and `StorageError`.
        """
        if folded(command.name) != room.log.room:
            await self.directory.check_name(command.name, of=room.log.room, client_id=command.client_id)
            self.directory.claim_name(command.name, room.log.room, command.client_id)

    async def is_ready(self) -> bool:
        """Whether a message would be stored now."""
        return await self._readiness.check() and not self.shutting_down and not self.draining

    @property
    def is_carrier_available(self) -> bool:
        """Whether events come from other processes, and go there. Without them they are read from storage."""
        self._carrier.start()
        return self._carrier.is_available

    @property
    def carrier_counters(self) -> Mapping[str, int]:
        """See `Carrier.counters`."""
        return self._carrier.counters

    @property
    def storage_calls(self) -> int:
        """Calls of the storage that run, or wait for a thread."""
        return self._storage_pool.calls

    @property
    def render_queue(self) -> int:
        """Clients whose history is being rendered, or is to be."""
        return self._renderer.waiting

    async def drain(self, stop_listening: Callable[[], object]) -> None:
        """Send the clients to other processes, within CHAT_DRAIN_SECONDS; `shut_down` follows.

        First only `is_ready` is false, so that a balancer sends nobody here. Then nobody can connect, and the
        connections are closed with 4000, evenly, so that the clients do not reconnect to the others all together.
        """
        self.draining = True
        notice = min(MAX_NOTICE_SECONDS, NOTICE_SHARE * self.conf.drain_seconds)
        await asyncio.sleep(notice)
        stop_listening()
        writers = [connection.writer for _, room in self.open_rooms for connection in room.connections]
        await close_evenly(writers, self.conf.drain_seconds - notice)

    async def shut_down(self) -> None:
        """Graceful shutdown: store and deliver the queued messages, close every connection with 4000, leave the groups.

        Each step has a time limit, so it ends also when the disk hangs or a client does not answer.
        """
        if self.shutting_down:
            return
        self.shutting_down = True
        rooms = [room for _, room in self.open_rooms]
        for room in rooms:  # before the first await: the server is about to cancel every consumer
            room.shutting_down = True
        draining = asyncio.gather(*(room.drain() for room in rooms), return_exceptions=True)
        await asyncio.wait([draining], timeout=DRAIN_SECONDS)
        for room in rooms:
            room.connections.close_going_away()
        await self._wait_until_closed(rooms)
        await asyncio.wait([asyncio.ensure_future(self._stop(rooms))], timeout=STOP_SECONDS)

    async def _wait_until_closed(self, rooms: list[Room]) -> None:
        for _ in range(round(CLOSE_SECONDS / CLOSE_POLL_SECONDS)):
            if all(connection.writer.finished for room in rooms for connection in room.connections):
                break
            await asyncio.sleep(CLOSE_POLL_SECONDS)

    async def _stop(self, rooms: list[Room]) -> None:
        await self._stop_tasks()
        await asyncio.gather(*(room.stop() for room in rooms), return_exceptions=True)
        await self._carrier.close()

    async def close(self) -> None:
        """Close all rooms and the threads of the storage: for tests, and for a process with more than one hub."""
        await self._stop_tasks()
        for slug, room in self.open_rooms:
            await self.open_rooms.close(slug, room)
        await self._carrier.close()
        self._storage_pool.shutdown()

    async def _stop_tasks(self) -> None:
        """End what goes on by itself for all rooms."""
        await self.open_rooms.news.stop()
        await self._housekeeper.cancel()
        await self._process_group.stop()
