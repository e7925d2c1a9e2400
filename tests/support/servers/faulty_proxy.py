"""A network that fails: a TCP proxy in front of a server, in which each connection has a fate.

    async with Proxy(server.port, lambda: Fate(Fault.RESET, after=1000)) as proxy:
        async with Client(proxy.ws_url): ...

A fate comes true after so many bytes in one direction, counted to the byte: most often in the middle of a frame.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum, auto
from typing import NamedTuple, Self

PIECE = 2**16
STALL_SECONDS = 0.3
DRIBBLED = 1000  # bytes that come one at a time, before it goes on as usual
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: a close sends a reset
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Fault(StrEnum):
    CUT = auto()  # closed in order, at both ends
    RESET = auto()  # closed without order, at both ends
    HALF_OPEN = auto()  # nothing is forwarded any more, and nobody is told
    STALL = auto()  # nothing is forwarded for a while
    DRIBBLE = auto()  # one byte at a time


class Fate(NamedTuple):
    """What happens to a connection after so many bytes to the server (`upwards`) or from it."""

    fault: Fault
    after: int
    upwards: bool = False


class Proxy:
    """Listens on a port of its own and forwards to another. `fate` is asked for each connection; None: it is well."""

    def __init__(self, port: int, fate: Callable[[], Fate | None] = lambda: None) -> None:
        self.struck: Counter[Fault] = Counter()  # fates that came true
        self._target = port
        self._fate = fate
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
            upper = await asyncio.open_connection("127.0.0.1", self._target)
            await Link(self, (reader, writer), upper, self._fate()).run()


class Link:
    """One connection: the client at one end, the server at the other."""

    def __init__(self, proxy: Proxy, client: Streams, server: Streams, fate: Fate | None) -> None:
        self._proxy = proxy
        self._client, self._server = client, server
        self._fate = fate
        self._flows = asyncio.Event()
        self._flows.set()
        self._dribbling = 0  # bytes that are still to come one by one

    async def run(self) -> None:
        """Forward until one end closes, and close the other."""
        ways = [
            asyncio.create_task(self._forward(self._client[0], self._server[1], upwards=True)),
            asyncio.create_task(self._forward(self._server[0], self._client[1], upwards=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await self._flows.wait()  # half-open: what becomes of one end is not told at the other
        finally:
            for way in ways:
                way.cancel()
            for _, writer in (self._client, self._server):
                writer.close()

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, upwards: bool) -> None:
        left = self._fate.after if self._fate and self._fate.upwards is upwards else 0
        with suppress(OSError):
            while data := await source.read(left or PIECE):
                await self._pass_on(data, sink)
                if left and not (left := left - len(data)):
                    await self._strike()

    async def _pass_on(self, data: bytes, sink: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        alone, self._dribbling = min(len(data), self._dribbling), max(0, self._dribbling - len(data))
        for place in range(alone):
            sink.write(data[place : place + 1])
            await asyncio.sleep(0)
        sink.write(data[alone:])
        await sink.drain()

    async def _strike(self) -> None:
        assert self._fate is not None
        self._proxy.struck[self._fate.fault] += 1
        match self._fate.fault:
            case Fault.CUT:
                raise ConnectionAbortedError
            case Fault.RESET:
                for _, writer in (self._client, self._server):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                    writer.transport.abort()
            case Fault.HALF_OPEN:
                self._flows.clear()
            case Fault.STALL:
                self._flows.clear()
                await asyncio.sleep(STALL_SECONDS)
                self._flows.set()
            case Fault.DRIBBLE:
                self._dribbling = DRIBBLED
