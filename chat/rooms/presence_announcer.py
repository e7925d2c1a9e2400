"""Tells the clients of a room who joined and left, several changes in one frame."""

import asyncio

from chat.entrance.loop_clock import loop_time
from chat.rooms.connections import Connections
from chat.rooms.presence import People
from chat.wire.protocol import RenamedFrame


class PresenceAnnouncer:
    """A timer for the next presence frame of one room."""

    def __init__(self, people: People, connections: Connections) -> None:
        self._people = people
        self._connections = connections
        self._timer: asyncio.TimerHandle | None = None

    def schedule(self) -> None:
        """Set the timer to when the next changes are due, unless it is set to an earlier time."""
        delay = self._people.seconds_until_changes(loop_time())
        if delay is None or (self._timer is not None and self._timer.when() <= loop_time() + delay):
            return
        self.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay, self._announce)

    def cancel(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _announce(self) -> None:
        self._timer = None
        changes = self._people.pop_changes(loop_time())
        if changes is not None:
            self._connections.broadcast_soon(changes)
            for person in self._people.pop_renamed():
                self._connections.send_to(person, RenamedFrame(you=person.you))
        self.schedule()
