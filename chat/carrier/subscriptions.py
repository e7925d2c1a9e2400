"""Receives what other processes publish: one connection, and one subscription for each group with a member here."""

import asyncio
import contextlib
import math
from collections.abc import Callable

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from chat.carrier.outage import Outage
from chat.carrier.server import RedisServer, retry_seconds

PING_SECONDS = 2.0  # of silence until the server is asked whether it is there; after twice that it is gone
PART = "receiving"
OnMessage = Callable[[str, bytes], None]  # gets the channel and what was published


class Subscriptions:
    """`wanted` says which channels to listen to. `on_gap`: messages may have been missed until now."""

    def __init__(
        self,
        server: RedisServer,
        outage: Outage,
        wanted: Callable[[], set[str]],
        on_message: OnMessage,
        on_gap: Callable[[], None],
    ) -> None:
        self._server = server
        self._outage = outage
        self._wanted = wanted
        self._on_message = on_message
        self._on_gap = on_gap
        self._changed = asyncio.Event()
        self._asked: set[str] = set()  # what the server was asked for on this connection
        self._unconfirmed: set[str] = set()
        self._heard_at = self._pinged_at = 0.0
        self._tries = 0  # since Redis worked

    def update(self) -> None:
        """What is wanted has changed."""
        self._changed.set()

    async def run(self) -> None:
        """Receive until cancelled."""
        while True:
            connection = self._server.connection()
            try:
                await connection.connect()  # type: ignore[no-untyped-call]
                await self._serve(connection)
            except (RedisError, OSError) as error:
                self._outage.begins(PART, error)
            finally:
                await connection.disconnect(nowait=True)
            await asyncio.sleep(retry_seconds(self._tries))
            self._tries += 1

    async def _serve(self, connection: AbstractConnection) -> None:
        """Ask and receive until one of the two fails."""
        self._asked, self._unconfirmed = set(), set()
        self._heard_at = asyncio.get_running_loop().time()
        tasks = [asyncio.create_task(part(connection)) for part in (self._ask_forever, self._receive_forever)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask_forever(self, connection: AbstractConnection) -> None:
        await self._ask(connection)
        await connection.send_command("PING", check_health=False)  # answered when all is confirmed
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PING_SECONDS):
                    await self._changed.wait()
            await self._check_alive(connection)
            await self._ask(connection)

    async def _check_alive(self, connection: AbstractConnection) -> None:
        """A server that is stopped, or that a network has cut off, keeps silent when it is asked.

        Silence alone proves nothing: this process may have stood still.
        """
        now = asyncio.get_running_loop().time()
        is_asked = self._pinged_at > self._heard_at
        if is_asked and now - self._pinged_at >= PING_SECONDS:
            raise TimeoutError(f"no answer for {now - self._heard_at:.0f} s")
        if not is_asked and now - self._heard_at >= PING_SECONDS:
            self._pinged_at = now
            await connection.send_command("PING", check_health=False)

    async def _ask(self, connection: AbstractConnection) -> None:
        self._changed.clear()
        wanted = self._wanted()
        added, removed = wanted - self._asked, self._asked - wanted
        self._asked = wanted
        self._unconfirmed = (self._unconfirmed | added) - removed
        for command, channels in (("SUBSCRIBE", added), ("UNSUBSCRIBE", removed)):
            if channels:
                await connection.send_command(command, *channels, check_health=False)

    async def _receive_forever(self, connection: AbstractConnection) -> None:
        while True:
            reply = await connection.read_response(disable_decoding=True, timeout=math.inf)
            self._heard_at = asyncio.get_running_loop().time()
            if reply[0] == b"message":
                self._on_message(reply[1].decode(), reply[2])
            elif reply[0] == b"subscribe":
                self._confirm(reply[1].decode())
            elif not self._unconfirmed:  # a pong
                self._works()

    def _confirm(self, channel: str) -> None:
        """From now on its messages arrive; what was published before has to be looked for."""
        if channel in self._unconfirmed:
            self._unconfirmed.discard(channel)
            if not self._unconfirmed:
                self._works()
                self._on_gap()

    def _works(self) -> None:
        self._tries = 0
        self._outage.ends(PART)
