"""Open rooms: each is opened once, kept while in use, and closed without a trace when it is idle."""

import asyncio
import gc
import os
import sys
import weakref
from typing import Any

import pytest
from channels.layers import get_channel_layer

from chat.conf import Conf
from chat.rooms import housekeeper, open_rooms
from chat.rooms.history_reader import Reader
from chat.rooms.hub import Hub
from chat.wire.commands import FetchHistory, PostMessage
from tests.support.core.doubles import until
from tests.support.core.room_actions import ADA, BOB, fill, join, open_room, say

pytestmark = pytest.mark.usefixtures("_poll_often")
DESCRIPTORS = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"


async def unavailable(*_: object) -> None:
    """A method of a channel layer that is down."""
    raise ConnectionError("no answer")


async def test_concurrent_calls_open_a_room_once(hub: Hub) -> None:
    rooms = await asyncio.gather(*(open_room(hub, "lobby") for _ in range(20)))
    assert len(set(map(id, rooms))) == 1


async def test_a_room_is_open_while_the_channel_layer_fails_and_is_in_its_group_afterwards(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Regression: one error of the channel layer made the room unusable until the next restart, later until the layer
    answered.
    """
    monkeypatch.setattr(housekeeper, "RENEW_SECONDS", 0.01)
    layer: Any = get_channel_layer()
    room = await open_room(hub, "lobby")
    with monkeypatch.context() as patch:
        patch.setattr(layer, "group_add", unavailable)
        ada, ada_writer = await join(room)
        await say(room, ada, ada_writer, "found by the poll")
    assert "room.lobby: the channel layer cannot be joined" in caplog.text
    await until(lambda: layer.groups.get("room.lobby"))


async def test_a_process_is_in_the_group_of_a_room_while_somebody_is_there(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers of a page are served from storage: a process without a client of a busy room has no work from it."""
    layer: Any = get_channel_layer()
    await fill(conf, ["hi"])
    room = await open_room(hub, "lobby")
    assert list(layer.groups) == ["processes"]
    ada, ada_writer = await join(room)
    bob, _ = await join(room, BOB)
    room.leave(bob)
    await say(room, ada, ada_writer, "one")
    assert set(layer.groups) == {"processes", "room.lobby"}
    room.leave(ada)
    room.people.pop_changes(asyncio.get_running_loop().time() + 100)  # the grace period is over
    await until(lambda: list(layer.groups) == ["processes"])
    assert await room.post(ADA, PostMessage(message="of a form", client_id="c-1")) == 4
    await until(lambda: list(layer.groups) == ["processes"])
    assert hub.open_rooms.peek("lobby") is room


async def test_a_room_that_is_being_opened_is_neither_peeked_nor_listed(hub: Hub) -> None:
    opening = asyncio.create_task(open_room(hub, "lobby"))
    await asyncio.sleep(0)
    assert hub.open_rooms.peek("lobby") is None
    assert list(hub.open_rooms) == []
    room = await opening
    assert hub.open_rooms.peek("lobby") is room
    assert list(hub.open_rooms) == [("lobby", room)]
    assert hub.open_rooms.peek("other") is None


async def test_a_pinned_room_is_closed_only_after_its_last_pin(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_rooms, "EMPTY_ROOM_IDLE_SECONDS", -1.0)
    async with hub.pinned("lobby") as room:
        async with hub.pinned("lobby") as again:
            assert again is room
        await hub.open_rooms.close_if_idle("lobby", room)
        assert hub.open_rooms.peek("lobby") is room
    await hub.open_rooms.close_if_idle("lobby", room)
    assert hub.open_rooms.peek("lobby") is None


async def test_an_idle_room_is_closed_and_can_be_opened_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "one")
    monkeypatch.setattr(open_rooms, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(open_rooms, "EMPTY_ROOM_IDLE_SECONDS", 0.05)
    await open_room(hub, "other")
    await until(lambda: not hub.open_rooms._openings.get("other"), "the closing of a room without clients")
    assert await open_room(hub, "lobby") is room, "a client is connected"
    epoch = room.feed.epoch
    room.leave(ada)
    room.people.pop_changes(asyncio.get_running_loop().time() + 100)  # the grace period is over
    await until(lambda: not hub.open_rooms._openings, "the closing of the room")
    again = await open_room(hub, "lobby")
    assert again is not room
    assert (again.feed.epoch, again.feed.last_delivered_id) == (epoch, 2)


async def test_a_closed_room_is_freed_without_the_garbage_collector(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: its parts were in reference cycles, and stayed in memory until the next run of the garbage
    collector.
    """
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "one")
    room.leave(ada)
    room.people.pop_changes(asyncio.get_running_loop().time() + 100)  # the grace period is over
    parts = [weakref.ref(part) for part in (room.log, room.feed, room.group_commit)]
    del room
    gc.disable()
    try:
        monkeypatch.setattr(open_rooms, "IDLE_SECONDS", 0.05)
        await until(lambda: not hub.open_rooms._openings, "the closing of the room")
        await until(lambda: not any(part() for part in parts), "the end of every part of the room")
    finally:
        gc.enable()


async def test_a_large_room_stays_open_for_longer(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: any request for a large room that was idle for a minute read all of it again: 4.8 s per gigabyte."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 3600.0)  # or it closes the room
    monkeypatch.setattr(open_rooms, "IDLE_SECONDS", -1.0)
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "one")
    room.leave(ada)
    room.people.pop_changes(asyncio.get_running_loop().time() + 100)  # the grace period is over
    await until(lambda: hub.open_rooms.is_idle("lobby", room), "the end of the batch")
    monkeypatch.setattr(room.log, "last_id", 1_000_000)
    assert not hub.open_rooms.is_idle("lobby", room)
    monkeypatch.setattr(open_rooms, "MAX_IDLE_SECONDS", -1.0)
    assert hub.open_rooms.is_idle("lobby", room)


async def test_a_room_without_anybody_in_it_keeps_no_file_open(hub: Hub, conf: Conf) -> None:
    """Regression: a client that read the pages of all rooms took all descriptors."""
    for number in range(20):
        await fill(conf, ["hi"], f"room-{number}")
    await open_room(hub, "lobby")
    before = len(os.listdir(DESCRIPTORS))
    for number in range(20):
        async with hub.pinned(f"room-{number}") as room:
            assert len((await room.page(FetchHistory(), Reader())).events) == 1
    assert len(hub.open_rooms._openings) == 21
    await until(lambda: len(os.listdir(DESCRIPTORS)) <= before, "the closing of their files")
    async with hub.pinned("room-3") as room:
        assert len((await room.page(FetchHistory(), Reader())).events) == 1, "the file is opened again"


async def test_the_file_of_a_room_stays_open_while_somebody_is_in_it(hub: Hub, conf: Conf) -> None:
    await fill(conf, ["hi"])
    room = await open_room(hub, "lobby")
    await join(room)
    async with hub.pinned("lobby"):
        await room.page(FetchHistory(), Reader())
        held = len(os.listdir(DESCRIPTORS))
    await asyncio.wrap_future(hub._storage_pool.of_room("lobby").submit(lambda: None))
    assert len(os.listdir(DESCRIPTORS)) == held


async def test_of_too_many_idle_rooms_the_least_recently_used_are_closed(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_rooms, "MAX_IDLE_ROOMS", 3)
    for number in range(8):
        await fill(conf, ["hi"], f"room-{number}")
    await join(await open_room(hub, "room-0"))
    for number in [1, 2, 3, 4, 5, 6, 7, 2]:
        await open_room(hub, f"room-{number}")
    await until(lambda: len(hub.open_rooms._openings) == 4, "the closing of the others")
    assert set(hub.open_rooms._openings) == {"room-0", "room-6", "room-7", "room-2"}
