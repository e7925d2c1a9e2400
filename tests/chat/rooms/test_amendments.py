"""Edits, deletes, reactions, topics and names in a room: who gets what, live, in pages and when they come back."""

import asyncio
import json
from typing import Any

import pytest

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms.channel_group import ChannelGroup
from chat.rooms.connections import Connection
from chat.rooms.history_reader import Reader
from chat.rooms.hub import Hub
from chat.rooms.replay import ResumePosition
from chat.rooms.room import Room
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from chat.wire import protocol
from chat.wire.commands import (
    DeleteMessage,
    EditMessage,
    FetchHistory,
    NameRoom,
    PostMessage,
    React,
    SetTopic,
    StoredCommand,
)
from chat.wire.protocol import HistoryFrame, ServerFrame, to_builtins
from tests.chat.conftest import HubWith
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.room_actions import ADA, BOB, fill, join, open_room, say

pytestmark = pytest.mark.usefixtures("_poll_often")
WAVE, CAKE = "\N{WAVING HAND SIGN}", "\N{SHORTCAKE}"
READER = Reader("", ADA.author)


async def answer_to(room: Room, sender: Connection, writer: RecordingWriter, command: StoredCommand) -> dict[str, Any]:
    """Send a command with a client_id, and wait for what answers it."""
    answered = len(with_client_id(writer, command))
    room.publish(sender, command)
    await until(lambda: len(with_client_id(writer, command)) > answered, f"an answer to {command}")
    return with_client_id(writer, command)[-1]


def with_client_id(writer: RecordingWriter, command: StoredCommand) -> list[dict[str, Any]]:
    return [frame for frame in writer.frames if frame.get("client_id") == command.client_id]


async def page_of(room: Room, reader: Reader = READER) -> list[dict[str, Any]]:
    return [to_builtins(event) for event in (await room.page(FetchHistory(limit=50), reader)).events]


async def by_another_process(conf: Conf, *batches: list[Draft]) -> None:
    """Append to the lobby's file, as another server does."""

    def append() -> None:
        log = JsonFileStore(conf.storage_dir).open("lobby")
        for drafts in batches:
            log.append(drafts)
        log.close()

    await asyncio.to_thread(append)


async def test_everybody_gets_an_amendment_once_and_pages_show_the_message_as_it_is_now(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    bob, bob_writer = await join(room, BOB)
    message = await say(room, ada, ada_writer, "helo")
    edit = await answer_to(room, ada, ada_writer, EditMessage(2, "hello", "c-1"))
    assert (edit["type"], edit["id"], edit["target"], edit["author"]) == ("edit", 3, 2, "author-a")
    assert (edit["message"], edit["html"]) == ("hello", '<p dir="auto">hello</p>')
    await answer_to(room, bob, bob_writer, React(2, WAVE, True, "c-1"))
    reaction = await answer_to(room, ada, ada_writer, React(2, WAVE, True, "c-2"))
    assert {name: reaction[name] for name in ("type", "target", "emoji", "on")} == {
        "type": "reaction",
        "target": 2,
        "emoji": WAVE,
        "on": True,
    }
    assert ada_writer.ids == bob_writer.ids == [2, 3, 4, 5]
    (shown,) = await page_of(room)
    assert shown == {
        **message,
        "message": "hello",
        "html": '<p dir="auto">hello</p>',
        "edited": edit["timestamp"],
        "reactions": ({"emoji": WAVE, "count": 2, "people": ("bob", "ada"), "mine": True},),
        "rev": 5,
    }
    (unmarked,) = (await page_of(room, Reader()))[0]["reactions"]
    assert "mine" not in unmarked
    await answer_to(room, ada, ada_writer, DeleteMessage(2, "c-3"))
    assert await page_of(room) == []
    assert room.tally.messages == 1, "amendments are no messages"


async def test_what_storage_refuses_is_answered_with_its_reason_to_the_sender_alone(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    bob, bob_writer = await join(room, BOB)
    await say(room, ada, ada_writer, "mine")
    await answer_to(room, ada, ada_writer, SetTopic("tea", "t"))
    refused = {
        "not_allowed": [EditMessage(2, "his", "b-1"), DeleteMessage(2, "b-2")],
        "not_found": [DeleteMessage(3, "b-3"), React(3, WAVE, True, "b-4"), PostMessage("what?", "b-5", 3)],
    }
    for code, commands in refused.items():
        for command in commands:
            error = await answer_to(room, bob, bob_writer, command)
            assert (error["type"], error["code"]) == ("error", code), command
    assert "no message 3" in bob_writer.of_type("error")[-1]["detail"]
    assert ada_writer.of_type("error") == []
    assert room.log.last_id == 3


async def test_a_message_has_at_most_twenty_kinds_of_emoji_and_ten_of_one_person(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    (ada, ada_writer), (bob, bob_writer) = await join(room), await join(room, BOB)
    await say(room, ada, ada_writer, "popular")
    emoji = [chr(0x1F600 + number) for number in range(21)]
    for number in range(10):
        await answer_to(room, ada, ada_writer, React(2, emoji[number], True, f"a-{number}"))
    refused = await answer_to(room, ada, ada_writer, React(2, emoji[10], True, "a-10"))
    assert refused["code"] == "too_many_reactions"
    for number in range(10, 20):
        assert (await answer_to(room, bob, bob_writer, React(2, emoji[number], True, f"b-{number}")))["type"] != "error"
    await answer_to(room, bob, bob_writer, React(2, emoji[10], False, "b-off"))
    await answer_to(room, bob, bob_writer, React(2, emoji[0], True, "b-0"))
    for number, code in ((20, None), (10, "too_many_reactions")):
        cleo, writer = await join(room, Identity(f"author-{number}", "cleo"))
        answer = await answer_to(room, cleo, writer, React(2, emoji[number], True, f"c-{number}"))
        assert answer.get("code") == code
    assert answer["detail"] == "A message can have 20 different emoji as reactions, 10 of them from one person."


@pytest.mark.parametrize("is_lost", [False, True])
async def test_what_changes_nothing_is_answered_to_its_sender_alone(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    """Also in the batch of the change itself, and if the channel layer loses that: behind the event of the change.

    The broadcast of that has another client_id, so it is no answer.
    """

    async def lose(*_: object) -> None:
        pass

    if is_lost:
        monkeypatch.setattr(ChannelGroup, "publish", lose)
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    _, bob_writer = await join(room, BOB)
    await say(room, ada, ada_writer, "one")
    pairs: list[tuple[StoredCommand, StoredCommand]] = [
        (EditMessage(2, "two", "e-1"), EditMessage(2, "two", "e-2")),
        (React(2, WAVE, True, "r-1"), React(2, WAVE, True, "r-2")),
        (SetTopic("tea", "t-1"), SetTopic("tea", "t-2")),
        (NameRoom("Tea", "n-1"), NameRoom("Tea", "n-2")),
    ]
    for number, (first, second) in enumerate(pairs):
        room.publish(ada, first)
        again = await answer_to(room, ada, ada_writer, second)
        assert again["id"] == 3 + number
        assert ada_writer.frames.index(with_client_id(ada_writer, first)[0]) < ada_writer.frames.index(again)
        later = await answer_to(room, ada, ada_writer, second)
        assert {**later, "timestamp": ""} == {**again, "timestamp": ""}
        assert with_client_id(bob_writer, second) == []
    await until(lambda: bob_writer.ids == list(range(2, 3 + len(pairs))))


async def test_a_late_repeat_of_a_deleted_message_is_answered_with_its_delete(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    _, bob_writer = await join(room, BOB)
    post = PostMessage("a password x-mark", "m-1")
    await answer_to(room, ada, ada_writer, post)
    room.publish(ada, DeleteMessage(2, "d-1"))
    repeat = await answer_to(room, ada, ada_writer, post)
    assert (repeat["type"], repeat["id"], repeat["target"]) == ("delete", 3, 2)
    assert with_client_id(bob_writer, post) == bob_writer.of_type("message")
    assert bob_writer.ids == [2, 3]


async def test_who_comes_back_never_gets_what_was_deleted(hub: Hub, conf: Conf) -> None:
    """Neither from memory nor from storage: not the message, nor its edits, nor what replies show of it."""
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    await say(room, ada, ada_writer, "kept")
    await answer_to(room, ada, ada_writer, PostMessage('x-mark "quoted"', "m"))
    await answer_to(room, ada, ada_writer, EditMessage(3, "x-mark again", "e"))
    reply = await answer_to(room, ada, ada_writer, PostMessage('"reply":{"id":3,"username": x', "p", 3))
    assert reply["reply"] == {"id": 3, "username": "ada", "excerpt": "x-mark again"}
    room.publish(ada, EditMessage(3, "x-mark in the batch of the delete", "e-2"))
    await answer_to(room, ada, ada_writer, DeleteMessage(3, "d"))
    from_memory, from_storage = RecordingWriter(), RecordingWriter()
    assert room.feed.recent.covers(1)
    await room.join(from_memory, BOB, ResumePosition(1, room.feed.epoch))
    room.feed.recent._floor_id = room.log.last_id
    await room.join(from_storage, BOB, ResumePosition(1, room.feed.epoch))
    for writer in (from_memory, from_storage):
        assert "x-mark" not in json.dumps(writer.frames)
        assert writer.ids == [2, 5, 7]
        assert writer.of_type("message")[1]["reply"] == {"id": 3, "deleted": True}
    assert "x-mark" not in json.dumps(await page_of(room))
    assert "x-mark" not in (conf.storage_dir / "lobby.json").read_text()


async def test_a_reply_shows_what_it_answers_live_in_a_replay_and_in_a_page(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    ada, writer = await join(room)
    await say(room, ada, writer, f"**so** `much`:\n\n{'x' * 300}")
    live = await answer_to(room, ada, writer, PostMessage("yes", "p", 2))
    assert live["reply"] == {"id": 2, "username": "ada", "excerpt": f"so much: {'x' * 184}"}
    room.feed.recent._floor_id = room.log.last_id
    returned = RecordingWriter()
    await room.join(returned, BOB, ResumePosition(2, room.feed.epoch))
    assert returned.of_type("message") == [live]
    assert (await page_of(room))[-1] == live


async def test_amendments_of_another_process_are_delivered_without_a_gap(hub: Hub, conf: Conf) -> None:
    """A message that was deleted before it was delivered leaves a placeholder: clients take no id for lost."""
    room = await open_room(hub, "lobby")
    ada, writer = await join(room)
    await say(room, ada, writer, "one")
    other = {"author": "author-x", "username": "xavier"}
    await by_another_process(
        conf,
        [Draft(message="x-mark", **other), Draft(type="reaction", target=2, emoji=WAVE, on=True, **other)],
        [Draft(type="delete", target=3, **other)],
    )
    await until(lambda: writer.ids[-1] == 5)
    assert [(frame["id"], frame["type"]) for frame in writer.frames if "id" in frame] in (
        [(2, "message"), (3, "unknown"), (4, "reaction"), (5, "delete")],
        [(2, "message"), (3, "message"), (4, "reaction"), (5, "delete")],  # polled in between
    )
    assert (await say(room, ada, writer, "two"))["id"] == 6


async def test_a_last_event_that_was_deleted_unseen_is_not_asked_for_again(hub: Hub, conf: Conf) -> None:
    room = await open_room(hub, "lobby")
    ada, writer = await join(room)
    await say(room, ada, writer, "one")
    for text in ("two", "three"):
        await by_another_process(conf, [Draft(author="author-a", username="ada", message=text)])
    await by_another_process(conf, [Draft(type="delete", target=4, author="author-a", username="ada")])
    await until(lambda: room.feed.last_delivered_id == 5)
    assert writer.ids == [2, 3, 4, 5]


@pytest.mark.parametrize("resume_max", [2000, 500])
async def test_a_thousand_missed_amendments_are_replayed_or_reset(
    conf: Conf, hub_with: HubWith, resume_max: int
) -> None:
    drafts = [Draft(message="one", author="a", username="ada")]
    drafts += [
        Draft(type="reaction", target=2, emoji=WAVE, on=True, author=f"a-{n}", username=f"p{n}") for n in range(1000)
    ]
    await by_another_process(conf, drafts)
    room = await open_room(hub_with(resume_max=resume_max), "lobby")
    writer = RecordingWriter()
    await room.join(writer, Identity("a-7", "p7"), ResumePosition(2, room.feed.epoch))
    if resume_max > 1000:
        assert writer.ids == list(range(3, 1003))
        return
    (page,) = writer.of_type("history")
    (reaction,) = page["events"][0]["reactions"]
    assert (reaction["count"], reaction["people"], reaction["mine"]) == (1000, [f"p{n}" for n in range(20)], True)
    assert page["events"][0]["rev"] == 1002


async def test_a_page_with_ten_thousand_reactions_is_small(conf: Conf, hub: Hub) -> None:
    drafts = [Draft(message="one", author="a", username="ada")]
    drafts += [
        Draft(
            type="reaction",
            target=2,
            emoji=chr(0x1F600 + n % 20),
            on=True,
            author=f"a-{n // 20}-{n % 2}",  # ten kinds each
            username="x" * 32,
        )
        for n in range(10_000)
    ]
    await by_another_process(conf, drafts)
    page = await page_of(await open_room(hub, "lobby"), Reader("", "a-499-0"))
    found = [(reaction["count"], reaction.get("mine", False)) for reaction in page[0]["reactions"]]
    assert found == [(500, True), (500, False)] * 10
    assert len(json.dumps(page)) < 30_000


async def test_a_reset_is_encoded_once_and_marks_the_reactions_of_each_reader(
    hub_with: HubWith, conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await open_room(hub_with(resume_max=5), "lobby")
    ada, ada_writer = await join(room)
    _, bob_writer = await join(room, BOB)
    _, carol_writer = await join(room, Identity("author-c", "carol"))
    await say(room, ada, ada_writer, "one")
    await answer_to(room, ada, ada_writer, React(2, WAVE, True, "r"))
    await answer_to(room, ada, ada_writer, React(2, CAKE, True, "r-2"))
    encoded: list[ServerFrame] = []
    monkeypatch.setattr(
        protocol, "encode", lambda frame, encode=protocol.encode: encoded.append(frame) or encode(frame)
    )
    await fill(conf, ["x"] * 6)
    await until(lambda: carol_writer.of_type("history"))
    (of_ada,), (of_bob,), (of_carol,) = (writer.of_type("history") for writer in (ada_writer, bob_writer, carol_writer))
    assert [reaction.get("mine") for reaction in of_ada["events"][0]["reactions"]] == [True, True]
    assert [reaction.get("mine") for reaction in of_bob["events"][0]["reactions"]] == [None, None]
    assert of_carol == of_bob
    assert sum(isinstance(frame, HistoryFrame) for frame in encoded) == 2


async def test_a_client_from_before_a_compaction_begins_anew(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    ada, writer = await join(room)
    for text in ("one", "two", "three"):
        await say(room, ada, writer, text)
    room.log.compacted_id = 3
    for since, is_reset in ((2, True), (3, False), (4, False)):
        returned = RecordingWriter()
        await room.join(returned, BOB, ResumePosition(since, room.feed.epoch))
        assert returned.frames[0].get("reset", False) is is_reset


async def test_a_topic_and_a_name_are_events_in_the_welcome_and_in_the_list_of_rooms(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    ada, writer = await join(room)
    elsewhere = await open_room(hub, "elsewhere")
    _, other_writer = await join(elsewhere, BOB)
    await answer_to(room, ada, writer, SetTopic("tea", "t"))
    await answer_to(room, ada, writer, NameRoom("Tea Room", "n"))
    assert [(frame["type"], frame["id"]) for frame in writer.frames if "id" in frame] == [
        ("topic", 2),
        ("room_name", 3),
    ]
    late = RecordingWriter()
    await room.join(late, BOB, None)
    assert (late.frames[0]["name"], late.frames[0]["topic"]) == ("Tea Room", "tea")
    await until(lambda: [frame["rooms"][0]["name"] for frame in other_writer.of_type("rooms")][-1:] == ["Tea Room"])
    assert other_writer.of_type("rooms")[-1]["rooms"][0]["messages"] == 0
    await answer_to(room, ada, writer, SetTopic("", "t-2"))
    late = RecordingWriter()
    await room.join(late, Identity("author-c", "carol"), None)
    assert "topic" not in late.frames[0]
