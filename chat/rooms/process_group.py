"""The group of all processes in the channel layer: leases, what changes in rooms, and what addresses spend.

Once a second this process looks which leases have ended, and tells the others what they have to know. While it is
alone, it sends nothing but its own lease, so that a new process is found.
"""

import asyncio
import logging
import random
from collections.abc import Iterable, Iterator
from typing import Any

from channels.layers import BaseChannelLayer

from chat.entrance.loop_clock import loop_time
from chat.entrance.request_id import shared_task
from chat.entrance.shared_limits import SharedLimits
from chat.rooms.carrier import Carrier
from chat.rooms.channel_group import ChannelGroup
from chat.rooms.open_rooms import OpenRooms
from chat.rooms.presence import GRACE_SECONDS
from chat.rooms.processes import (
    LEASE_ENDS_SECONDS,
    LEASE_SECONDS,
    Digest,
    PersonElsewhere,
    Processes,
    RoomState,
)
from chat.rooms.room import Room
from chat.wire.protocol import RoomNumbers

GROUP = "processes"
LEASE, USAGE, NEWS = "process.lease", "process.usage", "process.news"  # the types of its messages
TICK_SECONDS = 1.0
RENEW_SECONDS = 20.0  # between two renewals of the group membership
HURRY_SECONDS = 0.1  # in which the leases of several new processes get one answer
MAX_LEASES = 10  # in one tick, to name all rooms soon
MAX_EARLY = 16  # other processes that hear of a room with its first person at once; more would get too many leases
MAX_NEWS = 30  # rooms in one message: 11 KB at most
MAX_PEOPLE_BYTES = 4 * 1024  # of the first people that a lease names
logger = logging.getLogger(__name__)


class ProcessGroup:
    """This process among the others. Runs from the first use of a room until it is stopped."""

    def __init__(
        self,
        layer: BaseChannelLayer,
        carrier: Carrier,
        processes: Processes,
        open_rooms: OpenRooms,
        limits: SharedLimits,
    ) -> None:
        self._carrier = carrier
        self._processes = processes
        self._open_rooms = open_rooms
        self._limits = limits
        self._digest = Digest()
        self._leases = 0  # how many were sent
        self._lease_due = 0.0
        self._names_all_rooms = False  # the next leases do, as fast as they can
        self._outages = 0  # of the carrier, after which all rooms were named
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._group = ChannelGroup(layer, GROUP)
        self._group.on_message(LEASE, self._on_lease)
        self._group.on_message(USAGE, self._on_usage)
        self._group.on_message(NEWS, self._on_news)
        open_rooms.news.share_with(self)

    def ensure_running(self) -> None:
        """Join the group, if that has not begun."""
        if self._task is None:
            self._task = shared_task(self._run())

    async def stop(self) -> None:
        """End the lease: the people of this process have as long as for every reconnect until they have left."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait([self._task])
        self._task = None
        await self._send(LEASE, **self._lease([], GRACE_SECONDS))
        await self._group.leave()

    async def _run(self) -> None:
        await self._group.join()
        ticked_at, renewed_at = loop_time(), loop_time()
        while True:
            seconds, ticked_at = loop_time() - ticked_at, loop_time()
            try:
                await self._tick(seconds)
            except Exception:  # a fault of ours must not end the lease: all people of this process would leave
                logger.exception("other processes could not be told everything")
            if ticked_at - renewed_at > RENEW_SECONDS:
                renewed_at = ticked_at
                await self._group.renew()
            await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(TICK_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return
        await asyncio.sleep(random.uniform(0, HURRY_SECONDS))  # noqa: S311 (several processes may answer one)
        self._wake.clear()

    def _hurry(self) -> None:
        """Somebody does not know which people this process has."""
        self._names_all_rooms = True
        self._wake.set()

    async def _tick(self, seconds: float) -> None:
        """`seconds`: since the last tick."""
        is_available, outages = self._carrier.is_available, self._carrier.counters.get("outages", 0)
        if not is_available or seconds > 2 * TICK_SECONDS:  # it stood still: what others sent is still to be read
            self._processes.postpone(seconds)
        if is_available and outages != self._outages:  # what it told meanwhile is lost
            self._outages, self._names_all_rooms = outages, True
        self._drop_ended()
        await self._send_leases()
        if len(self._processes) and (usage := self._limits.take_usage()):
            await self._send(USAGE, usage=usage)

    def _drop_ended(self) -> None:
        for process in self._processes.expire(loop_time()):
            self._limits.drop(process)
            for room in self._rooms():
                room.rosters.drop(process)
                if not len(self._processes):
                    room.rosters.stop_sharing()
                room.presence.schedule()

    def _rooms(self) -> Iterator[Room]:
        return (room for _, room in self._open_rooms)

    async def _send(self, message_type: str, **fields: Any) -> None:
        await self._group.send(message_type, process=self._processes.id, **fields)

    # Leases

    async def _send_leases(self) -> None:
        has_news = self._processes.have_news and len(self._processes) <= MAX_EARLY
        is_due = loop_time() >= self._lease_due or self._names_all_rooms or has_news
        if not is_due and not (len(self._processes) and self._limits.have_crowds_changed):
            return
        self._lease_due = loop_time() + LEASE_SECONDS
        self._processes.have_news = False
        states = self._states()
        for _ in range(MAX_LEASES):
            await self._send(LEASE, **self._lease(self._digest.take(states), LEASE_ENDS_SECONDS))
            if self._digest.is_cycle_done or not self._names_all_rooms:
                self._names_all_rooms = False
                break

    def _states(self) -> dict[str, RoomState]:
        if not len(self._processes):
            return {}
        return {slug: RoomState(slug, room.rosters.version, room.people.number_here) for slug, room in self._open_rooms}

    def _lease(self, states: list[RoomState], seconds: float) -> dict[str, Any]:
        self._leases += 1
        alone = not len(self._processes)
        return {
            "seconds": seconds,
            "lease": self._leases,
            "cycle": self._digest.cycle,
            "rooms": states,
            "people": [] if alone else self._first_people(),
            "crowds": {} if alone else self._limits.take_crowds(),
        }

    def _first_people(self) -> list[PersonElsewhere]:
        people: list[PersonElsewhere] = []
        size = 0
        for slug, room in self._open_rooms:
            for member in room.people.members_here():
                size += len(room.name.encode()) + len(member.username.encode()) + len(slug) + len(member.author)
                if size > MAX_PEOPLE_BYTES:
                    return people
                people.append(PersonElsewhere(slug, room.name, member.author, member.username))
        return people

    async def _on_lease(self, message: dict[str, Any]) -> None:
        process = message["process"]
        if process == self._processes.id:
            return
        if self._processes.hear(process, message["seconds"], loop_time()):
            self._on_new_process()
        states = [RoomState(*state) for state in message["rooms"]]
        has_cycle_ended = self._processes.take_rooms(process, message["lease"], message["cycle"], states)
        self._processes.take_people(process, [PersonElsewhere(*person) for person in message["people"]])
        self._limits.set_crowds(process, message["crowds"])
        self._compare(process, states)
        if has_cycle_ended:
            self._drop_left(process)

    def _on_new_process(self) -> None:
        if len(self._processes) == 1:
            self._limits.skip_usage()
            for room in self._rooms():
                room.rosters.start_sharing()
        self._hurry()

    def _compare(self, process: str, states: Iterable[RoomState]) -> None:
        for state in states:
            room = self._open_rooms.peek(state.room)
            if room is not None and room.channel_group.is_member:
                room.rosters.compare(process, state.version, state.number, loop_time())
                room.presence.schedule()

    def _drop_left(self, process: str) -> None:
        known = {slug: room for slug, room in self._open_rooms if room.rosters.has_claims_of(process)}
        for slug in self._processes.left_rooms(process, known):
            known[slug].rosters.drop(process)
            known[slug].presence.schedule()

    # Addresses, and news of rooms

    async def _on_usage(self, message: dict[str, Any]) -> None:
        if message["process"] != self._processes.id:
            self._limits.charge(message["usage"], loop_time())

    @property
    def has_others(self) -> bool:
        """Whether there is somebody to tell."""
        return bool(len(self._processes))

    async def tell(self, rooms: list[RoomNumbers]) -> None:
        """Tell other processes what changed in rooms."""
        for start in range(0, len(rooms), MAX_NEWS):
            part = rooms[start : start + MAX_NEWS]
            rows = [[each.room, each.name, each.last_id, each.messages, each.cleared] for each in part]
            await self._send(NEWS, rooms=rows)

    async def _on_news(self, message: dict[str, Any]) -> None:
        if message["process"] != self._processes.id:
            self._open_rooms.news.heard([RoomNumbers(*row) for row in message["rooms"]])
