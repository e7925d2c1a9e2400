"""People who talk in a room whatever happens to their connection, and do what docs/protocol.md asks of clients.

people = [Person(server.ws_url, "lobby", f"person-{number}", cookie) for ...]
async with present(people):
    ...  # the disaster
    await settled(people)
assert violations([person.story for person in people], records(storage, "lobby")) == []
"""

import asyncio
import contextlib
import json
import math
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException

from tests.support.core.doubles import until
from tests.support.live_server import Client
from tests.support.servers.history_checker import ROOM_RECORD, Event, Story

PATIENCE = 1.5  # seconds without a frame, after which a connection is given up
WINDOW = 20  # messages under way at a time, if nothing else is asked for
BACK_OFF = 0.02  # seconds, after a connection that failed
# As fast and as many as the machine allows, and whoever comes back is never told to begin anew.
UNLIMITED = {"CHAT_RATE": "0", "CHAT_MAX_CONNECTIONS_PER_ADDRESS": "0", "CHAT_RESUME_MAX": "1000000"}


class Refused(Exception):
    """A message was not taken, for the moment."""


class Person:
    """Somebody who says one thing after the other, while `talking`, and hears what the others say."""

    def __init__(
        self, ws_url: str, room: str, name: str, cookie: Mapping[str, str], *, patience: float = PATIENCE
    ) -> None:
        self.ws_url = ws_url
        self.story = Story(name)
        self.talking = True
        self.window = WINDOW
        self.most = math.inf  # frames that come before the person leaves a connection that is well
        self.joins = 0
        self.broken = 0  # connections that ended before the person wanted it
        self.unacknowledged: dict[str, str] = {}  # client_id -> text, in the order in which it was said
        self._room = room
        self.cookie = cookie
        self._patience = patience
        self._epoch = ""
        self._client: Client | None = None
        self._sent: set[str] = set()  # on this connection

    async def stay(self) -> None:
        """Come back after each connection, until cancelled."""
        while True:
            await self.visit()

    async def visit(self) -> None:
        """One connection, until it breaks, is silent for too long, or the person leaves."""
        try:
            async with asyncio.timeout(self._patience) as limit:
                await self._talk(limit)
        except (OSError, WebSocketException, Refused):  # a timeout is an OSError
            self.broken += 1
            await asyncio.sleep(BACK_OFF)

    async def _talk(self, limit: asyncio.Timeout) -> None:
        async with Client(self.ws_url, self._room, headers=self.cookie, watchful=False, **self._place()) as client:
            try:
                self.joins += 1
                self._client = client
                self._sent.clear()
                self.take(client.welcome)
                await self._speak(client)
                left = self.most
                async for frame in client:
                    limit.reschedule(asyncio.get_running_loop().time() + self._patience)
                    self.take(frame)
                    await self._speak(client)
                    if (left := left - 1) <= 0:
                        return
            finally:
                self._client = None
                client.abort()

    def _place(self) -> dict[str, object]:
        """Where to go on. Who has heard nothing has nothing of another epoch either."""
        if not self._epoch:
            return {}
        return {"since": self.story.last, **({"epoch": self._epoch} if self.story.last > ROOM_RECORD else {})}

    def _arrive(self, welcome: dict[str, Any]) -> None:
        # With nothing heard yet it may: another server made the room's file meanwhile.
        assert "reset" not in welcome or self.story.last == ROOM_RECORD, f"{self.story.name} was told to begin anew"
        if not self._epoch:
            self.story.begun = welcome["last_id"]
        self._epoch = welcome["epoch"]

    async def _speak(self, client: Client) -> None:
        """Again what was not acknowledged, then something new."""
        while self.talking and len(self.unacknowledged) < self.window:
            number = len(self.story.said)
            self.resolve(f"{self.story.name} says {number} " + "€" * (number % 50))
        for client_id, text in [item for item in self.unacknowledged.items() if item[0] not in self._sent]:
            self._sent.add(client_id)
            await client.send(type="message", message=text, client_id=client_id)

    async def say(self, text: str) -> None:
        """Now, or when the person is back."""
        self.resolve(text)
        if self._client is not None:
            await self._speak(self._client)

    def resolve(self, text: str) -> str:
        """Have something to say, until it is acknowledged; its client_id."""
        client_id = uuid.uuid4().hex
        self.story.said[client_id] = self.unacknowledged[client_id] = text
        return client_id

    def take(self, frame: dict[str, Any]) -> None:
        """A frame that came."""
        if frame["type"] == "error":
            assert frame["retry"], frame
            raise Refused
        if frame["type"] == "welcome":
            self._arrive(frame)
        if "id" in frame:
            self._hear(Event.of(frame))

    def _hear(self, event: Event) -> None:
        client_id = event.client_id or ""
        repeated = client_id in self._sent and event.id <= self.story.last
        if client_id in self.story.said:
            self.story.acknowledged[client_id] = event.id
            self.unacknowledged.pop(client_id, None)
        if repeated:  # the answer to a message that was stored already, for its author alone
            self._sent.discard(client_id)
        else:
            self.story.heard.append(event)


@contextlib.asynccontextmanager
async def present(people: Sequence[Person]) -> AsyncIterator[None]:
    """All of them stay in the room inside the block."""
    async with asyncio.TaskGroup() as group:
        staying = [group.create_task(person.stay()) for person in people]
        yield
        for task in staying:
            task.cancel()


async def here(people: Sequence[Person]) -> None:
    """Wait until all of them have been welcomed."""
    await until(lambda: all(person.joins for person in people), "everybody is here")


async def reached(count: Callable[[], int], goal: int) -> None:
    """Wait until something was counted so often, for as long as the count rises."""
    while (now := count()) < goal:
        await until(lambda now=now: count() > now, f"more than {now} of {goal}")


async def settled(people: Sequence[Person]) -> None:
    """Nobody says anything new; wait until all is acknowledged and heard by everybody, for as long as it gets more."""
    for person in people:
        person.talking, person.most = False, math.inf

    def is_settled() -> bool:
        return not any(person.unacknowledged for person in people) and len({p.story.last for p in people}) == 1

    def progress() -> int:
        return sum(person.story.last - len(person.unacknowledged) for person in people)

    while not is_settled():
        now = progress()
        await until(lambda now=now: is_settled() or progress() > now, "everything acknowledged and heard")


def stories(people: Sequence[Person]) -> list[Story]:
    """For the checker."""
    return [person.story for person in people]


def records(storage: Path, room: str) -> list[dict[str, Any]]:
    """What a room's file keeps, as its owner would read it."""
    content: list[dict[str, Any]] = json.loads((storage / f"{room}.json").read_text(encoding="utf-8"))
    return content
