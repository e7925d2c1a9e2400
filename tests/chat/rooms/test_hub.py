"""The rooms of a process: opened once, listed, looked after, and closed without a trace."""

import asyncio
import gc
import logging
import os
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from channels.layers import channel_layers, get_channel_layer

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms import directory, housekeeper, open_rooms
from chat.rooms.connections import Connection
from chat.rooms.directory import RoomSummary
from chat.rooms.hub import Hub
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from chat.wire.protocol import FetchHistory
from tests.chat.storage.test_json_log import DESCRIPTORS
from tests.support.core.asgi_clients import HttpClient
from tests.support.core.doubles import until
from tests.support.core.room_actions import fill, join, say

pytestmark = pytest.mark.usefixtures("_look_often")


async def no_answer(*_: object) -> None:
    """What a channel layer does while it is down."""
    raise ConnectionError("no answer")


async def test_many_who_come_at_once_come_into_one_room(hub: Hub) -> None:
    rooms = await asyncio.gather(*(hub.room("lobby") for _ in range(20)))
    assert len(set(map(id, rooms))) == 1


async def test_a_room_that_could_not_be_opened_is_tried_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel layer that did not answer once left the room unusable until the next restart."""
    layer = get_channel_layer()
    assert layer is not None

    with monkeypatch.context() as patch:
        patch.setattr(layer, "group_add", no_answer)
        with pytest.raises(ConnectionError):
            await hub.room("lobby")
    ada, ada_hears = await join(await hub.room("lobby"))
    await say(await hub.room("lobby"), ada, ada_hears, "hi")


async def test_a_room_that_cannot_be_opened_lets_go_of_its_file(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a channel layer was down, each try to come in cost a descriptor, until there were none left."""
    await fill(conf, ["hi"])
    layer = get_channel_layer()
    assert layer is not None
    monkeypatch.setattr(layer, "group_add", no_answer)
    with pytest.raises(ConnectionError):
        await hub.room("lobby")
    before = len(os.listdir(DESCRIPTORS))
    for _ in range(20):
        with pytest.raises(ConnectionError):
            await hub.room("lobby")
    assert len(os.listdir(DESCRIPTORS)) == before


async def test_a_room_that_cannot_be_left_is_closed_all_the_same_and_the_others_are_looked_after(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A channel layer that failed when a room was closed ended the looking, unnoticed: no room was looked after again,
    or closed.
    """
    ada, ada_hears = await join(await hub.room("lobby"))
    await say(await hub.room("lobby"), ada, ada_hears, "first")
    await fill(conf, ["hi"], room="zoo")
    file: Any = (await hub.room("zoo")).log
    monkeypatch.setattr(open_rooms, "IDLE_SECONDS", 0.05)
    with monkeypatch.context() as patch:
        patch.setattr(get_channel_layer(), "group_discard", no_answer)
        await until(lambda: "zoo" not in hub.open_rooms._rooms, "the closing of the room")
        await until(lambda: "the channel layer does not answer" in caplog.text)
    await fill(conf, ["seen"])
    await until(lambda: ada_hears.texts == ["first", "seen"], "another look")
    assert file._file.closed


async def test_whatever_goes_wrong_with_one_room_the_others_are_looked_after(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ada, ada_hears = await join(await hub.room("lobby"))
    await say(await hub.room("lobby"), ada, ada_hears, "first")
    zoo = await hub.room("zoo")
    monkeypatch.setattr(open_rooms, "EMPTY_ROOM_IDLE_SECONDS", 0.05)
    monkeypatch.setattr(zoo.log, "close", lambda: 1 / 0)
    await until(lambda: "ZeroDivisionError" in caplog.text, "the fault")
    await fill(conf, ["seen"])
    await until(lambda: ada_hears.texts == ["first", "seen"], "another look")


async def test_the_lobby_is_listed_first_and_always(hub: Hub) -> None:
    assert [(line.room, line.name, line.members) for line in await hub.directory.rooms()] == [("lobby", "lobby", 0)]
    await hub.directory.create("buro", "Büro")
    await hub.directory.create("zoo", "Aquarium")
    await join(await hub.room("zoo"))
    assert [(line.room, line.name, line.members) for line in await hub.directory.rooms()] == [
        ("lobby", "lobby", 0),
        ("zoo", "Aquarium", 1),
        ("buro", "Büro", 0),
    ]


class CountedDisk(Disk):
    """A disk that counts how often a folder was looked through."""

    lists = 0

    def entries(self, folder: Path) -> list[str]:
        self.lists += 1
        return super().entries(folder)


@pytest.fixture
async def counted(conf: Conf, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Hub, CountedDisk]]:
    """A hub that never looks by itself, and its disk."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 1e6)
    disk = CountedDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    yield hub, disk
    await hub.close()


async def test_many_pages_look_through_the_folder_once(counted: tuple[Hub, CountedDisk]) -> None:
    """Each page made the list anew, in the thread that stores messages: with a thousand rooms, thirty pages a second
    left it no time for anything else.
    """
    hub, disk = counted
    http_client = HttpClient(hub)
    await asyncio.gather(*(hub.directory.rooms() for _ in range(20)))
    for path in ("/chat/lobby/", "/api/rooms/", "/chat/lobby/"):
        assert (await http_client.get(path)).status == 200
    assert disk.lists == 1


async def test_who_is_in_an_open_room_and_what_was_said_there_is_listed_at_once(
    counted: tuple[Hub, CountedDisk],
) -> None:
    """Whoever had just heard of something saw no dot at its room, until the list was read the next time."""
    hub, _ = counted
    await hub.directory.rooms()
    lobby = await hub.room("lobby")
    ada, ada_hears = await join(lobby)
    event = await say(lobby, ada, ada_hears, "hi")
    assert await hub.directory.rooms() == [RoomSummary("lobby", "lobby", event["id"], 1)]


async def test_a_new_room_is_listed_at_once_and_found_without_the_list(counted: tuple[Hub, CountedDisk]) -> None:
    hub, disk = counted
    await hub.directory.rooms()
    assert await hub.directory.find("buro") is None
    await hub.directory.create("buro", "Büro")
    assert [line.room for line in await hub.directory.rooms()] == ["lobby", "buro"]
    assert await hub.directory.find("buro") == RoomSummary("buro", "Büro", 1, 0)
    assert disk.lists == 2


async def test_the_list_is_made_anew_when_it_is_old(
    counted: tuple[Hub, CountedDisk], conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, _ = counted
    await hub.directory.rooms()
    await fill(conf, ["hi"], room="zoo")
    assert [line.room for line in await hub.directory.rooms()] == ["lobby"]
    monkeypatch.setattr(directory, "LIST_CACHE_SECONDS", 0)
    assert [line.room for line in await hub.directory.rooms()] == ["lobby", "zoo"]


async def test_a_room_that_is_there_keeps_its_name(hub: Hub, storage: Path) -> None:
    await hub.directory.create("buro", "Büro")
    before = (storage / "buro.json").read_bytes()
    await hub.directory.create("buro", "BÜRO!")
    assert (storage / "buro.json").read_bytes() == before


async def test_a_room_that_nobody_uses_is_closed_and_opens_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "one")
    monkeypatch.setattr(open_rooms, "IDLE_SECONDS", 0.05)
    await hub.room("other")
    await until(lambda: not hub.open_rooms._rooms.get("other"), "the closing of a room without anybody")
    assert await hub.room("lobby") is room, "somebody is here"
    epoch = room.feed.epoch
    room.leave(ada)
    room.people.take_changes(asyncio.get_running_loop().time() + 100)  # the grace is over
    await until(lambda: not hub.open_rooms._rooms, "the closing of the room")
    again = await hub.room("lobby")
    assert again is not room
    assert (again.feed.epoch, again.feed.last_delivered_id) == (epoch, 2)


async def test_a_closed_room_gives_its_memory_back_at_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parts referred to each other in cycles, and stayed until the next run of the garbage collector."""
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "one")
    room.leave(ada)
    room.people.take_changes(asyncio.get_running_loop().time() + 100)  # the grace is over
    remains = [weakref.ref(part) for part in (room.log, room.feed, room.commit)]
    del room
    gc.disable()
    try:
        monkeypatch.setattr(open_rooms, "IDLE_SECONDS", 0.05)
        await until(lambda: not hub.open_rooms._rooms, "the closing of the room")
        await until(lambda: not any(part() for part in remains), "the end of all that made it up")
    finally:
        gc.enable()


async def test_coming_and_going_leaves_nothing_behind(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await hub.room("lobby")
    stays, hears = await join(room)
    await say(room, stays, hears, "hi")
    layer: Any = get_channel_layer()
    before = len(asyncio.all_tasks()), len(layer.groups["room.lobby"])
    for number in range(50):
        connection, _ = await join(room, Identity(f"a-{number}", "guest"))
        room.rename(connection, f"name {number}")
        room.typing(connection)
        connection.send(await room.page(FetchHistory(), connection.address))
        room.leave(connection)
        room.leave(connection)
    await until(lambda: len(asyncio.all_tasks()) <= before[0], "the end of every task")
    assert list(room.connections) == [stays]
    assert len(layer.groups["room.lobby"]) == before[1] == 1
    room.people.take_changes(asyncio.get_running_loop().time() + 100)
    assert len(room.people) == 1
    del connection
    gc.collect()
    assert sum(type(thing) is Connection for thing in gc.get_objects()) == 1


async def test_a_closed_hub_leaves_no_task_no_group_and_no_thread(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "hi")
    await hub.close()
    layer: Any = channel_layers.backends["default"]
    assert not layer.groups
    await until(lambda: len(asyncio.all_tasks()) == 1, "the end of every task but this")


async def test_a_fault_in_looking_is_logged_and_does_not_stop_the_looking(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "first")
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(room.log, "changed", lambda: 1 / 0)
        await until(lambda: "cannot be polled" in caplog.text)
        assert caplog.text.count("cannot be polled") == 1
    await fill(conf, ["seen"])
    await until(lambda: ada_hears.texts == ["first", "seen"])
