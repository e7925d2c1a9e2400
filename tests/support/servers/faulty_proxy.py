"""A network that fails: a TCP proxy in front of a server, with a planned fault for each connection.

    async with Proxy(server.port, lambda: PlannedFault(Fault.RESET, after=1000)) as proxy:
        async with Client(proxy.ws_url): ...

A fault is triggered after so many bytes in one direction, counted exactly: usually in the middle of a frame.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum, auto
from typing import NamedTuple, Self

CHUNK_BYTES = 2**16
STALL_SECONDS = 0.3
DRIBBLE_BYTES = 1000  # forwarded one at a time, before the connection is normal again
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Fault(StrEnum):
    CUT = auto()  # both ends are closed in order
    RESET = auto()  # both ends are reset
    HALF_OPEN = auto()  # nothing is forwarded any more, and neither end is closed
    STALL = auto()  # nothing is forwarded for a while
    DRIBBLE = auto()  # one byte at a time


class PlannedFault(NamedTuple):
    """A fault after so many bytes to the server (`to_server`) or from it."""

    fault: Fault
    after: int
    to_server: bool = False


class Proxy:
    """Listens on a port of its own and forwards to another. `plan` is called for each connection; None is no fault."""

    def __init__(self, port: int, plan: Callable[[], PlannedFault | None] = lambda: None) -> None:
        self.triggered: Counter[Fault] = Counter()
        self._target = port
        self._plan = plan
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.ws_url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        links = list(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        assert link is not None
        self._links.add(link)
        link.add_done_callback(self._links.discard)
        with suppress(asyncio.CancelledError, OSError):
            server = await asyncio.open_connection("127.0.0.1", self._target)
            await Link(self, (reader, writer), server, self._plan()).run()


class Link:
    """One connection: the client at one end, the server at the other."""

    def __init__(self, proxy: Proxy, client: Streams, server: Streams, planned: PlannedFault | None) -> None:
        self._proxy = proxy
        self._client, self._server = client, server
        self._planned = planned
        self._forwarding = asyncio.Event()
        self._forwarding.set()
        self._dribble_bytes = 0  # that are still forwarded one by one

    async def run(self) -> None:
        """Forward until one end closes, and close the other."""
        directions = [
            asyncio.create_task(self._forward(self._client[0], self._server[1], to_server=True)),
            asyncio.create_task(self._forward(self._server[0], self._client[1], to_server=False)),
        ]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
            await self._forwarding.wait()  # half-open: the end of one side is not forwarded to the other
        finally:
            for direction in directions:
                direction.cancel()
            for _, writer in (self._client, self._server):
                writer.close()

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, to_server: bool) -> None:
        left = self._planned.after if self._planned and self._planned.to_server is to_server else 0
        with suppress(OSError):
            while data := await source.read(left or CHUNK_BYTES):
                await self._pass_on(data, sink)
                if left and not (left := left - len(data)):
                    await self._trigger()

    async def _pass_on(self, data: bytes, sink: asyncio.StreamWriter) -> None:
        await self._forwarding.wait()
        alone, self._dribble_bytes = min(len(data), self._dribble_bytes), max(0, self._dribble_bytes - len(data))
        for place in range(alone):
            sink.write(data[place : place + 1])
            await asyncio.sleep(0)
        sink.write(data[alone:])
        await sink.drain()

    async def _trigger(self) -> None:
        assert self._planned is not None
        self._proxy.triggered[self._planned.fault] += 1
        match self._planned.fault:
            case Fault.CUT:
                raise ConnectionAbortedError
            case Fault.RESET:
                for _, writer in (self._client, self._server):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                    writer.transport.abort()
            case Fault.HALF_OPEN:
                self._forwarding.clear()
            case Fault.STALL:
                self._forwarding.clear()
                await asyncio.sleep(STALL_SECONDS)
                self._forwarding.set()
            case Fault.DRIBBLE:
                self._dribble_bytes = DRIBBLE_BYTES
