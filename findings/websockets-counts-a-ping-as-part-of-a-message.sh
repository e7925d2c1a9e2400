#!/usr/bin/env bash
# websockets 17.4: a message below `max_size` closes the connection if a ping comes between its fragments.
#
# `max_size` bounds messages, and a ping is not a part of one: it may stand between any two fragments, where the keepalive
# of a client puts it while a long message is on its way. The receiver holds the ping against what the message has left of
# its size. With less than that left it ends the connection with 1009, message too big. Without the ping, or with less in
# it, the same message arrives.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages websockets==17.4
seen=$(observe <<'PYTHON'
import asyncio
import logging

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

MAX_SIZE = 1000  # bytes
FRAGMENTS = ["a" * 950, "b" * 40]
logging.disable()  # the server logs why it closes


async def echo_length(connection):
    async for message in connection:
        await connection.send(str(len(message)))


async def answer(port, ping):
    """What the server says of the message; `ping` goes between its fragments, unless it is empty."""
    async with connect(f"ws://127.0.0.1:{port}", compression=None, ping_interval=None) as client:

        async def fragments():
            yield FRAGMENTS[0]
            if ping:
                await client.ping(ping)
            yield FRAGMENTS[1]

        try:
            await client.send(fragments())
            return f"{await client.recv()} characters"
        except ConnectionClosed:
            return f"closed with {client.close_code}"


async def main():
    async with serve(echo_length, "127.0.0.1", 0, max_size=MAX_SIZE, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        for ping in (b"", b"p" * 4, b"p" * 100):
            print(f"ping of {len(ping)} bytes: {await answer(port, ping)}")


asyncio.run(main())
PYTHON
)
verdict "990 characters with each ping" "$(printf 'ping of 0 bytes: 990 characters
ping of 4 bytes: 990 characters
ping of 100 bytes: closed with 1009')" "$seen"
