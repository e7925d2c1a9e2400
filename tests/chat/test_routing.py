"""Routing of the lifespan events of servers other than Daphne."""

import asyncio
from pathlib import Path

import pytest
from asgiref.testing import ApplicationCommunicator

from chat.carrier.redis_layer import RedisLayer
from chat.conf import Conf
from chat.rooms.hub import Hub
from chat.routing import build_application
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import TIME_LIMIT, BlockingDisk, read_records, until


async def test_a_server_that_ends_by_lifespan_stores_the_last_messages(conf: Conf, storage: Path) -> None:
    """Uvicorn and Hypercorn stop their event loop when they have the answer: the open batch was not stored."""
    disk = BlockingDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    server = ApplicationCommunicator(build_application(hub, None), {"type": "lifespan", "asgi": {"version": "3.0"}})
    await server.send_input({"type": "lifespan.startup"})
    assert await server.receive_output(TIME_LIMIT) == {"type": "lifespan.startup.complete"}
    async with WebSocketClient(hub) as ada:
        await ada.say("first")
        disk.block()
        await ada.send(type="message", message="last")
        await until(disk.sync_begun.is_set)
        await server.send_input({"type": "lifespan.shutdown"})
        await until(lambda: hub.shutting_down)
        assert await server.receive_nothing()
        disk.unblock()
        assert await ada.close_code() == 4000
    assert await server.receive_output(TIME_LIMIT) == {"type": "lifespan.shutdown.complete"}
    await asyncio.wait_for(server.future, TIME_LIMIT)
    assert [record["message"] for record in read_records(storage / "lobby.json")[1:]] == ["first", "last"]
    await hub.close()


@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
async def test_a_server_without_its_redis_is_ready_and_says_so(path: str, conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf, RedisLayer("redis://127.0.0.1:1/0"))
    await until(lambda: not hub.is_carrier_available)
    answer = await HttpClient(hub).get(path)
    assert answer.status == 200
    assert answer.json() == {"status": "ok", **({"carrier": "unavailable"} if path == "/readyz" else {})}
    await hub.close()
