"""A WebSocket server that pings as often as a test wants, and a client that counts the pings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import Event


@asynccontextmanager
async def pinging_server(interval: float | None) -> AsyncIterator[int]:
    """Its port. It sends back every message, and pings; chatsite pings after 25 seconds, which is long for a test."""

    async def echo(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for message in connection:
                await connection.send(message)

    async with serve(echo, "127.0.0.1", 0, ping_interval=interval, ping_timeout=None) as server:
        yield server.sockets[0].getsockname()[1]


class PingCounter(ClientConnection):
    """For `connect(..., create_connection=PingCounter)`."""

    pings = 0

    def process_event(self, event: Event) -> None:
        """Called by the library for each event, before it answers a ping."""
        if isinstance(event, Frame) and event.opcode is Opcode.PING:
            self.pings += 1
        super().process_event(event)
