"""A client that posts until it is acknowledged, whatever the owner does to the room's file meanwhile.

It does what docs/protocol.md asks of clients: it resumes with `since` and `epoch`, begins anew when it is told `reset`,
and sends again what was refused with `retry: true`. Its user is stubborn: what was refused for good is sent again too.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import WebSocketException

from tests.support.live_server import Client
from tests.support.servers.epoch_checker import Acknowledgement, EpochChecker
from tests.support.servers.history_checker import Event

SILENCE_TIMEOUT_SECONDS = 5.0  # without a frame; then the client reconnects
RECONNECT_DELAY_SECONDS = 0.1
RETRY_SECONDS = 0.1  # after a refusal
ANSWER_TIMEOUT_SECONDS = 2.0  # after which a message without an answer is sent again


@dataclass
class _Pending:
    """A message that was not acknowledged yet, and when to send it (again)."""

    text: str
    asked_at: float
    due: float = 0.0


@dataclass
class PersistentClient:
    """`view` is what its user sees: every event since the last reset, or since it joined first."""

    ws_url: str
    room: str
    name: str
    cookie: Mapping[str, str]
    epochs: EpochChecker
    pause: float = 0.1  # seconds between two messages
    is_posting: bool = True
    epoch: str = ""
    last_id: int = 0
    resets: int = 0
    sent: dict[str, str] = field(default_factory=dict)  # client_id -> text
    acknowledged: list[Acknowledgement] = field(default_factory=list)
    view: dict[int, Event] = field(default_factory=dict)
    refusal: dict[str, Any] = field(default_factory=dict)  # the last error with `retry: false`
    pending: dict[str, _Pending] = field(default_factory=dict)  # by client_id

    async def run(self) -> None:
        """Reconnect after each connection, until cancelled."""
        while True:
            with contextlib.suppress(OSError, WebSocketException):  # a timeout is an OSError
                async with asyncio.timeout(SILENCE_TIMEOUT_SECONDS) as limit:
                    await self._converse(limit)
            await asyncio.sleep(RECONNECT_DELAY_SECONDS)

    async def _converse(self, limit: asyncio.Timeout) -> None:
        position = {"since": self.last_id, "epoch": self.epoch} if self.epoch else {}
        client = Client(self.ws_url, self.room, headers=self.cookie, keepalive=False, **position)
        try:
            async with client:
                await self._exchange(client, position, limit)
        finally:
            self._note_refusals(client)

    async def _exchange(self, client: Client, position: Mapping[str, object], limit: asyncio.Timeout) -> None:
        self._on_welcome(client.welcome, position)
        for message in self.pending.values():
            message.due = 0.0
        posting = asyncio.create_task(self._post(client))
        try:
            async for frame in client:
                limit.reschedule(asyncio.get_running_loop().time() + SILENCE_TIMEOUT_SECONDS)
                self._handle(frame)
        finally:
            posting.cancel()
            client.abort()

    async def _post(self, client: Client) -> None:
        while True:
            if self.is_posting and not self.pending:
                self.queue()
            now = asyncio.get_running_loop().time()
            for client_id, message in list(self.pending.items()):
                if message.due <= now:
                    message.due = now + ANSWER_TIMEOUT_SECONDS
                    await client.send(type="message", message=message.text, client_id=client_id)
            await asyncio.sleep(self.pause)

    def queue(self) -> str:
        """Have one more message to post; its client_id."""
        client_id = uuid.uuid4().hex
        text = self.sent[client_id] = f"{self.name} says {len(self.sent)} größer"
        self.pending[client_id] = _Pending(text, asyncio.get_running_loop().time())
        return client_id

    def _handle(self, frame: Mapping[str, Any]) -> None:
        if frame["type"] == "error":
            self._on_error(frame)
        elif frame["type"] == "welcome":
            self._on_welcome(frame, {})
        elif frame["type"] == "history":
            for event in frame["events"]:
                self._on_event(Event.of(event))
        elif "id" in frame:
            self._on_event(Event.of(frame))

    def _on_welcome(self, welcome: Mapping[str, Any], position: Mapping[str, object]) -> None:
        if position and "reset" not in welcome:
            self.epochs.resumed(self.name, position, welcome)
            return
        self.resets += "reset" in welcome
        self.epoch, self.last_id, self.view = welcome["epoch"], welcome["last_id"], {}

    def _on_event(self, event: Event) -> None:
        self.epochs.saw(self.name, self.epoch, event)
        self.view[event.id] = event
        self.last_id = max(self.last_id, event.id)
        message = self.pending.pop(event.client_id or "", None)
        if message is not None:
            self.acknowledged.append(Acknowledgement(event.client_id or "", self.epoch, event.id, message.asked_at))

    def _on_error(self, error: Mapping[str, Any]) -> None:
        if not error["retry"]:
            self.refusal = dict(error)
        message = self.pending.get(error.get("client_id", ""))
        if message is not None:
            message.due = asyncio.get_running_loop().time() + RETRY_SECONDS

    def _note_refusals(self, client: Client) -> None:
        """The room may have been refused before the welcome."""
        if not client.welcome:
            for frame in client.frames:
                self._handle(frame)


@contextlib.asynccontextmanager
async def running(clients: Sequence[PersistentClient]) -> AsyncIterator[None]:
    """All of them run inside the block."""
    tasks = [asyncio.create_task(client.run()) for client in clients]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()  # raises what has ended it
