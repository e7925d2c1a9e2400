"""What clients of a room get when another process writes, replaces, removes or damages its file."""

import asyncio
import fcntl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chat.conf import Conf
from chat.rooms.history_reader import Reader
from chat.rooms.hub import Hub
from chat.storage import Draft, RoomUnusable
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from chat.wire.commands import FetchHistory, PostMessage
from tests.support.core.doubles import TIME_LIMIT, RecordingWriter, file_names, read_records, until
from tests.support.core.room_actions import BOB, clear, fill, join, open_room, say

pytestmark = pytest.mark.usefixtures("_poll_often")


async def test_messages_of_another_process_are_delivered_in_order(hub: Hub, conf: Conf) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "one")
    await fill(conf, ["two", "three"])
    await until(lambda: ada_writer.texts == ["one", "two", "three"])
    await fill(conf, ["four"])
    await say(room, ada, ada_writer, "five")
    await until(lambda: ada_writer.texts == ["one", "two", "three", "four", "five"])
    assert ada_writer.ids == [2, 3, 4, 5, 6]


async def test_a_clear_by_another_process_is_delivered_as_an_event(hub: Hub, conf: Conf) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    for text in ("one", "two", "three"):
        await say(room, ada, ada_writer, text)

    await clear(conf, 3)
    await until(lambda: ada_writer.of_type("clear"))
    (event,) = ada_writer.of_type("clear")
    assert (event["id"], event["target"]) == (5, 3)
    late = RecordingWriter()
    await room.join(late, BOB, None)
    page = await room.page(FetchHistory(limit=50), Reader())
    assert [event.id for event in page.events] == [4, 5]
    assert (await say(room, ada, ada_writer, "four"))["id"] == 6
    assert len(ada_writer.of_type("welcome")) == 1, "no client has to begin anew"


async def test_all_clients_begin_anew_when_the_file_was_replaced(hub: Hub, conf: Conf, storage: Path) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "old")

    def replace() -> None:
        other = JsonFileStore(storage.with_name("other")).open("lobby")
        other.append([Draft(author="x", username="xaver", message=text) for text in ("new 1", "new 2")])
        other.close()
        (storage.with_name("other") / "lobby.json").rename(storage / "lobby.json")

    await asyncio.to_thread(replace)
    await until(lambda: len(ada_writer.of_type("welcome")) == 2)
    old, new = ada_writer.of_type("welcome")
    assert new["reset"] is True
    assert "reset" not in old
    used_before = {old["epoch"], read_records(storage / "lobby.json")[0]["epoch"]}
    assert new["epoch"] not in used_before, "the same ids may have been other events"
    assert new["last_id"] == 3
    next_frame = ada_writer.answers[ada_writer.answers.index(new) + 1]
    assert next_frame["type"] == "history"
    assert [event["message"] for event in next_frame["events"]] == ["new 1", "new 2"]
    assert (await say(room, ada, ada_writer, "newer"))["id"] == 4
    assert read_records(storage / "lobby.json")[0]["epoch"] == new["epoch"]
    assert len(ada_writer.of_type("welcome")) == 2


async def test_all_clients_begin_anew_when_the_file_was_removed(hub: Hub, storage: Path) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "old")
    (storage / "lobby.json").unlink()
    await until(lambda: len(ada_writer.of_type("welcome")) == 2)
    assert ada_writer.of_type("welcome")[1]["last_id"] == 1
    assert (await say(room, ada, ada_writer, "new"))["id"] == 2
    assert [record.get("message") for record in read_records(storage / "lobby.json")] == [None, "new"]


async def test_a_room_with_a_damaged_file_can_be_read_and_refuses_writes(conf: Conf, storage: Path) -> None:
    await fill(conf, ["one"])
    await fill(conf, ["two"])
    await fill(conf, ["three"])
    path = storage / "lobby.json"
    damaged = path.read_bytes().replace(b'"message":"two"', b'"message":"TWO"')
    path.write_bytes(damaged)
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    page = await room.page(FetchHistory(limit=50), Reader())
    assert [event.message for event in page.events if hasattr(event, "message")] == ["one", "three"]
    room.publish(ada, PostMessage(message="four", client_id="c-1"))
    await until(lambda: ada_writer.of_type("error"))
    (error,) = ada_writer.of_type("error")
    assert (error["code"], error["retry"], error["client_id"]) == ("room_damaged", False, "c-1")
    assert "line 4" in error["detail"]
    assert path.read_bytes() == damaged
    await hub.close()


async def test_a_file_that_is_not_a_room_is_refused_and_not_changed(hub: Hub, storage: Path) -> None:
    (storage / "shopping.json").write_text('{"milk": 2}\n')
    for _ in range(2):
        with pytest.raises(RoomUnusable, match="line 1"):
            await open_room(hub, "shopping")
    assert (storage / "shopping.json").read_text() == '{"milk": 2}\n'
    (storage / "shopping.json").unlink()
    assert (await open_room(hub, "shopping")).log.last_id == 1


async def test_those_in_a_removed_room_begin_anew_and_it_does_not_come_back_by_itself(hub: Hub, conf: Conf) -> None:
    await fill(conf, ["hi"], "garden")
    room = await open_room(hub, "garden")
    ada, writer = await join(room)
    epoch, store = room.feed.epoch, JsonFileStore(conf.storage_dir)
    assert await asyncio.to_thread(store.remove, "garden", epoch, room.log.last_id)
    await until(lambda: len(writer.of_type("welcome")) == 2, "another welcome")
    assert writer.of_type("welcome")[1]["reset"]
    assert writer.of_type("welcome")[1]["epoch"] != epoch
    await until(lambda: [error["code"] for error in writer.of_type("error")] == ["room_removed"], "the reason")
    room.typing(ada)
    async with hub.pinned("garden") as again:
        assert again is room
        assert not (await room.page(FetchHistory(), Reader())).events
    assert [name for name in file_names(conf.storage_dir) if "garden" in name] == [], "not even a lock"
    await say(room, ada, writer, "a new beginning")
    assert "garden.json" in file_names(conf.storage_dir)


def test_a_lock_that_was_removed_while_a_writer_waited_for_it_is_taken_anew(conf: Conf) -> None:
    """Otherwise the waiting writer would hold a lock without a name, and another one would hold the new one."""
    tried = threading.Semaphore(0)

    class ObservedDisk(Disk):
        def lock(self, fd: int) -> None:
            tried.release()
            super().lock(fd)

    store = JsonFileStore(conf.storage_dir, ObservedDisk())
    store.create("garden", "garden")
    log, lock = store.open("garden"), conf.storage_dir / ".garden.lock"
    while tried.acquire(blocking=False):
        pass
    with lock.open() as held, ThreadPoolExecutor() as pool:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = pool.submit(log.append, [Draft(author="a", username="ada", message="hi")])
        assert tried.acquire(timeout=TIME_LIMIT)
        lock.unlink()
        fcntl.flock(held, fcntl.LOCK_UN)
        waiting.result(TIME_LIMIT)
    assert tried.acquire(blocking=False), "the lock that has the name now"
    assert lock.exists()
    log.close()
