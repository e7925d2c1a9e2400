"""Clients that post and receive whatever happens to their connection, and do what docs/protocol.md asks of clients.

clients = [ReconnectingClient(server.ws_url, "lobby", f"client-{number}", cookie) for ...]
async with running(clients):
    ...  # the disaster
    await wait_until_delivered(clients)
assert violations(histories(clients), records(storage, "lobby")) == []
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
from tests.support.servers.history_checker import ROOM_RECORD, ClientHistory, Event

SILENCE_TIMEOUT_SECONDS = 1.5  # without a frame; then the client gives the connection up
MAX_UNACKNOWLEDGED = 20  # messages, by default
RECONNECT_DELAY_SECONDS = 0.02
# Neither rate nor number of connections is limited, and no client that reconnects is told to reset.
NO_LIMITS = {"CHAT_RATE": "0", "CHAT_MAX_CONNECTIONS_PER_ADDRESS": "0", "CHAT_RESUME_MAX": "1000000"}


class Refused(Exception):
    """The server refused a message for the moment."""


class ReconnectingClient:
    """Posts one message after the other, while `is_sending`, and records what it receives in `history`."""

    def __init__(
        self,
        ws_url: str,
        room: str,
        name: str,
        cookie: Mapping[str, str],
        *,
        silence_timeout: float = SILENCE_TIMEOUT_SECONDS,
    ) -> None:
        self.ws_url = ws_url
        self.history = ClientHistory(name)
        self.is_sending = True
        self.max_unacknowledged = MAX_UNACKNOWLEDGED
        self.max_frames = math.inf  # received, before the client leaves an intact connection
        self.joins = 0
        self.broken_connections = 0
        self.unacknowledged: dict[str, dict[str, Any]] = {}  # client_id -> frame, in the order of sending
        self.cookie = cookie
        self._room = room
        self._silence_timeout = silence_timeout
        self._epoch = ""
        self._client: Client | None = None
        self._sent: set[str] = set()  # client_ids, on this connection

    async def run(self) -> None:
        """Reconnect after each connection, until cancelled."""
        while True:
            await self.connect_once()

    async def connect_once(self) -> None:
        """One connection, until it breaks, is silent for too long, or the client leaves."""
        try:
            async with asyncio.timeout(self._silence_timeout) as limit:
                await self._converse(limit)
        except (OSError, WebSocketException, Refused):  # a timeout is an OSError
            self.broken_connections += 1
            await asyncio.sleep(RECONNECT_DELAY_SECONDS)

    async def _converse(self, limit: asyncio.Timeout) -> None:
        query = self._resume_position()
        async with Client(self.ws_url, self._room, headers=self.cookie, keepalive=False, **query) as client:
            try:
                self.joins += 1
                self._client = client
                self._sent.clear()
                self.handle(client.welcome)
                await self._send_pending(client)
                left = self.max_frames
                async for frame in client:
                    limit.reschedule(asyncio.get_running_loop().time() + self._silence_timeout)
                    self.handle(frame)
                    await self._send_pending(client)
                    if (left := left - 1) <= 0:
                        return
            finally:
                self._client = None
                client.abort()

    def _resume_position(self) -> dict[str, object]:
        """A client that has received no event has none of another epoch either."""
        if not self._epoch:
            return {}
        last = self.history.last_id
        return {"since": last, **({"epoch": self._epoch} if last > ROOM_RECORD else {})}

    def _on_welcome(self, welcome: dict[str, Any]) -> None:
        # A client without events may be: another server made the room's file meanwhile.
        is_first = self.history.last_id == ROOM_RECORD
        assert "reset" not in welcome or is_first, f"{self.history.name} was told to reset"
        if not self._epoch:
            self.history.start_id = welcome["last_id"]
        self._epoch = welcome["epoch"]

    async def _send_pending(self, client: Client) -> None:
        """Send again what was not acknowledged, then new messages."""
        while self.is_sending and len(self.unacknowledged) < self.max_unacknowledged:
            self.queue_next()
        for client_id, frame in [item for item in self.unacknowledged.items() if item[0] not in self._sent]:
            self._sent.add(client_id)
            await client.send(**frame)

    def queue_next(self) -> None:
        """Have something more to send."""
        number = len(self.history.sent)
        self.queue(f"{self.history.name} says {number} " + "€" * (1 + number % 50))

    async def say(self, text: str) -> None:
        """Post now, or after the next reconnect."""
        self.queue(text)
        if self._client is not None:
            await self._send_pending(self._client)

    def queue(self, text: str) -> str:
        """Have a message to post until it is acknowledged; its client_id."""
        client_id = uuid.uuid4().hex
        self.history.sent[client_id] = text
        self.unacknowledged[client_id] = {"type": "message", "message": text, "client_id": client_id}
        return client_id

    def handle(self, frame: dict[str, Any]) -> None:
        """A received frame."""
        if frame["type"] == "error":
            assert frame["retry"], frame
            raise Refused
        if frame["type"] == "welcome":
            self._on_welcome(frame)
        if "id" in frame:
            self._on_event(Event.of(frame))

    def _on_event(self, event: Event) -> None:
        client_id = event.client_id or ""
        is_repeat = client_id in self._sent and event.id <= self.history.last_id
        if client_id in self.history.sent:
            self.history.acknowledged[client_id] = event.id
            self.unacknowledged.pop(client_id, None)
        if is_repeat:  # the answer to a message that was stored already, for its author alone
            self._sent.discard(client_id)
            self.history.answers.append(event)
        else:
            self.history.received.append(event)


@contextlib.asynccontextmanager
async def running(clients: Sequence[ReconnectingClient]) -> AsyncIterator[None]:
    """All of them run inside the block."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.run()) for client in clients]
        yield
        for task in tasks:
            task.cancel()


async def all_joined(clients: Sequence[ReconnectingClient]) -> None:
    """Wait until all of them have been welcomed."""
    await until(lambda: all(client.joins for client in clients), "every client has joined")


async def everybody_hears_everybody(clients: Sequence[ReconnectingClient]) -> None:
    """Wait until each client has received something that each other one has sent after this call."""
    sent = {client.history.name: len(client.history.acknowledged) for client in clients}
    await until(
        lambda: all(len(client.history.acknowledged) > sent[client.history.name] + 2 for client in clients),
        "every client is answered again",
    )
    last = max(max(client.history.acknowledged.values()) for client in clients)
    await until(lambda: all(client.history.last_id >= last for client in clients), "everybody has what was sent")


async def count_reached(count: Callable[[], int], goal: int) -> None:
    """Wait until a count reaches the goal. Fails when the count no longer rises."""
    while (now := count()) < goal:
        await until(lambda now=now: count() > now, f"more than {now} of {goal}")


async def wait_until_delivered(clients: Sequence[ReconnectingClient]) -> None:
    """Stop sending; wait until everything is acknowledged and received by all. Fails without progress."""
    for client in clients:
        client.is_sending, client.max_frames = False, math.inf

    def is_delivered() -> bool:
        is_acknowledged = not any(client.unacknowledged for client in clients)
        return is_acknowledged and len({client.history.last_id for client in clients}) == 1

    def progress() -> int:
        return sum(client.history.last_id - len(client.unacknowledged) for client in clients)

    while not is_delivered():
        now = progress()
        await until(lambda now=now: is_delivered() or progress() > now, "everything acknowledged and received")


def histories(clients: Sequence[ReconnectingClient]) -> list[ClientHistory]:
    """For the checker."""
    return [client.history for client in clients]


def records(storage: Path, room: str) -> list[dict[str, Any]]:
    """The records of a room's file."""
    content: list[dict[str, Any]] = json.loads((storage / f"{room}.json").read_text(encoding="utf-8"))
    return content
