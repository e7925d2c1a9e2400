"""The list of all rooms, open or not, and the creation of new ones."""

import asyncio
import sys
from collections.abc import Mapping
from typing import NamedTuple

from chat.entrance.loop_clock import loop_time
from chat.rooms.cached_call import CachedCall
from chat.rooms.name_claims import NameClaims
from chat.rooms.open_rooms import OpenRooms
from chat.rooms.processes import Processes
from chat.rooms.room_listing import RoomListing
from chat.rooms.storage_pool import StoragePool
from chat.storage import RoomInfo, Store
from chat.text.confusables import is_like_room, skeletons
from chat.text.names import confusable_room, folded, free_slug, room_at, room_elsewhere
from chat.wire.errors import ErrorCode, ProtocolError

LIST_CACHE_SECONDS = 0.5  # every page shows the list
PATIENCE_SECONDS = 0.25  # of a page: with thousands of rooms the first list takes seconds


class RoomSummary(NamedTuple):
    """A row of the room list. `members`: how many people are in the room now; the numbers are those of `Tally`."""

    room: str
    name: str
    last_id: int
    members: int
    messages: int = 0
    cleared: int = 0


class AddressTaken(Exception):
    """A new room would get the address `slug`, where the room `other` of another name lives.

    Two names never meet in one address without a question: `free` is an address that nobody has.
    """

    def __init__(self, slug: str, other: RoomSummary, free: str) -> None:
        super().__init__(slug)
        self.slug = slug
        self.other = other
        self.free = free


class RoomDirectory:
    """What storage knows of all rooms, with the live state of the open ones."""

    def __init__(self, store: Store, storage_pool: StoragePool, open_rooms: OpenRooms, processes: Processes) -> None:
        self._store = store
        self._storage_pool = storage_pool
        self._open_rooms = open_rooms
        self._processes = processes
        self._last = RoomListing([])
        self._skeletons: dict[str, frozenset[str]] = {}
        self._claims = NameClaims()
        self._executor = storage_pool.new_executor()
        self._listing = CachedCall(lambda: self._executor.run(self._list))

    def _list(self) -> RoomListing:
        stored = self._store.rooms()
        if stored != self._last.stored:
            self._last = RoomListing(stored)
            self._forget_old_names()
        return self._last

    def _forget_old_names(self) -> None:
        """A client may rename a room several times a second."""
        if len(self._skeletons) > 2 * len(self._last.infos):
            names = self._skeletons.keys() & {info.name for info in self._last.infos}
            self._skeletons = {name: self._skeletons[name] for name in names}

    async def rooms(self, after: str | None = None, limit: int = sys.maxsize) -> list[RoomSummary]:
        """The rooms of the list, the lobby first, or those behind a room. Raises `StorageError`, KeyError.

        A room of another process is listed a moment later.
        """
        listing = await self._listing.result(LIST_CACHE_SECONDS)
        return [self._summary(info) for info in listing.page(after, limit)]

    async def stored(self) -> list[RoomInfo]:
        """Every stored room, by slug. Raises `StorageError`."""
        return (await self._listing.result(LIST_CACHE_SECONDS)).by_slug

    async def newest(self) -> tuple[list[RoomSummary], int]:
        """At most `MAX_NEWEST` rooms, the lobby and those that changed last, and the number of all rooms.

        Raises `StorageError`. While a list takes long, they are those of the list before.
        """
        listing = await self._soon()
        return [self._summary(info) for info in listing.newest], len(listing.infos)

    async def _soon(self) -> RoomListing:
        result = self._listing.result(LIST_CACHE_SECONDS)
        await asyncio.wait([result], timeout=PATIENCE_SECONDS)
        if result.done():
            return result.result()
        result.cancel()  # only for this caller
        return self._last

    async def find(self, name: str) -> RoomSummary | None:
        """The room of a name, in any case and with any blanks. Raises `StorageError`."""
        info = (await self._listing.result(LIST_CACHE_SECONDS)).named(name)
        return info and self._summary(info)

    async def search(self, text: str, start: int, limit: int) -> tuple[list[RoomSummary], int]:
        """The rooms with a text in their name, the lobby first, from the one of number `start`; how many there are.

        The case does not matter. Raises `StorageError`.
        """
        listing = await self._listing.result(LIST_CACHE_SECONDS)
        found = await self._executor.run(lambda: listing.matching(text)) if text else listing.infos
        return [self._summary(info) for info in found[start : start + limit]], len(found)

    async def check_new_address(self, slug: str, client_id: str | None = None) -> None:
        """Refuse a new room whose slug is the name of another, or looks like it.

        Raises `ProtocolError`, `StorageError`.
        """
        if (other := await self.find(slug)) is not None and other.room != slug:
            reason = room_elsewhere(other.name, other.room)
            raise ProtocolError(ErrorCode.INVALID_NAME, reason=reason, client_id=client_id)
        await self.check_name(slug, of=slug, client_id=client_id)

    async def check_name(self, name: str, *, of: str = "", client_id: str | None = None) -> None:
        """Refuse a name for the room at an address, or for a new one, that another room has or that looks like it.

        The name can also be the address of another room: somebody could give the lobby another name and a room of
        theirs the name `lobby`. Raises `ProtocolError`, `StorageError`.
        """
        if (other := await self._room_like(name, of)) is not None:
            is_address = folded(name) == other.room != folded(other.name)
            reason = room_at(other.name, other.room) if is_address else confusable_room(other.name)
            raise ProtocolError(ErrorCode.INVALID_NAME, reason=reason, client_id=client_id)

    def claim_name(self, name: str, room: str, client_id: str | None = None) -> None:
        """Hold a name that was checked for a room until it is stored.

        Raises `ProtocolError` if another room was a moment faster.
        """
        if (other := self._claims.claim(name, room, loop_time())) is not None:
            raise ProtocolError(ErrorCode.INVALID_NAME, reason=confusable_room(other), client_id=client_id)

    async def _room_like(self, name: str, excluding: str) -> RoomSummary | None:
        listing = await self._listing.result(LIST_CACHE_SECONDS)
        live = {slug: room.name for slug, room in self._open_rooms}  # the listing may be from before a rename
        info = await self._executor.run(lambda: self._like(listing, name, excluding, live))
        return info and self._summary(info)

    def _like(self, listing: RoomListing, name: str, excluding: str, live: Mapping[str, str]) -> RoomInfo | None:
        """In a thread: with thousands of rooms this takes a while."""
        others = (
            info._replace(name=live.get(info.room, info.name)) for info in listing.infos if info.room != excluding
        )
        return next((info for info in others if is_like_room(name, info.room, info.name, self._skeletons_of)), None)

    def _skeletons_of(self, name: str) -> frozenset[str]:
        """Of a room's name, kept as long as it has it: there are more rooms than the cache of `skeletons` holds."""
        if name not in self._skeletons:
            self._skeletons[name] = skeletons(name)
        return self._skeletons[name]

    async def check_free(self, slug: str) -> None:
        """Refuse an address that another room has, or is called. Raises `AddressTaken` and `StorageError`."""
        listing = await self._listing.result(LIST_CACHE_SECONDS)
        if (other := listing.owner_of(slug)) is not None:
            raise self._taken(listing, slug, other)

    async def create(self, slug: str, name: str) -> tuple[bool, RoomSummary]:
        """Store a new room under a name, at this slug.

        False, and the room as it is, if there is one of this name. Raises `AddressTaken` if a room of another name
        has that slug, `ProtocolError`, and `StorageError`.
        """
        listing = await self._listing.result(LIST_CACHE_SECONDS)
        if (existing := listing.named(name)) is not None:
            return False, self._summary(existing)
        await self.check_free(slug)
        self.claim_name(name, slug)
        if await self._create(slug, name):
            self._open_rooms.news.created(slug, name)
            return True, self._summary(RoomInfo(slug, name))
        other = await self._read(slug)  # another process was faster
        if other is not None and folded(other.name) != folded(name):
            raise self._taken(listing, slug, other)
        return False, self._summary(other or RoomInfo(slug, name))

    def _taken(self, listing: RoomListing, slug: str, other: RoomInfo) -> AddressTaken:
        return AddressTaken(slug, self._summary(other), free_slug(slug, lambda each: listing.owner_of(each) is None))

    async def _create(self, room: str, name: str) -> bool:
        created = await self._storage_pool.of_room(room).run(lambda: self._store.create(room, name))
        self._listing.invalidate()
        return created

    async def _read(self, room: str) -> RoomInfo | None:
        return await self._storage_pool.of_room(room).run(lambda: self._store.find(room))

    def _summary(self, info: RoomInfo) -> RoomSummary:
        """With what was stored in an open room since its listing was read."""
        room = self._open_rooms.peek(info.room)
        tally = info.tally if room is None else max(info.tally, room.tally)
        is_told = room is not None and room.channel_group.is_member  # of the people in other processes
        members = len(room.people) if room and is_told else self._processes.number_in(info.room)
        name = info.name if room is None else room.name
        return RoomSummary(info.room, name, tally.last_id, members, tally.messages, tally.cleared)
