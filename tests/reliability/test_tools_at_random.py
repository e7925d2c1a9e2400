"""An owner uses one tool after the other on the files of a running server, while clients post and resume."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer
from tests.support.servers.persistent_client import PersistentClient, running
from tests.support.servers.reconnecting_client import NO_LIMITS
from tests.support.tools.owner_tools import TOOLS, Effect
from tests.support.tools.tool_room import ToolRoom

ROOMS = 4
SECONDS_BETWEEN_KILLS = effort((1, 4), torture=(4, 12))
# A file that such a tool leaves can be read by the server.
READABLE = [t for t in TOOLS if t.effect in {Effect.KEEPS, Effect.RESTORES, Effect.CUTS, Effect.EMPTIES}]


@pytest.mark.promise
async def test_whatever_tools_do_no_id_means_two_messages_and_nothing_is_lost_after_them(
    storage: Path, tmp_path: Path, rng: random.Random, tally: Tally
) -> None:
    uses = effort(4, torture=60)
    with LiveServer(storage, "serve", NO_LIMITS) as server:
        cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(2)]
        rooms = [ToolRoom(server, f"room-{number}", cookies, tmp_path / "owner") for number in range(ROOMS)]
        generators = [random.Random(rng.random()) for _ in rooms]
        async with running([room.poster for room in rooms]):
            owners = [_work(room, uses, generator) for room, generator in zip(rooms, generators, strict=True)]
            try:
                await asyncio.gather(*owners, _restart(server, effort(1, torture=10), rng))
            finally:
                print(*(f"{room.room}: {' '.join(room.used)}" for room in rooms), sep="\n")
        for room in rooms:
            tally("uses of tools", len(room.used))
            tally("messages", len(room.poster.sent) + len(room.sleeper.sent))
        violations = [f"{room.room}: {what}" for room in rooms for what in room.violations]
        assert not violations, "\n".join(violations)
        assert "Traceback" not in server.output


async def _work(room: ToolRoom, uses: int, rng: random.Random) -> None:
    """Copies, tools, and what a user does who comes and goes."""
    tools = [tool for tool in READABLE if not tool.missing]
    restoring = [tool for tool in tools if tool.effect is Effect.RESTORES]
    room.sleeper.is_posting = True
    async with _coming_and_going(room.sleeper, rng):
        await room.has_posted(5)
        await asyncio.to_thread(room.take_copy, *tools)
        for _ in range(uses):
            await asyncio.sleep(rng.uniform(0, 0.5))  # the random moment; this waits for nothing
            if rng.random() < 0.3:
                await asyncio.to_thread(room.take_copy, *tools)
            if rng.random() < 0.3:
                await room.use(rng.choice(restoring), *rng.choices(tools, k=rng.randint(1, 2)), rng=rng)
            else:
                await room.use(rng.choice(tools), rng=rng)
            await room.can_be_written()
            await room.check_log()
    async with running([room.sleeper]):
        await room.settle()
    await room.check()


@contextlib.asynccontextmanager
async def _coming_and_going(client: PersistentClient, rng: random.Random) -> AsyncIterator[None]:
    async def come_and_go() -> None:
        while True:
            async with running([client]):
                await asyncio.sleep(rng.uniform(0.2, 3))
            await asyncio.sleep(rng.uniform(0.2, 3))

    task = asyncio.create_task(come_and_go())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _restart(server: LiveServer, count: int, rng: random.Random) -> None:
    """Kill the server now and then."""
    for _ in range(count):
        await asyncio.sleep(rng.uniform(*SECONDS_BETWEEN_KILLS))
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
