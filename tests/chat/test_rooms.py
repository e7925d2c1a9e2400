"""A room over a real file: stored before anybody sees it, in order, once; and what happens when the disk refuses."""

import asyncio
import gc
import logging
import random
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from channels.layers import channel_layers, get_channel_layer

from chat import hub as hub_module
from chat.conf import Conf
from chat.fanout import Frames
from chat.feed import Position
from chat.hub import Hub
from chat.identity import Identity
from chat.protocol import Close, ErrorCode, History, Post, ProtocolError
from chat.rooms import Connection, Room
from chat.storage import Draft, RoomUnavailable
from chat.storage.commit import MAX_WAITING
from chat.storage.json_file import JsonFileStore
from tests.chat.doubles import FullDisk, HeldDisk, RecordingWriter, lines, until

ADA = Identity("author-a", "ada")
BOB = Identity("author-b", "bob")


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "LOOK_SECONDS", 0.01)


@pytest.fixture
async def held(conf: Conf) -> AsyncIterator[tuple[Hub, HeldDisk]]:
    disk = HeldDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    yield hub, disk
    disk.let_go.set()
    await hub.close()


@pytest.fixture
async def filling(conf: Conf) -> AsyncIterator[tuple[Hub, FullDisk]]:
    disk = FullDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    yield hub, disk
    await hub.close()


async def join(room: Room, identity: Identity = ADA) -> tuple[Connection, RecordingWriter]:
    writer = RecordingWriter()
    return await room.join(writer, identity, None), writer


async def hold(hub: Hub, disk: HeldDisk) -> tuple[Room, Connection, RecordingWriter]:
    """Ada is in the lobby, and what she says hangs in the disk."""
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    disk.let_go.clear()
    room.publish(ada, Post(message="held"))
    await until(disk.held.is_set)
    return room, ada, ada_hears


async def say(room: Room, sender: Connection, writer: RecordingWriter, text: str) -> dict[str, Any]:
    """Post a message and wait until it comes back."""
    room.publish(sender, Post(message=text, client_id=f"say {text}"))
    event: dict[str, Any] = await until(
        lambda: next((event for event in writer.of("message") if event["message"] == text), None), f"{text!r}"
    )
    return event


# The path of a message


async def test_everybody_gets_a_message_and_the_file_holds_it(hub: Hub, storage: Path) -> None:
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    event = await say(room, ada, ada_hears, "hi *all*")
    await until(lambda: bob_hears.texts == ["hi *all*"])
    assert bob_hears.of("message") == ada_hears.of("message") == [event]
    assert (event["id"], event["author"], event["username"]) == (2, "author-a", "ada")
    assert "hi <em>all</em></p>" in event["html"]
    first, kept = lines(storage / "lobby.json")
    assert (first["type"], first["epoch"]) == ("room", room.feed.epoch)
    assert (kept["id"], kept["message"], kept["client_id"]) == (2, "hi *all*", "say hi *all*")
    assert "html" not in kept


async def test_nobody_sees_a_message_before_it_is_on_disk(held: tuple[Hub, HeldDisk]) -> None:
    hub, disk = held
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    await say(room, ada, ada_hears, "first")
    disk.let_go.clear()
    room.publish(ada, Post(message="second", client_id="c-2"))
    await until(disk.held.is_set, "the sync")
    late, late_hears = await join(room, Identity("author-c", "cleo"))
    for _ in range(50):
        await asyncio.sleep(0)
    assert ada_hears.texts == ["first"]
    assert bob_hears.texts == ["first"]
    assert late_hears.frames[0]["last_id"] == 2
    disk.let_go.set()
    await until(lambda: ada_hears.texts == ["first", "second"])
    await until(lambda: late_hears.texts == ["second"], "the message that was under way when cleo came")
    assert late.person.username == "cleo"


async def test_whatever_waits_during_a_sync_is_written_as_one_batch(held: tuple[Hub, HeldDisk], storage: Path) -> None:
    hub, disk = held
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "first")
    disk.let_go.clear()
    for number in range(50):
        room.publish(ada, Post(message=str(number)))
        if not number:
            await until(disk.held.is_set)
    disk.let_go.set()
    await until(lambda: len(ada_hears.texts) == 51)
    assert ada_hears.texts[1:] == [str(number) for number in range(50)]
    assert ada_hears.ids == list(range(2, 53))
    batches = [record["batch"] for record in lines(storage / "lobby.json")[1:]]
    assert len(set(batches)) == 3, "the first, the one that was held, and all that waited for it"


async def test_more_than_can_wait_is_refused_at_once(held: tuple[Hub, HeldDisk]) -> None:
    hub, disk = held
    room, ada, ada_hears = await hold(hub, disk)
    for _ in range(MAX_WAITING // (4 * 4000 + 300)):
        room.publish(ada, Post(message="x" * 4000))
    with pytest.raises(ProtocolError) as refused:
        room.publish(ada, Post(message="one too many" * 300, client_id="c-1"))
    assert (refused.value.code, refused.value.client_id) == (ErrorCode.STORAGE_UNAVAILABLE, "c-1")
    assert not ada_hears.texts


# Repeats


async def test_a_repeat_comes_back_to_its_sender_alone(hub: Hub, storage: Path) -> None:
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    event = await say(room, ada, ada_hears, "once")
    room.publish(ada, Post(message="once", client_id="say once"))
    await until(lambda: ada_hears.of("message") == [event, event])
    await say(room, ada, ada_hears, "more")
    await until(lambda: bob_hears.texts == ["once", "more"])
    assert [record.get("message") for record in lines(storage / "lobby.json")] == [None, "once", "more"]


async def test_the_same_client_id_of_another_author_is_another_message(hub: Hub) -> None:
    room = await hub.room("lobby")
    (ada, ada_hears), (bob, bob_hears) = await join(room), await join(room, BOB)
    room.publish(ada, Post(message="mine", client_id="c-1"))
    room.publish(bob, Post(message="mine too", client_id="c-1"))
    await until(lambda: ada_hears.texts == bob_hears.texts == ["mine", "mine too"])


async def test_a_repeat_within_one_batch_is_stored_once_and_overtakes_nothing(held: tuple[Hub, HeldDisk]) -> None:
    """The repeat was sent before the batch went out: its sender saw id 4 before id 3, and took it for a gap."""
    hub, disk = held
    room = await hub.room("lobby")
    (ada, ada_hears), (bob, bob_hears) = await join(room), await join(room, BOB)
    await say(room, ada, ada_hears, "first")
    disk.let_go.clear()
    room.publish(bob, Post(message="held"))
    await until(disk.held.is_set)
    room.publish(bob, Post(message="another"))
    for _ in range(3):
        room.publish(ada, Post(message="again", client_id="c-1"))
    disk.let_go.set()
    await until(lambda: bob_hears.texts == ["first", "held", "another", "again"])
    await until(lambda: "again" in ada_hears.texts)
    assert ada_hears.ids[:4] == [2, 3, 4, 5]
    assert set(ada_hears.ids[4:]) <= {5}


async def test_a_repeat_is_known_after_a_restart(conf: Conf) -> None:
    for _ in range(2):
        hub = Hub(JsonFileStore(conf.storage_dir), conf)
        room = await hub.room("lobby")
        ada, ada_hears = await join(room)
        event = await say(room, ada, ada_hears, "once")
        assert event["id"] == 2
        await hub.close()


# Replies


async def test_a_reply_names_a_message_that_is_there(hub: Hub) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    event = await say(room, ada, ada_hears, "question")
    room.publish(ada, Post(message="answer", reply_to=event["id"]))
    await until(lambda: ada_hears.texts == ["question", "answer"])
    assert ada_hears.of("message")[1]["reply_to"] == event["id"]
    for nothing in (0, 1, 99):
        with pytest.raises(ProtocolError) as refused:
            room.publish(ada, Post(message="answer", reply_to=nothing, client_id="c-9"))
        assert (refused.value.code, refused.value.client_id) == (ErrorCode.NOT_FOUND, "c-9")


# A disk that refuses


async def test_a_full_disk_is_told_to_the_senders_and_nobody_else(filling: tuple[Hub, FullDisk], storage: Path) -> None:
    hub, disk = filling
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    await say(room, ada, ada_hears, "before")
    disk.full = True
    for number in range(5):
        room.publish(ada, Post(message="lost?", client_id=f"c-{number}"))
    await until(lambda: len(ada_hears.of("error")) == 5)
    assert {error["code"] for error in ada_hears.of("error")} == {"storage_unavailable"}
    assert all(error["retry"] and error["retry_after"] > 0 for error in ada_hears.of("error"))
    assert {error["client_id"] for error in ada_hears.of("error")} == {f"c-{number}" for number in range(5)}
    page = await room.feed.delivered_page(before=None, after=None, limit=50)
    assert [event.id for event in page.events] == [2], "what is there can be read meanwhile"
    disk.full = False
    await say(room, ada, ada_hears, "after")
    await until(lambda: bob_hears.texts == ["before", "after"])
    assert not bob_hears.of("error")
    assert bob_hears.ids == [2, 3]
    assert [record.get("message") for record in lines(storage / "lobby.json")] == [None, "before", "after"]


async def test_a_disk_that_is_full_from_the_start_makes_no_room_and_recovers(
    filling: tuple[Hub, FullDisk], storage: Path
) -> None:
    hub, disk = filling
    disk.full = True
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    room.publish(ada, Post(message="lost?", client_id="c-1"))
    await until(lambda: ada_hears.of("error"))
    assert not (storage / "lobby.json").exists()
    disk.full = False
    assert (await say(room, ada, ada_hears, "after"))["id"] == 2


async def test_the_goodbye_is_said_even_when_the_disk_refuses_to_the_end(filling: tuple[Hub, FullDisk]) -> None:
    """The look at the file before the goodbye raised, and the clients of that room heard nothing."""
    hub, disk = filling
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "before")
    disk.full = True
    room.publish(ada, Post(message="lost?", client_id="c-1"))
    await hub.goodbye()
    assert [error["code"] for error in ada_hears.of("error")] == ["storage_unavailable"]
    assert ada_hears.closed == Close.GOING_AWAY


async def test_the_goodbye_does_not_wait_forever_for_a_disk_that_hangs(
    held: tuple[Hub, HeldDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "GOODBYE_SECONDS", 0.05)
    hub, disk = held
    _, _, ada_hears = await hold(hub, disk)
    await hub.goodbye()
    assert ada_hears.closed == Close.GOING_AWAY
    assert not ada_hears.texts


# Goodbye


async def test_the_open_batch_is_stored_and_heard_before_the_goodbye(held: tuple[Hub, HeldDisk], storage: Path) -> None:
    hub, disk = held
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    await say(room, ada, ada_hears, "first")
    disk.let_go.clear()
    for number in range(5):
        room.publish(ada, Post(message=str(number), client_id=f"c-{number}"))
    await until(disk.held.is_set)
    saying = asyncio.create_task(hub.goodbye())
    await until(lambda: hub.closing)
    with pytest.raises(ProtocolError) as refused:
        room.publish(ada, Post(message="too late", client_id="c-9"))
    assert refused.value.code is ErrorCode.GOING_AWAY
    disk.let_go.set()
    await saying
    for writer in (ada_hears, bob_hears):
        assert writer.texts == ["first", "0", "1", "2", "3", "4"]
        assert writer.closed == Close.GOING_AWAY
    assert len(lines(storage / "lobby.json")) == 7


async def test_every_room_hears_the_goodbye_and_it_is_said_once(hub: Hub) -> None:
    writers = [(await join(await hub.room(name)))[1] for name in ("one", "two", "three")]
    await hub.goodbye()
    assert [writer.closed for writer in writers] == [4000] * 3
    await hub.goodbye()


# People


async def test_typing_is_told_to_the_others_only(hub: Hub) -> None:
    room = await hub.room("lobby")
    (ada, ada_hears), (_, second_tab), (_, bob_hears) = await join(room), await join(room), await join(room, BOB)
    room.typing(ada)
    await until(lambda: bob_hears.of("typing") == [{"type": "typing", "username": "ada"}])
    assert not ada_hears.of("typing")
    assert not second_tab.of("typing")


async def test_arrivals_are_told_together_a_moment_later(hub: Hub) -> None:
    room = await hub.room("lobby")
    _, ada_hears = await join(room)
    for name in ("bob", "cleo", "dora"):
        await join(room, Identity(f"author of {name}", name))
    await until(lambda: ada_hears.of("presence"))
    (news,) = ada_hears.of("presence")
    assert [member["username"] for member in news["joined"]] == ["ada", "bob", "cleo", "dora"]
    assert news["count"] == 4


async def test_a_rename_is_told_and_what_is_said_next_bears_the_new_name(hub: Hub) -> None:
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    await until(lambda: bob_hears.of("presence"))
    room.rename(ada, "bob")
    assert (await say(room, ada, ada_hears, "hi"))["username"] == "bob-2"
    await until(lambda: len(bob_hears.of("presence")) == 2)
    news = bob_hears.of("presence")[1]
    assert (news["left"], news["joined"]) == (
        [{"username": "ada", "author": "author-a"}],
        [{"username": "bob-2", "author": "author-a"}],
    )


class GoneWriter(RecordingWriter):
    """A connection that breaks while it is brought up to date."""

    def write(self, frames: Frames) -> None:
        raise ConnectionError("gone")


async def test_who_is_lost_on_the_way_in_is_not_here(hub: Hub) -> None:
    room = await hub.room("lobby")
    _, ada_hears = await join(room)
    with pytest.raises(ConnectionError):
        await room.join(GoneWriter(), BOB, None)
    assert len(room.connections) == 1
    later = asyncio.get_running_loop().time() + 100
    assert room.people.next_news(later) is not None
    room.people.news(later)
    assert len(room.people) == 1
    assert room._news is not None, "the room would never be told, and never be closed as idle"


# Foreign hands on the file


async def other_hand(conf: Conf, *texts: str) -> None:
    """Another process, with a log of its own on the same file."""

    def write() -> None:
        log = JsonFileStore(conf.storage_dir).open("lobby")
        log.append([Draft(author="other", username="other", message=text) for text in texts])
        log.close()

    await asyncio.to_thread(write)


async def test_what_another_process_wrote_is_seen(hub: Hub, conf: Conf) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "one")
    await other_hand(conf, "two", "three")
    await until(lambda: ada_hears.texts == ["one", "two", "three"])
    await other_hand(conf, "four")
    await say(room, ada, ada_hears, "five")
    await until(lambda: ada_hears.texts == ["one", "two", "three", "four", "five"])
    assert ada_hears.ids == [2, 3, 4, 5, 6]


async def test_a_clear_by_another_process_is_seen_as_an_event(hub: Hub, conf: Conf) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    for text in ("one", "two", "three"):
        await say(room, ada, ada_hears, text)

    def clear() -> None:
        log = JsonFileStore(conf.storage_dir).open("lobby")
        log.clear(3)
        log.close()

    await asyncio.to_thread(clear)
    await until(lambda: ada_hears.of("clear"))
    (event,) = ada_hears.of("clear")
    assert (event["id"], event["target"]) == (5, 3)
    late = RecordingWriter()
    await room.join(late, BOB, None)
    page = await room.feed.delivered_page(before=None, after=None, limit=50)
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
    await other_hand(conf, "one")
    await other_hand(conf, "two")
    await other_hand(conf, "three")
    path = storage / "lobby.json"
    damaged = path.read_bytes().replace(b'"message":"two"', b'"message":"TWO"')
    path.write_bytes(damaged)
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    page = await room.feed.delivered_page(before=None, after=None, limit=50)
    assert [event.message for event in page.events if hasattr(event, "message")] == ["one", "three"]
    room.publish(ada, Post(message="four", client_id="c-1"))
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


# Rooms


async def test_many_who_come_at_once_come_into_one_room(hub: Hub) -> None:
    rooms = await asyncio.gather(*(hub.room("lobby") for _ in range(20)))
    assert len(set(map(id, rooms))) == 1


async def test_a_room_that_could_not_be_opened_is_tried_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel layer that did not answer once left the room unusable until the next restart."""
    layer = get_channel_layer()
    assert layer is not None

    async def fails(*_: object) -> None:
        raise ConnectionError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(layer, "group_add", fails)
        with pytest.raises(ConnectionError):
            await hub.room("lobby")
    ada, ada_hears = await join(await hub.room("lobby"))
    await say(await hub.room("lobby"), ada, ada_hears, "hi")


async def test_the_lobby_is_listed_first_and_always(hub: Hub) -> None:
    assert [(line.room, line.name, line.members) for line in await hub.rooms()] == [("lobby", "lobby", 0)]
    await hub.create("buro", "Büro")
    await hub.create("zoo", "Aquarium")
    await join(await hub.room("zoo"))
    assert [(line.room, line.name, line.members) for line in await hub.rooms()] == [
        ("lobby", "lobby", 0),
        ("zoo", "Aquarium", 1),
        ("buro", "Büro", 0),
    ]


async def test_a_room_that_is_there_keeps_its_name(hub: Hub, storage: Path) -> None:
    await hub.create("buro", "Büro")
    before = (storage / "buro.json").read_bytes()
    await hub.create("buro", "BÜRO!")
    assert (storage / "buro.json").read_bytes() == before


async def test_a_room_that_nobody_uses_is_closed_and_opens_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "one")
    monkeypatch.setattr(hub_module, "IDLE_SECONDS", 0.05)
    await hub.room("other")
    await until(lambda: not hub._rooms.get("other"), "the closing of a room without anybody")
    assert await hub.room("lobby") is room, "somebody is here"
    epoch = room.feed.epoch
    room.leave(ada)
    room.people.news(asyncio.get_running_loop().time() + 100)  # the grace is over
    await until(lambda: not hub._rooms, "the closing of the room")
    again = await hub.room("lobby")
    assert again is not room
    assert (again.feed.epoch, again.feed.delivered) == (epoch, 2)


async def test_a_closed_room_gives_its_memory_back_at_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refers to itself in circles: its index and events stayed until the garbage collector came by."""
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "one")
    room.leave(ada)
    room.people.news(asyncio.get_running_loop().time() + 100)  # the grace is over
    remains = [weakref.ref(part) for part in (room.log, room.feed, room._commit)]
    del room
    gc.disable()
    try:
        monkeypatch.setattr(hub_module, "IDLE_SECONDS", 0.05)
        await until(lambda: not hub._rooms, "the closing of the room")
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
        await room.history(connection, History())
        room.leave(connection)
        room.leave(connection)
    await until(lambda: len(asyncio.all_tasks()) <= before[0], "the end of every task")
    assert list(room.connections) == [stays]
    assert len(layer.groups["room.lobby"]) == before[1] == 1
    room.people.news(asyncio.get_running_loop().time() + 100)
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
        await until(lambda: "cannot be looked after" in caplog.text)
        assert caplog.text.count("cannot be looked after") == 1
    await other_hand(conf, "seen")
    await until(lambda: ada_hears.texts == ["first", "seen"])


async def test_the_welcome_comes_first_whatever_happens_meanwhile(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who had to begin anew was told who was typing before it was welcomed."""
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "first")
    newest, go_on = room.feed.newest, asyncio.Event()

    async def slow_newest() -> Any:
        await go_on.wait()
        return await newest()

    monkeypatch.setattr(room.feed, "newest", slow_newest)
    bob_hears = RecordingWriter()
    joining = asyncio.create_task(room.join(bob_hears, BOB, Position(99, None)))
    await until(lambda: len(room.connections) == 2)
    room.typing(ada)
    await until(lambda: "bob" in str(ada_hears.of("presence")), "the news of bob")
    assert not bob_hears.frames
    go_on.set()
    await joining
    assert [frame["type"] for frame in bob_hears.frames] == ["welcome", "history", "presence"]
    assert len(bob_hears.of("presence")[0]["members"]) == 2


async def test_one_connection_that_cannot_be_written_to_does_not_cost_the_others_anything(hub: Hub) -> None:
    """Everybody behind it in the list missed the batch, and no look at the file found it missing."""

    class BrokenWriter(RecordingWriter):
        def write(self, frames: Frames) -> None:
            if self.frames:
                raise RuntimeError("broken")
            super().write(frames)

    room = await hub.room("lobby")
    broken = BrokenWriter()
    await room.join(broken, BOB, None)
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "heard")
    assert broken.closed == Close.GOING_AWAY


async def test_a_batch_ends_before_it_is_too_much_to_be_sent_at_once(held: tuple[Hub, HeldDisk]) -> None:
    """A stalled reader was sent the whole of a batch, however large, past every limit."""
    hub, disk = held
    room, ada, ada_hears = await hold(hub, disk)
    for _ in range(200):
        room.publish(ada, Post(message="ä" * 4000))
    disk.let_go.set()
    await until(lambda: len(ada_hears.texts) == 201)
    assert ada_hears.largest < hub.conf.send_buffer


async def test_everybody_who_talks_at_random_hears_the_same(hub: Hub, storage: Path) -> None:
    chance = random.Random(7)
    room = await hub.room("lobby")
    people = [await join(room, Identity(f"a-{number}", f"name {number}")) for number in range(8)]

    async def talk(connection: Connection, number: int) -> None:
        for count in range(25):
            room.publish(connection, Post(message=f"{number}:{count}", client_id=f"{count}"))
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)

    await asyncio.gather(*(talk(connection, number) for number, (connection, _) in enumerate(people)))
    await until(lambda: all(len(writer.ids) == 200 for _, writer in people))
    first = people[0][1]
    assert all(writer.of("message") == first.of("message") for _, writer in people)
    assert first.ids == list(range(2, 202))
    assert [record["message"] for record in lines(storage / "lobby.json")[1:]] == first.texts
    for number in range(8):
        assert [text for text in first.texts if text.startswith(f"{number}:")] == [f"{number}:{n}" for n in range(25)]
