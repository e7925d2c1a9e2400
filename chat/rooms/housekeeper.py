"""A background task for the open rooms: polls their logs, renews group memberships, closes idle rooms."""

import asyncio
import logging

from chat.entrance.loop_clock import loop_time
from chat.rooms.open_rooms import OpenRooms
from chat.rooms.room import Room
from chat.rooms.storage_errors import traceback_of

POLL_SECONDS = 0.5  # between two polls of each log, for what commands and other servers wrote
RENEW_SECONDS = 10.0  # between two renewals of the group memberships
logger = logging.getLogger(__name__)


class Housekeeper:
    """Runs from the first use of a room until it is cancelled."""

    def __init__(self, open_rooms: OpenRooms) -> None:
        self._open_rooms = open_rooms
        self._task: asyncio.Task[None] | None = None

    def ensure_running(self) -> None:
        """Start the task, if it is not running."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def cancel(self) -> None:
        """End the task. Python 3.11 can crash over a task that is pending when the process ends."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        renewed_at = loop_time()
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self._poll_all()
            if loop_time() - renewed_at > RENEW_SECONDS:
                renewed_at = loop_time()
                await self._renew_memberships()

    async def _poll_all(self) -> None:  # not inline: a local variable of `_run` would keep a closed room
        for slug, room in self._open_rooms:
            try:
                await self._poll(slug, room)
                await self._open_rooms.close_if_idle(slug, room)
            except Exception:  # whatever it is, the other rooms have their turn
                logger.exception("housekeeping of room %s failed", slug)
        try:
            await self._open_rooms.close_excess()
        except OSError:
            logger.exception("a room could not be closed")

    async def _poll(self, slug: str, room: Room) -> None:
        try:
            await room.poll_log()
            room.poll_error = ""
        except Exception as error:
            if str(error) != room.poll_error:  # logged once, not twice a second
                logger.error("room %s cannot be polled: %s", slug, error, exc_info=traceback_of(error))
            room.poll_error = str(error)

    async def _renew_memberships(self) -> None:
        for slug, room in self._open_rooms:
            try:
                await room.channel_group.renew()
            except Exception:
                logger.exception("room %s: the channel layer does not answer", slug)
