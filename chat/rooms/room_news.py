"""Tells the people of each room what changes in the others: a `rooms` frame, with many changes in one.

A batch costs one entry in a dictionary, however many connections there are. A frame is encoded once for all of them.
Who is in the only room that changed is sent nothing: they have the messages themselves.
"""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Protocol

from chat.entrance.loop_clock import loop_time
from chat.entrance.request_id import shared_task
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.connections import Connections
from chat.rooms.feed import Feed
from chat.storage import Tally
from chat.wire import protocol
from chat.wire.fanout import Frames, Writer, broadcast
from chat.wire.protocol import RoomNumbers, RoomsFrame

MIN_SECONDS = 0.5  # between two frames
MAX_FRAMES_PER_SECOND = 2000  # on all connections together: with more than a thousand of them frames are rarer
MAX_NUMBERS_PER_SECOND = 20_000  # the same for the rooms in them: 1.6 MB/s
MAX_ROOMS = 100  # in one frame; the others are in the next one


class OpenRoom(Protocol):
    """What is told of a room, and to whom."""

    connections: Connections
    feed: Feed

    @property
    def name(self) -> str:
        """For people."""

    @property
    def tally(self) -> Tally:
        """Its numbers now."""


class Others(Protocol):
    """The other processes."""

    @property
    def has_others(self) -> bool:
        """Whether there are any."""

    async def tell(self, rooms: list[RoomNumbers]) -> None:
        """Tell them what changed in rooms."""


class RoomNews:
    """The changes of this process's rooms that were not told yet. One for the process."""

    def __init__(self, open_rooms: Iterable[tuple[str, OpenRoom]], batch_priority: BatchPriority) -> None:
        self._open_rooms = open_rooms
        self._batch_priority = batch_priority
        self._pending: dict[str, RoomNumbers | None] = {}  # by slug; None: the room is open, and has its numbers
        self._created: dict[str, None] = {}  # of the pending ones: those that this process made
        self._task: asyncio.Task[None] | None = None  # runs while there is anything to tell
        self._next_at = 0.0
        self._stopped = False
        self._others: Others | None = None

    def share_with(self, others: Others) -> None:
        """Tell other processes too, of what this process has stored or found in storage."""
        self._others = others

    def changed(self, slug: str) -> None:
        """An open room has new events."""
        self._pending[slug] = None
        if self._task is None and not self._stopped:
            self._task = shared_task(self._tell())

    def created(self, slug: str, name: str) -> None:
        """A room was created, and is not open."""
        self.changed(slug)
        self._pending[slug] = numbers_of(slug, name, Tally())
        self._created[slug] = None

    def heard(self, numbers: list[RoomNumbers]) -> None:
        """Rooms have changed in another process. Those that somebody here is in have their own numbers."""
        is_open = {slug for slug, room in self._open_rooms if len(room.connections)}
        for each in numbers:
            if each.room not in is_open:
                self.changed(each.room)
                self._pending[each.room] = each

    async def stop(self) -> None:
        """Send nothing more, also of rooms that still change: no task may be pending when the process ends."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _tell(self) -> None:
        try:
            while self._pending:
                await asyncio.sleep(max(0.0, self._next_at - loop_time()))
                rooms = dict(self._open_rooms)
                connections = sum(len(room.connections) for room in rooms.values())
                others = self._others if self._others and self._others.has_others else None
                if not connections and not others:
                    self._pending.clear()
                    self._created.clear()
                    break
                await self._batch_priority.yield_to_batches()
                numbers = self._take(rooms)
                self._next_at = loop_time() + _pause(len(numbers), connections)
                if others:
                    await others.tell([each for each in numbers if self._take_untold(each.room, rooms)])
                if numbers:
                    await broadcast(_writers(rooms, numbers), Frames([protocol.encode(RoomsFrame(rooms=numbers))]))
        finally:
            self._task = None

    def _take_untold(self, slug: str, rooms: dict[str, OpenRoom]) -> bool:
        """Whether no other process tells of this change."""
        is_created = slug in self._created
        self._created.pop(slug, None)
        return is_created or (slug in rooms and rooms[slug].feed.take_untold())

    def _take(self, rooms: dict[str, OpenRoom]) -> list[RoomNumbers]:
        """The first changes, which are told now. A room that was closed meanwhile is left out."""
        taken = [(slug, self._pending.pop(slug)) for slug in list(self._pending)[:MAX_ROOMS]]
        current = [
            numbers_of(slug, rooms[slug].name, rooms[slug].tally) if slug in rooms else old for slug, old in taken
        ]
        return [numbers for numbers in current if numbers is not None]


def numbers_of(slug: str, name: str, tally: Tally) -> RoomNumbers:
    """What clients are told of a room."""
    return RoomNumbers(slug, name, tally.last_id, tally.messages, tally.cleared)


def _writers(rooms: dict[str, OpenRoom], numbers: list[RoomNumbers]) -> Iterator[Writer]:
    """Of every live connection that does not know this already."""
    only = numbers[0].room if len(numbers) == 1 else None
    for slug, room in rooms.items():
        if slug != only:
            yield from room.connections.live_writers()


def _pause(rooms: int, connections: int) -> float:
    """Seconds until the next frame: the more there is to send, the rarer."""
    return max(MIN_SECONDS, connections / MAX_FRAMES_PER_SECOND, rooms * connections / MAX_NUMBERS_PER_SECOND)
