"""What other processes do to the file of a room, and what its people see of it."""

import asyncio
from pathlib import Path

import pytest

from chat.conf import Conf
from chat.rooms.hub import Hub
from chat.storage import Draft, RoomUnavailable
from chat.storage.json_files.store import JsonFileStore
from chat.wire.protocol import FetchHistory, PostMessage
from tests.support.core.doubles import RecordingWriter, lines, until
from tests.support.core.room_actions import BOB, clear, fill, join, say

pytestmark = pytest.mark.usefixtures("_look_often")


async def test_what_another_process_wrote_is_seen(hub: Hub, conf: Conf) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "one")
    await fill(conf, ["two", "three"])
    await until(lambda: ada_hears.texts == ["one", "two", "three"])
    await fill(conf, ["four"])
    await say(room, ada, ada_hears, "five")
    await until(lambda: ada_hears.texts == ["one", "two", "three", "four", "five"])
    assert ada_hears.ids == [2, 3, 4, 5, 6]


async def test_a_clear_by_another_process_is_seen_as_an_event(hub: Hub, conf: Conf) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    for text in ("one", "two", "three"):
        await say(room, ada, ada_hears, text)

    await clear(conf, 3)
    await until(lambda: ada_hears.of("clear"))
    (event,) = ada_hears.of("clear")
    assert (event["id"], event["target"]) == (5, 3)
    late = RecordingWriter()
    await room.join(late, BOB, None)
    page = await room.page(FetchHistory(limit=50), "")
    assert [event.id for event in page.events] == [4, 5]
    assert (await say(room, ada, ada_hears, "four"))["id"] == 6
    assert len(ada_hears.of("welcome")) == 1, "nobody has to begin anew"


async def test_a_file_that_was_replaced_makes_everybody_begin_anew(hub: Hub, conf: Conf, storage: Path) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "old")

    def replace() -> None:
        other = JsonFileStore(storage.with_name("other")).open("lobby")
        other.append([Draft(author="x", username="xaver", message=text) for text in ("new 1", "new 2")])
        other.close()
        (storage.with_name("other") / "lobby.json").rename(storage / "lobby.json")

    await asyncio.to_thread(replace)
    await until(lambda: len(ada_hears.of("welcome")) == 2)
    old, new = ada_hears.of("welcome")
    assert new["reset"] is True
    assert "reset" not in old
    assert old["epoch"] != new["epoch"] == lines(storage / "lobby.json")[0]["epoch"]
    assert new["last_id"] == 3
    follows = ada_hears.frames[ada_hears.frames.index(new) + 1]
    assert follows["type"] == "history"
    assert [event["message"] for event in follows["events"]] == ["new 1", "new 2"]
    assert (await say(room, ada, ada_hears, "newer"))["id"] == 4


async def test_a_file_that_was_taken_away_makes_everybody_begin_anew(hub: Hub, storage: Path) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "old")
    (storage / "lobby.json").unlink()
    await until(lambda: len(ada_hears.of("welcome")) == 2)
    assert ada_hears.of("welcome")[1]["last_id"] == 1
    assert (await say(room, ada, ada_hears, "new"))["id"] == 2
    assert [record.get("message") for record in lines(storage / "lobby.json")] == [None, "new"]


async def test_a_room_whose_file_is_damaged_is_read_and_refuses_to_be_written(conf: Conf, storage: Path) -> None:
    await fill(conf, ["one"])
    await fill(conf, ["two"])
    await fill(conf, ["three"])
    path = storage / "lobby.json"
    damaged = path.read_bytes().replace(b'"message":"two"', b'"message":"TWO"')
    path.write_bytes(damaged)
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    page = await room.page(FetchHistory(limit=50), "")
    assert [event.message for event in page.events if hasattr(event, "message")] == ["one", "three"]
    room.publish(ada, PostMessage(message="four", client_id="c-1"))
    await until(lambda: ada_hears.of("error"))
    (error,) = ada_hears.of("error")
    assert (error["code"], error["retry"], error["client_id"]) == ("room_damaged", False, "c-1")
    assert "line 4" in error["detail"]
    assert path.read_bytes() == damaged
    await hub.close()


async def test_a_file_that_is_no_room_is_refused_and_left_alone(hub: Hub, storage: Path) -> None:
    (storage / "shopping.json").write_text('{"milk": 2}\n')
    for _ in range(2):
        with pytest.raises(RoomUnavailable, match="line 1"):
            await hub.room("shopping")
    assert (storage / "shopping.json").read_text() == '{"milk": 2}\n'
    (storage / "shopping.json").unlink()
    assert (await hub.room("shopping")).log.last_id == 1
