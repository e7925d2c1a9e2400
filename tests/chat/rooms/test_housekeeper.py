"""The housekeeper: a fault in one room, its file or the channel layer stops neither the polling nor the other rooms."""

import asyncio
import logging
from typing import Any

import pytest
from channels.layers import get_channel_layer

from chat.conf import Conf
from chat.rooms import open_rooms
from chat.rooms.hub import Hub
from chat.storage import position_table
from chat.storage.json_files import room_content
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.doubles import TIME_LIMIT, until
from tests.support.core.room_actions import fill, join, open_room, say

pytestmark = pytest.mark.usefixtures("_poll_often")


async def unavailable(*_: object) -> None:
    """A method of a channel layer that is down."""
    raise ConnectionError("no answer")


async def test_a_room_that_cannot_leave_its_group_is_closed_and_the_others_are_polled(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Regression: an error of the channel layer during the closing of a room ended the task without a message: no
    room was polled or closed any more.
    """
    ada, ada_writer = await join(await open_room(hub, "lobby"))
    await say(await open_room(hub, "lobby"), ada, ada_writer, "first")
    await fill(conf, ["hi"], room="zoo")
    zoo = await open_room(hub, "zoo")
    zoo.leave((await join(zoo))[0])
    zoo.people.pop_changes(asyncio.get_running_loop().time() + 100)  # the grace period is over
    log: Any = zoo.log
    monkeypatch.setattr(open_rooms, "IDLE_SECONDS", 0.05)
    with monkeypatch.context() as patch:
        patch.setattr(get_channel_layer(), "group_discard", unavailable)
        await until(lambda: "zoo" not in hub.open_rooms._openings, "the closing of the room")
        await until(lambda: "the channel layer does not answer" in caplog.text)
    await fill(conf, ["polled"])
    await until(lambda: ada_writer.texts == ["first", "polled"], "another poll")
    await until(lambda: log._file.closed, "the closing of the file")


async def test_an_error_in_one_room_does_not_stop_the_polling_of_the_others(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ada, ada_writer = await join(await open_room(hub, "lobby"))
    await say(await open_room(hub, "lobby"), ada, ada_writer, "first")
    zoo = await open_room(hub, "zoo")
    monkeypatch.setattr(open_rooms, "EMPTY_ROOM_IDLE_SECONDS", 0.05)
    monkeypatch.setattr(zoo.log, "close", lambda: 1 / 0)
    await until(lambda: "ZeroDivisionError" in caplog.text, "the error")
    await fill(conf, ["polled"])
    await until(lambda: ada_writer.texts == ["first", "polled"], "another poll")


async def test_an_error_of_the_task_itself_is_logged_and_the_polling_continues(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await join(await open_room(hub, "lobby"))
    with monkeypatch.context() as patch:
        patch.setattr(hub.open_rooms, "expire_excess", lambda: 1 / 0)
        await until(lambda: "housekeeping failed" in caplog.text)
    await fill(conf, ["polled"])
    await until(lambda: writer.texts == ["polled"])


async def test_an_error_of_a_poll_is_logged_once_and_the_polling_continues(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "first")
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(room.log, "changed", lambda: 1 / 0)
        await until(lambda: "cannot be polled" in caplog.text)
        assert caplog.text.count("cannot be polled") == 1
    await fill(conf, ["polled"])
    await until(lambda: ada_writer.texts == ["first", "polled"])


async def test_the_index_of_a_large_room_is_stored_while_it_is_open(
    hub: Hub, conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_content, "LARGE_BYTES", 1)
    monkeypatch.setattr(position_table, "FILL_AT_ONCE", 4)
    monkeypatch.setattr(position_table, "FILL_PART", 2)
    await fill(conf, [str(number) for number in range(50)], room="garden")
    room = await open_room(hub, "garden")
    ada, writer = await join(room)
    await until((conf.storage_dir / ".garden.index").exists, "the index")
    assert (await say(room, ada, writer, "meanwhile"))["id"] == 52


@pytest.mark.parametrize("turns", range(5))
async def test_a_report_of_lost_events_does_not_swallow_the_end(turns: int, conf: Conf) -> None:
    """Regression: with `asyncio.wait_for` of Python 3.11 the task went on, for ever, if the report came just before."""
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    await open_room(hub, "lobby")
    await asyncio.sleep(0.01)  # now it waits
    hub._housekeeper.look_soon()
    hub._process_group._hurry()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(TIME_LIMIT):
        await hub.close()


async def test_a_room_that_cannot_be_polled_does_not_make_the_server_unready(hub: Hub, conf: Conf) -> None:
    """Regression: one file that a tool had broken took the whole site out of the load balancer."""
    await fill(conf, ["hi"], room="zoo")
    room = await open_room(hub, "zoo")
    (conf.storage_dir / "zoo.json").write_text("no room")
    await until(lambda: room.poll_error, "an error of the poll")
    assert await hub.is_ready()
