"""Which open rooms have events in storage that were not delivered here: one call in a thread for all of them.

For JSON files that is a stat call for each; for a store that can look, one query.
"""

import asyncio
import logging
import random
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from chat.entrance.loop_clock import loop_time
from chat.metrics import counted
from chat.rooms.room import Room
from chat.rooms.storage_errors import traceback_of
from chat.rooms.storage_pool import SerialExecutor
from chat.storage import LookingStore, Store

LOOK_SECONDS = (0.75, 1.25)  # between two queries, at random: many processes share a database
ON_THE_WAY_SECONDS = 0.05  # in which the channel layer usually brings what was stored already
Rooms = Mapping[str, Room]  # by slug
logger = logging.getLogger(__name__)


class Look(Protocol):
    """How the housekeeper learns which rooms to poll."""

    def hurry(self) -> None:
        """Look at the next call: the channel layer has lost something."""

    async def behind(self, rooms: Rooms, seconds: float) -> set[str]:
        """The slugs of the rooms to poll. A storage that hangs is waited for no longer than so many seconds."""


def look_for(store: Store, executor: SerialExecutor) -> Look:
    """What fits the store."""
    return StoreLook(store, executor) if isinstance(store, LookingStore) else LogLook(executor)


class LogLook:
    """Asks each log whether it has changed. A call in a thread for each room would cost ten times as much.

    While a file system hangs, so does that call; then all rooms are polled, each by its own executor.
    """

    def __init__(self, executor: SerialExecutor) -> None:
        self._executor = executor
        self._running: asyncio.Future[set[str]] | None = None

    def hurry(self) -> None:
        """It looks at each call anyway."""

    async def behind(self, rooms: Rooms, seconds: float) -> set[str]:
        """See `Look`."""
        if self._running is None or self._running.done():
            self._running = self._executor.run(partial(_behind_log, rooms))
        await asyncio.wait([self._running], timeout=seconds)
        return self._running.result() if self._running.done() else set(rooms)


def _behind_log(rooms: Rooms) -> set[str]:
    return {slug for slug, room in rooms.items() if _is_behind_log(room)}


def _is_behind_log(room: Room) -> bool:
    try:
        return room.feed.is_behind_log
    except Exception:  # the poll of the room raises it again
        return True


class StoreLook:
    """Asks the store for the newest ids of all rooms. While it does not answer no room is polled."""

    def __init__(self, store: LookingStore, executor: SerialExecutor) -> None:
        self._store = store
        self._executor = executor
        self._running: asyncio.Future[Newest] | None = None
        self._asked: dict[str, int] = {}  # what was delivered when the question was asked: last ids, by slug
        self._due = 0.0
        self._error = ""

    def hurry(self) -> None:
        """See `Look`."""
        self._due = 0.0

    async def behind(self, rooms: Rooms, seconds: float) -> set[str]:
        """See `Look`."""
        if self._running is None:
            if not rooms or loop_time() < self._due:
                return set()
            self._due = loop_time() + random.uniform(*LOOK_SECONDS)  # noqa: S311 (spreads the load)
            self._asked = {slug: room.feed.last_delivered_id for slug, room in rooms.items()}
            self._running = self._executor.run(partial(self._look, list(rooms)))
        await asyncio.wait([self._running], timeout=seconds)
        if not self._running.done():
            return set()
        running, self._running = self._running, None
        newest = self._result(running)
        return set() if newest is None else await self._compared(rooms, newest)

    def _look(self, slugs: list[str]) -> "Newest":
        with counted.QUERIES["look"].timed():
            return self._store.look(slugs)

    def _result(self, running: "asyncio.Future[Newest]") -> "Newest | None":
        try:
            newest = running.result()
        except Exception as error:
            if str(error) != self._error:  # logged once, not at each look
                traceback = traceback_of(error)
                logger.error("storage cannot be asked for new events: %s", error, exc_info=traceback)
            self._error = str(error)
            return None
        self._error = ""
        return newest

    async def _compared(self, rooms: Rooms, newest: "Newest") -> set[str]:
        """The rooms that differ, also a moment later."""
        asked = self._asked
        differ = {slug for slug in asked if slug in rooms and _differs(rooms[slug], asked[slug], newest.get(slug))}
        if differ:
            await asyncio.sleep(ON_THE_WAY_SECONDS)
        return {slug for slug in differ if _differs(rooms[slug], asked[slug], newest.get(slug))}


Newest = dict[str, tuple[str, int]]  # epoch and last id, by slug


def _differs(room: Room, last_id_before: int, newest: tuple[str, int] | None) -> bool:
    """Whether a room lacks events, or its ids went back. `last_id_before`: what was delivered before the question."""
    if newest is None:
        return room.log.exists
    epoch, last_id = newest
    return epoch != room.feed.epoch or last_id > room.feed.last_delivered_id or last_id < last_id_before
