"""The list of all rooms, open or not, and the creation of new ones."""

from collections.abc import Iterable
from typing import NamedTuple

from chat.rooms.cached_call import CachedCall
from chat.rooms.open_rooms import OpenRooms
from chat.rooms.storage_thread import StorageThread
from chat.storage import ROOM_RECORD_ID, RoomInfo, Store
from chat.text.confusables import skeletons
from chat.text.names import LOBBY, folded, numbered_slugs

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
        self._skeletons: dict[str, frozenset[str]] = {}
        self._listing = CachedCall(lambda: storage_thread.run(store.rooms))

    async def rooms(self) -> list[RoomSummary]:
        """Every room, the lobby first. A room of another process is listed a moment later. Raises `StorageError`."""
        rooms = [self._summary(info) for info in await self._infos()]
        return sorted(rooms, key=lambda room: room.room != LOBBY)

    async def _infos(self) -> list[RoomInfo]:
        infos = await self._listing.result(LIST_CACHE_SECONDS)
        if any(info.room == LOBBY for info in infos):
            return infos
        return [*infos, RoomInfo(LOBBY, LOBBY, ROOM_RECORD_ID)]

    async def find(self, name: str) -> RoomSummary | None:
        """The room of a name, in any case and with any blanks. Raises `StorageError`."""
        info = _named(name, await self._infos())
        return info and self._summary(info)

    async def confusable_with(self, name: str) -> RoomSummary | None:
        """A room of another name that looks the same, such as `lobby` for `Iobby`. Raises `StorageError`."""
        wanted = skeletons(name)
        for info in await self._infos():
            if folded(info.name) != folded(name) and self._skeletons_of(info.name) & wanted:
                return self._summary(info)
        return None

    def _skeletons_of(self, name: str) -> frozenset[str]:
        """Of a room, kept as long as the process: there are more rooms than the cache of `skeletons` holds."""
        if name not in self._skeletons:
            self._skeletons[name] = skeletons(name)
        return self._skeletons[name]

    async def create(self, slug: str, name: str) -> tuple[bool, RoomSummary]:
        """Store a new room under a name, at this slug or the next one that is free.

        False, and the room as it is, if there is one of this name. Raises `StorageError`.
        """
        infos = list(await self._infos())  # may lack what others made meanwhile: a slug that is not free is read
        while (existing := _named(name, infos)) is None:
            taken = {info.room for info in infos}
            free = next(candidate for candidate in numbered_slugs(slug) if candidate not in taken)
            if await self._create(free, name):
                return True, self._summary(RoomInfo(free, name, ROOM_RECORD_ID))
            infos += await self._read(free)
        return False, self._summary(existing)

    async def _create(self, room: str, name: str) -> bool:
        created = await self._storage_thread.run(lambda: self._store.create(room, name))
        self._listing.invalidate()
        return created

    async def _read(self, room: str) -> list[RoomInfo]:
        info = await self._storage_thread.run(lambda: self._store.find(room))
        return [] if info is None else [info]

    def _summary(self, info: RoomInfo) -> RoomSummary:
        """With what an open room has delivered since its listing was read."""
        room = self._open_rooms.peek(info.room)
        if room is None:
            return RoomSummary(*info, 0)
        return RoomSummary(info.room, info.name, max(info.last_id, room.feed.last_delivered_id), len(room.people))


def _named(name: str, infos: Iterable[RoomInfo]) -> RoomInfo | None:
    return next((info for info in infos if folded(info.name) == folded(name)), None)
