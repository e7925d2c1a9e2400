"""The list of all rooms, open or not, and the creation of new ones."""

from typing import NamedTuple

from chat.rooms.cached_call import CachedCall
from chat.rooms.open_rooms import OpenRooms
from chat.rooms.storage_thread import StorageThread
from chat.storage import ROOM_RECORD_ID, RoomInfo, Store
from chat.text.names import LOBBY

LIST_CACHE_SECONDS = 0.5  # every page shows the list


class RoomSummary(NamedTuple):
    """A row of the room list. `members`: how many people are in the room now."""

    room: str
    name: str
    last_id: int
    members: int


class RoomDirectory:
    """What storage knows of all rooms, with the live state of the open ones."""

    def __init__(self, store: Store, storage_thread: StorageThread, open_rooms: OpenRooms) -> None:
        self._store = store
        self._storage_thread = storage_thread
        self._open_rooms = open_rooms
        self._listing = CachedCall(lambda: storage_thread.run(store.rooms))

    async def rooms(self) -> list[RoomSummary]:
        """Every room, the lobby first. A room of another process is listed a moment later. Raises `StorageError`."""
        infos = await self._listing.result(LIST_CACHE_SECONDS)
        rooms = [self._summary(info) for info in infos]
        if all(room.room != LOBBY for room in rooms):
            rooms.append(self._summary(RoomInfo(LOBBY, LOBBY, ROOM_RECORD_ID)))
        return sorted(rooms, key=lambda room: room.room != LOBBY)

    async def find(self, room: str) -> RoomSummary | None:
        """One stored room; reads little of it. Raises `StorageError`."""
        info = await self._storage_thread.run(lambda: self._store.find(room))
        return info and self._summary(info)

    async def create(self, room: str, name: str) -> tuple[bool, RoomSummary]:
        """Store a new room under a name; False, and the room as it is, if it exists. Raises `StorageError`."""
        created = await self._storage_thread.run(lambda: self._store.create(room, name))
        self._listing.invalidate()
        return created, await self.find(room) or RoomSummary(room, name, ROOM_RECORD_ID, 0)

    def _summary(self, info: RoomInfo) -> RoomSummary:
        """With what an open room has delivered since its listing was read."""
        room = self._open_rooms.peek(info.room)
        if room is None:
            return RoomSummary(*info, 0)
        return RoomSummary(info.room, info.name, max(info.last_id, room.feed.last_delivered_id), len(room.people))
