"""A batch: on disk before anybody sees it, written at once, refused as a whole, and not forgotten at the end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms.connections import Connection
from chat.rooms.group_commit import MAX_QUEUED_BYTES
from chat.rooms.hub import Hub
from chat.rooms.publisher import _event_size_estimate
from chat.rooms.room import Room
from chat.rooms.subscription import Batch
from chat.storage import Draft, Record
from chat.storage.json_files.store import JsonFileStore
from chat.storage.timestamps import now
from chat.wire import fanout
from chat.wire.events import event_from_record
from chat.wire.protocol import CloseCode, ErrorCode, FetchHistory, PostMessage, ProtocolError, encode
from tests.support.core.doubles import FullDisk, HeldDisk, RecordingWriter, lines, until
from tests.support.core.room_actions import BOB, join, say

pytestmark = pytest.mark.usefixtures("_look_often")


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


async def hold(hub: Hub, disk: HeldDisk) -> tuple[Room, Connection, RecordingWriter]:
    """Ada is in the lobby, and what she says hangs in the disk."""
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    disk.let_go.clear()
    room.publish(ada, PostMessage(message="held"))
    await until(disk.held.is_set)
    return room, ada, ada_hears


async def test_nobody_sees_a_message_before_it_is_on_disk(held: tuple[Hub, HeldDisk]) -> None:
    hub, disk = held
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    await say(room, ada, ada_hears, "first")
    disk.let_go.clear()
    room.publish(ada, PostMessage(message="second", client_id="c-2"))
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
        room.publish(ada, PostMessage(message=str(number)))
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
    for _ in range(MAX_QUEUED_BYTES // (8 * 4000 + 300)):
        room.publish(ada, PostMessage(message="x" * 4000))
    with pytest.raises(ProtocolError) as refused:
        room.publish(ada, PostMessage(message="one too many" * 300, client_id="c-1"))
    assert (refused.value.code, refused.value.client_id) == (ErrorCode.STORAGE_UNAVAILABLE, "c-1")
    assert not ada_hears.texts


async def test_a_batch_ends_before_it_is_too_much_to_be_sent_at_once(held: tuple[Hub, HeldDisk]) -> None:
    """A stalled reader was sent the whole of a batch, however large, past every limit."""
    hub, disk = held
    room, ada, ada_hears = await hold(hub, disk)
    for _ in range(200):
        room.publish(ada, PostMessage(message="ä" * 4000))
    disk.let_go.set()
    await until(lambda: len(ada_hears.texts) == 201)
    assert ada_hears.largest < hub.conf.send_buffer


@pytest.mark.parametrize("letter", ["x", "ä", "語", "😀", '"', "&"])
def test_what_a_message_will_be_for_a_reader_is_not_weighed_too_low(letter: str) -> None:
    """A batch of Chinese was twice as large as it may be, and whoever had anything waiting was closed as slow."""
    draft = Draft(author="a" * 22, username="ada", message=letter * 4000, client_id="c" * 32)
    record = Record(**{**structs.asdict(draft), "id": 2, "type": "message", "timestamp": now()})
    assert len(encode(event_from_record(record)).encode()) <= _event_size_estimate(draft)


async def test_a_repeat_within_one_batch_is_stored_once_and_overtakes_nothing(held: tuple[Hub, HeldDisk]) -> None:
    """The repeat was sent before the batch went out: its sender saw id 4 before id 3, and took it for a gap."""
    hub, disk = held
    room = await hub.room("lobby")
    (ada, ada_hears), (bob, bob_hears) = await join(room), await join(room, BOB)
    await say(room, ada, ada_hears, "first")
    disk.let_go.clear()
    room.publish(bob, PostMessage(message="held"))
    await until(disk.held.is_set)
    room.publish(bob, PostMessage(message="another"))
    for _ in range(3):
        room.publish(ada, PostMessage(message="again", client_id="c-1"))
    disk.let_go.set()
    await until(lambda: bob_hears.texts == ["first", "held", "another", "again"])
    await until(lambda: "again" in ada_hears.texts)
    assert ada_hears.ids[:4] == [2, 3, 4, 5]
    assert set(ada_hears.ids[4:]) <= {5}


async def test_a_repeat_does_not_overtake_a_batch_that_is_on_its_way_to_many(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counted as handed out when the first of many had it: the answer came ahead of the batch."""
    monkeypatch.setattr(fanout, "YIELD_EVERY", 1)
    room = await hub.room("lobby")
    bob, *_ = [(await join(room, BOB))[0] for _ in range(5)]
    ada, ada_hears = await join(room)
    announce = room.subscription.publish

    async def announce_slowly(batch: Batch) -> None:
        await announce(batch)
        while room.feed.last_delivered_id < batch.first_id:  # noqa: ASYNC110 (to go on at that very moment)
            await asyncio.sleep(0)

    monkeypatch.setattr(room.subscription, "publish", announce_slowly)
    for text in ("alone", "together"):
        room.publish(bob, PostMessage(message=text))
    for _ in range(2):
        room.publish(ada, PostMessage(message="twice", client_id="c-1"))
    await until(lambda: len(ada_hears.ids) == 4)
    assert ada_hears.ids == [2, 3, 4, 4]


async def test_a_full_disk_is_told_to_the_senders_and_nobody_else(filling: tuple[Hub, FullDisk], storage: Path) -> None:
    hub, disk = filling
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    await say(room, ada, ada_hears, "before")
    disk.full = True
    for number in range(5):
        room.publish(ada, PostMessage(message="lost?", client_id=f"c-{number}"))
    await until(lambda: len(ada_hears.of("error")) == 5)
    assert {error["code"] for error in ada_hears.of("error")} == {"storage_unavailable"}
    assert all(error["retry"] and error["retry_after"] > 0 for error in ada_hears.of("error"))
    assert {error["client_id"] for error in ada_hears.of("error")} == {f"c-{number}" for number in range(5)}
    page = await room.page(FetchHistory(limit=50), "")
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
    room.publish(ada, PostMessage(message="lost?", client_id="c-1"))
    await until(lambda: ada_hears.of("error"))
    assert not (storage / "lobby.json").exists()
    disk.full = False
    assert (await say(room, ada, ada_hears, "after"))["id"] == 2


async def test_the_open_batch_is_stored_and_heard_before_the_goodbye(held: tuple[Hub, HeldDisk], storage: Path) -> None:
    hub, disk = held
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    await say(room, ada, ada_hears, "first")
    disk.let_go.clear()
    for number in range(5):
        room.publish(ada, PostMessage(message=str(number), client_id=f"c-{number}"))
    await until(disk.held.is_set)
    saying = asyncio.create_task(hub.shut_down())
    await until(lambda: hub.closing)
    with pytest.raises(ProtocolError) as refused:
        room.publish(ada, PostMessage(message="too late", client_id="c-9"))
    assert refused.value.code is ErrorCode.GOING_AWAY
    disk.let_go.set()
    await saying
    for writer in (ada_hears, bob_hears):
        assert writer.texts == ["first", "0", "1", "2", "3", "4"]
        assert writer.closed == CloseCode.GOING_AWAY
    assert len(lines(storage / "lobby.json")) == 7


async def test_every_room_hears_the_goodbye_and_it_is_said_once(hub: Hub) -> None:
    writers = [(await join(await hub.room(name)))[1] for name in ("one", "two", "three")]
    await hub.shut_down()
    assert [writer.closed for writer in writers] == [4000] * 3
    await hub.shut_down()


async def test_the_goodbye_is_said_even_when_the_disk_refuses_to_the_end(filling: tuple[Hub, FullDisk]) -> None:
    """The look at the file before the goodbye raised, and the clients of that room heard nothing."""
    hub, disk = filling
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "before")
    disk.full = True
    room.publish(ada, PostMessage(message="lost?", client_id="c-1"))
    await hub.shut_down()
    assert [error["code"] for error in ada_hears.of("error")] == ["storage_unavailable"]
    assert ada_hears.closed == CloseCode.GOING_AWAY


async def test_the_goodbye_does_not_wait_forever_for_a_disk_that_hangs(
    held: tuple[Hub, HeldDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.rooms.hub.DRAIN_SECONDS", 0.05)
    hub, disk = held
    _, _, ada_hears = await hold(hub, disk)
    await hub.shut_down()
    assert ada_hears.closed == CloseCode.GOING_AWAY
    assert not ada_hears.texts
