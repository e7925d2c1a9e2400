"""A background task for the open rooms: polls and maintains their logs, renews memberships, closes idle rooms.

A room that waits for its disk or its lock is tended in a task of its own, and the others go on.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable

from chat.entrance.loop_clock import loop_time
from chat.entrance.request_id import shared_task
from chat.metrics import counted
from chat.rooms.look import Look
from chat.rooms.open_rooms import OpenRooms
from chat.rooms.room import Room
from chat.rooms.storage_errors import traceback_of

POLL_SECONDS = 0.5  # between two polls of each log, for what commands and other servers wrote
GAP_SECONDS = 0.1  # in which one look is made for all that the channel layer has lost
RENEW_SECONDS = 10.0  # between two renewals of the group memberships
logger = logging.getLogger(__name__)


class Housekeeper:
    """Runs from the first use of a room until it is cancelled."""

    def __init__(self, open_rooms: OpenRooms, look: Look) -> None:
        self._open_rooms = open_rooms
        self._look = look
        self._gap = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._tending: dict[str, asyncio.Task[None]] = {}  # by slug

    def ensure_running(self) -> None:
        """Start the task, if it is not running."""
        if self._task is None:
            self._task = shared_task(self._run())

    def look_soon(self) -> None:
        """The channel layer may have lost events."""
        self._gap.set()

    async def cancel(self) -> None:
        """End the tasks. Python 3.11 can crash over a task that is pending when the process ends."""
        if self._task is not None:
            tasks = [self._task, *self._tending.values()]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _run(self) -> None:
        renewed_at = loop_time()
        while True:
            await self._pause()
            try:
                self._tend_all(await self._slugs_behind_log())
                if loop_time() - renewed_at > RENEW_SECONDS:
                    renewed_at = loop_time()
                    await self._renew_memberships()
            except Exception:  # a fault of ours must not end the task: nobody would hear of it
                logger.exception("housekeeping failed")

    async def _pause(self) -> None:
        """Until the next poll is due, or the channel layer has lost something."""
        due = loop_time() + POLL_SECONDS
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._gap.wait()
        except TimeoutError:
            counted.LOOP_DELAYS.observe(loop_time() - due)
        else:
            await asyncio.sleep(random.uniform(0, GAP_SECONDS))  # noqa: S311 (all processes lose a server at once)
            self._gap.clear()
            self._look.hurry()

    def _slugs_behind_log(self) -> Awaitable[set[str]]:
        rooms = {slug: room for slug, room in self._open_rooms if not room.group_commit.busy}
        return self._look.behind(rooms, POLL_SECONDS)

    def _tend_all(self, behind: set[str]) -> None:
        self._open_rooms.expire_excess()
        for slug, room in self._open_rooms:
            if slug in self._tending:
                continue
            wants_work = room.log.wants_maintenance or room.search.wants_maintenance
            wants_to_leave = room.channel_group.is_member and room.is_deserted
            if slug in behind or wants_work or wants_to_leave or self._open_rooms.is_idle(slug, room):
                self._tending[slug] = asyncio.create_task(self._tend(slug, room))
            else:
                room.poll_error = ""

    async def _tend(self, slug: str, room: Room) -> None:
        try:
            await self._poll(slug, room)
            await self._open_rooms.maintain(slug, room)
            await self._open_rooms.continue_search_cache(slug, room)
            await room.maintain_membership()
            await self._open_rooms.close_if_idle(slug, room)
        except Exception:
            logger.exception("housekeeping of room %s failed", slug)
        finally:
            del self._tending[slug]

    async def _poll(self, slug: str, room: Room) -> None:
        try:
            await room.poll_log()
            room.poll_error = ""
        except Exception as error:
            counted.POLLS_FAILED.value += 1
            if str(error) != room.poll_error:  # logged once, not twice a second
                logger.error("room %s cannot be polled: %s", slug, error, exc_info=traceback_of(error))
            room.poll_error = str(error)

    async def _renew_memberships(self) -> None:
        for _, room in self._open_rooms:
            if room.channel_group.is_member:
                await room.channel_group.renew()
