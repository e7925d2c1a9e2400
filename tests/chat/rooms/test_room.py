"""A room on a real file: messages, repeats, typing, presence and joins, as its clients see them."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms import room as room_module
from chat.rooms.connections import Connection
from chat.rooms.hub import Hub
from chat.rooms.replay import ResumePosition
from chat.storage.json_files.store import JsonFileStore
from chat.wire.commands import PostMessage
from chat.wire.errors import CloseCode, ErrorCode, ProtocolError
from chat.wire.fanout import Frames
from tests.support.core.doubles import TIME_LIMIT, RecordingWriter, read_records, until
from tests.support.core.room_actions import BOB, join, open_room, say
from tests.support.core.virtual_time_loop import virtual_time

pytestmark = pytest.mark.usefixtures("_poll_often")


async def test_every_client_gets_a_message_and_the_file_has_it(hub: Hub, storage: Path) -> None:
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (_, bob_writer) = await join(room), await join(room, BOB)
    event = await say(room, ada, ada_writer, "hi *all*")
    await until(lambda: bob_writer.texts == ["hi *all*"])
    assert bob_writer.of_type("message") == ada_writer.of_type("message") == [event]
    assert (event["id"], event["author"], event["username"]) == (2, "author-a", "ada")
    assert "hi <em>all</em></p>" in event["html"]
    room_record, stored = read_records(storage / "lobby.json")
    assert (room_record["type"], room_record["epoch"]) == ("room", room.feed.epoch)
    assert (stored["id"], stored["message"], stored["client_id"]) == (2, "hi *all*", "say hi *all*")
    assert "html" not in stored


async def test_a_repeat_is_answered_to_its_sender_alone(hub: Hub, storage: Path) -> None:
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (_, bob_writer) = await join(room), await join(room, BOB)
    event = await say(room, ada, ada_writer, "once")
    room.publish(ada, PostMessage(message="once", client_id="say once"))
    await until(lambda: ada_writer.of_type("message") == [event, event])
    await say(room, ada, ada_writer, "more")
    await until(lambda: bob_writer.texts == ["once", "more"])
    assert [record.get("message") for record in read_records(storage / "lobby.json")] == [None, "once", "more"]


async def test_the_same_client_id_of_another_author_is_another_message(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (bob, bob_writer) = await join(room), await join(room, BOB)
    room.publish(ada, PostMessage(message="mine", client_id="c-1"))
    room.publish(bob, PostMessage(message="mine too", client_id="c-1"))
    await until(lambda: ada_writer.texts == bob_writer.texts == ["mine", "mine too"])


async def test_a_repeat_is_recognized_after_a_restart(conf: Conf) -> None:
    for _ in range(2):
        hub = Hub(JsonFileStore(conf.storage_dir), conf)
        room = await open_room(hub, "lobby")
        ada, ada_writer = await join(room)
        event = await say(room, ada, ada_writer, "once")
        assert event["id"] == 2
        await hub.close()


async def test_a_reply_to_an_unassigned_id_is_refused(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    event = await say(room, ada, ada_writer, "question")
    room.publish(ada, PostMessage(message="answer", reply_to=event["id"]))
    await until(lambda: ada_writer.texts == ["question", "answer"])
    assert ada_writer.of_type("message")[1]["reply_to"] == event["id"]
    for unassigned in (0, 1, 99):
        with pytest.raises(ProtocolError) as refused:
            room.publish(ada, PostMessage(message="answer", reply_to=unassigned, client_id="c-9"))
        assert (refused.value.code, refused.value.client_id) == (ErrorCode.NOT_FOUND, "c-9")


async def test_typing_is_sent_to_the_other_people_only(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (_, second_writer), (_, bob_writer) = await join(room), await join(room), await join(room, BOB)
    room.typing(ada)
    await until(lambda: bob_writer.of_type("typing") == [{"type": "typing", "username": "ada"}])
    assert not ada_writer.of_type("typing")
    assert not second_writer.of_type("typing")


async def test_typing_is_sent_once_a_second_and_again_for_the_next_message(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: each frame of a flood was sent to every client in the room."""
    monkeypatch.setattr(room_module, "TYPING_INTERVAL_SECONDS", TIME_LIMIT)
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (_, bob_writer) = await join(room), await join(room, BOB)
    for _ in range(20):
        room.typing(ada)
    await say(room, ada, ada_writer, "said")
    room.typing(ada)
    room.typing(ada)
    await until(lambda: len(bob_writer.of_type("typing")) == 2)
    monkeypatch.setattr(room_module, "TYPING_INTERVAL_SECONDS", 0.0)
    room.typing(ada)
    await until(lambda: len(bob_writer.of_type("typing")) == 3)


def test_arrivals_are_announced_in_one_frame(conf: Conf) -> None:
    with virtual_time() as loop:  # in which a busy machine, too, lets four come in before the timer
        loop.run_until_complete(_arrive(Hub(JsonFileStore(conf.storage_dir), conf)))


async def _arrive(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    _, ada_writer = await join(room)
    for name in ("bob", "cleo", "dora"):
        await join(room, Identity(f"author of {name}", name))
    await until(lambda: ada_writer.of_type("presence"))
    (presence,) = ada_writer.of_type("presence")
    assert [member["username"] for member in presence["joined"]] == ["ada", "bob", "cleo", "dora"]
    assert presence["count"] == 4
    await hub.close()


async def test_a_rename_is_announced_and_the_next_message_has_the_new_name(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (_, bob_writer) = await join(room), await join(room, BOB)
    await until(lambda: "bob" in str([frame["joined"] for frame in bob_writer.of_type("presence")]), "the arrivals")
    announced = len(bob_writer.of_type("presence"))
    room.rename(ada, "bob")
    assert (await say(room, ada, ada_writer, "hi"))["username"] == "bob-2"
    await until(lambda: len(bob_writer.of_type("presence")) > announced, "the rename")
    presence = bob_writer.of_type("presence")[-1]
    assert (presence["left"], presence["joined"]) == (
        [{"username": "ada", "author": "author-a"}],
        [{"username": "bob-2", "author": "author-a"}],
    )


class BrokenWriter(RecordingWriter):
    """The writer of a connection that breaks after `working` writes."""

    def __init__(self, working: int = 0) -> None:
        super().__init__()
        self._working = working

    def write(self, frames: Frames) -> None:
        if not self._working:
            raise RuntimeError("broken")
        self._working -= 1
        super().write(frames)


async def test_a_client_that_disconnects_during_its_join_is_removed(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    _, ada_writer = await join(room)
    with pytest.raises(RuntimeError):
        await room.join(BrokenWriter(), BOB, None)
    assert len(room.connections) == 1
    later = asyncio.get_running_loop().time() + 100
    assert room.people.seconds_until_changes(later) is not None
    room.people.pop_changes(later)
    assert len(room.people) == 1
    assert room.presence._timer is not None, "otherwise the departure is never announced, and the room never idle"


async def test_the_welcome_is_the_first_frame_whatever_happens_during_the_join(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: a client that had to begin anew got a typing frame before its welcome."""
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "first")
    newest_page, unblocked = room.replay.newest_page, asyncio.Event()

    async def slow_newest_page(address: str) -> Any:
        await unblocked.wait()
        return await newest_page(address)

    monkeypatch.setattr(room.replay, "newest_page", slow_newest_page)
    bob_writer = RecordingWriter()
    joining = asyncio.create_task(room.join(bob_writer, BOB, ResumePosition(99, None)))
    await until(lambda: len(room.connections) == 2)
    room.typing(ada)
    await until(lambda: "bob" in str(ada_writer.of_type("presence")), "the arrival of bob")
    assert not bob_writer.frames
    unblocked.set()
    await joining
    assert [frame["type"] for frame in bob_writer.frames[:3]] == ["welcome", "history", "presence"]
    assert len(bob_writer.of_type("presence")[0]["members"]) == 2


async def test_a_connection_that_cannot_be_written_to_does_not_affect_the_others(hub: Hub) -> None:
    """Regression: all connections after it missed the batch, and no poll of the file noticed that."""

    room = await open_room(hub, "lobby")
    broken = BrokenWriter(working=1)
    await room.join(broken, BOB, None)
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "delivered")
    assert broken.close_code == CloseCode.GOING_AWAY


async def test_concurrent_senders_all_get_the_same_events_in_the_same_order(hub: Hub, storage: Path) -> None:
    rng = random.Random(7)
    room = await open_room(hub, "lobby")
    clients = [await join(room, Identity(f"a-{number}", f"name {number}")) for number in range(8)]

    async def post(connection: Connection, number: int) -> None:
        for count in range(25):
            room.publish(connection, PostMessage(message=f"{number}:{count}", client_id=f"{count}"))
            for _ in range(rng.randrange(4)):
                await asyncio.sleep(0)

    await asyncio.gather(*(post(connection, number) for number, (connection, _) in enumerate(clients)))
    await until(lambda: all(len(writer.ids) == 200 for _, writer in clients))
    first = clients[0][1]
    assert all(writer.of_type("message") == first.of_type("message") for _, writer in clients)
    assert first.ids == list(range(2, 202))
    assert [record["message"] for record in read_records(storage / "lobby.json")[1:]] == first.texts
    for number in range(8):
        assert [text for text in first.texts if text.startswith(f"{number}:")] == [f"{number}:{n}" for n in range(25)]
