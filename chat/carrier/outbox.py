"""Publishes what this process sends, in order, on a connection of its own. Nobody waits for it."""

import asyncio
import contextlib
from collections import deque
from typing import NamedTuple

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from chat.carrier.outage import Outage
from chat.carrier.server import TIMEOUT_SECONDS, RedisServer, retry_seconds

MAX_QUEUED_BYTES = 1024 * 1024  # past it the oldest messages are dropped
EXPIRY_SECONDS = 2.0  # then a message is dropped: by now the others have looked into storage
OVERSLEPT_SECONDS = 0.3  # by which a timer may be late in a process that runs
MAX_PIPELINED = 64  # commands in one write
PART = "publishing"


class _Publication(NamedTuple):
    expires: float
    channel: str
    data: bytes


class Outbox:
    """A bounded queue, and the task that empties it. Counts what was published, and what was lost."""

    def __init__(self, server: RedisServer, outage: Outage) -> None:
        self._server = server
        self._outage = outage
        self._queue: deque[_Publication] = deque()
        self._queued_bytes = 0
        self._filled, self._empty = asyncio.Event(), asyncio.Event()
        self._empty.set()
        self._asked_at = 0.0  # when the server was asked for something
        self.published = self.dropped = 0

    def put(self, channel: str, data: bytes) -> None:
        """Publish soon, or never: the others find in storage what is lost."""
        now = asyncio.get_running_loop().time()
        self._queue.append(_Publication(now + EXPIRY_SECONDS, channel, data))
        self._queued_bytes += len(data)
        self._trim()
        self._filled.set()
        self._empty.clear()

    async def wait_until_empty(self, seconds: float) -> None:
        """Wait until everything is published, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._empty.wait()

    async def run(self) -> None:
        """Publish until cancelled."""
        tries = 0
        while True:
            connection = self._server.connection()
            try:
                self._asked_at = asyncio.get_running_loop().time()
                await connection.connect()  # type: ignore[no-untyped-call]
                await self._ask(connection, ("PING",))
                tries = 0
                self._outage.ends(PART)
                await self._publish_forever(connection)
            except (RedisError, OSError) as error:
                if not self._is_overslept(error):
                    self._outage.begins(PART, error)
            finally:
                await connection.disconnect(nowait=True)
            await asyncio.sleep(retry_seconds(tries))
            tries += 1

    def _is_overslept(self, error: Exception) -> bool:
        """Whether the time for an answer ended while this process stood still: the answer may have come."""
        seconds = asyncio.get_running_loop().time() - self._asked_at
        return isinstance(error, RedisTimeoutError | TimeoutError) and seconds > TIMEOUT_SECONDS + OVERSLEPT_SECONDS

    async def _publish_forever(self, connection: AbstractConnection) -> None:
        while True:
            await self._filled.wait()
            publications = self._take()
            try:
                await self._publish(connection, publications)
            except (RedisError, OSError):  # they may have been published: twice does no harm
                self._put_back(publications)
                raise
            if not self._queue:
                self._empty.set()

    async def _publish(self, connection: AbstractConnection, publications: list[_Publication]) -> None:
        errors = await self._ask(connection, *(("PUBLISH", each.channel, each.data) for each in publications))
        self.published += len(publications) - len(errors)
        self.dropped += len(errors)
        if errors:  # the server refuses it: it may accept the next one
            self._outage.begins(PART, errors[0])
        elif publications:
            self._outage.ends(PART)

    async def _ask(self, connection: AbstractConnection, *commands: tuple[str | bytes, ...]) -> list[ResponseError]:
        """Send commands in one write, and return those answers that are errors. Raises if the connection fails."""
        self._asked_at = asyncio.get_running_loop().time()
        await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        errors = []
        for _ in commands:
            try:
                await connection.read_response(disable_decoding=True)
            except ResponseError as error:
                errors.append(error)
        return errors

    def _put_back(self, publications: list[_Publication]) -> None:
        self._queue.extendleft(reversed(publications))
        self._queued_bytes += sum(len(each.data) for each in publications)
        self._trim()
        self._filled.set()

    def _trim(self) -> None:
        while self._queued_bytes > MAX_QUEUED_BYTES:
            self._pop()
            self.dropped += 1

    def _take(self) -> list[_Publication]:
        """The next messages that are not too old."""
        now = asyncio.get_running_loop().time()
        taken: list[_Publication] = []
        while self._queue and len(taken) < MAX_PIPELINED:
            publication = self._pop()
            if publication.expires > now:
                taken.append(publication)
            else:
                self.dropped += 1
        if not self._queue:
            self._filled.clear()
        return taken

    def _pop(self) -> _Publication:
        publication = self._queue.popleft()
        self._queued_bytes -= len(publication.data)
        return publication
