"""Tells clients and other processes who joined and left a room, several changes in one frame or message."""

import asyncio
from typing import Any

from chat.entrance.loop_clock import loop_time
from chat.entrance.request_id import shared_task
from chat.rooms.channel_group import ChannelGroup
from chat.rooms.connections import Connections
from chat.rooms.person import Person
from chat.rooms.presence import People
from chat.rooms.processes import Processes
from chat.rooms.rosters import Message, Rosters
from chat.wire.protocol import RenamedFrame, TypingFrame

ANSWER_SECONDS = 0.05  # in which the questions of several processes get one answer
LISTEN_SECONDS = 0.3  # in which other processes answer who is there, before the first person of this one comes in
PRESENCE, TYPING = "room.presence", "room.typing"  # the types of messages to other processes


class PresenceAnnouncer:
    """A timer for the next presence frame of one room, and what goes to other processes at the same time."""

    def __init__(
        self,
        room: str,
        people: People,
        rosters: Rosters,
        connections: Connections,
        group: ChannelGroup,
        processes: Processes,
    ) -> None:
        self._room = room
        self._people = people
        self._rosters = rosters
        self._connections = connections
        self._group = group
        self._processes = processes
        self._timer: asyncio.TimerHandle | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._answered: asyncio.Event | None = None  # while somebody waits in `hear_of_others`
        group.on_message(PRESENCE, self._on_presence)
        group.on_message(TYPING, self._on_typing)

    def schedule(self) -> None:
        """Set the timer to when the next changes are due, unless it is set to an earlier time."""
        delay = ANSWER_SECONDS if self._rosters.is_urgent else self._people.seconds_until_changes(loop_time())
        if delay is None or (self._timer is not None and self._timer.when() <= loop_time() + delay):
            return
        self.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay, self._announce)

    def cancel(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def hear_of_others(self) -> None:
        """Before the first person of this process gets a name: learn whom others have here, and so what is taken."""
        others = self._processes.with_people_in(self._room)
        if others and self._rosters.sharing and self._group.reaches_others:
            await self._group.join()
            await self._ask(others)

    async def _ask(self, processes: list[str]) -> None:
        """Wait until these processes have told of their people, but not for long. Who comes meanwhile waits too."""
        answered = self._answered
        if answered is None:
            answered = self._answered = asyncio.Event()
            self._rosters.ask(processes, loop_time())
            self._send(PRESENCE, self._rosters.take_messages())
        try:
            async with asyncio.timeout(LISTEN_SECONDS):
                await answered.wait()
        except TimeoutError:  # they have ended, or stand still
            pass
        finally:
            self._answered = None

    @property
    def is_asking(self) -> bool:
        """Whether somebody waits in `hear_of_others`."""
        return self._answered is not None

    def typing(self, person: Person) -> None:
        """Tell the others that a person is typing."""
        self._connections.broadcast_soon(TypingFrame(username=person.username), excluding=person)
        if self._rosters.has_listeners:
            typing = {"process": self._rosters.process, "author": person.author, "username": person.username}
            self._send(TYPING, [typing])

    def _announce(self) -> None:
        self._timer = None
        changes = self._people.pop_changes(loop_time())
        if changes is not None:
            self._connections.broadcast_soon(changes)
            for person in self._people.pop_renamed():
                self._connections.send_to(person, RenamedFrame(you=person.you))
        self._processes.have_news |= self._rosters.is_new
        if messages := self._rosters.take_messages():
            self._send(PRESENCE, messages)
        self.schedule()

    def _send(self, message_type: str, messages: list[Message]) -> None:
        task = shared_task(self._send_all(message_type, messages))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send_all(self, message_type: str, messages: list[Message]) -> None:
        for message in messages:
            await self._group.send(message_type, **message)

    async def _on_presence(self, message: dict[str, Any]) -> None:
        self._processes.mention(message["process"], loop_time())
        self._rosters.receive(message, loop_time())
        if self._answered is not None and self._rosters.is_answered:
            self._answered.set()
        self.schedule()

    async def _on_typing(self, message: dict[str, Any]) -> None:
        if message["process"] != self._rosters.process:
            person = self._people.get(message["author"])
            username = person.username if person else message["username"]
            self._connections.broadcast_soon(TypingFrame(username=username), excluding=person)
