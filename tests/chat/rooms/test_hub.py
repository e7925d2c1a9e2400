"""The hub as a whole: no connection, task, group membership or thread is left behind."""

import asyncio
import gc
import threading
from typing import Any

import pytest
from channels.layers import channel_layers, get_channel_layer

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms.connections import Connection
from chat.rooms.hub import Hub
from chat.storage.json_files.store import JsonFileStore
from chat.wire.commands import FetchHistory
from tests.support.core.doubles import until
from tests.support.core.room_actions import join, open_room, say

pytestmark = pytest.mark.usefixtures("_poll_often")


async def test_clients_that_join_and_leave_leave_nothing_behind(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "hi")
    layer: Any = get_channel_layer()
    before = len(asyncio.all_tasks()), len(layer.groups["room.lobby"])
    for number in range(50):
        connection, _ = await join(room, Identity(f"a-{number}", "guest"))
        room.rename(connection, f"name {number}")
        room.typing(connection)
        connection.send(await room.page(FetchHistory(), connection.reader))
        room.leave(connection)
        room.leave(connection)
    await until(lambda: len(asyncio.all_tasks()) <= before[0], "the end of every task")
    assert list(room.connections) == [ada]
    assert len(layer.groups["room.lobby"]) == before[1] == 1
    room.people.pop_changes(asyncio.get_running_loop().time() + 100)
    assert len(room.people) == 1
    del connection
    gc.collect()
    assert sum(type(thing) is Connection for thing in gc.get_objects()) == 1


async def test_a_closed_hub_leaves_no_task_no_group_and_no_thread(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "hi")
    await hub.close()
    layer: Any = channel_layers.backends["default"]
    assert not layer.groups
    assert not any("storage" in thread.name for thread in threading.enumerate())
    await until(lambda: len(asyncio.all_tasks()) == 1, "the end of every task but this one")
