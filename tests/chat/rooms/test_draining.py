"""Draining: first the readiness check says so, then nobody can connect, then the clients go, evenly."""

import asyncio
import dataclasses

from chat.conf import Conf
from chat.rooms.connections import close_evenly
from chat.rooms.hub import Hub
from chat.storage.json_files.store import JsonFileStore
from chat.wire.errors import CloseCode
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.virtual_time_loop import VirtualTimeLoop, virtual_time


class TimedWriter(RecordingWriter):
    """Knows when it was closed."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop
        self.closed_at = -1.0

    def close(self, code: int) -> None:
        super().close(code)
        self.closed_at = self._loop.time()


def test_closes_are_spread_evenly_over_the_time() -> None:
    with virtual_time() as loop:
        writers = [TimedWriter(loop) for _ in range(200)]
        loop.run_until_complete(close_evenly(writers, 20.0))
    closes = [writer.closed_at for writer in writers]
    assert {writer.close_code for writer in writers} == {CloseCode.GOING_AWAY}
    assert closes != sorted(closes), "who came first does not go first in every process"
    assert all(len([each for each in closes if second <= each < second + 1]) in range(8, 13) for second in range(20))


def test_nobody_is_waited_for_if_there_is_nobody() -> None:
    with virtual_time() as loop:
        loop.run_until_complete(close_evenly([], 20.0))
        assert loop.time() == 0


def test_a_server_that_drains_is_first_not_ready_and_still_stores(conf: Conf) -> None:
    with virtual_time() as loop:
        loop.run_until_complete(_drain(dataclasses.replace(conf, drain_seconds=20, metrics="local")))


async def _drain(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    client, stopped = HttpClient(hub), asyncio.Event()
    async with WebSocketClient(hub, username="ada") as ada:
        assert (await client.get("/readyz")).status == 200
        draining = asyncio.create_task(hub.drain(stopped.set))
        await until(lambda: hub.draining)
        answer = await client.get("/readyz")
        assert (answer.status, answer.json(), answer.headers["connection"]) == (503, {"status": "draining"}, "close")
        assert (await client.get("/healthz")).status == 200
        assert "chatsite_shutting_down 1" in (await client.get("/metrics")).text
        assert (await ada.say("still here"))["type"] == "message"
        async with WebSocketClient(hub, username="bob") as bob:
            assert (await bob.say("me too"))["type"] == "message"
            assert not stopped.is_set()
            assert await ada.close_code() == CloseCode.GOING_AWAY
            assert stopped.is_set(), "nobody can come back to this process"
        await draining
    await hub.close()
