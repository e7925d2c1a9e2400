"""Batches: durable before delivery, written with one sync, refused as a whole, and drained during shutdown."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms.channel_group import EncodedBatch
from chat.rooms.connections import Connection
from chat.rooms.group_commit import MAX_QUEUED_BYTES
from chat.rooms.history_reader import Reader
from chat.rooms.hub import Hub
from chat.rooms.publisher import _event_size_estimate
from chat.rooms.room import Room
from chat.storage import Draft, Record
from chat.storage.folding import reply_to
from chat.storage.json_files.store import JsonFileStore
from chat.storage.timestamps import now
from chat.wire import fanout
from chat.wire.commands import FetchHistory, PostMessage
from chat.wire.errors import CloseCode, ErrorCode, ProtocolError
from chat.wire.events import event_from_record
from chat.wire.protocol import encode
from tests.support.core.doubles import BlockingDisk, FullDisk, RecordingWriter, read_records, until
from tests.support.core.room_actions import BOB, join, open_room, say

pytestmark = pytest.mark.usefixtures("_poll_often")


@pytest.fixture
async def blocking(conf: Conf) -> AsyncIterator[tuple[Hub, BlockingDisk]]:
    disk = BlockingDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    yield hub, disk
    disk.unblock()
    await hub.close()


@pytest.fixture
async def full(conf: Conf) -> AsyncIterator[tuple[Hub, FullDisk]]:
    disk = FullDisk()
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    yield hub, disk
    await hub.close()


async def block(hub: Hub, disk: BlockingDisk) -> tuple[Room, Connection, RecordingWriter]:
    """Ada's message in the lobby waits for the sync of a blocked disk."""
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    disk.block()
    room.publish(ada, PostMessage(message="blocked"))
    await until(disk.sync_begun.is_set)
    return room, ada, ada_writer


async def test_no_client_gets_a_message_before_it_is_durable(blocking: tuple[Hub, BlockingDisk]) -> None:
    hub, disk = blocking
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (_, bob_writer) = await join(room), await join(room, BOB)
    await say(room, ada, ada_writer, "first")
    disk.block()
    room.publish(ada, PostMessage(message="second", client_id="c-2"))
    await until(disk.sync_begun.is_set, "the sync")
    cleo, cleo_writer = await join(room, Identity("author-c", "cleo"))
    for _ in range(50):
        await asyncio.sleep(0)
    assert ada_writer.texts == ["first"]
    assert bob_writer.texts == ["first"]
    assert cleo_writer.frames[0]["last_id"] == 2
    disk.unblock()
    await until(lambda: ada_writer.texts == ["first", "second"])
    await until(lambda: cleo_writer.texts == ["second"], "the message that was queued when cleo joined")
    assert cleo.person.username == "cleo"


async def test_messages_that_arrive_during_a_sync_are_one_batch(
    blocking: tuple[Hub, BlockingDisk], storage: Path
) -> None:
    hub, disk = blocking
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "first")
    disk.block()
    for number in range(50):
        room.publish(ada, PostMessage(message=str(number)))
        if not number:
            await until(disk.sync_begun.is_set)
    disk.unblock()
    await until(lambda: len(ada_writer.texts) == 51)
    assert ada_writer.texts[1:] == [str(number) for number in range(50)]
    assert ada_writer.ids == list(range(2, 53))
    batches = [record["batch"] for record in read_records(storage / "lobby.json")[1:]]
    assert len(set(batches)) == 3, "the first message, the blocked one, and one batch of all the others"


async def test_messages_beyond_the_bound_of_the_queue_are_refused(blocking: tuple[Hub, BlockingDisk]) -> None:
    hub, disk = blocking
    room, ada, ada_writer = await block(hub, disk)
    for _ in range(MAX_QUEUED_BYTES // (8 * 4000 + 300)):
        room.publish(ada, PostMessage(message="x" * 4000))
    with pytest.raises(ProtocolError) as refused:
        room.publish(ada, PostMessage(message="one too many" * 300, client_id="c-1"))
    assert (refused.value.code, refused.value.client_id) == (ErrorCode.STORAGE_UNAVAILABLE, "c-1")
    assert not ada_writer.texts


async def test_a_batch_is_smaller_than_the_send_buffer(blocking: tuple[Hub, BlockingDisk]) -> None:
    """Regression: a batch of any size was written to a stalled client in one step, past every limit."""
    hub, disk = blocking
    room, ada, ada_writer = await block(hub, disk)
    for _ in range(200):
        room.publish(ada, PostMessage(message="ä" * 4000))
    disk.unblock()
    await until(lambda: len(ada_writer.texts) == 201)
    assert ada_writer.largest_write < hub.conf.send_buffer


@pytest.mark.parametrize("letter", ["x", "ä", "語", "😀", '"', "&"])
def test_the_size_estimate_of_an_event_is_an_upper_bound(letter: str) -> None:
    """Regression: a batch of Chinese texts had twice the allowed size, and clients with pending bytes were closed
    as slow.
    """
    draft = Draft(author="a" * 22, username="ada", message=letter * 4000, client_id="c" * 32)
    record = Record(**{**structs.asdict(draft), "id": 2, "type": "message", "timestamp": now()})
    assert len(encode(event_from_record(record)).encode()) <= _event_size_estimate(draft)


def test_the_size_estimate_counts_what_a_reply_shows_and_a_topic() -> None:
    """Regression: a batch of short replies to a long message had three times the allowed size."""
    long = Record(id=2, type="message", username="語" * 32, message="語" * 4000, timestamp=now())
    drafts = [Draft(author="a" * 22, username="ada", message="no", reply_to=2, client_id="c" * 32)]
    drafts += [Draft(type="topic", author="a" * 22, username="ada", topic="語" * 250, client_id="c" * 32)]
    for draft in drafts:
        record = Record(**{**structs.asdict(draft), "id": 3, "timestamp": now()})
        event = event_from_record(record, {2: reply_to(2, long)})
        assert len(encode(event).encode()) <= _event_size_estimate(draft)


async def test_a_repeat_within_one_batch_is_stored_once_and_answered_after_the_batch(
    blocking: tuple[Hub, BlockingDisk],
) -> None:
    """Regression: the repeat was answered before the batch was delivered: its sender got id 4 before id 3, and saw
    a gap.
    """
    hub, disk = blocking
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (bob, bob_writer) = await join(room), await join(room, BOB)
    await say(room, ada, ada_writer, "first")
    disk.block()
    room.publish(bob, PostMessage(message="blocked"))
    await until(disk.sync_begun.is_set)
    room.publish(bob, PostMessage(message="another"))
    for _ in range(3):
        room.publish(ada, PostMessage(message="again", client_id="c-1"))
    disk.unblock()
    await until(lambda: bob_writer.texts == ["first", "blocked", "another", "again"])
    await until(lambda: "again" in ada_writer.texts)
    assert ada_writer.ids[:4] == [2, 3, 4, 5]
    assert set(ada_writer.ids[4:]) <= {5}


async def test_a_repeat_is_answered_after_the_whole_broadcast_of_its_batch(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: an event counted as delivered when the first connection had it: the sender got the answer before
    the batch.
    """
    monkeypatch.setattr(fanout, "YIELD_EVERY", 1)
    room = await open_room(hub, "lobby")
    bob, *_ = [(await join(room, BOB))[0] for _ in range(5)]
    ada, ada_writer = await join(room)
    publish = room.channel_group.publish

    async def publish_slowly(batch: EncodedBatch) -> None:
        await publish(batch)
        while room.feed.last_delivered_id < batch.first_id:  # noqa: ASYNC110 (continues in that iteration of the loop)
            await asyncio.sleep(0)

    monkeypatch.setattr(room.channel_group, "publish", publish_slowly)
    for text in ("alone", "together"):
        room.publish(bob, PostMessage(message=text))
    for _ in range(2):
        room.publish(ada, PostMessage(message="twice", client_id="c-1"))
    await until(lambda: len(ada_writer.ids) == 4)
    assert ada_writer.ids == [2, 3, 4, 4]


async def test_a_full_disk_is_reported_to_the_senders_alone(full: tuple[Hub, FullDisk], storage: Path) -> None:
    hub, disk = full
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (_, bob_writer) = await join(room), await join(room, BOB)
    await say(room, ada, ada_writer, "before")
    disk.full = True
    for number in range(5):
        room.publish(ada, PostMessage(message="refused", client_id=f"c-{number}"))
    await until(lambda: len(ada_writer.of_type("error")) == 5)
    assert {error["code"] for error in ada_writer.of_type("error")} == {"storage_unavailable"}
    assert all(error["retry"] and error["retry_after"] > 0 for error in ada_writer.of_type("error"))
    assert {error["client_id"] for error in ada_writer.of_type("error")} == {f"c-{number}" for number in range(5)}
    page = await room.page(FetchHistory(limit=50), Reader())
    assert [event.id for event in page.events] == [2], "stored events can be read meanwhile"
    disk.full = False
    await say(room, ada, ada_writer, "after")
    await until(lambda: bob_writer.texts == ["before", "after"])
    assert not bob_writer.of_type("error")
    assert bob_writer.ids == [2, 3]
    assert [record.get("message") for record in read_records(storage / "lobby.json")] == [None, "before", "after"]


async def test_a_disk_that_is_full_from_the_start_creates_no_file_and_recovers(
    full: tuple[Hub, FullDisk], storage: Path
) -> None:
    hub, disk = full
    disk.full = True
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    room.publish(ada, PostMessage(message="refused", client_id="c-1"))
    await until(lambda: ada_writer.of_type("error"))
    assert not (storage / "lobby.json").exists()
    disk.full = False
    assert (await say(room, ada, ada_writer, "after"))["id"] == 2


async def test_shutdown_stores_and_delivers_the_queued_messages_before_it_closes(
    blocking: tuple[Hub, BlockingDisk], storage: Path
) -> None:
    hub, disk = blocking
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (_, bob_writer) = await join(room), await join(room, BOB)
    await say(room, ada, ada_writer, "first")
    disk.block()
    for number in range(5):
        room.publish(ada, PostMessage(message=str(number), client_id=f"c-{number}"))
    await until(disk.sync_begun.is_set)
    shutdown = asyncio.create_task(hub.shut_down())
    await until(lambda: hub.shutting_down)
    with pytest.raises(ProtocolError) as refused:
        room.publish(ada, PostMessage(message="too late", client_id="c-9"))
    assert refused.value.code is ErrorCode.GOING_AWAY
    disk.unblock()
    await shutdown
    for writer in (ada_writer, bob_writer):
        assert writer.texts == ["first", "0", "1", "2", "3", "4"]
        assert writer.close_code == CloseCode.GOING_AWAY
    assert len(read_records(storage / "lobby.json")) == 7


async def test_shutdown_closes_the_clients_of_every_room_and_can_run_twice(hub: Hub) -> None:
    writers = [(await join(await open_room(hub, name)))[1] for name in ("one", "two", "three")]
    await hub.shut_down()
    assert [writer.close_code for writer in writers] == [4000] * 3
    await hub.shut_down()


async def test_shutdown_closes_the_clients_also_when_the_disk_fails(full: tuple[Hub, FullDisk]) -> None:
    """Regression: the last poll of the file raised, and the clients of that room were not closed."""
    hub, disk = full
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "before")
    disk.full = True
    room.publish(ada, PostMessage(message="refused", client_id="c-1"))
    await hub.shut_down()
    assert [error["code"] for error in ada_writer.of_type("error")] == ["storage_unavailable"]
    assert ada_writer.close_code == CloseCode.GOING_AWAY


async def test_shutdown_does_not_wait_for_a_disk_that_hangs(
    blocking: tuple[Hub, BlockingDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.rooms.hub.DRAIN_SECONDS", 0.05)
    hub, disk = blocking
    _, _, ada_writer = await block(hub, disk)
    await hub.shut_down()
    assert ada_writer.close_code == CloseCode.GOING_AWAY
    assert not ada_writer.texts
