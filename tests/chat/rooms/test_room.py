"""A room over a real file: everybody hears everything once, in order, and who is there."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms import room as rooms
from chat.rooms.connections import Connection
from chat.rooms.hub import Hub
from chat.rooms.replay import ResumePosition
from chat.storage.json_files.store import JsonFileStore
from chat.wire.fanout import Frames
from chat.wire.protocol import CloseCode, ErrorCode, PostMessage, ProtocolError
from tests.support.core.doubles import RecordingWriter, lines, until
from tests.support.core.room_actions import BOB, join, say

pytestmark = pytest.mark.usefixtures("_look_often")


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


async def test_a_repeat_comes_back_to_its_sender_alone(hub: Hub, storage: Path) -> None:
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    event = await say(room, ada, ada_hears, "once")
    room.publish(ada, PostMessage(message="once", client_id="say once"))
    await until(lambda: ada_hears.of("message") == [event, event])
    await say(room, ada, ada_hears, "more")
    await until(lambda: bob_hears.texts == ["once", "more"])
    assert [record.get("message") for record in lines(storage / "lobby.json")] == [None, "once", "more"]


async def test_the_same_client_id_of_another_author_is_another_message(hub: Hub) -> None:
    room = await hub.room("lobby")
    (ada, ada_hears), (bob, bob_hears) = await join(room), await join(room, BOB)
    room.publish(ada, PostMessage(message="mine", client_id="c-1"))
    room.publish(bob, PostMessage(message="mine too", client_id="c-1"))
    await until(lambda: ada_hears.texts == bob_hears.texts == ["mine", "mine too"])


async def test_a_repeat_is_known_after_a_restart(conf: Conf) -> None:
    for _ in range(2):
        hub = Hub(JsonFileStore(conf.storage_dir), conf)
        room = await hub.room("lobby")
        ada, ada_hears = await join(room)
        event = await say(room, ada, ada_hears, "once")
        assert event["id"] == 2
        await hub.close()


async def test_a_reply_names_a_message_that_is_there(hub: Hub) -> None:
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    event = await say(room, ada, ada_hears, "question")
    room.publish(ada, PostMessage(message="answer", reply_to=event["id"]))
    await until(lambda: ada_hears.texts == ["question", "answer"])
    assert ada_hears.of("message")[1]["reply_to"] == event["id"]
    for nothing in (0, 1, 99):
        with pytest.raises(ProtocolError) as refused:
            room.publish(ada, PostMessage(message="answer", reply_to=nothing, client_id="c-9"))
        assert (refused.value.code, refused.value.client_id) == (ErrorCode.NOT_FOUND, "c-9")


async def test_typing_is_told_to_the_others_only(hub: Hub) -> None:
    room = await hub.room("lobby")
    (ada, ada_hears), (_, second_tab), (_, bob_hears) = await join(room), await join(room), await join(room, BOB)
    room.typing(ada)
    await until(lambda: bob_hears.of("typing") == [{"type": "typing", "username": "ada"}])
    assert not ada_hears.of("typing")
    assert not second_tab.of("typing")


async def test_typing_is_told_once_a_second_and_anew_for_the_next_message(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each frame of a flood went to everybody in the room."""
    room = await hub.room("lobby")
    (ada, ada_hears), (_, bob_hears) = await join(room), await join(room, BOB)
    for _ in range(20):
        room.typing(ada)
    await say(room, ada, ada_hears, "said")
    room.typing(ada)
    room.typing(ada)
    await until(lambda: len(bob_hears.of("typing")) == 2)
    monkeypatch.setattr(rooms, "TYPING_INTERVAL_SECONDS", 0.0)
    room.typing(ada)
    await until(lambda: len(bob_hears.of("typing")) == 3)


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
    assert room.people.seconds_until_changes(later) is not None
    room.people.take_changes(later)
    assert len(room.people) == 1
    assert room._presence._timer is not None, "the room would never be told, and never be closed as idle"


async def test_the_welcome_comes_first_whatever_happens_meanwhile(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who had to begin anew was told who was typing before it was welcomed."""
    room = await hub.room("lobby")
    ada, ada_hears = await join(room)
    await say(room, ada, ada_hears, "first")
    newest, go_on = room.replay.newest_page, asyncio.Event()

    async def slow_newest(address: str) -> Any:
        await go_on.wait()
        return await newest(address)

    monkeypatch.setattr(room.replay, "newest_page", slow_newest)
    bob_hears = RecordingWriter()
    joining = asyncio.create_task(room.join(bob_hears, BOB, ResumePosition(99, None)))
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
    assert broken.closed == CloseCode.GOING_AWAY


async def test_everybody_who_talks_at_random_hears_the_same(hub: Hub, storage: Path) -> None:
    chance = random.Random(7)
    room = await hub.room("lobby")
    people = [await join(room, Identity(f"a-{number}", f"name {number}")) for number in range(8)]

    async def talk(connection: Connection, number: int) -> None:
        for count in range(25):
            room.publish(connection, PostMessage(message=f"{number}:{count}", client_id=f"{count}"))
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
