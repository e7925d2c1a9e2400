"""Routing of the lifespan events of servers other than Daphne."""

import asyncio
from pathlib import Path

from asgiref.testing import ApplicationCommunicator

from chat.conf import Conf
from chat.rooms.hub import Hub
from chat.routing import build_application
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.asgi_clients import WebSocketClient
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
